/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Lcores in threads: in parallel, in a pipeline, or beside a busy writer. */

#include <pthread.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include "bench.h"
#include "datapath/counters.h"
#include "hub.h"
#include "main_loop.h"

#define WORKERS_MAX 2
#define FIRST_WORKER 1

#define WARM_UP_S 0.1
#define ROUND_S 0.001

/* As many as the control lcore takes in one turn. */
#define JOINS_PER_COMMIT 50

/* All members: each receives other groups already. */
#define JOINERS 4096

struct worker {
	struct mcr_lcore *lcore;
	clockid_t clock;
	bool ready;
};

struct sample {
	double wall; /* seconds */
	double cpu[WORKERS_MAX];
	double copies[WORKERS_MAX];
};

static struct worker workers[WORKERS_MAX];

static int
run_worker(void *arg)
{
	struct worker *worker = arg;

	pthread_getcpuclockid(pthread_self(), &worker->clock);
	__atomic_store_n(&worker->ready, true, __ATOMIC_RELEASE);
	return mcr_main_loop_run(worker->lcore);
}

static uint16_t
launch_workers(struct mcr_hub *hub)
{
	const uint16_t count = hub->workers.count - FIRST_WORKER;

	for (uint16_t i = 0; i < count; i++) {
		workers[i] = (struct worker){.lcore = &hub->workers.lcores[FIRST_WORKER + i]};
		rte_eal_remote_launch(run_worker, &workers[i], workers[i].lcore->role->id);
		while (!__atomic_load_n(&workers[i].ready, __ATOMIC_ACQUIRE))
			;
	}
	return count;
}

static void
stop_workers(struct mcr_hub *hub)
{
	__atomic_store_n(&hub->stop, true, __ATOMIC_RELAXED);
	rte_eal_mp_wait_lcore();
}

static struct sample
take_sample(uint16_t count)
{
	struct sample sample = {.wall = bench_clock(CLOCK_MONOTONIC)};

	for (uint16_t i = 0; i < count; i++) {
		sample.cpu[i] = bench_clock(workers[i].clock);
		sample.copies[i] = mcr_counters_sent(workers[i].lcore);
	}
	return sample;
}

static void
wait_for(double seconds)
{
	const struct timespec time = {.tv_nsec = seconds * 1e9};

	nanosleep(&time, NULL);
}

static double
rate_between(const struct sample *from, const struct sample *to, uint16_t count)
{
	double rate = 0;

	for (uint16_t i = 0; i < count; i++)
		rate += (to->copies[i] - from->copies[i]) /
		        RTE_MAX(to->cpu[i] - from->cpu[i], 1e-9);
	return rate;
}

static double
share_between(const struct sample *from, const struct sample *to, uint16_t count)
{
	double least = 1;

	for (uint16_t i = 0; i < count; i++) {
		const double share = (to->cpu[i] - from->cpu[i]) / (to->wall - from->wall);

		least = RTE_MIN(least, share);
	}
	return least;
}

void
bench_measure_layout(const struct bench_case *bench, double seconds, struct bench_rounds *rounds)
{
	struct mcr_hub *hub = bench_hub_start(bench);
	struct sample from, to;
	double end;
	uint16_t count;

	bench_source_start(hub, bench);
	count = launch_workers(hub);
	wait_for(WARM_UP_S);
	from = take_sample(count);
	end = from.wall + seconds;
	while (from.wall < end) {
		wait_for(ROUND_S);
		to = take_sample(count);
		bench_rounds_add(
			rounds, rate_between(&from, &to, count), share_between(&from, &to, count));
		from = to;
	}
	stop_workers(hub);
	bench_source_stop();
	bench_hub_end(hub);
}

static void
sum_spreads(uint16_t count, struct mcr_latency *sum)
{
	*sum = (struct mcr_latency){0};
	for (uint16_t i = 0; i < count; i++)
		mcr_latency_sum(sum, &workers[i].lcore->tx.spread);
}

/* What came between two sums; the longest is not known. */
static void
add_between(
	struct mcr_latency *spread, const struct mcr_latency *from, const struct mcr_latency *to)
{
	for (uint32_t i = 0; i < MCR_LATENCY_BUCKETS; i++)
		spread->counts[i] += to->counts[i] - from->counts[i];
	spread->max = to->max;
}

