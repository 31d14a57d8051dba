/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_debug.h>

#include <mcr_encap.h>

#include "telemetry/group_key.h"

/* Not in 0.0.0.0/8, where the numbers of IPv6 are. */
static bool
parse_ipv4(const char *text, uint32_t *address)
{
	struct in_addr in;

	if (inet_pton(AF_INET, text, &in) != 1 || rte_be_to_cpu_32(in.s_addr) >> 24 == 0)
		return false;
	*address = rte_be_to_cpu_32(in.s_addr);
	return true;
}

static bool
parse_prefix_length(const char *text, uint8_t *length)
{
	char *end;
	const unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || value < 4 || value > MCR_IPV4_LENGTH)
		return false;
	*length = value;
	return true;
}

static bool
parse_ipv4_group(char *text, struct mcr_group_key *key)
{
	char *length = strchr(text, '/');

	if (length != NULL)
		*length++ = '\0';
	key->length = MCR_IPV4_LENGTH;
	return parse_ipv4(text, &key->group) &&
	       (length == NULL || parse_prefix_length(length, &key->length)) &&
	       mcr_ipv4_is_multicast(key->group) && (key->group & ~mcr_ipv4_mask(key->length)) == 0;
}

/* The number is held. */
static bool
parse_ipv6_group(const char *text, struct mcr_group_key *key)
{
	struct in6_addr address;

	if (!mcr_address_parse_ipv6(text, &address, &key->length))
		return false;
	key->group = mcr_address_get(&address, key->length);
	return key->group != MCR_ADDRESS_NONE && mcr_address_is_multicast(key->group) &&
	       memcmp(mcr_address_ipv6(key->group), &address, sizeof(address)) == 0;
}

static bool
parse_source(const char *text, uint32_t *source)
{
	struct in6_addr address;
	uint8_t length;

	if (strchr(text, ':') == NULL)
		return parse_ipv4(text, source);
	if (strchr(text, '/') != NULL || !mcr_address_parse_ipv6(text, &address, &length))
		return false;
	*source = mcr_address_get(&address, length);
	return *source != MCR_ADDRESS_NONE;
}

static bool
parse(char *text, struct mcr_group_key *key)
{
	char *source = strchr(text, ',');

	if (source != NULL)
		*source++ = '\0';
	if (strchr(text, ':') != NULL ? !parse_ipv6_group(text, key) : !parse_ipv4_group(text, key))
		return false;
	return source == NULL ||
	       (mcr_telemetry_is_host_group(key) && parse_source(source, &key->source) &&
		       mcr_address_takes_source(key->group, key->source));
}

bool
mcr_telemetry_parse_group(const char *text, struct mcr_group_key *key)
{
	char copy[MCR_GROUP_TEXT_SIZE];

	*key = (struct mcr_group_key){0};
	if (strlen(text) >= sizeof(copy))
		return false;
	strcpy(copy, text);
	if (parse(copy, key))
		return true;
	mcr_telemetry_drop_group(key);
	return false;
}

void
mcr_telemetry_drop_group(const struct mcr_group_key *key)
{
	mcr_address_drop(key->group);
	mcr_address_drop(key->source);
}

bool
mcr_telemetry_is_host_group(const struct mcr_group_key *key)
{
	return key->length == mcr_address_bits(key->group);
}

const char *
mcr_telemetry_refuse_group(const struct mcr_group_key *key)
{
	const char *refusal;

	if (!mcr_address_is_ipv6(key->group))
		return NULL;
	refusal = mcr_address_refuse_group(mcr_address_ipv6(key->group), key->length);
	if (refusal != NULL || key->source == MCR_ADDRESS_NONE)
		return refusal;
	return mcr_address_refuse_source(mcr_address_ipv6(key->source));
}

void
mcr_telemetry_format_group(const struct mcr_group_key *key, char text[MCR_GROUP_TEXT_SIZE])
{
	char source[MCR_ADDRESS_TEXT];

	RTE_ASSERT(key->source == 0 || mcr_telemetry_is_host_group(key));
	mcr_address_format_prefix(key->group, key->length, text);
	if (key->source != 0) {
		strcat(text, ",");
		strcat(text, mcr_address_format(key->source, source));
	}
}
