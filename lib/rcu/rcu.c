/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_debug.h>
#include <rte_errno.h>
#include <rte_pause.h>

#include "mcr_rcu.h"

#define RING_SIZE_MIN UINT32_C(64)
#define RING_SIZE_MAX (UINT32_C(1) << 31)

static struct rte_rcu_qsbr *
create_qsbr(unsigned int readers)
{
	const size_t size = rte_rcu_qsbr_get_memsize(readers);
	struct rte_rcu_qsbr *qsbr = aligned_alloc(RTE_CACHE_LINE_SIZE, size);

	if (qsbr == NULL)
		return NULL;
	rte_rcu_qsbr_init(qsbr, readers);
	for (unsigned int reader = 0; reader < readers; reader++)
		rte_rcu_qsbr_thread_register(qsbr, reader);
	return qsbr;
}

struct mcr_rcu *
mcr_rcu_create(unsigned int readers)
{
	struct mcr_rcu *rcu;

	if (readers == 0) {
		rte_errno = EINVAL;
		return NULL;
	}
	rcu = calloc(1, sizeof(*rcu));
	if (rcu == NULL || (rcu->qsbr = create_qsbr(readers)) == NULL ||
		mcr_rcu_reserve(rcu, RING_SIZE_MIN) != 0) {
		mcr_rcu_free(rcu);
		rte_errno = ENOMEM;
		return NULL;
	}
	return rcu;
}

static void
release_oldest(struct mcr_rcu *rcu)
{
	RTE_ASSERT(rcu->head != rcu->tail);
	/* A copy: release() may retire something and move the ring. */
	const struct mcr_rcu_retired oldest = rcu->ring[rcu->head & (rcu->size - 1)];

	rcu->head++;
	oldest.release(oldest.arg, oldest.object);
}

void
mcr_rcu_drain(struct mcr_rcu *rcu)
{
	while (rcu->head != rcu->tail)
		release_oldest(rcu);
	rcu->open = rcu->tail;
}

void
mcr_rcu_free(struct mcr_rcu *rcu)
{
	if (rcu == NULL)
		return;
	mcr_rcu_drain(rcu);
	free(rcu->ring);
	free(rcu->qsbr);
	free(rcu);
}

static int
resize_ring(struct mcr_rcu *rcu, uint32_t size)
{
	struct mcr_rcu_retired *ring = malloc(size * sizeof(*ring));

	RTE_ASSERT(rte_is_power_of_2(size) && size >= rcu->tail - rcu->head);
	if (ring == NULL)
		return -ENOMEM;
	for (uint32_t i = rcu->head; i != rcu->tail; i++)
		ring[i & (size - 1)] = rcu->ring[i & (rcu->size - 1)];
	free(rcu->ring);
	rcu->ring = ring;
	rcu->size = size;
	return 0;
}

int
mcr_rcu_reserve(struct mcr_rcu *rcu, uint32_t n)
{
	const uint64_t needed = (uint64_t)(rcu->tail - rcu->head) + n;
	uint32_t size = RTE_MAX(rcu->size, RING_SIZE_MIN);

	if (needed <= rcu->size)
		return 0;
	if (needed > RING_SIZE_MAX)
		return -ENOMEM;
	while (size < needed)
		size *= 2;
	return resize_ring(rcu, size);
}

void
mcr_rcu_retire(struct mcr_rcu *rcu, mcr_rcu_release release, void *arg, void *object)
{
	RTE_ASSERT(release != NULL);
	if (mcr_rcu_reserve(rcu, 1) != 0) {
		rcu->leaked++;
		return;
	}
	rcu->ring[rcu->tail++ & (rcu->size - 1)] = (struct mcr_rcu_retired){
		.release = release,
		.arg = arg,
		.object = object,
	};
}

static void
release_memory(void *arg, void *memory)
{
	(void)arg;
	free(memory);
}

void
mcr_rcu_retire_memory(struct mcr_rcu *rcu, void *memory)
{
	mcr_rcu_retire(rcu, release_memory, NULL, memory);
}

static uint64_t
oldest_token(const struct mcr_rcu *rcu)
{
	return rcu->ring[rcu->head & (rcu->size - 1)].token;
}

static void
start_grace_period(struct mcr_rcu *rcu)
{
	uint64_t token;

	if (rcu->open == rcu->tail)
		return;
	token = rte_rcu_qsbr_start(rcu->qsbr);
	while (rcu->open != rcu->tail)
		rcu->ring[rcu->open++ & (rcu->size - 1)].token = token;
}

static bool
oldest_is_over(const struct mcr_rcu *rcu)
{
	const uint64_t token = oldest_token(rcu);

	RTE_ASSERT(rcu->head != rcu->open);
	RTE_ASSERT(token != 0);
	return rte_rcu_qsbr_check(rcu->qsbr, token, false) != 0;
}

uint32_t
mcr_rcu_reclaim_some(struct mcr_rcu *rcu, uint32_t limit)
{
	start_grace_period(rcu);
	while (limit-- > 0 && rcu->head != rcu->open && oldest_is_over(rcu))
		release_oldest(rcu);
	return rcu->tail - rcu->head;
}

uint32_t
mcr_rcu_reclaim(struct mcr_rcu *rcu)
{
	return mcr_rcu_reclaim_some(rcu, UINT32_MAX);
}

static uint64_t
clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * UINT64_C(1000) + now.tv_nsec / 1000000;
}

/* A reader that hangs in an old grace period holds up all later ones. */
static bool
was_waited_for(const struct mcr_rcu *rcu)
{
	return oldest_token(rcu) <= rcu->late;
}

int
mcr_rcu_wait(struct mcr_rcu *rcu, unsigned int reader, uint32_t limit_ms)
{
	const uint64_t start_ms = clock_ms();

	if (rcu->head == rcu->tail)
		return -ENOENT;
	mcr_rcu_quiescent(rcu, reader);
	while (mcr_rcu_reclaim(rcu) != 0) {
		if (was_waited_for(rcu) || clock_ms() - start_ms >= limit_ms) {
			rcu->late = oldest_token(rcu);
			return -ETIMEDOUT;
		}
		mcr_rcu_quiescent(rcu, reader);
		rte_pause();
	}
	return 0;
}

unsigned int
mcr_rcu_find_late(const struct mcr_rcu *rcu)
{
	for (unsigned int reader = 0; rcu->head != rcu->open && reader < rcu->qsbr->max_threads;
		reader++) {
		const uint64_t seen =
			__atomic_load_n(&rcu->qsbr->qsbr_cnt[reader].cnt, __ATOMIC_RELAXED);

		if (seen != __RTE_QSBR_CNT_THR_OFFLINE && seen < oldest_token(rcu))
			return reader;
	}
	return UINT_MAX;
}
