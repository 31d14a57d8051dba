/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* General queries and the election (RFC 9776 6.6, 8). */

#include "igmp_fixture.h"

#define LOWER (HUB - 1)
#define HIGHER (HUB + 1)

static struct fixture *
create_fresh(uint8_t robustness)
{
	struct mcr_igmp_config config;

	family_default_config(&config);
	config.robustness = robustness;
	return fixture_create_with(&config);
}

/* 8.6, 8.7: the first ones a quarter of the interval apart. */
static void
a_new_member_is_queried_at_once_and_more_often_at_first(void **unused __rte_unused)
{
	static const uint64_t expected[] = {0, 31250, 62500, 187500, 312500};
	struct fixture *f = create_fresh(3);
	const uint64_t start = f->now;

	for (size_t i = 0; i < RTE_DIM(expected); i++) {
		f->now = mcr_igmp_run_some(f->igmp, f->now, 0);
		assert_int_equal(f->now - start, expected[i]);
		mcr_igmp_run(f->igmp, f->now);
		assert_int_equal(f->queries_sent, i + 1);
	}
	assert_queries(f, "Q() Q() Q() Q() Q()");
	assert_int_equal(mcr_igmp_get_counters(f->igmp)->sent[MCR_IGMP_QUERY_GENERAL], 5);
	fixture_free(f);
}

static void
a_query_carries_the_values_in_force(void **unused __rte_unused)
{
	struct fixture *f = create_fresh(3);
	struct mcr_igmp_message message;

	mcr_igmp_run(f->igmp, f->now);
	assert_int_equal(family_parse(f->packet, f->packet_len, &message), MCR_IGMP_ACCEPTED);
	assert_int_equal(message.sender, HUB);
	assert_int_equal(message.robustness, 3);
	assert_int_equal(message.query_interval_ms, 125000);
	assert_int_equal(message.max_response_ms, 10000);
	fixture_free(f);
}

static void
a_late_run_sends_one_query(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	f->now += 3600 * SECOND;
	mcr_igmp_run(f->igmp, f->now);
	assert_queries(f, "Q()");
	assert_int_equal(mcr_igmp_run(f->igmp, f->now), f->now + 125 * SECOND);
	fixture_free(f);
}

static void
no_more_queries_leave_than_asked_for(void **unused __rte_unused)
{
	const struct mcr_igmp_member member = {.address = HUB};
	struct fixture *f = create_fresh(2);

	for (uint32_t id = MEMBER + 1; id < MEMBER + 5; id++)
		assert_int_equal(mcr_igmp_add_member(f->igmp, id, &member, f->now), 0);
	assert_in_range(mcr_igmp_run_some(f->igmp, f->now, 2), 0, f->now);
	assert_int_equal(f->queries_sent, 2);
	assert_in_range(mcr_igmp_run_some(f->igmp, f->now, 0), 0, f->now);
	assert_int_equal(f->queries_sent, 2);
	assert_in_range(mcr_igmp_run_some(f->igmp, f->now, 4), f->now + 1, MCR_IGMP_NEVER);
	assert_int_equal(f->queries_sent, 5);
	fixture_free(f);
}

/* Thousands may be due: only run sends, as many as find room. */
static void
a_report_sends_no_query_of_others(void **unused __rte_unused)
{
	const struct mcr_igmp_record record = {.type = MCR_IGMP_TO_IN, .group = GROUP};
	const struct mcr_igmp_member member = {.address = HUB};
	struct fixture *f = create_fresh(2);
	uint8_t packet[128];

	for (uint32_t id = MEMBER + 1; id < MEMBER + 5; id++)
		assert_int_equal(mcr_igmp_add_member(f->igmp, id, &member, f->now), 0);
	assert_int_equal(mcr_igmp_receive(f->igmp, MEMBER, packet,
				 family_build_report(HOST, &record, 1, packet), f->now),
		MCR_IGMP_ACCEPTED);
	assert_int_equal(f->queries_sent, 0);
	assert_in_range(mcr_igmp_run_some(f->igmp, f->now, 2), 0, f->now);
	assert_int_equal(f->queries_sent, 2);
	fixture_free(f);
}

