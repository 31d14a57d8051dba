/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "mcr_link.h"

#define INTERVAL 50000
#define PEER_INTERVAL 20000
#define START 1000000

static const struct mcr_link_self self = {
	.discriminator = 0x11111111,
	.interval = INTERVAL,
	.multiplier = 3,
	.epoch = 0xaaaaaaaaaaaaaaaa,
};

static const struct mcr_link_hello of_peer = {
	.state = MCR_LINK_DOWN,
	.multiplier = 4,
	.my_discriminator = 0x22222222,
	.your_discriminator = 0x11111111,
	.interval = PEER_INTERVAL,
	.epoch = 0xbbbbbbbbbbbbbbbb,
};

#define DETECTION (4 * PEER_INTERVAL)

static struct mcr_link_session session;

static int
set_up_session(void **state)
{
	(void)state;
	mcr_session_begin(&session, &self, START);
	return 0;
}

static unsigned int
receive(enum mcr_link_state state, uint64_t now)
{
	struct mcr_link_hello hello = of_peer;

	hello.state = state;
	return mcr_session_receive(&session, &hello, now);
}

static void
bring_up(uint64_t now)
{
	receive(MCR_LINK_INIT, now);
	assert_int_equal(session.state, MCR_LINK_UP);
	assert_int_equal(mcr_session_run(&session, now, 0), MCR_LINK_SEND_HELLO);
}

static void
a_session_begins_down_with_a_hello(void **state)
{
	struct mcr_link_hello hello;

	(void)state;
	assert_int_equal(session.state, MCR_LINK_DOWN);
	assert_int_equal(mcr_session_next(&session), START);
	assert_int_equal(mcr_session_run(&session, START, 0), MCR_LINK_SEND_HELLO);
	hello = mcr_session_hello(&session);
	assert_int_equal(hello.state, MCR_LINK_DOWN);
	assert_int_equal(hello.multiplier, 3);
	assert_int_equal(hello.interval, INTERVAL);
	assert_int_equal(hello.my_discriminator, 0x11111111);
	assert_int_equal(hello.your_discriminator, 0);
	assert_true(hello.epoch == self.epoch);
}

/* RFC 5880 6.2, and 6.8.6 for admin down: rows are this end's state, columns the peer's. */
static void
the_state_follows_the_peers_as_rfc_5880_says(void **state)
{
	static const enum mcr_link_state follows[4][4] = {
		{MCR_LINK_ADMIN_DOWN, MCR_LINK_ADMIN_DOWN, MCR_LINK_ADMIN_DOWN,
			MCR_LINK_ADMIN_DOWN},
		{MCR_LINK_DOWN, MCR_LINK_INIT, MCR_LINK_UP, MCR_LINK_DOWN},
		{MCR_LINK_DOWN, MCR_LINK_INIT, MCR_LINK_UP, MCR_LINK_UP},
		{MCR_LINK_DOWN, MCR_LINK_DOWN, MCR_LINK_UP, MCR_LINK_UP},
	};

	(void)state;
	for (unsigned int before = 0; before < 4; before++) {
		for (unsigned int remote = 0; remote < 4; remote++) {
			const enum mcr_link_state after = follows[before][remote];
			unsigned int expected = 0;

			if (before != MCR_LINK_UP && after == MCR_LINK_UP)
				expected = MCR_LINK_WENT_UP;
			if (before == MCR_LINK_UP && after != MCR_LINK_UP)
				expected = MCR_LINK_WENT_DOWN;
			set_up_session(NULL);
			session.state = before;
			assert_int_equal(receive(remote, START + 7), expected);
			assert_int_equal(session.state, after);
			assert_int_equal(session.hellos, 1);
			assert_int_equal(session.changed, expected != 0 ? START + 7 : START);
		}
	}
}

static void
assert_discarded(struct mcr_link_hello hello)
{
	const struct mcr_link_session before = session;

	assert_int_equal(mcr_session_receive(&session, &hello, START + 9), MCR_LINK_DISCARDED);
	assert_int_equal(session.discarded, before.discarded + 1);
	session.discarded--;
	assert_memory_equal(&session, &before, sizeof(session));
}

#define DISCARD(field, value)                          \
	do {                                           \
		struct mcr_link_hello wrong = of_peer; \
		wrong.field = value;                   \
		assert_discarded(wrong);               \
	} while (0)

