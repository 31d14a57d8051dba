/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include <rte_cycles.h>
#include <rte_lcore.h>

#include "fib/fib.h"
#include "fib/peers.h"
#include "fib/police.h"
#include "infra/memory.h"

int
mcr_police_create(struct mcr_fib *fib, const struct mcr_config *config)
{
	fib->limiters.member_count = mcr_peers_member_ids(config);
	/* A reload may limit others before the limits of before are gone. */
	fib->limiters.group_count = 2 * config->limits.groups + 1;
	fib->limiters.members = mcr_memory_allocate(
		rte_socket_id(), fib->limiters.member_count * sizeof(*fib->limiters.members));
	fib->limiters.groups = mcr_memory_allocate(
		rte_socket_id(), fib->limiters.group_count * sizeof(*fib->limiters.groups));
	return fib->limiters.members == NULL || fib->limiters.groups == NULL ? -ENOMEM : 0;
}

void
mcr_police_free(struct mcr_fib *fib)
{
	mcr_memory_release(
		fib->limiters.members, fib->limiters.member_count * sizeof(*fib->limiters.members));
	mcr_memory_release(
		fib->limiters.groups, fib->limiters.group_count * sizeof(*fib->limiters.groups));
}

void
mcr_limiter_set(struct mcr_limiter *limiter, const struct mcr_config_rate *rate)
{
	const uint64_t hz = rte_get_timer_hz();
	const uint64_t burst = rate->burst_ms * hz / 1000;

	/* A little more, as what each packet takes is rounded up. */
	__atomic_store_n(&limiter->burst, burst + burst / 1024, __ATOMIC_RELAXED);
	mcr_bucket_set(&limiter->packets, rate->pps, hz);
	mcr_bucket_set(&limiter->bytes, rate->bps / 8, hz);
}

void
mcr_limiter_reset(struct mcr_limiter *limiter)
{
	const struct mcr_config_rate none = {0};

	mcr_limiter_set(limiter, &none);
	__atomic_store_n(&limiter->refused, 0, __ATOMIC_RELAXED);
}
