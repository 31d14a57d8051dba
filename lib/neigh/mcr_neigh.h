/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Neighbours: resolve the MAC addresses of on-link members and gateways (ARP, RFC 826; neighbour
 * discovery, RFC 4861), and answer for the hub's own addresses (also ICMP echo).
 *
 * IPv4 addresses are in host byte order; `now` is monotonic milliseconds; frames are built in the
 * caller's buffer and sent by the caller. Pure: no mbuf, no EAL, no ethdev.
 *
 * Parsing and building are stateless and may run on any thread. A neighbour table belongs to one
 * thread; its callbacks run there, inside the call that causes them. Its addresses are of either
 * family (mcr_address.h), and so are requests: of ARP or of neighbour discovery. The table holds
 * references to the addresses that are in it.
 */

#ifndef MCR_NEIGH_H
#define MCR_NEIGH_H

#include <stdbool.h>
#include <stdint.h>

#include <netinet/in.h>
#include <rte_ether.h>

#include "mcr_nd.h"

/** Length of each ARP frame built here, without padding to 60 bytes. */
#define MCR_NEIGH_ARP_FRAME_LEN 42

/** Greatest age of a MAC before its refresh begins, in milliseconds. */
#define MCR_NEIGH_REFRESH_MS 60000

/** Refreshes are spread over this much time before MCR_NEIGH_REFRESH_MS. */
#define MCR_NEIGH_REFRESH_SPREAD_MS 20000

/** Requests of a refresh: unicast to the known MAC, then broadcast; then the MAC is unknown. */
#define MCR_NEIGH_UNICAST_TRIES 3
#define MCR_NEIGH_BROADCAST_TRIES 3

/** Time between the requests of a refresh, in milliseconds. */
#define MCR_NEIGH_REFRESH_RETRY_MS 1000

/** Longest time between requests for an unknown MAC, which never end, in milliseconds. */
#define MCR_NEIGH_RETRY_MAX_MS 5000

/** Rate limit of the whole table, and the largest burst in one run. A hub that starts asks 4,000
 * members in half a second, and none gets a copy before it was asked. */
#define MCR_NEIGH_REQUESTS_PER_MS 8
#define MCR_NEIGH_REQUESTS_PER_RUN 64

/** Time between requests while data contradicts what was learned, in milliseconds. */
#define MCR_NEIGH_DOUBT_RETRY_MS 100

/** Hold-down after an answer or data decided a contradiction, in milliseconds: until then data from
 * another MAC causes no requests. */
#define MCR_NEIGH_DOUBT_REST_MS 10000

/** mcr_neigh_run(): no timer is running. */
#define MCR_NEIGH_NEVER UINT64_MAX

/** A valid ARP packet for IPv4 over Ethernet. */
struct mcr_neigh_arp {
	bool is_request;                  /**< else a reply */
	struct rte_ether_addr sender_mac; /**< unicast, not zero */
	uint32_t sender; /**< unicast; 0 in a probe (RFC 5227), which is a request */
	uint32_t target; /**< as received, any value */
};

/** The hub's own on a port. */
struct mcr_neigh_own {
	struct rte_ether_addr mac;
	uint32_t address; /**< 0: none of IPv4 */
	bool has_ipv6;    /**< else the others are not read */
	struct in6_addr address6, link_local;
};

/**
 * Parse an ARP packet.
 * @param packet Starts at the hardware type. Padding behind the packet is ignored.
 * @param[out] arp Written only when true is returned.
 * @return False: truncated, not IPv4 over Ethernet, neither request nor reply, or an impossible
 * sender: a MAC that is zero or has the I/G bit, an address that is multicast, broadcast, loopback
 * or, except in a probe, zero.
 */
bool
mcr_neigh_parse_arp(const uint8_t *packet, uint32_t len, struct mcr_neigh_arp *arp);

/**
 * Build an ARP request from a port's own mac and address.
 * @param unicast_to The MAC to confirm, or NULL to broadcast.
 */
void
mcr_neigh_build_request(uint8_t frame[MCR_NEIGH_ARP_FRAME_LEN], const struct rte_ether_addr *mac,
	uint32_t address, uint32_t target, const struct rte_ether_addr *unicast_to);

/** Build a gratuitous ARP: a broadcast request for the port's own address (RFC 5227 2.3). */
void
mcr_neigh_build_announcement(
	uint8_t frame[MCR_NEIGH_ARP_FRAME_LEN], const struct rte_ether_addr *mac, uint32_t address);

/** Build the unicast reply to a request: address is at mac. */
void
mcr_neigh_build_reply(uint8_t frame[MCR_NEIGH_ARP_FRAME_LEN], const struct rte_ether_addr *mac,
	uint32_t address, const struct mcr_neigh_arp *request);

