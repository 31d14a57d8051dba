/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_cycles.h>
#include <rte_debug.h>

#include <mcr_latency.h>

#include "telemetry/commands.h"

/* The same in each hub and at each start, unlike the TSC's cycles, which the histograms have: what
 * reads them may add them up. */
static const uint64_t bounds_ns[] = {100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000,
	200000, 500000, 1000000, 2000000, 5000000, 10000000, 20000000, 50000000, 100000000,
	200000000, 500000000, 1000000000};

static uint64_t
cycles_to_ns(uint64_t cycles)
{
	return (double)cycles * 1e9 / rte_get_tsc_hz();
}

static uint64_t
ns_to_cycles(uint64_t ns)
{
	return (double)ns * rte_get_tsc_hz() / 1e9;
}

/* @param array From rte_tel_data_alloc(), consumed; NULL adds nothing. */
static void
add_array(struct rte_tel_data *answer, const char *name, struct rte_tel_data *array)
{
	if (array != NULL && rte_tel_data_add_dict_container(answer, name, array, 0) != 0)
		rte_tel_data_free(array);
}

static struct rte_tel_data *
start_array(void)
{
	struct rte_tel_data *array = rte_tel_data_alloc();

	if (array != NULL)
		rte_tel_data_start_array(array, RTE_TEL_U64_VAL);
	return array;
}

static void
add_bounds(struct rte_tel_data *answer)
{
	struct rte_tel_data *array = start_array();

	for (unsigned int i = 0; array != NULL && i < RTE_DIM(bounds_ns); i++)
		rte_tel_data_add_array_u64(array, bounds_ns[i]);
	add_array(answer, "bounds_ns", array);
}

/* One for each bound, and one for what is longer. */
static void
add_counts(struct rte_tel_data *answer, const char *name, const struct mcr_latency *latency)
{
	struct rte_tel_data *array = start_array();
	uint64_t below = 0;

	for (unsigned int i = 0; array != NULL && i <= RTE_DIM(bounds_ns); i++) {
		const uint64_t bound =
			i < RTE_DIM(bounds_ns) ? ns_to_cycles(bounds_ns[i]) : UINT64_MAX;
		const uint64_t count = mcr_latency_count_up_to(latency, bound);

		RTE_ASSERT(count >= below);
		rte_tel_data_add_array_u64(array, count - below);
		below = count;
	}
	add_array(answer, name, array);
}

void
mcr_telemetry_latency(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	struct mcr_latency delay = {0}, spread = {0};

	RTE_SET_USED(params);
	for (uint16_t i = 0; i < control->workers->count; i++) {
		mcr_latency_sum(&delay, &control->workers->lcores[i].tx.delay);
		mcr_latency_sum(&spread, &control->workers->lcores[i].tx.spread);
	}
	rte_tel_data_start_dict(answer);
	rte_tel_data_add_dict_u64(
		answer, "p50_ns", cycles_to_ns(mcr_latency_percentile(&delay, 500)));
	rte_tel_data_add_dict_u64(
		answer, "p99_ns", cycles_to_ns(mcr_latency_percentile(&delay, 990)));
	rte_tel_data_add_dict_u64(answer, "max_ns", cycles_to_ns(delay.max));
	rte_tel_data_add_dict_u64(
		answer, "spread_p99_ns", cycles_to_ns(mcr_latency_percentile(&spread, 990)));
	add_bounds(answer);
	add_counts(answer, "latency_counts", &delay);
	add_counts(answer, "spread_counts", &spread);
	rte_tel_data_add_dict_u64(
		answer, "latency_sum_ns", cycles_to_ns(mcr_latency_estimate_sum(&delay)));
	rte_tel_data_add_dict_u64(
		answer, "spread_sum_ns", cycles_to_ns(mcr_latency_estimate_sum(&spread)));
}
