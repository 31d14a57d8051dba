/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* IPv6 addresses and prefixes as operators and other hubs write them. */

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>

#include "mcr_address.h"

/* 1 to 128 without sign, space or leading zero. */
static bool
parse_length(const char *text, uint8_t *length)
{
	const size_t digits = strspn(text, "0123456789");
	int value;

	if (digits == 0 || digits > 3 || text[digits] != '\0' || text[0] == '0')
		return false;
	value = atoi(text);
	*length = value;
	return value <= MCR_IPV6_LENGTH;
}

bool
mcr_address_parse_ipv6(const char *text, struct in6_addr *address, uint8_t *length)
{
	const size_t end = strcspn(text, "/");
	char copy[INET6_ADDRSTRLEN];

	if (end >= sizeof(copy))
		return false;
	memcpy(copy, text, end);
	copy[end] = '\0';
	*length = MCR_IPV6_LENGTH;
	return inet_pton(AF_INET6, copy, address) == 1 &&
	       (text[end] == '\0' || parse_length(text + end + 1, length));
}

/* glibc's inet_ntop() compresses and mixes as RFC 5952 4 and 5 recommend. */
char *
mcr_address_format_ipv6(const struct in6_addr *address, uint8_t length, char text[MCR_ADDRESS_TEXT])
{
	RTE_ASSERT(length <= MCR_IPV6_LENGTH);
	inet_ntop(AF_INET6, address, text, MCR_ADDRESS_TEXT);
	if (length != MCR_IPV6_LENGTH)
		snprintf(text + strlen(text), MCR_ADDRESS_TEXT - strlen(text), "/%u", length);
	return text;
}
