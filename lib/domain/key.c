/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "key.h"

#define IP_FMT "%u.%u.%u.%u"
#define IP_ARGS(ip) (ip) >> 24, (ip) >> 16 & 0xff, (ip) >> 8 & 0xff, (ip)&0xff

static bool
parse_address(const char *text, size_t len, uint32_t *address)
{
	char copy[INET_ADDRSTRLEN];
	struct in_addr in;

	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (inet_pton(AF_INET, copy, &in) != 1)
		return false;
	*address = ntohl(in.s_addr);
	return true;
}

static bool
is_multicast(uint32_t address)
{
	return address >> 28 == 0xe;
}

bool
mcr_domain_is_unicast(uint32_t address)
{
	return address >> 24 != 0 && address >> 24 != 127 && !is_multicast(address) &&
	       address >> 28 != 0xf;
}

#define VNI_TEXT "vni/"
#define HOST_TEXT "host/"
#define COMES_TEXT "comes/"
#define LEFT_TEXT "left/"
#define VNI_MAX 0xffffff

static bool
is_valid(const struct mcr_group_key *key)
{
	if (key->length == KEY_VNI)
		return key->group <= VNI_MAX;
	if (key->length == KEY_HOST)
		return mcr_domain_is_unicast(key->group);
	if (key->length == KEY_COMES || key->length == KEY_LEFT)
		return key->source != 0;
	if (key->source != 0)
		return is_multicast(key->group) && key->length == 32 &&
		       mcr_domain_is_unicast(key->source);
	if (key->length == 0)
		return key->group == MCR_GROUP_FALLBACK;
	if (key->length == 32)
		return is_multicast(key->group) || key->group == MCR_GROUP_BROADCAST;
	return key->length >= 4 && key->length < 32 && is_multicast(key->group) &&
	       (key->group & UINT32_MAX >> key->length) == 0;
}

int
mcr_domain_key_format(const struct mcr_group_key *key, char *text)
{
	if (key->length == KEY_VNI)
		return snprintf(text, KEY_TEXT_MAX, VNI_TEXT "%u", key->group);
	if (key->length == KEY_HOST)
		return snprintf(text, KEY_TEXT_MAX, HOST_TEXT IP_FMT, IP_ARGS(key->group));
	if (key->length == KEY_COMES || key->length == KEY_LEFT)
		return snprintf(text, KEY_TEXT_MAX, "%s%08" PRIx32 "/%" PRIu32,
			key->length == KEY_COMES ? COMES_TEXT : LEFT_TEXT, key->group, key->source);
	if (key->source != 0)
		return snprintf(text, KEY_TEXT_MAX, IP_FMT "," IP_FMT, IP_ARGS(key->group),
			IP_ARGS(key->source));
	if (key->length != 32)
		return snprintf(text, KEY_TEXT_MAX, IP_FMT "/%u", IP_ARGS(key->group), key->length);
	return snprintf(text, KEY_TEXT_MAX, IP_FMT, IP_ARGS(key->group));
}

static bool
parse_parts(const char *text, struct mcr_group_key *key)
{
	const size_t len = strcspn(text, ",/");
	const char *rest = text + len;

	*key = (struct mcr_group_key){.length = 32};
	if (!parse_address(text, len, &key->group))
		return false;
	if (rest[0] == ',')
		return parse_address(rest + 1, strlen(rest + 1), &key->source) && key->source != 0;
	if (rest[0] == '/' && strlen(rest) <= strlen("/32")) {
		key->length = atoi(rest + 1);
		return key->length < 32;
	}
	return rest[0] == '\0';
}

static bool
begins_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* HASH/N; anything else is found by writing it again. */
static bool
parse_claim(const char *text, uint8_t length, struct mcr_group_key *key)
{
	char *rest;

	*key = (struct mcr_group_key){.group = strtoul(text, &rest, 16), .length = length};
	if (rest[0] != '/')
		return false;
	key->source = strtoul(rest + 1, NULL, 10);
	return true;
}

static bool
parse_any(const char *text, struct mcr_group_key *key)
{
	const char *rest;

	if (begins_with(text, VNI_TEXT)) {
		*key = (struct mcr_group_key){
			.group = strtoul(text + strlen(VNI_TEXT), NULL, 10), .length = KEY_VNI};
		return true;
	}
	if (begins_with(text, HOST_TEXT)) {
		rest = text + strlen(HOST_TEXT);
		*key = (struct mcr_group_key){.length = KEY_HOST};
		return parse_address(rest, strlen(rest), &key->group);
	}
	if (begins_with(text, COMES_TEXT))
		return parse_claim(text + strlen(COMES_TEXT), KEY_COMES, key);
	if (begins_with(text, LEFT_TEXT))
		return parse_claim(text + strlen(LEFT_TEXT), KEY_LEFT, key);
	return parse_parts(text, key);
}

bool
mcr_domain_key_parse(const char *text, struct mcr_group_key *key)
{
	char again[KEY_TEXT_MAX];

	if (!parse_any(text, key) || !is_valid(key))
		return false;
	mcr_domain_key_format(key, again);
	return strcmp(text, again) == 0;
}
