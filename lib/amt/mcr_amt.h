/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * AMT, the relay's side (RFC 7450): what gateways send, and what they are answered.
 *
 * Until a gateway has shown that it receives at the address which it sends from, it costs no state:
 * the answer to its Request carries a Response MAC, a keyed hash of that address, the port and the
 * nonce, and only an Update with the right one is followed.
 *
 * Pure: no sockets, no clock, no logging; what a gateway joins is kept by lib/igmp, one passive
 * member for each. IPv4 addresses and ports are in host byte order. One thread at a time per relay.
 */

#ifndef MCR_AMT_H
#define MCR_AMT_H

#include <stdbool.h>
#include <stdint.h>

#include <mcr_igmp.h>

/** Messages of gateways: X(enumerator, name in telemetry). */
#define MCR_AMT_MESSAGES(X)       \
	X(DISCOVERY, "discovery") \
	X(REQUEST, "request")     \
	X(UPDATE, "update")       \
	X(TEARDOWN, "teardown")

/** Messages of the relay, but for data. */
#define MCR_AMT_ANSWERS(X)                \
	X(ADVERTISEMENT, "advertisement") \
	X(QUERY, "query")

/** Why a message was not followed. The last four are the owner's to say. */
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

/** Bytes of a secret. */
#define MCR_AMT_SECRET_LEN 16

/** Bytes of the longest answer, a Membership Query. */
#define MCR_AMT_ANSWER_MAX 64

/** Bytes of IPv4 and UDP header before an answer. */
#define MCR_AMT_OUTER_LEN 28

/** Where a gateway, or the relay, is. */
struct mcr_amt_endpoint {
	uint32_t address;
	uint16_t port;
};

/** What the queries tell (RFC 9776 4.1), and what answers need. */
struct mcr_amt_config {
	uint32_t query_source; /**< IP source of the query inside; 0: none */
	uint32_t query_interval_ms;
	uint32_t query_response_interval_ms;
	uint8_t robustness;
	bool ignore_router_alert; /**< reports without the option are followed too */
};

/** A relay. Starts with all zeros; a secret must be set before it receives. */
struct mcr_amt_relay {
	struct mcr_amt_config config;
	uint8_t secret[MCR_AMT_SECRET_LEN];
	uint8_t secret_before[MCR_AMT_SECRET_LEN]; /**< what it made is still accepted */
	uint64_t received[MCR_AMT_MESSAGE_TYPES];
	uint64_t sent[MCR_AMT_ANSWER_TYPES];
	uint64_t rejected[MCR_AMT_REJECTION_COUNT]; /**< index 0 unused */
};

/** A message as it came. */
struct mcr_amt_datagram {
	struct mcr_amt_endpoint gateway; /**< who sent it */
	uint32_t relay_address;          /**< to which of the relay's own addresses */
	bool may_join; /**< there is room for another tunnel, or this gateway has one */
	const uint8_t *message;
	uint32_t len;
};

enum mcr_amt_action {
	MCR_AMT_REFUSE,
	MCR_AMT_SEND,   /**< send the answer to the gateway, from where it sent to */
	MCR_AMT_FOLLOW, /**< give the packet to lib/igmp as the gateway's */
	MCR_AMT_CLOSE,  /**< end the tunnel of the gateway, if there is one */
};

/** What to do about a message. */
struct mcr_amt_verdict {
	enum mcr_amt_action action;
	enum mcr_amt_rejection rejection; /**< of REFUSE */
	struct mcr_amt_endpoint gateway;  /**< of CLOSE not always who sent the message */
	bool joins;            /**< FOLLOW: something is asked for, so it is worth a tunnel */
	const uint8_t *packet; /**< FOLLOW: an IGMP report or leave, in the message */
	uint32_t packet_len;
	uint32_t answer_len; /**< SEND */
	uint8_t answer[MCR_AMT_ANSWER_MAX];
};

/**
 * Begin to use a fresh secret; the one before it is accepted until the next call. Between two calls
 * must lie the longest time that a gateway uses one Response MAC for: until its next query.
 *
 * @param secret
 *   Random bytes. Copied.
 */
void
mcr_amt_set_secret(struct mcr_amt_relay *relay, const uint8_t secret[MCR_AMT_SECRET_LEN]);

/**
 * Judge a message. Nothing but counters changes, whoever sent it and however often.
 *
 * @param datagram
 *   Its bytes are not trusted. Not kept.
 * @param[out] verdict
 *   Written as far as its action says.
 */
void
mcr_amt_receive(struct mcr_amt_relay *relay, const struct mcr_amt_datagram *datagram,
	struct mcr_amt_verdict *verdict);

/** Count a message that the owner could not follow. */
void
mcr_amt_refuse(struct mcr_amt_relay *relay, enum mcr_amt_rejection rejection);

/**
 * Write the IPv4 and UDP header of an answer: TOS 0xc0 as the query inside has it, TTL 64, DF, ID
 * 0, UDP checksum 0.
 *
 * @param[out] at
 *   MCR_AMT_OUTER_LEN bytes, the answer behind them.
 */
void
mcr_amt_write_outer(uint8_t *at, const struct mcr_amt_endpoint *from,
	const struct mcr_amt_endpoint *to, uint16_t answer_len);

#endif
