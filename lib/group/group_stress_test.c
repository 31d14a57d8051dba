/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * A writer at full speed against lock-free readers:
 *   writer: joins, leaves, reloads, reclaims
 *      |
 *   [table] -> RX thread: finds entries --[ring of refs]--> TX thread: resolves and reads lists
 *
 * Member n receives only group n mod GROUPS, so a wrong or freed list (the allocator overwrites it)
 * is detected. A steady flow has the same receiver in all configurations and is always found.
 */

#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include <stress_apart.h>

#include "fixture.h"

#define SOURCES 4
#define STRESS_GROUPS 16
#define STRESS_MEMBERS 1024

/* A sound run lasts this long and until it has seen enough; a broken one until it fails. */
#define SECONDS_MIN 2
#define SECONDS_MAX 30
#define ENOUGH 5000

#define STEADY_GROUP IP(239, 255, 0, 1)
#define STEADY_MEMBER STRESS_MEMBERS
#define BASE_GROUP IP(239, 1, 0, 0)

enum reader { RX, TX };

enum flaw { NO_GRACE_PERIOD = SOUND + 1, NO_GENERATION_CHECK };

struct job {
	struct mcr_flow flow;
	struct mcr_group_ref ref;
};

#include <stress_ring.h>

struct stress {
	struct mcr_rcu *rcu;
	struct mcr_group_table *table;
	int flaw; /* SOUND or one of enum flaw */
	struct ring ring;
	atomic_bool stop;
	atomic_ulong resolved;
	atomic_ulong stale;
	atomic_ulong wrong;
};

static uint32_t
next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return *seed >> 33;
}

static struct mcr_flow
random_flow(uint64_t *seed)
{
	return (struct mcr_flow){
		.source = 1 + next_random(seed) % SOURCES,
		.group = BASE_GROUP + next_random(seed) % STRESS_GROUPS,
	};
}

static void
go_online(struct stress *stress, enum reader reader)
{
	if (stress->flaw != NO_GRACE_PERIOD)
		mcr_rcu_online(stress->rcu, reader);
}

static void
report(struct stress *stress, enum reader reader)
{
	if (stress->flaw != NO_GRACE_PERIOD)
		mcr_rcu_quiescent(stress->rcu, reader);
}

static void
note_wrong(struct stress *stress)
{
	atomic_fetch_add(&stress->wrong, 1);
	atomic_store(&stress->stop, true);
}

static void
check_steady_flow(struct stress *stress)
{
	const struct mcr_flow flow = {S1, STEADY_GROUP};
	const struct mcr_receivers *receivers = NULL;
	struct mcr_group_ref ref;

	while (receivers == NULL && mcr_group_find(stress->table, flow, &ref))
		receivers = mcr_group_receivers(stress->table, ref);
	if (receivers == NULL || receivers->count != 1 || receivers->at[0].member != STEADY_MEMBER)
		note_wrong(stress);
}

static void *
receive(void *arg)
{
	struct stress *stress = arg;
	struct mcr_flow flows[MCR_GROUP_BURST_MAX];
	struct mcr_group_ref refs[MCR_GROUP_BURST_MAX];
	uint64_t seed = 1;

	go_online(stress, RX);
	while (!atomic_load_explicit(&stress->stop, memory_order_relaxed)) {
		for (uint32_t i = 0; i < MCR_GROUP_BURST_MAX; i++)
			flows[i] = random_flow(&seed);
		const uint64_t hits =
			mcr_group_find_burst(stress->table, flows, MCR_GROUP_BURST_MAX, refs);
		for (uint32_t i = 0; i < MCR_GROUP_BURST_MAX; i++) {
			const struct job job = {flows[i], refs[i]};

			if ((hits >> i & 1) != 0 && !put_job(&stress->ring, &job))
				sched_yield();
		}
		check_steady_flow(stress);
		report(stress, RX);
	}
	mcr_rcu_offline(stress->rcu, RX);
	return NULL;
}

static bool
is_right(const struct mcr_receivers *receivers, uint32_t group_address)
{
	const uint32_t number = group_address - BASE_GROUP;

	for (uint32_t i = 0; i < receivers->count; i++) {
		const uint32_t member = receivers->at[i].member;

		if (member >= STRESS_MEMBERS || member % STRESS_GROUPS != number ||
			receivers->at[i].address != receiver(member).address)
			return false;
	}
	return true;
}

static void
resolve(struct stress *stress, const struct job *job)
{
	struct mcr_group_ref ref = job->ref;
	const struct mcr_receivers *receivers;

	if (stress->flaw == NO_GENERATION_CHECK)
		ref = mcr_group_ref_of(stress->table, ref.id);
	receivers = mcr_group_receivers(stress->table, ref);
	if (receivers == NULL) {
		atomic_fetch_add_explicit(&stress->stale, 1, memory_order_relaxed);
		return;
	}
	/* Let the writer run: a list must stay valid however long it is held. */
	if (atomic_fetch_add_explicit(&stress->resolved, 1, memory_order_relaxed) % 16 == 0)
		sched_yield();
	if (!is_right(receivers, job->flow.group))
		note_wrong(stress);
}

