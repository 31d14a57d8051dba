/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * Random changes to a table and to a model of plain arrays: the most specific static entry decides,
 * plus each member that joined (S,G) or (*,G) unless its origin excluded S.
 *
 * In the second test members join and leave while a configuration is on its way, as the control
 * lcore lets them.
 */

#include "fixture.h"

#define N_GROUPS 4
#define N_SOURCES 3 /* the first is any */
#define N_PREFIXES 3
#define N_MEMBERS 6
#define N_ORIGINS 3
#define ROUNDS 30000

#define BASE IP(239, 192, 0, 0)

struct wish {
	uint8_t joined;
	uint8_t blocked;
};

struct model {
	struct wish wishes[N_GROUPS][N_SOURCES][N_MEMBERS];
	/* Bits of members; -1: no static entry. */
	int configured[N_GROUPS][N_SOURCES];
	int prefixes[N_PREFIXES];
};

/* The shortest, which is the fallback, first; the longest leaves groups 2 and 3 out. */
static const struct mcr_group_key prefixes[N_PREFIXES] = {
	{0, 0, 0},
	{UINT32_C(0xefc00000), 0, 16},
	{UINT32_C(0xefc00000), 0, 31},
};

static const enum mcr_origin origins[N_ORIGINS] = {
	MCR_ORIGIN_RUNTIME, MCR_ORIGIN_IGMP, MCR_ORIGIN_AMT};

static uint64_t seed;

static uint32_t
random_below(uint32_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (seed >> 33) % n;
}

static struct mcr_group_key
key_of(uint32_t g, uint32_t s)
{
	return source_group(s == 0 ? 0 : S1 + s, BASE + g);
}

static bool
exists(const struct model *model, uint32_t g, uint32_t s)
{
	for (uint32_t m = 0; m < N_MEMBERS; m++) {
		if (model->wishes[g][s][m].joined | model->wishes[g][s][m].blocked)
			return true;
	}
	return model->configured[g][s] >= 0;
}

static int
longest_prefix(const struct model *model, uint32_t g)
{
	if (g < 2 && model->prefixes[2] >= 0)
		return model->prefixes[2];
	return model->prefixes[1];
}

static int
joined_of(const struct model *model, uint32_t g, uint32_t s)
{
	int members = 0;

	for (uint32_t m = 0; m < N_MEMBERS; m++) {
		unsigned int why = model->wishes[g][s][m].joined;

		if (s != 0)
			why |= model->wishes[g][0][m].joined & ~model->wishes[g][s][m].blocked;
		members |= (why != 0) << m;
	}
	return members;
}

static int
expected_of(const struct model *model, uint32_t g, uint32_t s)
{
	int members = -1, joined = joined_of(model, g, s);

	if (s != 0)
		members = model->configured[g][s];
	if (members < 0)
		members = model->configured[g][0];
	if (members < 0)
		members = longest_prefix(model, g);
	if (members < 0 && joined == 0 && !exists(model, g, 0))
		return model->prefixes[0] < 0 && exists(model, g, s) ? 0 : model->prefixes[0];
	return (members < 0 ? 0 : members) | joined;
}

static int
found_of(struct mcr_group_table *table, uint32_t g, uint32_t s)
{
	const struct mcr_flow flow = {S1 + s, BASE + g};
	const struct mcr_receivers *receivers;
	struct mcr_group_ref ref;
	int members = 0;

	if (!mcr_group_find(table, flow, &ref))
		return -1;
	receivers = mcr_group_receivers(table, ref);
	for (uint32_t i = 0; i < receivers->count; i++) {
		assert_false(members >> receivers->at[i].member);
		members |= 1 << receivers->at[i].member;
	}
	return members;
}

static void
toggle(uint8_t *bits, enum mcr_origin origin, bool on)
{
	*bits = on ? *bits | origin : *bits & ~origin;
}

static void
change_wish(struct mcr_group_table *table, struct model *model)
{
	const uint32_t g = random_below(N_GROUPS), s = random_below(N_SOURCES);
	const uint32_t m = random_below(N_MEMBERS);
	const enum mcr_origin origin = origins[random_below(N_ORIGINS)];
	const struct mcr_group_key key = key_of(g, s);
	struct wish *wish = &model->wishes[g][s][m];
	const bool on = random_below(3) == 0;
	int ret;

	if (s != 0 && random_below(3) == 0) {
		ret = on ? mcr_group_block(table, &key, receiver(m), origin)
		         : mcr_group_unblock(table, &key, m, origin);
		assert_int_equal(ret == 0, on || (wish->blocked & origin) != 0);
		toggle(&wish->blocked, origin, on);
		return;
	}
	ret = on ? mcr_group_add(table, &key, receiver(m), origin)
	         : mcr_group_remove(table, &key, m, origin);
	assert_int_equal(ret == 0, on || (wish->joined & origin) != 0);
	toggle(&wish->joined, origin, on);
}

static void
forget(struct mcr_group_table *table, struct model *model)
{
	const uint32_t m = random_below(N_MEMBERS);

	mcr_group_forget_member(table, m);
	for (uint32_t g = 0; g < N_GROUPS; g++) {
		for (uint32_t s = 0; s < N_SOURCES; s++)
			model->wishes[g][s][m] = (struct wish){0};
	}
}

