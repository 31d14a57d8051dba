/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* IGMPv1, IGMPv2 and MLDv1 hosts and the compatibility mode of a group (RFC 9776 7.3.2). */

#include "igmp_fixture.h"

static uint8_t
version(struct fixture *f)
{
	struct mcr_igmp_state state;

	assert_true(mcr_igmp_get_state(f->igmp, MEMBER, GROUP, f->now, &state));
	return state.version;
}

static void
a_v2_host_joins_and_leaves(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	assert_int_equal(older(f, MCR_IGMP_V2_REPORT), MCR_IGMP_ACCEPTED);
	assert_state(f, "EXCLUDE | G=270");
	assert_int_equal(version(f), FAMILY_VERSION(2));
	assert_true(receives(f, 1));
	assert_int_equal(older(f, MCR_IGMP_V2_LEAVE), MCR_IGMP_ACCEPTED);
	assert_queries(f, "Q(G)");
	assert_state(f, "EXCLUDE | G=2");
	pass(f, 2 * SECOND);
	assert_queries(f, "Q(G)");
	assert_false(receives(f, 1));
	assert_int_equal(mcr_igmp_get_counters(f->igmp)->received[MCR_IGMP_V2_REPORT], 1);
	assert_int_equal(mcr_igmp_get_counters(f->igmp)->received[MCR_IGMP_V2_LEAVE], 1);
	fixture_free(f);
}

static void
a_leave_of_what_was_not_joined_changes_nothing(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	assert_int_equal(older(f, MCR_IGMP_V2_LEAVE), MCR_IGMP_ACCEPTED);
	assert_state(f, "none");
	assert_queries(f, "");
	fixture_free(f);
}

#ifndef FAMILY_IPV6
/* RFC 1112 has no leave. */
static void
a_v1_host_leaves_by_timeout_only(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	assert_int_equal(older(f, MCR_IGMP_V1_REPORT), MCR_IGMP_ACCEPTED);
	assert_int_equal(version(f), 1);
	assert_int_equal(older(f, MCR_IGMP_V2_LEAVE), MCR_IGMP_REJECT_OLDER_HOST);
	report(f, MCR_IGMP_TO_IN, NOTHING);
	report(f, MCR_IGMP_BLOCK, LIST(1));
	assert_int_equal(rejected(f, MCR_IGMP_REJECT_OLDER_HOST), 3);
	assert_state(f, "EXCLUDE | G=270");
	assert_queries(f, "");
	pass(f, 270 * SECOND);
	assert_state(f, "none");
	fixture_free(f);
}

#endif

/* BLOCK is ignored, TO_EX({x}) is TO_EX({}). */
static void
v2_mode_blocks_nothing(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	assert_int_equal(older(f, MCR_IGMP_V2_REPORT), MCR_IGMP_ACCEPTED);
	report(f, MCR_IGMP_BLOCK, LIST(1));
	assert_int_equal(rejected(f, MCR_IGMP_REJECT_OLDER_HOST), 1);
	assert_state(f, "EXCLUDE | G=270");
	report(f, MCR_IGMP_TO_EX, LIST(1));
	assert_state(f, "EXCLUDE | G=270");
	report(f, MCR_IGMP_ALLOW, LIST(1));
	assert_state(f, "EXCLUDE 1=270 | G=270");
	report(f, MCR_IGMP_TO_IN, LIST(1));
	assert_state(f, "EXCLUDE 1=270 | G=2");
	fixture_free(f);
}

/* 8.13: after 260 s. */
static void
the_group_goes_back_to_v3_when_older_hosts_fall_silent(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	assert_int_equal(older(f, FAMILY_OLDEST_REPORT), MCR_IGMP_ACCEPTED);
	pass(f, 100 * SECOND);
	assert_int_equal(older(f, MCR_IGMP_V2_REPORT), MCR_IGMP_ACCEPTED);
	assert_int_equal(version(f), 1);
	pass(f, 160 * SECOND - 1);
	assert_int_equal(version(f), 1);
	pass(f, 1);
	assert_int_equal(version(f), FAMILY_VERSION(2));
	report(f, MCR_IGMP_IS_EX, NOTHING);
	pass(f, 100 * SECOND);
	assert_int_equal(version(f), FAMILY_VERSION(3));
	report(f, MCR_IGMP_TO_EX, LIST(3));
	pass(f, 2 * SECOND);
	assert_false(receives(f, 3));
	fixture_free(f);
}

/* A v2 report over v3 state is IS_EX({}). */
static void
an_older_report_replaces_source_state(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	report(f, MCR_IGMP_IS_EX, LIST(3));
	assert_false(receives(f, 3));
	assert_int_equal(older(f, MCR_IGMP_V2_REPORT), MCR_IGMP_ACCEPTED);
	assert_true(receives(f, 3));
	assert_state(f, "EXCLUDE | G=270");
	fixture_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_v2_host_joins_and_leaves),
		cmocka_unit_test(a_leave_of_what_was_not_joined_changes_nothing),
#ifndef FAMILY_IPV6
		cmocka_unit_test(a_v1_host_leaves_by_timeout_only),
#endif
		cmocka_unit_test(v2_mode_blocks_nothing),
		cmocka_unit_test(the_group_goes_back_to_v3_when_older_hosts_fall_silent),
		cmocka_unit_test(an_older_report_replaces_source_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
