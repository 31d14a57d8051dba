/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <arpa/inet.h>
#include <string.h>

#include "address.h"
#include "key.h"

static bool
parse_ipv4(const char *text, struct in6_addr *address)
{
	struct in_addr in;

	if (inet_pton(AF_INET, text, &in) != 1 || !mcr_domain_is_unicast(ntohl(in.s_addr)))
		return false;
	address->s6_addr[10] = address->s6_addr[11] = 0xff;
	memcpy(&address->s6_addr[12], &in, sizeof(in));
	return true;
}

bool
mcr_domain_address_parse(const char *text, struct in6_addr *address)
{
	struct in6_addr in;

	*address = (struct in6_addr){0};
	if (inet_pton(AF_INET6, text, &in) != 1)
		return parse_ipv4(text, address);
	if (mcr_address_refuse_source(&in) != NULL || IN6_IS_ADDR_LINKLOCAL(&in))
		return false;
	*address = in;
	return true;
}

char *
mcr_domain_address_format(const struct in6_addr *address, char text[ADDRESS_TEXT_MAX])
{
	text[0] = '\0';
	if (mcr_domain_address_is_ipv4(address))
		inet_ntop(AF_INET, &address->s6_addr[12], text, ADDRESS_TEXT_MAX);
	else if (!mcr_domain_address_is_none(address))
		mcr_address_format_ipv6(address, MCR_IPV6_LENGTH, text);
	return text;
}

int
mcr_domain_address_compare(const struct in6_addr *a, const struct in6_addr *b)
{
	return memcmp(a, b, sizeof(*a));
}
