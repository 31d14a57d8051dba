/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Keys of interest as text: G, G,S or G/len, IPv6 in the form of RFC 5952; broadcast
 * 255.255.255.255, the fallback 0.0.0.0/0; a segment vni/N, and the overlay address of a member
 * host/A.B.C.D or host/IPv6. A shared member that comes to a hub by itself for the Nth time:
 * comes/HASH/N, and left/HASH/N, with the hash of its name. */

#ifndef MCR_DOMAIN_KEY_H
#define MCR_DOMAIN_KEY_H

#include <stdbool.h>

#include <mcr_address.h>
#include <mcr_group.h>

/* Lengths of keys that are no group: the VNI, the address or the hash is in its place, and N in
 * that of the source. */
#define KEY_VNI 192
#define KEY_HOST 193
#define KEY_COMES 194
#define KEY_LEFT 195

/* With the terminating zero. */
#define KEY_TEXT_MAX (2 * INET6_ADDRSTRLEN)

/**
 * Only the text that mcr_domain_key_format() writes is a key: each key has one text.
 * @param[out] key If it is one, the caller gives it back to mcr_domain_key_drop().
 */
bool
mcr_domain_key_parse(const char *text, struct mcr_group_key *key);

/** Another reference to the IPv6 addresses of a key. */
void
mcr_domain_key_hold(const struct mcr_group_key *key);

/** Give it back. */
void
mcr_domain_key_drop(const struct mcr_group_key *key);

/** @return The length. */
int
mcr_domain_key_format(const struct mcr_group_key *key, char *text);

/** An address that a host may have. */
bool
mcr_domain_is_unicast(uint32_t address);

#endif
