/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_debug.h>

#include "control/poll.h"
#include "datapath/link.h"
#include "datapath/rx.h"
#include "datapath/tx.h"
#include "datapath/tx_window.h"
#include "main_loop.h"

#define IDLE_POLLS 256

/* The longer an lcore is idle, the longer it sleeps, but far less than a member's own latency or
 * the time to fill a queue. */
#define SHORTEST_SLEEP_US 50u
#define LONGEST_SLEEP_US 250u

/* A control lcore that does not receive need not spin: its timers allow for 1 ms. */
#define CONTROL_SHORTEST_SLEEP_US 200u
#define CONTROL_LONGEST_SLEEP_US 1000u

uint64_t
mcr_main_loop_now_ms(void)
{
	return rte_get_timer_cycles() / (rte_get_timer_hz() / 1000);
}

uint64_t
mcr_main_loop_cpu_ns(void)
{
	struct timespec time = {0};

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return time.tv_sec * NS_PER_S + time.tv_nsec;
}

bool
mcr_main_loop_fill_random(void *bytes, size_t length)
{
	return getrandom(bytes, length, 0) == (ssize_t)length;
}

static void
idle(const struct mcr_lcore *lcore, unsigned int idle_polls)
{
	if (lcore->role->is_control && !lcore->role->is_rx)
		usleep(RTE_MIN(CONTROL_SHORTEST_SLEEP_US + idle_polls, CONTROL_LONGEST_SLEEP_US));
	else if (__atomic_load_n(&lcore->fib->idle_sleep, __ATOMIC_RELAXED) &&
		 idle_polls >= IDLE_POLLS)
		usleep(RTE_MIN(SHORTEST_SLEEP_US + idle_polls - IDLE_POLLS, LONGEST_SLEEP_US));
}

static unsigned int
poll_all(struct mcr_lcore *lcore, uint64_t now)
{
	unsigned int packets = 0, control = 0;

	mcr_tx_window_begin_turn(lcore, now);
	/* First: what waits for a frame waits from this turn on. */
	if (lcore->role->is_tx)
		packets += mcr_link_poll(lcore, now);
	if (lcore->role->is_rx)
		packets += mcr_rx_poll(lcore, now);
	if (lcore->role->is_tx)
		packets += mcr_tx_poll(lcore);
	if (lcore->role->is_control)
		control = mcr_control_poll(lcore->workers->control, mcr_main_loop_now_ms());
	mcr_stats_add(&lcore->packets, packets);
	return packets + control;
}

bool
mcr_main_loop_turn(struct mcr_lcore *lcore)
{
	const uint64_t start = rte_get_timer_cycles();
	const bool busy = poll_all(lcore, start) != 0;

	RTE_ASSERT(lcore->index < lcore->workers->count);
	mcr_stats_add(&lcore->loops, 1);
	if (busy)
		mcr_stats_add(&lcore->busy_cycles, rte_get_timer_cycles() - start);
	else
		mcr_tx_window_rest(lcore);
	mcr_rcu_quiescent(lcore->fib->rcu, lcore->index);
	return busy;
}

int
mcr_main_loop_run(void *arg)
{
	struct mcr_lcore *lcore = arg;
	unsigned int idle_polls = 0;

	mcr_rcu_online(lcore->fib->rcu, lcore->index);
	while (!__atomic_load_n(lcore->workers->stop, __ATOMIC_RELAXED)) {
		if (mcr_main_loop_turn(lcore))
			idle_polls = 0;
		else
			idle(lcore, ++idle_polls);
	}
	mcr_rcu_offline(lcore->fib->rcu, lcore->index);
	return 0;
}
