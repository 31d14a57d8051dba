/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <numa.h>

#include <rte_debug.h>

#include "infra/memory.h"

/* Large blocks are mapped and unmapped each on its own. Without this one free() on the control
 * lcore may give all that a reload has freed back to the kernel, which takes milliseconds. */
#define LARGE_BLOCK (128 << 10)
#define KEPT_HEAP (256 << 20)

void
mcr_memory_set_up_heap(void)
{
	mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
	mallopt(M_TRIM_THRESHOLD, KEPT_HEAP);
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
