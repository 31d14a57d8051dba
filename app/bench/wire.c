/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* A wire that frees a packet when it has sent 1024 further ones. */

#include <rte_ethdev.h>

#include "bench.h"

#define DESCRIPTORS 1024

static struct rte_mbuf *rings[BENCH_PARTIES][DESCRIPTORS];
static uint32_t heads[BENCH_PARTIES];
static enum bench_party sender;
static struct rte_mempool *fill;
static const struct rte_eth_rxtx_callback *callback;
static uint16_t port_id;

static uint16_t
exchange(uint16_t port, uint16_t queue, struct rte_mbuf **packets, uint16_t count, void *arg)
{
	struct rte_mbuf **const ring = rings[sender];
	uint32_t head = heads[sender];

	RTE_SET_USED(port);
	RTE_SET_USED(queue);
	RTE_SET_USED(arg);
	for (uint16_t i = 0; i < count; i++, head++) {
		struct rte_mbuf *const before = ring[head % DESCRIPTORS];

		ring[head % DESCRIPTORS] = packets[i];
		packets[i] = before;
	}
	heads[sender] = head;
	return count;
}

void
bench_wire_start(uint16_t port)
{
	const uint32_t all = BENCH_PARTIES * DESCRIPTORS;

	port_id = port;
	fill = rte_pktmbuf_pool_create("fill", all, 0, 0, RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY);
	bench_require(fill != NULL && rte_pktmbuf_alloc_bulk(fill, &rings[0][0], all) == 0,
		"memory for a wire");
	callback = rte_eth_add_tx_callback(port, 0, exchange, NULL);
	bench_require(callback != NULL, "a callback");
}

void
bench_wire_turn_to(enum bench_party party)
{
	sender = party;
}

void
bench_wire_stop(void)
{
	if (fill == NULL)
		return;
	rte_eth_remove_tx_callback(port_id, 0, callback);
	for (uint32_t i = 0; i < BENCH_PARTIES; i++)
		rte_pktmbuf_free_bulk(rings[i], DESCRIPTORS);
	rte_mempool_free(fill);
	fill = NULL;
}
