/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Classification: from the bytes of a received frame to a verdict.
 *
 * One pass over the headers, no state, no allocation. Addresses alone decide, never ports, so all
 * fragments of a datagram get the same verdict. Does not check whether the sender is allowed. IPv4
 * addresses and ports are in host byte order. IPv6 addresses stay in the packet.
 */

#ifndef MCR_CLASSIFY_H
#define MCR_CLASSIFY_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#include "mcr_encap.h"
#include "mcr_link.h"
#include "mcr_stats.h"

enum mcr_verdict {
	MCR_VERDICT_DROP,
	MCR_VERDICT_FRAGMENT, /**< of a datagram to the port's address, at inner_offset */
	MCR_VERDICT_PUNT,     /**< to the control lcore, see mcr_packet.punt */
	MCR_VERDICT_DATA,     /**< multicast or broadcast to replicate */
	MCR_VERDICT_UNICAST,  /**< unicast inside GRE: to hub_overlay, a member or another host */
	MCR_VERDICT_SEGMENT, /**< stays in its segment: unicast, ARP, neighbour discovery, others */
	MCR_VERDICT_LINK,    /**< from another hub: records at inner_offset, inner_len bytes */
	MCR_VERDICT_DATA_IPV6,  /**< IPv6 multicast to replicate */
	MCR_VERDICT_LOCAL_IPV6, /**< other IPv6 inside GRE: unicast, and what stays in its link */
};

enum mcr_punt_kind {
	MCR_PUNT_ARP, /**< broadcast or to the port's MAC; Ethernet and IPv4 */
	/** Request to the port's address or to all routers, of IPv4 or IPv6; verified. */
	MCR_PUNT_ICMP_ECHO,
	/** To the port's address, of IPv4 or IPv6; verified, but its quote may be forged. */
	MCR_PUNT_TOO_BIG,
	MCR_PUNT_IGMP,      /**< plain or inside a tunnel; verified */
	MCR_PUNT_KEEPALIVE, /**< of GRE: from the port's address back to outer_source */
	MCR_PUNT_AMT,       /**< to the AMT relay; inner_offset is the outer packet's */
	MCR_PUNT_MLD,       /**< inside a tunnel; verified */
	/** Neighbour discovery of the port's own link at inner_offset: the IPv6 packet. Its
	 * checksum and hop limit of 255 are verified, its options are not. */
	MCR_PUNT_ND,
};

#define MCR_CLASSIFY_UDP_PORTS (UINT16_MAX + 1)

struct mcr_classify_port {
	struct rte_ether_addr mac;
	uint32_t address;   /**< the hub's own */
	uint32_t broadcast; /**< directed broadcast of the prefix; 0: none (/31, /32) */
	/**
	 * By UDP destination port: MCR_ENCAP_GRE_UDP, _VXLAN, _AMT or 0. NULL: no UDP port is open.
	 * Owned by the caller, who may store octets atomically at any time.
	 */
	const uint8_t *udp_encaps;
	bool has_ipv6;              /**< address6 and link_local are the hub's own */
	bool takes_zero_checksum;   /**< of UDP over IPv6 (RFC 6936); may be stored at any time */
	struct in6_addr address6;   /**< :: when the port has only its link-local address */
	struct in6_addr link_local; /**< from the MAC, for neighbour discovery */
};

/**
 * A classified frame. After a drop only verdict, drop and source_mac are meaningful. Fields of the
 * sender and the destination that were not read are 0.
 */
