/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * What workers and the control lcore send each other.
 */

#ifndef MCR_DATAPATH_PUNT_H
#define MCR_DATAPATH_PUNT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include <mcr_classify.h>
#include <mcr_member.h>

struct mcr_lcore;
struct mcr_punt_accounts;

/** Classes of punted frames, the most urgent first. Each has a ring of its own, so that a flood of
 * one drops no frame of another. */
enum mcr_punt_class {
	MCR_PUNT_CLASS_NEIGHBOUR,  /**< ARP on a port's network: without it nothing is delivered */
	MCR_PUNT_CLASS_MEMBERSHIP, /**< of members: IGMP, MLD, AMT */
	MCR_PUNT_CLASS_ADMISSION,  /**< of those who are no members yet */
	MCR_PUNT_CLASS_ECHO,       /**< all else that the hub itself is asked */
	MCR_PUNT_CLASSES,
};

/** How many elements each ring holds. */
#define MCR_NEIGHBOUR_RING_SIZE 256
#define MCR_MEMBERSHIP_RING_SIZE 768
#define MCR_ADMISSION_RING_SIZE 256
#define MCR_ECHO_RING_SIZE 256
#define MCR_INJECT_RING_SIZE 512
#define MCR_LEARN_RING_SIZE 1024

/** Buffers that may wait in these rings. */
#define MCR_PUNT_BUFFERS                                                                \
	(MCR_NEIGHBOUR_RING_SIZE + MCR_MEMBERSHIP_RING_SIZE + MCR_ADMISSION_RING_SIZE + \
		MCR_ECHO_RING_SIZE + MCR_INJECT_RING_SIZE)

/** A MAC was learned: of a station behind a member in a segment, or of the member itself. */
struct mcr_learn_event {
	struct mcr_member_ref member;
	uint32_t vni; /**< MCR_VNI_NONE: the member's own MAC */
	struct rte_ether_addr mac;
	uint16_t nat_port;   /**< not 0: only this port of the member's NAT was learned */
	bool is_own_station; /**< its station has an overlay address of the member */
	bool is_sought; /**< the other way: that station is not known, and a packet is for it */
};

/** Beyond enum mcr_punt_kind: a frame of an unknown sender that may be admitted. */
#define MCR_PUNT_UNKNOWN UINT8_MAX
/** Likewise: not a frame, but an IPv6 packet of a member, from its IP header on, of which a copy
 * was dropped as oversize. Others may read it, too. See tx_too_big.h. */
#define MCR_PUNT_OVERSIZE (UINT8_MAX - 1)

struct mcr_punt {
	struct rte_mbuf *frame;
	struct mcr_member_ref sender; /**< id MCR_MEMBER_NONE: no member is needed, or unknown */
	uint16_t offset;              /**< of the ARP packet or the inner IPv4 header */
	uint16_t length;
	uint8_t punt;   /**< enum mcr_punt_kind, MCR_PUNT_UNKNOWN or MCR_PUNT_OVERSIZE */
	uint8_t reason; /**< resubmitted UNKNOWN: enum mcr_drop or MCR_DROP_NONE */
	uint16_t lcore; /**< UNKNOWN: index of the RX lcore in mcr_workers.lcores */
	/** UNKNOWN: mcr_rx_pending_key() of the sender. OVERSIZE: the longest packet that fits. */
	uint32_t source;
	uint32_t account; /**< of the sender, in mcr_punt_rings.accounts */
};

/** @param sender A member's id or MCR_MEMBER_NONE. */
static inline enum mcr_punt_class
mcr_punt_class_of(uint8_t punt, uint32_t sender)
{
	switch (punt) {
	case MCR_PUNT_ARP:
	case MCR_PUNT_ND:
		/* A member's is about its segment, or its tunnel. */
		return sender == MCR_MEMBER_NONE ? MCR_PUNT_CLASS_NEIGHBOUR : MCR_PUNT_CLASS_ECHO;
	case MCR_PUNT_IGMP:
	case MCR_PUNT_MLD:
		return MCR_PUNT_CLASS_MEMBERSHIP;
	case MCR_PUNT_AMT:
		return sender == MCR_MEMBER_NONE ? MCR_PUNT_CLASS_ADMISSION
		                                 : MCR_PUNT_CLASS_MEMBERSHIP;
	case MCR_PUNT_UNKNOWN:
		return MCR_PUNT_CLASS_ADMISSION;
	default:
		return MCR_PUNT_CLASS_ECHO;
	}
}

/** Rings between workers and the control lcore. Each RX lcore also has a resubmit_ring. */
struct mcr_punt_rings {
	struct mcr_punt_accounts *accounts;
	struct rte_ring *punt[MCR_PUNT_CLASSES];
	struct rte_ring *inject;
	struct rte_ring *learn;
	struct rte_ring *hello; /**< from RX lcores to the first TX lcore; NULL: no domain */
};

/**
 * RX lcore: queue a frame for the control lcore.
 * @param[in,out] out Its account is filled in.
 * @return False: its sender's limit or the ring refuses it, and the frame is consumed and counted.
 */
bool
mcr_punt_queue(struct mcr_lcore *lcore, const struct mcr_packet *packet, struct mcr_punt *out);

#endif
