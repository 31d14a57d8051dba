/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

#define URL_MAX 255

/* NULL: the text does not start with a scheme of etcd's. */
static const char *
skip_scheme(const char *url)
{
	if (strncmp(url, "http://", 7) == 0)
		return url + 7;
	if (strncmp(url, "https://", 8) == 0)
		return url + 8;
	return NULL;
}

/* A name, an IPv4 address, or an IPv6 address in brackets. NULL: none of them. */
static const char *
skip_host(const char *host)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789.-";
	size_t len;

	if (host[0] != '[') {
		len = strspn(host, name);
		return len == 0 ? NULL : host + len;
	}
	len = strspn(host + 1, "0123456789abcdefABCDEF:.");
	return len == 0 || host[1 + len] != ']' ? NULL : host + len + 2;
}

static bool
is_port(const char *text)
{
	const size_t len = strspn(text, "0123456789");

	return len > 0 && len <= 5 && text[len] == '\0' && text[0] != '0' &&
	       atoi(text) <= UINT16_MAX;
}

/* Without a path, a user or a query: the agent appends the paths of etcd's gateway. */
static bool
is_endpoint(const char *url)
{
	const char *rest = skip_scheme(url);

	if (rest == NULL || strlen(url) > URL_MAX)
		return false;
	rest = skip_host(rest);
	return rest != NULL && (rest[0] == '\0' || (rest[0] == ':' && is_port(rest + 1)));
}

static void
read_endpoint(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	const char *url = json_string_value(value);

	if (url != NULL && is_endpoint(url))
		mcr_config_copy_string(reader, at, value, object);
	else
		mcr_config_add_mismatch(
			reader, at, "\"http://HOST[:PORT]\" or \"https://HOST[:PORT]\"", value);
}

static void
check_each_once(struct mcr_config_reader *reader, const struct mcr_config_path *parent,
	const struct mcr_config_domain *domain)
{
	struct mcr_config_path at = {.parent = parent};

	for (; at.index < domain->etcd_count; at.index++) {
		for (size_t i = 0; i < at.index; i++) {
			if (strcmp(domain->etcd[i], domain->etcd[at.index]) != 0)
				continue;
			mcr_config_add_error(reader, &at, "is in this list already, at [%zu]", i);
			break;
		}
	}
}

static void
read_etcd(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	const uint64_t before = reader->error_count;
	struct mcr_config_domain *domain = object;

	RTE_ASSERT(domain->etcd == NULL);
	if (!json_is_array(value) || json_array_size(value) == 0 ||
		json_array_size(value) > MCR_CONFIG_ETCD_MAX) {
		mcr_config_add_mismatch(
			reader, at, "a list of 1 to " RTE_STR(MCR_CONFIG_ETCD_MAX) " URLs", value);
		return;
	}
	domain->etcd = mcr_config_read_list(
		reader, at, value, read_endpoint, sizeof(*domain->etcd), &domain->etcd_count);
	if (reader->error_count == before)
		check_each_once(reader, at, domain);
}

static void
read_link_encap(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	static const char *const choices[] = {"gre-udp", "gre", NULL};
	enum mcr_encap *encap = object;

	*encap = mcr_config_read_choice(reader, at, value, choices) == 1 ? MCR_ENCAP_GRE
	                                                                 : MCR_ENCAP_GRE_UDP;
}

#define FIELD(field) MCR_CONFIG_FIELD(struct mcr_config_domain, field)

static const struct mcr_config_key keys[] = {
	{"name", .read = mcr_config_read_name, FIELD(name), .required = true},
	{"hub", .read = mcr_config_read_name, FIELD(hub), .required = true},
	{"etcd", .read = read_etcd, .required = true},
	{"credentials_file", .read = mcr_config_copy_string, FIELD(credentials_file)},
	{"ca_file", .read = mcr_config_copy_string, FIELD(ca_file)},
	{"encap", .read = read_link_encap, FIELD(encap)},
	{"hello_ms", FIELD(hello_ms), .min = 10, .max = 10000},
	/* One lost hello must not end a link; the product is the time of detection. */
	{"hello_multiplier", FIELD(hello_multiplier), .min = 2, .max = 20},
	{"coalesce_us", FIELD(coalesce_us), .max = 1000},
	{"members", FIELD(shares_members), .words = {"local", "shared"}},
	{.name = NULL},
};

void
mcr_config_read_domain(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	struct mcr_config_domain *domain = object;

	domain->encap = MCR_ENCAP_GRE_UDP;
	domain->hello_ms = 50;
	domain->hello_multiplier = 3;
	mcr_config_read_object(reader, at, value, keys, domain);
}

static int
hash_bytes(const char *bytes, size_t count, void *arg)
{
	uint64_t *hash = arg;

	for (size_t i = 0; i < count; i++)
		*hash = (*hash ^ (uint8_t)bytes[i]) * UINT64_C(0x100000001b3);
	return 0;
}

/* FNV-1a of the text without its spaces, keys sorted: the same in all hubs that have the same file,
 * but for what is each hub's own. */
static uint64_t
hash_json(const json_t *root, const char *key, uint64_t hash)
{
	const json_t *value = json_object_get(root, key);

	if (value != NULL)
		json_dump_callback(value, hash_bytes, &hash, JSON_COMPACT | JSON_SORT_KEYS);
	return (hash ^ '\n') * UINT64_C(0x100000001b3);
}

void
mcr_config_digest(struct mcr_config_reader *reader)
{
	struct mcr_config_domain *domain = &reader->config->domain;

	RTE_ASSERT(reader->error_count == 0 && reader->root != NULL);
	if (domain->shares_members ||
		(domain->name[0] != '\0' && reader->config->member_count != 0))
		domain->digest = hash_json(reader->root, "groups",
			hash_json(reader->root, "members", UINT64_C(0xcbf29ce484222325)));
}

static uint32_t
count_scheme(const struct mcr_config_domain *domain, const char *scheme)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < domain->etcd_count; i++)
		count += strncmp(domain->etcd[i], scheme, strlen(scheme)) == 0;
	return count;
}

void
mcr_config_warn_domain(struct mcr_config_reader *reader)
{
	const struct mcr_config_domain *domain = &reader->config->domain;
	const struct mcr_config_path parent = {.key = "domain"};
	const struct mcr_config_path credentials = {.parent = &parent, .key = "credentials_file"};
	const struct mcr_config_path ca = {.parent = &parent, .key = "ca_file"};

	if (domain->credentials_file != NULL && count_scheme(domain, "http://") > 0)
		mcr_config_add_warning(reader, &credentials,
			"the password is sent in the clear to endpoints of \"http://\"");
	if (domain->ca_file != NULL && count_scheme(domain, "https://") == 0)
		mcr_config_add_warning(reader, &ca, "no endpoint is \"https://\"");
}
