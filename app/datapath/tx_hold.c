/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include <rte_mbuf.h>

#include "datapath/punt.h"
#include "datapath/tx_burst.h"
#include "datapath/tx_hold.h"
#include "datapath/tx_shed.h"
#include "infra/memory.h"

/* A ring: the port takes from its head. */
struct mcr_tx_hold {
	uint32_t head;
	uint32_t count; /* atomic: read by the control lcore */
	struct rte_mbuf *frames[MCR_TX_HOLD_FRAMES];
};

_Static_assert(RTE_IS_POWER_OF_2(MCR_TX_HOLD_FRAMES), "a place in the ring is masked");

static size_t
holds_size(const struct mcr_lcore *lcore)
{
	return lcore->ports->count * sizeof(struct mcr_tx_hold);
}

int
mcr_tx_hold_create(struct mcr_lcore *lcore)
{
	lcore->tx.holds = mcr_memory_allocate(lcore->role->node, holds_size(lcore));
	return lcore->tx.holds == NULL ? -ENOMEM : 0;
}

void
mcr_tx_hold_free(struct mcr_lcore *lcore)
{
	if (lcore->tx.holds != NULL)
		mcr_memory_release(lcore->tx.holds, holds_size(lcore));
	lcore->tx.holds = NULL;
}

static void
set_count(struct mcr_lcore *lcore, uint16_t port, uint32_t count)
{
	const uint32_t bit = UINT32_C(1) << port;

	__atomic_store_n(&lcore->tx.holds[port].count, count, __ATOMIC_RELAXED);
	if (count != 0)
		lcore->tx.held_ports |= bit;
	else
		lcore->tx.held_ports &= ~bit;
}

static struct rte_mbuf **
place_of(struct mcr_tx_hold *hold, uint32_t place)
{
	return &hold->frames[(hold->head + place) % MCR_TX_HOLD_FRAMES];
}

static void
drop(struct mcr_lcore *lcore, struct rte_mbuf *frame)
{
	mcr_stats_count(&lcore->stats, MCR_STAT_TX_CONTROL_DROPS, 1);
	rte_pktmbuf_free(frame);
}

static void
drop_held(struct mcr_lcore *lcore, uint16_t port)
{
	struct mcr_tx_hold *hold = &lcore->tx.holds[port];

	for (uint32_t i = 0; i < hold->count; i++)
		drop(lcore, *place_of(hold, i));
	set_count(lcore, port, 0);
}

void
mcr_tx_hold_drain(struct mcr_lcore *lcore)
{
	for (uint16_t i = 0; lcore->tx.held_ports != 0 && i < lcore->ports->count; i++)
		drop_held(lcore, i);
}

static void
hold_back(struct mcr_lcore *lcore, uint16_t port, struct rte_mbuf *frame)
{
	struct mcr_tx_hold *hold = &lcore->tx.holds[port];

	if (hold->count == MCR_TX_HOLD_FRAMES || mcr_port_is_away(&lcore->ports->at[port])) {
		drop(lcore, frame);
		return;
	}
	*place_of(hold, hold->count) = frame;
	set_count(lcore, port, hold->count + 1);
}

/* Between copies that wait. */
static uint16_t
send_own(struct mcr_lcore *lcore, uint16_t port, struct rte_mbuf **frames, uint16_t count)
{
	const uint8_t priority = lcore->tx.priority;
	uint16_t sent;

	lcore->tx.priority = MCR_TX_SHED_NEVER;
	sent = mcr_tx_burst(lcore, &lcore->ports->at[port], frames, count);
	lcore->tx.priority = priority;
	mcr_stats_count(&lcore->stats, MCR_STAT_TX_CONTROL_PACKETS, sent);
	return sent;
}

void
mcr_tx_hold_send(struct mcr_lcore *lcore, struct rte_mbuf *frame)
{
	const uint16_t port = mcr_ports_index(lcore->ports, frame->port);

	if (lcore->tx.holds[port].count != 0 || send_own(lcore, port, &frame, 1) == 0)
		hold_back(lcore, port, frame);
}

/* @return Whether the port took all. */
static bool
send_to_end_of_array(struct mcr_lcore *lcore, uint16_t port)
{
	struct mcr_tx_hold *hold = &lcore->tx.holds[port];
	const uint32_t place = hold->head % MCR_TX_HOLD_FRAMES;
	const uint16_t count = RTE_MIN(hold->count, MCR_TX_HOLD_FRAMES - place);
	const uint16_t sent = send_own(lcore, port, &hold->frames[place], count);

	hold->head += sent;
	set_count(lcore, port, hold->count - sent);
	return sent == count;
}

static void
retry_port(struct mcr_lcore *lcore, uint16_t port)
{
	const struct mcr_tx_hold *hold = &lcore->tx.holds[port];

	if (mcr_port_is_away(&lcore->ports->at[port]))
		drop_held(lcore, port);
	while (hold->count != 0 && send_to_end_of_array(lcore, port))
		;
}

void
mcr_tx_hold_retry(struct mcr_lcore *lcore)
{
	for (uint16_t i = 0; i < lcore->ports->count; i++) {
		if ((lcore->tx.held_ports >> i & 1) != 0)
			retry_port(lcore, i);
	}
}

/* The TX lcore may have taken a burst from the ring, and not counted it in a hold yet. */
uint32_t
mcr_tx_hold_room(
	const struct mcr_workers *workers, const struct mcr_punt_rings *rings, uint16_t port)
{
	const struct mcr_tx_hold *hold = &workers->tx_lcores[0]->tx.holds[port];
	const uint32_t used = MCR_RX_BURST + rte_ring_count(rings->inject) +
	                      __atomic_load_n(&hold->count, __ATOMIC_RELAXED);

	return used < MCR_TX_HOLD_FRAMES ? MCR_TX_HOLD_FRAMES - used : 0;
}
