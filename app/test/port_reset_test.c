/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Links, announcements and resets of a port: first their timing, then a whole hub. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <rte_ether.h>

#include "control/context.h"
#include "control/port_reset.h"
#include "infra/log.h"
#include "test/hub_fixture.h"

#define START 1000000
#define RESETS 300
#define SENDER MCR_IPV4(10, 0, 0, 11)
#define GROUP MCR_IPV4(239, 1, 1, 1)

static const char text[] =
	"{\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/24\"}],"
	"\"limits\":{\"members\":16,\"groups\":16,\"mbufs\":1024},"
	"\"members\":[{\"name\":\"alpha\",\"address\":\"10.0.0.11\",\"mac\":\"02:00:00:00:00:0b\"},"
	"{\"name\":\"beta\",\"address\":\"10.0.0.12\",\"mac\":\"02:00:00:00:00:0c\"}],"
	"\"groups\":[{\"group\":\"239.1.1.1\",\"members\":[\"*\"]}],\"igmp\":false}";

static void
only_reports_that_lead_to_the_state_are_changes(void **unused)
{
	static const struct {
		bool is_up;
		uint32_t reports, changes;
	} polls[] = {
		{true, 3, 0},                  /* the first look ignores earlier reports */
		{true, 4, 0},                  /* another speed */
		{false, 4, 1},                 /* not reported yet */
		{false, 5, 0},                 /* reported now */
		{true, 6, 1}, {true, 10, 4},   /* two outages between two looks */
		{false, 13, 3}, {true, 15, 1}, /* one report without a change */
	};
	struct mcr_link link = {0};

	(void)unused;
	for (unsigned int i = 0; i < RTE_DIM(polls); i++)
		assert_int_equal(
			mcr_link_take(&link, polls[i].is_up, polls[i].reports), polls[i].changes);
	assert_int_equal(link.changes, 10);
}

static void
reports_are_counted_over_the_end_of_their_counter(void **unused)
{
	struct mcr_link link = {0};

	(void)unused;
	mcr_link_take(&link, true, UINT32_MAX);
	assert_int_equal(mcr_link_take(&link, true, 1), 2);
}

static void
a_flapping_link_does_not_fill_the_log(void **unused)
{
	struct mcr_log_pace pace = {0};
	unsigned int lines = 0;

	(void)unused;
	for (uint64_t ms = 0; ms < 100000; ms += 100)
		lines += mcr_log_pace_take(&pace, START + ms);
	assert_in_range(lines, 10, 10 + MCR_LOG_PACE_BURST);
}

/* @param[out] times When frames of the kind leave. @return How many leave. */
static unsigned int
run_announcer(struct mcr_announcer *announcer, uint64_t from, uint64_t for_ms,
	enum mcr_announce_frame kind, uint64_t *times)
{
	unsigned int count = 0;

	for (uint64_t ms = from; ms < from + for_ms; ms += 100) {
		if (mcr_announcer_next(announcer, ms) == kind)
			times[count++] = ms;
	}
	return count;
}

/* RFC 5227 2.1.1, 2.3. */
static void
the_start_probes_and_then_announces(void **unused)
{
	struct mcr_announcer probing = {0}, announcing = {0};
	uint64_t times[100];

	(void)unused;
	assert_int_equal(run_announcer(&probing, START, 20000, MCR_ANNOUNCE_PROBE, times), 3);
	assert_int_equal(times[2] - times[0], 2 * MCR_ANNOUNCE_PROBE_MS);
	assert_int_equal(run_announcer(&announcing, START, 20000, MCR_ANNOUNCE_ADDRESS, times), 2);
	assert_int_equal(times[0] - START, MCR_ANNOUNCE_PROBES * MCR_ANNOUNCE_PROBE_MS);
	assert_int_equal(times[1] - times[0], MCR_ANNOUNCE_MS);
	assert_int_equal(run_announcer(&announcing, START + 20000, 10 * MCR_ANNOUNCE_PATROL_MS,
				 MCR_ANNOUNCE_PROBE, times),
		10);
}