/* RFC 5880 6.8.6. */
static void
a_hello_with_a_wrong_field_is_counted_and_changes_nothing(void **state)
{
	(void)state;
	DISCARD(multiplier, 0);
	DISCARD(my_discriminator, 0);
	DISCARD(your_discriminator, 0x11111112);
	DISCARD(interval, 0);
	DISCARD(epoch, 0);
	for (unsigned int above = MCR_LINK_UP + 1; above <= UINT8_MAX; above++)
		DISCARD(state, above);
}

static void
a_peer_that_does_not_know_this_end_can_only_be_down(void **state)
{
	struct mcr_link_hello hello = of_peer;

	(void)state;
	hello.your_discriminator = 0;
	for (unsigned int remote = MCR_LINK_INIT; remote <= MCR_LINK_UP; remote++) {
		hello.state = remote;
		assert_discarded(hello);
	}
	hello.state = MCR_LINK_ADMIN_DOWN;
	assert_int_equal(mcr_session_receive(&session, &hello, START), 0);
	assert_int_equal(session.state, MCR_LINK_DOWN);
	hello.state = MCR_LINK_DOWN;
	assert_int_equal(mcr_session_receive(&session, &hello, START), 0);
	assert_int_equal(session.state, MCR_LINK_INIT);
}

static void
the_peers_interval_times_its_multiplier_is_the_detection_time(void **state)
{
	(void)state;
	bring_up(START);
	receive(MCR_LINK_UP, START + 1000);
	assert_int_equal(
		mcr_session_run(&session, START + 1000 + DETECTION - 1, 0) & MCR_LINK_WENT_DOWN, 0);
	assert_int_equal(session.state, MCR_LINK_UP);
	assert_true(mcr_session_next(&session) <= START + 1000 + DETECTION);
	assert_true((mcr_session_run(&session, START + 1000 + DETECTION, 0) &
			    (MCR_LINK_WENT_DOWN | MCR_LINK_SEND_HELLO)) ==
		    (MCR_LINK_WENT_DOWN | MCR_LINK_SEND_HELLO));
	assert_int_equal(session.state, MCR_LINK_DOWN);
	assert_int_equal(session.changed, START + 1000 + DETECTION);
	assert_true(session.peer_epoch == of_peer.epoch);
}

/* By which it knows when peers that hear nothing have given it up. */
static void
a_session_knows_how_long_peers_wait_for_it(void **state)
{
	(void)state;
	assert_int_equal(mcr_session_detection_time(&session.self),
		session.self.interval * session.self.multiplier);
	session.self.interval = 1;
	assert_int_equal(mcr_session_detection_time(&session.self), MCR_LINK_DETECTION_MIN);
}

/* RFC 5880 6.8.1: the discriminator of a silent peer is forgotten in any state. */
static void
a_silent_peer_has_no_discriminator(void **state)
{
	(void)state;
	receive(MCR_LINK_DOWN, START);
	assert_int_equal(session.state, MCR_LINK_INIT);
	assert_int_equal(mcr_session_hello(&session).your_discriminator, 0x22222222);
	assert_int_equal(mcr_session_run(&session, START + DETECTION, 0) & MCR_LINK_WENT_DOWN, 0);
	assert_int_equal(session.state, MCR_LINK_DOWN);
	assert_int_equal(mcr_session_hello(&session).your_discriminator, 0);
}

static uint64_t
detection_of(uint32_t interval, uint8_t multiplier)
{
	struct mcr_link_hello hello = of_peer;

	hello.interval = interval;
	hello.multiplier = multiplier;
	mcr_session_receive(&session, &hello, START);
	return session.detect_at - START;
}

static void
a_detection_time_has_bounds(void **state)
{
	(void)state;
	assert_int_equal(detection_of(1, 1), MCR_LINK_DETECTION_MIN);
	assert_int_equal(detection_of(1000, 3), MCR_LINK_DETECTION_MIN);
	assert_int_equal(detection_of(1001, 3), 3003);
	assert_int_equal(detection_of(100000, 100), 10000000);
	assert_int_equal(detection_of(100001, 100), MCR_LINK_DETECTION_MAX);
	assert_int_equal(detection_of(UINT32_MAX, UINT8_MAX), MCR_LINK_DETECTION_MAX);
}

static void
assert_interval(uint32_t random, uint32_t interval)
{
	const uint64_t now = session.send_at;

	assert_int_equal(mcr_session_run(&session, now - 1, random), 0);
	assert_int_equal(mcr_session_run(&session, now, random), MCR_LINK_SEND_HELLO);
	assert_int_equal(session.send_at, now + interval);
}

