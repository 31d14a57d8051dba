/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * What workers and the control lcore pass each other.
 */

#ifndef MCR_DATAPATH_PUNT_H
#define MCR_DATAPATH_PUNT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include <mcr_member.h>

/** How many frames may wait for the control lcore. */
#define MCR_PUNT_RING_SIZE 1024
#define MCR_LEARN_RING_SIZE 1024

/** A MAC address was seen behind a member, in a VXLAN segment, or is that of its own frames. */
struct mcr_learn_event {
	struct mcr_member_ref member;
	uint32_t vni; /**< MCR_VNI_NONE: the frames themselves come from it */
	struct rte_ether_addr mac;
	uint16_t nat_port;   /**< not 0: the member's NAT sends from it, nothing else was seen */
	bool is_own_station; /**< it has the member's overlay address */
};

/** Beside the kinds of enum mcr_punt_kind: a frame of somebody who may be admitted. */
#define MCR_PUNT_UNKNOWN UINT8_MAX

/** A frame for the control lcore. */
struct mcr_punt {
	struct rte_mbuf *frame;       /**< the whole frame */
	struct mcr_member_ref sender; /**< id MCR_MEMBER_NONE: not through a tunnel */
	uint16_t offset; /**< of the packet in question: ARP or the inner IPv4 header */
	uint16_t length;
	uint8_t punt;   /**< enum mcr_punt_kind, or MCR_PUNT_UNKNOWN */
	uint8_t reason; /**< of an UNKNOWN on its way back: enum mcr_drop, or MCR_DROP_NONE */
	uint16_t lcore; /**< of an UNKNOWN: where it came in, in mcr_hub.lcores */
};

/** The rings between workers and the control lcore; each RX lcore has one more of its own. */
struct mcr_punt_rings {
	struct rte_ring *punt;   /**< frames for the control lcore */
	struct rte_ring *inject; /**< frames from it, for the first TX lcore */
	struct rte_ring *learn;  /**< for the control lcore, from RX lcores */
};

#endif
