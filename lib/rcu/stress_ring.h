/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* One producer, one consumer; define struct job first. Built here so that sanitizers see it. */

#ifndef STRESS_RING_H
#define STRESS_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define RING_SIZE 256

struct ring {
	_Atomic uint32_t head;
	_Atomic uint32_t tail;
	struct job jobs[RING_SIZE];
};

static inline bool
put_job(struct ring *ring, const struct job *job)
{
	const uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

	if (tail - atomic_load_explicit(&ring->head, memory_order_acquire) == RING_SIZE)
		return false;
	ring->jobs[tail % RING_SIZE] = *job;
	atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
	return true;
}

static inline bool
get_job(struct ring *ring, struct job *job)
{
	const uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

	if (head == atomic_load_explicit(&ring->tail, memory_order_acquire))
		return false;
	*job = ring->jobs[head % RING_SIZE];
	atomic_store_explicit(&ring->head, head + 1, memory_order_release);
	return true;
}

static inline uint32_t
count_jobs(struct ring *ring)
{
	return atomic_load_explicit(&ring->tail, memory_order_acquire) -
	       atomic_load_explicit(&ring->head, memory_order_relaxed);
}

#endif
