/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The relay's side of AMT (RFC 7450), over IPv4 and IPv6, for groups of IPv4 and IPv6.
 *
 * A gateway costs no state until it has shown that it receives at its source address: the answer to
 * a Request carries a Response MAC, a keyed hash of address, port and nonce, and only an Update
 * with this MAC is accepted.
 *
 * Pure: no sockets, no clock, no logging. lib/igmp keeps the joins of each gateway as a passive
 * member. Ports are in host byte order. One thread at a time per relay.
 */

#ifndef MCR_AMT_H
#define MCR_AMT_H

#include <stdbool.h>
#include <stdint.h>

#include <mcr_encap.h>
#include <mcr_igmp.h>

/** Messages of gateways: X(enumerator, name in telemetry). */
#define MCR_AMT_MESSAGES(X)       \
	X(DISCOVERY, "discovery") \
	X(REQUEST, "request")     \
	X(UPDATE, "update")       \
	X(TEARDOWN, "teardown")

/** Messages of the relay, without data. */
#define MCR_AMT_ANSWERS(X)                \
	X(ADVERTISEMENT, "advertisement") \
	X(QUERY, "query")

/** Why a message was rejected. The owner reports the last four by mcr_amt_refuse(). */
#define MCR_AMT_REJECTIONS(X)                                 \
	X(MALFORMED, "malformed")                             \
	X(VERSION, "version")                                 \
	X(NOT_FOR_RELAY, "not_for_relay")                     \
	X(UNKNOWN_TYPE, "unknown_type")                       \
	X(MLD, "mld")                                         \
	X(RESPONSE_MAC, "response_mac")                       \
	X(BAD_REPORT, "bad_report")                           \
	X(BAD_CHECKSUM, "bad_checksum")                       \
	X(UNREACHABLE, "unreachable")                         \
	X(MAX_TUNNELS, "max_tunnels")                         \
	X(MAX_TUNNELS_PER_ADDRESS, "max_tunnels_per_address") \
	X(NO_TUNNEL, "no_tunnel")

enum mcr_amt_message_type {
#define MCR_AMT_X_(id, name) MCR_AMT_##id,
	MCR_AMT_MESSAGES(MCR_AMT_X_)
#undef MCR_AMT_X_
		MCR_AMT_MESSAGE_TYPES
};

enum mcr_amt_answer_type {
#define MCR_AMT_X_(id, name) MCR_AMT_##id,
	MCR_AMT_ANSWERS(MCR_AMT_X_)
#undef MCR_AMT_X_
		MCR_AMT_ANSWER_TYPES
};

enum mcr_amt_rejection {
	MCR_AMT_ACCEPTED,
#define MCR_AMT_X_(id, name) MCR_AMT_REJECT_##id,
	MCR_AMT_REJECTIONS(MCR_AMT_X_)
#undef MCR_AMT_X_
		MCR_AMT_REJECTION_COUNT
};

/** Names as in telemetry: [a-z0-9_]. Static strings. */
const char *
mcr_amt_message_name(enum mcr_amt_message_type type);
const char *
mcr_amt_answer_name(enum mcr_amt_answer_type type);
const char *
mcr_amt_rejection_name(enum mcr_amt_rejection rejection);

#define MCR_AMT_SECRET_LEN 16

/** Longest answer: a Membership Query of MLD with the gateway's address behind it. */
#define MCR_AMT_ANSWER_MAX 106

/** Longest packet with an answer, over IPv6. */
#define MCR_AMT_PACKET_MAX (MCR_IPV6_HEADER_LEN + MCR_UDP_HEADER_LEN + MCR_AMT_ANSWER_MAX)

/** Addresses of gateways may have no number yet, so they are as messages have them: of IPv4 behind
 * 12 zeros (RFC 7450 5.1.4). The owner accepts no message from ::/96. */
struct mcr_amt_endpoint {
	uint8_t address[MCR_IPV6_ADDRESS_LEN];
	uint16_t port;
};

/** @param address In host byte order. */
static inline struct mcr_amt_endpoint
mcr_amt_ipv4_endpoint(uint32_t address, uint16_t port)
{
	struct mcr_amt_endpoint endpoint = {.port = port};

	mcr_write_be32(endpoint.address + MCR_IPV6_ADDRESS_LEN - sizeof(address), address);
	return endpoint;
}

