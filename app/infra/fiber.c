/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <rte_debug.h>
#include <rte_errno.h>

#include "infra/fiber.h"
#include "infra/fiber_sanitizer.h"

#define STACK_SIZE (256u << 10)

struct mcr_fiber {
	void (*work)(void *arg);
	void *arg;
	ucontext_t own;
	ucontext_t caller;
	uint8_t *stack; /* below it, a page that nobody may touch */
	struct mcr_fiber_sanitizer sanitizer;
};

static size_t
guard_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

/* makecontext() passes integers only. */
static void
run(unsigned int high, unsigned int low)
{
	struct mcr_fiber *fiber = (void *)((uintptr_t)high << 32 | low);

	mcr_fiber_sanitizer_arrive(&fiber->sanitizer);
	fiber->work(fiber->arg);
	rte_panic("the work of a fiber returned\n");
}

static uint8_t *
map_stack(void)
{
	uint8_t *memory = mmap(NULL, guard_size() + STACK_SIZE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_POPULATE, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	if (mprotect(memory, guard_size(), PROT_NONE) == 0)
		return memory + guard_size();
	munmap(memory, guard_size() + STACK_SIZE);
	return NULL;
}

static void
prepare_context(struct mcr_fiber *fiber)
{
	const uintptr_t address = (uintptr_t)fiber;

	getcontext(&fiber->own);
	fiber->own.uc_stack.ss_sp = fiber->stack;
	fiber->own.uc_stack.ss_size = STACK_SIZE;
	makecontext(&fiber->own, (void (*)(void))run, 2, (unsigned int)(address >> 32),
		(unsigned int)address);
}

struct mcr_fiber *
mcr_fiber_create(void (*work)(void *arg), void *arg)
{
	struct mcr_fiber *fiber = calloc(1, sizeof(*fiber));

	if (fiber == NULL || (fiber->stack = map_stack()) == NULL) {
		free(fiber);
		rte_errno = ENOMEM;
		return NULL;
	}
	fiber->work = work;
	fiber->arg = arg;
	prepare_context(fiber);
	mcr_fiber_sanitizer_create(&fiber->sanitizer);
	return fiber;
}

void
mcr_fiber_free(struct mcr_fiber *fiber)
{
	if (fiber == NULL)
		return;
	mcr_fiber_sanitizer_free(&fiber->sanitizer);
	munmap(fiber->stack - guard_size(), guard_size() + STACK_SIZE);
	free(fiber);
}

void
mcr_fiber_resume(struct mcr_fiber *fiber)
{
	mcr_fiber_sanitizer_enter(&fiber->sanitizer, fiber->stack, STACK_SIZE);
	swapcontext(&fiber->caller, &fiber->own);
	mcr_fiber_sanitizer_return(&fiber->sanitizer);
}

void
mcr_fiber_pause(struct mcr_fiber *fiber)
{
	mcr_fiber_sanitizer_leave(&fiber->sanitizer);
	swapcontext(&fiber->own, &fiber->caller);
	mcr_fiber_sanitizer_arrive(&fiber->sanitizer);
}
