/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_common.h>
#include <rte_debug.h>

#include "mcr_session.h"

void
mcr_session_begin(struct mcr_link_session *session, const struct mcr_link_self *self, uint64_t now)
{
	RTE_ASSERT(self->discriminator != 0 && self->interval != 0 && self->multiplier != 0 &&
		   self->epoch != 0);
	*session = (struct mcr_link_session){
		.self = *self,
		.state = MCR_LINK_DOWN,
		.detect_at = UINT64_MAX,
		.send_at = now,
		.changed = now,
	};
}

/* RFC 5880 6.8.7: what the peer would read differently is sent at once. */
static unsigned int
enter_state(struct mcr_link_session *session, enum mcr_link_state state, uint64_t now)
{
	const enum mcr_link_state before = session->state;

	if (state == before)
		return 0;
	session->state = state;
	session->send_at = now;
	if (state != MCR_LINK_UP && before != MCR_LINK_UP)
		return 0;
	session->changed = now;
	return state == MCR_LINK_UP ? MCR_LINK_WENT_UP : MCR_LINK_WENT_DOWN;
}

/* RFC 5880 6.8.6, up to the selection of the session. */
static bool
is_valid(const struct mcr_link_session *session, const struct mcr_link_hello *hello)
{
	if (hello->multiplier == 0 || hello->my_discriminator == 0 || hello->interval == 0 ||
		hello->epoch == 0 || hello->state > MCR_LINK_UP)
		return false;
	return hello->your_discriminator == session->self.discriminator ||
	       (hello->your_discriminator == 0 && hello->state <= MCR_LINK_DOWN);
}

static bool
is_another(const struct mcr_link_session *session, const struct mcr_link_hello *hello)
{
	return session->peer.epoch != 0 &&
	       (session->peer.epoch != hello->epoch ||
		       session->peer.my_discriminator != hello->my_discriminator);
}

static unsigned int
leave_peer(struct mcr_link_session *session, uint64_t now)
{
	if (session->state != MCR_LINK_INIT && session->state != MCR_LINK_UP)
		return 0;
	return enter_state(session, MCR_LINK_DOWN, now);
}

/* A peer that announces little would be taken for dead by a delay of an lcore; one that announces
 * much would never be. */
static uint64_t
detection_time(uint32_t interval, uint8_t multiplier)
{
	const uint64_t time = (uint64_t)interval * multiplier;

	if (time < MCR_LINK_DETECTION_MIN)
		return MCR_LINK_DETECTION_MIN;
	return RTE_MIN(time, (uint64_t)MCR_LINK_DETECTION_MAX);
}

/* RFC 5880 6.2: the state that follows when the peer says that it is in @p remote. */
static enum mcr_link_state
next_state(enum mcr_link_state state, enum mcr_link_state remote)
{
	switch (state) {
	case MCR_LINK_DOWN:
		if (remote == MCR_LINK_INIT)
			return MCR_LINK_UP;
		return remote == MCR_LINK_DOWN ? MCR_LINK_INIT : MCR_LINK_DOWN;
	case MCR_LINK_INIT:
		if (remote >= MCR_LINK_INIT)
			return MCR_LINK_UP;
		return remote == MCR_LINK_ADMIN_DOWN ? MCR_LINK_DOWN : MCR_LINK_INIT;
	case MCR_LINK_UP:
		return remote >= MCR_LINK_INIT ? MCR_LINK_UP : MCR_LINK_DOWN;
	case MCR_LINK_ADMIN_DOWN:
		break;
	}
	return state;
}

unsigned int
mcr_session_receive(
	struct mcr_link_session *session, const struct mcr_link_hello *hello, uint64_t now)
{
	unsigned int events = 0;

	if (!is_valid(session, hello)) {
		session->discarded++;
		return MCR_LINK_DISCARDED;
	}
	if (is_another(session, hello))
		events = leave_peer(session, now);
	session->peer = *hello;
	session->peer_epoch = hello->epoch;
	session->heard = now;
	session->detect_at = now + detection_time(hello->interval, hello->multiplier);
	session->hellos++;
	return events | enter_state(session, next_state(session->state, hello->state), now);
}

/* RFC 5880 6.8.7: otherwise hubs that started together would send together. */
static uint64_t
jittered_interval(const struct mcr_link_self *self, uint32_t random)
{
	const uint32_t most = self->interval / 4;
	const uint32_t least = self->multiplier == 1 ? self->interval / 10 : 0;

	return self->interval - least - ((uint64_t)(most - least) * random >> 32);
}

/* RFC 5880 6.8.1: a peer that has been silent for a detection time has no discriminator. */
static unsigned int
lose_peer(struct mcr_link_session *session, uint64_t now)
{
	session->peer = (struct mcr_link_hello){0};
	session->detect_at = UINT64_MAX;
	return leave_peer(session, now);
}

unsigned int
mcr_session_run(struct mcr_link_session *session, uint64_t now, uint32_t random)
{
	unsigned int events = 0;

	if (now >= session->detect_at)
		events = lose_peer(session, now);
	if (now < session->send_at)
		return events;
	session->send_at = now + jittered_interval(&session->self, random);
	return events | MCR_LINK_SEND_HELLO;
}

uint64_t
mcr_session_detection_time(const struct mcr_link_self *self)
{
	return detection_time(self->interval, self->multiplier);
}

struct mcr_link_hello
mcr_session_hello(const struct mcr_link_session *session)
{
	return (struct mcr_link_hello){
		.state = session->state,
		.multiplier = session->self.multiplier,
		.my_discriminator = session->self.discriminator,
		.your_discriminator = session->peer.my_discriminator,
		.interval = session->self.interval,
		.epoch = session->self.epoch,
	};
}

unsigned int
mcr_session_disable(struct mcr_link_session *session, bool is_disabled, uint64_t now)
{
	if (is_disabled == (session->state == MCR_LINK_ADMIN_DOWN))
		return 0;
	return enter_state(session, is_disabled ? MCR_LINK_ADMIN_DOWN : MCR_LINK_DOWN, now);
}
