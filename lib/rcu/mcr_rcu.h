/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Grace periods: one writer retires what readers may still hold, and frees it when all of them have
 * passed a quiescent state.
 *
 * A thin layer over rte_rcu_qsbr that never blocks, so the one lcore of a small hub can be reader and
 * writer at once. The writer is the control lcore; readers are the lcores that forward.
 */

#ifndef MCR_RCU_H
#define MCR_RCU_H

#include <rte_rcu_qsbr.h>

/** How retired memory is given back. */
typedef void (*mcr_rcu_release)(void *arg, void *object);

struct mcr_rcu;

/**
 * @param readers
 *   How many readers there may be; their numbers are 0 to readers - 1.
 * @return
 *   NULL with rte_errno set to ENOMEM or EINVAL.
 */
struct mcr_rcu *
mcr_rcu_create(unsigned int readers);

/** Release everything retired, and the object. No reader may be online any more. NULL is allowed. */
void
mcr_rcu_free(struct mcr_rcu *rcu);

/** The quiescent-state variable that readers report to. */
struct rte_rcu_qsbr *
mcr_rcu_qsbr(struct mcr_rcu *rcu);

/** A reader starts to hold references; called by the reader itself before its first read. */
void
mcr_rcu_online(struct mcr_rcu *rcu, unsigned int reader);

/** A reader holds nothing any more and may sleep or end. */
void
mcr_rcu_offline(struct mcr_rcu *rcu, unsigned int reader);

/**
 * Writer: release an object once no reader can hold it. It must be unreachable for new reads already.
 * Never fails: when there is no memory to remember it, it waits for the grace period itself, and for
 * that the caller must not be an online reader without reporting.
 */
void
mcr_rcu_retire(struct mcr_rcu *rcu, mcr_rcu_release release, void *arg, void *object);

/**
 * Writer: release all that may be released now. Does not wait.
 *
 * @return
 *   How many objects are still waiting.
 */
unsigned int
mcr_rcu_reclaim(struct mcr_rcu *rcu);

#endif