static void
a_query_without_room_is_sent_soon(void **unused __rte_unused)
{
	struct fixture *f = create_fresh(3);
	const struct mcr_igmp_counters *counters = mcr_igmp_get_counters(f->igmp);

	f->send_error = -ENOBUFS;
	pass(f, 15);
	assert_int_equal(counters->delayed, 2);
	assert_int_equal(counters->sent[MCR_IGMP_QUERY_GENERAL], 0);
	assert_int_equal(querier(f).startup_queries_left, 3);
	f->send_error = 0;
	pass(f, 5);
	assert_queries(f, "Q()");
	assert_int_equal(counters->sent[MCR_IGMP_QUERY_GENERAL], 1);
	assert_int_equal(querier(f).startup_queries_left, 2);
	assert_int_equal(querier(f).next_ms, 31250);
	fixture_free(f);
}

/* mcr_igmp_restart_queries() asks it when it can be reached. */
static void
a_member_out_of_reach_is_not_asked_faster(void **unused __rte_unused)
{
	struct fixture *f = create_fresh(3);

	f->send_error = -EHOSTUNREACH;
	mcr_igmp_run(f->igmp, f->now);
	assert_int_equal(mcr_igmp_get_counters(f->igmp)->delayed, 0);
	assert_int_equal(mcr_igmp_get_counters(f->igmp)->sent[MCR_IGMP_QUERY_GENERAL], 0);
	assert_int_equal(querier(f).next_ms, 31250);
	fixture_free(f);
}

static void
members_added_together_are_asked_apart(void **unused __rte_unused)
{
	const struct mcr_igmp_member member = {.address = HUB};
	uint64_t first = UINT64_MAX, last = 0;
	struct mcr_igmp_config config;
	struct mcr_igmp_querier state;
	struct fixture *f;

	family_default_config(&config);
	config.query_jitter_percent = 10;
	f = fixture_create_with(&config);
	for (uint32_t id = 0; id < 200; id++) {
		if (id != MEMBER)
			assert_int_equal(mcr_igmp_add_member(f->igmp, id, &member, f->now), 0);
	}
	pass(f, 40 * SECOND);
	for (uint32_t id = 0; id < 200; id++) {
		assert_true(mcr_igmp_get_querier(f->igmp, id, f->now, &state));
		first = RTE_MIN(first, state.next_ms);
		last = RTE_MAX(last, state.next_ms);
	}
	/* The second query left after 28.1 to 31.3 s, the third is due 112.5 to 125 s later. */
	assert_in_range(first, 100600, 104000);
	assert_in_range(last, 112000, 116300);
	fixture_free(f);
}

static void
queries_start_over_on_request(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	assert_int_equal(mcr_igmp_restart_queries(f->igmp, MEMBER, f->now), 0);
	pass(f, 32 * SECOND);
	assert_queries(f, "Q() Q()");
	assert_int_equal(mcr_igmp_restart_queries(f->igmp, OTHER_MEMBER, f->now), -ENOENT);
	fixture_free(f);
}

/* 6.6.2: Other Querier Present is robustness x interval + response / 2. Our queries go on. */
static void
a_lower_address_wins_until_it_is_silent(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	hear_general(f, LOWER);
	assert_false(querier(f).querier);
	assert_int_equal(querier(f).address, LOWER);
	assert_int_equal(querier(f).next_ms, 3 * 60000 + 5000);
	pass(f, 185 * SECOND - 1);
	assert_queries(f, "Q()");
	assert_false(querier(f).querier);
	pass(f, 1);
	assert_true(querier(f).querier);
	assert_queries(f, "Q()");
	assert_int_equal(querier(f).next_ms, 125 * SECOND);
	fixture_free(f);
}

static void
a_higher_or_no_address_does_not_win(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	hear_general(f, HIGHER);
#ifndef FAMILY_IPV6
	hear_general(f, 0);
#endif
	hear_general(f, HUB);
	assert_true(querier(f).querier);
	assert_int_equal(querier(f).address, HUB);
	hear_general(f, LOWER);
	hear_general(f, LOWER - 1);
	assert_int_equal(querier(f).address, LOWER - 1);
	pass(f, SECOND);
	hear_general(f, LOWER);
	assert_int_equal(querier(f).address, LOWER - 1);
	assert_int_equal(querier(f).next_ms, 184 * SECOND);
	fixture_free(f);
}

