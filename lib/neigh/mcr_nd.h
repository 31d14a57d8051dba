/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Messages of neighbour discovery (RFC 4861), which is to IPv6 what ARP is to IPv4. Pure, as
 * mcr_neigh.h, which learns from them.
 */

#ifndef MCR_ND_H
#define MCR_ND_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

/** Longest frame built here: Ethernet, IPv6, the message and one option. */
#define MCR_ND_FRAME_MAX 86

/** Preference of a router that advertises itself (RFC 4191 2.1). */
enum mcr_nd_preference {
	MCR_ND_LOW,
	MCR_ND_MEDIUM,
	MCR_ND_HIGH,
};

enum mcr_nd_kind {
	MCR_ND_SOLICITATION,  /**< of a neighbour: where is target? */
	MCR_ND_ADVERTISEMENT, /**< of a neighbour: target is here */
	MCR_ND_ROUTER,        /**< advertisement of a router */
};

/** A valid message. */
struct mcr_nd {
	enum mcr_nd_kind kind;
	struct rte_ether_addr from; /**< source of its frame */
	struct in6_addr source;     /**< unicast; :: in a probe (RFC 4862 5.4.2) */
	struct in6_addr target;     /**< unicast; :: from a router */
	/** Its link-layer address option: the MAC of source, in an advertisement that of target. */
	bool has_mac;
	struct rte_ether_addr mac;         /**< unicast, not zero */
	bool is_router;                    /**< ADVERTISEMENT: target is a router */
	bool is_solicited;                 /**< ADVERTISEMENT: it answers a request */
	bool overrides;                    /**< ADVERTISEMENT: mac replaces the known one */
	uint16_t lifetime;                 /**< ROUTER: seconds as default router; 0: it is none */
	enum mcr_nd_preference preference; /**< ROUTER */
};

/**
 * Parse and validate a message (RFC 4861 6.1.2, 7.1.1, 7.1.2).
 * @param packet Starts at the IPv6 header. Padding behind it is ignored.
 * @param from Source of its frame; the option may be missing.
 * @param[out] nd Written only when 0 is returned.
 * @return
 *   - 0: valid.
 *   - -EINVAL: truncated, or against a rule: the hop limit, which is below 255 when a router
 *     forwarded it, the code, an address, an option.
 *   - -EBADMSG: wrong checksum.
 *   - -ENOTSUP: another message, or one behind extension headers.
 */
int
mcr_nd_parse(
	const uint8_t *packet, uint32_t len, const struct rte_ether_addr *from, struct mcr_nd *nd);

/**
 * Build a solicitation of a neighbour.
 * @param source An own address; ::, to probe whether the target has another owner (RFC 4862 5.4.2).
 * @param unicast_to The MAC to confirm, or NULL: to the target's solicited-node group.
 * @return The frame's length.
 */
uint16_t
mcr_nd_build_solicitation(uint8_t frame[MCR_ND_FRAME_MAX], const struct rte_ether_addr *mac,
	const struct in6_addr *source, const struct in6_addr *target,
	const struct rte_ether_addr *unicast_to);

/** Build the answer to a solicitation of an own address: to who asks, or, to a probe, to all nodes.
 * @return The frame's length. */
uint16_t
mcr_nd_build_answer(uint8_t frame[MCR_ND_FRAME_MAX], const struct rte_ether_addr *mac,
	const struct mcr_nd *solicitation);

/** Likewise inside a tunnel, whose link has no MACs. @param packet The answer, without an Ethernet
 * header. @return The packet's length. */
uint16_t
mcr_nd_build_tunnel_answer(uint8_t packet[MCR_ND_FRAME_MAX], const struct mcr_nd *solicitation);

/** Build the announcement of an own address to all nodes (RFC 4861 7.2.6). @return Its length. */
uint16_t
mcr_nd_build_announcement(uint8_t frame[MCR_ND_FRAME_MAX], const struct rte_ether_addr *mac,
	const struct in6_addr *address);

/** Build a report of MLDv1 (RFC 2710) of the solicited-node group of an own address, which switches
 * that snoop must know (RFC 4861 7.2.1, RFC 4541 3). @param source An own link-local address.
 * @return Its length. */
uint16_t
mcr_nd_build_report(uint8_t frame[MCR_ND_FRAME_MAX], const struct rte_ether_addr *mac,
	const struct in6_addr *source, const struct in6_addr *address);

/** Build a solicitation of routers. @param source An own link-local address. @return Its length. */
uint16_t
mcr_nd_build_router_solicitation(uint8_t frame[MCR_ND_FRAME_MAX], const struct rte_ether_addr *mac,
	const struct in6_addr *source);

#endif
