/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* What hostile members cost: lookups that collide, and memory of sources that inherit. */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <rte_common.h>

#include "aim.h"
#include "internal.h"
#include "set_list.h"

#define MEMBERS 4200
#define RECEIVERS 4096 /* of the prefix */
#define GROUPS 65536
#define JOINS 1024 /* of a member */
#define JOINERS 16
#define SOURCES 4000
#define HONEST_JOINS 100
#define BURST 32
#define ROUNDS 2000
#define PREFIX UINT32_C(0xefc00000) /* 239.192.0.0/16 */
#define SOURCE UINT32_C(0x0a000001)

struct bench {
	struct mcr_rcu *rcu;
	struct mcr_group_table *table;
};

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return time.tv_sec + time.tv_nsec * 1e-9;
}

static void
check(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "group_joiner_bench: %s\n", what);
	exit(1);
}

static struct bench
create(void)
{
	struct bench bench = {.rcu = mcr_rcu_create(1)};

	bench.table = mcr_group_create(GROUPS, MEMBERS, 0, bench.rcu);
	check(bench.table != NULL, "no memory");
	return bench;
}

static void
destroy(struct bench *bench)
{
	mcr_group_free(bench->table);
	mcr_rcu_free(bench->rcu);
}

static struct mcr_receiver
receiver(uint32_t member)
{
	return (struct mcr_receiver){UINT32_C(0x0a000000) + member, member};
}

static void
join(struct bench *bench, uint32_t source, uint32_t group, uint32_t member)
{
	const struct mcr_group_key key = {.group = group, .source = source, .length = 32};

	check(mcr_group_add(bench->table, &key, receiver(member), MCR_ORIGIN_IGMP) == 0, "join");
}

static void
commit(struct bench *bench)
{
	check(mcr_group_commit(bench->table) == 0, "commit");
	while (mcr_rcu_reclaim(bench->rcu) != 0)
		;
}

static double
lookup_ns(const struct bench *bench, const struct mcr_flow *flows)
{
	struct mcr_group_ref refs[BURST];
	double best = 1e9;

	for (unsigned int try = 0; try < 5; try++) {
		const double start = now();

		for (uint32_t i = 0; i < ROUNDS; i++)
			mcr_group_find_burst(bench->table, flows, BURST, refs);
		best = RTE_MIN(best, now() - start);
	}
	return best / ROUNDS / BURST * 1e9;
}

/* The victim's flows have the same CRC as the joined ones. */
static void
measure_lookup(uint32_t joiners)
{
	static uint64_t keys[2 * JOINS * JOINERS];
	const uint32_t joined = JOINS * joiners;
	struct bench bench = create();
	struct mcr_flow flows[BURST];

	aim_at_crc(keys, RTE_DIM(keys));
	for (uint32_t i = 0; i < joined; i++)
		join(&bench, keys[i] >> 32, keys[i], i / JOINS);
	/* Ensures an entry with a source in the run without joins as well. */
	join(&bench, SOURCE, PREFIX, 0);
	commit(&bench);
	for (uint32_t i = 0; i < BURST; i++) {
		const uint64_t key = keys[JOINS * JOINERS + i];

		flows[i] = (struct mcr_flow){key >> 32, key};
	}
	printf("%9u  %13.1f\n", joined, lookup_ns(&bench, flows));
	destroy(&bench);
}

static void
configure(struct bench *bench)
{
	static struct mcr_receiver receivers[RECEIVERS];
	const struct mcr_group_key key = {.group = PREFIX, .length = 16};

	for (uint32_t i = 0; i < RECEIVERS; i++)
		receivers[i] = receiver(i);
	mcr_group_static_begin(bench->table);
	check(set_list(bench->table, &key, receivers, RECEIVERS, NULL, 0) == 0, "set");
	mcr_group_static_end(bench->table);
	commit(bench);
}

/* Each source is joined by one member or, if mixed, by the members whose bits its number has. */
static void
measure_memory(uint32_t joiners, bool mixed)
{
	struct bench bench = create();
	size_t before;
	double start;

	configure(&bench);
	before = group_table_memory(bench.table);
	start = now();
	for (uint32_t i = 0; i < SOURCES; i++) {
		for (uint32_t joiner = 0; joiner < joiners; joiner++) {
			if (mixed ? (i + 1) >> joiner & 1 : i % joiners == joiner)
				join(&bench, SOURCE + i, PREFIX + 1, RECEIVERS + joiner);
		}
	}
	commit(&bench);
	printf("%9u  %7s  %8.2f  %10.1f\n", joiners, mixed ? "many" : "one",
		(group_table_memory(bench.table) - before) * 1e-6, (now() - start) * 1e6 / SOURCES);
	destroy(&bench);
}

/* Honest joins of a group of which one member has asked for many sources. */
static void
measure_joins(uint32_t sources)
{
	struct bench bench = create();
	double start;

	configure(&bench);
	for (uint32_t i = 0; i < sources; i++)
		join(&bench, SOURCE + i, PREFIX + 1, RECEIVERS);
	join(&bench, 0, PREFIX + 1, RECEIVERS + 1);
	commit(&bench);
	start = now();
	for (uint32_t i = 0; i < HONEST_JOINS; i++) {
		join(&bench, 0, PREFIX + 1, RECEIVERS + 2 + i);
		commit(&bench);
	}
	printf("%9u  %9.1f\n", sources, (now() - start) * 1e6 / HONEST_JOINS);
	destroy(&bench);
}

int
main(void)
{
	printf("look-up of a flow aimed at\n   joined  ns a look-up\n");
	measure_lookup(0);
	measure_lookup(1);
	measure_lookup(JOINERS);
	printf("\n%d sources beside a prefix of %d receivers\n"
	       "  joiners  each by        MB  us a source\n",
		SOURCES, RECEIVERS);
	measure_memory(1, false);
	measure_memory(JOINERS, false);
	measure_memory(12, true);
	printf("\njoins of a group of %d receivers\n  sources  us a join\n", RECEIVERS);
	measure_joins(0);
	measure_joins(250);
	return 0;
}
