/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Lcores that really run: side by side, one behind the other, or beside a busy writer. */

#include <pthread.h>
#include <time.h>

#include <rte_launch.h>
#include <rte_lcore.h>

#include "bench.h"
#include "lcore.h"

#define WORKERS_MAX 2
#define FIRST_WORKER 1

/* How many joins are published together: what the control lcore takes in one turn. */
#define JOINS_PER_COMMIT 64

/* Ids of members that are no receivers yet: none, so joins are of those that stand elsewhere. */
#define JOINERS 4096

struct worker {
	struct mcr_lcore *lcore;
	clockid_t clock;
	bool ready;
};

struct sample {
	double seconds; /* of CPU time, so that others on the machine count less */
	double copies;
};

static struct worker workers[WORKERS_MAX];

static double
seconds_of(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec + time.tv_nsec * 1e-9;
}

static int
run_worker(void *arg)
{
	struct worker *worker = arg;

	pthread_getcpuclockid(pthread_self(), &worker->clock);
	__atomic_store_n(&worker->ready, true, __ATOMIC_RELEASE);
	return mcr_lcore_run(worker->lcore);
}

static uint16_t
launch(struct mcr_hub *hub)
{
	const uint16_t count = hub->lcore_count - FIRST_WORKER;

	for (uint16_t i = 0; i < count; i++) {
		workers[i] = (struct worker){.lcore = &hub->lcores[FIRST_WORKER + i]};
		rte_eal_remote_launch(run_worker, &workers[i], workers[i].lcore->role->id);
		while (!__atomic_load_n(&workers[i].ready, __ATOMIC_ACQUIRE))
			;
	}
	return count;
}

static void
stop(struct mcr_hub *hub)
{
	__atomic_store_n(&hub->stop, true, __ATOMIC_RELAXED);
	rte_eal_mp_wait_lcore();
}

static struct sample
sample(const struct worker *worker)
{
	const uint64_t *counter = &worker->lcore->stats.counts[MCR_STAT_TX_DATA_PACKETS];

	return (struct sample){
		.seconds = seconds_of(worker->clock),
		.copies = __atomic_load_n(counter, __ATOMIC_RELAXED),
	};
}

static void
sample_all(struct sample *samples, uint16_t count)
{
	for (uint16_t i = 0; i < count; i++)
		samples[i] = sample(&workers[i]);
}

static void
wait_for(double seconds)
{
	const struct timespec time = {
		.tv_sec = seconds,
		.tv_nsec = (seconds - (time_t)seconds) * 1e9,
	};

	nanosleep(&time, NULL);
}

static double
rate_of(const struct sample *from, const struct sample *to)
{
	return (to->copies - from->copies) / (to->seconds - from->seconds);
}

double
bench_measure_layout(const struct bench_case *bench, double seconds)
{
	struct mcr_hub *hub = bench_hub_start(bench);
	struct sample from[WORKERS_MAX], to[WORKERS_MAX];
	double rate = 0;
	uint16_t count;

	bench_source_start(hub, bench);
	count = launch(hub);
	wait_for(seconds / 4);
	sample_all(from, count);
	wait_for(seconds);
	sample_all(to, count);
	stop(hub);
	for (uint16_t i = 0; i < count; i++)
		rate += rate_of(&from[i], &to[i]);
	bench_source_stop();
	bench_hub_end(hub);
	return rate;
}

/* One member after the other joins a group that traffic goes to, and leaves it. */
static void
update(struct mcr_hub *hub, const struct bench_case *bench, uint32_t i)
{
	const uint32_t number = i / 2 * UINT32_C(7919) % bench->groups;
	const uint32_t member = 1 + i / 2 % JOINERS;
	const struct mcr_group_key key = {.group = bench_group(number), .length = 32};
	const struct mcr_receiver receiver = {MCR_IPV4(10, 1, 0, 0) + member - 1, member};

	if (i % 2 == 0)
		mcr_group_add(hub->groups, &key, receiver, MCR_ORIGIN_IGMP);
	else
		mcr_group_remove(hub->groups, &key, member, MCR_ORIGIN_IGMP);
	if (i % JOINS_PER_COMMIT == 0) {
		bench_require(mcr_group_commit(hub->groups) == 0, "memory for joins");
		mcr_rcu_reclaim(hub->rcu);
	}
}

static double
update_for(struct mcr_hub *hub, const struct bench_case *bench, double seconds)
{
	const double start = seconds_of(CLOCK_THREAD_CPUTIME_ID);
	uint32_t updates = 0;
	double now = start;

	while (now < start + seconds) {
		for (uint32_t end = updates + JOINS_PER_COMMIT; updates < end; updates++)
			update(hub, bench, updates);
		now = seconds_of(CLOCK_THREAD_CPUTIME_ID);
	}
	return updates / (now - start);
}

struct bench_updates
bench_measure_updates(const struct bench_case *bench, double seconds)
{
	struct mcr_hub *hub = bench_hub_start(bench);
	struct sample start, alone, beside;
	struct bench_updates updates;

	bench_source_start(hub, bench);
	launch(hub);
	wait_for(seconds / 4);
	start = sample(&workers[0]);
	wait_for(seconds);
	alone = sample(&workers[0]);
	updates.joins = update_for(hub, bench, seconds);
	beside = sample(&workers[0]);
	stop(hub);
	updates.alone = rate_of(&start, &alone);
	updates.beside = rate_of(&alone, &beside);
	bench_source_stop();
	bench_hub_end(hub);
	return updates;
}
