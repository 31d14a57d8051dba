/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

static const struct mcr_config_prefix multicast = {RTE_IPV4(224u, 0, 0, 0), 4};

/* 0.0.0.0/0 is all of IPv4. */
bool
mcr_config_contains(const struct mcr_config_prefix *prefix, uint32_t address)
{
	RTE_ASSERT(prefix->length <= mcr_address_bits(prefix->address));
	return mcr_address_is_ipv6(prefix->address) == mcr_address_is_ipv6(address) &&
	       mcr_address_covers(prefix->address, prefix->length, address);
}

bool
mcr_config_covers(const struct mcr_config_prefix *wide, const struct mcr_config_prefix *narrow)
{
	return wide->length <= narrow->length && mcr_config_contains(wide, narrow->address);
}

bool
mcr_config_overlaps(const struct mcr_config_prefix *a, const struct mcr_config_prefix *b)
{
	return a->length <= b->length ? mcr_config_contains(a, b->address)
	                              : mcr_config_contains(b, a->address);
}

/* RFC 3021: a /31 has neither a network nor a broadcast address. Nor has a /32. */
bool
mcr_config_is_subnet_address(const struct mcr_config_prefix *subnet, uint32_t address)
{
	const uint32_t host_bits = ~mcr_ipv4_mask(subnet->length);

	RTE_ASSERT(subnet->length <= 32);
	if (subnet->length >= 31 || !mcr_config_contains(subnet, address))
		return false;
	return (address & host_bits) == 0 || (address & host_bits) == host_bits;
}

bool
mcr_config_parse_ipv4(const char *text, uint32_t *address)
{
	struct in_addr parsed;

	if (inet_pton(AF_INET, text, &parsed) != 1)
		return false;
	*address = ntohl(parsed.s_addr);
	return true;
}

/* 0 to 32 without sign, space or leading zero. */
static bool
parse_prefix_length(const char *text, uint8_t *length)
{
	const size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 2 || text[digits] != '\0' || (text[0] == '0' && digits > 1))
		return false;
	*length = atoi(text);
	return *length <= 32;
}

static bool
parse_prefix(const char *text, struct mcr_config_prefix *prefix)
{
	const char *slash = strchr(text, '/');
	char address[INET_ADDRSTRLEN];

	if (slash == NULL || slash - text >= INET_ADDRSTRLEN)
		return false;
	memcpy(address, text, slash - text);
	address[slash - text] = '\0';
	return mcr_config_parse_ipv4(address, &prefix->address) &&
	       parse_prefix_length(slash + 1, &prefix->length);
}

static void
read_unicast(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const char *expected, const json_t *value, uint32_t *address)
{
	if (json_is_string(value) && mcr_config_parse_ipv4(json_string_value(value), address) &&
		mcr_ipv4_is_unicast(*address))
		return;
	mcr_config_add_mismatch(reader, at, expected, value);
	*address = 0;
}

void
mcr_config_read_unicast(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	read_unicast(reader, at, "a unicast IPv4 address", value, object);
}

void
mcr_config_read_host(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	if (mcr_config_looks_like_ipv6(value))
		mcr_config_read_ipv6_host(reader, at, value, object);
	else
		read_unicast(reader, at, "a unicast IPv4 or IPv6 address", value, object);
}

void
mcr_config_read_interface(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	struct mcr_config_prefix *prefix = object;

	if (!json_is_string(value) || !parse_prefix(json_string_value(value), prefix) ||
		prefix->length == 0 || !mcr_ipv4_is_unicast(prefix->address)) {
		mcr_config_add_mismatch(reader, at,
			"a unicast IPv4 address with its prefix length, \"A.B.C.D/N\"", value);
		*prefix = (struct mcr_config_prefix){0};
		return;
	}
	RTE_ASSERT(prefix->length >= 1 && prefix->length <= 32);
	if (mcr_config_is_subnet_address(prefix, prefix->address))
		mcr_config_add_error(reader, at,
			"\"%s\" is the network or broadcast address of its subnet, not a host's",
			json_string_value(value));
}

/* False with an error. */
static bool
read_prefix(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const char *expected, const json_t *value, struct mcr_config_prefix *prefix)
{
	const char *text = json_string_value(value);
	uint32_t network;

	prefix->length = MCR_IPV4_LENGTH;
	if (text == NULL ||
		(!parse_prefix(text, prefix) && !mcr_config_parse_ipv4(text, &prefix->address))) {
		mcr_config_add_mismatch(reader, at, expected, value);
		*prefix = (struct mcr_config_prefix){0};
		return false;
	}
	network = prefix->address & mcr_ipv4_mask(prefix->length);
	if (network == prefix->address)
		return true;
	mcr_config_add_error(reader, at,
		"\"%s\" has bits beyond its length, did you mean \"" MCR_CONFIG_IPV4 "/%u\"?", text,
		MCR_CONFIG_IPV4_BYTES(network), prefix->length);
	/* In 0.0.0.0/8 it would be taken for a number. */
	*prefix = (struct mcr_config_prefix){0};
	return false;
}

static void
read_network(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const char *expected, const json_t *value, struct mcr_config_prefix *prefix)
{
	/* RFC 1122 3.2.1.3. The numbers of IPv6 addresses are there. */
	if (!read_prefix(reader, at, expected, value, prefix) || prefix->length < 8 ||
		prefix->address >> 24 != 0)
		return;
	mcr_config_add_error(reader, at, "\"%s\" is within 0.0.0.0/8, where no host is",
		json_string_value(value));
	*prefix = (struct mcr_config_prefix){0};
}

void
mcr_config_read_network(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	if (mcr_config_looks_like_ipv6(value))
		mcr_config_read_ipv6_network(reader, at, value, object);
	else
		read_network(reader, at, "an IPv4 or IPv6 address or prefix", value, object);
}

static void
read_group(struct mcr_config_reader *reader, const struct mcr_config_path *at, const char *expected,
	const json_t *value, struct mcr_config_prefix *group)
{
	if (!read_prefix(reader, at, expected, value, group) ||
		mcr_config_covers(&multicast, group))
		return;
	mcr_config_add_mismatch(reader, at, expected, value);
	*group = (struct mcr_config_prefix){0};
}

void
mcr_config_read_ipv4_group(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	read_group(reader, at, "a multicast IPv4 address or prefix, within 224.0.0.0/4", value,
		object);
}

void
mcr_config_read_group(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	static const char expected[] =
		"a multicast address or prefix, within 224.0.0.0/4 or ff00::/8";

	if (mcr_config_looks_like_ipv6(value))
		mcr_config_read_group_of_ipv6(reader, at, expected, value, object);
	else
		read_group(reader, at, expected, value, object);
}

static bool
parse_mac(const char *text, struct rte_ether_addr *mac)
{
	if (strlen(text) != RTE_ETHER_ADDR_FMT_SIZE - 1)
		return false;
	for (size_t i = 0; i < RTE_ETHER_ADDR_LEN; i++, text += 3) {
		if (strspn(text, "0123456789abcdefABCDEF") != 2 ||
			(text[2] != ':' && text[2] != '\0'))
			return false;
		mac->addr_bytes[i] = strtoul(text, NULL, 16);
	}
	return true;
}

void
mcr_config_read_mac(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	struct rte_ether_addr *mac = object;

	if (json_is_string(value) && parse_mac(json_string_value(value), mac) &&
		rte_is_valid_assigned_ether_addr(mac))
		return;
	mcr_config_add_mismatch(reader, at, "a unicast MAC address, \"xx:xx:xx:xx:xx:xx\"", value);
	*mac = (struct rte_ether_addr){0};
}
