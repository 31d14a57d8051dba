/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Delay of packets in the hub below its maximum load. Packets arrive at a constant rate in an
 * unbounded queue and carry their time of arrival, which is read where copies leave. */

#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "bench.h"
#include "hub.h"
#include "main_loop.h"

#define WORKER 1
#define ROUND_S 0.002

/* Time that an interrupt may take between two bursts. */
#define INTERRUPT_S 30e-6

#define TRIES_PER_ROUND 20

static struct meter {
	uint64_t arrival; /* of the packet whose copies leave now; 0: none */
	uint64_t first;
	uint64_t last;
	struct mcr_latency delay;
	struct mcr_latency spread;
} meter;

static uint64_t
arrival_of(const struct rte_mbuf *copy)
{
	const struct rte_mbuf *tail = rte_pktmbuf_lastseg((struct rte_mbuf *)(uintptr_t)copy);
	uint64_t arrival;

	memcpy(&arrival,
		rte_pktmbuf_mtod_offset(tail, const uint8_t *, tail->data_len - sizeof(arrival)),
		sizeof(arrival));
	return arrival;
}

static void
end_packet(void)
{
	if (meter.arrival == 0)
		return;
	mcr_latency_record(&meter.delay, meter.last - meter.arrival);
	mcr_latency_record(&meter.spread, meter.last - meter.first);
	meter.arrival = 0;
}

static uint16_t
read_arrivals(uint16_t port, uint16_t queue, struct rte_mbuf **copies, uint16_t count, void *arg)
{
	const uint64_t now = rte_rdtsc();

	RTE_SET_USED(port);
	RTE_SET_USED(queue);
	RTE_SET_USED(arg);
	for (uint16_t i = 0; i < count; i++) {
		const uint64_t arrival = arrival_of(copies[i]);

		if (arrival != meter.arrival) {
			end_packet();
			meter.arrival = arrival;
			meter.first = now;
		}
		meter.last = now;
	}
	return count;
}

/* @return The share of the time that this thread had the CPU; 0 after a turn so long that a
 * hypervisor must have taken the CPU, unseen by the kernel. */
static double
turn_for(struct mcr_lcore *lcore, double seconds, double longest_turn)
{
	const double hz = rte_get_tsc_hz(), cpu = bench_clock(CLOCK_THREAD_CPUTIME_ID);
	const uint64_t start = rte_rdtsc();
	uint64_t longest = 0, before, now = start;

	while (now < start + seconds * hz) {
		before = now;
		mcr_main_loop_turn(lcore);
		now = rte_rdtsc();
		longest = RTE_MAX(longest, now - before);
	}
	if (longest > longest_turn * hz)
		return 0;
	return (bench_clock(CLOCK_THREAD_CPUTIME_ID) - cpu) * hz / (now - start);
}

/* Packets per second with full bursts. */
static double
measure_maximum(struct mcr_lcore *lcore, uint32_t count)
{
	struct bench_rounds rounds = {0};

	bench_source_pace(0);
	turn_for(lcore, ROUND_S, ROUND_S);
	for (uint32_t i = 0; i < count; i++) {
		const uint64_t before = lcore->packets;
		const double share = turn_for(lcore, ROUND_S, ROUND_S);

		bench_rounds_add(&rounds, (lcore->packets - before) / ROUND_S, share);
	}
	return bench_rounds_quartile(&rounds);
}

static void
measure_round(struct mcr_lcore *lcore, double fastest, struct bench_latency *latency)
{
	const double burst_s = MCR_RX_BURST / fastest;
	struct meter round;

	memset(&meter, 0, sizeof(meter));
	bench_source_pace(rte_get_tsc_hz() / latency->packets_per_s);
	latency->rounds++;
	if (!bench_is_undisturbed(turn_for(lcore, ROUND_S, 2 * burst_s + INTERRUPT_S)))
		return;
	end_packet();
	round = meter;
	mcr_latency_sum(&latency->delay, &round.delay);
	mcr_latency_sum(&latency->spread, &round.spread);
	latency->undisturbed++;
}

static void
measure_load(struct mcr_lcore *lcore, double fastest, uint32_t count, struct bench_latency *latency)
{
	latency->packets_per_s = fastest * latency->load / 100;
	while (latency->undisturbed < count && latency->rounds < TRIES_PER_ROUND * count)
		measure_round(lcore, fastest, latency);
}

void
bench_measure_latency(const struct bench_case *bench, uint32_t rounds,
	struct bench_latency *latencies, uint32_t count)
{
	struct mcr_hub *hub = bench_hub_start(bench);
	struct mcr_lcore *lcore = &hub->workers.lcores[WORKER];
	const struct rte_eth_rxtx_callback *callback =
		rte_eth_add_tx_callback(hub->ports.at[0].id, 0, read_arrivals, NULL);
	double fastest;

	bench_require(callback != NULL, "a callback");
	bench_source_start(hub, bench);
	mcr_rcu_online(hub->fib.rcu, WORKER);
	fastest = measure_maximum(lcore, rounds);
	for (uint32_t i = 0; i < count; i++)
		measure_load(lcore, fastest, rounds, &latencies[i]);
	mcr_rcu_offline(hub->fib.rcu, WORKER);
	rte_eth_remove_tx_callback(hub->ports.at[0].id, 0, callback);
	bench_source_stop();
	bench_hub_end(hub);
}
