/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <mcr_address.h>

#include "key.h"
#include "record.h"

bool
mcr_domain_is_name(const char *text, size_t len)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.-";

	return len > 0 && len <= NAME_MAX_LEN && strspn(text, allowed) >= len;
}

/* A key that is missing is none. */
static bool
read_address(const json_t *value, bool is_ipv6, struct in6_addr *address)
{
	const char *text = json_string_value(value);

	return value == NULL || (text != NULL && mcr_domain_address_parse(text, address) &&
					mcr_domain_address_is_ipv4(address) != is_ipv6);
}

static bool
read_addresses(const json_t *object, struct record *record)
{
	return read_address(json_object_get(object, "address"), false, &record->address) &&
	       read_address(json_object_get(object, "address6"), true, &record->address6) &&
	       !mcr_domain_address_is_none(mcr_domain_record_address(record));
}

static bool
read_encap(const json_t *object, struct record *record)
{
	const char *encap = json_string_value(json_object_get(object, "encap"));
	const json_t *port = json_object_get(object, "udp_port");

	if (encap == NULL || (strcmp(encap, "gre-udp") != 0 && strcmp(encap, "gre") != 0))
		return false;
	record->is_gre_udp = strcmp(encap, "gre-udp") == 0;
	if (!record->is_gre_udp)
		return true;
	if (!json_is_integer(port) || json_integer_value(port) < 1 ||
		json_integer_value(port) > UINT16_MAX)
		return false;
	record->udp_port = json_integer_value(port);
	return true;
}

bool
mcr_domain_is_epoch(const char *text)
{
	const size_t len = strlen(text);

	if (len == 0 || len >= EPOCH_MAX || strspn(text, "0123456789") != len)
		return false;
	errno = 0;
	(void)strtoull(text, NULL, 10);
	return errno == 0;
}

static bool
read_epoch(const json_t *value, char *epoch)
{
	const char *text = json_string_value(value);

	if (text == NULL || !mcr_domain_is_epoch(text))
		return false;
	strcpy(epoch, text);
	return true;
}

/* @return The end of ADDRESS/N, or NULL. */
static const char *
skip_network6(const char *text)
{
	const size_t len = strcspn(text, " ");
	char network[MCR_ADDRESS_TEXT];
	struct in6_addr in;
	uint8_t length;

	if (len >= sizeof(network))
		return NULL;
	memcpy(network, text, len);
	network[len] = '\0';
	/* A length of 0 is no prefix in the configuration. */
	if (strcmp(network, "::/0") == 0)
		return text + len;
	if (strchr(network, '/') == NULL || !mcr_address_parse_ipv6(network, &in, &length))
		return NULL;
	return text + len;
}

/* @return The end of A.B.C.D/N, or NULL. */
static const char *
skip_network(const char *text)
{
	const size_t len = strcspn(text, "/");
	char address[INET_ADDRSTRLEN];
	struct in_addr in;
	size_t digits;

	if (len >= sizeof(address) || text[len] == '\0')
		return NULL;
	memcpy(address, text, len);
	address[len] = '\0';
	text += len + 1;
	digits = strspn(text, "0123456789");
	if (inet_pton(AF_INET, address, &in) != 1 || digits == 0 || digits > 2 ||
		(digits == 2 && text[0] == '0') || atoi(text) > 32)
		return NULL;
	return text + digits;
}

bool
mcr_domain_are_networks(const char *text, bool are_ipv6)
{
	if (text[0] == '\0')
		return true;
	while ((text = are_ipv6 ? skip_network6(text) : skip_network(text)) != NULL &&
		text[0] == ' ')
		text++;
	return text != NULL && text[0] == '\0';
}

static bool
read_members(const json_t *value, struct record *record)
{
	const char *members = value == NULL ? "local" : json_string_value(value);

	record->follows = value != NULL;
	record->is_shared = members != NULL && strcmp(members, "shared") == 0;
	return record->is_shared || (members != NULL && strcmp(members, "local") == 0);
}

static bool
read_networks_of(const json_t *value, bool are_ipv6, char networks[NETWORKS_MAX])
{
	const char *text = value == NULL ? "" : json_string_value(value);

	if (text == NULL || strlen(text) >= NETWORKS_MAX ||
		!mcr_domain_are_networks(text, are_ipv6))
		return false;
	strcpy(networks, text);
	return true;
}

static bool
read_networks(const json_t *object, struct record *record)
{
	if (!record->is_shared)
		return true;
	return read_networks_of(json_object_get(object, "networks"), false, record->networks) &&
	       read_networks_of(json_object_get(object, "networks6"), true, record->networks6) &&
	       (record->networks[0] != '\0' || record->networks6[0] != '\0');
}

bool
mcr_domain_is_digest(const char *text)
{
	const size_t len = strspn(text, "0123456789abcdef");

	return len < DIGEST_MAX && text[len] == '\0';
}

static bool
read_digest(const json_t *value, struct record *record)
{
	const char *digest = value == NULL ? "" : json_string_value(value);

	if (digest == NULL || !mcr_domain_is_digest(digest))
		return false;
	if (record->follows)
		strcpy(record->digest, digest);
	return true;
}

