/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "reader.h"

static void
read_joinable_group(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	struct mcr_config_prefix *group = object;

	*group = mcr_config_read_group(reader, at, value);
}

void
mcr_config_read_join(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	struct mcr_config_join *join = object;

	RTE_ASSERT(!join->is_given && join->groups == NULL);
	join->is_given = true;
	join->groups = mcr_config_read_list(
		reader, at, value, read_joinable_group, sizeof(*join->groups), &join->group_count);
}
