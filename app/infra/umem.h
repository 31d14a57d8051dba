/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The buffers that net_af_xdp shares with the kernel (its UMEM). The driver does not ask where the
 * buffers of a pool are: DPDK 22.11 registers as many bytes as they take without a gap, from the
 * pool's first one on, and later versions want the pool in one piece. The kernel discards without a
 * word a buffer outside of it and, where the NIC reads and writes buffers itself, one that crosses
 * into a page that is elsewhere in memory.
 */

#ifndef MCR_INFRA_UMEM_H
#define MCR_INFRA_UMEM_H

#include <stdint.h>

#include <rte_mempool.h>

/**
 * Make a pool of packet buffers in one piece of memory, in which a power of two of bytes holds a
 * buffer with all that belongs to it. So no buffer crosses the end of a page, whatever its size,
 * and there are no gaps.
 *
 * @param room
 *   Bytes of data that a buffer has to take, headroom included; it may have more.
 * @return
 *   NULL on error, with rte_errno: EMSGSIZE for a room that no page has, EFAULT for a pool whose
 *   buffers came to lie where the driver does not look for them.
 */
struct rte_mempool *
mcr_umem_create_pool(
	const char *name, uint32_t count, uint32_t cache_size, uint16_t room, int node);

/** How many bytes of memory each buffer of such a pool takes. */
uint32_t
mcr_umem_buffer_size(uint16_t room);

#endif
