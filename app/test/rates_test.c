/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Rates of a whole hub, whose clock is the test's. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rte_cycles.h>

#include "control/poll.h"
#include "control/rates.h"
#include "datapath/counters.h"
#include "datapath/rx.h"
#include "datapath/tx.h"
#include "test/hub_fixture.h"

#define ALPHA MCR_IPV4(10, 0, 0, 11)
#define BETA MCR_IPV4(10, 0, 0, 12)
#define BUSY MCR_IPV4(239, 1, 1, 1)
#define SLOW MCR_IPV4(239, 1, 1, 2)
#define UNKNOWN MCR_IPV4(239, 1, 1, 3)
#define MANY MCR_IPV4(239, 2, 0, 0)
#define MANY_GROUPS 300

#define INNER_BYTES 20
#define FRAME_BYTES (14 + INNER_BYTES)

static const char text[] =
	"{\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/24\"}],"
	"\"limits\":{\"members\":16,\"groups\":512,\"mbufs\":1024},"
	"\"members\":[{\"name\":\"alpha\",\"address\":\"10.0.0.11\",\"mac\":\"02:00:00:00:00:0b\"},"
	"{\"name\":\"beta\",\"address\":\"10.0.0.12\",\"mac\":\"02:00:00:00:00:0c\"},"
	"{\"name\":\"gamma\",\"address\":\"10.0.0.13\",\"mac\":\"02:00:00:00:00:0d\"}],"
	"\"groups\":[{\"group\":\"239.1.1.1\",\"members\":[\"*\"]},"
	"{\"group\":\"239.1.1.2\",\"members\":[\"gamma\"]}]}";

static uint64_t clock_ms;

static uint64_t
pass_a_second(void)
{
	static uint64_t cycles;

	cycles += rte_get_timer_hz();
	return cycles;
}

static void
poll_at(uint64_t ms)
{
	clock_ms = ms;
	mcr_control_poll(hub.control, clock_ms);
	fixture_pass_grace_period();
}

/* Until a sample is over that pauses at each step. */
static void
pass_ms(uint64_t ms)
{
	poll_at(clock_ms + ms);
	for (unsigned int i = 0; i < 200; i++)
		poll_at(clock_ms);
}

static void
send_packets(uint32_t source, uint32_t group, unsigned int count)
{
	struct mcr_lcore *lcore = &hub.workers.lcores[0];

	for (unsigned int i = 0; i < count; i++) {
		fixture_put_on_wire(0, fixture_make_packet(0, source, group, i));
		mcr_rx_poll(lcore, 0);
		mcr_tx_poll(lcore);
		fixture_take_sent();
	}
}

static int
start_hub(void **state)
{
	RTE_SET_USED(state);
	if (fixture_start(&(struct hub_fixture){.config = text, .ports = 1, .lcores = 1}) != 0)
		return -1;
	clock_ms = hub.control->now_ms;
	return 0;
}

/* Nobody has asked for a minute. */
static int
forget_all(void **state)
{
	RTE_SET_USED(state);
	hub.control->read_cycles = fixture_stand_still;
	pass_ms(61000);
	for (unsigned int kind = 0; kind < MCR_RATE_KINDS; kind++) {
		if (mcr_rates_count(hub.control, kind) != 0)
			return -1;
	}
	return 0;
}

static void
begin_to_ask(void)
{
	for (unsigned int kind = 0; kind < MCR_RATE_KINDS; kind++)
		assert_false(mcr_rates_ask(hub.control, kind));
	pass_ms(1);
}

static struct mcr_rate
rate_at(enum mcr_rate_kind kind, uint32_t place)
{
	struct mcr_rate rate;

	assert_true(mcr_rates_ask(hub.control, kind));
	assert_true(place < mcr_rates_count(hub.control, kind));
	assert_true(mcr_rates_get(hub.control, kind, place, &rate));
	return rate;
}

static uint32_t
id_of(uint32_t group)
{
	const struct mcr_group_key key = {.group = group, .length = 32};

	return mcr_group_lookup(hub.fib.groups, &key);
}

static void
assert_rate(enum mcr_rate_kind kind, uint32_t place, uint32_t id, uint32_t pps, uint64_t bps)
{
	const struct mcr_rate rate = rate_at(kind, place);

	assert_int_equal(rate.id, id);
	assert_int_equal(rate.pps, pps);
	assert_int_equal(rate.bps, bps);
}

