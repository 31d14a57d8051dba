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

/* DPDK reads requests of at most 1,023 bytes. */
#define REQUEST_SIZE 1024

struct membership {
	struct mcr_group_key key;
	uint32_t member;
};

/* @return NULL, or the error, which may be in `text`. */
static const char *
parse_key(struct mcr_controller *control, const char *g, const char *source,
	struct mcr_group_key *key, char text[RTE_TEL_MAX_STRING_LEN])
{
	char group[REQUEST_SIZE];
	const char *refusal;

	if (!mcr_telemetry_check_source(control, source, text))
		return text;
	snprintf(group, sizeof(group), "%s%s%s", g, source == NULL ? "" : ",",
		source == NULL ? "" : source);
	if (!mcr_telemetry_parse_group(group, key)) {
		snprintf(text, RTE_TEL_MAX_STRING_LEN, "not a group: %.100s", group);
		return text;
	}
	refusal = mcr_telemetry_refuse_group(key);
	if (refusal == NULL && mcr_telemetry_is_host_group(key))
		return NULL;
	mcr_telemetry_drop_group(key);
	if (refusal == NULL)
		snprintf(text, RTE_TEL_MAX_STRING_LEN, "not a group: %.100s", group);
	else
		snprintf(text, RTE_TEL_MAX_STRING_LEN, "not a group: %.45s %s", g, refusal);
	return text;
}

/* @return NULL, and the caller drops the key; or the error, which may be in `text`. */
static const char *
parse_membership(struct mcr_controller *control, const char *params, struct membership *membership,
	char text[RTE_TEL_MAX_STRING_LEN])
{
	char copy[REQUEST_SIZE], *rest = copy, *g, *name;
	const char *error;

	if (snprintf(copy, sizeof(copy), "%s", params) >= (int)sizeof(copy))
		return "parameters are G,MEMBER[,S]";
	g = strsep(&rest, ",");
	name = strsep(&rest, ",");
	if (name == NULL)
		return "parameters are G,MEMBER[,S]";
	error = parse_key(control, g, rest, &membership->key, text);
	if (error != NULL)
		return error;
	membership->member = mcr_member_find_name(control->fib->members, name);
	if (membership->member != MCR_MEMBER_NONE &&
		mcr_member_get(control->fib->members, membership->member)->origin !=
			MCR_MEMBER_PEER)
		return NULL;
	mcr_telemetry_drop_group(&membership->key);
	snprintf(text, RTE_TEL_MAX_STRING_LEN, "no such member: %.63s", name);
	return text;
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

/* @return NULL, or why it may not receive the group. */
static const char *
refuse_receiver(const struct mcr_fib *fib, const struct membership *membership)
{
	const struct mcr_member *member = mcr_member_get(fib->members, membership->member);
	const bool is_ipv6 = mcr_address_is_ipv6(membership->key.group);

	if (member->role == MCR_ROLE_SENDER)
		return "the member's role is sender: it receives nothing";
	if (mcr_member_takes(member, is_ipv6))
		return NULL;
	return is_ipv6 ? "the member's encap takes no IPv6 groups"
	               : "the member's encap and address take no IPv4 groups";
}

static const char *
join(struct mcr_fib *fib, const struct membership *membership)
{
	const char *const refusal = refuse_receiver(fib, membership);
	int ret;

	if (refusal != NULL)
		return refusal;
	ret = add_runtime_receiver(fib, membership);
	if (ret == -ENOSPC)
		return "limits.groups is reached";
	return ret == 0 ? NULL : rte_strerror(-ret);
}

void
mcr_telemetry_join(struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	struct membership membership;
	char text[RTE_TEL_MAX_STRING_LEN];
	const char *error = parse_membership(control, params, &membership, text);

	if (error == NULL) {
		error = join(control->fib, &membership);
		mcr_telemetry_drop_group(&membership.key);
	}
	mcr_telemetry_status(answer, error);
}

static const char *
leave(struct mcr_fib *fib, const struct membership *membership)
{
	if (mcr_group_remove(
		    fib->groups, &membership->key, membership->member, MCR_ORIGIN_RUNTIME) != 0)
		return "the member is no runtime receiver of the group";
	return mcr_fib_commit_groups(fib) == 0 ? NULL : rte_strerror(ENOMEM);
}

void
mcr_telemetry_leave(struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	struct membership membership;
	char text[RTE_TEL_MAX_STRING_LEN];
	const char *error = parse_membership(control, params, &membership, text);

	if (error == NULL) {
		error = leave(control->fib, &membership);
		mcr_telemetry_drop_group(&membership.key);
	}
	mcr_telemetry_status(answer, error);
}
