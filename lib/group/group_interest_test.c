/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "peers.h"

static void
the_own_interest_is_told_when_it_changes(void **state)
{
	struct mcr_group_table *table = table_of(state);
	struct heard heard = {0};

	mcr_group_watch_interest(table, hear, &heard);
	join(table, group(G1), 1, MCR_ORIGIN_IGMP);
	assert_string_equal(heard.text, "");
	assert_heard(table, &heard, "+efc00001,0/32 ");
	join(table, group(G1), 2, MCR_ORIGIN_IGMP);
	leave(table, group(G1), 1, MCR_ORIGIN_IGMP);
	assert_heard(table, &heard, "");
	block(table, source_group(S1, G1), 2, MCR_ORIGIN_IGMP);
	assert_heard(table, &heard, "!efc00001,c0a80001/32 ");
	join(table, source_group(S1, G1), 3, MCR_ORIGIN_IGMP);
	assert_heard(table, &heard, "+efc00001,c0a80001/32 ");
	mcr_group_forget_member(table, 3);
	mcr_group_forget_member(table, 2);
	assert_heard(table, &heard, "-efc00001,0/32 -efc00001,c0a80001/32 ");
	join(table, group(G1), 1, MCR_ORIGIN_IGMP);
	leave(table, group(G1), 1, MCR_ORIGIN_IGMP);
	assert_heard(table, &heard, "");
}

static void
the_own_interest_in_static_keys_is_told(void **state)
{
	struct mcr_group_table *table = table_of(state);
	struct heard heard = {0};

	mcr_group_watch_interest(table, hear, &heard);
	configure(table, fallback, "1");
	assert_heard(table, &heard, "+0,0/0 ");
	configure(table, broadcast, "");
	assert_heard(table, &heard, "!ffffffff,0/32 -0,0/0 ");
	configure(table, prefix(NET, 16), "");
	assert_heard(table, &heard, "!efc00000,0/16 -ffffffff,0/32 ");
	block(table, source_group(S1, G1), 2, MCR_ORIGIN_IGMP);
	assert_heard(table, &heard, "!efc00001,c0a80001/32 ");
	/* What an entry inherits counts. */
	configure(table, prefix(NET, 16), "1");
	assert_heard(table, &heard, "+efc00000,0/16 +efc00001,c0a80001/32 ");
}

static void
interest_of_peers_is_not_told(void **state)
{
	struct mcr_group_table *table = table_of(state);
	struct heard heard = {0};
	struct mcr_group_key key = group(G1);

	mcr_group_watch_interest(table, hear, &heard);
	want(table, key, A);
	want(table, prefix(NET, 16), A);
	want(table, fallback, A);
	want(table, broadcast, A);
	assert_heard(table, &heard, "");
	configure(table, fallback, "1");
	assert_heard(table, &heard, "+0,0/0 ");
	assert_int_equal(
		mcr_group_interest_of(table, mcr_group_lookup(table, &key)), MCR_INTEREST_NONE);
	join(table, key, 1, MCR_ORIGIN_IGMP);
	assert_heard(table, &heard, "+efc00001,0/32 ");
	leave(table, key, 1, MCR_ORIGIN_IGMP);
	assert_heard(table, &heard, "-efc00001,0/32 ");
	mcr_group_static_begin(table);
	mcr_group_static_end(table);
	assert_heard(table, &heard, "-0,0/0 ");
	assert_receivers(table, S1, G1, "");
}

static void
a_late_watcher_asks_for_what_is_so_already(void **state)
{
	struct mcr_group_table *table = table_of(state);
	struct heard heard = {0};
	struct mcr_group_key keys[] = {group(G1), fallback, broadcast};

	configure(table, fallback, "1");
	join(table, group(G1), 1, MCR_ORIGIN_IGMP);
	commit(table);
	mcr_group_watch_interest(table, hear, &heard);
	join(table, group(G1), 2, MCR_ORIGIN_IGMP);
	assert_heard(table, &heard, "");
	for (uint32_t i = 0; i < 2; i++)
		assert_int_equal(mcr_group_interest_of(table, mcr_group_lookup(table, &keys[i])),
			MCR_INTEREST_WANTS);
	assert_int_equal(mcr_group_lookup(table, &keys[2]), MCR_GROUP_NONE);
	mcr_group_watch_interest(table, NULL, NULL);
	mcr_group_forget_member(table, 1);
	mcr_group_forget_member(table, 2);
	assert_heard(table, &heard, "");
}

static void
what_other_work_has_not_committed_is_not_told(void **state)
{
	struct mcr_group_table *table = table_of(state);
	struct heard heard = {0};

	mcr_group_watch_interest(table, hear, &heard);
	join(table, group(G1), 1, MCR_ORIGIN_IGMP);
	assert_heard(table, &heard, "+efc00001,0/32 ");
	leave(table, group(G1), 1, MCR_ORIGIN_IGMP);
	mcr_group_work_on(table, MCR_GROUP_BULK);
	configure(table, prefix(NET, 16), "2");
	assert_heard(table, &heard, "+efc00000,0/16 ");
	mcr_group_work_on(table, MCR_GROUP_URGENT);
	join(table, group(G1), 1, MCR_ORIGIN_IGMP);
	assert_heard(table, &heard, "");
	assert_receivers(table, S1, G1, "1 2");
}

static void
keys_of_peers_are_listed(void **state)
{
	struct mcr_group_table *table = table_of(state);
	const struct mcr_group_key keys[] = {group(G1), group(G2)};
	uint32_t id;

	want(table, keys[0], A);
	refuse(table, keys[1], A);
	want(table, fallback, B);
	commit(table);
	assert_int_equal(mcr_group_count(table), 2);
	id = mcr_group_lookup(table, &keys[0]);
	assert_int_equal(mcr_group_next(table, 0), id);
	assert_int_equal(mcr_group_origins(table, id), MCR_ORIGIN_PEER);
	assert_int_equal(mcr_group_origins_of(table, id, A), MCR_ORIGIN_PEER);
	assert_int_equal(mcr_group_origins_of(table, id, B), MCR_ORIGIN_PEER);
	assert_int_equal(mcr_group_origins_of(table, id, 1), 0);
	id = mcr_group_lookup(table, &keys[1]);
	assert_int_equal(mcr_group_origins(table, id), 0);
	assert_int_equal(mcr_group_origins_of(table, id, A), 0);
	assert_int_equal(mcr_group_memberships(table, A), 2);
	join(table, keys[1], A, MCR_ORIGIN_IGMP);
	assert_int_equal(mcr_group_origins(table, id), MCR_ORIGIN_IGMP);
	assert_int_equal(mcr_group_memberships(table, A), 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_own_interest_is_told_when_it_changes),
		TEST(the_own_interest_in_static_keys_is_told),
		TEST(interest_of_peers_is_not_told),
		TEST(a_late_watcher_asks_for_what_is_so_already),
		TEST(what_other_work_has_not_committed_is_not_told),
		TEST(keys_of_peers_are_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
