/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>

#include <rte_cycles.h>

#include "bench.h"
#include "datapath/counters.h"
#include "hub.h"
#include "main_loop.h"

#define WORKER 1
#define ROUNDS_MAX 4096

struct rounds {
	double floor[ROUNDS_MAX];
	double hub[ROUNDS_MAX];
	double ratio[ROUNDS_MAX];
};

static int
compare_doubles(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
sent_by(const struct mcr_lcore *lcore)
{
	return mcr_counters_sent(lcore);
}

static double
run_hub(struct mcr_lcore *lcore, uint32_t copies)
{
	const uint64_t start = rte_rdtsc();
	const double before = sent_by(lcore);

	bench_wire_turn_to(BENCH_OWN);
	while (sent_by(lcore) < before + copies)
		mcr_main_loop_turn(lcore);
	return (rte_rdtsc() - start) / (sent_by(lcore) - before);
}

static double
run_floor(const struct mcr_ports *ports, const struct bench_case *bench, uint32_t copies)
{
	bench_wire_turn_to(BENCH_FLOOR);
	if (bench->rival != BENCH_NOTHING)
		return bench_textbook_run(ports->at[0].id, copies);
	return (double)bench_floor_run(ports->at[0].id, copies, bench->frame) / copies;
}

static struct bench_result
sum_up(struct rounds *rounds, uint32_t n)
{
	qsort(rounds->floor, n, sizeof(rounds->floor[0]), compare_doubles);
	qsort(rounds->hub, n, sizeof(rounds->hub[0]), compare_doubles);
	qsort(rounds->ratio, n, sizeof(rounds->ratio[0]), compare_doubles);
	return (struct bench_result){
		.floor = rounds->floor[0],
		.hub = rounds->hub[0],
		.ratio = rounds->ratio[n / 2],
		.spread = rounds->hub[n * 9 / 10] / rounds->hub[0] - 1,
	};
}

static struct bench_result
run_rounds(struct mcr_hub *hub, const struct bench_case *bench, const struct bench_effort *effort)
{
	struct rounds rounds;

	run_hub(&hub->workers.lcores[WORKER], effort->copies);
	for (uint32_t i = 0; i < effort->rounds; i++) {
		rounds.floor[i] = run_floor(&hub->ports, bench, effort->copies);
		rounds.hub[i] = run_hub(&hub->workers.lcores[WORKER], effort->copies);
		rounds.ratio[i] = rounds.floor[i] / rounds.hub[i];
	}
	return sum_up(&rounds, effort->rounds);
}

struct bench_result
bench_measure(const struct bench_case *bench, const struct bench_effort *effort)
{
	struct mcr_hub *hub = bench_hub_start(bench);
	struct bench_result result;

	bench_require(effort->rounds <= ROUNDS_MAX, "fewer rounds");
	bench_floor_start();
	if (bench->rival != BENCH_NOTHING)
		bench_textbook_start(bench);
	bench_source_start(hub, bench);
	if (bench->wire == BENCH_RING)
		bench_wire_start(hub->ports.at[0].id);
	mcr_rcu_online(hub->fib.rcu, WORKER);
	result = run_rounds(hub, bench, effort);
	mcr_rcu_offline(hub->fib.rcu, WORKER);
	bench_wire_stop();
	bench_source_stop();
	if (bench->rival != BENCH_NOTHING)
		bench_textbook_stop(hub->ports.at[0].id);
	bench_floor_stop();
	bench_hub_end(hub);
	return result;
}
