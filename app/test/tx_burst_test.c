/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Retries on a port that takes no frames: a whole hub with two ports, of which the test drives the
 * second. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <rte_ethdev.h>

#include "control/send.h"
#include "main_loop.h"
#include "test/hub_fixture.h"

#define ALPHA MCR_IPV4(10, 0, 0, 11)
#define GROUP MCR_IPV4(239, 1, 1, 1)

/* Some bursts. */
#define FAR_MEMBERS 96
#define NEAR_MEMBERS 2

/* As in tx_burst.c. */
#define TRIES 64

static struct far {
	unsigned int calls;
	unsigned int refusals; /* number of next calls that take nothing */
	uint16_t takes;        /* per call, at most */
	unsigned int taken;
} far;

static uint16_t
far_tx_burst(void *queue, struct rte_mbuf **frames, uint16_t count)
{
	const uint16_t n = far.refusals != 0 ? 0 : RTE_MIN(count, far.takes);

	RTE_SET_USED(queue);
	far.calls++;
	far.refusals -= far.refusals != 0;
	rte_pktmbuf_free_bulk(frames, n);
	far.taken += n;
	return n;
}

static void
put_member(FILE *out, const char *name, uint8_t net, uint8_t host)
{
	fprintf(out,
		"{\"name\":\"%s-%u\",\"address\":\"10.%u.0.%u\",\"mac\":\"02:00:00:00:%02x:%02x\"}"
		",",
		name, host, net, host, net, host);
}

static char *
write_config(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fputs("{\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/24\"},"
	      "{\"device\":\"net_ring_wire1\",\"address\":\"10.1.0.200/24\"}],\"igmp\":false,"
	      "\"limits\":{\"members\":128,\"groups\":16,\"mbufs\":1024},\"members\":[",
		out);
	for (uint8_t i = 0; i < NEAR_MEMBERS; i++)
		put_member(out, "near", 0, 21 + i);
	for (uint8_t i = 0; i < FAR_MEMBERS; i++)
		put_member(out, "far", 1, 1 + i);
	fputs("{\"name\":\"unresolved\",\"address\":\"10.0.0.12\",\"encap\":\"gre\"},"
	      "{\"name\":\"alpha\",\"address\":\"10.0.0.11\",\"mac\":\"02:00:00:00:00:0b\","
	      "\"role\":\"sender\"}],\"groups\":[{\"group\":\"239.1.1.1\",\"members\":[\"*\"]}]}",
		out);
	fclose(out);
	return text;
}

static int
start_hub(void **state)
{
	char *text = write_config();
	int ret = fixture_start(&(struct hub_fixture){.config = text, .ports = 2, .lcores = 2});

	RTE_SET_USED(state);
	free(text);
	if (ret == 0)
		rte_eth_fp_ops[hub.ports.at[1].id].tx_pkt_burst = far_tx_burst;
	return ret;
}

/* One turn of the worker with packets to all members. @return Frames that the first port sent. */
static unsigned int
run_turn(unsigned int packets)
{
	for (unsigned int i = 0; i < packets; i++)
		fixture_put_on_wire(0, fixture_make_packet(0, ALPHA, GROUP, 0));
	far.calls = far.taken = 0;
	mcr_main_loop_turn(&hub.workers.lcores[1]);
	return fixture_take_sent();
}

static uint64_t
drops_of_far_members(void)
{
	uint64_t drops = 0;

	for (uint32_t id = mcr_member_next(hub.fib.members, MCR_MEMBER_NONE); id != MCR_MEMBER_NONE;
		id = mcr_member_next(hub.fib.members, id)) {
		if (mcr_member_get(hub.fib.members, id)->port == 1)
			drops += hub.workers.lcores[1].members[id].drops;
	}
	return drops;
}

static uint64_t
tx_full(void)
{
	return hub.workers.lcores[1].stats.drops[MCR_DROP_COPY_TX_FULL];
}

static int
reset_far_port(void **state)
{
	RTE_SET_USED(state);
	far = (struct far){.takes = UINT16_MAX};
	run_turn(1);
	assert_int_equal(run_turn(1), NEAR_MEMBERS);
	assert_int_equal(far.taken, FAR_MEMBERS);
	return 0;
}

static void
a_port_that_takes_nothing_is_tried_once_a_turn(void **state)
{
	const uint64_t full = tx_full(), drops = drops_of_far_members();

	RTE_SET_USED(state);
	far.refusals = UINT_MAX;
	assert_int_equal(run_turn(8), 8 * NEAR_MEMBERS);
	assert_in_range(far.calls, TRIES, TRIES + 1);
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(run_turn(8), 8 * NEAR_MEMBERS);
		assert_int_equal(far.calls, 1);
	}
	assert_int_equal(tx_full() - full, 4 * 8 * FAR_MEMBERS);
	assert_int_equal(drops_of_far_members() - drops, 4 * 8 * FAR_MEMBERS);
}

