/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mcr_link.h>

#include "infra/log.h"
#include "telemetry/interest_key.h"

/* What keys that are no group begin with. */
#define SEGMENT "vni/"
#define HOST "host/"
#define COMES "comes/"
#define LEFT "left/"

#define HASH_DIGITS 8

static void
format_claim(const struct mcr_interest_key *key, char *text)
{
	snprintf(text, MCR_GROUP_TEXT_SIZE, "%s%08x/%u",
		key->kind == MCR_INTEREST_COMES ? COMES : LEFT, key->number, key->claim);
}

void
mcr_telemetry_format_interest(
	const struct mcr_interest_change *change, char text[MCR_INTEREST_TEXT_SIZE])
{
	static const char signs[] = {
		[MCR_INTEREST_NONE] = '-',
		[MCR_INTEREST_EMPTY] = '!',
		[MCR_INTEREST_WANTS] = '+',
	};
	char address[MCR_ADDRESS_TEXT];

	text[0] = signs[change->interest];
	switch (change->key.kind) {
	case MCR_INTEREST_GROUP:
		mcr_telemetry_format_group(&change->key.group, text + 1);
		break;
	case MCR_INTEREST_SEGMENT:
		snprintf(text + 1, MCR_GROUP_TEXT_SIZE, SEGMENT "%u", change->key.number);
		break;
	case MCR_INTEREST_HOST:
		snprintf(text + 1, MCR_GROUP_TEXT_SIZE, HOST "%s",
			mcr_address_format(change->key.number, address));
		break;
	case MCR_INTEREST_COMES:
	case MCR_INTEREST_LEFT:
		format_claim(&change->key, text + 1);
		break;
	}
}

static bool
parse_vni(const char *text, uint32_t *vni)
{
	char *end;

	*vni = strtoul(text, &end, 10);
	return isdigit((unsigned char)*text) && *end == '\0' && strlen(text) <= 8 &&
	       *vni <= MCR_LINK_VNI_MAX;
}

static bool
parse_ipv6_host(const char *text, uint32_t *number)
{
	struct in6_addr parsed;
	uint8_t length;

	if (strchr(text, '/') != NULL || !mcr_address_parse_ipv6(text, &parsed, &length) ||
		mcr_address_refuse_source(&parsed) != NULL || IN6_IS_ADDR_LINKLOCAL(&parsed))
		return false;
	*number = mcr_address_get(&parsed, length);
	return *number != MCR_ADDRESS_NONE;
}

static bool
parse_host(const char *text, uint32_t *address)
{
	struct in_addr parsed;

	if (strchr(text, ':') != NULL)
		return parse_ipv6_host(text, address);
	if (inet_pton(AF_INET, text, &parsed) != 1)
		return false;
	*address = rte_be_to_cpu_32(parsed.s_addr);
	return *address >> 24 != 0 && !mcr_ipv4_is_multicast(*address) &&
	       *address != MCR_IPV4_BROADCAST;
}

/* "HEX8/N" */
static bool
parse_claim(const char *text, struct mcr_interest_key *key)
{
	unsigned long long number;
	char *end;

	if (strspn(text, "0123456789abcdef") != HASH_DIGITS || text[HASH_DIGITS] != '/')
		return false;
	key->number = strtoul(text, NULL, 16);
	text += HASH_DIGITS + 1;
	errno = 0;
	number = strtoull(text, &end, 10);
	key->claim = number;
	return isdigit((unsigned char)*text) && *text != '0' && *end == '\0' && errno == 0 &&
	       number <= UINT32_MAX;
}

static bool
parse_group_key(const char *text, struct mcr_group_key *key)
{
	if (strcmp(text, "255.255.255.255") == 0)
		*key = (struct mcr_group_key){.group = MCR_GROUP_BROADCAST, .length = 32};
	else if (strcmp(text, "0.0.0.0/0") == 0)
		*key = (struct mcr_group_key){.group = MCR_GROUP_FALLBACK};
	else if (!mcr_telemetry_parse_group(text, key))
		return false;
	if (mcr_telemetry_refuse_group(key) == NULL)
		return true;
	mcr_telemetry_drop_group(key);
	return false;
}

/* @return What follows the prefix, or NULL. */
static const char *
skip(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0 ? text + strlen(prefix) : NULL;
}

static bool
parse_key(const char *text, struct mcr_interest_key *key)
{
	const char *rest;

	*key = (struct mcr_interest_key){.kind = MCR_INTEREST_SEGMENT};
	rest = skip(text, SEGMENT);
	if (rest != NULL)
		return parse_vni(rest, &key->number);
	key->kind = MCR_INTEREST_HOST;
	rest = skip(text, HOST);
	if (rest != NULL)
		return parse_host(rest, &key->number);
	key->kind = MCR_INTEREST_COMES;
	rest = skip(text, COMES);
	if (rest != NULL)
		return parse_claim(rest, key);
	key->kind = MCR_INTEREST_LEFT;
	rest = skip(text, LEFT);
	if (rest != NULL)
		return parse_claim(rest, key);
	key->kind = MCR_INTEREST_GROUP;
	return parse_group_key(text, &key->group);
}

static bool
parse_sign(char sign, enum mcr_interest *interest)
{
	switch (sign) {
	case '+':
		*interest = MCR_INTEREST_WANTS;
		return true;
	case '!':
		*interest = MCR_INTEREST_EMPTY;
		return true;
	case '-':
		*interest = MCR_INTEREST_NONE;
		return true;
	default:
		return false;
	}
}

bool
mcr_telemetry_parse_interest(
	const char *text, struct mcr_interest_key *key, enum mcr_interest *interest)
{
	return parse_sign(text[0], interest) && parse_key(text + 1, key);
}

void
mcr_telemetry_drop_interest(const struct mcr_interest_key *key)
{
	if (key->kind == MCR_INTEREST_GROUP)
		mcr_telemetry_drop_group(&key->group);
	else if (key->kind == MCR_INTEREST_HOST)
		mcr_address_drop(key->number);
}
