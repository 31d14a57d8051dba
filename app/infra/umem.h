/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Buffers that net_af_xdp shares with the kernel (UMEM). The driver does not ask where a pool's
 * buffers are: DPDK 22.11 registers as many bytes as they take without gaps from the first one on,
 * later versions need one piece. The kernel silently discards a buffer outside, and, with zero
 * copy, one that crosses into a page elsewhere in memory.
 */

#ifndef MCR_INFRA_UMEM_H
#define MCR_INFRA_UMEM_H

#include <stdint.h>

#include <rte_mempool.h>

/**
 * Make a pool in one piece of memory, each buffer with its headers in a power of two of bytes: no
 * buffer crosses the end of a page, and there are no gaps.
 * @param room Least bytes of data in a buffer, headroom included.
 * @return NULL with rte_errno: EMSGSIZE if no page holds the room, EFAULT if buffers lie where the
 * driver does not look.
 */
struct rte_mempool *
mcr_umem_create_pool(
	const char *name, uint32_t count, uint32_t cache_size, uint16_t room, int node);

uint32_t
mcr_umem_buffer_size(uint16_t room);

#endif
