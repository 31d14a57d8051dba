/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* What the bits of an address say, whatever its family. */

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <rte_common.h>
#include <rte_debug.h>

#include "mcr_address.h"

static const uint8_t *
bytes_of(uint32_t ipv6)
{
	return mcr_address_ipv6(ipv6)->s6_addr;
}

bool
mcr_address_is_multicast(uint32_t address)
{
	return mcr_address_is_ipv6(address) ? bytes_of(address)[0] == 0xff : address >> 28 == 0xe;
}

bool
mcr_address_is_link_local_group(uint32_t address)
{
	const uint8_t *bytes;

	if (!mcr_address_is_ipv6(address))
		return address >> 8 == 0xe00000;
	bytes = bytes_of(address);
	return bytes[0] == 0xff && (bytes[1] & 0x0f) == 2 && mcr_address_length(address) >= 16;
}

bool
mcr_address_is_source_specific(uint32_t address)
{
	const uint8_t *bytes;

	if (!mcr_address_is_ipv6(address))
		return address >> 24 == 0xe8;
	bytes = bytes_of(address);
	return bytes[0] == 0xff && bytes[1] >> 4 == 3 && bytes[2] == 0 && bytes[3] == 0 &&
	       mcr_address_length(address) >= 32;
}

bool
mcr_address_agree(const uint8_t *first, const uint8_t *second, uint8_t length)
{
	const uint8_t mask = ~(0xff >> length % 8);

	RTE_ASSERT(length <= MCR_IPV6_LENGTH);
	if (memcmp(first, second, length / 8) != 0)
		return false;
	return length % 8 == 0 || ((first[length / 8] ^ second[length / 8]) & mask) == 0;
}

bool
mcr_address_covers(uint32_t prefix, uint8_t length, uint32_t address)
{
	if (length == 0)
		return true;
	if (mcr_address_is_ipv6(prefix) != mcr_address_is_ipv6(address))
		return false;
	if (!mcr_address_is_ipv6(prefix))
		return ((prefix ^ address) & UINT32_MAX << (MCR_IPV4_LENGTH - length)) == 0;
	RTE_ASSERT(length == mcr_address_length(prefix));
	return mcr_address_length(address) >= length &&
	       mcr_address_agree(bytes_of(prefix), bytes_of(address), length);
}

int
mcr_address_compare(uint32_t first, uint32_t second)
{
	const bool is_ipv6 = mcr_address_is_ipv6(first);
	int order;

	if (is_ipv6 != mcr_address_is_ipv6(second))
		return is_ipv6 ? 1 : -1;
	if (!is_ipv6)
		return (first > second) - (first < second);
	order = memcmp(bytes_of(first), bytes_of(second), sizeof(struct in6_addr));
	return order != 0 ? order : mcr_address_length(first) - mcr_address_length(second);
}

char *
mcr_address_format(uint32_t address, char text[MCR_ADDRESS_TEXT])
{
	const struct in_addr ipv4 = {htonl(address)};

	if (mcr_address_is_ipv6(address))
		return mcr_address_format_ipv6(mcr_address_ipv6(address), MCR_IPV6_LENGTH, text);
	inet_ntop(AF_INET, &ipv4, text, MCR_ADDRESS_TEXT);
	return text;
}

char *
mcr_address_format_prefix(uint32_t address, uint8_t length, char text[MCR_ADDRESS_TEXT])
{
	mcr_address_format(address, text);
	if (length != mcr_address_bits(address))
		snprintf(text + strlen(text), MCR_ADDRESS_TEXT - strlen(text), "/%u", length);
	return text;
}
