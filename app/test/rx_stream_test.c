/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Which member sends to which group, as a whole hub of one lcore notes it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rte_cycles.h>

#include "datapath/counters.h"
#include "datapath/rx.h"
#include "datapath/rx_stream.h"
#include "datapath/tx.h"
#include "test/hub_fixture.h"

#define ALPHA MCR_IPV4(10, 0, 0, 11)
#define BETA MCR_IPV4(10, 0, 0, 12)
#define GAMMA MCR_IPV4(10, 0, 0, 13)
#define SILENT MCR_IPV4(10, 0, 0, 14)
#define FIRST MCR_IPV4(239, 1, 1, 1)
#define SECOND MCR_IPV4(239, 1, 1, 2)
#define ALPHAS_OWN MCR_IPV4(239, 1, 1, 3)
#define UNKNOWN MCR_IPV4(239, 9, 9, 9)
#define MANY MCR_IPV4(239, 2, 0, 0)

#define INNER_BYTES 20
#define PAYLOAD 80

#define CONFIG(member)                                                                  \
	"{\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/24\"}],"    \
	"\"limits\":{\"members\":8,\"groups\":16,\"mbufs\":2048},"                      \
	"\"members\":["                                                                 \
	"{\"name\":\"alpha\",\"address\":\"10.0.0.11\",\"mac\":\"02:00:00:00:00:0b\"}," \
	"{\"name\":\"beta\",\"address\":\"10.0.0.12\",\"mac\":\"02:00:00:00:00:0c\"},"  \
	"{\"name\":\"silent\",\"address\":\"10.0.0.14\",\"mac\":\"02:00:00:00:00:0e\"," \
	"\"role\":\"receiver\"}" member "],"                                            \
	"\"groups\":[{\"group\":\"239.1.1.1\",\"members\":[\"*\"]},"                    \
	"{\"group\":\"239.1.1.2\",\"members\":[\"*\"]},"                                \
	"{\"group\":\"239.2.0.0/16\",\"members\":[\"*\"]},"                             \
	"{\"group\":\"239.1.1.3\",\"members\":[\"*\"],\"senders\":[\"alpha\"]}]}"
#define GAMMA_TEXT ",{\"name\":\"gamma\",\"address\":\"10.0.0.13\",\"mac\":\"02:00:00:00:00:0d\"}"
#define DELTA_TEXT ",{\"name\":\"delta\",\"address\":\"10.0.0.13\",\"mac\":\"02:00:00:00:00:0d\"}"

/* Added to the clock of who reads. */
static uint64_t passed;

static int
start_hub(void **state)
{
	RTE_SET_USED(state);
	return fixture_start(
		&(struct hub_fixture){.config = CONFIG(GAMMA_TEXT), .ports = 1, .lcores = 1});
}

static struct mcr_lcore *
only_lcore(void)
{
	return &hub.workers.lcores[0];
}

static int
forget_all(void **state)
{
	RTE_SET_USED(state);
	passed = 0;
	memset(only_lcore()->rx.streams->at, 0, sizeof(only_lcore()->rx.streams->at));
	return 0;
}

static void
put(uint32_t source, uint32_t group, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		struct rte_mbuf *frame = fixture_make_frame(0, source);

		fixture_append_ipv4(frame, source, group, FIXTURE_PROTOCOL, PAYLOAD, i);
		memset(rte_pktmbuf_append(frame, PAYLOAD), 0, PAYLOAD);
		fixture_put_on_wire(0, frame);
	}
}

static void
receive_at(uint64_t now)
{
	mcr_rx_poll(only_lcore(), now);
	mcr_tx_poll(only_lcore());
	fixture_take_sent();
}

static void
receive(void)
{
	receive_at(rte_get_timer_cycles());
}

static void
send_packet(uint32_t source, uint32_t group)
{
	put(source, group, 1);
	receive();
}

/* All streams; `found` is the one of this member and group, with 0 samples if there is none. */
static uint32_t
read_streams(const struct mcr_workers *workers, const char *sender, uint32_t group,
	struct mcr_stream *found)
{
	const uint32_t id = fixture_member_named(sender);
	struct mcr_stream streams[2 * MCR_STREAM_WAYS];
	uint32_t sum = 0;

	*found = (struct mcr_stream){0};
	for (uint32_t set = 0; set < MCR_STREAM_SETS; set++) {
		const uint32_t count =
			mcr_stream_read(workers, set, rte_get_timer_cycles() + passed, streams);

		sum += count;
		for (uint32_t i = 0; i < count; i++) {
			if (streams[i].sender.id == id && streams[i].flow.group == group)
				*found = streams[i];
		}
	}
	return sum;
}