/* Returns bits of members, or -1 for no entry. */
static int
maybe_set(struct mcr_group_table *table, struct mcr_group_key key)
{
	const int members = random_below(3) == 0 ? (int)random_below(1 << N_MEMBERS) : -1;
	struct mcr_receiver receivers[N_MEMBERS];
	uint32_t n = 0;

	for (uint32_t m = 0; members >= 0 && m < N_MEMBERS; m++) {
		if (members >> m & 1)
			receivers[n++] = receiver(m);
	}
	if (members >= 0)
		assert_int_equal(set_list(table, &key, receivers, n, NULL, 0), 0);
	return members;
}

static void
reload(struct mcr_group_table *table, struct model *model)
{
	struct model after = *model;

	mcr_group_static_begin(table);
	for (uint32_t g = 0; g < N_GROUPS; g++) {
		for (uint32_t s = 0; s < N_SOURCES; s++)
			after.configured[g][s] = maybe_set(table, key_of(g, s));
	}
	for (uint32_t i = 0; i < N_PREFIXES; i++)
		after.prefixes[i] = maybe_set(table, prefixes[i]);
	if (random_below(4) == 0) {
		mcr_group_static_cancel(table);
		return;
	}
	mcr_group_static_end(table);
	memcpy(model->configured, after.configured, sizeof(after.configured));
	memcpy(model->prefixes, after.prefixes, sizeof(after.prefixes));
}

static void
compare(struct mcr_group_table *table, const struct model *model)
{
	uint32_t count = (model->prefixes[1] >= 0) + (model->prefixes[2] >= 0);

	for (uint32_t g = 0; g < N_GROUPS; g++) {
		for (uint32_t s = 0; s < N_SOURCES; s++) {
			assert_int_equal(found_of(table, g, s), expected_of(model, g, s));
			count += exists(model, g, s);
		}
	}
	assert_int_equal(mcr_group_count(table), count);
}

static void
random_changes_agree_with_the_rules(void **state)
{
	struct mcr_group_table *table = table_of(state);
	struct model model;

	memset(&model, 0, sizeof(model));
	memset(model.configured, -1, sizeof(model.configured));
	memset(model.prefixes, -1, sizeof(model.prefixes));
	seed = 3;
	for (uint32_t round = 0; round < ROUNDS; round++) {
		for (uint32_t i = random_below(6); i != 0; i--)
			change_wish(table, &model);
		if (random_below(20) == 0)
			forget(table, &model);
		if (random_below(20) == 0)
			reload(table, &model);
		commit(table);
		mcr_rcu_reclaim(rcu_of(state));
		compare(table, &model);
	}
}

struct interruption {
	struct mcr_group_table *table;
	struct model *model;
	bool is_urgent;
	bool is_whole; /* the urgent commit had no need to stop */
};

static void
commit_urgently(struct interruption *interruption)
{
	int ret;

	interruption->is_whole = true;
	ret = mcr_group_commit(interruption->table);
	assert_int_equal(ret, interruption->is_whole ? 0 : -EAGAIN);
}

/* While the configuration is on its way, what was joined is received whatever else is. */
static void
assert_joined(const struct interruption *interruption)
{
	for (uint32_t g = 0; g < N_GROUPS; g++) {
		for (uint32_t s = 0; s < N_SOURCES; s++) {
			const int joined = joined_of(interruption->model, g, s);

			if (exists(interruption->model, g, s))
				assert_int_equal(
					found_of(interruption->table, g, s) & joined, joined);
		}
	}
}

static bool
stop_or_interrupt(void *arg)
{
	struct interruption *interruption = arg;

	if (interruption->is_urgent) {
		if (random_below(8) == 0)
			interruption->is_whole = false;
		return !interruption->is_whole;
	}
	if (random_below(4) != 0)
		return false;
	interruption->is_urgent = true;
	mcr_group_work_on(interruption->table, MCR_GROUP_URGENT);
	for (uint32_t i = random_below(6); i != 0; i--)
		change_wish(interruption->table, interruption->model);
	commit_urgently(interruption);
	if (interruption->is_whole)
		assert_joined(interruption);
	mcr_group_work_on(interruption->table, MCR_GROUP_BULK);
	interruption->is_urgent = false;
	return false;
}

static void
finish_urgent(struct interruption *interruption)
{
	mcr_group_work_on(interruption->table, MCR_GROUP_URGENT);
	interruption->is_urgent = true;
	do
		commit_urgently(interruption);
	while (!interruption->is_whole);
	interruption->is_urgent = false;
}

static void
joins_need_not_wait_for_a_configuration(void **state)
{
	struct mcr_group_table *table = table_of(state);
	struct model model;
	struct interruption interruption = {.table = table, .model = &model};

	memset(&model, 0, sizeof(model));
	memset(model.configured, -1, sizeof(model.configured));
	memset(model.prefixes, -1, sizeof(model.prefixes));
	seed = 5;
	for (uint32_t round = 0; round < ROUNDS / 4; round++) {
		mcr_group_work_on(table, MCR_GROUP_BULK);
		/* A member that goes does not join meanwhile. */
		mcr_group_pace(table, NULL, NULL);
		if (random_below(8) == 0)
			forget(table, &model);
		mcr_group_pace(table, stop_or_interrupt, &interruption);
		reload(table, &model);
		commit(table);
		finish_urgent(&interruption);
		mcr_rcu_reclaim(rcu_of(state));
		compare(table, &model);
	}
	mcr_group_pace(table, NULL, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			random_changes_agree_with_the_rules, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			joins_need_not_wait_for_a_configuration, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
