/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "control/membership.h"
#include "control/nat.h"
#include "infra/log_pace.h"

#define CHANGE_MS 2000

static bool
may_change(const struct mcr_controller *control, uint32_t id, uint16_t before)
{
	return before == 0 || control->now_ms - control->nat_changed_ms[id] >= CHANGE_MS;
}

void
mcr_nat_learn(struct mcr_controller *control, uint32_t id, uint16_t port)
{
	struct mcr_members *members = control->fib->members;
	const struct mcr_member *member = mcr_member_get(members, id);
	const uint16_t before = mcr_member_nat_port(members, id);

	RTE_ASSERT(id < control->workers->max_members && member->is_nat);
	if (port == before || !may_change(control, id, before))
		return;
	control->nat_changed_ms[id] = control->now_ms;
	if (mcr_member_set_nat_port(members, id, port) != 0) {
		MCR_LOG_PACED(
			ERR, control->now_ms, id, "%s: no memory for its header", member->name);
		return;
	}
	if (before == 0)
		MCR_LOG_PACED(INFO, control->now_ms, id,
			"%s is behind port %u of its NAT, " MCR_IP_FMT, member->name, port,
			MCR_IP_ARGS(member->identity.address));
	else
		MCR_LOG_PACED(NOTICE, control->now_ms, id,
			"%s is behind port %u of its NAT, " MCR_IP_FMT ", no longer %u",
			member->name, port, MCR_IP_ARGS(member->identity.address), before);
	control->learned_version++;
	/* Earlier queries were lost. */
	mcr_membership_reach(control, id);
}

void
mcr_nat_restore(struct mcr_controller *control, uint32_t id, uint16_t port)
{
	struct mcr_members *members = control->fib->members;
	const struct mcr_member *member = mcr_member_get(members, id);

	if (member->is_nat && mcr_member_set_nat_port(members, id, port) != 0)
		MCR_LOG(ERR, "%s: no memory for its header", member->name);
}
