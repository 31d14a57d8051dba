/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Neighbours: which MAC address an on-link member or gateway has (ARP, RFC 826), and the answers
 * that the hub gives for its own addresses (ARP, ICMP echo).
 *
 * IPv4 addresses are in host byte order, the clock is passed in as monotonic milliseconds, frames
 * are built in the caller's buffer and sent by the caller. Pure: no mbuf, no EAL, no ethdev.
 *
 * Parsing and building have no state and may be called on any thread. A neighbour table belongs to
 * one thread, the control plane; its callbacks run on that thread, inside the call that causes
 * them.
 */

#ifndef MCR_NEIGH_H
#define MCR_NEIGH_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

/** Length of every ARP frame built here: Ethernet and ARP; padding to 60 is left to the sender. */
#define MCR_NEIGH_ARP_FRAME_LEN 42

/** A MAC is confirmed again by the first request at this age at the latest, in milliseconds. */
#define MCR_NEIGH_REFRESH_MS 60000

/** Refreshes are spread over this much time before MCR_NEIGH_REFRESH_MS. */
#define MCR_NEIGH_REFRESH_SPREAD_MS 20000

/** Unanswered requests of a refresh: first to the known MAC, then broadcast; then it is unknown. */
#define MCR_NEIGH_UNICAST_TRIES 3
#define MCR_NEIGH_BROADCAST_TRIES 3

/** Time between the requests of a refresh, in milliseconds. */
#define MCR_NEIGH_REFRESH_RETRY_MS 1000

/** The slowest pace at which an unknown MAC is asked for, for ever, in milliseconds. */
#define MCR_NEIGH_RETRY_MAX_MS 5000

/** Requests of the whole table: so many a millisecond in the long run, so many in one run. */
#define MCR_NEIGH_REQUESTS_PER_MS 2
#define MCR_NEIGH_REQUESTS_PER_RUN 64

/** What data says against ARP is asked about so often, in milliseconds. */
#define MCR_NEIGH_DOUBT_RETRY_MS 100

/** A MAC that data alone brought is not given up for another one sooner, in milliseconds; nor does
 * data cause requests sooner again after ARP has contradicted it. */
#define MCR_NEIGH_DOUBT_REST_MS 10000

/** What mcr_neigh_run() answers when nothing is to be done at any time. */
#define MCR_NEIGH_NEVER UINT64_MAX

/** A valid ARP packet for IPv4 over Ethernet. */
struct mcr_neigh_arp {
	bool is_request;                  /**< else a reply */
	struct rte_ether_addr sender_mac; /**< unicast, not zero */
	uint32_t sender; /**< unicast; 0 in a probe (RFC 5227), which is a request */
	uint32_t target; /**< as received, any value */
};

/**
 * Read an ARP packet.
 *
 * @param packet
 *   The packet from its hardware type on: behind the Ethernet header and its tag.
 * @param len
 *   Bytes that may be read; what follows the packet (padding) is ignored.
 * @param[out] arp
 *   Written only when the answer is true.
 * @return
 *   False: truncated, not IPv4 over Ethernet, neither request nor reply, or a sender that nobody
 *   can be: a MAC that is zero or has the I/G bit, an address that is multicast, broadcast,
 *   loopback or, but for a probe, zero.
 */
bool
mcr_neigh_parse_arp(const uint8_t *packet, uint32_t len, struct mcr_neigh_arp *arp);

/**
 * Build the frame that asks for a MAC.
 *
 * @param[out] frame
 *   Owned by the caller.
 * @param mac
 *   The asking port's.
 * @param address
 *   The asking port's.
 * @param target
 *   Whose MAC is asked for.
 * @param unicast_to
 *   The MAC to be confirmed, or NULL to ask everybody.
 */
void
mcr_neigh_build_request(uint8_t frame[MCR_NEIGH_ARP_FRAME_LEN], const struct rte_ether_addr *mac,
	uint32_t address, uint32_t target, const struct rte_ether_addr *unicast_to);

/**
 * Build a gratuitous ARP: the announcement of RFC 5227 2.3, a broadcast request for the own
 * address.
 *
 * @param[out] frame
 *   Owned by the caller.
 * @param mac
 *   The port's.
 * @param address
 *   The port's.
 */
void
mcr_neigh_build_announcement(
	uint8_t frame[MCR_NEIGH_ARP_FRAME_LEN], const struct rte_ether_addr *mac, uint32_t address);

/**
 * Build the answer to a request.
 *
 * @param[out] frame
 *   Owned by the caller.
 * @param mac
 *   The answering port's.
 * @param address
 *   The address that was asked for.
 * @param request
 *   What is answered; the reply goes to its sender only.
 */
void
mcr_neigh_build_reply(uint8_t frame[MCR_NEIGH_ARP_FRAME_LEN], const struct rte_ether_addr *mac,
	uint32_t address, const struct mcr_neigh_arp *request);

