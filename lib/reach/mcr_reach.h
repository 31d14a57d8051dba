/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Reachability: behind which members a number is found. In a domain of hubs that is the peers that
 * have a segment, by its VNI, and those that serve a host, by its overlay address.
 *
 * A member's claim says that a number is behind it. Of several claims of one number the latest
 * comes first: when a host moves from one hub to another, the new one claims it before the old one
 * lets go.
 *
 * One writer, the control lcore; each change is published at once. "Reader" functions may be called
 * by any lcore that is online in the RCU variable: they take no lock, and results are valid until
 * its next quiescent state.
 */

#ifndef MCR_REACH_H
#define MCR_REACH_H

#include <stdbool.h>
#include <stdint.h>

#include <mcr_group.h>
#include <mcr_rcu.h>

struct mcr_reach;

/**
 * @param claims How many there may be, of all members and numbers together.
 * @param are_addresses Numbers are addresses of either family, and held while they are claimed.
 * @param rcu Must outlive the object.
 * @return NULL with rte_errno ENOMEM or EINVAL.
 */
struct mcr_reach *
mcr_reach_create(uint32_t claims, bool are_addresses, struct mcr_rcu *rcu);

/** All readers must be offline. NULL is allowed. */
void
mcr_reach_free(struct mcr_reach *reach);

/**
 * Writer: a number is behind this member. Of what is claimed already only mcr_reach_end() takes
 * note.
 * @return 1: it is the number's first claim; 0; -EEXIST: it was claimed; -ENOSPC: too many claims;
 *   -ENOMEM. On failure nothing changed.
 */
int
mcr_reach_claim(struct mcr_reach *reach, uint32_t number, struct mcr_receiver receiver);

/** Writer: it is no longer. @return 1: it was the number's last claim; 0; -ENOENT; -ENOMEM: nothing
 * changed. */
int
mcr_reach_release(struct mcr_reach *reach, uint32_t number, uint32_t member);

/** Writer: the member is about to claim anew whatever is behind it. */
void
mcr_reach_begin(struct mcr_reach *reach, uint32_t member);

/** Writer: what it has not claimed since then is not behind it. @return How many claims were
 * released. */
uint32_t
mcr_reach_end(struct mcr_reach *reach, uint32_t member);

/** Writer: release all claims of a member. @return How many. */
uint32_t
mcr_reach_forget(struct mcr_reach *reach, uint32_t member);

/** Reader: the members behind which a number is, the latest first; NULL: none. */
const struct mcr_receivers *
mcr_reach_find(const struct mcr_reach *reach, uint32_t number);

#endif
