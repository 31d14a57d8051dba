/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <string.h>

#include <rte_debug.h>

#include "control/attach.h"
#include "control/background.h"
#include "control/bridge.h"
#include "control/domain.h"
#include "control/membership.h"
#include "control/neighbour.h"
#include "control/permission.h"
#include "control/police.h"
#include "control/placement/arrivals.h"
#include "control/placement/serving.h"
#include "control/route.h"
#include "control/survey.h"
#include "datapath/counters.h"
#include "datapath/punt_account.h"
#include "fib/peers.h"

int
mcr_attach_member(struct mcr_controller *control, const struct mcr_member *member, uint32_t *id)
{
	int ret = -ENOSPC;

	/* The table has room for peers, too. */
	if (member->origin == MCR_MEMBER_PEER ||
		mcr_peers_local_members(control->fib) < control->config->limits.members)
		ret = mcr_member_add(control->fib->members, member, id);
	if (ret != 0)
		return ret;
	mcr_serving_follow_member(control, *id);
	ret = mcr_bridge_add(control, *id);
	if (ret == 0)
		ret = mcr_domain_add_host(control, *id, member);
	if (ret == 0)
		ret = mcr_neighbour_hold(control, member);
	if (ret != 0) {
		mcr_domain_remove_host(control, *id, member);
		mcr_bridge_remove(control, *id);
		mcr_serving_forget_member(control, *id);
		mcr_member_remove(control->fib->members, *id);
		return ret;
	}
	RTE_ASSERT(*id < control->workers->max_members);
	mcr_counters_start_member(control->workers, *id);
	mcr_police_start_member(control, *id);
	mcr_survey_start_member(control, *id);
	mcr_arrivals_start_member(control, *id);
	mcr_punt_account_start_member(control->rings->accounts, *id);
	mcr_neighbour_start_member(control->workers, *id);
	mcr_membership_add(control, *id);
	return 0;
}

int
mcr_attach_update(struct mcr_controller *control, uint32_t id, const struct mcr_member *member)
{
	const struct mcr_member old = *mcr_member_get(control->fib->members, id);
	int ret;

	/* Different padding only costs an unneeded update. */
	if (memcmp(&old, member, sizeof(old)) == 0) // NOLINT(bugprone-suspicious-memory-comparison)
		return 0;
	ret = mcr_member_update(control->fib->members, id, member);
	if (ret != 0)
		return ret;
	ret = mcr_neighbour_hold(control, member);
	if (ret != 0) {
		mcr_member_update(control->fib->members, id, &old);
		return ret;
	}
	mcr_neighbour_release(control, &old);
	mcr_membership_update(control, id);
	mcr_serving_follow_member(control, id);
	if (old.overlay != member->overlay || old.overlay6 != member->overlay6 ||
		old.role != member->role) {
		mcr_domain_remove_host(control, id, &old);
		ret = mcr_domain_add_host(control, id, member);
		if (ret != 0)
			return ret;
	}
	return mcr_bridge_update(control, id, old.role);
}

void
mcr_attach_set_overlay(struct mcr_member *member, const struct mcr_config *config)
{
	if (member->identity.encap == MCR_ENCAP_L2)
		return;
	member->hub_overlay.hub = config->overlay.address;
	member->hub_overlay.length = config->overlay.length;
	member->hub_overlay6.hub = config->overlay6.address;
	member->hub_overlay6.length = config->overlay6.length;
}

int
mcr_attach_update_overlay(
	struct mcr_controller *control, uint32_t id, const struct mcr_config *config)
{
	struct mcr_member member = *mcr_member_get(control->fib->members, id);

	mcr_attach_set_overlay(&member, config);
	return mcr_attach_update(control, id, &member);
}

int
mcr_attach_follow_port(struct mcr_controller *control, uint32_t id, uint16_t port)
{
	struct mcr_member member = *mcr_member_get(control->fib->members, id);

	RTE_ASSERT(port < control->ports->count);
	if (member.port == port || member.origin == MCR_MEMBER_STATIC)
		return 0;
	if (!mcr_route_by_port(control->ports, port, &member))
		return member.identity.encap == MCR_ENCAP_L2 ? 0 : -ENETUNREACH;
	return mcr_attach_update(control, id, &member);
}

uint32_t
mcr_attach_next(struct mcr_controller *control, enum mcr_member_origin origin, uint32_t after)
{
	const struct mcr_members *members = control->fib->members;
	uint32_t id = after;

	do {
		mcr_background_pause(control);
		id = mcr_member_next(members, id);
	} while (id != MCR_MEMBER_NONE && mcr_member_get(members, id)->origin != origin);
	return id;
}

void
mcr_attach_withdraw(struct mcr_controller *control, uint32_t id)
{
	control->leaving[id] = true;
	mcr_membership_leave_all(control, id);
	mcr_membership_remove(control, id);
	mcr_permission_forget(control, id);
	mcr_bridge_remove(control, id);
	mcr_domain_remove_host(control, id, mcr_member_get(control->fib->members, id));
	(void)mcr_group_forget_member(control->fib->groups, id);
	RTE_ASSERT(mcr_group_memberships(control->fib->groups, id) == 0);
}

int
mcr_attach_withdraw_and_publish(struct mcr_controller *control, uint32_t id)
{
	int ret;

	mcr_attach_withdraw(control, id);
	ret = mcr_fib_commit_groups(control->fib);
	return ret != 0 ? ret : mcr_fib_commit_segments(control->fib);
}

/* A list that still named the id would send copies to the next member with that id. */
void
mcr_detach_member(struct mcr_controller *control, uint32_t id)
{
	RTE_ASSERT(mcr_group_memberships(control->fib->groups, id) == 0);
	mcr_neighbour_release(control, mcr_member_get(control->fib->members, id));
	mcr_serving_forget_member(control, id);
	mcr_member_remove(control->fib->members, id);
	control->leaving[id] = false;
}
