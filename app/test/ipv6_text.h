/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Addresses of IPv6 as tests write them. */

#ifndef MCR_TEST_IPV6_TEXT_H
#define MCR_TEST_IPV6_TEXT_H

#include <arpa/inet.h>

#include <rte_debug.h>

#include <mcr_address.h>

static inline struct in6_addr
ipv6(const char *text)
{
	struct in6_addr address;

	RTE_VERIFY(inet_pton(AF_INET6, text, &address) == 1);
	return address;
}

/* 0: it has no number. */
static inline uint32_t
number_of(const char *text)
{
	const struct in6_addr address = ipv6(text);

	return mcr_address_find(address.s6_addr);
}

#endif
