/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Cost of lookups in bursts, joins, commits, start-up and memory, for 1 to 1,000,000 groups. */

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_common.h>
#include <rte_cycles.h>

#include "internal.h"
#include "set_list.h"

#define BURST 32
#define FLOWS (1 << 16)
#define CHUNK (1 << 10)
#define ROUNDS 15
#define MEMBERS 4096
#define JOINS 1000000
#define FIRST_GROUP UINT32_C(0xe0010000) /* 224.1.0.0 */
#define SOURCE UINT32_C(0x0a000001)

enum reader { LOOKUPS };

struct bench {
	struct mcr_rcu *rcu;
	struct mcr_group_table *table;
	struct mcr_flow *flows;
	struct in6_addr *addresses; /* of groups of IPv6 */
};

static double
seconds_of(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec + time.tv_nsec * 1e-9;
}

/* CPU time of this thread: less sensitive to other load. */
static double
now(void)
{
	return seconds_of(CLOCK_THREAD_CPUTIME_ID);
}

static void
check(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "group_bench: %s\n", what);
	exit(1);
}

static struct mcr_receiver
receiver(uint32_t member)
{
	return (struct mcr_receiver){UINT32_C(0x0a000000) + member, member};
}

static struct mcr_group_key
group(uint32_t number)
{
	return (struct mcr_group_key){.group = FIRST_GROUP + number, .length = 32};
}

static void
choose_flows(struct bench *bench, uint32_t groups)
{
	uint64_t seed = 1;

	for (uint32_t i = 0; i < FLOWS; i++) {
		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
		bench->flows[i] = (struct mcr_flow){SOURCE, FIRST_GROUP + (seed >> 33) % groups};
	}
}

static struct bench
create_with_peers(uint32_t groups, uint32_t peer_keys)
{
	struct bench bench = {.rcu = mcr_rcu_create(1)};

	bench.table = mcr_group_create(groups, MEMBERS, peer_keys, bench.rcu);
	bench.flows = calloc(FLOWS, sizeof(*bench.flows));
	check(bench.table != NULL && bench.flows != NULL, "no memory");
	choose_flows(&bench, groups);
	return bench;
}

static struct bench
create(uint32_t groups)
{
	return create_with_peers(groups, 0);
}

static void
destroy(struct bench *bench)
{
	mcr_group_free(bench->table);
	mcr_rcu_free(bench->rcu);
	free(bench->flows);
}

/* One static receiver for each group; neighbouring groups have different ones. */
static void
configure(struct bench *bench, uint32_t groups)
{
	mcr_group_static_begin(bench->table);
	for (uint32_t i = 0; i < groups; i++) {
		const struct mcr_group_key key = group(i);
		const struct mcr_receiver one = receiver(i % MEMBERS);

		check(set_list(bench->table, &key, &one, 1, NULL, 0) == 0, "set");
	}
	mcr_group_static_end(bench->table);
	check(mcr_group_commit(bench->table) == 0, "commit");
}

static uint32_t
search(const struct bench *bench, uint32_t from)
{
	struct mcr_group_ref refs[BURST];

	return __builtin_popcountll(
		mcr_group_find_burst(bench->table, &bench->flows[from], BURST, refs));
}

/* Includes the work of the TX lcore. Returns how many receivers the flows have. */
static uint32_t
search_and_resolve(const struct bench *bench, uint32_t from)
{
	struct mcr_group_ref refs[BURST];
	const uint64_t hits = mcr_group_find_burst(bench->table, &bench->flows[from], BURST, refs);
	uint32_t receivers = 0;

	for (uint32_t i = 0; i < BURST; i++) {
		if (hits >> i & 1)
			receivers += mcr_group_receivers(bench->table, refs[i])->count;
	}
	return receivers;
}

typedef uint32_t (*work)(const struct bench *bench, uint32_t from);

static uint64_t
cycles_of_chunk(const struct bench *bench, work look_up, uint32_t from)
{
	const uint64_t start = rte_rdtsc();
	uint32_t found = 0;

	for (uint32_t i = 0; i < CHUNK; i += BURST)
		found += look_up(bench, from + i);
	check(found == CHUNK, "a group was not found");
	return rte_rdtsc() - start;
}

