/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Retries on a port that takes no frames: a whole hub with two ports, of which the test drives the
 * second. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rte_ethdev.h>

#include "control/send.h"
#include "datapath/tx_hold.h"
#include "datapath/tx_shed.h"
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
	unsigned int pauses_at; /* refuses a burst's tries after so many; 0: never */
	/* The control lcore's frames. */
	uint32_t injected;
	uint32_t came;
	unsigned int wrong; /* out of order */
} far;

/* IEEE 802: for experiments. */
#define OWN_TYPE 0x88b5

struct own_frame {
	struct rte_ether_hdr ethernet;
	uint32_t number;
	uint8_t padding[42];
} __rte_packed __rte_aligned(2);

_Static_assert(sizeof(struct own_frame) == RTE_ETHER_MIN_LEN - RTE_ETHER_CRC_LEN, "");

static void
check_order(const struct rte_mbuf *frame)
{
	const struct own_frame *own = rte_pktmbuf_mtod(frame, const struct own_frame *);

	if (own->ethernet.ether_type != RTE_BE16(OWN_TYPE))
		return;
	far.wrong += own->number < far.came;
	far.came = own->number + 1;
}

static uint16_t
far_tx_burst(void *queue, struct rte_mbuf **frames, uint16_t count)
{
	const uint16_t n = far.refusals != 0 ? 0 : RTE_MIN(count, far.takes);

	RTE_SET_USED(queue);
	far.calls++;
	far.refusals -= far.refusals != 0;
	for (uint16_t i = 0; i < n; i++)
		check_order(frames[i]);
	rte_pktmbuf_free_bulk(frames, n);
	far.taken += n;
	if (far.pauses_at != 0 && far.taken >= far.pauses_at) {
		far.pauses_at = 0;
		far.refusals = TRIES;
	}
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
	int ret = fixture_start(&(struct hub_fixture){
		.config = text, .ports = 2, .lcores = 2, .log_level = RTE_LOG_WARNING});

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
			drops += hub.workers.lcores[1].member_drops[id];
	}
	return drops;
}

static uint64_t
tx_full(void)
{
	return hub.workers.lcores[1].stats.drops[MCR_DROP_COPY_TX_FULL];
}

static uint64_t
shed(void)
{
	return hub.workers.lcores[1].stats.drops[MCR_DROP_COPY_SHED];
}

/* Of the second port. */
static void
set_allowance(uint64_t pps)
{
	hub.config->ports[1].allowance.pps = pps;
	mcr_tx_shed_configure(&hub.workers, &hub.ports, hub.config);
}