static struct mcr_stream
stream_of(const char *sender, uint32_t group)
{
	struct mcr_stream found;

	(void)read_streams(&hub.workers, sender, group, &found);
	return found;
}

static uint32_t
count_streams(void)
{
	struct mcr_stream unused;

	return read_streams(&hub.workers, "alpha", FIRST, &unused);
}

static void
each_packet_of_a_short_burst_counts_for_its_sender_and_group(void **state)
{
	struct mcr_stream stream;

	RTE_SET_USED(state);
	put(ALPHA, FIRST, 3);
	receive();
	send_packet(ALPHA, FIRST);
	send_packet(ALPHA, SECOND);
	send_packet(BETA, FIRST);
	assert_int_equal(count_streams(), 3);
	stream = stream_of("alpha", FIRST);
	assert_int_equal(stream.samples, 2);
	assert_int_equal(stream.packets, 4);
	assert_int_equal(stream.bytes, 4 * (INNER_BYTES + PAYLOAD));
	assert_int_equal(stream.flow.source, ALPHA);
	assert_int_equal(stream_of("alpha", SECOND).packets, 1);
	assert_int_equal(stream_of("beta", FIRST).packets, 1);
}

static void
assert_about(uint64_t found, uint64_t expected)
{
	assert_in_range(found, expected * 95 / 100, expected * 105 / 100);
}

static void
streams_that_always_arrive_together_have_their_shares(void **state)
{
	RTE_SET_USED(state);
	for (unsigned int i = 0; i < 400; i++) {
		put(ALPHA, FIRST, 5);
		put(BETA, FIRST, 1);
		put(BETA, SECOND, 2);
		receive();
	}
	assert_int_equal(count_streams(), 3);
	assert_about(stream_of("alpha", FIRST).packets, 400 * 5);
	assert_about(stream_of("beta", FIRST).packets, 400);
	assert_about(stream_of("beta", SECOND).packets, 400 * 2);
	assert_about(stream_of("beta", SECOND).bytes, 400 * 2 * (INNER_BYTES + PAYLOAD));
}

/* Full bursts at each second turn: neither kind is left out. */
static void
full_bursts_count_by_some_of_them(void **state)
{
	RTE_SET_USED(state);
	for (unsigned int i = 0; i < 400; i++) {
		put(ALPHA, FIRST, MCR_RX_BURST - 8);
		put(BETA, FIRST, 8);
		receive();
		send_packet(BETA, SECOND);
	}
	assert_about(stream_of("alpha", FIRST).packets, 400 * (MCR_RX_BURST - 8));
	assert_about(stream_of("beta", FIRST).packets, 400 * 8);
	assert_int_equal(stream_of("beta", SECOND).packets, 400);
	assert_about(stream_of("alpha", FIRST).samples + stream_of("beta", FIRST).samples,
		400 / MCR_STREAM_SKIP);
}

static void
what_is_refused_is_no_stream(void **state)
{
	RTE_SET_USED(state);
	send_packet(SILENT, FIRST);
	send_packet(BETA, ALPHAS_OWN);
	send_packet(ALPHA, UNKNOWN);
	assert_int_equal(count_streams(), 0);
	send_packet(ALPHA, ALPHAS_OWN);
	assert_int_equal(count_streams(), 1);
}

static void
an_idle_stream_is_forgotten_after_an_hour(void **state)
{
	const uint64_t second = rte_get_timer_hz();

	RTE_SET_USED(state);
	send_packet(ALPHA, SECOND);
	put(ALPHA, FIRST, 1);
	receive_at(rte_get_timer_cycles() + 60 * second);
	passed = 3000 * second;
	assert_int_equal(count_streams(), 2);
	passed = 3600 * second;
	assert_int_equal(count_streams(), 1);
	assert_int_equal(stream_of("alpha", FIRST).packets, 1);
	passed = 0;
	send_packet(ALPHA, SECOND);
	assert_int_equal(stream_of("alpha", SECOND).packets, 2);
}

/* Groups of one set, from the prefix. */
static void
find_groups_of_a_set(uint32_t *groups, unsigned int count)
{
	const uint32_t sender = fixture_member_named("alpha");
	uint32_t group = MANY;

	groups[0] = group;
	for (unsigned int i = 1; i < count;) {
		if (mcr_stream_set(sender, ++group) == mcr_stream_set(sender, MANY))
			groups[i++] = group;
	}
}