/* The best of each chunk: whole rounds are seldom undisturbed. */
static double
cycles_of(const struct bench *bench, work look_up)
{
	uint64_t best[FLOWS / CHUNK], sum = 0;

	memset(best, UINT8_MAX, sizeof(best));
	for (uint32_t round = 0; round < ROUNDS; round++) {
		for (uint32_t i = 0; i < FLOWS / CHUNK; i++)
			best[i] = RTE_MIN(best[i], cycles_of_chunk(bench, look_up, i * CHUNK));
	}
	for (uint32_t i = 0; i < FLOWS / CHUNK; i++)
		sum += best[i];
	return (double)sum / FLOWS;
}

/* An (S,G) entry makes every packet search for (S,G) first. */
static void
add_one_source(struct bench *bench)
{
	const struct mcr_group_key key = {.group = FIRST_GROUP - 1, .source = SOURCE, .length = 32};

	check(mcr_group_add(bench->table, &key, receiver(1), MCR_ORIGIN_IGMP) == 0, "add");
	check(mcr_group_commit(bench->table) == 0, "commit");
}

static void
measure_groups(uint32_t groups)
{
	struct bench bench = create(groups + 1);
	const size_t empty = group_table_memory(bench.table);
	const double start = now();
	double seconds, found, resolved;

	configure(&bench, groups);
	seconds = now() - start;
	choose_flows(&bench, groups);
	found = cycles_of(&bench, search);
	resolved = cycles_of(&bench, search_and_resolve);
	printf("%9u  %9.1f  %11.1f", groups, found, resolved);
	add_one_source(&bench);
	printf("  %11.1f  %10.1f  %8.1f\n", cycles_of(&bench, search), seconds * 1e3,
		(double)(group_table_memory(bench.table) - empty) / groups);
	destroy(&bench);
}

static void
measure_lookups(void)
{
	static const uint32_t counts[] = {1, 1000, 100000, 1000000};

	printf("cycles a lookup, bursts of %d; static groups with one receiver each\n", BURST);
	printf("   groups       find   + receivers  after (S,G)  start, ms   B/group\n");
	for (uint32_t i = 0; i < RTE_DIM(counts); i++)
		measure_groups(counts[i]);
}

#define IPV6_GROUPS 100000

static const struct in6_addr first_group6 = {.s6_addr = {0xff, 0x3e, [12] = 0x80}};
static const struct in6_addr source6 = {.s6_addr = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}};
static const struct in6_addr other6 = {.s6_addr = {0xff, 0x05}};

static struct in6_addr
group6(uint32_t number)
{
	struct in6_addr address = first_group6;

	address.s6_addr32[3] |= htonl(number);
	return address;
}

static void
set_ipv6(struct bench *bench, struct in6_addr address, uint8_t length, uint32_t member)
{
	const struct mcr_group_key key = {
		.group = mcr_address_get(&address, length), .length = length};
	const struct mcr_receiver one = receiver(member);

	check(set_list(bench->table, &key, &one, 1, NULL, 0) == 0, "set");
	mcr_address_drop(key.group);
}

/* Three lengths of prefixes are tried for a group without an entry: the last is ff3e::/32. */
static void
configure_ipv6(struct bench *bench)
{
	mcr_group_static_begin(bench->table);
	for (uint32_t i = 0; i < IPV6_GROUPS; i++)
		set_ipv6(bench, group6(i), MCR_IPV6_LENGTH, i % MEMBERS);
	set_ipv6(bench, first_group6, 32, 0);
	set_ipv6(bench, other6, 64, 0);
	set_ipv6(bench, other6, 96, 0);
	mcr_group_static_end(bench->table);
	check(mcr_group_commit(bench->table) == 0, "commit");
}

/* Known groups, or unknown ones below the prefix. */
static void
choose_addresses(struct bench *bench, uint32_t first)
{
	for (uint32_t i = 0; i < FLOWS; i++) {
		bench->flows[i].source = SOURCE;
		bench->addresses[i] =
			group6(first + i * UINT64_C(0x9e3779b97f4a7c15) % IPV6_GROUPS);
	}
}

