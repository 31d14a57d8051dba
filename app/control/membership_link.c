/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* The links of routers: one for each member that takes part. */

#include <errno.h>

#include <rte_debug.h>

#include "control/background.h"
#include "control/membership.h"
#include "control/membership_state.h"
#include "control/permission.h"

/* Groups and sources that are left at once: some 100 us. */
#define LEAVES_AT_ONCE 64

static void
leave_all(struct mcr_controller *control, enum mcr_router which, uint32_t member)
{
	struct mcr_igmp *router = control->membership->routers[which];

	while (router != NULL &&
		mcr_igmp_leave_some(router, member, LEAVES_AT_ONCE, control->now_ms) != 0)
		mcr_background_pause(control);
}

static void
remove_link(struct mcr_controller *control, enum mcr_router which, uint32_t member)
{
	RTE_ASSERT(member < control->workers->max_members);
	if (control->membership->routers[which] != NULL)
		mcr_igmp_remove_member(
			control->membership->routers[which], member, control->now_ms);
}

static bool
takes_part(const struct mcr_controller *control, enum mcr_router which,
	const struct mcr_member *member)
{
	if (member->origin == MCR_MEMBER_PEER || member->role == MCR_ROLE_SENDER)
		return false;
	if (member->origin != MCR_MEMBER_AMT && !control->membership->asks[which])
		return false;
	/* `udp` has no way for reports. */
	return member->identity.encap != MCR_ENCAP_UDP &&
	       mcr_member_takes(member, which == MCR_ROUTER_MLD);
}

/* RFC 9776 4.1.12 asks for a valid source; 0.0.0.0 passes a kernel's rp_filter inside a tunnel. */
static uint32_t
igmp_source(const struct mcr_ports *ports, const struct mcr_member *member)
{
	if (member->identity.encap == MCR_ENCAP_L2)
		return ports->at[member->port].address;
	return member->hub_overlay.hub;
}

/* RFC 9777 5.1.14: a link-local address, made of the port's MAC (RFC 4291 A). */
static uint32_t
mld_source(const struct mcr_ports *ports, const struct mcr_member *member)
{
	const struct in6_addr address = mcr_port_link_local(&ports->at[member->port].mac);

	return mcr_address_get(&address, MCR_IPV6_LENGTH);
}

/* With a reference to its address. */
static struct mcr_igmp_member
describe_link(const struct mcr_controller *control, enum mcr_router which, uint32_t id)
{
	const struct mcr_member *member = mcr_member_get(control->fib->members, id);
	const struct mcr_permission permission = mcr_permission_get(control, id);

	return (struct mcr_igmp_member){
		.address = which == MCR_ROUTER_MLD ? mld_source(control->ports, member)
	                                           : igmp_source(control->ports, member),
		.passive = member->origin == MCR_MEMBER_AMT,
		.groups = permission.groups,
		.group_count = permission.group_count,
	};
}

static int
add_or_update_link(struct mcr_controller *control, enum mcr_router which, uint32_t id, bool updates)
{
	const struct mcr_igmp_member link = describe_link(control, which, id);
	struct mcr_igmp *router = control->membership->routers[which];
	int ret = -ENOENT;

	if (which == MCR_ROUTER_MLD && link.address == MCR_ADDRESS_NONE)
		return -ENOMEM;
	if (updates)
		ret = mcr_igmp_update_member(router, id, &link, control->now_ms);
	if (ret == -ENOENT)
		ret = mcr_igmp_add_member(router, id, &link, control->now_ms);
	mcr_address_drop(link.address);
	return ret;
}

static void
follow_link(struct mcr_controller *control, enum mcr_router which, uint32_t id, bool updates)
{
	const struct mcr_member *member = mcr_member_get(control->fib->members, id);

	if (control->membership->routers[which] == NULL)
		return;
	if (!takes_part(control, which, member)) {
		if (updates)
			remove_link(control, which, id);
		return;
	}
	if (add_or_update_link(control, which, id, updates) == -ENOMEM)
		MCR_LOG_PACED(ERR, control->now_ms, id, "%s: no memory for its memberships",
			member->name);
	control->membership->due_ms[which] = 0;
}

/* IGMP may have been switched on or off while AMT keeps the router. */
void
mcr_membership_follow_links(struct mcr_controller *control, enum mcr_router which)
{
	const struct mcr_members *members = control->fib->members;

	for (uint32_t id = mcr_member_next(members, MCR_MEMBER_NONE); id != MCR_MEMBER_NONE;
		id = mcr_member_next(members, id)) {
		if (takes_part(control, which, mcr_member_get(members, id)))
			follow_link(control, which, id, false);
		else
			remove_link(control, which, id);
		mcr_background_pause(control);
	}
}

void
mcr_membership_remove_links(struct mcr_controller *control, enum mcr_router which)
{
	const struct mcr_members *members = control->fib->members;

	for (uint32_t id = mcr_member_next(members, MCR_MEMBER_NONE); id != MCR_MEMBER_NONE;
		id = mcr_member_next(members, id)) {
		leave_all(control, which, id);
		remove_link(control, which, id);
	}
}

void
mcr_membership_add(struct mcr_controller *control, uint32_t id)
{
	for (enum mcr_router which = 0; which < MCR_ROUTERS; which++)
		follow_link(control, which, id, false);
}

void
mcr_membership_update(struct mcr_controller *control, uint32_t id)
{
	for (enum mcr_router which = 0; which < MCR_ROUTERS; which++)
		follow_link(control, which, id, true);
}

void
mcr_membership_leave_all(struct mcr_controller *control, uint32_t member)
{
	for (enum mcr_router which = 0; which < MCR_ROUTERS; which++)
		leave_all(control, which, member);
}

void
mcr_membership_remove(struct mcr_controller *control, uint32_t member)
{
	for (enum mcr_router which = 0; which < MCR_ROUTERS; which++)
		remove_link(control, which, member);
}

void
mcr_membership_reach(struct mcr_controller *control, uint32_t member)
{
	for (enum mcr_router which = 0; which < MCR_ROUTERS; which++) {
		struct mcr_igmp *router = control->membership->routers[which];

		if (router == NULL)
			continue;
		mcr_igmp_restart_queries(router, member, control->now_ms);
		control->membership->due_ms[which] = 0;
	}
}
