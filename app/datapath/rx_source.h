/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Which MAC a member's frames come from. A replaced instance sends from another MAC before ARP
 * shows it, and one whose ARP answers are lost still sends.
 *
 * Each RX lcore keeps the last MAC of each member. The control lcore counts packets from the MAC
 * that it knows and gets an event for another one.
 */

#ifndef MCR_DATAPATH_RX_SOURCE_H
#define MCR_DATAPATH_RX_SOURCE_H

#include <rte_byteorder.h>
#include <rte_debug.h>

#include <mcr_classify.h>

#include "datapath/punt.h"
#include "datapath/worker.h"

/** Send a learn event to the control lcore. @return False: its ring is full (learning_drops); the
 * next such frame must report again. */
bool
mcr_rx_source_report(struct mcr_lcore *lcore, struct mcr_learn_event *event);

void
mcr_rx_source_change(struct mcr_lcore *lcore, const struct rte_mbuf *frame,
	const struct mcr_packet *packet, uint32_t sender);

/** Learn the MAC of a member's frame; of consecutive data frames, that of the first. @param frame
 * Not trimmed yet. */
static inline void
mcr_rx_source_note(struct mcr_lcore *lcore, const struct rte_mbuf *frame,
	const struct mcr_packet *packet, uint32_t sender)
{
	uint64_t source;

	RTE_ASSERT(sender < lcore->workers->max_members);
	/* As mcr_source_of(), in one load; the mask removes the EtherType behind the MAC. */
	memcpy(&source, rte_pktmbuf_mtod_offset(frame, const uint8_t *, RTE_ETHER_ADDR_LEN),
		sizeof(source));
	source &= MCR_SOURCE_MAC;
	if (unlikely(__atomic_load_n(&lcore->rx.sources[sender], __ATOMIC_RELAXED) != source))
		mcr_rx_source_change(lcore, frame, packet, sender);
}

#endif
