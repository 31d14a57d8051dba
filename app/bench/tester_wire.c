/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* The device to the hub: memif or vhost-user. */

#include <err.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "tester.h"

#define PORT 0
#define DESCRIPTORS 1024
#define BUFFERS 4096
#define CACHE 256
#define BURST 32U
#define LINK_DEADLINE_S 20
#define POLL_NS 1000000

static struct rte_mempool *pool;

static void
await_peer(void)
{
	const struct timespec pause = {.tv_nsec = POLL_NS};
	struct rte_eth_link link = {0};

	for (uint64_t i = 0; i < LINK_DEADLINE_S * (1000000000ULL / POLL_NS); i++) {
		if (rte_eth_link_get_nowait(PORT, &link) == 0 && link.link_status != 0)
			return;
		nanosleep(&pause, NULL);
	}
	errx(1, "no peer");
}

void
tester_wire_start(void)
{
	const struct rte_eth_conf conf = {0};

	pool = rte_pktmbuf_pool_create(
		"tester", BUFFERS, CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (pool == NULL || rte_eth_dev_configure(PORT, 1, 1, &conf) != 0 ||
		rte_eth_rx_queue_setup(PORT, 0, DESCRIPTORS, 0, NULL, pool) != 0 ||
		rte_eth_tx_queue_setup(PORT, 0, DESCRIPTORS, 0, NULL) != 0 ||
		rte_eth_dev_start(PORT) != 0)
		errx(1, "the device does not start");
	await_peer();
}

void
tester_wire_stop(void)
{
	rte_eth_dev_stop(PORT);
	rte_eth_dev_close(PORT);
	rte_mempool_free(pool);
}

static void
set_length(struct rte_mbuf *packet, uint32_t length)
{
	packet->data_len = length;
	packet->pkt_len = length;
}

uint32_t
tester_wire_send(const struct tester_plan *plan, uint64_t i, uint32_t count)
{
	const uint64_t now = rte_rdtsc();
	struct rte_mbuf *packets[BURST];
	uint32_t sent;

	count = RTE_MIN(count, BURST);
	if (rte_pktmbuf_alloc_bulk(pool, packets, count) != 0)
		errx(1, "no buffers");
	for (uint32_t k = 0; k < count; k++) {
		tester_write_frame(plan, i + k, now, rte_pktmbuf_mtod(packets[k], uint8_t *));
		set_length(packets[k], plan->length);
	}
	sent = rte_eth_tx_burst(PORT, 0, packets, count);
	rte_pktmbuf_free_bulk(packets + sent, count - sent);
	return sent;
}

void
tester_wire_send_raw(const uint8_t *frame, uint32_t length)
{
	struct rte_mbuf *packet = rte_pktmbuf_alloc(pool);

	if (packet == NULL)
		errx(1, "no buffer");
	rte_memcpy(rte_pktmbuf_mtod(packet, void *), frame, length);
	set_length(packet, length);
	while (rte_eth_tx_burst(PORT, 0, &packet, 1) != 1)
		;
}

uint32_t
tester_wire_receive(struct tester_meter *meter)
{
	struct rte_mbuf *packets[BURST];
	const uint16_t count = rte_eth_rx_burst(PORT, 0, packets, BURST);
	const uint64_t now = rte_rdtsc();

	for (uint16_t i = 0; i < count; i++) {
		/* The device delivers a frame in one buffer, even if the hub chained it. */
		if (packets[i]->nb_segs != 1)
			errx(1, "a frame longer than a buffer");
		tester_meter_take(meter, rte_pktmbuf_mtod(packets[i], const uint8_t *),
			packets[i]->pkt_len, now);
	}
	rte_pktmbuf_free_bulk(packets, count);
	return count;
}
