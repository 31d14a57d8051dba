/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * A second stack in one thread: long work that stands in the source as if it were done at once, but
 * lets its thread do other things in between.
 *
 * Both stacks belong to the thread that resumes the fiber; what is thread-local is common to them.
 */

#ifndef MCR_INFRA_FIBER_H
#define MCR_INFRA_FIBER_H

struct mcr_fiber;

/**
 * @param work Never returns: what it does at last is to pause.
 * @return NULL with rte_errno ENOMEM.
 */
struct mcr_fiber *
mcr_fiber_create(void (*work)(void *arg), void *arg);

/** Release the stack, wherever the work pauses; what its functions hold is theirs to have let go
 * of. NULL is allowed. */
void
mcr_fiber_free(struct mcr_fiber *fiber);

/** Go on with the work until it pauses. Not from the fiber itself. */
void
mcr_fiber_resume(struct mcr_fiber *fiber);

/** Return to the caller of mcr_fiber_resume(). Only from the fiber. */
void
mcr_fiber_pause(struct mcr_fiber *fiber);

#endif
