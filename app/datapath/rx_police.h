/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Whether a member may send, and how much (fib/police.h): asked before anything is done with its
 * packets. Messages to the hub itself have limits of their own, see punt_account.h; packets of
 * other hubs have passed their sender's hub.
 */

#ifndef MCR_DATAPATH_RX_POLICE_H
#define MCR_DATAPATH_RX_POLICE_H

#include "datapath/rx_steps.h"

/** Out of line: refuse what exceeds the limit, or of whom may not send. @return As below. */
bool
mcr_rx_police_member(struct mcr_lcore *lcore, struct rte_mbuf *frame,
	const struct mcr_packet *packet, uint32_t sender_id, const struct mcr_member *sender);

/** A packet or frame that is for no group. @param frame Consumed unless it may go on.
 * @return Whether it may. */
static inline bool
mcr_rx_police(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet,
	uint32_t sender_id, const struct mcr_member *sender)
{
	return likely(mcr_policy_may_send_freely(sender)) ||
	       mcr_rx_police_member(lcore, frame, packet, sender_id, sender);
}

/**
 * Packets of a run that may not go on unasked: refuse those that exceed a limit, or all.
 * @param job Without its packet. Gets what now decides about the flow.
 * @param[in,out] packets First those that may go on; the others are consumed.
 * @return How many.
 */
uint32_t
mcr_rx_police_run(struct mcr_lcore *lcore, const struct mcr_rx_run *run, struct mcr_job *job,
	struct rte_mbuf **packets, uint32_t count);

#endif