static void
a_new_stream_takes_the_place_of_the_oldest(void **state)
{
	uint32_t groups[MCR_STREAM_WAYS + 1];
	const uint64_t now = rte_get_timer_cycles() - 1000;

	RTE_SET_USED(state);
	find_groups_of_a_set(groups, RTE_DIM(groups));
	for (unsigned int i = 0; i < MCR_STREAM_WAYS; i++) {
		put(ALPHA, groups[i], 2);
		receive_at(now + i);
	}
	put(ALPHA, groups[0], 1);
	receive_at(now + MCR_STREAM_WAYS);
	assert_int_equal(count_streams(), MCR_STREAM_WAYS);
	send_packet(ALPHA, groups[MCR_STREAM_WAYS]);
	assert_int_equal(count_streams(), MCR_STREAM_WAYS);
	assert_int_equal(stream_of("alpha", groups[0]).packets, 3);
	assert_int_equal(stream_of("alpha", groups[1]).samples, 0);
	assert_int_equal(stream_of("alpha", groups[MCR_STREAM_WAYS]).packets, 1);
}

static void
reload(const char *config)
{
	assert_int_equal(fixture_reload(fixture_parse(config)), 0);
	fixture_pass_grace_period();
	fixture_settle();
}

static void
who_gets_the_id_of_a_member_gets_none_of_its_streams(void **state)
{
	const uint32_t id = fixture_member_named("gamma");

	RTE_SET_USED(state);
	send_packet(GAMMA, FIRST);
	send_packet(GAMMA, SECOND);
	assert_int_equal(count_streams(), 2);
	reload(CONFIG(""));
	assert_int_equal(count_streams(), 0);
	reload(CONFIG(DELTA_TEXT));
	assert_int_equal(fixture_member_named("delta"), id);
	assert_int_equal(count_streams(), 0);
	assert_int_equal(mcr_counters_of_member(&hub.workers, id).rx_bytes, 0);
	send_packet(GAMMA, FIRST);
	assert_int_equal(count_streams(), 1);
	assert_int_equal(stream_of("delta", FIRST).packets, 1);
	assert_int_equal(mcr_counters_of_member(&hub.workers, id).rx_packets, 1);
}

static void
streams_of_two_lcores_are_one(void **state)
{
	static struct mcr_lcore lcores[2];
	struct mcr_workers workers = hub.workers;
	struct mcr_streams *streams = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*streams));
	const uint32_t alpha = fixture_member_named("alpha");
	struct mcr_stream found;

	RTE_SET_USED(state);
	assert_non_null(streams);
	memset(streams, 0, sizeof(*streams));
	streams->generations = only_lcore()->rx.streams->generations;
	lcores[0] = lcores[1] = *only_lcore();
	lcores[1].rx.streams = streams;
	workers.lcores = lcores;
	workers.count = 2;
	lcores[0].rx.now = lcores[1].rx.now = rte_get_timer_cycles();
	mcr_stream_note(&lcores[0], alpha, (struct mcr_flow){ALPHA, FIRST}, 3, 300);
	lcores[1].rx.now++;
	mcr_stream_note(&lcores[1], alpha, (struct mcr_flow){BETA, FIRST}, 4, 500);
	mcr_stream_note(&lcores[1], alpha, (struct mcr_flow){ALPHA, SECOND}, 5, 500);
	assert_int_equal(read_streams(&workers, "alpha", FIRST, &found), 2);
	assert_int_equal(found.samples, 2);
	assert_int_equal(found.packets, 7);
	assert_int_equal(found.bytes, 800);
	assert_int_equal(found.flow.source, BETA);
	free(streams);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			each_packet_of_a_short_burst_counts_for_its_sender_and_group, forget_all),
		cmocka_unit_test_setup(
			streams_that_always_arrive_together_have_their_shares, forget_all),
		cmocka_unit_test_setup(full_bursts_count_by_some_of_them, forget_all),
		cmocka_unit_test_setup(what_is_refused_is_no_stream, forget_all),
		cmocka_unit_test_setup(an_idle_stream_is_forgotten_after_an_hour, forget_all),
		cmocka_unit_test_setup(a_new_stream_takes_the_place_of_the_oldest, forget_all),
		cmocka_unit_test_setup(
			who_gets_the_id_of_a_member_gets_none_of_its_streams, forget_all),
		cmocka_unit_test_setup(streams_of_two_lcores_are_one, forget_all),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