/**
 * Turn an ICMP echo request into its reply in place: from the hub to the source, TTL 64, length and
 * options unchanged (RFC 792, RFC 1122 3.2.2.6).
 * @param[in,out] packet Starts at the IPv4 header, contiguous. Changed only when 0 is returned.
 * @param len Readable bytes; padding behind the IPv4 total length is ignored.
 * @param hub The hub's own address: source of the reply. Requests to it and to 224.0.0.2, all
 * routers (RFC 1112), are answered. The caller accepts the latter from members only.
 * @return
 *   - 0: the packet is the reply.
 *   - -EINVAL: malformed or truncated.
 *   - -EBADMSG: wrong IPv4 or ICMP checksum.
 *   - -ENOTSUP: other destination, impossible source, fragment, other protocol, other ICMP message,
 *     or a source route.
 */
int
mcr_neigh_answer_echo(uint8_t *packet, uint32_t len, uint32_t hub);

/** Length of mcr_neigh_refuse_echo() at most. */
#define MCR_NEIGH_REFUSAL_MAX 96

/**
 * Answer an ICMP echo request by "destination unreachable, communication administratively
 * prohibited" (RFC 792, RFC 1812 5.2.7.1): from the hub to the source, with the header of the
 * request and 8 bytes more.
 * @param[out] refusal Written from the IPv4 header on.
 * @return Its length, or -errno as mcr_neigh_answer_echo(). -ENOTSUP too for a request to a group,
 *   which gets no error (RFC 1122 3.2.2).
 */
int
mcr_neigh_refuse_echo(
	const uint8_t *packet, uint32_t len, uint32_t hub, uint8_t refusal[MCR_NEIGH_REFUSAL_MAX]);

/**
 * Likewise of IPv6 (RFC 4443 4.2): from the address that was asked.
 * @param[in,out] packet Starts at the IPv6 header, contiguous. Changed only when 0 is returned.
 * @param own The hub's addresses. Requests to both of IPv6, to ff02::1 and to ff02::2 are answered;
 *   the caller accepts the latter two from members only.
 * @return As mcr_neigh_answer_echo(); -ENOTSUP too behind extension headers.
 */
int
mcr_neigh_answer_echo6(uint8_t *packet, uint32_t len, const struct mcr_neigh_own *own);

/** Length of mcr_neigh_refuse_echo6() at most: what fits every link (RFC 4443 2.4). */
#define MCR_NEIGH_REFUSAL6_MAX 1280

/** Likewise, with as much of the request as has room. @return As mcr_neigh_refuse_echo(). */
int
mcr_neigh_refuse_echo6(const uint8_t *packet, uint32_t len, const struct mcr_neigh_own *own,
	uint8_t refusal[MCR_NEIGH_REFUSAL6_MAX]);

/** Least path MTUs (RFC 791, RFC 8200 5): a forged message cannot make copies smaller. */
#define MCR_NEIGH_PATH_MTU_MIN UINT16_C(576)
#define MCR_NEIGH_PATH_MTU6_MIN UINT16_C(1280)

/**
 * Report to its source that a packet is larger than the path MTU: "packet too big" (RFC 4443 3.2).
 * The packet may be to a group (2.4 e.3).
 * @param packet Starts at the IPv6 header, contiguous.
 * @param mtu What would have fit.
 * @param own The hub's addresses where the packet came from. Without one of IPv6, the message is
 *   from the link-local one, as to a link-local source (RFC 6724 5).
 * @param[out] message Written from the IPv6 header on.
 * @return Its length, or -EINVAL: the packet is malformed; -ENOTSUP: it fits, it is an ICMP error,
 *   a redirect or may be part of one, its source is no other host, or a source need not send so
 *   little (RFC 8200 5).
 */
int
mcr_neigh_write_too_big6(const uint8_t *packet, uint32_t len, uint16_t mtu,
	const struct mcr_neigh_own *own, uint8_t message[MCR_NEIGH_REFUSAL6_MAX]);

/** An ICMP message "fragmentation needed and DF set" (RFC 792, RFC 1191), or of IPv6 "packet too
 * big" (RFC 4443 3.2, RFC 8201). */
struct mcr_neigh_too_big {
	const uint8_t *quote;  /**< start of the packet that was too big, at its IP header */
	uint32_t quote_len;    /**< quoted bytes: at least the header and 8 */
	uint16_t packet_len;   /**< total length in the quoted header, 65535 if it is more */
	uint16_t next_hop_mtu; /**< 0: the router predates RFC 1191 */
	bool is_ipv6;
	uint32_t router;         /**< of IPv4 */
	struct in6_addr router6; /**< of IPv6 */
	uint32_t destination;    /**< of the quoted packet; of IPv6 0 when it has no number */
};

