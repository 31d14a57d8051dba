/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include <rte_debug.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>
#include <rte_memzone.h>

#include "infra/umem.h"

/* Without this flag gaps would spread buffers over memory channels. */
#define FLAGS RTE_MEMPOOL_F_NO_SPREAD

struct area {
	uintptr_t start;
	uintptr_t end;
	uint32_t buffer_size;
	bool holds_all;
};

static uint32_t
least_size(uint16_t room)
{
	return rte_mempool_calc_obj_size(sizeof(struct rte_mbuf) + room, FLAGS, NULL);
}

uint32_t
mcr_umem_buffer_size(uint16_t room)
{
	return rte_align32pow2(least_size(room));
}

static struct rte_mempool *
create_empty(const char *name, uint32_t count, uint32_t cache_size, uint16_t room, int node)
{
	struct rte_pktmbuf_pool_private private = {.mbuf_data_room_size = room};
	struct rte_mempool *pool = rte_mempool_create_empty(name, count,
		sizeof(struct rte_mbuf) + room, cache_size, sizeof(private), node, FLAGS);
	int ret;

	if (pool == NULL)
		return NULL;
	ret = rte_mempool_set_ops_byname(pool, rte_mbuf_best_mempool_ops(), NULL);
	if (ret == 0) {
		rte_pktmbuf_pool_init(pool, &private);
		return pool;
	}
	rte_mempool_free(pool);
	rte_errno = -ret;
	return NULL;
}

static void
free_memory(struct rte_mempool_memhdr *chunk, void *memory)
{
	RTE_SET_USED(chunk);
	rte_memzone_free(memory);
}

/* A memzone is contiguous in virtual memory; a device may see pieces, split at pages. */
static int
populate(struct rte_mempool *pool, uint32_t buffer_size)
{
	const struct rte_memzone *memory;
	char name[RTE_MEMZONE_NAMESIZE];
	int ret;

	RTE_ASSERT(rte_is_power_of_2(buffer_size) && pool->size != 0);
	snprintf(name, sizeof(name), RTE_MEMPOOL_MZ_FORMAT "_0", pool->name);
	memory = rte_memzone_reserve_aligned(name, (size_t)pool->size * buffer_size,
		pool->socket_id, RTE_MEMZONE_1GB | RTE_MEMZONE_SIZE_HINT_ONLY, buffer_size);
	if (memory == NULL)
		return -rte_errno;
	ret = rte_mempool_populate_virt(pool, memory->addr, memory->len, buffer_size, free_memory,
		(void *)(uintptr_t)memory);
	if (ret <= 0)
		rte_memzone_free(memory);
	return ret < 0 ? ret : ret == (int)pool->size ? 0 : -EFAULT;
}

static void
check_buffer(struct rte_mempool *pool, void *arg, void *buffer, unsigned int index)
{
	struct area *area = arg;
	const uintptr_t start = (uintptr_t)buffer - pool->header_size;
	const uintptr_t end = start + area->buffer_size;

	RTE_SET_USED(index);
	if (start < area->start || end > area->end ||
		start / area->buffer_size != (end - 1) / area->buffer_size)
		area->holds_all = false;
}

/* As xdp_umem_configure() and get_base_addr() of DPDK 22.11 compute it. */
static bool
is_where_the_driver_looks(struct rte_mempool *pool)
{
	const uintptr_t first = (uintptr_t)STAILQ_FIRST(&pool->mem_list)->addr;
	const uintptr_t page = sysconf(_SC_PAGESIZE);
	struct area area = {
		.start = RTE_ALIGN_FLOOR(first, page),
		.buffer_size = rte_mempool_calc_obj_size(pool->elt_size, pool->flags, NULL),
		.holds_all = true,
	};

	if (!rte_is_power_of_2(area.buffer_size))
		return false;
	area.end = first + (uintptr_t)pool->populated_size * area.buffer_size;
	rte_mempool_obj_iter(pool, check_buffer, &area);
	return area.holds_all;
}

struct rte_mempool *
mcr_umem_create_pool(const char *name, uint32_t count, uint32_t cache_size, uint16_t room, int node)
{
	const uint32_t buffer_size = mcr_umem_buffer_size(room);
	struct rte_mempool *pool;
	int ret;

	RTE_ASSERT(room >= RTE_PKTMBUF_HEADROOM);
	if (buffer_size > sysconf(_SC_PAGESIZE)) {
		rte_errno = EMSGSIZE;
		return NULL;
	}
	pool = create_empty(name, count, cache_size, room + buffer_size - least_size(room), node);
	if (pool == NULL)
		return NULL;
	ret = populate(pool, buffer_size);
	if (ret == 0) {
		rte_mempool_obj_iter(pool, rte_pktmbuf_init, NULL);
		ret = is_where_the_driver_looks(pool) ? 0 : -EFAULT;
	}
	if (ret == 0)
		return pool;
	rte_mempool_free(pool);
	rte_errno = -ret;
	return NULL;
}