static uint32_t
search_with_numbers(const struct bench *bench, uint32_t from)
{
	for (uint32_t i = from; i < from + BURST; i++)
		bench->flows[i] = (struct mcr_flow){
			.source = mcr_address_find(source6.s6_addr),
			.group = mcr_address_match(bench->addresses[i].s6_addr),
		};
	return search(bench, from);
}

static void
measure_ipv6(void)
{
	struct bench bench = create(IPV6_GROUPS + 3);
	const size_t empty = group_table_memory(bench.table);
	const double start = now();
	double seconds, numbered;

	bench.addresses = calloc(FLOWS, sizeof(*bench.addresses));
	check(bench.addresses != NULL, "no memory");
	configure_ipv6(&bench);
	seconds = now() - start;
	choose_addresses(&bench, 0);
	numbered = cycles_of(&bench, search_with_numbers);
	printf("\nIPv6, %d groups; cycles a lookup; numbers are found first, but in the first "
	       "column\n"
	       "     find  + numbers  by a prefix  start, ms   B/group\n%9.1f  %9.1f",
		IPV6_GROUPS, cycles_of(&bench, search), numbered);
	choose_addresses(&bench, IPV6_GROUPS);
	printf("  %11.1f  %9.1f  %8.1f\n", cycles_of(&bench, search_with_numbers), seconds * 1e3,
		(double)(group_table_memory(bench.table) - empty) / IPV6_GROUPS);
	free(bench.addresses);
	destroy(&bench);
}

static double
joins_per_second(struct bench *bench, uint32_t groups, uint32_t joins, uint32_t batch)
{
	const double start = now();

	for (uint32_t i = 0; i < joins; i++) {
		const uint32_t number = i / 2 * UINT32_C(7919) % groups;
		const uint32_t member = (number + 1) % MEMBERS;
		const struct mcr_group_key key = group(number);

		if (i % 2 == 0)
			mcr_group_add(bench->table, &key, receiver(member), MCR_ORIGIN_IGMP);
		else
			mcr_group_remove(bench->table, &key, member, MCR_ORIGIN_IGMP);
		if (i % batch == 0) {
			check(mcr_group_commit(bench->table) == 0, "commit");
			mcr_rcu_reclaim(bench->rcu);
		}
	}
	check(mcr_group_commit(bench->table) == 0, "commit");
	mcr_rcu_reclaim(bench->rcu);
	return joins / (now() - start);
}

static void
measure_joins(void)
{
	static const uint32_t counts[] = {1, 1000, 100000, 1000000};

	printf("\njoins and leaves a second\n   groups   commit each   commit of 65\n");
	for (uint32_t i = 0; i < RTE_DIM(counts); i++) {
		struct bench bench = create(counts[i]);

		configure(&bench, counts[i]);
		printf("%9u  %12.0f", counts[i], joins_per_second(&bench, counts[i], JOINS, 1));
		printf("  %13.0f\n", joins_per_second(&bench, counts[i], JOINS, 65));
		destroy(&bench);
	}
}

/* Many members join one group: each commit builds the whole list. */
static void
measure_storm(void)
{
	static const uint32_t batches[] = {1, 4096};
	const struct mcr_group_key key = group(0);

	printf("\n%d joins into one group, receivers a second\n", MEMBERS);
	for (uint32_t i = 0; i < RTE_DIM(batches); i++) {
		struct bench bench = create(1);
		const double start = now();

		for (uint32_t member = 0; member < MEMBERS; member++) {
			mcr_group_add(bench.table, &key, receiver(member), MCR_ORIGIN_IGMP);
			if ((member + 1) % batches[i] == 0) {
				mcr_group_commit(bench.table);
				mcr_rcu_reclaim(bench.rcu);
			}
		}
		printf("  commit of %4u: %10.0f\n", batches[i], MEMBERS / (now() - start));
		destroy(&bench);
	}
}

