/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Every row of RFC 9776 6.4.1 and 6.4.2. */

#include "igmp_fixture.h"

struct row {
	const char *name;
	bool exclude; /* from EXCLUDE (X={1,2},Y={3,4}); else from INCLUDE (A={1,2}) */
	uint8_t type;
	const uint8_t *record;
	const char *state; /* 10 s after the first report */
	const char *queries;
};

/* GMI 270 s, LMQT 2 s; older timers have 260 s left. */
static const struct row rows[] = {
	{"INCLUDE (A) IS_IN (B)", false, MCR_IGMP_IS_IN, LIST(2, 5), "INCLUDE 1=260 2=270 5=270",
		""},
	{"INCLUDE (A) IS_EX (B)", false, MCR_IGMP_IS_EX, LIST(2, 5), "EXCLUDE 2=260 | 5 G=270", ""},
	{"EXCLUDE (X,Y) IS_IN (A)", true, MCR_IGMP_IS_IN, LIST(2, 3, 5),
		"EXCLUDE 1=260 2=270 3=270 5=270 | 4 G=260", ""},
	{"EXCLUDE (X,Y) IS_EX (A)", true, MCR_IGMP_IS_EX, LIST(2, 3, 5),
		"EXCLUDE 2=260 5=270 | 3 G=270", ""},
	{"INCLUDE (A) ALLOW (B)", false, MCR_IGMP_ALLOW, LIST(2, 5), "INCLUDE 1=260 2=270 5=270",
		""},
	{"INCLUDE (A) BLOCK (B)", false, MCR_IGMP_BLOCK, LIST(2, 5), "INCLUDE 1=260 2=2", "Q(G,2)"},
	{"INCLUDE (A) TO_EX (B)", false, MCR_IGMP_TO_EX, LIST(2, 5), "EXCLUDE 2=2 | 5 G=270",
		"Q(G,2)"},
	{"INCLUDE (A) TO_IN (B)", false, MCR_IGMP_TO_IN, LIST(2, 5), "INCLUDE 1=2 2=270 5=270",
		"Q(G,1)"},
	{"EXCLUDE (X,Y) ALLOW (A)", true, MCR_IGMP_ALLOW, LIST(2, 3, 5),
		"EXCLUDE 1=260 2=270 3=270 5=270 | 4 G=260", ""},
	{"EXCLUDE (X,Y) BLOCK (A)", true, MCR_IGMP_BLOCK, LIST(2, 3, 5),
		"EXCLUDE 1=260 2=2 5=2 | 3 4 G=260", "Q(G,2,5)"},
	{"EXCLUDE (X,Y) TO_EX (A)", true, MCR_IGMP_TO_EX, LIST(2, 3, 5),
		"EXCLUDE 2=2 5=2 | 3 G=270", "Q(G,2,5)"},
	{"EXCLUDE (X,Y) TO_IN (A)", true, MCR_IGMP_TO_IN, LIST(2, 3, 5),
		"EXCLUDE 1=2 2=270 3=270 5=270 | 4 G=2", "Q(G) Q(G,1)"},
	/* Queries for an empty set are not sent (6.4.2). */
	{"INCLUDE (A) BLOCK of unknown senders", false, MCR_IGMP_BLOCK, LIST(5),
		"INCLUDE 1=260 2=260", ""},
	{"INCLUDE (A) TO_EX ({})", false, MCR_IGMP_TO_EX, NOTHING, "EXCLUDE | G=270", ""},
	{"INCLUDE (A) TO_IN ({})", false, MCR_IGMP_TO_IN, NOTHING, "INCLUDE 1=2 2=2", "Q(G,1,2)"},
	{"EXCLUDE (X,Y) BLOCK (Y)", true, MCR_IGMP_BLOCK, LIST(3, 4),
		"EXCLUDE 1=260 2=260 | 3 4 G=260", ""},
	{"EXCLUDE (X,Y) IS_EX ({})", true, MCR_IGMP_IS_EX, NOTHING, "EXCLUDE | G=270", ""},
	{"EXCLUDE (X,Y) TO_IN (X)", true, MCR_IGMP_TO_IN, LIST(1, 2),
		"EXCLUDE 1=270 2=270 | 3 4 G=2", "Q(G)"},
};