struct mcr_packet {
	enum mcr_verdict verdict;
	enum mcr_drop drop;
	enum mcr_punt_kind punt;
	enum mcr_encap encap;  /**< MCR_ENCAP_L2 for plain frames */
	uint16_t inner_offset; /**< of the inner IP packet, or of the ARP header */
	uint16_t inner_len;    /**< without padding; 0: SEGMENT, not IPv4 */
	uint16_t frame_offset; /**< of the inner Ethernet frame of a segment */
	uint16_t frame_len;    /**< 0: no segment */
	/** Underlay source; for l2 the packet's own; for ARP 0. Of IPv6 its number, or 0 when it
	 * has none: it is no member's. 0 of IPv4 in 0.0.0.0/8, too. */
	uint32_t outer_source;
	/** Of GRE, the VNI, the UDP destination port of amt, or the hub's id of LINK. */
	uint32_t key;
	uint32_t source; /**< of the inner packet; 0 when it is not IPv4 */
	union {
		uint32_t destination;
		uint32_t sequence; /**< of LINK, which has no one destination */
	};
	/** UDP destination port of gre-udp, vxlan and link-udp, source port of amt. */
	uint16_t udp_port;
	uint8_t tos; /**< of the inner packet, IPv4 or IPv6, after mark_ce; of LINK: the outer's */
	bool has_key;
	uint8_t ttl; /**< not beside tos: compilers merge the stores at a cost */
	/** DATA to 255.255.255.255 or to the port's directed broadcast; an echo request to all
	 * nodes or routers of IPv6. */
	bool broadcast;
	uint8_t protocol; /**< of IPv6 the next header */
	bool mark_ce;     /**< call mcr_ip_mark_ce() on the inner packet (RFC 6040) */
	struct rte_ether_addr source_mac; /**< of the received frame */
	bool has_priority_tag; /**< not in frame_offset; the MACs lie 4 bytes further in front */
};

/**
 * Classify a received frame. If several drop reasons apply, malformed precedes not_for_us at each
 * header, from the outside in; bad_checksum comes last. For FRAGMENT, UNICAST and SEGMENT a parsed
 * IPv4 header is verified, its payload is not.
 * @param bytes The contiguous frame from its destination MAC on, of any alignment. A priority tag
 *   (802.1Q, VLAN 0) is skipped; a frame with a VLAN ID is not_for_us.
 * @param len Length without FCS.
 * @param[out] packet Every field is written.
 */
void
mcr_classify_frame(const struct mcr_classify_port *port, const uint8_t *bytes, uint32_t len,
	struct mcr_packet *packet);

/**
 * Look for IGMP or an echo request to all routers in a packet whose inner frame or inner
 * destination turned out to be the hub's own.
 * @param bytes The classified frame.
 * @param[in,out] packet UNICAST, or SEGMENT with an IPv4 packet. Becomes PUNT or DROP, or stays as
 *   it is.
 */
void
mcr_classify_for_hub(const uint8_t *bytes, struct mcr_packet *packet);

/**
 * Look for a GRE keepalive in a packet of verdict UNICAST. It becomes PUNT, or DROP when it is
 * damaged. Separate from mcr_classify_frame(), so other packets do not pay for the check; the
 * parameters are the same.
 */
void
mcr_classify_keepalive(
	const struct mcr_classify_port *port, const uint8_t *bytes, struct mcr_packet *packet);

/**
 * Classify what another hub sent: the packet of one record of a frame with verdict LINK. An IP
 * packet is classified like one inside GRE, a frame of a segment like one inside VXLAN; the
 * congestion that the outer header signals reaches each of them (RFC 6040). What is for routers
 * (IGMP, MLD, echo requests to all routers) has no business on a link and is not_for_us.
 * @param bytes The frame that mcr_classify_frame() classified.
 * @param record From mcr_link_read_record(): its offset counts from bytes. Not a hello.
 * @param[in,out] packet A copy of what mcr_classify_frame() wrote, one for each record. Becomes
 *   DATA, DATA_IPV6, UNICAST or LOCAL_IPV6 (packet), SEGMENT (frame) or DROP. encap, key and
 * udp_port remain the hub's, so they are not the sender's identity: the record has the sender's
 * address and the VNI. `broadcast` is set by the record's flag as well.
 */
void
mcr_classify_link_packet(const struct mcr_classify_port *port, const uint8_t *bytes,
	const struct mcr_link_record *record, struct mcr_packet *packet);

#endif
