/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Immediate leave with several hosts behind a member. */

#include "igmp_fixture.h"

#define ALICE HOST
#define BOB (HOST + 1)
#define CAROL (HOST + 2)
#define NOBODY 0 /* 0.0.0.0 */
#define MEMBERSHIP_INTERVAL (270 * SECOND)

static struct mcr_igmp_config config;

static int
reset_config(void **unused __rte_unused)
{
	family_default_config(&config);
	config.immediate_leave = true;
	return 0;
}

static void
report_from(struct fixture *f, uint32_t host, uint8_t type, const uint8_t *list)
{
	assert_int_equal(report_by(f, MEMBER, host, type, GROUP, list), MCR_IGMP_ACCEPTED);
}

static void
expect_end_at_once(struct fixture *f)
{
	forget_queries(f);
	report_from(f, ALICE, MCR_IGMP_TO_IN, NOTHING);
	assert_queries(f, "");
	assert_state(f, "none");
	assert_false(receives(f, 1));
}

/* Another host may listen. */
static void
expect_query(struct fixture *f)
{
	forget_queries(f);
	report_from(f, ALICE, MCR_IGMP_TO_IN, NOTHING);
	assert_queries(f, "Q(G)");
	assert_state(f, "EXCLUDE | G=2");
	assert_true(receives(f, 1));
}

static void
a_leave_of_one_of_two_hosts_is_queried(void **unused __rte_unused)
{
	struct fixture *f = fixture_create_settled(&config);

	report_from(f, BOB, MCR_IGMP_TO_EX, NOTHING);
	report_from(f, ALICE, MCR_IGMP_TO_EX, NOTHING);
	expect_query(f);
	report_from(f, BOB, MCR_IGMP_IS_EX, NOTHING);
	pass(f, 10 * SECOND);
	assert_state(f, "EXCLUDE | G=260");
	assert_int_equal(mcr_igmp_count_hosts(f->igmp), 1);
	forget_queries(f);
	report_from(f, BOB, MCR_IGMP_TO_IN, NOTHING);
	assert_queries(f, "");
	assert_state(f, "none");
	assert_int_equal(mcr_igmp_count_hosts(f->igmp), 0);
	fixture_free(f);
}

static void
a_host_that_leaves_twice_takes_nothing_more(void **unused __rte_unused)
{
	struct fixture *f = fixture_create_settled(&config);

	report_from(f, ALICE, MCR_IGMP_TO_EX, NOTHING);
	report_from(f, BOB, MCR_IGMP_TO_EX, NOTHING);
	report_from(f, ALICE, MCR_IGMP_TO_IN, NOTHING);
	report_from(f, ALICE, MCR_IGMP_TO_IN, NOTHING);
	report_from(f, CAROL, MCR_IGMP_TO_IN, NOTHING);
	assert_true(receives(f, 1));
	fixture_free(f);
}

static void
a_source_that_another_host_wants_is_queried(void **unused __rte_unused)
{
	struct fixture *f = fixture_create_settled(&config);

	report_from(f, ALICE, MCR_IGMP_ALLOW, LIST(1, 2));
	report_from(f, BOB, MCR_IGMP_ALLOW, LIST(2, 3));
	report_from(f, ALICE, MCR_IGMP_BLOCK, LIST(1, 2));
	assert_queries(f, "Q(G,2)");
	assert_state(f, "INCLUDE 2=2 3=270");
	report_from(f, BOB, MCR_IGMP_IS_IN, LIST(2));
	assert_state(f, "INCLUDE 2=270 3=270");
	report_from(f, BOB, MCR_IGMP_BLOCK, LIST(3));
	assert_state(f, "INCLUDE 2=270");
	report_from(f, BOB, MCR_IGMP_BLOCK, LIST(2));
	assert_state(f, "none");
	assert_int_equal(mcr_igmp_count_hosts(f->igmp), 0);
	fixture_free(f);
}

/* 5.2: such a host answers a query for sources with IS_IN and still wants all others. */
static void
a_host_that_wants_any_source_wants_each(void **unused __rte_unused)
{
	struct fixture *f = fixture_create_settled(&config);

	report_from(f, BOB, MCR_IGMP_TO_EX, NOTHING);
	report_from(f, ALICE, MCR_IGMP_ALLOW, LIST(1));
	report_from(f, ALICE, MCR_IGMP_BLOCK, LIST(1));
	assert_queries(f, "Q(G,1)");
	report_from(f, BOB, MCR_IGMP_IS_IN, LIST(1));
	report_from(f, ALICE, MCR_IGMP_TO_EX, LIST(2));
	assert_queries(f, "Q(G,2)");
	assert_true(receives(f, 2));
	fixture_free(f);
}