/* EXCLUDE (X,Y) comes from INCLUDE (X) and IS_EX (X+Y). */
static void
prepare(struct fixture *f, bool exclude)
{
	report(f, MCR_IGMP_IS_IN, LIST(1, 2));
	if (exclude)
		report(f, MCR_IGMP_IS_EX, LIST(1, 2, 3, 4));
	assert_state(f, exclude ? "EXCLUDE 1=270 2=270 | 3 4 G=270" : "INCLUDE 1=270 2=270");
	pass(f, 10 * SECOND);
}

static void
assert_routes_match_state(struct fixture *f)
{
	struct mcr_igmp_state state;

	assert_true(mcr_igmp_get_state(f->igmp, MEMBER, GROUP, f->now, &state));
	for (uint8_t n = 1; n < 10; n++) {
		struct mcr_igmp_source source = {.forward = state.mode == MCR_IGMP_EXCLUDE};

		mcr_igmp_get_source(f->igmp, MEMBER, GROUP, SOURCE(n), f->now, &source);
		assert_int_equal(receives(f, n), source.forward);
	}
}

static void
every_row_of_the_tables_holds(void **unused __rte_unused)
{
	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		struct fixture *f = fixture_create();

		print_message("%s\n", rows[i].name);
		prepare(f, rows[i].exclude);
		report(f, rows[i].type, rows[i].record);
		assert_state(f, rows[i].state);
		assert_queries(f, rows[i].queries);
		assert_routes_match_state(f);
		fixture_free(f);
	}
}

static void
a_group_that_nobody_wants_has_no_record(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	report(f, MCR_IGMP_IS_IN, NOTHING);
	report(f, MCR_IGMP_ALLOW, NOTHING);
	report(f, MCR_IGMP_TO_IN, NOTHING);
	report(f, MCR_IGMP_BLOCK, LIST(1));
	assert_state(f, "none");
	assert_int_equal(f->changes, 0);
	assert_queries(f, "");
	fixture_free(f);
}

/* 6.4.2, (A-X-Y)=Group Timer. */
static void
a_blocked_source_gets_what_is_left_of_the_group_timer(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	report(f, MCR_IGMP_IS_EX, NOTHING);
	report(f, MCR_IGMP_TO_IN, NOTHING);
	assert_queries(f, "Q(G)");
	pass(f, SECOND / 2);
	report(f, MCR_IGMP_BLOCK, LIST(5));
	assert_state(f, "EXCLUDE 5=1.500 | G=1.500");
	assert_queries(f, "");
	fixture_free(f);
}

/* 6.4.2: TO_EX sets the group timer last. */
static void
a_source_new_in_to_ex_gets_the_old_group_timer(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	report(f, MCR_IGMP_IS_EX, NOTHING);
	report(f, MCR_IGMP_TO_IN, NOTHING);
	pass(f, SECOND / 2);
	report(f, MCR_IGMP_TO_EX, LIST(5));
	assert_state(f, "EXCLUDE 5=1.500 | G=270");
	fixture_free(f);
}

/* 6.3. */
static void
include_ends_with_its_last_source(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	report(f, MCR_IGMP_IS_IN, LIST(1));
	pass(f, 5 * SECOND);
	report(f, MCR_IGMP_IS_IN, LIST(2));
	pass(f, 265 * SECOND - 1);
	assert_true(receives(f, 1));
	pass(f, 1);
	assert_state(f, "INCLUDE 2=5");
	assert_false(receives(f, 1));
	assert_true(receives(f, 2));
	pass(f, 5 * SECOND);
	assert_state(f, "none");
	assert_false(receives(f, 2));
	fixture_free(f);
}

/* 6.3: in EXCLUDE mode, when its timer expires. */
static void
a_requested_source_becomes_excluded(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	prepare(f, true);
	report(f, MCR_IGMP_IS_EX, LIST(1, 3));
	assert_state(f, "EXCLUDE 1=260 | 3 G=270");
	pass(f, 260 * SECOND);
	assert_state(f, "EXCLUDE | 1 3 G=10");
	assert_false(receives(f, 1));
	assert_true(receives(f, 2));
	fixture_free(f);
}

/* 6.5. */
static void
exclude_falls_back_to_its_requested_sources(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	prepare(f, true);
	report(f, MCR_IGMP_ALLOW, LIST(2, 4));
	pass(f, 260 * SECOND);
	assert_state(f, "INCLUDE 2=10 4=10");
	assert_true(receives(f, 4));
	assert_false(receives(f, 9));
	pass(f, 10 * SECOND);
	assert_state(f, "none");
	fixture_free(f);
}

