/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Keys of interest as text: G, G,S or G/len; broadcast 255.255.255.255, the fallback 0.0.0.0/0; a
 * segment vni/N, and the overlay address of a member host/A.B.C.D. A shared member that comes to a
 * hub by itself for the Nth time: comes/HASH/N, and left/HASH/N, with the hash of its name. */

#ifndef MCR_DOMAIN_KEY_H
#define MCR_DOMAIN_KEY_H

#include <stdbool.h>

#include <mcr_group.h>

/* Lengths of keys that are no group: the VNI, the address or the hash is in its place, and N in
 * that of the source. */
#define KEY_VNI 64
#define KEY_HOST 65
#define KEY_COMES 66
#define KEY_LEFT 67

/* With the terminating zero. */
#define KEY_TEXT_MAX 32

/** Only the text that mcr_domain_key_format() writes is a key: each key has one text. */
bool
mcr_domain_key_parse(const char *text, struct mcr_group_key *key);

/** @return The length. */
int
mcr_domain_key_format(const struct mcr_group_key *key, char *text);

/** An address that a host may have. */
bool
mcr_domain_is_unicast(uint32_t address);

#endif
