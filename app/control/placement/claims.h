/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file What other hubs say of shared members that come by themselves, mcr_claim.h: their claims,
 * and which members they have left to whose claim. By the hash of the member's name, as it may be
 * declared here later. Control lcore only; pure. */

#ifndef MCR_CONTROL_PLACEMENT_CLAIMS_H
#define MCR_CONTROL_PLACEMENT_CLAIMS_H

#include <stdbool.h>
#include <stdint.h>

#include <mcr_claim.h>

enum mcr_claims_word {
	MCR_CLAIMS_COMES, /**< the member comes to the peer */
	MCR_CLAIMS_LEFT,  /**< the peer has left the member to the claim of that number */
};

/** What a peer says. */
struct mcr_claims_entry {
	uint32_t member; /**< hash of its name */
	uint32_t number; /**< of the claim */
	uint16_t peer;   /**< index */
	enum mcr_claims_word word;
};

/** A peer as this hub sees it. */
struct mcr_claims_peer {
	uint32_t id; /**< mcr_link_hub_id() */
	bool counts; /**< its claims do: it is alive, and has not restarted since it made them */
};

struct mcr_claims;

/** @param max Entries at most. @return NULL: no memory. */
struct mcr_claims *
mcr_claims_create(uint32_t max);

/** NULL is allowed. */
void
mcr_claims_free(struct mcr_claims *claims);

/** A peer says so. Again changes nothing. @return 0, -ENOSPC or -ENOMEM. */
int
mcr_claims_add(struct mcr_claims *claims, const struct mcr_claims_entry *entry);

/** It takes it back. @return 0 or -ENOENT. */
int
mcr_claims_remove(struct mcr_claims *claims, const struct mcr_claims_entry *entry);

/** A peer is about to say all it has to say. */
void
mcr_claims_begin(struct mcr_claims *claims, uint16_t peer);

/** It has: forget what it did not say since then. */
void
mcr_claims_end(struct mcr_claims *claims, uint16_t peer);

void
mcr_claims_forget(struct mcr_claims *claims, uint16_t peer);

uint32_t
mcr_claims_count(const struct mcr_claims *claims);

/** Changes when an entry comes or goes. */
uint64_t
mcr_claims_version(const struct mcr_claims *claims);

struct mcr_claims_found {
	struct mcr_claim claim; /**< the one that counts; number 0: none */
	uint16_t peer;          /**< whose it is */
	uint32_t highest; /**< number of any claim, also of one that does not count, and to which
	                     one was left */
};

/** Find the claim of a member that counts. @param peers By index. */
struct mcr_claims_found
mcr_claims_find(
	const struct mcr_claims *claims, uint32_t member, const struct mcr_claims_peer *peers);

/** The highest claim to which a peer has left a member; 0: none. */
uint32_t
mcr_claims_left(const struct mcr_claims *claims, uint32_t member, uint16_t peer);

#endif
