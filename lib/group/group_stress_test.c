/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * A writer at full speed against lock-free readers:
 *
 *   writer: joins, leaves, interest of peers, reloads, reclaims
 *      |
 *   [table] -> RX thread: finds entries --[ring of refs]--> TX thread: resolves and reads lists
 *
 * Member n receives only group n mod GROUPS, and so do peers, so a wrong or freed list (the
 * allocator overwrites it) is detected. A steady flow has the same receiver in all configurations,
 * the same peer by whatever key of it, and is always found.
 */

#include <sched.h>

#include <stress_run.h>

#include "fixture.h"

#define SOURCES 4
#define STRESS_GROUPS 16
#define STRESS_MEMBERS 1024

#define ENOUGH 5000

#define STEADY_GROUP IP(239, 255, 0, 1)
#define STEADY_MEMBER STRESS_MEMBERS
#define STEADY_PEER (STRESS_MEMBERS + 1)
#define FIRST_PEER (STRESS_MEMBERS + 2)
#define STRESS_PEERS 64
#define KEYS (STRESS_GROUPS * (SOURCES + 1) + 4)
#define BASE_GROUP IP(239, 1, 0, 0)

enum reader { RX, TX };

enum flaw { NO_GENERATION_CHECK = OWN_FLAWS };

struct job {
	struct mcr_flow flow;
	struct mcr_group_ref ref;
};

#include <stress_ring.h>

static struct mcr_group_table *table;
static struct ring ring;

static struct mcr_flow
random_flow(uint64_t *seed)
{
	return (struct mcr_flow){
		.source = 1 + next_random(seed) % SOURCES,
		.group = BASE_GROUP + next_random(seed) % STRESS_GROUPS,
	};
}

static bool
is_only(const struct mcr_receivers *receivers, uint32_t member)
{
	return receivers != NULL && receivers->count == 1 && receivers->at[0].member == member;
}

static void
check_steady_flow(void)
{
	const struct mcr_flow flow = {S1, STEADY_GROUP};
	const struct mcr_receivers *receivers = NULL, *peers = NULL;
	struct mcr_group_ref ref;

	while (receivers == NULL && mcr_group_find(table, flow, &ref)) {
		peers = mcr_group_peers(table, ref);
		receivers = mcr_group_receivers(table, ref);
	}
	check(is_only(receivers, STEADY_MEMBER));
	check(is_only(peers, STEADY_PEER));
}

static void
receive(uint64_t *seed)
{
	struct mcr_flow flows[MCR_GROUP_BURST_MAX];
	struct mcr_group_ref refs[MCR_GROUP_BURST_MAX];
	uint64_t hits;

	for (uint32_t i = 0; i < MCR_GROUP_BURST_MAX; i++)
		flows[i] = random_flow(seed);
	hits = mcr_group_find_burst(table, flows, MCR_GROUP_BURST_MAX, refs);
	for (uint32_t i = 0; i < MCR_GROUP_BURST_MAX; i++) {
		const struct job job = {flows[i], refs[i]};

		if ((hits >> i & 1) != 0 && !put_job(&ring, &job))
			sched_yield();
	}
	check_steady_flow();
}

static bool
is_right(const struct mcr_receivers *receivers, uint32_t group_address, uint32_t first, uint32_t n)
{
	const uint32_t number = group_address - BASE_GROUP;

	for (uint32_t i = 0; i < receivers->count; i++) {
		const uint32_t member = receivers->at[i].member - first;

		if (member >= n || member % STRESS_GROUPS != number ||
			receivers->at[i].address != receiver(first + member).address)
			return false;
	}
	return true;
}

static void
resolve(const struct job *job)
{
	struct mcr_group_ref ref = job->ref;
	const struct mcr_receivers *receivers, *peers;

	if (stress.flaw == NO_GENERATION_CHECK)
		ref = mcr_group_ref_of(table, ref.id);
	peers = mcr_group_peers(table, ref);
	receivers = mcr_group_receivers(table, ref);
	if (receivers == NULL) {
		count_one(&stress.missed);
		return;
	}
	/* Let the writer run: a list must stay valid however long it is held. */
	if (count_one(&stress.found) % 16 == 0)
		sched_yield();
	check(is_right(receivers, job->flow.group, 0, STRESS_MEMBERS));
	check(peers == NULL || is_right(peers, job->flow.group, FIRST_PEER, STRESS_PEERS));
}

