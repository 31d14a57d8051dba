/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* The floor: what sending costs when there is nothing to replicate. */

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "bench.h"

/* As the hub's pools of copies: more than caches and descriptors hold. */
#define BUFFERS 2048
#define CACHE 256
#define BURST 32

static struct rte_mempool *pool;

void
bench_floor_start(void)
{
	pool = rte_pktmbuf_pool_create(
		"floor", BUFFERS, CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	bench_require(pool != NULL, "memory for the floor");
}

static void
send_burst(uint16_t port, uint32_t length)
{
	struct rte_mbuf *packets[BURST];

	bench_require(rte_pktmbuf_alloc_bulk(pool, packets, BURST) == 0, "buffers of the floor");
	for (uint32_t i = 0; i < BURST; i++) {
		packets[i]->data_len = length;
		packets[i]->pkt_len = length;
	}
	bench_require(rte_eth_tx_burst(port, 0, packets, BURST) == BURST, "room on the wire");
}

uint64_t
bench_floor_run(uint16_t port, uint32_t packets, uint32_t length)
{
	const uint64_t start = rte_rdtsc();

	for (uint32_t i = 0; i < packets; i += BURST)
		send_burst(port, length);
	return rte_rdtsc() - start;
}

void
bench_floor_stop(void)
{
	rte_mempool_free(pool);
}
