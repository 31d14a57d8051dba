/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* mcdpdk_bench [--short] [--json FILE] [SERIES...] measures the hub beside the floor. */

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_log.h>

#include "bench.h"
#include "infra/log.h"

#define HUGE_PAGES "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"
#define HUGE_PAGES_WANTED 160

static const struct bench_effort long_effort = {.rounds = 101, .copies = 1 << 15};
static const struct bench_effort short_effort = {.rounds = 25, .copies = 1 << 14};

static struct options {
	struct bench_effort effort;
	double seconds; /* per layout */
	uint32_t repeats;
	bool is_short;
	bool counts;
	int series_count;
	char **series;
} options;

/* clang-format off */
#define NORMAL .frame = 64, .receivers = 32, .encap = MCR_ENCAP_GRE, .groups = 1

static const uint16_t frames[] = {64, 298, 512, 1442, 9000};
static const uint32_t receivers[] = {1, 8, 32, 128, 512, 1000, 4000};
static const uint32_t groups[] = {1, 1000, 100000, 1000000};
static const enum mcr_encap encaps[] = {
	MCR_ENCAP_L2, MCR_ENCAP_GRE, MCR_ENCAP_GRE_UDP, MCR_ENCAP_VXLAN, MCR_ENCAP_UDP,
};
/* clang-format on */

static void
run_case(const struct bench_case *bench)
{
	struct bench_result result;

	bench_report_begin(bench, 0, 1);
	result = bench_measure(bench, &options.effort);
	bench_report_case(bench, &result);
}

static void
run_small_and_large(struct bench_case bench)
{
	run_case(&bench);
	bench.frame = 1442;
	run_case(&bench);
}

static void
run_strategies(const char *series, enum bench_wire wire, uint32_t receiver_count)
{
	for (unsigned int i = 0; i < RTE_DIM(frames); i++) {
		for (enum bench_strategy s = BENCH_AUTO; s <= BENCH_SHARE; s++) {
			struct bench_case bench = {NORMAL, .series = series, .wire = wire};

			bench.frame = frames[i];
			bench.receivers = receiver_count;
			bench.strategy = s;
			run_case(&bench);
		}
	}
}

static void
measure_sizes(const char *series)
{
	run_strategies(series, BENCH_NULL, 32);
}

static void
measure_ring(const char *series)
{
	run_strategies(series, BENCH_RING, 32);
}

/* With one receiver the hub sends the packet itself; compared with copying and sharing. */
static void
measure_variants(const char *series)
{
	run_strategies(series, BENCH_RING, 1);
}

static void
measure_receiver_counts(const char *series)
{
	for (unsigned int i = 0; i < RTE_DIM(receivers); i++) {
		struct bench_case bench = {NORMAL, .series = series};

		bench.receivers = receivers[i];
		run_small_and_large(bench);
	}
}

static void
measure_encaps(const char *series)
{
	for (unsigned int i = 0; i < RTE_DIM(encaps); i++) {
		struct bench_case bench = {NORMAL, .series = series};

		bench.encap = encaps[i];
		run_small_and_large(bench);
	}
}

static void
measure_textbook(const char *series)
{
	for (enum bench_wire wire = BENCH_NULL; wire <= BENCH_RING; wire++) {
		for (enum bench_rival rival = BENCH_ONE_BOX; rival <= BENCH_BOX_EACH; rival++) {
			struct bench_case bench = {NORMAL, .series = series, .wire = wire};

			bench.encap = MCR_ENCAP_L2;
			bench.rival = rival;
			run_small_and_large(bench);
		}
	}
}

static void
measure_group_counts(const char *series)
{
	for (unsigned int i = 0; i < RTE_DIM(groups); i++) {
		struct bench_case bench = {NORMAL, .series = series};

		if (options.is_short && groups[i] > 100000)
			continue;
		bench.groups = groups[i];
		run_case(&bench);
	}
}

/* Layouts alternate, so other load on the machine slows all of them. */
static void
measure_workers(const char *series)
{
	static struct bench_rounds rates[BENCH_PIPE + 1];
	struct bench_case bench = {NORMAL, .series = series};
	double one;

	bench.groups = 2;
	for (uint32_t i = 0; i < options.repeats; i++) {
		for (bench.layout = BENCH_ONE; bench.layout <= BENCH_PIPE; bench.layout++) {
			bench_report_begin(&bench, i, options.repeats);
			bench_measure_layout(&bench, options.seconds, &rates[bench.layout]);
		}
	}
	one = bench_rounds_quartile(&rates[BENCH_ONE]);
	for (bench.layout = BENCH_ONE; bench.layout <= BENCH_PIPE; bench.layout++)
		bench_report_layout(&bench, &rates[bench.layout], one);
}

/* In turns as above. The spread is measured where one lcore alone has work for a third of its time.
 */
#define FANOUT_COPIES_PER_S 10e6

