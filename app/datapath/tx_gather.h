/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Small packets to one peer share a frame, up to the path MTU, if they wait no longer than
 * domain.coalesce_us: what a cloud permits is packets. Each TX lcore gathers by itself, so the
 * packets of a flow stay in order.
 */

#ifndef MCR_DATAPATH_TX_GATHER_H
#define MCR_DATAPATH_TX_GATHER_H

#include <mcr_link.h>

#include "datapath/hello_list.h"
#include "datapath/tx_filter.h"
#include "datapath/worker.h"
#include "fib/peers.h"

/** A frame that waits for further packets: records and packets, without a header. */
struct mcr_gather {
	struct rte_mbuf *frame; /**< NULL: none */
	struct mcr_member_ref member;
	uint64_t since; /**< its first packet came, in timer cycles */
	uint16_t packets;
	uint8_t tos;      /**< of all */
	uint8_t priority; /**< likewise; see tx_shed.h */
	uint16_t place;   /**< in mcr_tx_links.gathering */
};

/** What a TX lcore of a hub in a domain needs. */
struct mcr_tx_links {
	uint64_t now;               /**< of the last poll, in timer cycles */
	uint64_t due;               /**< first TX lcore: when sessions are looked at; see link.h */
	bool is_ended;              /**< first TX lcore: peers were told that the hub ends */
	struct mcr_hello_list list; /**< first TX lcore: in its hellos */
	uint16_t gathering_count;
	uint16_t gathering[MCR_PEERS_MAX]; /**< indexes of peers whose frames wait */
	uint32_t sequences[MCR_PEERS_MAX]; /**< next number, by index of peer */
	struct mcr_gather gathers[MCR_PEERS_MAX];
	struct mcr_tx_filter filter;
};

/**
 * Add a copy for a peer to its frame.
 * @return False: it has to leave alone, behind those that were gathered, which have left.
 */
bool
mcr_tx_gather_add(struct mcr_lcore *lcore, uint16_t peer, const struct mcr_receiver *receiver,
	struct mcr_link_original *link);

/** Send the frames that have waited for so long. @param wait In timer cycles. */
void
mcr_tx_gather_send_due(struct mcr_lcore *lcore, uint64_t wait);

/** Free the frames that wait. No lcore runs. */
void
mcr_tx_gather_drain(struct mcr_lcore *lcore);

#endif
