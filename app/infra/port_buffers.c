/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <string.h>
#include <unistd.h>

#include <rte_bus.h>
#include <rte_debug.h>
#include <rte_dev.h>
#include <rte_ethdev.h>

#include "infra/interface.h"
#include "infra/log.h"
#include "infra/pool.h"
#include "infra/port_buffers.h"

#define BURST 32

/* The kernel gets 100 ms to send; with a link it needs far less. */
#define UNSENT_POLLS 1000
#define UNSENT_POLL_US 100

/* Sent buffers that a NIC's driver may keep: some reclaim only when descriptors run out. Virtual
 * devices copy, or reclaim each time. */
static uint32_t
count_descriptors_to_send(const struct mcr_port *port)
{
	struct rte_eth_dev_info info;

	if (rte_eth_dev_info_get(port->id, &info) != 0 ||
		strcmp(rte_bus_name(rte_dev_bus(info.device)), "vdev") == 0)
		return 0;
	return info.nb_tx_queues * (uint32_t)RTE_MIN(MCR_PORT_DESCRIPTORS, info.tx_desc_lim.nb_max);
}

/* If drivers hold all buffers, nothing is received, so nothing is sent and no buffer returns: the
 * hub stays deaf. */
void
mcr_port_buffers_warn(const struct mcr_ports *ports, uint32_t mbufs)
{
	const struct mcr_port *tightest = &ports->at[0];
	uint32_t to_send = 0;

	RTE_ASSERT(ports->count != 0);
	for (uint16_t i = 0; i < ports->count; i++) {
		to_send += count_descriptors_to_send(&ports->at[i]);
		if (mcr_pool_count_free(ports, &ports->at[i]) <
			mcr_pool_count_free(ports, tightest))
			tightest = &ports->at[i];
	}
	if (to_send != 0 && mcr_pool_count_free(ports, tightest) <= to_send)
		MCR_LOG(WARNING,
			"limits.mbufs: %u are too few: RX queues (%u) and TX queues (%u) can hold "
			"them all",
			mbufs, mcr_pool_count_in_use(ports, tightest), to_send);
}

/* net_ring loses frames that were not read. The bound is needed as frames may arrive all the time.
 * A port that keeps buffers would hold as many either way. */
static void
drain_rx_queue(const struct mcr_port *port, uint16_t queue)
{
	struct rte_mbuf *frames[BURST];
	uint16_t count = BURST;

	RTE_ASSERT(!port->sends_from_rx_pool);
	for (uint32_t i = 0; count != 0 && i < 2 * MCR_PORT_DESCRIPTORS; i += count) {
		count = rte_eth_rx_burst(port->id, queue, frames, BURST);
		rte_pktmbuf_free_bulk(frames, count);
	}
}

/* A call to send makes the driver reclaim what the kernel has sent. */
static unsigned int
take_back_sent(const struct mcr_ports *ports, const struct mcr_port *port, uint16_t queues)
{
	const unsigned int kept = mcr_pool_count_kept(ports, port);
	unsigned int in_use = mcr_pool_count_in_use(ports, port);

	for (int i = 0; in_use > kept && i < UNSENT_POLLS; i++) {
		for (uint16_t q = 0; q < queues; q++)
			rte_eth_tx_burst(port->id, q, NULL, 0);
		usleep(UNSENT_POLL_US);
		in_use = mcr_pool_count_in_use(ports, port);
	}
	return in_use > kept ? in_use - kept : 0;
}

/* Without a link unsent frames stay in the driver. Buffers that were lost earlier look the same. */
static void
settle_sent(const struct mcr_ports *ports, struct mcr_port *port, uint16_t queues)
{
	const unsigned int unsent = take_back_sent(ports, port, queues);

	if (unsent == 0 || mcr_interface_has_link(port))
		return;
	MCR_LOG(NOTICE, "port %s: no link, %u packet buffers stay in what was not sent", port->name,
		unsent);
	port->kept_buffers += unsent;
}

void
mcr_port_buffers_take_back(const struct mcr_ports *ports, struct mcr_port *port)
{
	struct rte_eth_dev_info info;

	RTE_ASSERT(port->started);
	if (rte_eth_dev_info_get(port->id, &info) != 0)
		return;
	if (port->sends_from_rx_pool)
		settle_sent(ports, port, info.nb_tx_queues);
	for (uint16_t q = 0; !port->sends_from_rx_pool && q < info.nb_rx_queues; q++)
		drain_rx_queue(port, q);
}
