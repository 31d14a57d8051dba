/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Specific queries, S flag, latency, immediate leave (RFC 9776 6.6.3). */

#include "igmp_fixture.h"

static struct fixture *
create_with_robustness(uint8_t robustness)
{
	struct mcr_igmp_config config;
	struct fixture *f;

	family_default_config(&config);
	config.robustness = robustness;
	f = fixture_create_with(&config);
	pass(f, 250 * SECOND);
	forget_queries(f);
	return f;
}

static struct fixture *
create_with_immediate_leave(void)
{
	struct mcr_igmp_config config;

	family_default_config(&config);
	config.immediate_leave = true;
	return fixture_create_settled(&config);
}

/* 8.8 to 8.10: LMQC queries, LMQI apart; the group ends after LMQT. */
static void
a_leave_takes_the_last_member_query_time(void **unused __rte_unused)
{
	struct fixture *f = create_with_robustness(3);

	report(f, MCR_IGMP_IS_EX, NOTHING);
	report(f, MCR_IGMP_TO_IN, NOTHING);
	assert_queries(f, "Q(G)");
	pass(f, SECOND - 1);
	assert_queries(f, "");
	pass(f, 1);
	assert_queries(f, "Q(G)");
	pass(f, SECOND);
	assert_queries(f, "Q(G)");
	pass(f, SECOND - 1);
	assert_true(receives(f, 1));
	pass(f, 1);
	assert_false(receives(f, 1));
	assert_state(f, "none");
	pass(f, 10 * SECOND);
	assert_queries(f, "");
	fixture_free(f);
}

static void
a_specific_query_carries_the_last_member_query_interval(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();
	struct mcr_igmp_message message;
	uint8_t group[FAMILY_ADDRESS_LEN];

	report(f, MCR_IGMP_IS_EX, NOTHING);
	report(f, MCR_IGMP_TO_IN, NOTHING);
	assert_int_equal(family_parse(f->packet, f->packet_len, &message), MCR_IGMP_ACCEPTED);
	family_write_address(group, GROUP);
	assert_memory_equal(f->packet + FAMILY_DESTINATION, group, sizeof(group));
	assert_int_equal(message.group, GROUP);
	assert_int_equal(message.max_response_ms, 1000);
	fixture_free(f);
}

/* 6.6.3.1. */
static void
an_answered_query_goes_on_with_the_s_flag(void **unused __rte_unused)
{
	struct fixture *f = create_with_robustness(3);

	report(f, MCR_IGMP_IS_EX, NOTHING);
	report(f, MCR_IGMP_TO_IN, NOTHING);
	pass(f, SECOND);
	assert_queries(f, "Q(G) Q(G)");
	report(f, MCR_IGMP_IS_EX, NOTHING);
	pass(f, SECOND);
	assert_queries(f, "Q(G)/S");
	pass(f, SECOND);
	assert_queries(f, "");
	assert_true(receives(f, 1));
	fixture_free(f);
}

/* 6.6.3.2: two messages, with and without the S flag. */
static void
answered_sources_are_asked_for_apart(void **unused __rte_unused)
{
	struct fixture *f = create_with_robustness(3);

	report(f, MCR_IGMP_IS_IN, LIST(1, 2, 3));
	report(f, MCR_IGMP_BLOCK, LIST(1, 2));
	assert_queries(f, "Q(G,1,2)");
	report(f, MCR_IGMP_IS_IN, LIST(1));
	pass(f, SECOND);
	assert_queries(f, "Q(G,1)/S Q(G,2)");
	pass(f, SECOND);
	assert_queries(f, "Q(G,1)/S Q(G,2)");
	pass(f, SECOND);
	assert_queries(f, "");
	assert_state(f, "INCLUDE 1=392 3=392");
	assert_false(receives(f, 2));
	fixture_free(f);
}

/* 6.4.2: new and pending queries for a group are merged. */
static void
a_second_leave_is_merged_with_the_first(void **unused __rte_unused)
{
	struct fixture *f = create_with_robustness(2);

	report(f, MCR_IGMP_IS_IN, LIST(1, 2));
	report(f, MCR_IGMP_BLOCK, LIST(1));
	assert_queries(f, "Q(G,1)");
	pass(f, SECOND / 2);
	report(f, MCR_IGMP_BLOCK, LIST(1, 2));
	assert_queries(f, "Q(G,1,2)");
	pass(f, SECOND);
	assert_queries(f, "Q(G,2)");
	assert_state(f, "INCLUDE 1=0.500 2=1");
	pass(f, SECOND / 2);
	assert_state(f, "INCLUDE 2=0.500");
	pass(f, SECOND / 2);
	assert_state(f, "none");
	fixture_free(f);
}

static void
the_records_of_one_report_are_asked_for_together(void **unused __rte_unused)
{
	uint8_t one[FAMILY_ADDRESS_LEN], two[FAMILY_ADDRESS_LEN];
	const struct mcr_igmp_record records[] = {
		{MCR_IGMP_BLOCK, GROUP, 1, one},
		{MCR_IGMP_BLOCK, GROUP, 1, two},
	};
	struct fixture *f = fixture_create();
	uint8_t packet[256];

	family_write_address(one, SOURCE(1));
	family_write_address(two, SOURCE(2));
	report(f, MCR_IGMP_IS_IN, LIST(1, 2));
	assert_int_equal(receive(f, packet, family_build_report(HOST, records, 2, packet)),
		MCR_IGMP_ACCEPTED);
	assert_queries(f, "Q(G,1,2)");
	fixture_free(f);
}

