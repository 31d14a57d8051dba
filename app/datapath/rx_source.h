/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Which MAC a member's frames come from: an instance that was replaced sends from another before
 * ARP tells, and one whose ARP answers are lost sends all the same.
 *
 * An RX lcore keeps the last MAC of each member. The control lcore counts the packets that came
 * from the MAC that it knows, and hears of another one by an event.
 */

#ifndef MCR_DATAPATH_RX_SOURCE_H
#define MCR_DATAPATH_RX_SOURCE_H

#include <rte_byteorder.h>
#include <rte_debug.h>

#include <mcr_classify.h>

#include "datapath/punt.h"
#include "datapath/worker.h"

/**
 * Tell the control lcore what was learned of a member.
 *
 * @return
 *   Whether its ring had room; else it is counted (learning_drops), and the next frame that shows
 * it has to tell it again.
 */
bool
mcr_rx_source_report(struct mcr_lcore *lcore, struct mcr_learn_event *event);

/** A member's frames come from another MAC than the last that this lcore received. */
void
mcr_rx_source_change(struct mcr_lcore *lcore, const struct rte_mbuf *frame,
	const struct mcr_packet *packet, uint32_t sender);

/**
 * Note where a member's frame came from. Of the data path: not for each packet of a run.
 *
 * @param frame
 *   Not trimmed yet.
 */
static inline void
mcr_rx_source_note(struct mcr_lcore *lcore, const struct rte_mbuf *frame,
	const struct mcr_packet *packet, uint32_t sender)
{
	uint64_t source;

	RTE_ASSERT(sender < lcore->workers->max_members);
	/* As mcr_source_of() makes it: one load, without the EtherType that follows. */
	memcpy(&source, rte_pktmbuf_mtod_offset(frame, const uint8_t *, RTE_ETHER_ADDR_LEN),
		sizeof(source));
	source &= MCR_SOURCE_MAC;
	if (unlikely(__atomic_load_n(&lcore->sources[sender], __ATOMIC_RELAXED) != source))
		mcr_rx_source_change(lcore, frame, packet, sender);
}

#endif