static int
reset_far_port(void **state)
{
	RTE_SET_USED(state);
	set_allowance(0);
	far = (struct far){.takes = UINT16_MAX};
	while (rte_ring_empty(hub.rings.inject) == 0)
		run_turn(0);
	run_turn(1);
	assert_int_equal(run_turn(1), NEAR_MEMBERS);
	assert_int_equal(far.taken, FAR_MEMBERS);
	far.came = far.wrong = 0;
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

static uint64_t
injected(enum mcr_stat stat)
{
	return hub.workers.lcores[1].stats.counts[stat];
}

static void
inject(uint16_t port, unsigned int count)
{
	struct own_frame frame = {.ethernet.ether_type = RTE_BE16(OWN_TYPE)};

	while (count-- > 0) {
		if (port == 1)
			frame.number = far.injected++;
		mcr_send_bytes(hub.control, port, &frame, sizeof(frame));
	}
}

static void
the_control_lcores_frames_wait_in_order_for_a_full_port(void **state)
{
	const uint64_t sent = injected(MCR_STAT_TX_CONTROL_PACKETS);
	const uint64_t dropped = injected(MCR_STAT_TX_CONTROL_DROPS);

	RTE_SET_USED(state);
	far.refusals = UINT_MAX;
	/* The second time they go round the end of the ring. */
	for (unsigned int i = 0; i < 2; i++) {
		inject(1, MCR_TX_HOLD_FRAMES - MCR_RX_BURST);
		for (unsigned int turn = 0; turn < 8; turn++)
			assert_int_equal(run_turn(0), 0);
		assert_int_equal(injected(MCR_STAT_TX_CONTROL_PACKETS) - sent, far.came);
		far.refusals = 0;
		far.takes = 7;
		far.pauses_at = 70;
		inject(1, 20);
		run_turn(0);
		assert_in_range(far.taken, 70, 77);
		run_turn(0);
		far.refusals = UINT_MAX;
	}
	assert_int_equal(injected(MCR_STAT_TX_CONTROL_PACKETS) - sent, far.injected);
	assert_int_equal(far.came, far.injected);
	assert_int_equal(far.wrong, 0);
	assert_int_equal(injected(MCR_STAT_TX_CONTROL_DROPS) - dropped, 0);
}

static void
a_stuck_port_holds_up_no_frames_of_others(void **state)
{
	const uint64_t sent = injected(MCR_STAT_TX_CONTROL_PACKETS);

	RTE_SET_USED(state);
	far.refusals = UINT_MAX;
	for (unsigned int i = 0; i < 100; i++) {
		inject(1, MCR_RX_BURST / 2);
		inject(0, MCR_RX_BURST / 2);
		assert_int_equal(run_turn(0), MCR_RX_BURST / 2);
		assert_in_range(far.calls, 1, i == 0 ? TRIES + 1 : 1);
	}
	assert_int_equal(injected(MCR_STAT_TX_CONTROL_PACKETS) - sent, 100 * MCR_RX_BURST / 2);
}

static void
a_stuck_port_keeps_the_oldest_and_the_others_are_counted(void **state)
{
	const uint64_t dropped = injected(MCR_STAT_TX_CONTROL_DROPS);

	RTE_SET_USED(state);
	far.refusals = UINT_MAX;
	inject(1, 3 * MCR_TX_HOLD_FRAMES);
	for (unsigned int turn = 0; turn < 16; turn++)
		run_turn(0);
	assert_int_equal(injected(MCR_STAT_TX_CONTROL_DROPS) - dropped, 2 * MCR_TX_HOLD_FRAMES);
	far.refusals = 0;
	run_turn(0);
	assert_int_equal(far.came, MCR_TX_HOLD_FRAMES);
	assert_int_equal(far.wrong, 0);
}

static void
a_port_beyond_its_allowance_gets_no_copies(void **state)
{
	const uint64_t before = shed(), full = tx_full(), drops = drops_of_far_members();

	RTE_SET_USED(state);
	set_allowance(1);
	assert_int_equal(run_turn(4), 4 * NEAR_MEMBERS);
	assert_in_range(far.taken, 1, 2);
	assert_int_equal(far.taken + shed() - before, 4 * FAR_MEMBERS);
	assert_int_equal(drops_of_far_members() - drops, shed() - before);
	assert_int_equal(tx_full(), full);
	set_allowance(0);
	run_turn(4);
	assert_int_equal(far.taken, 4 * FAR_MEMBERS);
}

static void
the_control_lcores_frames_leave_beyond_the_allowance(void **state)
{
	RTE_SET_USED(state);
	set_allowance(1);
	run_turn(1);
	far.injected = 0;
	inject(1, 10);
	run_turn(0);
	assert_int_equal(far.came, 10);
}

/* Else it would lose copies long after it is well again. */
static void
a_stuck_port_owes_nothing_for_what_it_refuses(void **state)
{
	const uint64_t before = shed(), full = tx_full();

	RTE_SET_USED(state);
	set_allowance(1000000);
	far.refusals = UINT_MAX;
	inject(1, 10);
	for (unsigned int turn = 0; turn < 1000; turn++)
		run_turn(1);
	assert_int_equal(tx_full() - full, 1000 * FAR_MEMBERS);
	far.refusals = 0;
	run_turn(1);
	assert_int_equal(far.taken, 10 + FAR_MEMBERS);
	assert_int_equal(shed(), before);
}

/* As queries do, see membership.c. */
static void
frames_that_there_is_room_for_are_not_lost(void **state)
{
	const uint64_t dropped = injected(MCR_STAT_TX_CONTROL_DROPS);

	RTE_SET_USED(state);
	far.refusals = UINT_MAX;
	for (unsigned int turn = 0; turn < 100; turn++) {
		while (mcr_tx_hold_room(&hub.workers, &hub.rings, 1) != 0)
			inject(1, 1);
		run_turn(0);
	}
	assert_in_range(far.injected, 64, MCR_TX_HOLD_FRAMES);
	assert_true(mcr_tx_hold_room(&hub.workers, &hub.rings, 0) > 0);
	/* Whoever does not ask comes later. */
	inject(1, MCR_TX_HOLD_FRAMES);
	far.refusals = 0;
	for (unsigned int turn = 0; turn < 8; turn++)
		run_turn(0);
	assert_int_equal(far.came, far.injected);
	assert_int_equal(far.wrong, 0);
	assert_int_equal(injected(MCR_STAT_TX_CONTROL_DROPS) - dropped, 0);
	assert_true(mcr_tx_hold_room(&hub.workers, &hub.rings, 1) > 0);
}

static void
no_frame_waits_for_a_port_that_is_away(void **state)
{
	const uint64_t dropped = injected(MCR_STAT_TX_CONTROL_DROPS);

	RTE_SET_USED(state);
	far.refusals = UINT_MAX;
	inject(1, 3);
	run_turn(0);
	assert_int_equal(injected(MCR_STAT_TX_CONTROL_DROPS) - dropped, 0);
	hub.ports.at[1].is_away = true;
	inject(1, 4);
	run_turn(0);
	assert_int_equal(injected(MCR_STAT_TX_CONTROL_DROPS) - dropped, 7);
	assert_int_equal(far.calls, 0);
	hub.ports.at[1].is_away = false;
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

/* What is not returned at the end is logged. */
static int
end_hub(void **state)
{
	static char text[4096];
	FILE *stream = fmemopen(text, sizeof(text), "w");
	int ret;

	far.refusals = UINT_MAX;
	inject(1, 5);
	while (rte_ring_empty(hub.rings.inject) == 0)
		run_turn(0);
	rte_openlog_stream(stream);
	ret = fixture_end(state);
	fflush(stream);
	return ret != 0 || strstr(text, "not returned") != NULL;
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
		TEST(the_control_lcores_frames_wait_in_order_for_a_full_port),
		TEST(a_stuck_port_holds_up_no_frames_of_others),
		TEST(a_stuck_port_keeps_the_oldest_and_the_others_are_counted),
		TEST(a_port_beyond_its_allowance_gets_no_copies),
		TEST(the_control_lcores_frames_leave_beyond_the_allowance),
		TEST(a_stuck_port_owes_nothing_for_what_it_refuses),
		TEST(frames_that_there_is_room_for_are_not_lost),
		TEST(no_frame_waits_for_a_port_that_is_away),
		TEST(the_control_lcores_lost_frames_are_counted),
	};

	return cmocka_run_group_tests(tests, start_hub, end_hub);
}