static void
a_queue_that_is_full_for_a_moment_loses_nothing(void **state)
{
	const uint64_t full = tx_full();

	RTE_SET_USED(state);
	for (unsigned int i = 0; i < 3; i++) {
		far.refusals = TRIES - 1;
		assert_int_equal(run_turn(1), NEAR_MEMBERS);
		assert_int_equal(far.taken, FAR_MEMBERS);
	}
	assert_int_equal(tx_full() - full, 0);
}

/* The port drains, so the lcore waits for it. */
static void
a_port_that_takes_one_at_a_time_loses_nothing(void **state)
{
	const uint64_t full = tx_full();

	RTE_SET_USED(state);
	far.takes = 1;
	assert_int_equal(run_turn(4), 4 * NEAR_MEMBERS);
	assert_int_equal(far.taken, 4 * FAR_MEMBERS);
	assert_int_equal(tx_full() - full, 0);
}

static void
the_first_frame_that_a_stuck_port_takes_makes_it_normal(void **state)
{
	uint64_t full;

	RTE_SET_USED(state);
	far.refusals = UINT_MAX;
	run_turn(4);
	run_turn(4);
	assert_int_equal(far.calls, 1);
	full = tx_full();
	far.refusals = 0;
	assert_int_equal(run_turn(4), 4 * NEAR_MEMBERS);
	assert_int_equal(far.taken, 4 * FAR_MEMBERS);
	far.refusals = TRIES - 1;
	run_turn(4);
	assert_int_equal(far.taken, 4 * FAR_MEMBERS);
	assert_int_equal(tx_full() - full, 0);
}

static void
the_control_lcores_frames_do_not_wait_for_it(void **state)
{
	static const uint8_t frame[60] = {2};
	const uint64_t *counts = hub.workers.lcores[1].stats.counts;
	const uint64_t sent = counts[MCR_STAT_TX_CONTROL_PACKETS];
	const uint64_t dropped = counts[MCR_STAT_TX_CONTROL_DROPS];

	RTE_SET_USED(state);
	far.refusals = UINT_MAX;
	for (unsigned int i = 0; i < 3; i++) {
		for (unsigned int j = 0; j < MCR_RX_BURST; j++)
			mcr_send_bytes(hub.control, j % 2, frame, sizeof(frame));
		assert_int_equal(run_turn(0), MCR_RX_BURST / 2);
		assert_in_range(far.calls, 1, i == 0 ? TRIES + 1 : 1);
	}
	assert_int_equal(counts[MCR_STAT_TX_CONTROL_PACKETS] - sent, 3 * MCR_RX_BURST / 2);
	assert_int_equal(counts[MCR_STAT_TX_CONTROL_DROPS] - dropped, 3 * MCR_RX_BURST / 2);
}

static uint64_t
control_drops(void)
{
	return hub.workers.lcores[0].stats.counts[MCR_STAT_TX_CONTROL_DROPS];
}

/* Frames that do not reach a TX lcore. */
static void
the_control_lcores_lost_frames_are_counted(void **state)
{
	static const uint8_t frame[60] = {2};
	struct rte_mbuf *buffers[FIXTURE_BUFFERS];
	const uint64_t before = control_drops();
	unsigned int count = 0;

	RTE_SET_USED(state);
	while (rte_ring_full(hub.rings.inject) == 0)
		mcr_send_bytes(hub.control, 0, frame, sizeof(frame));
	assert_int_equal(control_drops() - before, 0);
	mcr_send_bytes(hub.control, 0, frame, sizeof(frame));
	assert_int_equal(control_drops() - before, 1);
	run_turn(0);

	while ((buffers[count] = rte_pktmbuf_alloc(hub.ports.rx_pools[0])) != NULL)
		assert_true(++count < RTE_DIM(buffers));
	mcr_send_bytes(hub.control, 0, frame, sizeof(frame));
	mcr_send_to_member(hub.control, fixture_member_named("alpha"), frame, sizeof(frame));
	assert_int_equal(control_drops() - before, 3);
	rte_pktmbuf_free_bulk(buffers, count);

	mcr_send_plain(hub.control, fixture_member_named("unresolved"), frame, sizeof(frame));
	mcr_send_to_member(hub.control, fixture_member_named("unresolved"), frame, sizeof(frame));
	assert_int_equal(control_drops() - before, 5);
}

#define TEST(name) cmocka_unit_test_setup(name, reset_far_port)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_port_that_takes_nothing_is_tried_once_a_turn),
		TEST(a_queue_that_is_full_for_a_moment_loses_nothing),
		TEST(a_port_that_takes_one_at_a_time_loses_nothing),
		TEST(the_first_frame_that_a_stuck_port_takes_makes_it_normal),
		TEST(the_control_lcores_frames_do_not_wait_for_it),
		TEST(the_control_lcores_lost_frames_are_counted),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
