/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Addresses of both families in 32 bits, so that tables of addresses need not know the family.
 *
 * An IPv4 address is itself, in host byte order. An IPv6 address or prefix that the process knows
 * has a number in 0.0.0.0/8, "this network" (RFC 1122 3.2.1.3), which no host, group or prefix of
 * IPv4 is in. 0 is no address. Equal addresses have equal numbers, for as long as somebody holds a
 * reference; what is held twice is dropped twice. An IPv4 address needs no reference: holding and
 * dropping it does nothing.
 *
 * There is one table of numbers in a process. Functions that change it may be called by any thread.
 * Those that find and read take no lock; while others drop, they are for readers of an mcr_rcu,
 * whose numbers are valid until the next mcr_rcu_quiescent(), and for who holds a reference.
 */

#ifndef MCR_ADDRESS_H
#define MCR_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mcr_rcu.h"

/** No address. As the source of a flow or the group of a key: any. */
#define MCR_ADDRESS_NONE UINT32_C(0)

/** The largest number of an IPv6 address. */
#define MCR_ADDRESS_IPV6_MAX UINT32_C(0x00ffffff)

#define MCR_IPV4_LENGTH 32  /**< of a host's prefix */
#define MCR_IPV6_LENGTH 128 /**< likewise */

/** Room for the text of an address or prefix with its terminating zero. */
#define MCR_ADDRESS_TEXT (INET6_ADDRSTRLEN + 4)

static inline bool
mcr_address_is_ipv6(uint32_t address)
{
	return address - 1 < MCR_ADDRESS_IPV6_MAX;
}

/** Length of the prefix that is one host of the address's family. */
static inline uint8_t
mcr_address_bits(uint32_t address)
{
	return mcr_address_is_ipv6(address) ? MCR_IPV6_LENGTH : MCR_IPV4_LENGTH;
}

/**
 * Number an IPv6 address or prefix.
 * @param length MCR_IPV6_LENGTH for an address; else bits behind it are taken as 0. Not 0: that
 *   prefix is MCR_ADDRESS_NONE, as that of IPv4.
 * @return Its number, with a reference for the caller, who gives it back to mcr_address_drop();
 *   MCR_ADDRESS_NONE without memory or numbers.
 */
uint32_t
mcr_address_get(const struct in6_addr *address, uint8_t length);

/** Another reference. */
void
mcr_address_hold(uint32_t address);

/** Give a reference back. The last one makes the number invalid for new readers. */
void
mcr_address_drop(uint32_t address);

/**
 * Let the numbers dropped since the last call be given out again after a grace period. The thread
 * is the writer of rcu.
 * @param rcu NULL: nobody reads without a reference.
 */
void
mcr_address_reclaim(struct mcr_rcu *rcu);

/** How many IPv6 addresses and prefixes are numbered. */
uint32_t
mcr_address_count(void);

/* Readers. */

/** @param address 16 bytes of any alignment. @return Its number, or MCR_ADDRESS_NONE. */
uint32_t
mcr_address_find(const uint8_t *address);

/**
 * @param address 16 bytes of any alignment.
 * @return The number of the address, or that of the longest numbered prefix that covers it, or
 *   MCR_ADDRESS_NONE.
 */
uint32_t
mcr_address_match(const uint8_t *address);

/** The longest numbered prefix that is shorter than an IPv6 address or prefix and covers it, or
 * MCR_ADDRESS_NONE. */
uint32_t
mcr_address_cover(uint32_t ipv6);

/** The bytes of a number. Valid for as long as the number is. */
const struct in6_addr *
mcr_address_ipv6(uint32_t ipv6);

/** Length of the prefix that a number stands for. */
uint8_t
mcr_address_length(uint32_t ipv6);

/* Both families. */

/** Whether it is a group: in 224.0.0.0/4 or ff00::/8. */
bool
mcr_address_is_multicast(uint32_t address);

/** 224.0.0.0/24 and ff02::/16: of one link alone (RFC 5771 4, RFC 4291 2.7). */
bool
mcr_address_is_link_local_group(uint32_t address);

/** 232.0.0.0/8 and ff3x::/32, where only (S,G) is joined (RFC 4607 1). Other groups of ff30::/12
 * have the prefix of a network in them and are joined from any source (RFC 3306 4). */
bool
mcr_address_is_source_specific(uint32_t address);

/**
 * Whether a prefix covers an address or a prefix.
 * @param prefix With length 0 it covers all of both families.
 * @param length Of the prefix. For IPv6 it is what mcr_address_length() says.
 */
bool
mcr_address_covers(uint32_t prefix, uint8_t length, uint32_t address);

/** Whether two IPv6 addresses, each 16 bytes, agree in their first bits. */
bool
mcr_address_agree(const uint8_t *first, const uint8_t *second, uint8_t length);

/** For qsort(): IPv4 before IPv6, each by its bytes; of equal IPv6 bytes the shorter prefix first.
 */
int
mcr_address_compare(uint32_t first, uint32_t second);

/** Write the text of an address: dotted, or that of RFC 5952. @return text. */
char *
mcr_address_format(uint32_t address, char text[MCR_ADDRESS_TEXT]);

/** Likewise with "/length" unless it is one host's. @return text. */
char *
mcr_address_format_prefix(uint32_t address, uint8_t length, char text[MCR_ADDRESS_TEXT]);

/* Texts of IPv6, and what they may stand for. */

/**
 * Read an address, or a prefix with "/length", 1 to 128; not only in the form of RFC 5952.
 * @param[out] address Host bits are kept.
 * @param[out] length MCR_IPV6_LENGTH of an address.
 * @return false: it is something else, an address with a zone for example.
 */
bool
mcr_address_parse_ipv6(const char *text, struct in6_addr *address, uint8_t *length);

/** As mcr_address_format_prefix(), of an address that may have no number. @return text. */
char *
mcr_address_format_ipv6(
	const struct in6_addr *address, uint8_t length, char text[MCR_ADDRESS_TEXT]);

/**
 * Why a group or prefix cannot be one that hubs forward to: it never leaves its host (ff?0, ff?1),
 * belongs to neighbour discovery, or is no group.
 * @return NULL: it can be. Else words that follow the address; static.
 */
const char *
mcr_address_refuse_group(const struct in6_addr *group, uint8_t length);

/** Likewise of an address as a group's source. */
const char *
mcr_address_refuse_source(const struct in6_addr *source);

/** Whether a group may have this source: one of its family, and fe80::/10 in its own link alone. */
bool
mcr_address_takes_source(uint32_t group, uint32_t source);

#endif
