/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <numa.h>

#include <rte_debug.h>
#include <rte_eal.h>
#include <rte_malloc.h>
#include <rte_memory.h>

#include "infra/memory.h"

/* The most that malloc() takes for it. */
#define MMAP_THRESHOLD (32 << 20)
#define TRIM_THRESHOLD (256 << 20)

/* For the buffers of dpdk-dumpcap, and for a port that needs more when it is set up again. */
#define SPARE (32 << 20)

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

static int
keep_page(const struct rte_memseg_list *list, const struct rte_memseg *page, void *arg)
{
	RTE_SET_USED(arg);
	if (!list->external)
		((struct rte_memseg *)(uintptr_t)page)->flags |= RTE_MEMSEG_FLAG_DO_NOT_FREE;
	return 0;
}

void
mcr_memory_keep_huge_pages(void)
{
	void *spare;

	if (!rte_eal_has_hugepages() || rte_eal_iova_mode() != RTE_IOVA_PA)
		return;
	spare = rte_malloc("spare", SPARE, 0);
	rte_memseg_walk(keep_page, NULL);
	rte_free(spare);
}
