/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * RX: IPv6 packets out of tunnels. Those to groups wait in mcr_lcore_rx.ipv6 for the end of their
 * burst, apart from IPv4, which so pays nothing.
 */

#ifndef MCR_DATAPATH_RX_IPV6_H
#define MCR_DATAPATH_RX_IPV6_H

#include <mcr_classify.h>
#include <mcr_link.h>
#include <mcr_member.h>

#include "datapath/worker.h"

/** @return 0 or -ENOMEM. */
int
mcr_rx_ipv6_create(struct mcr_lcore *lcore);

void
mcr_rx_ipv6_free(struct mcr_lcore *lcore);

/** Receive a packet with the verdict DATA_IPV6 or LOCAL_IPV6 from a member. @param frame Consumed,
 * or in the lookups. */
void
mcr_rx_ipv6_packet(
	struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet);

/** Queue a packet to a group. @param record With what a peer sent it; NULL: a member sent it. */
void
mcr_rx_ipv6_queue(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet,
	uint32_t sender, const struct mcr_member *member, const struct mcr_link_record *record);

#endif