static void
a_rate_is_what_was_counted_in_a_second(void **state)
{
	const uint32_t alpha = fixture_member_named("alpha"), beta = fixture_member_named("beta"),
		       gamma = fixture_member_named("gamma");

	RTE_SET_USED(state);
	send_packets(ALPHA, BUSY, 99);
	begin_to_ask();
	send_packets(ALPHA, SLOW, 3);
	send_packets(BETA, BUSY, 10);
	pass_ms(1000);
	assert_int_equal(mcr_rates_count(hub.control, MCR_RATE_GROUP), 2);
	assert_rate(MCR_RATE_GROUP, 0, id_of(BUSY), 10, 10 * INNER_BYTES * 8);
	assert_rate(MCR_RATE_GROUP, 1, id_of(SLOW), 3, 3 * INNER_BYTES * 8);
	assert_int_equal(mcr_rates_count(hub.control, MCR_RATE_SENDER), 2);
	assert_rate(MCR_RATE_SENDER, 0, beta, 10, 10 * INNER_BYTES * 8);
	assert_rate(MCR_RATE_SENDER, 1, alpha, 3, 3 * INNER_BYTES * 8);
	assert_int_equal(mcr_rates_count(hub.control, MCR_RATE_MEMBER), 2);
	assert_rate(MCR_RATE_MEMBER, 0, gamma, 13, 13 * FRAME_BYTES * 8);
	assert_rate(MCR_RATE_MEMBER, 1, alpha, 10, 10 * FRAME_BYTES * 8);
}

static void
put_packet(uint32_t source, uint32_t group, uint16_t payload)
{
	struct rte_mbuf *frame = fixture_make_frame(0, source);

	fixture_append_ipv4(frame, source, group, FIXTURE_PROTOCOL, payload, 1);
	memset(rte_pktmbuf_append(frame, payload), 0, payload);
	fixture_put_on_wire(0, frame);
}

static void
assert_received(const char *name, const struct mcr_member_counts *before, uint64_t packets,
	uint64_t payload)
{
	const struct mcr_member_counts now =
		mcr_counters_of_member(&hub.workers, fixture_member_named(name));

	assert_int_equal(now.rx_packets - before->rx_packets, packets);
	assert_int_equal(now.rx_bytes - before->rx_bytes, packets * INNER_BYTES + payload);
}

static void
each_sender_of_a_burst_has_its_own_packets_and_bytes(void **state)
{
	const struct mcr_member_counts alpha = mcr_counters_of_member(
					       &hub.workers, fixture_member_named("alpha")),
				       beta = mcr_counters_of_member(
					       &hub.workers, fixture_member_named("beta")),
				       gamma = mcr_counters_of_member(
					       &hub.workers, fixture_member_named("gamma"));

	RTE_SET_USED(state);
	put_packet(ALPHA, BUSY, 1);
	put_packet(ALPHA, SLOW, 20);
	put_packet(BETA, BUSY, 300);
	put_packet(ALPHA, SLOW, 1000);
	put_packet(ALPHA, UNKNOWN, 400);
	mcr_rx_poll(&hub.workers.lcores[0], 0);
	mcr_tx_poll(&hub.workers.lcores[0]);
	fixture_take_sent();
	assert_received("alpha", &alpha, 4, 1421);
	assert_received("beta", &beta, 1, 300);
	assert_received("gamma", &gamma, 0, 0);
}

static void
a_longer_interval_divides_the_count_and_rounds_up(void **state)
{
	RTE_SET_USED(state);
	begin_to_ask();
	send_packets(ALPHA, BUSY, 9);
	pass_ms(2000);
	assert_rate(MCR_RATE_GROUP, 0, id_of(BUSY), 5, 9 * INNER_BYTES * 8 / 2);
}

static void
the_peak_stays_when_a_stream_ends(void **state)
{
	RTE_SET_USED(state);
	begin_to_ask();
	send_packets(ALPHA, BUSY, 7);
	pass_ms(1000);
	send_packets(ALPHA, BUSY, 2);
	pass_ms(1000);
	pass_ms(1000);
	assert_rate(MCR_RATE_GROUP, 0, id_of(BUSY), 0, 0);
	assert_int_equal(rate_at(MCR_RATE_GROUP, 0).peak_pps, 7);
	assert_int_equal(mcr_rates_times(hub.control, MCR_RATE_GROUP).since_ms, 3000);
	assert_int_equal(mcr_rates_times(hub.control, MCR_RATE_GROUP).age_ms, 0);
}