/**
 * Parse such a message.
 * @param packet Starts at the IPv4 or IPv6 header, contiguous, no fragment. Padding is ignored.
 * @param[out] too_big Written only when 0 is returned. Points into packet.
 * @return
 *   - 0: well-formed. The caller checks that the quoted packet is its own.
 *   - -EINVAL: malformed, a quote shorter than RFC 792 requires, or of IPv6 an MTU below
 *     MCR_NEIGH_PATH_MTU6_MIN (RFC 8201 4).
 *   - -EBADMSG: wrong ICMP checksum.
 *   - -ENOTSUP: another ICMP message.
 */
int
mcr_neigh_parse_too_big(const uint8_t *packet, uint32_t len, struct mcr_neigh_too_big *too_big);

/**
 * The path MTU after such a message: never above mtu, the one before, and never lowered below
 * the least one of its family. Without a next-hop MTU, the next plateau of RFC 1191 7.1 below the
 * packet's length.
 */
uint16_t
mcr_neigh_lower_mtu(const struct mcr_neigh_too_big *too_big, uint16_t mtu);

/** Callbacks of a neighbour table. Of its functions, they may call mcr_neigh_find() only. */
struct mcr_neigh_ops {
	/** Send a request to unicast_to, valid during the call, or, where NULL, to all: by
	 * broadcast, or to the solicited-node group of IPv6. */
	void (*request)(void *arg, uint16_t port, uint32_t address,
		const struct rte_ether_addr *unicast_to);
	/**
	 * The MAC of a held address changed from before to mac, of which one may be NULL: unknown.
	 * Both are valid during the call.
	 */
	void (*changed)(void *arg, uint16_t port, uint32_t address,
		const struct rte_ether_addr *mac, const struct rte_ether_addr *before);
	/**
	 * Packets received from an address by a MAC; only grows. NULL: answers alone show that a
	 * MAC is in use.
	 */
	uint64_t (*heard)(
		void *arg, uint16_t port, uint32_t address, const struct rte_ether_addr *mac);
	/**
	 * Another MAC claims one of the hub's own addresses. Called for each claim; the callee
	 * limits its log. May be NULL. mac is valid during the call, address as long as it is the
	 * hub's own.
	 */
	void (*conflict)(
		void *arg, uint16_t port, uint32_t address, const struct rte_ether_addr *mac);
};

struct mcr_neigh;

/**
 * Create an empty neighbour table.
 * @param ops Copied. request and changed are required.
 * @param capacity Most addresses held at a time, at least 1. All memory is allocated here.
 * @return The table, or NULL with errno EINVAL or ENOMEM.
 */
struct mcr_neigh *
mcr_neigh_create(const struct mcr_neigh_ops *ops, void *arg, uint32_t capacity);

/** Calls no callback. NULL is allowed. */
void
mcr_neigh_free(struct mcr_neigh *neigh);

/**
 * Set the hub's own addresses and MAC on a port: mcr_neigh_answer_arp() and mcr_neigh_answer_nd()
 * answer for them; mcr_neigh_receive() and mcr_neigh_receive_nd() report conflicts with them.
 * @return 0, -EINVAL for a port not below RTE_MAX_ETHPORTS, or -ENOMEM: nothing has changed.
 */
int
mcr_neigh_set_own(struct mcr_neigh *neigh, uint16_t port, const struct mcr_neigh_own *own);

/**
 * Resolve an address and keep it resolved. Counted: each hold needs its release. The next
 * mcr_neigh_run() sends the first request. Where the address is resolved already, changed is not
 * called again; ask mcr_neigh_find().
 * @return 0, or -ENOSPC when the table is full.
 */
int
mcr_neigh_hold(struct mcr_neigh *neigh, uint16_t port, uint32_t address, uint64_t now);

/** End one hold. The last one forgets the address without a call of changed. 0 or -ENOENT. */
int
mcr_neigh_release(struct mcr_neigh *neigh, uint16_t port, uint32_t address);

/**
 * Learn from an ARP packet that mcr_neigh_parse_arp() accepted. Any ARP from a held address
 * (request, reply, gratuitous) sets or confirms its MAC. Nothing is learned about other addresses
 * or from probes. Another MAC that uses the hub's own address is reported as a conflict.
 */
void
mcr_neigh_receive(
	struct mcr_neigh *neigh, uint16_t port, const struct mcr_neigh_arp *arp, uint64_t now);