static void
a_reset_announces_at_once_and_a_new_link_after_a_probe(void **unused)
{
	struct mcr_announcer announcer = {0};
	uint64_t times[100];

	(void)unused;
	run_announcer(&announcer, START, 20000, MCR_ANNOUNCE_ADDRESS, times);
	mcr_announcer_restart(&announcer, MCR_ANNOUNCE_RESET, START + 20000);
	assert_int_equal(
		run_announcer(&announcer, START + 20000, 20000, MCR_ANNOUNCE_ADDRESS, times), 2);
	assert_int_equal(times[0], START + 20000);
	mcr_announcer_restart(&announcer, MCR_ANNOUNCE_LINK_UP, START + 40000);
	assert_int_equal(
		run_announcer(&announcer, START + 40000, 20000, MCR_ANNOUNCE_ADDRESS, times), 2);
	assert_int_equal(times[0], START + 40000 + MCR_ANNOUNCE_PROBE_MS);
}

static void
a_flapping_link_causes_no_storm_and_no_early_probe(void **unused)
{
	struct mcr_announcer announcer = {0};
	unsigned int frames = 0;

	(void)unused;
	for (uint64_t ms = START; ms < START + 10000; ms += 50) {
		mcr_announcer_restart(&announcer, MCR_ANNOUNCE_LINK_UP, ms);
		frames += mcr_announcer_next(&announcer, ms) != MCR_ANNOUNCE_NOTHING;
	}
	assert_in_range(frames, 9, 11);

	announcer = (struct mcr_announcer){0};
	mcr_announcer_restart(&announcer, MCR_ANNOUNCE_LINK_UP, START);
	for (unsigned int i = 0; i < MCR_ANNOUNCE_PROBES; i++)
		assert_int_equal(mcr_announcer_next(&announcer, START + i * MCR_ANNOUNCE_PROBE_MS),
			MCR_ANNOUNCE_PROBE);
}

static void
failed_resets_are_retried_ever_more_slowly(void **unused)
{
	(void)unused;
	assert_int_equal(mcr_port_reset_pause_ms(1), 100);
	assert_int_equal(mcr_port_reset_pause_ms(2), 200);
	assert_int_equal(mcr_port_reset_pause_ms(7), 6400);
	assert_int_equal(mcr_port_reset_pause_ms(8), MCR_PORT_RESET_RETRY_MAX_MS);
	assert_int_equal(mcr_port_reset_pause_ms(UINT32_MAX), MCR_PORT_RESET_RETRY_MAX_MS);
}

static unsigned int copies;

static void
count_copy(const struct rte_mbuf *sent)
{
	const struct rte_ether_hdr *ethernet = rte_pktmbuf_mtod(sent, const struct rte_ether_hdr *);

	copies += ethernet->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4);
}

static int
start_hub(void **state)
{
	(void)state;
	return fixture_start(&(struct hub_fixture){.config = text,
		.ports = 1,
		.lcores = 3,
		.log_level = RTE_LOG_CRIT,
		.on_sent = count_copy});
}

static void
put_data(void)
{
	fixture_put_on_wire(0, fixture_make_packet(0, SENDER, GROUP, 0));
}

static unsigned int
take_copies(void)
{
	copies = 0;
	fixture_take_sent();
	return copies;
}

static void
run_all(unsigned int turns)
{
	while (turns-- > 0) {
		for (uint16_t i = 0; i < hub.workers.count; i++) {
			fixture_poll(i);
			mcr_rcu_quiescent(hub.fib.rcu, hub.workers.lcores[i].index);
		}
	}
}

static uint64_t
count_drops(enum mcr_drop reason)
{
	uint64_t sum = 0;

	for (uint16_t i = 0; i < hub.workers.count; i++)
		sum += hub.workers.lcores[i].stats.drops[reason];
	return sum;
}

