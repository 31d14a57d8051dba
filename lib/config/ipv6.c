/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Addresses of IPv6, whose numbers the configuration holds. */

#include <stdlib.h>
#include <string.h>

#include "reader.h"

bool
mcr_config_looks_like_ipv6(const json_t *value)
{
	return json_is_string(value) && strchr(json_string_value(value), ':') != NULL;
}

/* MCR_ADDRESS_NONE with an error. */
static uint32_t
take_number(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const struct in6_addr *address, uint8_t length)
{
	const uint32_t number = mcr_address_get(address, length);

	if (number == MCR_ADDRESS_NONE)
		mcr_config_add_error(reader, at, "no memory or number for this IPv6 address");
	return number;
}

static bool
parse(struct mcr_config_reader *reader, const struct mcr_config_path *at, const char *expected,
	const json_t *value, struct in6_addr *address, uint8_t *length)
{
	const char *text = json_string_value(value);

	if (text != NULL && mcr_address_parse_ipv6(text, address, length))
		return true;
	if (mcr_config_looks_like_ipv6(value) && strchr(text, '%') != NULL)
		expected = "an IPv6 address without a zone";
	mcr_config_add_mismatch(reader, at, expected, value);
	return false;
}

static void
refuse(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const struct in6_addr *address, uint8_t length, const char *why)
{
	char text[MCR_ADDRESS_TEXT];

	mcr_config_add_error(
		reader, at, "\"%s\" %s", mcr_address_format_ipv6(address, length, text), why);
}

static bool
has_host_bits(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const struct in6_addr *address, const struct mcr_config_prefix *prefix)
{
	char text[MCR_ADDRESS_TEXT], network[MCR_ADDRESS_TEXT];

	if (memcmp(address, mcr_address_ipv6(prefix->address), sizeof(*address)) == 0)
		return false;
	mcr_config_add_error(reader, at, "\"%s\" has bits beyond its length, did you mean \"%s\"?",
		mcr_address_format_ipv6(address, prefix->length, text),
		mcr_address_format_prefix(prefix->address, prefix->length, network));
	return true;
}

void
mcr_config_read_group_of_ipv6(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const char *expected, const json_t *value, struct mcr_config_prefix *group)
{
	struct in6_addr address;
	const char *refusal;

	*group = (struct mcr_config_prefix){0};
	if (!parse(reader, at, expected, value, &address, &group->length))
		return;
	refusal = mcr_address_refuse_group(&address, group->length);
	if (refusal != NULL) {
		refuse(reader, at, &address, group->length, refusal);
		return;
	}
	group->address = take_number(reader, at, &address, group->length);
	if (group->address != MCR_ADDRESS_NONE && has_host_bits(reader, at, &address, group))
		mcr_config_drop(&group->address);
}

void
mcr_config_read_ipv6_group(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	mcr_config_read_group_of_ipv6(
		reader, at, "a multicast IPv6 address or prefix, within ff00::/8", value, object);
}

void
mcr_config_read_ipv6_host(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	static const char expected[] = "a unicast IPv6 address";
	struct in6_addr address;
	uint32_t *host = object;
	const char *refusal;
	uint8_t length;

	if (!parse(reader, at, expected, value, &address, &length))
		return;
	refusal = mcr_address_refuse_source(&address);
	if (strchr(json_string_value(value), '/') != NULL)
		mcr_config_add_mismatch(reader, at, expected, value);
	else if (refusal != NULL)
		refuse(reader, at, &address, length, refusal);
	else
		*host = take_number(reader, at, &address, length);
}

/* A prefix is refused as an address is, if it has no host of IPv6 at all. */
static const char *
refuse_network(const struct in6_addr *address, uint8_t length)
{
	return length == MCR_IPV6_LENGTH || IN6_IS_ADDR_V4MAPPED(address) ||
	                       IN6_IS_ADDR_MULTICAST(address)
	               ? mcr_address_refuse_source(address)
	               : NULL;
}

