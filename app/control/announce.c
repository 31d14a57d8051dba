/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "control/announce.h"
#include "control/conflict.h"
#include "control/context.h"
#include "control/send.h"

void
mcr_announce_again(struct mcr_controller *control, uint16_t port, enum mcr_announce_why why)
{
	RTE_ASSERT(port < control->ports->count);
	mcr_announcer_restart(&control->ports->at[port].announcer, why, control->now_ms);
}

static void
send_arp(struct mcr_controller *control, uint16_t index, enum mcr_announce_frame kind)
{
	const struct mcr_port *port = &control->ports->at[index];
	uint8_t frame[MCR_NEIGH_ARP_FRAME_LEN];

	if (kind == MCR_ANNOUNCE_PROBE)
		mcr_neigh_build_request(frame, &port->mac, 0, port->address, NULL);
	else
		mcr_neigh_build_announcement(frame, &port->mac, port->address);
	mcr_send_bytes(control, index, frame, sizeof(frame));
}

static void
send_nd(struct mcr_controller *control, uint16_t index, enum mcr_announce_frame kind,
	const struct in6_addr *address)
{
	const struct rte_ether_addr *mac = &control->ports->at[index].mac;
	uint8_t frame[MCR_ND_FRAME_MAX];
	uint16_t len;

	if (kind == MCR_ANNOUNCE_PROBE)
		len = mcr_nd_build_solicitation(frame, mac, &in6addr_any, address, NULL);
	else
		len = mcr_nd_build_announcement(frame, mac, address);
	mcr_send_bytes(control, index, frame, len);
}

/* A switch that snoops forwards solicitations to who reports their group alone. */
static void
send_report(struct mcr_controller *control, uint16_t index, const struct in6_addr *address)
{
	const struct mcr_port *port = &control->ports->at[index];
	uint8_t frame[MCR_ND_FRAME_MAX];
	const uint16_t len =
		mcr_nd_build_report(frame, &port->mac, &port->classify.link_local, address);

	mcr_send_bytes(control, index, frame, len);
}

/* Two hosts that announce one address would only take it from each other. */
static bool
may_send(const struct mcr_controller *control, uint16_t port, enum mcr_announce_frame kind,
	enum mcr_own_address address)
{
	return kind == MCR_ANNOUNCE_PROBE ? mcr_conflict_can_be_found(control, port)
	                                  : !mcr_conflict_is_claimed(control, port, address);
}

static void
send_frames(struct mcr_controller *control, uint16_t index, enum mcr_announce_frame kind)
{
	const struct mcr_port *port = &control->ports->at[index];

	if (port->address != 0 && may_send(control, index, kind, MCR_OWN_IPV4))
		send_arp(control, index, kind);
	if (!port->classify.has_ipv6)
		return;
	send_report(control, index, &port->classify.address6);
	send_report(control, index, &port->classify.link_local);
	if (may_send(control, index, kind, MCR_OWN_IPV6))
		send_nd(control, index, kind, &port->classify.address6);
	if (may_send(control, index, kind, MCR_OWN_LINK_LOCAL))
		send_nd(control, index, kind, &port->classify.link_local);
}

void
mcr_announce_run(struct mcr_controller *control)
{
	for (uint16_t i = 0; i < control->ports->count; i++) {
		struct mcr_port *port = &control->ports->at[i];
		enum mcr_announce_frame kind;

		if (!port->link.is_up || port->is_away)
			continue;
		kind = mcr_announcer_next(&port->announcer, control->now_ms);
		if (kind != MCR_ANNOUNCE_NOTHING)
			send_frames(control, i, kind);
	}
}
