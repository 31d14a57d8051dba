/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <rte_common.h>

#include "infra/log.h"
#include "infra/start_time.h"

#define STEPS_MAX 16
#define LINE_MAX_LEN 256

static struct {
	uint64_t begun_us;
	uint64_t last_us;
	unsigned int count;
	struct {
		const char *name;
		uint64_t us;
	} steps[STEPS_MAX];
} start;

/* EAL's clocks do not run yet. */
static uint64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * UINT64_C(1000000) + now.tv_nsec / 1000;
}

void
mcr_start_time_begin(void)
{
	start.begun_us = start.last_us = now_us();
}

void
mcr_start_time_note(const char *step)
{
	const uint64_t now = now_us();

	if (start.last_us == 0 || start.count == RTE_DIM(start.steps))
		return;
	start.steps[start.count].name = step;
	start.steps[start.count++].us = now - start.last_us;
	start.last_us = now;
}

static uint64_t
to_ms(uint64_t us)
{
	return (us + 500) / 1000;
}

void
mcr_start_time_log(void)
{
	char line[LINE_MAX_LEN] = "";
	size_t used = 0;

	for (unsigned int i = 0; i < start.count && used < sizeof(line); i++)
		used += snprintf(line + used, sizeof(line) - used, "%s%s %" PRIu64,
			i == 0 ? "" : ", ", start.steps[i].name, to_ms(start.steps[i].us));
	MCR_LOG(INFO, "started in %" PRIu64 " ms: %s", to_ms(start.last_us - start.begun_us), line);
}