static void
rates_begin_anew_when_nobody_asked_for_a_minute(void **state)
{
	begin_to_ask();
	send_packets(ALPHA, BUSY, 7);
	pass_ms(1000);
	assert_int_equal(mcr_rates_count(hub.control, MCR_RATE_GROUP), 1);
	pass_ms(59000);
	assert_int_equal(forget_all(state), 0);
	send_packets(ALPHA, BUSY, 50);
	begin_to_ask();
	pass_ms(1000);
	assert_true(mcr_rates_ask(hub.control, MCR_RATE_GROUP));
	assert_int_equal(mcr_rates_count(hub.control, MCR_RATE_GROUP), 0);
}

static void
one_kind_is_kept_without_the_others(void **state)
{
	RTE_SET_USED(state);
	assert_false(mcr_rates_ask(hub.control, MCR_RATE_SENDER));
	pass_ms(1);
	send_packets(ALPHA, BUSY, 7);
	pass_ms(1000);
	assert_rate(MCR_RATE_SENDER, 0, fixture_member_named("alpha"), 7, 7 * INNER_BYTES * 8);
	assert_int_equal(mcr_rates_count(hub.control, MCR_RATE_GROUP), 0);
	assert_int_equal(mcr_rates_times(hub.control, MCR_RATE_GROUP).since_ms, 0);
}

static uint32_t
join(uint32_t group)
{
	const struct mcr_group_key key = {.group = group, .length = 32};
	const struct mcr_receiver receiver = {BETA, fixture_member_named("beta")};

	assert_int_equal(mcr_group_add(hub.fib.groups, &key, receiver, MCR_ORIGIN_RUNTIME), 0);
	assert_int_equal(mcr_fib_commit_groups(&hub.fib), 0);
	return id_of(group);
}

static void
leave(uint32_t group)
{
	const struct mcr_group_key key = {.group = group, .length = 32};

	assert_int_equal(mcr_group_remove(hub.fib.groups, &key, fixture_member_named("beta"),
				 MCR_ORIGIN_RUNTIME),
		0);
	assert_int_equal(mcr_fib_commit_groups(&hub.fib), 0);
	fixture_pass_grace_period();
}

static void
a_group_that_is_gone_leaves_its_rate_to_nobody(void **state)
{
	struct mcr_rate rate;
	uint32_t id;

	RTE_SET_USED(state);
	id = join(MANY);
	begin_to_ask();
	send_packets(ALPHA, MANY, 7);
	pass_ms(1000);
	assert_rate(MCR_RATE_GROUP, 0, id, 7, 7 * INNER_BYTES * 8);
	leave(MANY);
	assert_false(mcr_rates_get(hub.control, MCR_RATE_GROUP, 0, &rate));
	/* Until the id has another owner. */
	for (uint32_t i = 1; join(MANY + i) != id; i++)
		assert_true(i < MANY_GROUPS);
	assert_false(mcr_rates_get(hub.control, MCR_RATE_GROUP, 0, &rate));
	pass_ms(1000);
	assert_int_equal(mcr_rates_count(hub.control, MCR_RATE_GROUP), 0);
	for (uint32_t i = 1; i <= MANY_GROUPS && id_of(MANY + i) != MCR_GROUP_NONE; i++)
		leave(MANY + i);
}

/* As the data path: each lcore counts for the owner of the id. */
static void
count_packets(uint32_t group, uint32_t packets)
{
	const struct mcr_group_ref ref = mcr_group_ref_of(hub.fib.groups, group);
	struct mcr_group_counters *counters = &hub.workers.lcores[0].groups[group];

	if ((uint32_t)counters->generation != ref.generation)
		mcr_group_counters_reset(counters, ref.generation);
	mcr_stats_add(&counters->packets, packets);
}

static uint32_t
packets_of(uint32_t i)
{
	return i * 2654435761U % 7 == 0 ? 5 : i * 2654435761U % 100000 + 1;
}

