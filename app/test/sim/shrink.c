/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_debug.h>

#include "test/sim/shrink.h"

/* @return False: it does not fail without these steps, or too few steps are left. */
static bool
drop_steps(struct sim_script *script, bool (*fails)(const struct sim_script *script), uint32_t at,
	uint32_t count)
{
	const size_t size = script->count * sizeof(*script->steps);
	struct sim_script part = {.seed = script->seed, .steps = malloc(size)};
	bool is_shorter;

	RTE_VERIFY(part.steps != NULL);
	count = RTE_MIN(count, script->count - at);
	part.count = script->count - count;
	memcpy(part.steps, script->steps, at * sizeof(*part.steps));
	memcpy(part.steps + at, script->steps + at + count,
		(part.count - at) * sizeof(*part.steps));
	is_shorter = fails(&part);
	if (is_shorter) {
		memcpy(script->steps, part.steps, part.count * sizeof(*part.steps));
		script->count = part.count;
	}
	free(part.steps);
	return is_shorter;
}

void
sim_shrink(
	struct sim_script *script, bool (*fails)(const struct sim_script *script), uint32_t tries)
{
	uint32_t size = script->count / 2;

	while (size != 0) {
		bool was_shortened = false;
		uint32_t at = 0;

		while (at < script->count) {
			if (tries-- == 0)
				return;
			if (drop_steps(script, fails, at, size))
				was_shortened = true;
			else
				at += size;
		}
		if (!was_shortened || size > 1)
			size /= 2;
	}
}