#ifndef FAMILY_IPV6
static void
a_hub_without_address_stays_querier(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	assert_int_equal(mcr_igmp_add_member(f->igmp, OTHER_MEMBER,
				 &(struct mcr_igmp_member){.address = 0}, f->now),
		0);
	mcr_igmp_run(f->igmp, f->now);
	assert_memory_equal(f->packet + 12, "\0\0\0\0", 4);
	{
		const struct mcr_igmp_query query = {.sender = HOST};
		struct mcr_igmp_querier state;
		uint8_t packet[FAMILY_QUERY_MAX_LEN];

		assert_int_equal(
			receive_from(f, OTHER_MEMBER, packet, family_build_query(&query, packet)),
			MCR_IGMP_ACCEPTED);
		assert_true(mcr_igmp_get_querier(f->igmp, OTHER_MEMBER, f->now, &state));
		assert_true(state.querier);
	}
	fixture_free(f);
}

#endif

/* 6.6.2. */
static void
a_specific_query_elects_nobody(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();
	const struct mcr_igmp_query query = {.sender = LOWER, .group = GROUP};

	assert_int_equal(hear(f, &query), MCR_IGMP_ACCEPTED);
	assert_true(querier(f).querier);
	fixture_free(f);
}

/* 4.1.6, 4.1.7: GMI becomes 3 x 60 + 2 x 10; 0 stands for our own value. */
static void
the_elected_queriers_values_are_adopted(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	hear_general(f, LOWER);
	report(f, MCR_IGMP_IS_EX, NOTHING);
	assert_state(f, "EXCLUDE | G=200");
	assert_int_equal(
		hear(f, &(struct mcr_igmp_query){.sender = LOWER, .query_interval_ms = 30000}),
		MCR_IGMP_ACCEPTED);
	report(f, MCR_IGMP_IS_EX, NOTHING);
	assert_state(f, "EXCLUDE | G=80");
	fixture_free(f);
}

/* 6.6.3. */
static void
a_router_that_lost_sends_no_specific_query(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	report(f, MCR_IGMP_IS_EX, NOTHING);
	hear_general(f, LOWER);
	report(f, MCR_IGMP_TO_IN, NOTHING);
	pass(f, 30 * SECOND);
	assert_queries(f, "");
	assert_state(f, "EXCLUDE | G=240");
	fixture_free(f);
}

/* 6.6.1: to LMQT, without the S flag. */
static void
a_heard_query_lowers_timers(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();
	const uint32_t sources[] = {SOURCE(1), SOURCE(9)};
	struct mcr_igmp_query query = {.sender = HIGHER, .group = GROUP, .suppress = true};

	report(f, MCR_IGMP_IS_EX, NOTHING);
	report(f, MCR_IGMP_ALLOW, LIST(1, 2));
	assert_int_equal(hear(f, &query), MCR_IGMP_ACCEPTED);
	assert_state(f, "EXCLUDE 1=270 2=270 | G=270");
	query.suppress = false;
	query.sources = sources;
	query.source_count = 2;
	assert_int_equal(hear(f, &query), MCR_IGMP_ACCEPTED);
	assert_state(f, "EXCLUDE 1=2 2=270 | G=270");
	query.source_count = 0;
	assert_int_equal(hear(f, &query), MCR_IGMP_ACCEPTED);
	assert_state(f, "EXCLUDE 1=2 2=270 | G=2");
	query.group = HOST;
	assert_int_equal(hear(f, &query), MCR_IGMP_REJECT_NOT_MULTICAST);
	fixture_free(f);
}

static void
an_echo_lowers_nothing(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	report(f, MCR_IGMP_IS_EX, NOTHING);
	assert_int_equal(hear(f, &(struct mcr_igmp_query){.sender = HUB, .group = GROUP}),
		MCR_IGMP_ACCEPTED);
	assert_state(f, "EXCLUDE | G=270");
	fixture_free(f);
}

static void
older_queriers_are_counted(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();
	struct mcr_igmp_query query = {.sender = HIGHER};
	uint8_t packet[FAMILY_QUERY_MAX_LEN];

	family_build_query(&query, packet);
	family_make_older_query(packet);
	assert_int_equal(receive(f, packet, FAMILY_OLDER_QUERY_LEN), MCR_IGMP_ACCEPTED);
	assert_int_equal(mcr_igmp_get_counters(f->igmp)->older_queriers, 1);
	assert_int_equal(mcr_igmp_get_counters(f->igmp)->received[MCR_IGMP_V2_QUERY], 1);
	hear_general(f, HIGHER);
	assert_int_equal(mcr_igmp_get_counters(f->igmp)->older_queriers, 1);
	fixture_free(f);
}

