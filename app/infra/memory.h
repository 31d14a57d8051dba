/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Memory on a NUMA node, the heap, and huge pages.
 */

#ifndef MCR_INFRA_MEMORY_H
#define MCR_INFRA_MEMORY_H

#include <stddef.h>

/** Allocate zeroed memory on a node. Pages come on first use, huge ones if available. @return
 * NULL: none. */
void *
mcr_memory_allocate(int node, size_t size);

void
mcr_memory_release(void *memory, size_t size);

/** Before the right to ask for physical addresses (--iova-mode=pa) is given up, without which no
 * huge page can be taken: take some more, and keep them all. */
void
mcr_memory_keep_huge_pages(void);

/** Once, at the start: how malloc() deals with the kernel. */
void
mcr_memory_set_up_heap(void);

#endif