/**
 * Learn from a message of neighbour discovery. An answer sets or confirms a MAC, as ARP does. A
 * solicitation, the advertisement of a router and that of a neighbour who was not asked set another
 * MAC than the known one, which is then asked from the next mcr_neigh_run() on, and confirm none. A
 * neighbour's advertisement that does not override only raises doubt about another known MAC, as
 * data does, and an answer without a MAC confirms the known one (RFC 4861 7.2.5). Another MAC that
 * uses or probes one of the hub's own addresses is reported as a conflict.
 */
void
mcr_neigh_receive_nd(struct mcr_neigh *neigh, uint16_t port, const struct mcr_nd *nd, uint64_t now);

/**
 * Data came from a held address by another MAC than the known one. An unknown MAC is set to the
 * data's at once and confirmed by a request. A known one is asked for by broadcast from the next
 * mcr_neigh_run() on: the answer decides. Without an answer, and without data from the known MAC
 * meanwhile, the data's MAC is taken. So data never overrules an answer: bonds and routers whose
 * frames carry other MACs than their ARP keep theirs.
 * @param mac Source of a received frame. Ignored when impossible for a host, or the hub's.
 */
void
mcr_neigh_doubt(struct mcr_neigh *neigh, uint16_t port, uint32_t address,
	const struct rte_ether_addr *mac, uint64_t now);

/**
 * Use the MAC that an address had before the program was started. It counts as known at once, and
 * is asked for by broadcast from the next mcr_neigh_run() on: without an answer it is forgotten.
 * Nothing happens when the address is not held or is resolved already.
 */
void
mcr_neigh_restore(struct mcr_neigh *neigh, uint16_t port, uint32_t address,
	const struct rte_ether_addr *mac, uint64_t now);

/** mcr_neigh_next(): before the first and after the last. */
#define MCR_NEIGH_NONE UINT32_MAX

/** A held address with its MAC. */
struct mcr_neigh_resolved {
	uint16_t port;
	uint32_t address;
	struct rte_ether_addr mac;
};

/**
 * Visit all resolved addresses, in any order. Those held meanwhile may be left out.
 * @param after MCR_NEIGH_NONE, then what was returned before.
 * @param[out] resolved Written only when there is another.
 * @return MCR_NEIGH_NONE: there is none.
 */
uint32_t
mcr_neigh_next(const struct mcr_neigh *neigh, uint32_t after, struct mcr_neigh_resolved *resolved);

/**
 * Answer a request or probe (RFC 5227) for the hub's own address on this port.
 * @param[out] frame The reply. Written only when true is returned.
 * @return False: no reply to send; arp is a reply, an announcement or has another target.
 */
bool
mcr_neigh_answer_arp(const struct mcr_neigh *neigh, uint16_t port, const struct mcr_neigh_arp *arp,
	uint8_t frame[MCR_NEIGH_ARP_FRAME_LEN]);

/**
 * Answer a solicitation or probe for one of the hub's own addresses on this port.
 * @param[out] frame The answer. Written only when its length is returned.
 * @return 0: no answer to send.
 */
uint16_t
mcr_neigh_answer_nd(const struct mcr_neigh *neigh, uint16_t port, const struct mcr_nd *nd,
	uint8_t frame[MCR_ND_FRAME_MAX]);

/**
 * Handle what is due: requests, retries and refreshes. A MAC becomes unknown when its owner neither
 * answered nor sent data since the first request of a refresh. O(log n) for each due address.
 * @return When to call again, after now, or MCR_NEIGH_NEVER; mcr_neigh_hold() may bring it forward.
 * An earlier or later call is harmless: unanswered requests, not time, make a MAC unknown.
 */
uint64_t
mcr_neigh_run(struct mcr_neigh *neigh, uint64_t now);

/**
 * Refresh all addresses of a port from the next mcr_neigh_run() on, within the rate limit: its link
 * was down, and the other end may have changed. Known MACs stay in use until the refresh fails.
 */
void
mcr_neigh_refresh(struct mcr_neigh *neigh, uint16_t port, uint64_t now);

/** The MAC of a held address; NULL: unknown or not held. Valid until the next other call. */
const struct rte_ether_addr *
mcr_neigh_find(const struct mcr_neigh *neigh, uint16_t port, uint32_t address);

/** Unanswered requests after which an address is silent: some 300 ms after the first. */
#define MCR_NEIGH_SILENT_TRIES 3

/** Whether a held address has no MAC after MCR_NEIGH_SILENT_TRIES requests. */
bool
mcr_neigh_is_silent(const struct mcr_neigh *neigh, uint16_t port, uint32_t address);

#endif