/* 6.4.2: a report of EXCLUDE mode deletes the record of Bob's source. */
static void
a_source_is_not_lost_with_the_group_that_hid_it(void **unused __rte_unused)
{
	struct fixture *f = fixture_create_settled(&config);

	report_from(f, BOB, MCR_IGMP_ALLOW, LIST(1));
	report_from(f, ALICE, MCR_IGMP_TO_EX, NOTHING);
	expect_query(f);
	report_from(f, BOB, MCR_IGMP_IS_IN, LIST(1));
	pass(f, 2 * SECOND);
	assert_state(f, "INCLUDE 1=268");
	fixture_free(f);
}

/* Its list is not kept. */
static void
a_host_with_many_sources_may_want_any(void **unused __rte_unused)
{
	struct fixture *f = fixture_create_settled(&config);

	report_from(f, BOB, MCR_IGMP_ALLOW, LIST(1, 2, 3, 4, 5));
	report_from(f, ALICE, MCR_IGMP_ALLOW, LIST(6));
	report_from(f, ALICE, MCR_IGMP_BLOCK, LIST(6));
	assert_queries(f, "Q(G,6)");
	report_from(f, ALICE, MCR_IGMP_ALLOW, LIST(7));
	report_from(f, BOB, MCR_IGMP_TO_IN, NOTHING);
	assert_queries(f, "Q(G,7)");
	report_from(f, ALICE, MCR_IGMP_BLOCK, LIST(7));
	assert_queries(f, "");
	assert_state(f, "none");
	fixture_free(f);
}

/* Another v2 host may have suppressed its report. */
static void
older_hosts_are_queried(void **unused __rte_unused)
{
	struct fixture *f = fixture_create_settled(&config);

	assert_int_equal(older(f, MCR_IGMP_V2_REPORT), MCR_IGMP_ACCEPTED);
	assert_int_equal(older(f, MCR_IGMP_V2_LEAVE), MCR_IGMP_ACCEPTED);
	assert_queries(f, "Q(G)");
	assert_true(receives(f, 1));
	report_from(f, ALICE, MCR_IGMP_TO_EX, NOTHING);
	expect_query(f);
	report_from(f, ALICE, MCR_IGMP_TO_EX, NOTHING);
	pass(f, MEMBERSHIP_INTERVAL - 2 * SECOND);
	report_from(f, ALICE, MCR_IGMP_IS_EX, NOTHING);
	pass(f, 2 * SECOND);
	expect_end_at_once(f);
	fixture_free(f);
}

#ifndef FAMILY_IPV6
static void
hosts_without_an_address_are_queried(void **unused __rte_unused)
{
	struct fixture *f = fixture_create_settled(&config);

	report_from(f, NOBODY, MCR_IGMP_TO_EX, NOTHING);
	report_from(f, NOBODY, MCR_IGMP_TO_IN, NOTHING);
	assert_queries(f, "Q(G)");
	assert_true(receives(f, 1));
	report_from(f, ALICE, MCR_IGMP_TO_EX, NOTHING);
	expect_query(f);
	report_from(f, ALICE, MCR_IGMP_TO_EX, NOTHING);
	pass(f, MEMBERSHIP_INTERVAL - 1);
	report_from(f, ALICE, MCR_IGMP_TO_EX, NOTHING);
	expect_query(f);
	report_from(f, ALICE, MCR_IGMP_TO_EX, NOTHING);
	pass(f, 1);
	expect_end_at_once(f);
	fixture_free(f);
}

#endif

static void
a_host_that_vanished_does_not_hold_up_a_leave(void **unused __rte_unused)
{
	struct fixture *f = fixture_create_settled(&config);

	report_from(f, BOB, MCR_IGMP_TO_EX, NOTHING);
	pass(f, MEMBERSHIP_INTERVAL - 1);
	report_from(f, ALICE, MCR_IGMP_TO_EX, NOTHING);
	expect_query(f);
	report_from(f, ALICE, MCR_IGMP_TO_EX, NOTHING);
	pass(f, 1);
	expect_end_at_once(f);
	fixture_free(f);
}

