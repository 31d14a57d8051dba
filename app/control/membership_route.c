/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* What routers learn of members becomes entries of groups, and queries of routers become packets.
 */

#include <errno.h>

#include <rte_debug.h>

#include "control/background.h"
#include "control/membership_state.h"
#include "control/send.h"
#include "datapath/refuse.h"
#include "datapath/tx_hold.h"

/* Fragments of the longest query in a path MTU of 576, and one to spare. */
#define FRAMES_A_QUERY 3

static enum mcr_origin
origin_of(const struct mcr_fib *fib, uint32_t member)
{
	const bool by_amt = mcr_member_get(fib->members, member)->origin == MCR_MEMBER_AMT;

	return by_amt ? MCR_ORIGIN_AMT : MCR_ORIGIN_IGMP;
}

/* A query that the port does not take soon would be lost, and members with it. Shared members that
 * another hub serves are asked too: one may be here by itself, and its answer tells. */
static int
send_query(void *arg, uint32_t member, const uint8_t *packet, uint32_t len)
{
	struct mcr_controller *control = arg;

	if (mcr_member_template(control->fib->members, member) == NULL)
		return -EHOSTUNREACH;
	if (mcr_tx_hold_room(control->workers, control->rings,
		    mcr_member_get(control->fib->members, member)->port) < FRAMES_A_QUERY)
		return -ENOBUFS;
	return mcr_send_to_member(control, member, packet, len);
}

static void
withdraw(struct mcr_fib *fib, const struct mcr_group_key *key, uint32_t member,
	enum mcr_igmp_route route)
{
	const enum mcr_origin origin = origin_of(fib, member);

	if (route == MCR_IGMP_ROUTE_JOIN)
		mcr_group_remove(fib->groups, key, member, origin);
	else if (route == MCR_IGMP_ROUTE_EXCLUDE)
		mcr_group_unblock(fib->groups, key, member, origin);
}

static int
establish(struct mcr_fib *fib, const struct mcr_group_key *key, uint32_t member,
	enum mcr_igmp_route route)
{
	const enum mcr_origin origin = origin_of(fib, member);
	const struct mcr_receiver receiver = {
		.address = mcr_member_instance(mcr_member_get(fib->members, member), member),
		.member = member,
	};

	if (route == MCR_IGMP_ROUTE_JOIN)
		return mcr_group_add(fib->groups, key, receiver, origin);
	if (route == MCR_IGMP_ROUTE_EXCLUDE)
		return mcr_group_block(fib->groups, key, receiver, origin);
	return 0;
}

static void
log_limit(struct mcr_controller *control, uint32_t member, const char *bound)
{
	RTE_ASSERT(member < control->workers->max_members);
	MCR_LOG_PACED(WARNING, control->now_ms, member, "%s: a join was refused: %s",
		mcr_member_get(control->fib->members, member)->name, bound);
}

/* An older host beside newer ones, groups that need no join, and hosts that have no address yet are
 * no faults. */
static bool
is_ordinary(enum mcr_igmp_rejection rejection)
{
	return rejection == MCR_IGMP_REJECT_OLDER_HOST ||
	       rejection == MCR_IGMP_REJECT_ALL_SYSTEMS || rejection == MCR_IGMP_REJECT_NO_SENDER;
}

void
mcr_membership_follow_refusal(
	void *arg, uint32_t member, uint32_t group, enum mcr_igmp_rejection rejection)
{
	const struct mcr_controller *control = arg;

	if (!is_ordinary(rejection))
		mcr_refuse_join(control->lcore, mcr_member_get(control->fib->members, member),
			group, rejection);
}

static int
follow_change(void *arg, uint32_t member, uint32_t group, uint32_t source,
	enum mcr_igmp_route before, enum mcr_igmp_route after)
{
	struct mcr_controller *control = arg;
	const struct mcr_group_key key = {
		.group = group, .source = source, .length = mcr_address_bits(group)};

	control->learned_version++;
	withdraw(control->fib, &key, member, before);
	return establish(control->fib, &key, member, after);
}

static void
follow_limit(void *arg, uint32_t member, uint32_t group, enum mcr_igmp_rejection bound)
{
	mcr_membership_follow_refusal(arg, member, group, bound);
	log_limit(arg, member,
		bound == MCR_IGMP_REJECT_TOTAL_GROUPS ? "limits.groups"
						      : mcr_igmp_rejection_name(bound));
}

static void
pause_work(void *arg)
{
	mcr_background_pause(arg);
}

const struct mcr_igmp_ops mcr_membership_ops = {
	.send = send_query,
	.changed = follow_change,
	.limited = follow_limit,
	.refused = mcr_membership_follow_refusal,
	.pause = pause_work,
};