static void *
transmit(void *arg)
{
	struct stress *stress = arg;
	struct job job;

	go_online(stress, TX);
	while (!atomic_load_explicit(&stress->stop, memory_order_relaxed)) {
		if (get_job(&stress->ring, &job))
			resolve(stress, &job);
		else
			sched_yield();
		report(stress, TX);
	}
	mcr_rcu_offline(stress->rcu, TX);
	return NULL;
}

/* Another entry decides about the steady flow each time. */
static void
reload(struct stress *stress, uint32_t round)
{
	const struct mcr_group_key keys[] = {
		source_group(S1, STEADY_GROUP),
		prefix(IP(239, 255, 0, 0), 24),
		group(STEADY_GROUP),
		prefix(IP(239, 254, 0, 0), 15),
	};
	const struct mcr_receiver steady = receiver(STEADY_MEMBER);

	mcr_group_static_begin(stress->table);
	if (mcr_group_static_set(
		    stress->table, &keys[round % RTE_DIM(keys)], &steady, 1, NULL, 0) == 0)
		mcr_group_static_end(stress->table);
	else /* all free ids wait for their grace period */
		mcr_group_static_cancel(stress->table);
}

static void
change(struct stress *stress, uint64_t *seed)
{
	const uint32_t member = next_random(seed) % STRESS_MEMBERS;
	const uint32_t address = BASE_GROUP + member % STRESS_GROUPS;
	const uint32_t source = next_random(seed) % (SOURCES + 1);
	const struct mcr_group_key key = source_group(source, address);

	switch (next_random(seed) % 8) {
	case 0:
	case 1:
		mcr_group_add(stress->table, &key, receiver(member), MCR_ORIGIN_IGMP);
		break;
	case 2:
		mcr_group_block(stress->table, &key, receiver(member), MCR_ORIGIN_IGMP);
		break;
	case 3:
		mcr_group_forget_member(stress->table, member);
		break;
	default:
		mcr_group_remove(stress->table, &key, member, MCR_ORIGIN_IGMP);
		mcr_group_unblock(stress->table, &key, member, MCR_ORIGIN_IGMP);
	}
}

static void
empty_group(struct stress *stress, uint32_t number)
{
	for (uint32_t member = number; member < STRESS_MEMBERS; member += STRESS_GROUPS)
		mcr_group_forget_member(stress->table, member);
}

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec * 1e-9;
}

static bool
is_over(struct stress *stress, double seconds)
{
	if (atomic_load(&stress->stop) || seconds > SECONDS_MAX)
		return true;
	return stress->flaw == SOUND && seconds > SECONDS_MIN &&
	       atomic_load(&stress->resolved) >= ENOUGH && atomic_load(&stress->stale) != 0;
}

static void
write_all_the_time(struct stress *stress)
{
	const double start = now();
	uint64_t seed = 2;

	for (uint32_t round = 0; !is_over(stress, now() - start); round++) {
		for (uint32_t i = 0; i < 4; i++)
			change(stress, &seed);
		if (round % 16 == 0)
			empty_group(stress, next_random(&seed) % STRESS_GROUPS);
		if (round % 8 == 0)
			reload(stress, round / 8);
		if (mcr_group_commit(stress->table) != 0)
			note_wrong(stress);
		mcr_rcu_reclaim(stress->rcu);
	}
	atomic_store(&stress->stop, true);
}

static enum verdict
give_verdict(const struct stress *stress)
{
	if (stress->wrong != 0)
		return SAW_WRONG;
	return stress->resolved >= ENOUGH && stress->stale != 0 ? SAW_RIGHT : SAW_TOO_LITTLE;
}

static enum verdict
run(int flaw)
{
	struct stress stress = {.flaw = flaw};
	pthread_t rx, tx;

	mallopt(M_PERTURB, 0xa5);
	stress.rcu = mcr_rcu_create(2);
	stress.table =
		mcr_group_create(STRESS_GROUPS * (SOURCES + 1) + 4, STRESS_MEMBERS + 1, stress.rcu);
	reload(&stress, 0);
	mcr_group_commit(stress.table);
	pthread_create(&rx, NULL, receive, &stress);
	pthread_create(&tx, NULL, transmit, &stress);
	write_all_the_time(&stress);
	pthread_join(rx, NULL);
	pthread_join(tx, NULL);
	mcr_group_free(stress.table);
	mcr_rcu_free(stress.rcu);
	printf("resolved %lu, stale %lu, wrong %lu\n", stress.resolved, stress.stale, stress.wrong);
	return give_verdict(&stress);
}

static void
readers_see_right_lists_under_constant_change(void **state)
{
	(void)state;
	assert_sound(run);
}

static void
without_grace_periods_it_fails(void **state)
{
	(void)state;
	assert_falls(run, NO_GRACE_PERIOD);
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