/**
 * Turn an ICMP echo request into its reply, in place: from the hub to the source, TTL 64,
 * everything else as it was (RFC 792, RFC 1122 3.2.2.6). The length stays. Options stay too; a
 * source route is refused.
 *
 * @param[in,out] packet
 *   The packet from its IPv4 header on, contiguous. Changed only when the answer is 0.
 * @param len
 *   Bytes that may be read; what follows the IPv4 total length (padding) is ignored.
 * @param hub
 *   The hub's own address, which the reply comes from. It and 224.0.0.2, all
 *   routers (RFC 1112), are the only destinations that are answered for. The caller lets only
 * members ask all routers.
 * @return
 *   - 0: the packet is the reply.
 *   - -EINVAL: malformed (version, header or total length, truncated).
 *   - -EBADMSG: the IPv4 header's or the ICMP message's checksum is wrong.
 *   - -ENOTSUP: not answered: other destination, source that nobody can be, fragment, other
 *     protocol, other ICMP message, source route.
 */
int
mcr_neigh_answer_echo(uint8_t *packet, uint32_t len, uint32_t hub);

/**
 * The least path MTU that a router's message can bring about, as with `mtu` in the configuration:
 * what RFC 791 lets every host rely on. A forged message cannot make copies smaller than this.
 */
#define MCR_NEIGH_PATH_MTU_MIN UINT16_C(576)

/** An ICMP message "fragmentation needed and DF set" (RFC 792, RFC 1191). */
struct mcr_neigh_too_big {
	const uint8_t *quote;  /**< the packet that was too big, from its IPv4 header on */
	uint32_t quote_len;    /**< its bytes that are quoted: the header and 8 at least */
	uint16_t packet_len;   /**< the length that it says it had */
	uint16_t next_hop_mtu; /**< 0: the router does not know of RFC 1191 */
	uint32_t router;       /**< who says so */
	uint32_t destination;  /**< to whom the packet went */
};

/**
 * Read an ICMP message "fragmentation needed and DF set".
 *
 * @param packet
 *   The packet from its IPv4 header on, contiguous, no fragment.
 * @param len
 *   Bytes that may be read; what follows the IPv4 total length (padding) is ignored.
 * @param[out] too_big
 *   Written only when the answer is 0. Points into packet.
 * @return
 *   - 0, and nobody has said yet that the quoted packet is ours.
 *   - -EINVAL: malformed, or it quotes less than RFC 792 asks for.
 *   - -EBADMSG: the ICMP checksum is wrong.
 *   - -ENOTSUP: another ICMP message.
 */
int
mcr_neigh_parse_too_big(const uint8_t *packet, uint32_t len, struct mcr_neigh_too_big *too_big);

/**
 * The path MTU after such a message. Never more than before, and, but where it was less already,
 * never less than MCR_NEIGH_PATH_MTU_MIN. A router that does not say its MTU is taken to mean the
 * next of RFC 1191's plateaus (7.1) below the packet's length.
 *
 * @param mtu
 *   What it was before.
 */
uint16_t
mcr_neigh_lower_mtu(const struct mcr_neigh_too_big *too_big, uint16_t mtu);

/** What a neighbour table does to the world. None of them may call back, but for mcr_neigh_find().
 */
struct mcr_neigh_ops {
	/**
	 * Send a request.
	 *
	 * @param arg
	 *   As given to mcr_neigh_create().
	 * @param port
	 *   As given to mcr_neigh_hold().
	 * @param address
	 *   Whose MAC is asked for.
	 * @param unicast_to
	 *   The MAC to be confirmed, or NULL to ask everybody. Valid during the call.
	 */
	void (*request)(void *arg, uint16_t port, uint32_t address,
		const struct rte_ether_addr *unicast_to);
	/**
	 * A held address has got a MAC, another MAC, or lost it: never called when nothing changed.
	 *
	 * @param mac
	 *   NULL: unknown now. Valid during the call.
	 * @param before
	 *   NULL: it was unknown. Likewise.
	 */
	void (*changed)(void *arg, uint16_t port, uint32_t address,
		const struct rte_ether_addr *mac, const struct rte_ether_addr *before);
	/**
	 * How many packets came from a MAC by way of an address: it grows as long as they come. May
	 * be NULL: nothing but ARP tells that a MAC is in use.
	 */
	uint64_t (*heard)(
		void *arg, uint16_t port, uint32_t address, const struct rte_ether_addr *mac);
	/**
	 * Somebody else claims one of the hub's own addresses. As often as it is claimed: the
	 * callee bounds its log. May be NULL.
	 *
	 * @param mac
	 *   The claimant's. Valid during the call.
	 */
	void (*conflict)(
		void *arg, uint16_t port, uint32_t address, const struct rte_ether_addr *mac);
};

struct mcr_neigh;

/**
 * Make an empty neighbour table.
 *
 * @param ops
 *   Copied. request and changed are required.
 * @param arg
 *   Passed to every callback; not owned.
 * @param capacity
 *   How many addresses may be held at a time, at least 1: all memory is allocated here.
 * @return
 *   The table, to be freed by mcr_neigh_free(), or NULL with errno EINVAL or ENOMEM.
 */