static void
measure_fanouts(const char *series)
{
	static const uint32_t fan_outs[] = {1000, 4000};
	static const enum bench_layout layouts[] = {BENCH_ONE, BENCH_SPLIT};
	static struct bench_fanout fanouts[RTE_DIM(layouts)];

	for (unsigned int i = 0; i < 2 * RTE_DIM(fan_outs); i++) {
		struct bench_case bench = {NORMAL, .series = series};

		bench.receivers = fan_outs[i / 2];
		bench.frame = i % 2 == 0 ? 64 : 1442;
		memset(fanouts, 0, sizeof(fanouts));
		for (uint32_t j = 0; j < options.repeats * RTE_DIM(layouts); j++) {
			bench.layout = layouts[j % RTE_DIM(layouts)];
			bench_report_begin(&bench, j / RTE_DIM(layouts), options.repeats);
			bench_measure_fanout(&bench, options.seconds,
				FANOUT_COPIES_PER_S / bench.receivers,
				&fanouts[j % RTE_DIM(layouts)]);
		}
		for (unsigned int j = 0; j < RTE_DIM(layouts); j++) {
			bench.layout = layouts[j];
			bench_report_fanout(
				&bench, &fanouts[j], bench_rounds_quartile(&fanouts[0].rates));
		}
	}
}

static void
measure_updates(const char *series)
{
	static const double paces[] = {100e3, 1e6, BENCH_UNLIMITED};
	static struct bench_updates updates;
	struct bench_case bench = {NORMAL, .series = series, .layout = BENCH_FAR};

	bench.groups = 1000;
	for (unsigned int i = 0; i < RTE_DIM(paces); i++) {
		memset(&updates, 0, sizeof(updates));
		bench_report_begin(&bench, i, RTE_DIM(paces));
		bench_measure_updates(
			&bench, options.seconds * options.repeats, paces[i], &updates);
		bench_report_updates(&bench, &updates);
	}
}

static void
measure_latency(const char *series)
{
	static const uint32_t fan_outs[] = {1, 32, 512};

	for (unsigned int i = 0; i < RTE_DIM(fan_outs); i++) {
		struct bench_latency latencies[] = {{.load = 10}, {.load = 50}, {.load = 90}};
		struct bench_case bench = {NORMAL, .series = series};

		bench.receivers = fan_outs[i];
		bench_report_begin(&bench, 0, 1);
		bench_measure_latency(&bench, options.effort.rounds, latencies, RTE_DIM(latencies));
		for (unsigned int j = 0; j < RTE_DIM(latencies); j++)
			bench_report_latency(&bench, &latencies[j]);
	}
}

static const struct {
	const char *name;
	void (*measure)(const char *series);
	bool in_short;
} all_series[] = {
	{"sizes", measure_sizes, true},
	{"ring", measure_ring, false},
	{"receivers", measure_receiver_counts, false},
	{"encapsulations", measure_encaps, true},
	{"textbook", measure_textbook, true},
	{"groups", measure_group_counts, true},
	{"workers", measure_workers, true},
	{"fanouts", measure_fanouts, false},
	{"updates", measure_updates, true},
	{"variants", measure_variants, true},
	{"latency", measure_latency, true},
};

static bool
is_chosen(const char *name, bool in_short)
{
	if (options.series_count == 0)
		return in_short || !options.is_short;
	for (int i = 0; i < options.series_count; i++)
		if (strcmp(options.series[i], name) == 0)
			return true;
	return false;
}

static bool
has_huge_pages(void)
{
	FILE *file = fopen(HUGE_PAGES, "r");
	unsigned int pages = 0;

	if (file == NULL)
		return false;
	if (fscanf(file, "%u", &pages) != 1)
		pages = 0;
	fclose(file);
	return pages >= HUGE_PAGES_WANTED;
}

/* The main lcore and the first worker share a CPU, since only one of them works at a time. */
static void
start_eal(void)
{
	char *huge[] = {"mcdpdk_bench", "--in-memory", "--no-pci", "--no-telemetry",
		"--lcores=0@0,1@0,2@1", "--log-level=error"};
	char *small[] = {"mcdpdk_bench", "--no-huge", "-m", "512", "--no-pci", "--no-telemetry",
		"--no-shconf", "--lcores=0@0,1@0,2@1", "--log-level=error"};
	const bool has_huge = !options.counts && has_huge_pages();

	printf("memory: %s\n", has_huge ? "huge pages" : "ordinary pages: slower than huge ones");
	bench_require((has_huge ? rte_eal_init(RTE_DIM(huge), huge)
				: rte_eal_init(RTE_DIM(small), small)) >= 0,
		"EAL");
	mcr_logtype = rte_log_register_type_and_pick_level("mcdpdk", RTE_LOG_WARNING);
}

static void
parse_options(int argc, char **argv)
{
	static const struct option names[] = {
		{"short", no_argument, NULL, 's'},
		{"json", required_argument, NULL, 'j'},
		{"instructions", no_argument, NULL, 'i'},
		{NULL, 0, NULL, 0},
	};
	FILE *json;
	int option;

	options.effort = long_effort;
	options.seconds = 0.5;
	options.repeats = 10;
	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (option == '?')
			exit(2);
		if (option == 's') {
			options.is_short = true;
			options.effort = short_effort;
			options.seconds = 0.3;
			options.repeats = 3;
			continue;
		}
		if (option == 'i') {
			options.counts = true;
			continue;
		}
		json = fopen(optarg, "w");
		bench_require(json != NULL, "that file");
		bench_report_open(json);
	}
	options.series_count = argc - optind;
	options.series = argv + optind;
}

int
main(int argc, char **argv)
{
	parse_options(argc, argv);
	start_eal();
	if (options.counts) {
		bench_count_instructions();
		return 0;
	}
	for (unsigned int i = 0; i < RTE_DIM(all_series); i++)
		if (is_chosen(all_series[i].name, all_series[i].in_short))
			all_series[i].measure(all_series[i].name);
	rte_eal_cleanup();
	return 0;
}
