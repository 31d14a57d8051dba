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

static bool
read_address(const json_t *value, uint32_t *address)
{
	const char *text = json_string_value(value);
	struct in_addr in;

	if (text == NULL || inet_pton(AF_INET, text, &in) != 1)
		return false;
	*address = ntohl(in.s_addr);
	return mcr_domain_is_unicast(*address);
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
mcr_domain_are_networks(const char *text)
{
	for (; (text = skip_network(text)) != NULL && text[0] == ' '; text++)
		continue;
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
read_networks(const json_t *value, struct record *record)
{
	const char *networks = json_string_value(value);

	if (!record->is_shared)
		return true;
	if (networks == NULL || strlen(networks) >= NETWORKS_MAX ||
		!mcr_domain_are_networks(networks))
		return false;
	strcpy(record->networks, networks);
	return true;
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
	if (!read_address(json_object_get(object, "address"), &record->address))
		return "its record has no unicast address";
	if (!read_encap(object, record))
		return "its record has no encapsulation between hubs";
	if (!read_epoch(json_object_get(object, "epoch"), record->epoch))
		return "its record has no epoch";
	if (!read_members(json_object_get(object, "members"), record))
		return "its record has neither local nor shared members";
	if (!read_networks(json_object_get(object, "networks"), record))
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

void
mcr_domain_record_format(const struct record *record, const char *version, char *text)
{
	char port[32] = "", capacity[48] = "", sharing[NETWORKS_MAX + DIGEST_MAX + 96] = "";
	int len = 0;

	if (record->follows)
		len = snprintf(sharing, sizeof(sharing),
			", \"members\": \"%s\", \"draining\": %s, \"digest\": \"%s\"",
			record->is_shared ? "shared" : "local",
			record->is_draining ? "true" : "false", record->digest);
	if (record->is_shared)
		snprintf(sharing + len, sizeof(sharing) - len, ", \"networks\": \"%s\"",
			record->networks);
	if (record->capacity_pps != 0)
		snprintf(capacity, sizeof(capacity), "\"capacity_pps\": %" PRIu64 ", ",
			record->capacity_pps);
	if (record->is_gre_udp)
		snprintf(port, sizeof(port), "\"udp_port\": %u, ", record->udp_port);
	snprintf(text, RECORD_TEXT_MAX,
		"{\"address\": \"%u.%u.%u.%u\", \"encap\": \"%s\", %s\"epoch\": \"%s\", %s"
		"\"version\": \"%.32s\", \"published\": %s%s}",
		record->address >> 24, record->address >> 16 & 0xff, record->address >> 8 & 0xff,
		record->address & 0xff, record->is_gre_udp ? "gre-udp" : "gre", port, record->epoch,
		capacity, version, record->published ? "true" : "false", sharing);
}

bool
mcr_domain_record_equals(const struct record *a, const struct record *b)
{
	return a->address == b->address && a->is_gre_udp == b->is_gre_udp &&
	       a->udp_port == b->udp_port && strcmp(a->epoch, b->epoch) == 0 &&
	       a->published == b->published && a->capacity_pps == b->capacity_pps &&
	       a->follows == b->follows && a->is_shared == b->is_shared &&
	       a->is_draining == b->is_draining && strcmp(a->networks, b->networks) == 0 &&
	       strcmp(a->digest, b->digest) == 0;
}