static void
measure_receivers(void)
{
	struct bench bench = create(1000);
	const size_t empty = group_table_memory(bench.table);
	const uint32_t receivers = 1000 * 1000;

	for (uint32_t i = 0; i < receivers; i++) {
		const struct mcr_group_key key = group(i % 1000);

		check(mcr_group_add(bench.table, &key, receiver(i / 1000), MCR_ORIGIN_IGMP) == 0,
			"add");
	}
	check(mcr_group_commit(bench.table) == 0, "commit");
	printf("\nmemory of a learned receiver, 1000 groups of 1000: %.1f B\n",
		(double)(group_table_memory(bench.table) - empty) / receivers);
	destroy(&bench);
}

#define INTERESTS 100000

static void
commit_and_reclaim(struct bench *bench)
{
	check(mcr_group_commit(bench->table) == 0, "commit");
	mcr_rcu_reclaim(bench->rcu);
}

/* The fallback of many peers covers them all. */
static void
want_all(struct bench *bench, uint32_t peers)
{
	const struct mcr_group_key fallback = {0};

	for (uint32_t peer = 1; peer < peers; peer++)
		check(mcr_group_interest_set(bench->table, &fallback, receiver(peer), true) == 0,
			"want all");
	commit_and_reclaim(bench);
}

static double
want_each(struct bench *bench, uint32_t batch)
{
	const double start = now();

	for (uint32_t i = 0; i < INTERESTS; i++) {
		const struct mcr_group_key key = group(i);

		check(mcr_group_interest_set(bench->table, &key, receiver(0), true) == 0, "want");
		if (i % batch == 0)
			commit_and_reclaim(bench);
	}
	commit_and_reclaim(bench);
	return now() - start;
}

/* Both touch every entry. */
static double
change_prefix(struct bench *bench)
{
	const struct mcr_group_key all = {.group = UINT32_C(0xe0000000), .length = 4};
	const double start = now();

	check(mcr_group_interest_set(bench->table, &all, receiver(MEMBERS - 1), true) == 0,
		"prefix");
	commit_and_reclaim(bench);
	return now() - start;
}

static double
forget(struct bench *bench)
{
	const double start = now();

	check(mcr_group_forget_member(bench->table, 0) == 0, "forget");
	commit_and_reclaim(bench);
	return now() - start;
}

static void
measure_interest(uint32_t peers, uint32_t batch)
{
	struct bench bench = create_with_peers(1, INTERESTS + 1);
	const size_t empty = group_table_memory(bench.table);
	double each, prefix;
	size_t bytes;

	want_all(&bench, peers);
	each = want_each(&bench, batch);
	bytes = group_table_memory(bench.table) - empty;
	prefix = change_prefix(&bench);
	printf("%9u  %10u  %8.1f  %9.1f  %10.1f  %5.1f\n", peers, batch, each * 1e3, prefix * 1e3,
		forget(&bench) * 1e3, (double)bytes / INTERESTS);
	destroy(&bench);
}

static void
measure_interests(void)
{
	printf("\n%d keys that one peer wants, the fallback that others want, one prefix; ms\n"
	       "    peers  commit of  set keys  set prefix  forget all  B/key\n",
		INTERESTS);
	measure_interest(1, 1);
	measure_interest(1, INTERESTS);
	measure_interest(1000, 1);
	measure_interest(1000, INTERESTS);
}

#define SUSPEND_GROUPS 65536

/* So many lists, each of as many neighbouring members. */
static void
configure_lists(struct bench *bench, uint32_t lists, uint32_t length)
{
	static struct mcr_receiver receivers[MEMBERS];

	mcr_group_static_begin(bench->table);
	for (uint32_t i = 0; i < lists; i++) {
		struct mcr_group_list *list;

		for (uint32_t j = 0; j < length; j++)
			receivers[j] = receiver((i + j) % MEMBERS);
		list = get_list(
			bench->table, receivers, length, NULL, 0, MCR_GROUP_PRIORITY_DEFAULT);
		for (uint32_t g = i; g < SUSPEND_GROUPS; g += lists) {
			const struct mcr_group_key key = group(g);

			check(mcr_group_static_set(bench->table, &key, list) == 0, "set");
		}
		mcr_group_list_drop(bench->table, list);
	}
	mcr_group_static_end(bench->table);
	commit_and_reclaim(bench);
}

