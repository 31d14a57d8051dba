/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Tells the sanitizers, which follow stacks, that a thread changes its stack. Nothing in
 * other builds. */

#ifndef MCR_INFRA_FIBER_SANITIZER_H
#define MCR_INFRA_FIBER_SANITIZER_H

#include <stddef.h>

#include <rte_common.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

struct mcr_fiber_sanitizer {
	/* ASan */
	void *own_fake_stack;
	void *caller_fake_stack;
	const void *caller_stack;
	size_t caller_size;
	/* TSan */
	void *own;
	void *caller;
};

static inline void
mcr_fiber_sanitizer_create(struct mcr_fiber_sanitizer *sanitizer)
{
#ifdef __SANITIZE_THREAD__
	sanitizer->own = __tsan_create_fiber(0);
#endif
	RTE_SET_USED(sanitizer);
}

static inline void
mcr_fiber_sanitizer_free(struct mcr_fiber_sanitizer *sanitizer)
{
#ifdef __SANITIZE_THREAD__
	__tsan_destroy_fiber(sanitizer->own);
#endif
	RTE_SET_USED(sanitizer);
}

/* The caller is about to go to the fiber. */
static inline void
mcr_fiber_sanitizer_enter(struct mcr_fiber_sanitizer *sanitizer, const void *stack, size_t size)
{
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_start_switch_fiber(&sanitizer->caller_fake_stack, stack, size);
#endif
#ifdef __SANITIZE_THREAD__
	sanitizer->caller = __tsan_get_current_fiber();
	__tsan_switch_to_fiber(sanitizer->own, 0);
#endif
	RTE_SET_USED(sanitizer);
	RTE_SET_USED(stack);
	RTE_SET_USED(size);
}

/* The fiber runs. */
static inline void
mcr_fiber_sanitizer_arrive(struct mcr_fiber_sanitizer *sanitizer)
{
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_finish_switch_fiber(
		sanitizer->own_fake_stack, &sanitizer->caller_stack, &sanitizer->caller_size);
#endif
	RTE_SET_USED(sanitizer);
}

/* The fiber is about to go back. */
static inline void
mcr_fiber_sanitizer_leave(struct mcr_fiber_sanitizer *sanitizer)
{
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_start_switch_fiber(
		&sanitizer->own_fake_stack, sanitizer->caller_stack, sanitizer->caller_size);
#endif
#ifdef __SANITIZE_THREAD__
	__tsan_switch_to_fiber(sanitizer->caller, 0);
#endif
	RTE_SET_USED(sanitizer);
}

/* The caller runs again. */
static inline void
mcr_fiber_sanitizer_return(struct mcr_fiber_sanitizer *sanitizer)
{
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_finish_switch_fiber(sanitizer->caller_fake_stack, NULL, NULL);
#endif
	RTE_SET_USED(sanitizer);
}

#endif
