/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <numa.h>

#include <rte_debug.h>

#include "infra/memory.h"

/* The most that malloc() takes for it. */
#define MMAP_THRESHOLD (32 << 20)
#define TRIM_THRESHOLD (256 << 20)

/* A page that is new to a virtual machine may cost 20 us, and half as much to be given back: a list
 * of 65,536 receivers took 2 ms of the control lcore. What a reload frees, the next one uses. */
void
mcr_memory_set_up_heap(void)
{
	mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
	mallopt(M_TRIM_THRESHOLD, TRIM_THRESHOLD);
	mallopt(M_MXFAST, 0);
}

void *
mcr_memory_allocate(int node, size_t size)
{
	void *memory;

	RTE_ASSERT(size != 0);
	if (numa_available() < 0)
		return calloc(1, size);
	memory = numa_alloc_onnode(size, node);
	if (memory != NULL)
		madvise(memory, size, MADV_HUGEPAGE);
	return memory;
}

void
mcr_memory_release(void *memory, size_t size)
{
	if (numa_available() < 0)
		free(memory);
	else if (memory != NULL)
		numa_free(memory, size);
}