/** @param address 16 bytes of any alignment. */
static inline struct mcr_amt_endpoint
mcr_amt_ipv6_endpoint(const uint8_t *address, uint16_t port)
{
	struct mcr_amt_endpoint endpoint = {.port = port};

	memcpy(endpoint.address, address, sizeof(endpoint.address));
	return endpoint;
}

/** The last four bytes of an endpoint of IPv4 are its address. */
static inline bool
mcr_amt_is_ipv4(const struct mcr_amt_endpoint *endpoint)
{
	static const uint8_t zeros[MCR_IPV6_ADDRESS_LEN - sizeof(uint32_t)];

	return memcmp(endpoint->address, zeros, sizeof(zeros)) == 0;
}

/** What gateways are asked, and how their reports are taken. */
struct mcr_amt_query {
	/** IP source of the query inside, an address of mcr_address.h that the owner holds; 0:
	 * none, but MLD needs a link-local one. */
	uint32_t source;
	uint32_t interval_ms;
	uint32_t response_interval_ms;
	uint8_t robustness;
	bool ignore_router_alert; /**< accept reports without the option */
};

struct mcr_amt_config {
	struct mcr_amt_query igmp;
	struct mcr_amt_query mld;
	bool joins_ipv6; /**< else MLD is refused */
};

/** Initialized with zeros and mcr_amt_set_secret(). */
struct mcr_amt_relay {
	struct mcr_amt_config config;
	uint8_t secret[MCR_AMT_SECRET_LEN];
	uint8_t secret_before[MCR_AMT_SECRET_LEN]; /**< its MACs are still accepted */
	uint64_t received[MCR_AMT_MESSAGE_TYPES];
	uint64_t sent[MCR_AMT_ANSWER_TYPES];
	uint64_t rejected[MCR_AMT_REJECTION_COUNT]; /**< index 0 unused */
};

struct mcr_amt_datagram {
	struct mcr_amt_endpoint gateway; /**< source */
	struct mcr_amt_endpoint relay;   /**< destination, of the same family */
	bool may_join;                   /**< room for a tunnel, or the gateway has one */
	const uint8_t *message;
	uint32_t len;
};

enum mcr_amt_action {
	MCR_AMT_REFUSE,
	MCR_AMT_SEND,   /**< send the answer from the relay to the gateway */
	MCR_AMT_FOLLOW, /**< pass the packet to lib/igmp for the gateway */
	MCR_AMT_CLOSE,  /**< end the gateway's tunnel, if any */
};

struct mcr_amt_verdict {
	enum mcr_amt_action action;
	enum mcr_amt_rejection rejection; /**< of REFUSE */
	struct mcr_amt_endpoint gateway;  /**< CLOSE: may differ from the sender */
	bool joins;            /**< FOLLOW: the report joins a group, so it needs a tunnel */
	const uint8_t *packet; /**< FOLLOW: report or leave of IGMP or MLD inside the message */
	uint32_t packet_len;
	uint32_t answer_len; /**< SEND */
	uint8_t answer[MCR_AMT_ANSWER_MAX];
};

/**
 * Use a new random secret, which is copied; the previous one is accepted until the next call. Calls
 * must be further apart than the life of a Response MAC: until the gateway's next query.
 */
void
mcr_amt_set_secret(struct mcr_amt_relay *relay, const uint8_t secret[MCR_AMT_SECRET_LEN]);

/**
 * Decide about an untrusted message; the relay changes only its counters.
 * @param[out] verdict Points into the message. Written as far as its action says.
 */
void
mcr_amt_receive(struct mcr_amt_relay *relay, const struct mcr_amt_datagram *datagram,
	struct mcr_amt_verdict *verdict);

/** Count a message that the owner rejected. */
void
mcr_amt_refuse(struct mcr_amt_relay *relay, enum mcr_amt_rejection rejection);

/**
 * Write the packet that carries an answer, of the family of its endpoints: TOS or traffic class
 * 0xc0 as in a query of IGMP, TTL 64. Over IPv4: DF, ID 0, UDP checksum 0.
 * @param[out] packet Room for MCR_AMT_PACKET_MAX bytes.
 * @return Its length.
 */
uint32_t
mcr_amt_write_packet(uint8_t *packet, const struct mcr_amt_endpoint *from,
	const struct mcr_amt_endpoint *to, const uint8_t *answer, uint16_t answer_len);

#endif