static void
no_device_is_reset_while_an_lcore_may_be_in_its_driver(void **unused)
{
	const uint32_t before = hub.ports.at[0].reset.count;

	(void)unused;
	assert_int_equal(hub.workers.count, 3);
	hub.ports.at[0].events.wants_reset = true;
	for (uint16_t missing = 0; missing < hub.workers.count; missing++) {
		for (unsigned int turn = 0; turn < 10; turn++) {
			for (uint16_t i = 0; i < hub.workers.count; i++) {
				fixture_poll(i);
				/* The lcores from `missing` on report no quiescent state. */
				if (i < missing)
					mcr_rcu_quiescent(hub.fib.rcu, hub.workers.lcores[i].index);
			}
			assert_int_equal(hub.ports.at[0].reset.count, before);
			assert_true(hub.ports.at[0].is_away);
		}
	}
	run_all(3);
	assert_int_equal(hub.ports.at[0].reset.count, before + 1);
	assert_false(hub.ports.at[0].is_away);
}

static void
copies_for_a_port_that_is_away_are_counted_and_freed(void **unused)
{
	const uint64_t before = count_drops(MCR_DROP_COPY_TX_FULL);

	(void)unused;
	run_all(3);
	take_copies();
	put_data();
	/* The RX lcore has the frame before the port goes away. */
	fixture_receive();
	hub.ports.at[0].events.wants_reset = true;
	fixture_poll(0);
	for (uint16_t i = 1; i < hub.workers.count; i++)
		fixture_poll(i);
	assert_int_equal(count_drops(MCR_DROP_COPY_TX_FULL), before + 1);
	assert_int_equal(take_copies(), 0);
	run_all(4);
	put_data();
	run_all(4);
	assert_int_equal(take_copies(), 1);
}

static void
hundreds_of_resets_lose_no_buffer(void **unused)
{
	const uint32_t before = hub.ports.at[0].reset.count;

	(void)unused;
	run_all(4);
	take_copies();
	for (unsigned int i = 0; i < RESETS; i++) {
		put_data();
		hub.ports.at[0].events.wants_reset = true;
		run_all(4);
		take_copies();
	}
	run_all(4);
	take_copies();
	assert_int_equal(hub.ports.at[0].reset.count, before + RESETS);
	assert_int_equal(rte_mempool_in_use_count(wire_pool), 0);
}

static void
a_device_that_is_gone_stays_so(void **unused)
{
	(void)unused;
	hub.ports.at[0].events.is_removed = true;
	hub.ports.at[0].events.wants_reset = true;
	run_all(10);
	assert_int_equal(hub.ports.at[0].reset.state, MCR_PORT_GONE);
	put_data();
	run_all(4);
	assert_int_equal(take_copies(), 0);
}

int
main(void)
{
	const struct CMUnitTest pure[] = {
		cmocka_unit_test(only_reports_that_lead_to_the_state_are_changes),
		cmocka_unit_test(reports_are_counted_over_the_end_of_their_counter),
		cmocka_unit_test(a_flapping_link_does_not_fill_the_log),
		cmocka_unit_test(the_start_probes_and_then_announces),
		cmocka_unit_test(a_reset_announces_at_once_and_a_new_link_after_a_probe),
		cmocka_unit_test(a_flapping_link_causes_no_storm_and_no_early_probe),
		cmocka_unit_test(failed_resets_are_retried_ever_more_slowly),
	};
	const struct CMUnitTest whole[] = {
		cmocka_unit_test(no_device_is_reset_while_an_lcore_may_be_in_its_driver),
		cmocka_unit_test(copies_for_a_port_that_is_away_are_counted_and_freed),
		cmocka_unit_test(hundreds_of_resets_lose_no_buffer),
		cmocka_unit_test(a_device_that_is_gone_stays_so),
	};

	return cmocka_run_group_tests(pure, NULL, NULL) +
	       cmocka_run_group_tests(whole, start_hub, fixture_end);
}