struct mcr_neigh *
mcr_neigh_create(const struct mcr_neigh_ops *ops, void *arg, uint32_t capacity);

/** Free a table; calls no callback. NULL is allowed. */
void
mcr_neigh_free(struct mcr_neigh *neigh);

/**
 * Name the hub's own address and MAC on a port: what mcr_neigh_answer_arp() answers for and what
 * mcr_neigh_receive() defends.
 *
 * @return
 *   0, or -EINVAL for a port that is not below RTE_MAX_ETHPORTS.
 */
int
mcr_neigh_set_own(
	struct mcr_neigh *neigh, uint16_t port, uint32_t address, const struct rte_ether_addr *mac);

/**
 * Want an address resolved from now on. Counted: each hold needs its drop. The first request goes
 * out in the next mcr_neigh_run(). An address that is resolved already stays so, and changed is not
 * called for the new holder: mcr_neigh_find() tells.
 *
 * @param now
 *   Milliseconds.
 * @return
 *   0, or -ENOSPC when as many addresses as the table's capacity are held.
 */
int
mcr_neigh_hold(struct mcr_neigh *neigh, uint16_t port, uint32_t address, uint64_t now);

/**
 * Take back one hold. With the last one the address is forgotten; changed is not called.
 *
 * @return
 *   0, or -ENOENT when nobody holds the address.
 */
int
mcr_neigh_drop(struct mcr_neigh *neigh, uint16_t port, uint32_t address);

/**
 * Learn from a received ARP packet. Any ARP from a held address (request, reply, gratuitous) sets
 * or confirms its MAC; nothing is learned about other addresses, from probes, or about the hub's
 * own address, whose use by another MAC is reported as a conflict.
 *
 * @param port
 *   Where it came in.
 * @param arp
 *   From mcr_neigh_parse_arp().
 * @param now
 *   Milliseconds.
 */
void
mcr_neigh_receive(
	struct mcr_neigh *neigh, uint16_t port, const struct mcr_neigh_arp *arp, uint64_t now);

/**
 * Data came from a held address by another MAC than its own. Where the MAC is unknown, the data's
 * is taken, and asked about. Where it is known, everybody is asked, from the next mcr_neigh_run()
 * on: who answers has the address; when nobody does, and nothing came from the known MAC meanwhile,
 * the data's is taken. So data does not turn anything against ARP, and bonds and routers whose
 * frames have other MACs than their ARP stay where they are.
 *
 * @param mac
 *   The source of a received frame. Ignored when no host can have it, or the hub has it.
 * @param now
 *   Milliseconds.
 */
void
mcr_neigh_doubt(struct mcr_neigh *neigh, uint16_t port, uint32_t address,
	const struct rte_ether_addr *mac, uint64_t now);

/**
 * Answer a request for the hub's own address on this port. Probes (RFC 5227) are answered too.
 *
 * @param[out] frame
 *   The reply, owned by the caller. Written only when the answer is true.
 * @return
 *   Whether there is a reply to send: false for replies, announcements and other targets.
 */
bool
mcr_neigh_answer_arp(const struct mcr_neigh *neigh, uint16_t port, const struct mcr_neigh_arp *arp,
	uint8_t frame[MCR_NEIGH_ARP_FRAME_LEN]);

/**
 * Do what is due: requests, repeated requests, refreshes, giving up a MAC whose owner has been
 * silent: who neither answered nor sent anything since the first request. Costs O(log n) for each
 * due address, nothing for the others.
 *
 * @param now
 *   Milliseconds; never less than in the call before.
 * @return
 *   When to call again, in milliseconds of the same clock and after now, or MCR_NEIGH_NEVER.
 *   mcr_neigh_hold() may bring it forward. Calling earlier or later does no harm: a MAC is given up
 *   after unanswered requests, not by the clock alone.
 */
uint64_t
mcr_neigh_run(struct mcr_neigh *neigh, uint64_t now);

/**
 * Ask for all addresses of a port anew, from the next mcr_neigh_run() on, at its pace: the link was
 * away, and who is at its other end now is not known. A MAC that is known stays in use until as
 * many requests as those of any refresh were in vain.
 */
void
mcr_neigh_refresh(struct mcr_neigh *neigh, uint16_t port, uint64_t now);

/**
 * The MAC of a held address.
 *
 * @return
 *   NULL when unknown or not held. Valid until the next call that is not a find.
 */
const struct rte_ether_addr *
mcr_neigh_find(const struct mcr_neigh *neigh, uint16_t port, uint32_t address);

/** From so many unanswered requests on, some 300 ms after the first, an address is silent. */
#define MCR_NEIGH_SILENT_TRIES 3

/** Whether a held address is unknown and has been asked for in vain, not only just now. */
bool
mcr_neigh_is_silent(const struct mcr_neigh *neigh, uint16_t port, uint32_t address);

#endif
