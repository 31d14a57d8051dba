/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * Two hubs and the path between them. Every sequence of LENGTH events is tried: hellos get lost in
 * one or both directions, wait on the way, arrive again; hubs restart, stall and leave. A third of
 * an interval passes with each event, or several intervals when a hub stalls.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mcr_link.h"

#define INTERVAL 30000
#define MULTIPLIER 3
#define DETECTION (MULTIPLIER * INTERVAL)
#define STEP (INTERVAL / 3)

/* Once the path is good, in intervals: see sessions_come_up_again(). */
#define RECOVERY 1

enum event {
	PATH_IS_GOOD,
	LOSES_TO_A,
	LOSES_TO_B,
	LOSES_ALL,
	DELAYS_ALL, /* until an event that loses nothing */
	A_RESTARTS,
	B_RESTARTS,
	A_STALLS, /* longer than the detection time, and receives what waits */
	B_LEAVES, /* and comes back when it leaves again */
	OLD_HELLO_TO_A,
	EVENTS
};

#define LENGTH 6
#define WAITING 8

struct end {
	struct mcr_link_session session;
	uint32_t starts;
	uint64_t started;
	bool is_up; /* by events */
	bool is_stalled;
	bool is_heard;                     /* by the peer, since it started */
	struct mcr_link_hello in[WAITING]; /* in order */
	unsigned int in_count;
	struct mcr_link_hello old; /* in the state that takes most ends up */
};

struct world {
	struct end ends[2];
	uint64_t now;
	uint64_t agreed; /* when not both were up, or with the right epochs */
	uint32_t random;
	bool is_lost[2]; /* to each end */
	bool is_delayed;
};

/* What happened, for the message of a failure. */
static unsigned int events_so_far[LENGTH], event_count;

static void
fail_world(const struct world *world, const char *what)
{
	char events[LENGTH * 3 + 1] = "";

	for (unsigned int i = 0; i < event_count; i++)
		snprintf(events + 3 * i, 4, "%2u ", events_so_far[i]);
	fail_msg("%s after events %s: states %d and %d", what, events, world->ends[0].session.state,
		world->ends[1].session.state);
}

static void
start_end(struct world *world, unsigned int which)
{
	struct end *end = &world->ends[which];
	struct mcr_link_self self = {
		.interval = INTERVAL,
		.multiplier = MULTIPLIER,
	};

	end->starts++;
	self.discriminator = 100 * (which + 1) + end->starts;
	self.epoch = 1000 * (which + 1) + end->starts;
	end->started = world->now;
	end->is_up = false;
	end->is_heard = false;
	mcr_session_begin(&end->session, &self, world->now);
}

static void
note_events(struct world *world, unsigned int which, unsigned int events)
{
	struct end *end = &world->ends[which];

	if ((events & MCR_LINK_WENT_DOWN) != 0) {
		if (!end->is_up)
			fail_world(world, "down twice");
		end->is_up = false;
	}
	if ((events & MCR_LINK_WENT_UP) != 0) {
		if (end->is_up)
			fail_world(world, "up twice");
		end->is_up = true;
	}
	if (end->is_up != (end->session.state == MCR_LINK_UP))
		fail_world(world, "the state changed without an event");
}

static void
send_hello(struct world *world, unsigned int from)
{
	struct end *to = &world->ends[!from];

	if (world->is_lost[!from])
		return;
	if (to->in_count == WAITING)
		fail_world(world, "too many hellos");
	to->in[to->in_count++] = mcr_session_hello(&world->ends[from].session);
}

static void
take_hello(struct world *world, unsigned int which, const struct mcr_link_hello *hello)
{
	struct end *const end = &world->ends[which], *const peer = &world->ends[!which];
	const uint64_t epoch = end->session.peer_epoch;
	const bool was_up = end->is_up;
	const unsigned int events = mcr_session_receive(&end->session, hello, world->now);

	note_events(world, which, events);
	if (was_up && end->session.peer_epoch != epoch && (events & MCR_LINK_WENT_DOWN) == 0)
		fail_world(world, "another peer without going down");
	if (hello->epoch == peer->session.self.epoch)
		peer->is_heard = true;
	if (hello->state == MCR_LINK_INIT || end->old.state != MCR_LINK_INIT)
		end->old = *hello;
}

static void
take_hellos(struct world *world, unsigned int which)
{
	struct end *end = &world->ends[which];

	for (unsigned int i = 0; i < end->in_count; i++)
		take_hello(world, which, &end->in[i]);
	end->in_count = 0;
}

static void
run_end(struct world *world, unsigned int which)
{
	struct end *end = &world->ends[which];
	unsigned int events;

	world->random = world->random * 1664525 + 1013904223;
	events = mcr_session_run(&end->session, world->now, world->random);
	note_events(world, which, events);
	if ((events & MCR_LINK_SEND_HELLO) != 0)
		send_hello(world, which);
}

