/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>

#include <rte_debug.h>

#include <mcr_index.h>

#include "control/background.h"
#include "control/police.h"
#include "fib/access.h"
#include "fib/police.h"

struct limited {
	const struct mcr_config_group *group;
	uint32_t number;
};

struct mcr_police {
	struct mcr_index *index; /* by the group's key, into at[] */
	uint32_t count;
	struct limited at[];
};

/* Groups with sources share no (S,G), so one source tells them apart. */
static uint32_t
source_of(const struct mcr_config_group *group)
{
	return group->source_count == 0 ? 0 : group->sources[0];
}

static uint32_t
hash_group(const struct mcr_config_group *group)
{
	return mcr_hash(
		(uint64_t)source_of(group) << 32 | group->group.address, group->group.length);
}

struct sought {
	const struct mcr_police *plan;
	const struct mcr_config_group *group;
};

static inline bool
is_sought(const void *arg, uint32_t i)
{
	const struct sought *sought = arg;
	const struct mcr_config_group *a = sought->group, *b = sought->plan->at[i].group;

	return a->group.address == b->group.address && a->group.length == b->group.length &&
	       source_of(a) == source_of(b);
}

uint32_t
mcr_police_number(const struct mcr_police *plan, const struct mcr_config_group *group)
{
	const struct sought sought = {plan, group};
	uint32_t i;

	if (plan == NULL || !mcr_config_is_limited(&group->rate_limit))
		return 0;
	i = mcr_index_find(plan->index, hash_group(group), is_sought, &sought);
	return i == MCR_INDEX_NONE ? 0 : plan->at[i].number;
}

/* Numbers that none of both configurations has. The smallest so many are enough. */
static void
give_new_numbers(struct mcr_police *plan, const struct mcr_police *before, bool *taken, uint32_t n)
{
	uint32_t next = 1;

	for (uint32_t i = 0; before != NULL && i < before->count; i++) {
		if (before->at[i].number < n)
			taken[before->at[i].number] = true;
	}
	for (uint32_t i = 0; i < plan->count; i++) {
		if (plan->at[i].number != 0)
			continue;
		while (taken[next])
			next++;
		plan->at[i].number = next++;
	}
}

static bool
number(struct mcr_police *plan, const struct mcr_police *before)
{
	const uint32_t n = plan->count + (before == NULL ? 0 : before->count) + 1;
	bool *taken = calloc(n, sizeof(*taken));

	if (taken == NULL)
		return false;
	give_new_numbers(plan, before, taken, n);
	free(taken);
	return true;
}

static uint32_t
count_limited(struct mcr_controller *control, const struct mcr_config *config)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < config->group_count; i++) {
		count += mcr_config_is_limited(&config->groups[i].rate_limit);
		mcr_background_pause(control);
	}
	return count;
}

struct mcr_police *
mcr_police_plan(struct mcr_controller *control, const struct mcr_config *config)
{
	const uint32_t count = count_limited(control, config);
	struct mcr_police *plan = calloc(1, sizeof(*plan) + count * sizeof(plan->at[0]));

	if (plan == NULL)
		return NULL;
	plan->index = mcr_index_create(RTE_MAX(count, 1U), NULL);
	for (uint32_t i = 0; plan->index != NULL && i < config->group_count; i++) {
		const struct mcr_config_group *group = &config->groups[i];

		mcr_background_pause(control);
		if (!mcr_config_is_limited(&group->rate_limit))
			continue;
		plan->at[plan->count] =
			(struct limited){group, mcr_police_number(control->police, group)};
		(void)mcr_index_insert(plan->index, hash_group(group), plan->count++);
	}
	if (plan->index != NULL && number(plan, control->police))
		return plan;
	mcr_police_free_plan(plan);
	return NULL;
}

void
mcr_police_free_plan(struct mcr_police *plan)
{
	if (plan == NULL)
		return;
	mcr_index_free(plan->index);
	free(plan);
}

void
mcr_police_set_groups(struct mcr_controller *control, const struct mcr_police *plan)
{
	for (uint32_t i = 0; i < plan->count; i++) {
		const struct limited *limited = &plan->at[i];
		struct mcr_limiter *limiter = &control->fib->limiters.groups[limited->number];

		RTE_ASSERT(limited->number < control->fib->limiters.group_count);
		if (mcr_police_number(control->police, limited->group) != limited->number)
			mcr_limiter_reset(limiter);
		mcr_limiter_set(limiter, &limited->group->rate_limit);
		mcr_background_pause(control);
	}
}

void
mcr_police_keep(struct mcr_controller *control, struct mcr_police *plan)
{
	mcr_police_free_plan(control->police);
	control->police = plan;
}

static const struct mcr_config_rate *
own_or_general(const struct mcr_config *config, const struct mcr_config_rate *own)
{
	return mcr_config_is_limited(own) ? own : &config->rate_limit;
}

const struct mcr_config_rate *
mcr_police_rate_of_declared(const struct mcr_config *config, const struct mcr_config_member *member)
{
	return own_or_general(config, &member->rate_limit);
}

const struct mcr_config_rate *
mcr_police_rate_of_admitted(
	const struct mcr_config *config, const struct mcr_member_identity *identity)
{
	const uint32_t rule = mcr_access_rule_of(config, identity);

	return rule < config->admit_count ? own_or_general(config, &config->admits[rule].rate_limit)
	                                  : &config->rate_limit;
}

static struct mcr_limiter *
limiter_of(struct mcr_controller *control, uint32_t id)
{
	RTE_ASSERT(id < control->fib->limiters.member_count);
	return &control->fib->limiters.members[id];
}

void
mcr_police_set_member(
	struct mcr_controller *control, uint32_t id, const struct mcr_config_rate *rate)
{
	mcr_limiter_set(limiter_of(control, id), rate);
}

void
mcr_police_start_member(struct mcr_controller *control, uint32_t id)
{
	mcr_limiter_reset(limiter_of(control, id));
}