void
mcr_config_read_ipv6_network(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	struct mcr_config_prefix *prefix = object;
	struct in6_addr address;
	const char *refusal;

	if (!parse(reader, at, "an IPv6 address or prefix with a length from 1 to 128", value,
		    &address, &prefix->length))
		return;
	refusal = refuse_network(&address, prefix->length);
	if (refusal != NULL)
		refuse(reader, at, &address, prefix->length, refusal);
	else
		prefix->address = take_number(reader, at, &address, prefix->length);
	if (prefix->address == MCR_ADDRESS_NONE || has_host_bits(reader, at, &address, prefix)) {
		mcr_config_drop(&prefix->address);
		prefix->length = 0;
	}
}

static bool
has_no_host_bits(const struct in6_addr *address, uint8_t length)
{
	for (uint8_t i = length; i < MCR_IPV6_LENGTH; i++)
		if ((address->s6_addr[i / 8] & 0x80 >> i % 8) != 0)
			return false;
	return true;
}

/* Not between two routers (RFC 6164). */
bool
mcr_config_is_ipv6_anycast(const struct in6_addr *address, uint8_t length)
{
	return length < MCR_IPV6_LENGTH - 1 && has_no_host_bits(address, length);
}

static const char *
refuse_interface(const struct in6_addr *address, uint8_t length)
{
	const char *refusal = mcr_address_refuse_source(address);

	if (refusal == NULL && IN6_IS_ADDR_LINKLOCAL(address))
		return "is link-local: the hub has such an address by its MAC already";
	if (refusal == NULL && mcr_config_is_ipv6_anycast(address, length))
		return "is the anycast address of its subnet's routers, not a host's";
	return refusal;
}

/* False with an error. */
static bool
parse_interface(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const json_t *value, struct in6_addr *address, uint8_t *length)
{
	static const char expected[] =
		"a unicast IPv6 address with its prefix length, \"ADDRESS/N\"";
	const char *refusal;

	if (!parse(reader, at, expected, value, address, length))
		return false;
	if (strchr(json_string_value(value), '/') == NULL) {
		mcr_config_add_mismatch(reader, at, expected, value);
		return false;
	}
	refusal = refuse_interface(address, *length);
	if (refusal != NULL)
		refuse(reader, at, address, *length, refusal);
	return refusal == NULL;
}

void
mcr_config_read_ipv6_interface(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const json_t *value, uint32_t *host, uint32_t *network)
{
	struct in6_addr address;
	uint8_t length;

	if (!parse_interface(reader, at, value, &address, &length))
		return;
	*host = take_number(reader, at, &address, MCR_IPV6_LENGTH);
	*network = take_number(reader, at, &address, length);
}

void
mcr_config_read_ipv6_hub_overlay(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	struct mcr_config_prefix *host = object;
	struct in6_addr address;
	uint8_t length;

	if (!parse_interface(reader, at, value, &address, &length))
		return;
	host->address = take_number(reader, at, &address, MCR_IPV6_LENGTH);
	if (host->address != MCR_ADDRESS_NONE)
		host->length = length;
}

/* RFC 4291 2.5.6: the hub is a router between tunnels. */
void
mcr_config_read_ipv6_overlay(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	const struct in6_addr *address;
	uint32_t *host = object;

	mcr_config_read_ipv6_host(reader, at, value, host);
	if (*host == MCR_ADDRESS_NONE)
		return;
	address = mcr_address_ipv6(*host);
	if (!IN6_IS_ADDR_LINKLOCAL(address))
		return;
	refuse(reader, at, address, MCR_IPV6_LENGTH, "is link-local, which no router forwards");
	mcr_config_drop(host);
}

bool
mcr_config_shares_ipv6_subnet(const struct mcr_config_prefix *host, uint32_t address)
{
	return mcr_address_is_ipv6(address) &&
	       mcr_address_agree(mcr_address_ipv6(host->address)->s6_addr,
		       mcr_address_ipv6(address)->s6_addr, host->length);
}

void
mcr_config_drop(uint32_t *address)
{
	mcr_address_drop(*address);
	*address = MCR_ADDRESS_NONE;
}

void
mcr_config_free_prefixes(struct mcr_config_prefix *prefixes, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		mcr_address_drop(prefixes[i].address);
	free(prefixes);
}