static void
transmit(uint64_t *seed)
{
	struct job job;

	(void)seed;
	if (get_job(&ring, &job))
		resolve(&job);
	else
		sched_yield();
}

static struct mcr_group_key
steady_key(uint32_t round)
{
	const struct mcr_group_key keys[] = {
		source_group(S1, STEADY_GROUP),
		prefix(IP(239, 255, 0, 0), 24),
		group(STEADY_GROUP),
		prefix(IP(239, 254, 0, 0), 15),
	};

	return keys[round % RTE_DIM(keys)];
}

/* Another entry decides about the steady flow each time. */
static void
reload(uint32_t round)
{
	const struct mcr_group_key key = steady_key(round);
	const struct mcr_receiver steady = receiver(STEADY_MEMBER);

	mcr_group_static_begin(table);
	if (set_list(table, &key, &steady, 1, NULL, 0) == 0)
		mcr_group_static_end(table);
	else /* all free ids wait for their grace period */
		mcr_group_static_cancel(table);
}

static void
name_steady_flow(uint32_t round)
{
	const struct mcr_group_key key = steady_key(round), before = steady_key(round - 1);

	/* All ids of peers may wait for their grace period. */
	while (mcr_group_interest_set(table, &key, receiver(STEADY_PEER), true) != 0)
		mcr_rcu_reclaim(stress.rcu);
	(void)mcr_group_interest_unset(table, &before, STEADY_PEER);
}

static void
change_interest(uint64_t *seed)
{
	const uint32_t peer = FIRST_PEER + next_random(seed) % STRESS_PEERS;
	const struct mcr_group_key key = source_group(next_random(seed) % (SOURCES + 1),
		BASE_GROUP + (peer - FIRST_PEER) % STRESS_GROUPS);

	if (next_random(seed) % 2 == 0)
		(void)mcr_group_interest_set(
			table, &key, receiver(peer), next_random(seed) % 4 != 0);
	else
		(void)mcr_group_interest_unset(table, &key, peer);
	if (next_random(seed) % 16 == 0)
		(void)mcr_group_forget_member(table, peer);
}

static void
change(uint64_t *seed)
{
	const uint32_t member = next_random(seed) % STRESS_MEMBERS;
	const uint32_t address = BASE_GROUP + member % STRESS_GROUPS;
	const uint32_t source = next_random(seed) % (SOURCES + 1);
	const struct mcr_group_key key = source_group(source, address);

	switch (next_random(seed) % 8) {
	case 0:
	case 1:
		mcr_group_add(table, &key, receiver(member), MCR_ORIGIN_IGMP);
		break;
	case 2:
		mcr_group_block(table, &key, receiver(member), MCR_ORIGIN_IGMP);
		break;
	case 3:
		mcr_group_forget_member(table, member);
		break;
	default:
		mcr_group_remove(table, &key, member, MCR_ORIGIN_IGMP);
		mcr_group_unblock(table, &key, member, MCR_ORIGIN_IGMP);
	}
}

static void
empty_group(uint32_t number)
{
	for (uint32_t member = number; member < STRESS_MEMBERS; member += STRESS_GROUPS)
		mcr_group_forget_member(table, member);
}

static void
write_changes(uint64_t *seed)
{
	static uint32_t round;

	for (uint32_t i = 0; i < 4; i++) {
		change(seed);
		change_interest(seed);
	}
	if (round % 16 == 0)
		empty_group(next_random(seed) % STRESS_GROUPS);
	if (round % 8 == 0)
		reload(round / 8);
	if (round % 8 == 4)
		name_steady_flow(round / 8 + 1);
	check(mcr_group_commit(table) == 0);
	round++;
}

static enum verdict
run(int flaw)
{
	enum verdict verdict;

	start_stress(flaw, ENOUGH);
	table = mcr_group_create(KEYS, FIRST_PEER + STRESS_PEERS, KEYS, stress.rcu);
	reload(0);
	name_steady_flow(0);
	mcr_group_commit(table);
	verdict = run_stress(write_changes, receive, transmit);
	mcr_group_free(table);
	mcr_rcu_free(stress.rcu);
	return verdict;
}

static void
readers_see_right_lists_under_constant_change(void **state)
{
	(void)state;
	assert_sound(run);
}

static void
without_the_generation_check_it_fails(void **state)
{
	(void)state;
	assert_falls(run, NO_GENERATION_CHECK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readers_see_right_lists_under_constant_change),
		cmocka_unit_test(without_grace_periods_it_fails),
		cmocka_unit_test(without_the_generation_check_it_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
