/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Grace periods: one writer retires what readers may still hold, and it is released when all of
 * them have passed a quiescent state.
 *
 * A thin layer over rte_rcu_qsbr that does not block, so the one lcore of a small hub can be reader
 * and writer at once. The writer is the control lcore; readers are the lcores that forward.
 */

#ifndef MCR_RCU_H
#define MCR_RCU_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_rcu_qsbr.h>

/** How a retired object is given back. Called by the writer, from reclaim, drain or free. */
typedef void (*mcr_rcu_release)(void *arg, void *object);

/** What waits for its grace period. Private. */
struct mcr_rcu_retired {
	mcr_rcu_release release;
	void *arg;
	void *object;
	uint64_t token; /* of the grace period; 0 until the next reclaim starts one */
};

/** Only the inline functions below look into it. */
struct mcr_rcu {
	struct rte_rcu_qsbr *qsbr;
	struct mcr_rcu_retired *ring; /* in the order of retirement */
	uint32_t size;                /* of the ring, a power of two */
	uint32_t head;                /* oldest */
	uint32_t open;                /* first one without a token */
	uint32_t tail;                /* where the next one goes */
	uint64_t leaked;
};

/**
 * @param readers
 *   How many readers there may be; their numbers are 0 to readers - 1. All are offline.
 * @return
 *   NULL with rte_errno set to ENOMEM or EINVAL.
 *
 * Needs no EAL.
 */
struct mcr_rcu *
mcr_rcu_create(unsigned int readers);

/** Release everything retired, and the object. No reader may be online any more. NULL is allowed.
 */
void
mcr_rcu_free(struct mcr_rcu *rcu);

/**
 * Release everything retired. No reader may be online any more.
 *
 * A table that retires what is released into the table itself calls this before it is freed.
 */
void
mcr_rcu_drain(struct mcr_rcu *rcu);

/** A reader starts to hold references; called by the reader itself before its first read. */
static inline void
mcr_rcu_online(struct mcr_rcu *rcu, unsigned int reader)
{
	rte_rcu_qsbr_thread_online(rcu->qsbr, reader);
}

/** A reader holds nothing any more and may sleep or end. */
static inline void
mcr_rcu_offline(struct mcr_rcu *rcu, unsigned int reader)
{
	rte_rcu_qsbr_thread_offline(rcu->qsbr, reader);
}

/** An online reader holds nothing at this moment; called once per turn of its loop. */
static inline void
mcr_rcu_quiescent(struct mcr_rcu *rcu, unsigned int reader)
{
	rte_rcu_qsbr_quiescent(rcu->qsbr, reader);
}

/**
 * Writer: make room for retirements to come, so that they need no memory.
 *
 * @param n
 *   How many.
 * @return
 *   0, or -ENOMEM: nothing was changed.
 */
int
mcr_rcu_reserve(struct mcr_rcu *rcu, uint32_t n);

/**
 * Writer: release an object once no reader can hold it. It must be unreachable for new reads
 * already.
 *
 * Never waits, so the caller may itself be an online reader. Room that was not reserved is
 * allocated; when that fails too, the object is never released (mcr_rcu::leaked counts it): a leak
 * is the only safe way left.
 *
 * @param release
 *   Called with arg and object.
 */
void
mcr_rcu_retire(struct mcr_rcu *rcu, mcr_rcu_release release, void *arg, void *object);

/** Writer: as mcr_rcu_retire(), for memory that free() takes. */
void
mcr_rcu_retire_memory(struct mcr_rcu *rcu, void *memory);

/**
 * Writer: release all that may be released now. Does not wait. What was retired since the last call
 * shares one grace period, which starts here: call it once per turn of the control loop.
 *
 * @return
 *   How many objects are still waiting.
 */
uint32_t
mcr_rcu_reclaim(struct mcr_rcu *rcu);

/**
 * Writer: wait until all that is retired is released, for what cannot be done before.
 *
 * @param reader
 *   The writer's own, who holds nothing at this moment.
 * @return
 *   Whether there was something to wait for.
 */
bool
mcr_rcu_wait(struct mcr_rcu *rcu, unsigned int reader);

#endif