/* For whoever reads the record: no hub depends on it. */
static uint64_t
read_capacity(const json_t *value)
{
	const json_int_t capacity = json_integer_value(value);

	return capacity > 0 ? (uint64_t)capacity : 0;
}

static const char *
read_object(const json_t *object, struct record *record)
{
	*record = (struct record){0};
	if (!json_is_object(object))
		return "its record is no JSON object";
	if (!read_addresses(object, record))
		return "its record has no unicast address";
	if (!read_encap(object, record))
		return "its record has no encapsulation between hubs";
	if (!read_epoch(json_object_get(object, "epoch"), record->epoch))
		return "its record has no epoch";
	if (!read_members(json_object_get(object, "members"), record))
		return "its record has neither local nor shared members";
	if (!read_networks(object, record))
		return "its record says no networks of shared members";
	if (!read_digest(json_object_get(object, "digest"), record))
		return "its record has no digest";
	record->is_draining = record->follows && json_is_true(json_object_get(object, "draining"));
	record->published = json_is_true(json_object_get(object, "published"));
	record->capacity_pps = read_capacity(json_object_get(object, "capacity_pps"));
	return NULL;
}

const char *
mcr_domain_record_parse(const char *text, struct record *record)
{
	json_t *object;
	const char *wrong;

	if (strnlen(text, RECORD_TEXT_MAX) == RECORD_TEXT_MAX)
		return "its record is too long";
	object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	wrong = read_object(object, record);
	json_decref(object);
	return wrong;
}

const struct in6_addr *
mcr_domain_record_address(const struct record *record)
{
	return mcr_domain_address_is_none(&record->address) ? &record->address6 : &record->address;
}

static bool
is_shared(const struct in6_addr *a, const struct in6_addr *b)
{
	return !mcr_domain_address_is_none(a) && mcr_domain_address_equals(a, b);
}

bool
mcr_domain_record_shares_address(const struct record *a, const struct record *b)
{
	return is_shared(&a->address, &b->address) || is_shared(&a->address6, &b->address6);
}

const struct in6_addr *
mcr_domain_record_link_address(const struct record *own, const struct record *other)
{
	if (!mcr_domain_address_is_none(&own->address) &&
		!mcr_domain_address_is_none(&other->address))
		return &other->address;
	return mcr_domain_address_is_none(&own->address6) ? &own->address6 : &other->address6;
}

/* "KEY": "TEXT", with a comma and a space, unless the text is empty. */
static int
format_member(char *to, size_t size, const char *key, const char *text)
{
	return text[0] == '\0' ? 0 : snprintf(to, size, "\"%s\": \"%s\", ", key, text);
}

void
mcr_domain_record_format(const struct record *record, const char *version, char *text)
{
	char port[32] = "", capacity[48] = "", sharing[2 * NETWORKS_MAX + DIGEST_MAX + 96] = "";
	char address[ADDRESS_TEXT_MAX], address6[ADDRESS_TEXT_MAX];
	char addresses[2 * ADDRESS_TEXT_MAX + 48] = "";
	int len = 0;

	if (record->follows)
		len = snprintf(sharing, sizeof(sharing),
			", \"members\": \"%s\", \"draining\": %s, \"digest\": \"%s\"",
			record->is_shared ? "shared" : "local",
			record->is_draining ? "true" : "false", record->digest);
	if (record->is_shared)
		len += snprintf(sharing + len, sizeof(sharing) - len, ", \"networks\": \"%s\"",
			record->networks);
	if (record->is_shared && record->networks6[0] != '\0')
		snprintf(sharing + len, sizeof(sharing) - len, ", \"networks6\": \"%s\"",
			record->networks6);
	if (record->capacity_pps != 0)
		snprintf(capacity, sizeof(capacity), "\"capacity_pps\": %" PRIu64 ", ",
			record->capacity_pps);
	if (record->is_gre_udp)
		snprintf(port, sizeof(port), "\"udp_port\": %u, ", record->udp_port);
	len = format_member(addresses, sizeof(addresses), "address",
		mcr_domain_address_format(&record->address, address));
	(void)format_member(addresses + len, sizeof(addresses) - len, "address6",
		mcr_domain_address_format(&record->address6, address6));
	snprintf(text, RECORD_TEXT_MAX,
		"{%s\"encap\": \"%s\", %s\"epoch\": \"%s\", %s"
		"\"version\": \"%.32s\", \"published\": %s%s}",
		addresses, record->is_gre_udp ? "gre-udp" : "gre", port, record->epoch, capacity,
		version, record->published ? "true" : "false", sharing);
}

bool
mcr_domain_record_equals(const struct record *a, const struct record *b)
{
	return mcr_domain_address_equals(&a->address, &b->address) &&
	       mcr_domain_address_equals(&a->address6, &b->address6) &&
	       a->is_gre_udp == b->is_gre_udp && a->udp_port == b->udp_port &&
	       strcmp(a->epoch, b->epoch) == 0 && a->published == b->published &&
	       a->capacity_pps == b->capacity_pps && a->follows == b->follows &&
	       a->is_shared == b->is_shared && a->is_draining == b->is_draining &&
	       strcmp(a->networks, b->networks) == 0 && strcmp(a->networks6, b->networks6) == 0 &&
	       strcmp(a->digest, b->digest) == 0;
}
