/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>

#include <mcr_igmp.h>
#include <mcr_state.h>

#include "control/admission.h"
#include "control/amt_gateway.h"
#include "control/amt_relay.h"
#include "control/attach.h"
#include "control/membership.h"
#include "control/nat.h"
#include "control/neighbour.h"
#include "control/state_restore.h"
#include "infra/log.h"

_Static_assert(MCR_STATE_SECRET_LEN == MCR_AMT_SECRET_LEN, "it is kept whole");

struct restoration {
	struct mcr_controller *control;
	uint32_t member; /* MCR_MEMBER_NONE: no longer a member */
	uint32_t groups;
};

static void
restore_secret(void *arg, const uint8_t secret[MCR_STATE_SECRET_LEN])
{
	mcr_relay_restore_secret(((struct restoration *)arg)->control, secret);
}

static void
restore_member(void *arg, const struct mcr_member_identity *identity)
{
	struct restoration *restoration = arg;
	struct mcr_controller *control = restoration->control;

	restoration->member = mcr_member_find(control->fib->members, identity);
	if (identity->address == MCR_ADDRESS_NONE)
		return;
	if (restoration->member == MCR_MEMBER_NONE)
		restoration->member = identity->encap == MCR_ENCAP_AMT
		                              ? mcr_amt_gateway_restore(control, identity)
		                              : mcr_admit_restore(control, identity);
}

static void
restore_nat_port(void *arg, uint16_t port)
{
	const struct restoration *restoration = arg;
	struct mcr_controller *control = restoration->control;

	if (restoration->member != MCR_MEMBER_NONE)
		mcr_nat_restore(control, restoration->member, port);
}

/* @return The port with this address of the hub; ports->count: none. */
static uint16_t
find_port(const struct mcr_ports *ports, uint32_t address)
{
	uint16_t port = 0;

	while (port < ports->count && mcr_port_address(&ports->at[port]) != address)
		port++;
	return port;
}

/* Only for undeclared members. By now it may be declared, or the hub's addresses may differ. */
static void
restore_hub_address(void *arg, uint32_t address)
{
	const struct restoration *restoration = arg;
	const struct mcr_controller *control = restoration->control;
	const uint16_t port = find_port(control->ports, address);

	if (restoration->member == MCR_MEMBER_NONE)
		return;
	if (port < control->ports->count &&
		mcr_attach_follow_port(restoration->control, restoration->member, port) == -ENOMEM)
		MCR_LOG(ERR, "state_file: no memory for the route to %s",
			mcr_member_get(control->fib->members, restoration->member)->name);
}

/* As reports have them. Sources without a number are left out. @return How many there are. */
static uint16_t
write_sources(const struct mcr_state_group *group, uint8_t *sources)
{
	const bool is_ipv6 = mcr_address_is_ipv6(group->group);
	uint16_t count = 0;

	for (uint16_t i = 0; i < group->source_count; i++) {
		if (group->sources[i] == MCR_ADDRESS_NONE)
			continue;
		if (is_ipv6)
			memcpy(sources + MCR_IPV6_ADDRESS_LEN * count,
				mcr_address_ipv6(group->sources[i]), MCR_IPV6_ADDRESS_LEN);
		else
			mcr_write_be32(sources + sizeof(uint32_t) * count, group->sources[i]);
		count++;
	}
	return count;
}

static void
restore_group(void *arg, const struct mcr_state_group *group)
{
	struct restoration *restoration = arg;
	uint8_t sources[MCR_IPV6_ADDRESS_LEN * MCR_STATE_SOURCES_MAX];
	const struct mcr_igmp_record record = {
		.type = group->exclude ? MCR_IGMP_IS_EX : MCR_IGMP_IS_IN,
		.group = group->group,
		.source_count = write_sources(group, sources),
		.sources = sources,
	};

	if (restoration->member == MCR_MEMBER_NONE || group->group == MCR_ADDRESS_NONE)
		return;
	if (mcr_membership_restore(restoration->control, restoration->member, &record))
		restoration->groups++;
}

/* Only neighbours of members that are there now. */
static void
restore_neighbour(void *arg, const struct mcr_state_neighbour *neighbour)
{
	struct mcr_controller *control = ((struct restoration *)arg)->control;
	const struct mcr_neigh_resolved known = {
		.port = find_port(control->ports, neighbour->hub),
		.address = neighbour->address,
		.mac = neighbour->mac,
	};

	if (known.address != MCR_ADDRESS_NONE && known.port < control->ports->count)
		mcr_neighbour_restore(control, &known);
}

static void
set_aside(const char *path, int error, uint32_t line)
{
	const int ret = mcr_state_set_aside(path);
	const char *what = error == -EPROTONOSUPPORT ? "is of another version" : "is broken";

	if (ret != 0)
		MCR_LOG(WARNING, "state_file: %s %s, and cannot be set aside: %s", path, what,
			rte_strerror(-ret));
	else if (line != 0)
		MCR_LOG(WARNING, "state_file: %s %s (line %u): set aside as %s.broken", path, what,
			line, path);
	else
		MCR_LOG(WARNING, "state_file: %s %s: set aside as %s.broken", path, what, path);
}

static void
restore(struct mcr_controller *control, const char *path, const char *bytes, size_t length)
{
	static const struct mcr_state_ops ops = {restore_secret, restore_member, restore_nat_port,
		restore_hub_address, restore_group, restore_neighbour};
	struct restoration restoration = {.control = control, .member = MCR_MEMBER_NONE};
	uint32_t line;
	const int ret = mcr_state_read(bytes, length, &ops, &restoration, &line);

	if (ret != 0)
		set_aside(path, ret, line);
	else
		MCR_LOG(NOTICE,
			"state_file: %u memberships are in force again until they are "
			"confirmed",
			restoration.groups);
}

void
mcr_state_restore(struct mcr_controller *control, const char *path)
{
	size_t length = 0;
	char *bytes;
	int ret;

	ret = mcr_state_load(path, &bytes, &length);
	if (ret == 0) {
		restore(control, path, bytes, length);
		free(bytes);
	} else if (ret != -ENOENT) {
		MCR_LOG(ERR, "state_file: %s cannot be read: %s", path, rte_strerror(-ret));
	}
	/* All at once: nobody waits yet. After a failure each turn tries again. */
	(void)mcr_fib_commit_groups(control->fib);
}