/* RFC 5880 6.8.7. */
static void
intervals_are_shorter_by_up_to_a_quarter(void **state)
{
	(void)state;
	assert_interval(0, INTERVAL);
	assert_interval(UINT32_C(1) << 31, INTERVAL * 7 / 8);
	assert_interval(UINT32_MAX, INTERVAL * 3 / 4 + 1);
	session.self.multiplier = 1;
	assert_interval(0, INTERVAL * 9 / 10);
	assert_interval(UINT32_MAX, INTERVAL * 3 / 4 + 1);
	session.self.interval = 1;
	assert_interval(UINT32_MAX, 1);
}

/* After a delay: one, not all that are overdue. */
static void
a_delayed_caller_sends_one_hello(void **state)
{
	(void)state;
	assert_int_equal(mcr_session_run(&session, START + 10 * INTERVAL, 0), MCR_LINK_SEND_HELLO);
	assert_int_equal(mcr_session_run(&session, START + 10 * INTERVAL, 0), 0);
	assert_int_equal(mcr_session_next(&session), START + 11 * INTERVAL);
}

static void
the_peer_learns_of_a_change_at_once(void **state)
{
	(void)state;
	mcr_session_run(&session, START, 0);
	receive(MCR_LINK_DOWN, START + 5);
	assert_int_equal(mcr_session_next(&session), START + 5);
	assert_int_equal(mcr_session_run(&session, START + 5, 0), MCR_LINK_SEND_HELLO);
	receive(MCR_LINK_DOWN, START + 6);
	assert_int_equal(mcr_session_run(&session, START + 6, 0), 0);
}

static void
check_restart(const struct mcr_link_hello *restarted)
{
	set_up_session(NULL);
	bring_up(START);
	assert_int_equal(mcr_session_receive(&session, restarted, START + 10), MCR_LINK_WENT_DOWN);
	assert_int_equal(session.state, MCR_LINK_INIT);
	assert_true(session.peer_epoch == restarted->epoch);
	assert_int_equal(
		mcr_session_hello(&session).your_discriminator, restarted->my_discriminator);
}

static void
a_peer_that_restarted_goes_down_first(void **state)
{
	struct mcr_link_hello other_epoch = of_peer, other_discriminator = of_peer;

	(void)state;
	other_epoch.epoch++;
	check_restart(&other_epoch);
	other_discriminator.my_discriminator++;
	check_restart(&other_discriminator);
	other_epoch.state = MCR_LINK_INIT;
	set_up_session(NULL);
	bring_up(START);
	assert_int_equal(mcr_session_receive(&session, &other_epoch, START + 10),
		MCR_LINK_WENT_DOWN | MCR_LINK_WENT_UP);
	assert_int_equal(session.state, MCR_LINK_UP);
}

static void
a_disabled_session_says_so_and_stays_down(void **state)
{
	(void)state;
	bring_up(START);
	assert_int_equal(mcr_session_disable(&session, true, START + 5), MCR_LINK_WENT_DOWN);
	assert_int_equal(mcr_session_disable(&session, true, START + 5), 0);
	assert_int_equal(mcr_session_run(&session, START + 5, 0), MCR_LINK_SEND_HELLO);
	assert_int_equal(mcr_session_hello(&session).state, MCR_LINK_ADMIN_DOWN);
	receive(MCR_LINK_INIT, START + 6);
	mcr_session_run(&session, START + 6 + DETECTION, 0);
	assert_int_equal(session.state, MCR_LINK_ADMIN_DOWN);
	assert_int_equal(mcr_session_disable(&session, false, START + 7 + DETECTION), 0);
	receive(MCR_LINK_INIT, START + 8 + DETECTION);
	assert_int_equal(session.state, MCR_LINK_UP);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up_session)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_session_begins_down_with_a_hello),
		TEST(the_state_follows_the_peers_as_rfc_5880_says),
		TEST(a_hello_with_a_wrong_field_is_counted_and_changes_nothing),
		TEST(a_peer_that_does_not_know_this_end_can_only_be_down),
		TEST(the_peers_interval_times_its_multiplier_is_the_detection_time),
		TEST(a_session_knows_how_long_peers_wait_for_it),
		TEST(a_silent_peer_has_no_discriminator),
		TEST(a_detection_time_has_bounds),
		TEST(intervals_are_shorter_by_up_to_a_quarter),
		TEST(a_delayed_caller_sends_one_hello),
		TEST(the_peer_learns_of_a_change_at_once),
		TEST(a_peer_that_restarted_goes_down_first),
		TEST(a_disabled_session_says_so_and_stays_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