/* 6.2.2. */
static void
exclude_without_requested_sources_ends_with_its_timer(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	report(f, MCR_IGMP_TO_EX, LIST(3));
	assert_true(receives(f, 1));
	assert_false(receives(f, 3));
	pass(f, 270 * SECOND - 1);
	assert_true(receives(f, 1));
	pass(f, 1);
	assert_state(f, "none");
	assert_false(receives(f, 1));
	assert_false(receives(f, 3));
	assert_int_equal(mcr_igmp_count_groups(f->igmp), 0);
	assert_int_equal(mcr_igmp_count_sources(f->igmp), 0);
	fixture_free(f);
}

static void
group_and_source_may_end_together(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	report(f, MCR_IGMP_IS_EX, NOTHING);
	report(f, MCR_IGMP_ALLOW, LIST(1));
	pass(f, 270 * SECOND);
	assert_state(f, "none");
	assert_false(receives(f, 1));
	fixture_free(f);
}

static void
a_late_run_ends_in_the_same_state(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	prepare(f, true);
	report(f, MCR_IGMP_ALLOW, LIST(2));
	f->now += 261 * SECOND;
	mcr_igmp_run(f->igmp, f->now);
	assert_state(f, "INCLUDE 2=9");
	f->now += 3600 * SECOND;
	report(f, MCR_IGMP_BLOCK, LIST(2));
	assert_state(f, "none");
	fixture_free(f);
}

static uint32_t order_count;
static uint32_t order[8];

static int
note_order(void *arg __rte_unused, uint32_t member_id __rte_unused, uint32_t group __rte_unused,
	uint32_t source, enum mcr_igmp_route before __rte_unused, enum mcr_igmp_route after)
{
	order[order_count++] = (source & 0xff) * 10 + after;
	return 0;
}

/* Make before break, from SSM to any source and back. */
static void
the_order_of_changes_interrupts_no_stream(void **unused __rte_unused)
{
	const struct mcr_igmp_ops ops = {
		.send = fixture_send,
		.changed = note_order,
		.limited = fixture_limited,
	};
	struct mcr_igmp_config config;
	struct fixture *f;

	family_default_config(&config);
	f = fixture_create_settled(&config);
	mcr_igmp_free(f->igmp);
	f->igmp = mcr_igmp_create(&config, &ops, f);
	assert_int_equal(mcr_igmp_add_member(f->igmp, MEMBER,
				 &(struct mcr_igmp_member){.address = HUB}, f->now),
		0);
	order_count = 0;
	report(f, MCR_IGMP_IS_IN, LIST(1));
	report(f, MCR_IGMP_TO_EX, LIST(3));
	assert_int_equal(order_count, 4);
	assert_int_equal(order[0], 10 + MCR_IGMP_ROUTE_JOIN);
	assert_int_equal(order[1], 30 + MCR_IGMP_ROUTE_EXCLUDE);
	assert_int_equal(order[2], 0 + MCR_IGMP_ROUTE_JOIN);
	assert_int_equal(order[3], 10 + MCR_IGMP_ROUTE_NONE);
	order_count = 0;
	report(f, MCR_IGMP_TO_IN, LIST(1));
	pass(f, 2 * SECOND);
	assert_int_equal(order_count, 3);
	assert_int_equal(order[0], 10 + MCR_IGMP_ROUTE_JOIN);
	assert_int_equal(order[1], 0 + MCR_IGMP_ROUTE_NONE);
	assert_int_equal(order[2], 30 + MCR_IGMP_ROUTE_NONE);
	fixture_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_of_the_tables_holds),
		cmocka_unit_test(a_group_that_nobody_wants_has_no_record),
		cmocka_unit_test(a_blocked_source_gets_what_is_left_of_the_group_timer),
		cmocka_unit_test(a_source_new_in_to_ex_gets_the_old_group_timer),
		cmocka_unit_test(include_ends_with_its_last_source),
		cmocka_unit_test(a_requested_source_becomes_excluded),
		cmocka_unit_test(exclude_falls_back_to_its_requested_sources),
		cmocka_unit_test(exclude_without_requested_sources_ends_with_its_timer),
		cmocka_unit_test(group_and_source_may_end_together),
		cmocka_unit_test(a_late_run_ends_in_the_same_state),
		cmocka_unit_test(the_order_of_changes_interrupts_no_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