static bool
is_mutual(const struct end *end, const struct end *peer)
{
	return end->session.state == MCR_LINK_UP &&
	       end->session.peer_epoch == peer->session.self.epoch;
}

static void
check(struct world *world)
{
	struct end *ends = world->ends;
	const bool are_up =
		ends[0].session.state == MCR_LINK_UP && ends[1].session.state == MCR_LINK_UP;

	if (!are_up || (is_mutual(&ends[0], &ends[1]) && is_mutual(&ends[1], &ends[0])))
		world->agreed = world->now;
	if (world->now - world->agreed > DETECTION)
		fail_world(world, "up with another epoch");
	for (unsigned int i = 0; i < 2; i++) {
		if (ends[i].is_up && !ends[i].is_heard)
			fail_world(world, "up though the peer cannot hear it");
		if (!ends[i].is_stalled && ends[i].session.state == MCR_LINK_UP &&
			world->now - ends[i].session.heard >= DETECTION)
			fail_world(world, "up and silent");
	}
}

/* Answers that are due at once are exchanged at once; they may not go on for ever. */
static void
exchange(struct world *world)
{
	for (unsigned int rounds = 0; rounds < WAITING; rounds++) {
		bool is_quiet = true;

		for (unsigned int i = 0; i < 2; i++) {
			struct end *end = &world->ends[i];

			if (end->is_stalled)
				continue;
			if (!world->is_delayed)
				take_hellos(world, i);
			run_end(world, i);
			is_quiet =
				is_quiet && (world->is_delayed || world->ends[!i].in_count == 0 ||
						    world->ends[!i].is_stalled);
		}
		if (is_quiet)
			return;
	}
	fail_world(world, "hellos without end");
}

static void
pass(struct world *world, uint64_t time)
{
	world->now += time;
	exchange(world);
	check(world);
}

static void
stall_a(struct world *world)
{
	world->ends[0].is_stalled = true;
	for (unsigned int i = 0; i < 2 * MULTIPLIER; i++)
		pass(world, INTERVAL);
	world->ends[0].is_stalled = false;
	pass(world, STEP);
}

static void
happen(struct world *world, enum event event)
{
	world->is_lost[0] = event == LOSES_TO_A || event == LOSES_ALL;
	world->is_lost[1] = event == LOSES_TO_B || event == LOSES_ALL;
	world->is_delayed = event == DELAYS_ALL;
	switch (event) {
	case A_RESTARTS:
	case B_RESTARTS:
		start_end(world, event - A_RESTARTS);
		break;
	case A_STALLS:
		stall_a(world);
		return;
	case B_LEAVES:
		note_events(world, 1,
			mcr_session_disable(&world->ends[1].session,
				world->ends[1].session.state != MCR_LINK_ADMIN_DOWN, world->now));
		break;
	case OLD_HELLO_TO_A:
		world->ends[0].in[world->ends[0].in_count++] = world->ends[0].old;
		break;
	default:
		break;
	}
	pass(world, STEP);
}

static void
sessions_come_up_again(struct world *world)
{
	if (world->ends[1].session.state == MCR_LINK_ADMIN_DOWN)
		happen(world, B_LEAVES);
	for (unsigned int i = 0; i < RECOVERY * INTERVAL / STEP; i++)
		happen(world, PATH_IS_GOOD);
	if (!is_mutual(&world->ends[0], &world->ends[1]) ||
		!is_mutual(&world->ends[1], &world->ends[0]))
		fail_world(world, "not up again");
}

static void
run_sequence(unsigned int sequence, const struct world *start)
{
	struct world world = *start;

	for (event_count = 0; event_count < LENGTH; sequence /= EVENTS) {
		events_so_far[event_count++] = sequence % EVENTS;
		happen(&world, sequence % EVENTS);
	}
	sessions_come_up_again(&world);
}

static void
run_all_sequences(const struct world *start)
{
	unsigned int count = 1;

	for (unsigned int i = 0; i < LENGTH; i++)
		count *= EVENTS;
	for (unsigned int sequence = 0; sequence < count; sequence++)
		run_sequence(sequence, start);
}

static struct world
make_world(void)
{
	struct world world = {.now = 1, .random = 1};

	start_end(&world, 0);
	start_end(&world, 1);
	return world;
}

static void
every_sequence_from_the_start_ends_up_with_the_right_peer(void **state)
{
	const struct world world = make_world();

	(void)state;
	run_all_sequences(&world);
}

static void
every_sequence_from_an_established_link_does_so(void **state)
{
	struct world world = make_world();

	(void)state;
	sessions_come_up_again(&world);
	run_all_sequences(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sequence_from_the_start_ends_up_with_the_right_peer),
		cmocka_unit_test(every_sequence_from_an_established_link_does_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
