/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdio.h>
#include <string.h>

#include <rte_debug.h>

#include "control/health.h"

#define MORE ", ..."

struct property {
	const char *name;
	bool degrades;
	bool is_logged;
	uint32_t delay_ms;
};

static const struct property properties[] = {
#define X(constant, name, degrades, log, delay_ms) {#name, degrades, log, delay_ms},
	MCR_HEALTH_REASONS(X)
#undef X
};

const char *
mcr_health_name(enum mcr_health_reason reason)
{
	RTE_ASSERT(reason < MCR_HEALTH_COUNT);
	return properties[reason].name;
}

bool
mcr_health_degrades(enum mcr_health_reason reason)
{
	RTE_ASSERT(reason < MCR_HEALTH_COUNT);
	return properties[reason].degrades;
}

bool
mcr_health_is_logged(enum mcr_health_reason reason)
{
	return properties[reason].is_logged;
}

static enum mcr_health_news
end_reason(
	struct mcr_health_state *state, const struct mcr_health_finding *finding, uint64_t now_ms)
{
	const bool was_logged = state->logged_count != 0;

	if (state->now.count == 0)
		return MCR_HEALTH_NO_NEWS;
	state->now.count = 0;
	if (finding->text[0] != '\0')
		state->now = *finding;
	state->since_ms = now_ms;
	state->logged_count = 0;
	return was_logged ? MCR_HEALTH_ENDED : MCR_HEALTH_NO_NEWS;
}

enum mcr_health_news
mcr_health_take(enum mcr_health_reason reason, struct mcr_health_state *state,
	const struct mcr_health_finding *finding, uint64_t now_ms)
{
	const bool is_first = state->logged_count == 0;

	RTE_ASSERT(reason < MCR_HEALTH_COUNT && now_ms != 0 && now_ms >= state->since_ms);
	if (finding->count == 0)
		return end_reason(state, finding, now_ms);
	if (state->now.count == 0)
		state->since_ms = now_ms;
	state->now = *finding;
	if (state->logged_ms != 0 && now_ms - state->logged_ms < MCR_HEALTH_REPEAT_MS)
		return MCR_HEALTH_NO_NEWS;
	if (is_first ? now_ms - state->since_ms < properties[reason].delay_ms
		     : finding->count == state->logged_count)
		return MCR_HEALTH_NO_NEWS;
	state->logged_count = finding->count;
	state->logged_ms = now_ms;
	return is_first ? MCR_HEALTH_BEGAN : MCR_HEALTH_CHANGED;
}

uint64_t
mcr_health_grow(struct mcr_health_growth *growth, uint64_t value, uint64_t now_ms)
{
	RTE_ASSERT(now_ms >= growth->grown_ms);
	if (value < growth->value)
		*growth = (struct mcr_health_growth){0};
	else if (now_ms - growth->grown_ms >= MCR_HEALTH_GROWTH_MS)
		growth->grown_ms = 0;
	if (value > growth->value) {
		if (growth->grown_ms == 0)
			growth->start = growth->value;
		growth->grown_ms = now_ms;
	}
	growth->value = value;
	return growth->grown_ms == 0 ? 0 : value - growth->start;
}

void
mcr_health_list(char list[MCR_HEALTH_NAMES_SIZE], uint32_t place, const char *name)
{
	const size_t used = strlen(list);
	const char *separator = place == 0 ? "" : ", ";

	RTE_ASSERT(used < MCR_HEALTH_NAMES_SIZE && (place != 0) == (used != 0));
	if (used >= strlen(MORE) && strcmp(list + used - strlen(MORE), MORE) == 0)
		return;
	/* Keep room for MORE: later names may not fit. */
	if (used + strlen(separator) + strlen(name) + strlen(MORE) < MCR_HEALTH_NAMES_SIZE)
		snprintf(list + used, MCR_HEALTH_NAMES_SIZE - used, "%s%s", separator, name);
	else
		snprintf(list + used, MCR_HEALTH_NAMES_SIZE - used, MORE);
}
