/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * What the hub takes of a sender, and of all senders of a group: packets and bits a second, of
 * inner packets. All RX lcores share a limiter without a lock, so that several that decide at the
 * same time may let one packet each through beyond it.
 */

#ifndef MCR_FIB_POLICE_H
#define MCR_FIB_POLICE_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>

#include <mcr_config.h>

#include "infra/bucket.h"

struct mcr_fib;

/** All zeros: without a limit. */
struct mcr_limiter {
	struct mcr_bucket packets;
	struct mcr_bucket bytes;
	uint64_t burst;   /**< cycles' worth that may come at once, and a packet at least. Atomic */
	uint64_t refused; /**< packets. Atomic */
} __rte_cache_aligned;

/** Nobody is limited at first. */
struct mcr_limiters {
	struct mcr_limiter *members; /**< by member id */
	struct mcr_limiter *groups;  /**< by mcr_group_limit(), from 1 on */
	uint32_t member_count;
	uint32_t group_count;
};

/** @return 0 or -ENOMEM. */
int
mcr_police_create(struct mcr_fib *fib, const struct mcr_config *config);

void
mcr_police_free(struct mcr_fib *fib);

/** For the control lcore, at any time: what was taken still counts, unless the limit changes. */
void
mcr_limiter_set(struct mcr_limiter *limiter, const struct mcr_config_rate *rate);

/** For the control lcore: nothing is limited, and nothing was refused. */
void
mcr_limiter_reset(struct mcr_limiter *limiter);

/** Whether a packet of this length is within the limit. @param now In TSC cycles. */
static inline bool
mcr_limiter_fits(const struct mcr_limiter *limiter, uint32_t bytes, uint64_t now)
{
	const uint64_t burst = __atomic_load_n(&limiter->burst, __ATOMIC_RELAXED);

	return mcr_bucket_fits(&limiter->packets, 1, burst, now) &&
	       mcr_bucket_fits(&limiter->bytes, bytes, burst, now);
}

/** A packet that fits was taken. */
static inline void
mcr_limiter_charge(struct mcr_limiter *limiter, uint32_t bytes, uint64_t now)
{
	mcr_bucket_charge(&limiter->packets, 1, now);
	mcr_bucket_charge(&limiter->bytes, bytes, now);
}

static inline void
mcr_limiter_count_refused(struct mcr_limiter *limiter)
{
	__atomic_fetch_add(&limiter->refused, 1, __ATOMIC_RELAXED);
}

static inline uint64_t
mcr_limiter_refused(const struct mcr_limiter *limiter)
{
	return __atomic_load_n(&limiter->refused, __ATOMIC_RELAXED);
}

#endif
