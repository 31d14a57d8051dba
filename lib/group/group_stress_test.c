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
 * Member n receives only group n mod GROUPS, of either family, and so do peers, so a wrong or freed
 * list (the allocator overwrites it) is detected. A steady flow of each family has the same
 * receiver in all configurations, the same peer by whatever key of it, and is always found; what
 * was found still has them however long it waits, unless it is to be found again.
 *
 * The table alone holds the numbers of IPv6, so they come and go with the entries.
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
#define DECOY_MEMBER (STRESS_MEMBERS + 2)
#define FIRST_PEER (STRESS_MEMBERS + 3)
#define STRESS_PEERS 64
#define KEYS (2 * STRESS_GROUPS * (SOURCES + 1) + 10)
#define BASE_GROUP IP(239, 1, 0, 0)
#define BASE_SOURCE IP(10, 1, 0, 0)

enum reader { RX, TX };

enum flaw { NO_CHECK_OF_REFERENCES = OWN_FLAWS, NO_VERSION_CHECK };

struct job {
	uint32_t group;
	struct mcr_group_ref ref;
};

/* The number of the steady flows' jobs. */
#define STEADY STRESS_GROUPS

#include <stress_ring.h>

static struct mcr_group_table *table;
static struct ring ring;

static const struct in6_addr base_group6 = {.s6_addr = {0xff, 0x05}};
static const struct in6_addr steady_group6 = {.s6_addr = {0xff, 0x3e, [12] = 0x80, [15] = 1}};
static const struct in6_addr base_source6 = {.s6_addr = {0x20, 0x01, 0x0d, 0xb8}};

static struct in6_addr
numbered(struct in6_addr base, uint32_t number)
{
	base.s6_addr[15] = number;
	return base;
}

