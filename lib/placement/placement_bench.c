/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Choosing the server of each of 65,536 members anew, as when a hub has come or gone. */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <rte_common.h>

#include "mcr_placement.h"

#define MEMBERS 65536u
#define HUBS_MAX 1024
#define ROUNDS 11

static struct mcr_placement_hub hubs[HUBS_MAX];
static uint32_t served[HUBS_MAX];

/* CPU time of this thread: less sensitive to other load. */
static double
cpu_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return time.tv_sec * 1e3 + time.tv_nsec * 1e-6;
}

static void
choose_all(uint32_t count)
{
	for (uint32_t i = 0; i < MEMBERS; i++) {
		const struct mcr_placement_member member = {
			.hash = i * UINT32_C(0x9e3779b9), .address = UINT32_C(0x0a000000) + i};

		served[mcr_placement_choose(hubs, count, &member, 0)]++;
	}
}

static void
measure(uint32_t count)
{
	uint32_t least = UINT32_MAX, most = 0;
	double best = 1e9;

	memset(served, 0, sizeof(served));
	for (int i = 0; i < ROUNDS; i++) {
		const double begun = cpu_ms();

		choose_all(count);
		best = RTE_MIN(best, cpu_ms() - begun);
	}
	for (uint32_t i = 0; i < count; i++) {
		least = RTE_MIN(least, served[i] / ROUNDS);
		most = RTE_MAX(most, served[i] / ROUNDS);
	}
	printf("%5u hubs: %8.2f ms for %u members; each serves %u to %u\n", count, best, MEMBERS,
		least, most);
}

int
main(void)
{
	static const uint32_t counts[] = {3, 10, 100, 1024};

	for (uint32_t i = 0; i < HUBS_MAX; i++)
		hubs[i] = (struct mcr_placement_hub){.id = 1 + i * UINT32_C(0x85ebca6b),
			.serves = 3,
			.is_alive = true,
			.network_count = 1};
	for (unsigned int i = 0; i < RTE_DIM(counts); i++)
		measure(counts[i]);
	return 0;
}
