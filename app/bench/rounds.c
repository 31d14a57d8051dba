/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* A round counts only if no other process took the CPU. */

#include <stdlib.h>
#include <time.h>

#include <rte_common.h>

#include "bench.h"

#define UNDISTURBED 0.98

/* At least one round in so many counts, disturbed or not. */
#define BEST_OF 8

double
bench_clock(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec + time.tv_nsec * 1e-9;
}

bool
bench_is_undisturbed(double share)
{
	return share >= UNDISTURBED;
}

void
bench_rounds_add(struct bench_rounds *rounds, double value, double share)
{
	bench_require(rounds->count < BENCH_ROUNDS_MAX, "fewer rounds");
	rounds->at[rounds->count++] = (struct bench_round){value, share};
}

static int
compare_shares(const void *a, const void *b)
{
	const struct bench_round *x = a, *y = b;

	return (x->share < y->share) - (x->share > y->share);
}

static int
compare_values(const void *a, const void *b)
{
	const struct bench_round *x = a, *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

uint32_t
bench_rounds_undisturbed(const struct bench_rounds *rounds)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < rounds->count; i++)
		count += bench_is_undisturbed(rounds->at[i].share);
	return count;
}

double
bench_rounds_quartile(struct bench_rounds *rounds)
{
	const uint32_t undisturbed = bench_rounds_undisturbed(rounds);
	const uint32_t best = rounds->count / BEST_OF;
	const uint32_t n = undisturbed > best ? undisturbed : best;

	bench_require(n != 0, "a result of so few rounds");
	qsort(rounds->at, rounds->count, sizeof(rounds->at[0]), compare_shares);
	qsort(rounds->at, n, sizeof(rounds->at[0]), compare_values);
	return rounds->at[n - 1 - n / 4].value;
}
