/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* A table, and a line of JSON per case. */

#include <stdarg.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_cycles.h>

#include "bench.h"

static FILE *json_file;
static const char *series;

static const char *const strategies[] = {
	[BENCH_AUTO] = "auto",
	[BENCH_COPY] = "copy",
	[BENCH_SHARE] = "share",
};
static const char *const wires[] = {
	[BENCH_NULL] = "null",
	[BENCH_RING] = "ring",
};
static const char *const layouts[] = {
	[BENCH_ONE] = "one worker",
	[BENCH_TWO] = "two workers",
	[BENCH_PIPE] = "rx to tx",
	[BENCH_FAR] = "one worker",
	[BENCH_SPLIT] = "split by two",
};

static const char *const rivals[] = {
	[BENCH_NOTHING] = "floor",
	[BENCH_ONE_BOX] = "one_box",
	[BENCH_BOX_EACH] = "ipv4_multicast",
};
static const char *const remarks[] = {
	[BENCH_NOTHING] = "",
	[BENCH_ONE_BOX] = "  all copies gather in one box",
	[BENCH_BOX_EACH] = "  in a box for each receiver, as there",
};

void
bench_report_open(FILE *json)
{
	json_file = json;
}

static void __rte_format_printf(1, 2) put_json(const char *format, ...)
{
	va_list arguments;

	if (json_file == NULL)
		return;
	va_start(arguments, format);
	vfprintf(json_file, format, arguments);
	va_end(arguments);
}

#define CLEAR_LINE "\r\033[K"

static void
clear_progress(void)
{
	if (isatty(STDERR_FILENO))
		fputs(CLEAR_LINE, stderr);
}

void
bench_report_begin(const struct bench_case *bench, uint32_t round, uint32_t rounds)
{
	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, CLEAR_LINE "%s: %u bytes to %u receivers, %s, %s", bench->series,
		bench->frame, bench->receivers, mcr_encap_name(bench->encap),
		layouts[bench->layout]);
	if (rounds > 1)
		fprintf(stderr, ", round %u of %u", round + 1, rounds);
}

static void
put_title(const struct bench_case *bench, const char *columns)
{
	clear_progress();
	if (series == bench->series)
		return;
	series = bench->series;
	printf("\n%s\n%s\n", series, columns);
}

static void
put_case(const struct bench_case *bench)
{
	printf("%6u %9u  %-7s %8u  %-5s %-4s", bench->frame, bench->receivers,
		mcr_encap_name(bench->encap), bench->groups, strategies[bench->strategy],
		wires[bench->wire]);
	put_json("{\"series\":\"%s\",\"frame\":%u,\"receivers\":%u,\"encap\":\"%s\","
		 "\"groups\":%u,\"strategy\":\"%s\",\"wire\":\"%s\",\"layout\":\"%s\",",
		bench->series, bench->frame, bench->receivers, mcr_encap_name(bench->encap),
		bench->groups, strategies[bench->strategy], wires[bench->wire],
		layouts[bench->layout]);
}

static void
end_case(void)
{
	fflush(stdout);
	if (json_file != NULL)
		fflush(json_file);
}

void
bench_report_case(const struct bench_case *bench, const struct bench_result *result)
{
	put_title(bench,
		bench->rival != BENCH_NOTHING
			? " frame receivers  encap     groups  strat wire  book     hub  ratio "
			  "spread   (TSC cycles a copy; ratio: DPDK's ipv4_multicast to hub)"
			: " frame receivers  encap     groups  strat wire  floor    hub  ratio "
			  "spread   (TSC cycles a copy; ratio: floor to hub)");
	put_case(bench);
	printf(" %6.1f %6.1f  %5.2f %5.0f%%%s\n", result->floor, result->hub, result->ratio,
		result->spread * 100, remarks[bench->rival]);
	put_json("\"%s_cycles\":%.2f,\"cycles\":%.2f,\"ratio\":%.3f,\"spread\":%.3f}\n",
		rivals[bench->rival], result->floor, result->hub, result->ratio, result->spread);
	end_case();
}