/* AMT gateways query on their own. */
static void
a_passive_member_is_never_queried(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	assert_int_equal(
		mcr_igmp_add_member(f->igmp, OTHER_MEMBER,
			&(struct mcr_igmp_member){.address = HUB, .passive = true}, f->now),
		0);
	assert_int_equal(
		report_of(f, OTHER_MEMBER, MCR_IGMP_TO_EX, GROUP, NOTHING), MCR_IGMP_ACCEPTED);
	assert_true(receives_of(f, OTHER_MEMBER, GROUP, SOURCE(1)));
	assert_int_equal(
		report_of(f, OTHER_MEMBER, MCR_IGMP_TO_IN, GROUP, NOTHING), MCR_IGMP_ACCEPTED);
	assert_false(receives_of(f, OTHER_MEMBER, GROUP, SOURCE(1)));
	assert_int_equal(mcr_igmp_restart_queries(f->igmp, OTHER_MEMBER, f->now), 0);
	assert_int_equal(mcr_igmp_remove_member(f->igmp, MEMBER, f->now), 0);
	assert_int_equal(mcr_igmp_run(f->igmp, f->now), MCR_IGMP_NEVER);
	assert_queries(f, "");
	fixture_free(f);
}

static void
a_changed_link_keeps_its_groups_and_asks_anew(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	report(f, MCR_IGMP_IS_EX, NOTHING);
	hear_general(f, LOWER);
	assert_int_equal(mcr_igmp_update_member(f->igmp, MEMBER,
				 &(struct mcr_igmp_member){.address = LOWER - 1}, f->now),
		0);
	assert_true(querier(f).querier);
	pass(f, 32 * SECOND);
	assert_queries(f, "Q() Q()");
	assert_state(f, "EXCLUDE | G=238");
	assert_int_equal(mcr_igmp_update_member(f->igmp, OTHER_MEMBER,
				 &(struct mcr_igmp_member){.address = 0}, f->now),
		-ENOENT);
	fixture_free(f);
}

static void
a_changed_configuration_holds_at_once(void **unused __rte_unused)
{
	const struct mcr_igmp_prefix only = {GROUP, GROUP_LENGTH};
	struct fixture *f = fixture_create();
	struct mcr_igmp_config config;

	family_default_config(&config);
	report(f, MCR_IGMP_IS_EX, NOTHING);
	assert_int_equal(
		report_of(f, MEMBER, MCR_IGMP_IS_EX, GROUP + 256, NOTHING), MCR_IGMP_ACCEPTED);
	config.query_interval_ms = 20000;
	config.groups = &only;
	assert_int_equal(mcr_igmp_reconfigure(f->igmp, &config, f->now), 0);
	assert_state(f, "EXCLUDE | G=270");
	assert_false(receives_of(f, MEMBER, GROUP + 256, SOURCE(1)));
	assert_int_equal(querier(f).next_ms, 20 * SECOND);
	report(f, MCR_IGMP_IS_EX, NOTHING);
	assert_state(f, "EXCLUDE | G=60");
	config.robustness = 8;
	assert_int_equal(mcr_igmp_reconfigure(f->igmp, &config, f->now), -EINVAL);
	assert_state(f, "EXCLUDE | G=60");
	fixture_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_member_is_queried_at_once_and_more_often_at_first),
		cmocka_unit_test(a_query_carries_the_values_in_force),
		cmocka_unit_test(a_late_run_sends_one_query),
		cmocka_unit_test(no_more_queries_leave_than_asked_for),
		cmocka_unit_test(a_report_sends_no_query_of_others),
		cmocka_unit_test(a_query_without_room_is_sent_soon),
		cmocka_unit_test(a_member_out_of_reach_is_not_asked_faster),
		cmocka_unit_test(members_added_together_are_asked_apart),
		cmocka_unit_test(queries_start_over_on_request),
		cmocka_unit_test(a_lower_address_wins_until_it_is_silent),
		cmocka_unit_test(a_higher_or_no_address_does_not_win),
#ifndef FAMILY_IPV6
		cmocka_unit_test(a_hub_without_address_stays_querier),
#endif
		cmocka_unit_test(a_specific_query_elects_nobody),
		cmocka_unit_test(the_elected_queriers_values_are_adopted),
		cmocka_unit_test(a_router_that_lost_sends_no_specific_query),
		cmocka_unit_test(a_heard_query_lowers_timers),
		cmocka_unit_test(an_echo_lowers_nothing),
		cmocka_unit_test(older_queriers_are_counted),
		cmocka_unit_test(a_passive_member_is_never_queried),
		cmocka_unit_test(a_changed_link_keeps_its_groups_and_asks_anew),
		cmocka_unit_test(a_changed_configuration_holds_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