static void
assert_all_in_order(void)
{
	struct mcr_rate before = {.pps = UINT32_MAX};
	uint64_t sum = 0, expected = 0;

	assert_int_equal(mcr_rates_count(hub.control, MCR_RATE_GROUP), MANY_GROUPS);
	for (uint32_t i = 0; i < MANY_GROUPS; i++) {
		const struct mcr_rate rate = rate_at(MCR_RATE_GROUP, i);

		assert_true(
			rate.pps < before.pps || (rate.pps == before.pps && rate.id > before.id));
		sum += rate.pps;
		expected += packets_of(i);
		before = rate;
	}
	assert_int_equal(sum, expected);
}

static void
the_highest_come_first_however_often_a_sample_pauses(void **state)
{
	RTE_SET_USED(state);
	for (uint32_t i = 0; i < MANY_GROUPS; i++)
		join(MANY + i);
	for (unsigned int paused = 0; paused < 2; paused++) {
		hub.control->read_cycles = paused ? pass_a_second : fixture_stand_still;
		begin_to_ask();
		for (uint32_t i = 0; i < MANY_GROUPS; i++)
			count_packets(id_of(MANY + i), packets_of(i));
		pass_ms(1000);
		assert_all_in_order();
		assert_int_equal(forget_all(state), 0);
	}
	for (uint32_t i = 0; i < MANY_GROUPS; i++)
		leave(MANY + i);
}

static unsigned int
turns_of_a_sample(void)
{
	unsigned int turns = 0;

	assert_false(mcr_rates_ask(hub.control, MCR_RATE_GROUP));
	while (mcr_rates_times(hub.control, MCR_RATE_GROUP).age_ms == 0) {
		poll_at(clock_ms + 1);
		assert_true(turns++ < 100);
	}
	return turns;
}

/* After each 64 entries. */
static void
a_sample_of_many_pauses(void **state)
{
	unsigned int few, many;

	hub.control->read_cycles = pass_a_second;
	few = turns_of_a_sample();
	assert_int_equal(forget_all(state), 0);
	for (uint32_t i = 0; i < MANY_GROUPS; i++)
		join(MANY + i);
	hub.control->read_cycles = pass_a_second;
	many = turns_of_a_sample();
	assert_true(many >= few + MANY_GROUPS / 64);
	for (uint32_t i = 0; i < MANY_GROUPS; i++)
		leave(MANY + i);
}

static void
a_sample_waits_for_who_reads_pages_but_not_for_ever(void **state)
{
	uint64_t waited = 0;

	RTE_SET_USED(state);
	begin_to_ask();
	pass_ms(1000);
	send_packets(ALPHA, BUSY, 7);
	pass_ms(900);
	mcr_rates_note_page(hub.control, MCR_RATE_GROUP, true);
	pass_ms(400);
	assert_int_equal(mcr_rates_count(hub.control, MCR_RATE_GROUP), 0);
	mcr_rates_note_page(hub.control, MCR_RATE_GROUP, false);
	pass_ms(0);
	assert_int_equal(mcr_rates_count(hub.control, MCR_RATE_GROUP), 1);
	while (rate_at(MCR_RATE_GROUP, 0).pps != 0) {
		mcr_rates_note_page(hub.control, MCR_RATE_GROUP, true);
		pass_ms(100);
		waited += 100;
		assert_true(waited <= 3000);
	}
	assert_int_equal(waited, 3000);
	pass_ms(1500);
	assert_int_equal(mcr_rates_times(hub.control, MCR_RATE_GROUP).age_ms, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_rate_is_what_was_counted_in_a_second, forget_all),
		cmocka_unit_test(each_sender_of_a_burst_has_its_own_packets_and_bytes),
		cmocka_unit_test_setup(
			a_longer_interval_divides_the_count_and_rounds_up, forget_all),
		cmocka_unit_test_setup(the_peak_stays_when_a_stream_ends, forget_all),
		cmocka_unit_test_setup(rates_begin_anew_when_nobody_asked_for_a_minute, forget_all),
		cmocka_unit_test_setup(one_kind_is_kept_without_the_others, forget_all),
		cmocka_unit_test_setup(a_group_that_is_gone_leaves_its_rate_to_nobody, forget_all),
		cmocka_unit_test_setup(
			the_highest_come_first_however_often_a_sample_pauses, forget_all),
		cmocka_unit_test_setup(a_sample_of_many_pauses, forget_all),
		cmocka_unit_test_setup(
			a_sample_waits_for_who_reads_pages_but_not_for_ever, forget_all),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
