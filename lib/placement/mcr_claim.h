/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Claims: a shared member comes by itself to a hub that does not serve it, and that hub claims it.
 *
 * A claim has a number, above all that its hub knows of, which no other hub takes: modulo
 * MCR_CLAIM_HUBS it is the hub's id. The highest claim of a hub that is alive counts before any
 * placement. All hubs know of it by keys: `comes/MEMBER/NUMBER` of the hub
 * that claims, `left/MEMBER/NUMBER` of the hub that the placement has chosen, when it has heard of
 * the claim and does not serve the member (any more). A hub with a lower claim withdraws it.
 *
 * So that nobody serves a member twice, the claimant waits until the chosen hub has left the member
 * to it and all lower claims are gone, but for MCR_CLAIM_WAIT_MS at most.
 *
 * Times are milliseconds of a monotonic clock. No allocation.
 */

#ifndef MCR_CLAIM_H
#define MCR_CLAIM_H

#include <stdbool.h>
#include <stdint.h>

/** Numbers of a hub are so far apart. There are more ids of hubs: if two are equal modulo this, and
 * their hubs claim a member at once, the higher id counts. */
#define MCR_CLAIM_HUBS 4096u

/** How long a claimant waits for others. */
#define MCR_CLAIM_WAIT_MS 1000u

/** After it lost its claim a hub claims the member again after so long; each time it doubles. */
#define MCR_CLAIM_AGAIN_MS 3000u
#define MCR_CLAIM_AGAIN_MAX_MS 300000u

/** A member of which nothing came to a hub for so long had moved: what the hub lost before counts
 * no more. One that uses two hubs at a time is never away. */
#define MCR_CLAIM_AWAY_MS 5000u

/** A claim, or what was left to one. */
struct mcr_claim {
	uint32_t hub;    /**< mcr_link_hub_id() of who says so */
	uint32_t number; /**< 0: none */
};

/** Whether a claim counts before another one: by number, then by hub. */
static inline bool
mcr_claim_beats(struct mcr_claim a, struct mcr_claim b)
{
	return a.number != b.number ? a.number > b.number : a.hub > b.hub;
}

/** A hub's own claim of a member. All 0: it never had one. */
struct mcr_own_claim {
	uint32_t number;   /**< 0: none now */
	uint32_t again_ms; /**< how long the last loss forbids another one */
	uint64_t since_ms; /**< when it was made */
	uint64_t lost_ms;  /**< when the last one was lost; 0: none was */
};

/** Whether the hub may claim the member now. */
bool
mcr_claim_may(const struct mcr_own_claim *own, uint64_t now_ms);

/** The number that a hub's next claim has. @param hub Its mcr_link_hub_id(). @param highest Number
 * of the highest claim that is known, of hubs that are not alive too, and of what was left to one;
 * 0: none. */
uint32_t
mcr_claim_number(uint32_t hub, uint32_t highest);

/** Claim it. @param number By mcr_claim_number(). */
void
mcr_claim_make(struct mcr_own_claim *own, uint32_t number, uint64_t now_ms);

/** Another hub's claim beats this hub's, which is withdrawn. */
void
mcr_claim_lose(struct mcr_own_claim *own, uint64_t now_ms);

/** The hub may claim the member at once again. */
static inline void
mcr_claim_forget_losses(struct mcr_own_claim *own)
{
	own->lost_ms = 0;
}

/**
 * Whether the claimant may serve, if its claim is the highest.
 * @param others_left Nobody else can be serving the member: the hub that the placement chooses is
 *   dead, this hub itself, nobody, or has left the member to this claim or a higher one; and no
 *   other hub that is alive has a claim.
 */
static inline bool
mcr_claim_may_serve(const struct mcr_own_claim *own, bool others_left, uint64_t now_ms)
{
	return own->number != 0 && (others_left || now_ms - own->since_ms >= MCR_CLAIM_WAIT_MS);
}

#endif
