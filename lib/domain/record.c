/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "key.h"
#include "record.h"

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

static bool
read_epoch(const json_t *value, char *epoch)
{
	const char *text = json_string_value(value);
	const size_t len = text == NULL ? 0 : strlen(text);

	if (len == 0 || len >= EPOCH_MAX || text[strspn(text, "0123456789")] != '\0')
		return false;
	strcpy(epoch, text);
	return true;
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
	record->published = json_is_true(json_object_get(object, "published"));
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
	char port[32] = "";

	if (record->is_gre_udp)
		snprintf(port, sizeof(port), "\"udp_port\": %u, ", record->udp_port);
	snprintf(text, RECORD_TEXT_MAX,
		"{\"address\": \"%u.%u.%u.%u\", \"encap\": \"%s\", %s\"epoch\": \"%s\", "
		"\"version\": \"%.32s\", \"published\": %s}",
		record->address >> 24, record->address >> 16 & 0xff, record->address >> 8 & 0xff,
		record->address & 0xff, record->is_gre_udp ? "gre-udp" : "gre", port, record->epoch,
		version, record->published ? "true" : "false");
}

bool
mcr_domain_record_equals(const struct record *a, const struct record *b)
{
	return a->address == b->address && a->is_gre_udp == b->is_gre_udp &&
	       a->udp_port == b->udp_port && strcmp(a->epoch, b->epoch) == 0 &&
	       a->published == b->published;
}