/* None exceeds the smallest MTU. */
static void
many_sources_are_asked_for_in_several_queries(void **unused __rte_unused)
{
	const uint32_t queries = (200 + FAMILY_QUERY_MAX_SOURCES - 1) / FAMILY_QUERY_MAX_SOURCES;
	struct fixture *f = fixture_create();
	uint8_t list[201] = {0};

	for (uint8_t i = 0; i < 200; i++)
		list[i] = i + 1;
	report(f, MCR_IGMP_IS_IN, list);
	report(f, MCR_IGMP_TO_IN, NOTHING);
	assert_int_equal(f->queries_sent, queries);
	pass(f, 2 * SECOND);
	assert_int_equal(f->queries_sent, 2 * queries);
	assert_state(f, "none");
	fixture_free(f);
}

/* The only host is known. */
static void
immediate_leave_needs_no_query(void **unused __rte_unused)
{
	struct fixture *f = create_with_immediate_leave();

	report(f, MCR_IGMP_IS_EX, NOTHING);
	assert_true(receives(f, 1));
	report(f, MCR_IGMP_TO_IN, NOTHING);
	assert_state(f, "none");
	assert_false(receives(f, 1));
	assert_queries(f, "");
	fixture_free(f);
}

static void
immediate_leave_keeps_the_other_sources(void **unused __rte_unused)
{
	struct fixture *f = create_with_immediate_leave();

	report(f, MCR_IGMP_IS_IN, LIST(1, 2, 3));
	report(f, MCR_IGMP_BLOCK, LIST(1));
	assert_state(f, "INCLUDE 2=270 3=270");
	report(f, MCR_IGMP_TO_EX, LIST(3, 4));
	assert_state(f, "EXCLUDE | 3 4 G=270");
	report(f, MCR_IGMP_ALLOW, LIST(4));
	report(f, MCR_IGMP_BLOCK, LIST(5));
	assert_state(f, "EXCLUDE 4=270 | 3 5 G=270");
	assert_false(receives(f, 5));
	report(f, MCR_IGMP_TO_IN, LIST(6));
	assert_state(f, "INCLUDE 6=270");
	assert_false(receives(f, 1));
	assert_queries(f, "");
	fixture_free(f);
}

/* 50 ms each, as mcdpdk-groups(5) allows. */
static void
short_times_give_a_short_leave(void **unused __rte_unused)
{
	struct mcr_igmp_config config;
	struct fixture *f;

	family_default_config(&config);
	config.last_member_query_interval_ms = 50;
	f = fixture_create_settled(&config);
	report(f, MCR_IGMP_IS_EX, NOTHING);
	report(f, MCR_IGMP_TO_IN, NOTHING);
	pass(f, 99);
	assert_queries(f, "Q(G) Q(G)");
	assert_true(receives(f, 1));
	pass(f, 1);
	assert_false(receives(f, 1));
	fixture_free(f);
}

/* Nobody leaves without having been asked: the times begin with the first query. */
static void
a_leave_waits_for_room_for_its_query(void **unused __rte_unused)
{
	struct fixture *f = create_with_robustness(2);

	report(f, MCR_IGMP_IS_EX, LIST(9));
	report(f, MCR_IGMP_ALLOW, LIST(1));
	f->send_error = -ENOBUFS;
	report(f, MCR_IGMP_TO_IN, NOTHING);
	pass(f, 10 * SECOND);
	assert_true(receives(f, 1) && receives(f, 2));
	f->send_error = 0;
	pass(f, 20);
	assert_queries(f, "Q(G) Q(G,1)");
	pass(f, SECOND);
	assert_queries(f, "Q(G) Q(G,1)");
	assert_true(receives(f, 1) && receives(f, 2));
	pass(f, SECOND);
	assert_queries(f, "");
	assert_state(f, "none");
	fixture_free(f);
}

/* The second query is late, but the first one was sent. */
static void
a_repeated_query_without_room_postpones_no_leave(void **unused __rte_unused)
{
	struct fixture *f = create_with_robustness(2);

	report(f, MCR_IGMP_IS_EX, NOTHING);
	report(f, MCR_IGMP_TO_IN, NOTHING);
	assert_queries(f, "Q(G)");
	f->send_error = -ENOBUFS;
	pass(f, 2 * SECOND);
	assert_queries(f, "");
	assert_state(f, "none");
	fixture_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_leave_takes_the_last_member_query_time),
		cmocka_unit_test(a_specific_query_carries_the_last_member_query_interval),
		cmocka_unit_test(an_answered_query_goes_on_with_the_s_flag),
		cmocka_unit_test(answered_sources_are_asked_for_apart),
		cmocka_unit_test(a_second_leave_is_merged_with_the_first),
		cmocka_unit_test(the_records_of_one_report_are_asked_for_together),
		cmocka_unit_test(many_sources_are_asked_for_in_several_queries),
		cmocka_unit_test(immediate_leave_needs_no_query),
		cmocka_unit_test(immediate_leave_keeps_the_other_sources),
		cmocka_unit_test(short_times_give_a_short_leave),
		cmocka_unit_test(a_leave_waits_for_room_for_its_query),
		cmocka_unit_test(a_repeated_query_without_room_postpones_no_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
