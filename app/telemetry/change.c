/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_debug.h>
#include <rte_errno.h>

#include "control/reload.h"
#include "telemetry/commands.h"

bool
mcr_telemetry_await_reload(struct mcr_controller *control, uint32_t *reload)
{
	if (*reload == 0)
		*reload = mcr_reload_begin(control);
	return mcr_reload_is_done(control, *reload);
}

void
mcr_telemetry_reload(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	const struct mcr_reload_result *result = mcr_reload_last(control);

	RTE_SET_USED(params);
	mcr_telemetry_status(answer, result->ok ? NULL : result->message);
	rte_tel_data_add_dict_u64(answer, "generation", control->generation);
}

struct membership {
	struct mcr_group_key key;
	uint32_t member;
};

/* @return NULL, or the error, which may be in `text`. */
static const char *
parse_membership(struct mcr_controller *control, const char *params, struct membership *membership,
	char text[RTE_TEL_MAX_STRING_LEN])
{
	char copy[RTE_TEL_MAX_STRING_LEN], group[RTE_TEL_MAX_STRING_LEN];
	char *rest = copy, *g, *name, *source;

	snprintf(copy, sizeof(copy), "%s", params);
	g = strsep(&rest, ",");
	name = strsep(&rest, ",");
	source = rest;
	if (name == NULL)
		return "parameters are G,MEMBER[,S]";

	if (!mcr_telemetry_check_source(control, source, text))
		return text;
	if (source == NULL)
		snprintf(group, sizeof(group), "%s", g);
	else
		snprintf(group, sizeof(group), "%.20s,%.20s", g, source);
	if (!mcr_telemetry_parse_group(group, &membership->key) || membership->key.length != 32) {
		snprintf(text, RTE_TEL_MAX_STRING_LEN, "not a group: %.60s", group);
		return text;
	}
	membership->member = mcr_member_find_name(control->fib->members, name);
	if (membership->member == MCR_MEMBER_NONE ||
		mcr_member_get(control->fib->members, membership->member)->origin ==
			MCR_MEMBER_PEER) {
		snprintf(text, RTE_TEL_MAX_STRING_LEN, "no such member: %.63s", name);
		return text;
	}
	return NULL;
}

static int
add_runtime_receiver(struct mcr_fib *fib, const struct membership *membership)
{
	const struct mcr_member *member = mcr_member_get(fib->members, membership->member);
	const struct mcr_receiver receiver = {
		.address = mcr_member_instance(member, membership->member),
		.member = membership->member,
	};
	int ret;

	RTE_ASSERT(member->role != MCR_ROLE_SENDER);
	ret = mcr_group_add(fib->groups, &membership->key, receiver, MCR_ORIGIN_RUNTIME);
	return ret == 0 ? mcr_fib_commit_groups(fib) : ret;
}

void
mcr_telemetry_join(struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	struct membership membership;
	char text[RTE_TEL_MAX_STRING_LEN];
	const char *error = parse_membership(control, params, &membership, text);

	if (error == NULL &&
		mcr_member_get(control->fib->members, membership.member)->role == MCR_ROLE_SENDER)
		error = "the member's role is sender: it receives nothing";
	if (error == NULL) {
		const int ret = add_runtime_receiver(control->fib, &membership);

		if (ret == -ENOSPC)
			error = "limits.groups is reached";
		else if (ret != 0)
			error = rte_strerror(-ret);
	}
	mcr_telemetry_status(answer, error);
}

void
mcr_telemetry_leave(struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	struct membership membership;
	char text[RTE_TEL_MAX_STRING_LEN];
	const char *error = parse_membership(control, params, &membership, text);

	if (error == NULL && mcr_group_remove(control->fib->groups, &membership.key,
				     membership.member, MCR_ORIGIN_RUNTIME) != 0)
		error = "the member is no runtime receiver of the group";
	if (error == NULL && mcr_fib_commit_groups(control->fib) != 0)
		error = rte_strerror(ENOMEM);
	mcr_telemetry_status(answer, error);
}
