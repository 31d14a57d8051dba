/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Memory on a NUMA node.
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

/** Once, at the start: how malloc() deals with the kernel. */
void
mcr_memory_set_up_heap(void);

#endif
