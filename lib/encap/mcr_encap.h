/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Encapsulations: how a packet travels between the hub and a member.
 *
 * Reading: one parse function per header, bytes and length to a small struct; lengths are never
 * trusted. Writing: everything of an outer header that does not change from packet to packet is kept
 * in a template of one cache line, whose header bytes are copied in front of the inner packet.
 *
 * IPv4 addresses are in host byte order. Pure: no mbuf, no EAL, no state.
 */

#ifndef MCR_ENCAP_H
#define MCR_ENCAP_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_ether.h>

enum mcr_encap {
	MCR_ENCAP_L2,
	MCR_ENCAP_GRE,
	MCR_ENCAP_GRE_UDP,
	MCR_ENCAP_VXLAN,
	MCR_ENCAP_UDP,
	MCR_ENCAP_COUNT
};

/** The longest outer header: Ethernet, IPv4, UDP and GRE with a key, or VXLAN. */
#define MCR_ENCAP_HEADER_MAX 54

/** What writing a header may touch in front of the inner packet: the headroom a copy needs. */
#define MCR_ENCAP_HEADROOM 64

/** The way to a member: all that its outer header is made of. */
struct mcr_encap_path {
	enum mcr_encap encap;
	struct rte_ether_addr source_mac;   /**< the port's */
	struct rte_ether_addr next_hop_mac; /**< the member's or its gateway's */
	uint32_t source;		    /**< the port's address */
	uint32_t destination;		    /**< the member's underlay address */
	bool has_key;
	uint32_t key;	   /**< of GRE, or the VNI */
	uint16_t udp_port; /**< destination port of GRE-in-UDP and VXLAN */
	uint16_t mtu;	   /**< IP MTU of the path, outer headers included */
	uint16_t port;	   /**< ethdev port that leads there */
};

/** An outer header, ready to be copied. Immutable once published. */
struct mcr_template {
	uint16_t checksum;   /**< folded sum of the outer IPv4 header without TOS and length */
	uint16_t mtu;	     /**< as in the path */
	uint16_t port;	     /**< as in the path */
	uint8_t encap;	     /**< enum mcr_encap */
	uint8_t header_len;  /**< bytes in use, right-aligned in header */
	uint8_t outer_ip_len; /**< bytes that the outer IPv4 length adds to the inner; 0 for l2 */
	uint8_t reserved;
	uint8_t header[MCR_ENCAP_HEADER_MAX];
} __rte_cache_aligned;
