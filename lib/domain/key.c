/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "key.h"

/* 0.0.0.0, but nothing else where the numbers of IPv6 are. */
static bool
parse_ipv4(const char *text, size_t len, uint32_t *address)
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
	if (!mcr_address_is_ipv6(*address))
		return true;
	*address = 0;
	return false;
}

static bool
is_multicast(uint32_t address)
{
	return address >> 28 == 0xe;
}

/* Of IPv6 a number that is held. */
static bool
parse_address(const char *text, size_t len, uint32_t *address)
{
	char copy[INET6_ADDRSTRLEN];
	struct in6_addr in;

	if (memchr(text, ':', len) == NULL)
		return parse_ipv4(text, len, address);
	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (inet_pton(AF_INET6, copy, &in) != 1)
		return false;
	*address = mcr_address_get(&in, MCR_IPV6_LENGTH);
	return *address != MCR_ADDRESS_NONE;
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

/* Of a host the source is 0. */
static bool
has_addresses(const struct mcr_group_key *key)
{
	return key->length <= MCR_IPV6_LENGTH || key->length == KEY_HOST;
}

static bool
is_valid_host(uint32_t address)
{
	const struct in6_addr *ipv6;

	if (!mcr_address_is_ipv6(address))
		return mcr_domain_is_unicast(address);
	ipv6 = mcr_address_ipv6(address);
	return mcr_address_refuse_source(ipv6) == NULL && !IN6_IS_ADDR_LINKLOCAL(ipv6);
}

static bool
is_valid_ipv6(const struct mcr_group_key *key)
{
	if (mcr_address_refuse_group(mcr_address_ipv6(key->group), key->length) != NULL)
		return false;
	if (key->source == 0)
		return true;
	return key->length == MCR_IPV6_LENGTH &&
	       mcr_address_takes_source(key->group, key->source) &&
	       mcr_address_refuse_source(mcr_address_ipv6(key->source)) == NULL;
}

static bool
is_valid_ipv4(const struct mcr_group_key *key)
{
	if (key->source != 0)
		return is_multicast(key->group) && key->length == MCR_IPV4_LENGTH &&
		       mcr_domain_is_unicast(key->source);
	if (key->length == 0)
		return key->group == MCR_GROUP_FALLBACK;
	if (key->length == MCR_IPV4_LENGTH)
		return is_multicast(key->group) || key->group == MCR_GROUP_BROADCAST;
	return key->length >= 4 && key->length < MCR_IPV4_LENGTH && is_multicast(key->group) &&
	       (key->group & UINT32_MAX >> key->length) == 0;
}

static bool
is_valid(const struct mcr_group_key *key)
{
	if (key->length == KEY_VNI)
		return key->group <= VNI_MAX;
	if (key->length == KEY_HOST)
		return is_valid_host(key->group);
	if (key->length == KEY_COMES || key->length == KEY_LEFT)
		return key->source != 0;
	return mcr_address_is_ipv6(key->group) ? is_valid_ipv6(key) : is_valid_ipv4(key);
}

void
mcr_domain_key_hold(const struct mcr_group_key *key)
{
	if (!has_addresses(key))
		return;
	mcr_address_hold(key->group);
	mcr_address_hold(key->source);
}

/* An agent has one thread. */
void
mcr_domain_key_drop(const struct mcr_group_key *key)
{
	if (!has_addresses(key))
		return;
	mcr_address_drop(key->group);
	mcr_address_drop(key->source);
	mcr_address_reclaim(NULL);
}

int
mcr_domain_key_format(const struct mcr_group_key *key, char *text)
{
	char group[MCR_ADDRESS_TEXT], source[MCR_ADDRESS_TEXT];

	if (key->length == KEY_VNI)
		return snprintf(text, KEY_TEXT_MAX, VNI_TEXT "%u", key->group);
	if (key->length == KEY_HOST)
		return snprintf(
			text, KEY_TEXT_MAX, HOST_TEXT "%s", mcr_address_format(key->group, group));
	if (key->length == KEY_COMES || key->length == KEY_LEFT)
		return snprintf(text, KEY_TEXT_MAX, "%s%08" PRIx32 "/%" PRIu32,
			key->length == KEY_COMES ? COMES_TEXT : LEFT_TEXT, key->group, key->source);
	mcr_address_format_prefix(key->group, key->length, group);
	if (key->source == 0)
		return snprintf(text, KEY_TEXT_MAX, "%s", group);
	return snprintf(
		text, KEY_TEXT_MAX, "%s,%s", group, mcr_address_format(key->source, source));
}

/* The prefix is a number itself. */
static bool
parse_ipv6_prefix(const char *text, struct mcr_group_key *key)
{
	struct in6_addr address;
	uint8_t length;

	if (!mcr_address_parse_ipv6(text, &address, &length))
		return false;
	key->group = mcr_address_get(&address, length);
	key->length = length;
	return key->group != MCR_ADDRESS_NONE;
}

static bool
parse_parts(const char *text, struct mcr_group_key *key)
{
	const size_t len = strcspn(text, ",/");
	const char *rest = text + len;

	if (rest[0] == '/' && memchr(text, ':', len) != NULL)
		return parse_ipv6_prefix(text, key);
	if (!parse_address(text, len, &key->group))
		return false;
	key->length = mcr_address_bits(key->group);
	if (rest[0] == ',')
		return parse_address(rest + 1, strlen(rest + 1), &key->source) && key->source != 0;
	if (rest[0] == '/' && strlen(rest) <= strlen("/32")) {
		key->length = atoi(rest + 1);
		return key->length < MCR_IPV4_LENGTH;
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

	*key = (struct mcr_group_key){0};
	if (parse_any(text, key) && is_valid(key)) {
		mcr_domain_key_format(key, again);
		if (strcmp(text, again) == 0)
			return true;
	}
	mcr_domain_key_drop(key);
	return false;
}
