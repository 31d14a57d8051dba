/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * What a sender may ask of the control lcore: a part of its class's ring, and a part of the control
 * lcore's time. RX lcores refuse what is more, before it reaches the ring that all senders share.
 *
 * RX lcores and the control lcore use an account at the same time, without order: what one does not
 * see yet of the other only lets a few frames more or less pass.
 */

#ifndef MCR_DATAPATH_PUNT_ACCOUNT_H
#define MCR_DATAPATH_PUNT_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_debug.h>

#include <mcr_hash.h>

#include "datapath/punt.h"

/** In the long run a sender gets this part of the control lcore's time: a quarter. */
#define MCR_PUNT_ACCOUNT_PART 4

/** How much time it may owe: 60 of the most expensive IGMP reports. */
#define MCR_PUNT_ACCOUNT_DEBT_MS 20

/** What one frame costs at most: more was another program's time. */
#define MCR_PUNT_ACCOUNT_FRAME_US 500

/** Accounts of senders that are no members, in each class: by hash of their address. */
#define MCR_PUNT_ACCOUNTS_OF_OTHERS 256

/** How much of the control lcore's time its waiting frames may take: others wait behind them. Some
 * may wait whatever they cost. */
#define MCR_PUNT_ACCOUNT_QUEUE_MS 10
#define MCR_PUNT_ACCOUNT_QUEUE_LEAST 16

struct mcr_punt_account {
	uint64_t paid_at; /**< atomic: when nothing is owed any more, in timer cycles */
	uint32_t waiting; /**< atomic: frames in the ring */
	uint32_t cost;    /**< atomic: of a frame, in timer cycles; follows the last ones */
};

struct mcr_punt_accounts {
	uint32_t max_members;
	struct mcr_punt_account at[]; /**< of each class: of members by id, then of others */
};

/** @return NULL: no memory. */
struct mcr_punt_accounts *
mcr_punt_accounts_create(uint32_t max_members);

/** @param sender A member's id, or MCR_MEMBER_NONE. @param source Names another sender. */
static inline uint32_t
mcr_punt_account_of(const struct mcr_punt_accounts *accounts, enum mcr_punt_class class,
	uint32_t sender, uint64_t source)
{
	const uint32_t first = class * (accounts->max_members + MCR_PUNT_ACCOUNTS_OF_OTHERS);

	if (sender == MCR_MEMBER_NONE)
		return first + accounts->max_members +
		       mcr_hash(source, class) % MCR_PUNT_ACCOUNTS_OF_OTHERS;
	RTE_ASSERT(sender < accounts->max_members);
	return first + sender;
}

static inline bool
mcr_punt_account_may_spend(const struct mcr_punt_account *account, uint64_t now)
{
	const uint64_t debt =
		MCR_PUNT_ACCOUNT_PART * MCR_PUNT_ACCOUNT_DEBT_MS * (rte_get_timer_hz() / 1000);

	return __atomic_load_n(&account->paid_at, __ATOMIC_RELAXED) <= now + debt;
}

static inline bool
mcr_punt_account_may_wait(const struct mcr_punt_account *account, uint32_t most)
{
	const uint64_t waiting = __atomic_load_n(&account->waiting, __ATOMIC_RELAXED);
	const uint64_t cost = __atomic_load_n(&account->cost, __ATOMIC_RELAXED);

	if (waiting < MCR_PUNT_ACCOUNT_QUEUE_LEAST)
		return waiting < most;
	return waiting < most &&
	       waiting * cost < MCR_PUNT_ACCOUNT_QUEUE_MS * (rte_get_timer_hz() / 1000);
}

/** A frame waits, whatever the limit. */
static inline void
mcr_punt_account_stay(struct mcr_punt_account *account)
{
	__atomic_fetch_add(&account->waiting, 1, __ATOMIC_RELAXED);
}

/** RX lcore: a frame wants to wait. @param most Frames that may. @return False: refuse it. */
static inline bool
mcr_punt_account_enter(struct mcr_punt_account *account, uint32_t most, uint64_t now)
{
	if (!mcr_punt_account_may_wait(account, most) || !mcr_punt_account_may_spend(account, now))
		return false;
	mcr_punt_account_stay(account);
	return true;
}

/** A frame waits no longer. */
static inline void
mcr_punt_account_leave(struct mcr_punt_account *account)
{
	const uint32_t before = __atomic_fetch_sub(&account->waiting, 1, __ATOMIC_RELAXED);

	RTE_ASSERT(before != 0);
	RTE_SET_USED(before);
}

/** Control lcore: a frame took this many timer cycles until now. */
static inline void
mcr_punt_account_charge(struct mcr_punt_account *account, uint64_t cycles, uint64_t now)
{
	const uint64_t most = MCR_PUNT_ACCOUNT_FRAME_US * (rte_get_timer_hz() / US_PER_S);
	const uint64_t paid_at = __atomic_load_n(&account->paid_at, __ATOMIC_RELAXED);
	const uint64_t charged = RTE_MIN(cycles, most);

	__atomic_store_n(
		&account->cost, (7 * (uint64_t)account->cost + charged) / 8, __ATOMIC_RELAXED);
	__atomic_store_n(&account->paid_at, RTE_MAX(paid_at, now) + MCR_PUNT_ACCOUNT_PART * charged,
		__ATOMIC_RELAXED);
}

/** Control lcore: a new member got the id. It owes nothing; a frame of the one before may wait. */
void
mcr_punt_account_start_member(struct mcr_punt_accounts *accounts, uint32_t id);

#endif
