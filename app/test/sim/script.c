/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>

#include "test/sim/random.h"
#include "test/sim/script.h"

static const struct {
	const char *name;
	uint32_t weight;
} ops[] = {
#define X(constant, name, weight) {#name, weight},
	SIM_STEPS(X)
#undef X
};

static uint32_t
sum_weights(void)
{
	uint32_t sum = 0;

	for (unsigned int i = 0; i < SIM_OPS; i++)
		sum += ops[i].weight;
	return sum;
}

static uint8_t
draw_op(struct sim_random *random, uint32_t sum)
{
	uint32_t at = sim_random_below(random, sum);
	uint8_t op = 0;

	while (at >= ops[op].weight)
		at -= ops[op++].weight;
	return op;
}

struct sim_script
sim_script_make(uint64_t seed, uint32_t count)
{
	struct sim_script script = {
		.seed = seed, .count = count, .steps = calloc(count, sizeof(*script.steps))};
	struct sim_random random = {.state = seed};
	const uint32_t sum = sum_weights();

	RTE_VERIFY(script.steps != NULL);
	for (uint32_t i = 0; i < count; i++)
		script.steps[i] = (struct sim_step){
			.op = i + 1 == count ? SIM_QUIET : draw_op(&random, sum),
			.a = sim_random_next(&random) >> 32,
			.b = sim_random_next(&random) >> 32,
			.c = sim_random_next(&random) >> 32,
		};
	return script;
}

void
sim_script_print(const struct sim_script *script, FILE *out)
{
	fprintf(out, "seed %" PRIu64 "\n", script->seed);
	for (uint32_t i = 0; i < script->count; i++) {
		const struct sim_step *step = &script->steps[i];

		fprintf(out, "%s %u %u %u\n", ops[step->op].name, step->a, step->b, step->c);
	}
}

static bool
add_step(struct sim_script *script, const struct sim_step *step)
{
	const size_t size = (script->count + 1) * sizeof(*step);
	struct sim_step *steps = realloc(script->steps, size);

	if (steps == NULL)
		return false;
	script->steps = steps;
	steps[script->count++] = *step;
	return true;
}

static bool
read_step(const char *line, struct sim_step *step)
{
	char name[16];

	if (sscanf(line, "%15s %" SCNu8 " %" SCNu8 " %" SCNu8, name, &step->a, &step->b,
		    &step->c) != 4)
		return false;
	for (step->op = 0; step->op < SIM_OPS; step->op++) {
		if (strcmp(name, ops[step->op].name) == 0)
			return true;
	}
	return false;
}

bool
sim_script_read(struct sim_script *script, FILE *in)
{
	struct sim_step step;
	char line[64];

	if (fgets(line, sizeof(line), in) == NULL ||
		sscanf(line, "seed %" SCNu64, &script->seed) != 1)
		return false;
	while (fgets(line, sizeof(line), in) != NULL) {
		if (!read_step(line, &step) || !add_step(script, &step))
			return false;
	}
	return true;
}

void
sim_script_free(struct sim_script *script)
{
	free(script->steps);
	script->steps = NULL;
}
