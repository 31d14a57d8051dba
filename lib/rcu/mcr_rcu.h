/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Grace periods: objects that readers may still hold are released once all readers were quiescent.
 *
 * A layer over rte_rcu_qsbr that does not block, so that one lcore can be reader and writer. The
 * writer is the control lcore; readers are the lcores that forward.
 */

#ifndef MCR_RCU_H
#define MCR_RCU_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_rcu_qsbr.h>

/** Releases a retired object. Called by the writer, from reclaim, drain or free. */
typedef void (*mcr_rcu_release)(void *arg, void *object);

/** An object waiting for its grace period. Private. */
struct mcr_rcu_retired {
	mcr_rcu_release release;
	void *arg;
	void *object;
	uint64_t token; /* of the grace period; 0 until the next reclaim starts one */
};

/** Private to the library and the inline functions below. */
struct mcr_rcu {
	struct rte_rcu_qsbr *qsbr;
	struct mcr_rcu_retired *ring; /* in the order of retirement */
	uint32_t size;                /* of the ring, a power of two */
	uint32_t head;                /* oldest */
	uint32_t open;                /* first one without a token */
	uint32_t tail;                /* where the next one goes */
	uint64_t late;                /* token of the last grace period waited for in vain */
	uint64_t leaked;
};

/**
 * @param readers How many readers there may be, numbered from 0. All are offline.
 * @return NULL with rte_errno ENOMEM or EINVAL. Needs no EAL.
 */
struct mcr_rcu *
mcr_rcu_create(unsigned int readers);

/** Release all retired objects and the rcu. All readers must be offline. NULL is allowed. */
void
mcr_rcu_free(struct mcr_rcu *rcu);

/** As mcr_rcu_free(), but keep the rcu: a table that its release functions use calls this first. */
void
mcr_rcu_drain(struct mcr_rcu *rcu);

/** A reader calls this before its first read. */
static inline void
mcr_rcu_online(struct mcr_rcu *rcu, unsigned int reader)
{
	rte_rcu_qsbr_thread_online(rcu->qsbr, reader);
}

/** A reader holds no references and may sleep or end. */
static inline void
mcr_rcu_offline(struct mcr_rcu *rcu, unsigned int reader)
{
	rte_rcu_qsbr_thread_offline(rcu->qsbr, reader);
}

/** An online reader holds no references now; called once per turn of its loop. */
static inline void
mcr_rcu_quiescent(struct mcr_rcu *rcu, unsigned int reader)
{
	rte_rcu_qsbr_quiescent(rcu->qsbr, reader);
}

/** Writer: make room for n retirements without memory. @return 0, or -ENOMEM: nothing changed. */
int
mcr_rcu_reserve(struct mcr_rcu *rcu, uint32_t n);

/**
 * Writer: call release(arg, object) once no reader can hold the object, which must already be
 * unreachable for new reads. Never waits: the caller may be an online reader. Allocates room that
 * was not reserved; without memory the object is leaked and counted, the only safe option.
 */
void
mcr_rcu_retire(struct mcr_rcu *rcu, mcr_rcu_release release, void *arg, void *object);

/** Writer: as mcr_rcu_retire(), with free() as release. */
void
mcr_rcu_retire_memory(struct mcr_rcu *rcu, void *memory);

/**
 * Writer: release what no reader can hold, without waiting. Retirements since the last call share a
 * grace period that starts here: call it once per turn of the control loop.
 * @return How many objects still wait.
 */
uint32_t
mcr_rcu_reclaim(struct mcr_rcu *rcu);

/** As mcr_rcu_reclaim(), but release no more than a number of objects. */
uint32_t
mcr_rcu_reclaim_some(struct mcr_rcu *rcu, uint32_t limit);

/** Writer: a mark behind all that is retired by now. */
static inline uint32_t
mcr_rcu_mark(const struct mcr_rcu *rcu)
{
	return rcu->tail;
}

/** Writer: whether all that was retired before the mark is released. */
static inline bool
mcr_rcu_has_passed(const struct mcr_rcu *rcu, uint32_t mark)
{
	return (int32_t)(rcu->head - mark) >= 0;
}

/**
 * Writer: wait until all retired objects are released, but not for a reader that hangs. What such
 * a reader may hold stays retired, and until it reports, later calls do not wait for it again.
 * @param reader The caller's own number; it holds no references.
 * @param limit_ms How long to wait at most.
 * @return 0; -ENOENT: nothing was waiting; -ETIMEDOUT: see mcr_rcu_find_late().
 */
int
mcr_rcu_wait(struct mcr_rcu *rcu, unsigned int reader, uint32_t limit_ms);

/** Writer: after -ETIMEDOUT, the first reader that is waited for. UINT_MAX: none, any more. */
unsigned int
mcr_rcu_find_late(const struct mcr_rcu *rcu);

#endif