static double
suspend_every(struct bench *bench, uint32_t step, bool suspended)
{
	const double start = now();

	for (uint32_t i = 0; i < MEMBERS; i += step)
		mcr_group_suspend(bench->table, i, suspended);
	commit_and_reclaim(bench);
	return now() - start;
}

static void
measure_suspension(uint32_t lists, uint32_t length)
{
	struct bench bench = create(SUSPEND_GROUPS);
	double half, one;

	configure_lists(&bench, lists, length);
	half = suspend_every(&bench, 2, true);
	one = suspend_every(&bench, MEMBERS, false);
	printf("%9u  %7u  %12.1f  %10.1f  %10.1f\n", lists, length, half * 1e3, one * 1e3,
		suspend_every(&bench, 2, false) * 1e3);
	destroy(&bench);
}

static void
measure_suspensions(void)
{
	printf("\n%d entries that share lists; members are suspended and resumed; ms\n"
	       "    lists   length  suspend half  resume one  resume all\n",
		SUSPEND_GROUPS);
	measure_suspension(1, MEMBERS - 1);
	measure_suspension(1000, 64);
	measure_suspension(1000, MEMBERS - 1);
	measure_suspension(MEMBERS, MEMBERS / 2);
}

struct reading {
	struct bench *bench;
	clockid_t clock; /* of the reader */
	atomic_bool stop;
	atomic_ulong lookups;
};

static void *
read_all_the_time(void *arg)
{
	struct reading *reading = arg;

	mcr_rcu_online(reading->bench->rcu, LOOKUPS);
	for (uint32_t i = 0; !atomic_load_explicit(&reading->stop, memory_order_relaxed);
		i = (i + BURST) % FLOWS) {
		search_and_resolve(reading->bench, i);
		mcr_rcu_quiescent(reading->bench->rcu, LOOKUPS);
		atomic_fetch_add_explicit(&reading->lookups, BURST, memory_order_relaxed);
	}
	mcr_rcu_offline(reading->bench->rcu, LOOKUPS);
	return NULL;
}

struct sample {
	double seconds;
	unsigned long lookups;
};

static struct sample
sample(struct reading *reading)
{
	return (struct sample){seconds_of(reading->clock), atomic_load(&reading->lookups)};
}

static double
lookups_per_second(struct sample from, struct sample to)
{
	return (to.lookups - from.lookups) / (to.seconds - from.seconds);
}

static void
measure_both(uint32_t groups)
{
	struct bench bench = create(groups);
	struct reading reading = {.bench = &bench};
	const struct timespec second = {.tv_sec = 1};
	struct sample start, alone, beside;
	pthread_t thread;
	double joins;

	configure(&bench, groups);
	check(pthread_create(&thread, NULL, read_all_the_time, &reading) == 0, "thread");
	pthread_getcpuclockid(thread, &reading.clock);
	nanosleep(&second, NULL);
	start = sample(&reading);
	nanosleep(&second, NULL);
	alone = sample(&reading);
	joins = joins_per_second(&bench, groups, JOINS, 65);
	beside = sample(&reading);
	printf("%9u  %12.0f  %16.1f  %12.1f\n", groups, joins,
		lookups_per_second(start, alone) * 1e-6, lookups_per_second(alone, beside) * 1e-6);
	atomic_store(&reading.stop, true);
	pthread_join(thread, NULL);
	destroy(&bench);
}

int
main(void)
{
	measure_lookups();
	measure_ipv6();
	measure_joins();
	measure_storm();
	measure_receivers();
	measure_interests();
	measure_suspensions();
	printf("\njoins at full speed beside one reader (commit of 65)\n"
	       "   groups       joins/s  Mlookups/s alone  beside joins\n");
	measure_both(1000);
	measure_both(1000000);
	return 0;
}