void
bench_report_layout(const struct bench_case *bench, struct bench_rounds *rates, double rate_of_one)
{
	const double rate = bench_rounds_quartile(rates);
	const uint32_t undisturbed = bench_rounds_undisturbed(rates);

	put_title(bench, " frame receivers  encap     groups  strat wire  layout       Mcopies/s"
			 "  to one worker  rounds undisturbed of");
	put_case(bench);
	printf("  %-11s  %9.1f  %13.2f  %18u %u\n", layouts[bench->layout], rate * 1e-6,
		rate / rate_of_one, undisturbed, rates->count);
	put_json("\"copies_per_s\":%.0f,\"to_one\":%.3f,\"rounds\":%u,\"undisturbed\":%u}\n", rate,
		rate / rate_of_one, rates->count, undisturbed);
	end_case();
}

static double
nanoseconds(uint64_t cycles)
{
	return cycles * 1e9 / rte_get_tsc_hz();
}

void
bench_report_fanout(const struct bench_case *bench, struct bench_fanout *fanout, double rate_of_one)
{
	const double rate = bench_rounds_quartile(&fanout->rates),
		     p50 = nanoseconds(mcr_latency_percentile(&fanout->spread, 500)),
		     p99 = nanoseconds(mcr_latency_percentile(&fanout->spread, 990));
	const uint32_t rounds = fanout->rates.count + fanout->spread_rounds.count;
	const uint32_t undisturbed = bench_rounds_undisturbed(&fanout->rates) +
	                             bench_rounds_undisturbed(&fanout->spread_rounds);

	put_title(bench, " frame receivers  encap     groups  strat wire  layout        Mcopies/s"
			 "  to one worker  spread p50 ns  p99 ns  rounds undisturbed of");
	put_case(bench);
	printf("  %-12s  %9.1f  %13.2f  %13.0f  %6.0f  %18u %u\n", layouts[bench->layout],
		rate * 1e-6, rate / rate_of_one, p50, p99, undisturbed, rounds);
	put_json("\"copies_per_s\":%.0f,\"to_one\":%.3f,\"spread_p50_ns\":%.0f,"
		 "\"spread_p99_ns\":%.0f,\"rounds\":%u,\"undisturbed\":%u}\n",
		rate, rate / rate_of_one, p50, p99, rounds, undisturbed);
	end_case();
}

void
bench_report_updates(const struct bench_case *bench, struct bench_updates *updates)
{
	const double alone = bench_rounds_quartile(&updates->alone);
	const double joins = bench_rounds_quartile(&updates->joins);
	const double beside = bench_rounds_quartile(&updates->beside);
	const uint32_t undisturbed = bench_rounds_undisturbed(&updates->beside);

	put_title(bench, " frame receivers  encap     groups  strat wire   joins/s  Mcopies/s alone"
			 "  lost beside  rounds undisturbed of");
	put_case(bench);
	printf("  %8.0f  %15.1f  %10.1f%%  %18u %u\n", joins, alone * 1e-6,
		100 - 100 * beside / alone, undisturbed, updates->beside.count);
	put_json("\"joins_per_s\":%.0f,\"copies_per_s_alone\":%.0f,\"lost\":%.4f,"
		 "\"rounds\":%u,\"undisturbed\":%u}\n",
		joins, alone, 1 - beside / alone, updates->beside.count, undisturbed);
	end_case();
}

void
bench_report_latency(const struct bench_case *bench, const struct bench_latency *latency)
{
	const double p50 = nanoseconds(mcr_latency_percentile(&latency->delay, 500)),
		     p99 = nanoseconds(mcr_latency_percentile(&latency->delay, 990)),
		     max = nanoseconds(latency->delay.max),
		     spread = nanoseconds(mcr_latency_percentile(&latency->spread, 990));

	put_title(bench, " frame receivers  encap     groups  strat wire  load  packets/s  p50 ns"
			 "   p99 ns   max ns  spread p99 ns  rounds undisturbed of");
	put_case(bench);
	printf("  %3u%%  %9.0f  %6.0f  %7.0f  %7.0f  %13.0f  %18u %u\n", latency->load,
		latency->packets_per_s, p50, p99, max, spread, latency->undisturbed,
		latency->rounds);
	put_json("\"load\":%u,\"packets_per_s\":%.0f,\"p50_ns\":%.0f,\"p99_ns\":%.0f,"
		 "\"max_ns\":%.0f,\"spread_p99_ns\":%.0f,\"rounds\":%u,\"undisturbed\":%u}\n",
		latency->load, latency->packets_per_s, p50, p99, max, spread, latency->rounds,
		latency->undisturbed);
	end_case();
}
