/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* A table for people, and a line of JSON a case for programs. */

#include <stdlib.h>

#include "bench.h"

static FILE *lines;
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
bench_require(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "mcdpdk_bench: cannot have %s\n", what);
	exit(EXIT_FAILURE);
}

void
bench_report_open(FILE *json)
{
	lines = json;
}

static void
put_title(const struct bench_case *bench, const char *columns)
{
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
	if (lines != NULL)
		fprintf(lines,
			"{\"series\":\"%s\",\"frame\":%u,\"receivers\":%u,\"encap\":\"%s\","
			"\"groups\":%u,\"strategy\":\"%s\",\"wire\":\"%s\",\"layout\":\"%s\",",
			bench->series, bench->frame, bench->receivers, mcr_encap_name(bench->encap),
			bench->groups, strategies[bench->strategy], wires[bench->wire],
			layouts[bench->layout]);
}

static void
end_case(void)
{
	fflush(stdout);
	if (lines != NULL)
		fflush(lines);
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
	if (lines != NULL)
		fprintf(lines,
			"\"%s_cycles\":%.2f,\"cycles\":%.2f,\"ratio\":%.3f,\"spread\":%.3f}\n",
			rivals[bench->rival], result->floor, result->hub, result->ratio,
			result->spread);
	end_case();
}

void
bench_report_layout(const struct bench_case *bench, double rate, double rate_of_one)
{
	put_title(bench, " frame receivers  encap     groups  strat wire  layout       Mcopies/s"
			 "  to one worker");
	put_case(bench);
	printf("  %-11s  %9.1f  %5.2f\n", layouts[bench->layout], rate * 1e-6, rate / rate_of_one);
	if (lines != NULL)
		fprintf(lines, "\"copies_per_s\":%.0f,\"to_one\":%.3f}\n", rate,
			rate / rate_of_one);
	end_case();
}

void
bench_report_updates(const struct bench_case *bench, const struct bench_updates *updates)
{
	put_title(bench, " frame receivers  encap     groups  strat wire  joins/s    "
			 "Mcopies/s: alone  beside  lost");
	put_case(bench);
	printf("  %8.0f  %16.1f  %6.1f  %3.0f%%\n", updates->joins, updates->alone * 1e-6,
		updates->beside * 1e-6, 100 - 100 * updates->beside / updates->alone);
	if (lines != NULL)
		fprintf(lines,
			"\"joins_per_s\":%.0f,\"copies_per_s_alone\":%.0f,"
			"\"copies_per_s_beside\":%.0f}\n",
			updates->joins, updates->alone, updates->beside);
	end_case();
}