static struct mcr_flow
random_flow(uint64_t *seed, uint32_t group)
{
	const uint32_t source = 1 + next_random(seed) % SOURCES;

	if (next_random(seed) % 2 == 0)
		return (struct mcr_flow){BASE_SOURCE + source, BASE_GROUP + group};
	return (struct mcr_flow){
		.source = mcr_address_find(numbered(base_source6, source).s6_addr),
		.group = mcr_address_match(numbered(base_group6, group).s6_addr),
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
	(void)put_job(&ring, &(struct job){STEADY, ref});
}

/* The writer may run between the two, as if this lcore were not scheduled. */
static bool
find_steady_ipv6(uint64_t *seed, struct mcr_group_ref *ref)
{
	const struct in6_addr source = numbered(base_source6, 1);
	const uint32_t version = mcr_group_version(table);
	struct mcr_flow flow = {
		.source = mcr_address_find(source.s6_addr),
		.group = mcr_address_match(steady_group6.s6_addr),
	};

	if (next_random(seed) % 4 == 0)
		sched_yield();
	mcr_group_find_burst(table, &flow, 1, ref);
	if (mcr_group_version(table) == version || stress.flaw == NO_VERSION_CHECK)
		return ref->id != MCR_GROUP_NONE;
	return mcr_group_find_ipv6(table, source.s6_addr, steady_group6.s6_addr, &flow, ref);
}

static void
check_steady_ipv6_flow(uint64_t *seed)
{
	const struct mcr_receivers *receivers = NULL, *peers = NULL;
	struct mcr_group_ref ref;

	while (receivers == NULL && find_steady_ipv6(seed, &ref)) {
		peers = mcr_group_peers(table, ref);
		receivers = mcr_group_receivers(table, ref);
	}
	check(is_only(receivers, STEADY_MEMBER));
	check(is_only(peers, STEADY_PEER));
	(void)put_job(&ring, &(struct job){STEADY, ref});
}

static void
receive(uint64_t *seed)
{
	struct mcr_flow flows[MCR_GROUP_BURST_MAX];
	struct mcr_group_ref refs[MCR_GROUP_BURST_MAX];
	uint32_t groups[MCR_GROUP_BURST_MAX];
	uint64_t hits;

	for (uint32_t i = 0; i < MCR_GROUP_BURST_MAX; i++) {
		groups[i] = next_random(seed) % STRESS_GROUPS;
		flows[i] = random_flow(seed, groups[i]);
	}
	hits = mcr_group_find_burst(table, flows, MCR_GROUP_BURST_MAX, refs);
	for (uint32_t i = 0; i < MCR_GROUP_BURST_MAX; i++) {
		const struct job job = {groups[i], refs[i]};

		if ((hits >> i & 1) != 0 && !put_job(&ring, &job))
			sched_yield();
	}
	check_steady_flow();
	check_steady_ipv6_flow(seed);
}

static bool
is_right(const struct mcr_receivers *receivers, uint32_t number, uint32_t first, uint32_t n)
{
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

	if (stress.flaw == NO_CHECK_OF_REFERENCES)
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
	if (job->group == STEADY) {
		check(is_only(receivers, STEADY_MEMBER));
		check(is_only(peers, STEADY_PEER));
		return;
	}
	check(is_right(receivers, job->group, 0, STRESS_MEMBERS));
	check(peers == NULL || is_right(peers, job->group, FIRST_PEER, STRESS_PEERS));
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

static uint32_t
number_of(struct in6_addr address, uint8_t length)
{
	const uint32_t number = mcr_address_get(&address, length);

	check(number != MCR_ADDRESS_NONE);
	return number;
}

/* Its numbers are the caller's. */
static void
drop_key(struct mcr_group_key key)
{
	mcr_address_drop(key.group);
	mcr_address_drop(key.source);
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

static struct mcr_group_key
steady_ipv6_key(uint32_t round)
{
	static const uint8_t lengths[] = {128, 112, 128, 12};
	const uint8_t length = lengths[round % RTE_DIM(lengths)];
	struct mcr_group_key key = {
		.group = number_of(steady_group6, length),
		.length = length,
	};

	if (round % RTE_DIM(lengths) == 0)
		key.source = number_of(numbered(base_source6, 1), MCR_IPV6_LENGTH);
	return key;
}

static bool
set_one(struct mcr_group_key key, uint32_t member)
{
	const struct mcr_receiver one = receiver(member);
	const int ret = set_list(table, &key, &one, 1, NULL, 0);

	drop_key(key);
	return ret == 0;
}

/* Less specific than all keys of a steady flow, and never to be found by it. */
static bool
set_decoys(void)
{
	const struct mcr_group_key ipv4 = prefix(IP(239, 224, 0, 0), 11);

	return set_one(ipv4, DECOY_MEMBER) &&
	       set_one(prefix(number_of(steady_group6, 11), 11), DECOY_MEMBER);
}

/* Another entry decides about each steady flow each time. */
static void
reload(uint32_t round)
{
	bool is_set;

	mcr_group_static_begin(table);
	is_set = set_one(steady_key(round), STEADY_MEMBER) &&
	         set_one(steady_ipv6_key(round), STEADY_MEMBER) && (round % 2 != 0 || set_decoys());
	if (is_set)
		mcr_group_static_end(table);
	else /* all free ids wait for their grace period */
		mcr_group_static_cancel(table);
}

static void
name_steady(struct mcr_group_key key, struct mcr_group_key before)
{
	/* All ids of peers may wait for their grace period. */
	while (mcr_group_interest_set(table, &key, receiver(STEADY_PEER), true) != 0)
		mcr_rcu_reclaim(stress.rcu);
	(void)mcr_group_interest_unset(table, &before, STEADY_PEER);
	drop_key(before);
	drop_key(key);
}

static void
name_steady_flows(uint32_t round)
{
	name_steady(steady_key(round), steady_key(round - 1));
	name_steady(steady_ipv6_key(round), steady_ipv6_key(round - 1));
}

static struct mcr_group_key
random_key(uint64_t *seed, uint32_t number)
{
	const uint32_t source = next_random(seed) % (SOURCES + 1);

	if (next_random(seed) % 2 == 0)
		return source_group(source == 0 ? 0 : BASE_SOURCE + source, BASE_GROUP + number);
	return (struct mcr_group_key){
		.group = number_of(numbered(base_group6, number), MCR_IPV6_LENGTH),
		.source = source == 0 ? 0
	                              : number_of(numbered(base_source6, source), MCR_IPV6_LENGTH),
		.length = MCR_IPV6_LENGTH,
	};
}

static void
change_interest(uint64_t *seed)
{
	const uint32_t peer = FIRST_PEER + next_random(seed) % STRESS_PEERS;
	const struct mcr_group_key key = random_key(seed, (peer - FIRST_PEER) % STRESS_GROUPS);

	if (next_random(seed) % 2 == 0)
		(void)mcr_group_interest_set(
			table, &key, receiver(peer), next_random(seed) % 4 != 0);
	else
		(void)mcr_group_interest_unset(table, &key, peer);
	if (next_random(seed) % 16 == 0)
		(void)mcr_group_forget_member(table, peer);
	drop_key(key);
}

static void
change(uint64_t *seed)
{
	const uint32_t member = next_random(seed) % STRESS_MEMBERS;
	const struct mcr_group_key key = random_key(seed, member % STRESS_GROUPS);

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
	drop_key(key);
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
		name_steady_flows(round / 8 + 1);
	check(mcr_group_commit(table) == 0);
	mcr_address_reclaim(stress.rcu);
	round++;
}

static enum verdict
run(int flaw)
{
	enum verdict verdict;

	start_stress(flaw, ENOUGH);
	table = mcr_group_create(KEYS, FIRST_PEER + STRESS_PEERS, KEYS, stress.rcu);
	reload(0);
	name_steady_flows(0);
	mcr_group_commit(table);
	verdict = run_stress(write_changes, receive, transmit);
	mcr_group_free(table);
	mcr_rcu_free(stress.rcu);
	if (mcr_address_count() != 0)
		verdict = SAW_WRONG;
	return verdict;
}

static void
readers_see_right_lists_under_constant_change(void **state)
{
	(void)state;
	assert_sound(run);
}

static void
without_the_check_of_references_it_fails(void **state)
{
	(void)state;
	assert_falls(run, NO_CHECK_OF_REFERENCES);
}

static void
without_the_version_check_it_fails(void **state)
{
	(void)state;
	assert_falls(run, NO_VERSION_CHECK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readers_see_right_lists_under_constant_change),
		cmocka_unit_test(without_grace_periods_it_fails),
		cmocka_unit_test(without_the_check_of_references_it_fails),
		cmocka_unit_test(without_the_version_check_it_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
