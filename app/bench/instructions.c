/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Instructions counted by callgrind, which other load does not change. Each case is a dump named
 * "CASE OPERATIONS". */

#include <inttypes.h>

#include "bench.h"
#include "hub.h"
#include "main_loop.h"

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>

#define WORKER 1
#define TURNS 50

static void
start_counting(void)
{
	CALLGRIND_START_INSTRUMENTATION;
	CALLGRIND_ZERO_STATS;
}

static void
end_counting(const char *name, uint64_t operations)
{
	char title[128];

	snprintf(title, sizeof(title), "%s %" PRIu64, name, operations);
	CALLGRIND_DUMP_STATS_AT(title);
	CALLGRIND_STOP_INSTRUMENTATION;
}

static void
run_turns(struct mcr_workers *workers)
{
	for (uint32_t i = 0; i < TURNS; i++) {
		for (uint16_t j = WORKER; j < workers->count; j++)
			mcr_main_loop_turn(&workers->lcores[j]);
	}
}

/* One turn receives a burst, looks it up, replicates and sends. */
static void
count_hub(const char *name, const struct bench_case *bench)
{
	struct mcr_hub *hub = bench_hub_start(bench);

	bench_source_start(hub, bench);
	for (uint16_t i = WORKER; i < hub->workers.count; i++)
		mcr_rcu_online(hub->fib.rcu, i);
	run_turns(&hub->workers);
	start_counting();
	run_turns(&hub->workers);
	end_counting(name, (uint64_t)TURNS * MCR_RX_BURST * bench->receivers);
	for (uint16_t i = WORKER; i < hub->workers.count; i++)
		mcr_rcu_offline(hub->fib.rcu, i);
	bench_source_stop();
	bench_hub_end(hub);
}

static void
count_floor(const char *name)
{
	const struct bench_case bench = {.frame = 64, .receivers = 1, .groups = 1};
	struct mcr_hub *hub = bench_hub_start(&bench);
	const uint32_t packets = TURNS * MCR_RX_BURST;

	bench_floor_start();
	bench_floor_run(hub->ports.at[0].id, packets, bench.frame);
	start_counting();
	bench_floor_run(hub->ports.at[0].id, packets, bench.frame);
	end_counting(name, packets);
	bench_floor_stop();
	bench_hub_end(hub);
}

void
bench_count_instructions(void)
{
	static const struct {
		const char *name;
		struct bench_case bench;
	} cases[] = {
		{"gre-64-to-1", {.frame = 64, .receivers = 1, .encap = MCR_ENCAP_GRE, .groups = 1}},
		{"gre-64-to-32",
			{.frame = 64, .receivers = 32, .encap = MCR_ENCAP_GRE, .groups = 1}},
		{"gre-1442-to-32",
			{.frame = 1442, .receivers = 32, .encap = MCR_ENCAP_GRE, .groups = 1}},
		{"gre-64-to-32-of-1000-groups",
			{.frame = 64, .receivers = 32, .encap = MCR_ENCAP_GRE, .groups = 1000}},
		{"l2-64-to-32", {.frame = 64, .receivers = 32, .encap = MCR_ENCAP_L2, .groups = 1}},
		{"gre-udp-64-to-32",
			{.frame = 64, .receivers = 32, .encap = MCR_ENCAP_GRE_UDP, .groups = 1}},
		{"vxlan-64-to-32",
			{.frame = 64, .receivers = 32, .encap = MCR_ENCAP_VXLAN, .groups = 1}},
		{"vxlan-64-flooded-to-32", {.frame = 64,
						   .receivers = 32,
						   .encap = MCR_ENCAP_VXLAN,
						   .cast = BENCH_FLOOD,
						   .groups = 1}},
		{"gre-64-unicast", {.frame = 64,
					   .receivers = 1,
					   .encap = MCR_ENCAP_GRE,
					   .cast = BENCH_UNICAST,
					   .groups = 1}},
		{"ipv6-gre-64-to-1", {.frame = 64,
					     .receivers = 1,
					     .encap = MCR_ENCAP_GRE,
					     .groups = 1,
					     .is_ipv6 = true}},
		{"ipv6-gre-64-unicast", {.frame = 64,
						.receivers = 1,
						.encap = MCR_ENCAP_GRE,
						.cast = BENCH_UNICAST,
						.groups = 1,
						.is_ipv6 = true}},
		{"ipv6-gre-64-to-32", {.frame = 64,
					      .receivers = 32,
					      .encap = MCR_ENCAP_GRE,
					      .groups = 1,
					      .is_ipv6 = true}},
		{"ipv6-gre-udp-64-to-32", {.frame = 64,
						  .receivers = 32,
						  .encap = MCR_ENCAP_GRE_UDP,
						  .groups = 1,
						  .is_ipv6 = true}},
		{"ipv6-vxlan-64-to-32", {.frame = 64,
						.receivers = 32,
						.encap = MCR_ENCAP_VXLAN,
						.groups = 1,
						.is_ipv6 = true}},
		{"gre-64-to-32-over-ipv6", {.frame = 64,
						   .receivers = 32,
						   .encap = MCR_ENCAP_GRE,
						   .groups = 1,
						   .is_over_ipv6 = true}},
		{"gre-udp-64-to-32-over-ipv6", {.frame = 64,
						       .receivers = 32,
						       .encap = MCR_ENCAP_GRE_UDP,
						       .groups = 1,
						       .is_over_ipv6 = true}},
		{"vxlan-64-to-32-over-ipv6", {.frame = 64,
						     .receivers = 32,
						     .encap = MCR_ENCAP_VXLAN,
						     .groups = 1,
						     .is_over_ipv6 = true}},
		{"ipv6-gre-udp-64-to-32-over-ipv6", {.frame = 64,
							    .receivers = 32,
							    .encap = MCR_ENCAP_GRE_UDP,
							    .groups = 1,
							    .is_ipv6 = true,
							    .is_over_ipv6 = true}},
		{"ipv6-l2-64-to-32", {.frame = 64,
					     .receivers = 32,
					     .encap = MCR_ENCAP_L2,
					     .groups = 1,
					     .is_ipv6 = true}},
		{"ipv6-udp-64-to-32-over-ipv6", {.frame = 64,
							.receivers = 32,
							.encap = MCR_ENCAP_UDP,
							.groups = 1,
							.is_ipv6 = true,
							.is_over_ipv6 = true}},
		{"udp-64-to-32",
			{.frame = 64, .receivers = 32, .encap = MCR_ENCAP_UDP, .groups = 1}},
		{"gre-64-to-1-over-a-ring", {.frame = 64,
						    .receivers = 1,
						    .encap = MCR_ENCAP_GRE,
						    .groups = 1,
						    .layout = BENCH_PIPE}},
	};

	bench_require(RUNNING_ON_VALGRIND != 0, "counts but under `valgrind --tool=callgrind`");
	count_floor("floor");
	for (uint32_t i = 0; i < RTE_DIM(cases); i++)
		count_hub(cases[i].name, &cases[i].bench);
}

#else

void
bench_count_instructions(void)
{
	bench_require(false, "counts: it was built without valgrind's headers");
}

#endif
