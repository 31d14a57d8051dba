/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Underlay addresses of hubs. One of IPv4 stands as ::ffff:A.B.C.D (RFC 4291 2.5.5.2), so that both
 * families are compared alike; all zeros are none. */

#ifndef MCR_DOMAIN_ADDRESS_H
#define MCR_DOMAIN_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>

#include <mcr_address.h>

#define ADDRESS_TEXT_MAX MCR_ADDRESS_TEXT

/** @return Whether it is one that hubs may send to: unicast, and not of one link. Else none. */
bool
mcr_domain_address_parse(const char *text, struct in6_addr *address);

/** Write A.B.C.D, or as RFC 5952 says; "" for none. @return text. */
char *
mcr_domain_address_format(const struct in6_addr *address, char text[ADDRESS_TEXT_MAX]);

static inline bool
mcr_domain_address_is_none(const struct in6_addr *address)
{
	return IN6_IS_ADDR_UNSPECIFIED(address);
}

static inline bool
mcr_domain_address_is_ipv4(const struct in6_addr *address)
{
	return IN6_IS_ADDR_V4MAPPED(address);
}

static inline bool
mcr_domain_address_equals(const struct in6_addr *a, const struct in6_addr *b)
{
	return IN6_ARE_ADDR_EQUAL(a, b);
}

/** For qsort(). */
int
mcr_domain_address_compare(const struct in6_addr *a, const struct in6_addr *b);

#endif
