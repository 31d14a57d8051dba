/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_debug.h>

#include "control/attach.h"
#include "control/background.h"
#include "control/permission.h"
#include "fib/access.h"

struct mcr_permission_lists {
	struct mcr_permission *members;   /* as config->members */
	struct mcr_permission *rules;     /* as config->admits; one more that permits igmp.groups */
	struct mcr_igmp_prefix *prefixes; /* each holds its address */
	size_t prefix_count;
};

struct mcr_permissions {
	struct mcr_permission_lists *lists;
	struct mcr_permission of[]; /* by member id */
};

static void
free_lists(struct mcr_permission_lists *lists)
{
	if (lists == NULL)
		return;
	for (size_t i = 0; i < lists->prefix_count; i++)
		mcr_address_drop(lists->prefixes[i].address);
	free(lists->members);
	free(lists->rules);
	free(lists->prefixes);
	free(lists);
}

static size_t
count_prefixes(struct mcr_controller *control, const struct mcr_config *config)
{
	size_t count = 0;

	for (uint32_t i = 0; i < config->member_count; i++) {
		count += config->members[i].join.group_count;
		mcr_background_pause(control);
	}
	for (uint32_t i = 0; i < config->admit_count; i++)
		count += config->admits[i].join.group_count;
	return count;
}

/* An empty list is not NULL: it permits nothing. */
static struct mcr_permission
copy_join(const struct mcr_config_join *join, struct mcr_igmp_prefix **next)
{
	struct mcr_permission permission = {0};

	if (!join->is_given)
		return permission;
	permission.groups = *next;
	permission.group_count = join->group_count;
	for (uint32_t i = 0; i < join->group_count; i++) {
		mcr_address_hold(join->groups[i].address);
		*(*next)++ = (struct mcr_igmp_prefix){
			.address = join->groups[i].address,
			.length = join->groups[i].length,
		};
	}
	return permission;
}

static struct mcr_permission_lists *
create_lists(struct mcr_controller *control, const struct mcr_config *config)
{
	struct mcr_permission_lists *lists = calloc(1, sizeof(*lists));
	const size_t prefixes = count_prefixes(control, config);
	struct mcr_igmp_prefix *next;

	if (lists == NULL)
		return NULL;
	lists->members = calloc(config->member_count + 1ul, sizeof(*lists->members));
	lists->rules = calloc(config->admit_count + 1ul, sizeof(*lists->rules));
	lists->prefixes = calloc(prefixes + 1, sizeof(*lists->prefixes));
	if (lists->members == NULL || lists->rules == NULL || lists->prefixes == NULL) {
		free_lists(lists);
		return NULL;
	}
	next = lists->prefixes;
	for (uint32_t i = 0; i < config->member_count; i++) {
		lists->members[i] = copy_join(&config->members[i].join, &next);
		mcr_background_pause(control);
	}
	for (uint32_t i = 0; i < config->admit_count; i++)
		lists->rules[i] = copy_join(&config->admits[i].join, &next);
	lists->prefix_count = next - lists->prefixes;
	RTE_ASSERT(lists->prefix_count <= prefixes);
	return lists;
}

struct mcr_permissions *
mcr_permission_create(uint32_t max_members)
{
	return calloc(
		1, sizeof(struct mcr_permissions) + max_members * sizeof(struct mcr_permission));
}

void
mcr_permission_free(struct mcr_controller *control)
{
	if (control->permissions == NULL)
		return;
	free_lists(control->permissions->lists);
	free(control->permissions);
}

struct mcr_permission
mcr_permission_get(const struct mcr_controller *control, uint32_t id)
{
	RTE_ASSERT(id < control->workers->max_members);
	return control->permissions->of[id];
}

static void
permit(struct mcr_controller *control, struct mcr_igmp *const *routers, uint32_t id,
	const struct mcr_permission *permission)
{
	RTE_ASSERT(id < control->workers->max_members);
	control->permissions->of[id] = *permission;
	for (enum mcr_router which = 0; which < MCR_ROUTERS; which++) {
		if (routers[which] != NULL)
			mcr_igmp_permit(
				routers[which], id, permission->groups, permission->group_count);
	}
}

/* A member without a rule is detached later. */
static void
permit_admitted(struct mcr_controller *control, struct mcr_igmp *const *routers,
	const struct mcr_config *config, const struct mcr_permission_lists *lists, uint32_t id)
{
	const struct mcr_member_identity *identity =
		&mcr_member_get(control->fib->members, id)->identity;

	permit(control, routers, id, &lists->rules[mcr_access_rule_of(config, identity)]);
}

int
mcr_permission_configure(struct mcr_controller *control, struct mcr_igmp *const *routers,
	const struct mcr_config *config, const uint32_t *ids)
{
	struct mcr_permission_lists *lists = create_lists(control, config);

	if (lists == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < config->member_count; i++) {
		permit(control, routers, ids[i], &lists->members[i]);
		mcr_background_pause(control);
	}
	for (uint32_t id = mcr_attach_next(control, MCR_MEMBER_ADMITTED, MCR_MEMBER_NONE);
		id != MCR_MEMBER_NONE; id = mcr_attach_next(control, MCR_MEMBER_ADMITTED, id)) {
		permit_admitted(control, routers, config, lists, id);
		mcr_background_pause(control);
	}
	free_lists(control->permissions->lists);
	control->permissions->lists = lists;
	return 0;
}

void
mcr_permission_admit(struct mcr_controller *control, struct mcr_igmp *const *routers, uint32_t id)
{
	RTE_ASSERT(control->permissions->lists != NULL);
	permit_admitted(control, routers, control->config, control->permissions->lists, id);
}

void
mcr_permission_forget(struct mcr_controller *control, uint32_t id)
{
	RTE_ASSERT(id < control->workers->max_members);
	control->permissions->of[id] = (struct mcr_permission){0};
}