/* The third host is unknown until it must have reported again. */
static void
expect_fallback_beyond_the_bound(uint32_t hosts)
{
	struct fixture *f = fixture_create_settled(&config);

	for (uint32_t i = 0; i < hosts; i++)
		report_from(f, ALICE + i, MCR_IGMP_TO_EX, NOTHING);
	report_from(f, ALICE + hosts, MCR_IGMP_TO_EX, NOTHING);
	assert_int_equal(mcr_igmp_count_hosts(f->igmp), hosts);
	for (uint32_t i = 1; i < hosts; i++)
		report_from(f, ALICE + i, MCR_IGMP_TO_IN, NOTHING);
	expect_query(f);
	for (uint32_t i = 0; i < hosts; i++)
		report_from(f, ALICE + i, MCR_IGMP_TO_EX, NOTHING);
	pass(f, MEMBERSHIP_INTERVAL - 1);
	for (uint32_t i = 0; i < hosts; i++)
		report_from(f, ALICE + i, MCR_IGMP_IS_EX, NOTHING);
	pass(f, 1);
	for (uint32_t i = 1; i < hosts; i++)
		report_from(f, ALICE + i, MCR_IGMP_TO_IN, NOTHING);
	expect_end_at_once(f);
	fixture_free(f);
}

static void
a_group_with_more_hosts_than_are_known_is_queried(void **unused __rte_unused)
{
	expect_fallback_beyond_the_bound(64);
	config.max_hosts_per_group = 2;
	expect_fallback_beyond_the_bound(2);
	reset_config(NULL);
	config.max_hosts_per_member = 2;
	expect_fallback_beyond_the_bound(2);
	reset_config(NULL);
	config.max_hosts = 2;
	expect_fallback_beyond_the_bound(2);
}

static void
forged_hosts_take_bounded_memory(void **unused __rte_unused)
{
	struct fixture *f;

	config.max_hosts_per_member = 100;
	f = fixture_create_settled(&config);
	for (uint32_t host = 0; host < 1000; host++) {
		for (uint32_t group = 0; group < 4; group++)
			assert_int_equal(report_by(f, MEMBER, HOST + host, MCR_IGMP_TO_EX,
						 GROUP + group, NOTHING),
				MCR_IGMP_ACCEPTED);
	}
	assert_int_equal(mcr_igmp_count_hosts(f->igmp), 100);
	pass(f, MEMBERSHIP_INTERVAL);
	assert_int_equal(mcr_igmp_count_groups(f->igmp), 0);
	assert_int_equal(mcr_igmp_count_hosts(f->igmp), 0);
	fixture_free(f);
}

static void
reload(struct fixture *f, bool immediate_leave)
{
	config.immediate_leave = immediate_leave;
	assert_int_equal(mcr_igmp_reconfigure(f->igmp, &config, f->now), 0);
}

/* Bob reported before tracking began. */
static void
a_reload_that_enables_immediate_leave_knows_no_host(void **unused __rte_unused)
{
	struct fixture *f;

	config.immediate_leave = false;
	f = fixture_create_settled(&config);
	report_from(f, ALICE, MCR_IGMP_TO_EX, NOTHING);
	report_from(f, BOB, MCR_IGMP_TO_EX, NOTHING);
	assert_int_equal(mcr_igmp_count_hosts(f->igmp), 0);
	reload(f, true);
	report_from(f, ALICE, MCR_IGMP_IS_EX, NOTHING);
	expect_query(f);
	report_from(f, ALICE, MCR_IGMP_TO_EX, NOTHING);
	pass(f, MEMBERSHIP_INTERVAL - 1);
	reload(f, true);
	report_from(f, ALICE, MCR_IGMP_IS_EX, NOTHING);
	pass(f, 1);
	expect_end_at_once(f);
	fixture_free(f);
}

static void
a_reload_that_disables_immediate_leave_forgets_all_hosts(void **unused __rte_unused)
{
	struct fixture *f = fixture_create_settled(&config);

	report_from(f, ALICE, MCR_IGMP_TO_EX, NOTHING);
	assert_int_equal(mcr_igmp_count_hosts(f->igmp), 1);
	reload(f, false);
	assert_int_equal(mcr_igmp_count_hosts(f->igmp), 0);
	report_from(f, ALICE, MCR_IGMP_IS_EX, NOTHING);
	assert_int_equal(mcr_igmp_count_hosts(f->igmp), 0);
	expect_query(f);
	fixture_free(f);
}

