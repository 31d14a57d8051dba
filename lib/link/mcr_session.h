/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Whether a peer is there: the state machine of BFD (RFC 5880 6.8) in asynchronous mode, without
 * demand mode, echo, authentication and negotiation of intervals. Include mcr_link.h.
 *
 * Both ends send hellos at their own intervals. A session is up when each end receives the other's.
 * It is down when no hello arrives for the detection time: the peer's interval times its
 * multiplier. A peer that restarted has another epoch and discriminator: its session goes down and
 * up again.
 *
 * Times are microseconds of the caller's monotonic clock. One thread at a time calls for a session.
 */

#ifndef MCR_SESSION_H
#define MCR_SESSION_H

#include <stdbool.h>
#include <stdint.h>

/** Limits of a detection time, in microseconds, whatever the peer's hellos say. */
#define MCR_LINK_DETECTION_MIN 3000
#define MCR_LINK_DETECTION_MAX 10000000

/** RFC 5880 4.1. */
enum mcr_link_state {
	MCR_LINK_ADMIN_DOWN,
	MCR_LINK_DOWN,
	MCR_LINK_INIT,
	MCR_LINK_UP,
};

/** The body of a hello, in host byte order. */
struct mcr_link_hello {
	uint8_t state; /**< enum mcr_link_state, or above it when a peer lies */
	uint8_t multiplier;
	uint32_t my_discriminator;
	uint32_t your_discriminator; /**< 0: unknown to the sender */
	uint32_t interval;           /**< in microseconds */
	uint64_t epoch;
};

/** What an end says of itself. */
struct mcr_link_self {
	uint32_t discriminator; /**< of this session: random, not 0 */
	uint32_t interval;      /**< from one hello to the next, in microseconds; not 0 */
	uint8_t multiplier;     /**< so many lost hellos take the session down; not 0 */
	uint64_t epoch;         /**< of this hub: random, not 0, equal for all its peers */
};

/** What happened and what is to be done, as bits. */
enum mcr_link_event {
	MCR_LINK_SEND_HELLO = 1 << 0, /**< send mcr_session_hello() now */
	MCR_LINK_WENT_UP = 1 << 1,
	/** With WENT_UP: first down, since the peer restarted. */
	MCR_LINK_WENT_DOWN = 1 << 2,
	MCR_LINK_DISCARDED = 1 << 3, /**< the hello; counted in the session */
};

/** Fields are read-only for the caller. */
struct mcr_link_session {
	struct mcr_link_self self;
	enum mcr_link_state state;
	/** The peer's last valid hello: your_discriminator is meaningless. All 0: none since a
	 * detection time. */
	struct mcr_link_hello peer;
	/** The peer's epoch: 0 before its first hello. Stays while the peer is silent. */
	uint64_t peer_epoch;
	uint64_t heard;     /**< when the last valid hello came; 0: never */
	uint64_t detect_at; /**< when the peer counts as dead; UINT64_MAX: it is silent */
	uint64_t send_at;   /**< when the next hello is due */
	uint64_t changed;   /**< when the session went up or down last, or began */
	uint64_t hellos;    /**< received and valid */
	uint64_t discarded; /**< received, but not valid (RFC 5880 6.8.6) */
};

/** Begin a session, down. The first hello is due at once. */
void
mcr_session_begin(struct mcr_link_session *session, const struct mcr_link_self *self, uint64_t now);

/**
 * A hello arrived from the peer. It is discarded when its multiplier, my discriminator, interval or
 * epoch is 0, its state unknown, your discriminator neither this session's nor 0, or 0 in a state
 * other than down and admin down.
 * @return Bits of enum mcr_link_event, never SEND_HELLO. Call mcr_session_run() next: when the
 *   state has changed, the next hello is due at once (RFC 5880 6.8.7).
 */
unsigned int
mcr_session_receive(
	struct mcr_link_session *session, const struct mcr_link_hello *hello, uint64_t now);

/**
 * Let time pass: call at mcr_session_next() or later, and after all hellos that have arrived were
 * given to mcr_session_receive(), lest a caller that was delayed takes its peers for dead.
 * @param random Any 32 bits: the next interval is shorter by 0 to 25 % (RFC 5880 6.8.7), by 10 to
 *   25 % when the multiplier is 1.
 * @return Bits of enum mcr_link_event.
 */
unsigned int
mcr_session_run(struct mcr_link_session *session, uint64_t now, uint32_t random);

/** After this time without hellos from this end, the peer takes it for dead. */
uint64_t
mcr_session_detection_time(const struct mcr_link_self *self);

/** When mcr_session_run() has something to do. */
static inline uint64_t
mcr_session_next(const struct mcr_link_session *session)
{
	return session->send_at < session->detect_at ? session->send_at : session->detect_at;
}

/** The hello to send now. */
struct mcr_link_hello
mcr_session_hello(const struct mcr_link_session *session);

/**
 * Take the session down before this hub leaves, or let it come up again. A peer that receives the
 * next hello is down at once instead of after the detection time.
 * @return MCR_LINK_WENT_DOWN or 0. The next hello is due at once.
 */
unsigned int
mcr_session_disable(struct mcr_link_session *session, bool is_disabled, uint64_t now);

#endif