static void
measure_spread(uint16_t count, double seconds, struct bench_fanout *fanout)
{
	const double end = bench_clock(CLOCK_MONOTONIC) + seconds;
	static struct mcr_latency before, after;
	struct sample from = take_sample(count), to;
	double last_share = 0, share;

	sum_spreads(count, &before);
	while (from.wall < end) {
		wait_for(ROUND_S);
		sum_spreads(count, &after);
		to = take_sample(count);
		share = share_between(&from, &to, count);
		bench_rounds_add(&fanout->spread_rounds, 0, RTE_MIN(share, last_share));
		/* What ends in this round may have begun in the last one. */
		if (bench_is_undisturbed(RTE_MIN(share, last_share)))
			add_between(&fanout->spread, &before, &after);
		last_share = share;
		from = to;
		before = after;
	}
}

void
bench_measure_fanout(const struct bench_case *bench, double seconds, double packets_per_s,
	struct bench_fanout *fanout)
{
	struct mcr_hub *hub;
	uint16_t count;

	bench_measure_layout(bench, seconds, &fanout->rates);
	hub = bench_hub_start(bench);
	bench_source_pace(rte_get_tsc_hz() / packets_per_s);
	bench_source_start(hub, bench);
	count = launch_workers(hub);
	wait_for(WARM_UP_S);
	measure_spread(count, seconds, fanout);
	stop_workers(hub);
	bench_source_stop();
	bench_hub_end(hub);
}

/* Members join groups with traffic in even turns and leave them in odd ones. */
static void
update_some(struct mcr_fib *fib, const struct bench_case *bench, uint32_t turn)
{
	for (uint32_t i = 0; i < JOINS_PER_COMMIT; i++) {
		const uint32_t n = turn / 2 * JOINS_PER_COMMIT + i;
		const uint32_t member = 1 + n % JOINERS;
		const struct mcr_receiver receiver = {MCR_IPV4(10, 1, 0, 0) + member - 1, member};
		const struct mcr_group_key key = {
			.group = bench_group(n * UINT32_C(7919) % bench->groups),
			.length = 32,
		};

		if (turn % 2 == 0)
			mcr_group_add(fib->groups, &key, receiver, MCR_ORIGIN_IGMP);
		else
			mcr_group_remove(fib->groups, &key, member, MCR_ORIGIN_IGMP);
	}
	bench_require(mcr_group_commit(fib->groups) == 0, "memory for joins");
	mcr_rcu_reclaim(fib->rcu);
}

/* @param pace Most updates per second. @return How many. */
static uint32_t
update_until(struct mcr_fib *fib, const struct bench_case *bench, double end, double pace)
{
	const double start = bench_clock(CLOCK_MONOTONIC);
	uint32_t turns = 0;
	double now = start;

	while (now < end) {
		if (turns * JOINS_PER_COMMIT <= (now - start) * pace)
			update_some(fib, bench, turns++);
		now = bench_clock(CLOCK_MONOTONIC);
	}
	if (turns % 2 != 0)
		update_some(fib, bench, turns++);
	return turns * JOINS_PER_COMMIT;
}

static void
measure_pair(struct mcr_fib *fib, const struct bench_case *bench, double pace,
	struct bench_updates *updates)
{
	const struct sample start = take_sample(1);
	struct sample alone, beside;
	uint32_t count;

	wait_for(2 * ROUND_S);
	alone = take_sample(1);
	count = update_until(fib, bench, alone.wall + 2 * ROUND_S, pace);
	beside = take_sample(1);
	bench_rounds_add(
		&updates->alone, rate_between(&start, &alone, 1), share_between(&start, &alone, 1));
	bench_rounds_add(&updates->beside, rate_between(&alone, &beside, 1),
		share_between(&alone, &beside, 1));
	bench_rounds_add(&updates->joins, count / (beside.wall - alone.wall), 1);
}

void
bench_measure_updates(
	const struct bench_case *bench, double seconds, double pace, struct bench_updates *updates)
{
	struct mcr_hub *hub = bench_hub_start(bench);
	const double end = bench_clock(CLOCK_MONOTONIC) + WARM_UP_S + seconds;

	bench_source_start(hub, bench);
	launch_workers(hub);
	wait_for(WARM_UP_S);
	while (bench_clock(CLOCK_MONOTONIC) < end)
		measure_pair(&hub->fib, bench, pace, updates);
	stop_workers(hub);
	bench_source_stop();
	bench_hub_end(hub);
}
