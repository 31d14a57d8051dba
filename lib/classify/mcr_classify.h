/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Classification: the bytes of a received frame to a verdict.
 *
 * One pass over the headers, no state, no allocation. Groups are found by addresses, never by
 * ports: the fragments of a datagram go where its first goes. Who may send is not decided here.
 *
 * IPv4 addresses and ports are in host byte order.
 */

#ifndef MCR_CLASSIFY_H
#define MCR_CLASSIFY_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#include "mcr_encap.h"
#include "mcr_stats.h"

enum mcr_verdict {
	MCR_VERDICT_DROP,     /**< for mcr_packet.drop */
	MCR_VERDICT_FRAGMENT, /**< of a datagram to the port's address: inner_offset is its IPv4's
	                       */
	MCR_VERDICT_PUNT,     /**< for the control lcore, see mcr_packet.punt */
	MCR_VERDICT_DATA,     /**< multicast or broadcast to replicate */
	MCR_VERDICT_UNICAST,  /**< unicast inside GRE: to hub_overlay, a member, or nobody */
	MCR_VERDICT_SEGMENT,  /**< of a VXLAN segment alone: unicast, ARP, IPv6, others */
};

enum mcr_punt_kind {
	MCR_PUNT_ARP,       /**< broadcast or to the port's MAC; Ethernet and IPv4 */
	MCR_PUNT_ICMP_ECHO, /**< a request to the port's address or, from anywhere,
	                            to all routers; checksum right */
	MCR_PUNT_TOO_BIG,   /**< ICMP to the port's address: a packet needed fragmentation and had
	                            DF set; checksum right, the quoted packet may be anybody's */
	MCR_PUNT_IGMP,      /**< plain or inside a tunnel, checksum right */
	MCR_PUNT_KEEPALIVE, /**< of GRE: from the port's address back to outer_source */
	MCR_PUNT_AMT,       /**< a message to the AMT relay; the packet in question is the outer */
};

/** How many UDP ports there are: the size of mcr_classify_port.udp_encaps. */
#define MCR_CLASSIFY_UDP_PORTS (UINT16_MAX + 1)

/** What must be known about the port that a frame came in on. */
struct mcr_classify_port {
	struct rte_ether_addr mac;
	uint32_t address;   /**< the hub's own */
	uint32_t broadcast; /**< directed broadcast of the prefix; 0: none (/31, /32) */
	/**
	 * Which encapsulation is taken on which UDP destination port: MCR_CLASSIFY_UDP_PORTS
	 * octets, MCR_ENCAP_GRE_UDP, MCR_ENCAP_VXLAN, MCR_ENCAP_AMT or 0 for none. NULL: none at
	 * all. Owned by the caller, who may store single octets (atomically) while lcores classify.
	 */
	const uint8_t *udp_encaps;
};

/**
 * What a frame is. After a drop only verdict, drop and source_mac are meaningful, and of the sender
 * and the destination what was read before it: zeros where it was not.
 */
struct mcr_packet {
	enum mcr_verdict verdict;
	enum mcr_drop drop;
	enum mcr_punt_kind punt;
	enum mcr_encap encap;  /**< how it came; MCR_ENCAP_L2 for plain frames */
	uint16_t inner_offset; /**< of the inner IPv4 packet, or of the ARP header */
	uint16_t inner_len;    /**< its length without padding; 0: SEGMENT, not IPv4 */
	uint16_t frame_offset; /**< of the inner Ethernet frame of a segment */
	uint16_t frame_len;    /**< its length; 0: no segment */
	uint32_t outer_source; /**< underlay source address; for l2 the packet's own; for ARP 0 */
	uint32_t key;          /**< of GRE, the VNI, or the UDP destination port of amt */
	uint32_t source;       /**< of the inner packet, 0 when it is not IPv4 */
	uint32_t destination;  /**< likewise */
	uint16_t udp_port;     /**< UDP destination port of gre-udp and vxlan, source port of amt */
	uint8_t tos;           /**< of the inner packet, as it is after mark_ce; also of IPv6 */
	bool has_key;          /**< GRE with a key */
	uint8_t ttl;           /**< apart from tos: compilers take pains to write both at once */
	bool broadcast;        /**< DATA to 255.255.255.255 or to the port's directed broadcast */
	uint8_t protocol;
	bool mark_ce; /**< mcr_ip_mark_ce() has to be called on the inner packet (RFC 6040) */
	struct rte_ether_addr source_mac; /**< of the received frame */
	bool has_priority_tag; /**< frame_offset and frame_len are those of the inner frame once the
	                          tag is taken out of it: its addresses lie 4 bytes before */
};

/**
 * Classify a received frame.
 *
 * Where two reasons to drop apply, the order is malformed, not_for_us, bad_checksum, level by level
 * for the first two: a frame that is not for us is not looked into, and checksums come last of all.
 * Of FRAGMENT, UNICAST and SEGMENT the IPv4 header is verified where it was read, what lies behind
 * it is not: in a segment IGMP of unknown types is such a packet, and all that is in a frame to one
 * station; out of GRE, what is to one address.
 *
 * @param port
 *   The port that it came in on.
 * @param bytes
 *   The frame from its destination MAC on, contiguous, of any alignment. A priority tag (802.1Q,
 *   VLAN 0) is skipped; a frame of a VLAN is not for us.
 * @param len
 *   Its length without FCS.
 * @param[out] packet
 *   Written whole.
 */
void
mcr_classify_frame(const struct mcr_classify_port *port, const uint8_t *bytes, uint32_t len,
	struct mcr_packet *packet);

/**
 * A packet turned out to be in a frame to the hub's own station, or to its address inside a tunnel:
 * is it IGMP, or an echo request to all routers?
 *
 * @param bytes
 *   The frame that was classified.
 * @param[in,out] packet
 *   UNICAST, or SEGMENT with an IPv4 packet. It becomes CONTROL or DROP, or stays what it is.
 */
void
mcr_classify_for_hub(const uint8_t *bytes, struct mcr_packet *packet);

/**
 * See whether a packet of verdict UNICAST is a keepalive of GRE: then it becomes CONTROL, or a drop
 * when it is damaged. On its own, as no other packet has to be asked for it.
 *
 * @param port, bytes
 *   As mcr_classify_frame() had them.
 * @param[in,out] packet
 *   What it wrote; verdict UNICAST.
 */
void
mcr_classify_keepalive(
	const struct mcr_classify_port *port, const uint8_t *bytes, struct mcr_packet *packet);

#endif