static void
hosts_of_a_restored_state_are_not_known(void **unused __rte_unused)
{
	const struct mcr_igmp_record record = {.type = MCR_IGMP_IS_EX, .group = GROUP};
	struct fixture *f = fixture_create_settled(&config);

	report_by(f, MEMBER, ALICE, MCR_IGMP_TO_EX, GROUP + 1, NOTHING);
	assert_int_equal(
		mcr_igmp_restore_record(f->igmp, MEMBER, &record, f->now), MCR_IGMP_ACCEPTED);
	expect_query(f);
	report_from(f, ALICE, MCR_IGMP_TO_EX, NOTHING);
	expect_query(f);
	fixture_free(f);
}

static void
hosts_behind_a_passive_member_keep_what_they_want(void **unused __rte_unused)
{
	const struct mcr_igmp_member gateway = {.address = HUB, .passive = true};
	struct fixture *f;

	config.immediate_leave = false;
	f = fixture_create_settled(&config);
	assert_int_equal(mcr_igmp_update_member(f->igmp, MEMBER, &gateway, f->now), 0);
	report_from(f, ALICE, MCR_IGMP_TO_EX, NOTHING);
	report_from(f, BOB, MCR_IGMP_TO_EX, NOTHING);
	report_from(f, BOB, MCR_IGMP_TO_IN, NOTHING);
	assert_state(f, "EXCLUDE | G=270");
	report_from(f, BOB, MCR_IGMP_ALLOW, LIST(1));
	report_from(f, BOB, MCR_IGMP_BLOCK, LIST(1));
	assert_true(receives(f, 1));
	reload(f, true);
	report_from(f, BOB, MCR_IGMP_TO_IN, NOTHING);
	assert_true(receives(f, 1));
	expect_end_at_once(f);
	fixture_free(f);
}

static void
a_passive_member_of_no_known_hosts_is_one(void **unused __rte_unused)
{
	const struct mcr_igmp_member gateway = {.address = HUB, .passive = true};
	struct fixture *f = fixture_create_settled(&config);

	assert_int_equal(mcr_igmp_update_member(f->igmp, MEMBER, &gateway, f->now), 0);
	assert_int_equal(older(f, MCR_IGMP_V2_REPORT), MCR_IGMP_ACCEPTED);
	assert_int_equal(older(f, MCR_IGMP_V2_LEAVE), MCR_IGMP_ACCEPTED);
	assert_state(f, "none");
#ifndef FAMILY_IPV6
	report_from(f, NOBODY, MCR_IGMP_TO_EX, NOTHING);
	report_from(f, NOBODY, MCR_IGMP_TO_IN, NOTHING);
	assert_state(f, "none");
#endif
	assert_queries(f, "");
	fixture_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_leave_of_one_of_two_hosts_is_queried, reset_config),
		cmocka_unit_test_setup(a_host_that_leaves_twice_takes_nothing_more, reset_config),
		cmocka_unit_test_setup(a_source_that_another_host_wants_is_queried, reset_config),
		cmocka_unit_test_setup(a_host_that_wants_any_source_wants_each, reset_config),
		cmocka_unit_test_setup(
			a_source_is_not_lost_with_the_group_that_hid_it, reset_config),
		cmocka_unit_test_setup(a_host_with_many_sources_may_want_any, reset_config),
		cmocka_unit_test_setup(older_hosts_are_queried, reset_config),
#ifndef FAMILY_IPV6
		cmocka_unit_test_setup(hosts_without_an_address_are_queried, reset_config),
#endif
		cmocka_unit_test_setup(a_host_that_vanished_does_not_hold_up_a_leave, reset_config),
		cmocka_unit_test_setup(
			a_group_with_more_hosts_than_are_known_is_queried, reset_config),
		cmocka_unit_test_setup(forged_hosts_take_bounded_memory, reset_config),
		cmocka_unit_test_setup(
			a_reload_that_enables_immediate_leave_knows_no_host, reset_config),
		cmocka_unit_test_setup(
			a_reload_that_disables_immediate_leave_forgets_all_hosts, reset_config),
		cmocka_unit_test_setup(hosts_of_a_restored_state_are_not_known, reset_config),
		cmocka_unit_test_setup(
			hosts_behind_a_passive_member_keep_what_they_want, reset_config),
		cmocka_unit_test_setup(a_passive_member_of_no_known_hosts_is_one, reset_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
