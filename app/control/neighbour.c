/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_debug.h>

#include "control/conflict.h"
#include "control/default_router.h"
#include "control/membership.h"
#include "control/neighbour.h"
#include "control/send.h"
#include "datapath/counters.h"
#include "datapath/refuse.h"
#include "infra/log_pace.h"

struct mcr_neighbours {
	struct mcr_neigh *table;
	uint64_t due_ms;
	uint64_t version;
};

static void
send_arp_request(struct mcr_controller *control, uint16_t port, uint32_t address,
	const struct rte_ether_addr *unicast_to)
{
	uint8_t frame[MCR_NEIGH_ARP_FRAME_LEN];

	mcr_neigh_build_request(frame, &control->ports->at[port].mac,
		control->ports->at[port].address, address, unicast_to);
	mcr_send_bytes(control, port, frame, sizeof(frame));
}

/* A router forwards nothing from or to a link-local address, and a host may know no other. */
static void
send_solicitation(struct mcr_controller *control, uint16_t port, uint32_t address,
	const struct rte_ether_addr *unicast_to)
{
	const struct mcr_port *self = &control->ports->at[port];
	const struct in6_addr *target = mcr_address_ipv6(address);
	uint8_t frame[MCR_ND_FRAME_MAX];
	const uint16_t len = mcr_nd_build_solicitation(frame, &self->mac,
		mcr_ipv6_is_link_local(target->s6_addr) ? &self->classify.link_local
							: &self->classify.address6,
		target, unicast_to);

	mcr_send_bytes(control, port, frame, len);
}

static void
send_request(void *arg, uint16_t port, uint32_t address, const struct rte_ether_addr *unicast_to)
{
	const struct mcr_controller *control = arg;

	RTE_ASSERT(port < control->ports->count);
	if (!mcr_address_is_ipv6(address))
		send_arp_request(arg, port, address, unicast_to);
	else if (control->ports->at[port].classify.has_ipv6)
		send_solicitation(arg, port, address, unicast_to);
}

static bool
is_gateway(const struct mcr_ports *ports, uint16_t port, uint32_t address)
{
	const struct mcr_port *self = &ports->at[port];

	if (mcr_address_is_ipv6(address))
		return self->gateway6 == address;
	return self->config.has_gateway && self->config.gateway == address;
}

/* Of the family of its address. @param mac NULL: it is unknown. */
static void
follow_gateway(struct mcr_controller *control, uint16_t port, bool is_ipv6,
	const struct rte_ether_addr *mac)
{
	struct mcr_port_gateway *gateway = &control->ports->at[port].gateways[is_ipv6];

	if (gateway->is_known)
		mcr_member_mark_gateway(control->fib->members, &gateway->mac, false);
	gateway->is_known = mac != NULL;
	if (mac == NULL)
		return;
	gateway->mac = *mac;
	mcr_member_mark_gateway(control->fib->members, mac, true);
}

static void
reach_members(struct mcr_controller *control, uint16_t port, uint32_t address)
{
	const struct mcr_members *members = control->fib->members;
	uint32_t id = MCR_MEMBER_NONE;

	while ((id = mcr_member_next_behind(members, port, address, id)) != MCR_MEMBER_NONE)
		mcr_membership_reach(control, id);
}

static void
log_move(struct mcr_controller *control, uint32_t address, const struct rte_ether_addr *mac,
	const struct rte_ether_addr *before)
{
	char text[MCR_ADDRESS_TEXT];

	if (mac == NULL || before == NULL)
		return;
	MCR_LOG_PACED(NOTICE, control->now_ms, address,
		"%s is at " MCR_MAC_FMT " now, no longer at " MCR_MAC_FMT,
		mcr_address_format(address, text), RTE_ETHER_ADDR_BYTES(mac),
		RTE_ETHER_ADDR_BYTES(before));
}

static void
neighbour_changed(void *arg, uint16_t port, uint32_t address, const struct rte_ether_addr *mac,
	const struct rte_ether_addr *before)
{
	struct mcr_controller *control = arg;
	char text[MCR_ADDRESS_TEXT];

	control->neighbours->version++;
	log_move(arg, address, mac, before);
	if (is_gateway(control->ports, port, address))
		follow_gateway(control, port, mcr_address_is_ipv6(address), mac);
	if (mcr_member_resolve(control->fib->members, port, address, mac) != 0)
		MCR_LOG_PACED(ERR, control->now_ms, address,
			"no memory for the headers of members behind %s",
			mcr_address_format(address, text));
	if (mac != NULL)
		reach_members(arg, port, address);
}

/* Packets of all members behind an address, on the lcores that last saw this source MAC. */
static uint64_t
neighbour_heard(void *arg, uint16_t port, uint32_t address, const struct rte_ether_addr *mac)
{
	const struct mcr_controller *control = arg;
	uint32_t id = MCR_MEMBER_NONE;
	uint64_t packets = 0;

	while ((id = mcr_member_next_behind(control->fib->members, port, address, id)) !=
		MCR_MEMBER_NONE)
		packets += mcr_counters_from_mac(control->workers, id, mac);
	return packets;
}

static void
address_conflict(void *arg, uint16_t port, uint32_t address, const struct rte_ether_addr *mac)
{
	mcr_conflict_note(arg, port, address, mac);
}

struct mcr_neigh_own
mcr_neighbour_own(const struct mcr_port *port)
{
	return (struct mcr_neigh_own){
		.mac = port->mac,
		.address = port->address,
		.has_ipv6 = port->classify.has_ipv6,
		.address6 = port->classify.address6,
		.link_local = mcr_port_link_local(&port->mac),
	};
}

static int
set_own(struct mcr_controller *control, uint16_t port)
{
	const struct mcr_neigh_own own = mcr_neighbour_own(&control->ports->at[port]);

	return mcr_neigh_set_own(control->neighbours->table, port, &own);
}

/* Even while no member is behind it. @param mac NULL: it has no fixed one. */
static int
resolve_gateway(struct mcr_controller *control, uint16_t port, uint32_t address,
	const struct rte_ether_addr *mac)
{
	if (address == MCR_ADDRESS_NONE)
		return 0;
	if (mac == NULL)
		return mcr_neigh_hold(control->neighbours->table, port, address, control->now_ms);
	follow_gateway(control, port, mcr_address_is_ipv6(address), mac);
	return 0;
}

static int
set_up_port(struct mcr_controller *control, uint16_t index)
{
	const struct mcr_port *port = &control->ports->at[index];
	const struct mcr_config_port *config = &port->config;
	int ret = set_own(control, index);

	if (ret == 0 && config->has_gateway)
		ret = resolve_gateway(control, index, config->gateway,
			config->has_gateway_mac ? &config->gateway_mac : NULL);
	if (ret == 0)
		ret = resolve_gateway(control, index, port->gateway6,
			config->has_gateway6_mac ? &config->gateway6_mac : NULL);
	return ret;
}

int
mcr_neighbour_set_gateway6(struct mcr_controller *control, uint16_t port, uint32_t router)
{
	struct mcr_neigh *table = control->neighbours->table;
	struct mcr_port *self = &control->ports->at[port];
	const uint32_t before = self->gateway6;
	int ret = 0;

	RTE_ASSERT(router != before && !self->config.has_gateway6_mac);
	if (router != MCR_ADDRESS_NONE)
		ret = mcr_neigh_hold(table, port, router, control->now_ms);
	if (ret != 0)
		return ret;
	mcr_address_hold(router);
	self->gateway6 = router;
	follow_gateway(control, port, true, mcr_neigh_find(table, port, router));
	if (before != MCR_ADDRESS_NONE)
		mcr_neigh_release(table, port, before);
	mcr_address_drop(before);
	control->neighbours->due_ms = 0;
	return 0;
}

int
mcr_neighbour_create(struct mcr_controller *control)
{
	const struct mcr_neigh_ops ops = {
		.request = send_request,
		.changed = neighbour_changed,
		.heard = neighbour_heard,
		.conflict = address_conflict,
	};
	int ret = 0;

	control->neighbours = calloc(1, sizeof(*control->neighbours));
	if (control->neighbours == NULL)
		return -ENOMEM;
	/* A gateway of each family. One more: an update holds the new next hop before it releases
	 * the old one. */
	control->neighbours->table = mcr_neigh_create(
		&ops, control, control->workers->max_members + 2 * control->ports->count + 1);
	if (control->neighbours->table == NULL)
		return -errno;
	for (uint16_t i = 0; ret == 0 && i < control->ports->count; i++)
		ret = set_up_port(control, i);
	return ret;
}

void
mcr_neighbour_free(struct mcr_controller *control)
{
	if (control->neighbours == NULL)
		return;
	mcr_neigh_free(control->neighbours->table);
	free(control->neighbours);
}

void
mcr_neighbour_run(struct mcr_controller *control)
{
	struct mcr_neighbours *neighbours = control->neighbours;

	if (control->now_ms >= neighbours->due_ms)
		neighbours->due_ms = mcr_neigh_run(neighbours->table, control->now_ms);
}

void
mcr_neighbour_refresh(struct mcr_controller *control, uint16_t port)
{
	mcr_neigh_refresh(control->neighbours->table, port, control->now_ms);
	control->neighbours->due_ms = control->now_ms;
}

uint32_t
mcr_neighbour_next(
	const struct mcr_controller *control, uint32_t after, struct mcr_neigh_resolved *resolved)
{
	return mcr_neigh_next(control->neighbours->table, after, resolved);
}

void
mcr_neighbour_restore(struct mcr_controller *control, const struct mcr_neigh_resolved *known)
{
	mcr_neigh_restore(control->neighbours->table, known->port, known->address, &known->mac,
		control->now_ms);
	control->neighbours->due_ms = 0;
}

uint64_t
mcr_neighbour_version(const struct mcr_controller *control)
{
	return control->neighbours->version;
}

bool
mcr_neighbour_is_silent(const struct mcr_controller *control, uint16_t port, uint32_t address)
{
	return mcr_neigh_is_silent(control->neighbours->table, port, address);
}

/* A shared member that other hubs reach has no next hop here. */
static bool
has_neighbour(const struct mcr_member *member)
{
	return !member->has_mac && member->next_hop != 0;
}

int
mcr_neighbour_hold(struct mcr_controller *control, const struct mcr_member *member)
{
	struct mcr_neigh *table = control->neighbours->table;
	const struct rte_ether_addr *mac;
	int ret;

	if (!has_neighbour(member))
		return 0;
	ret = mcr_neigh_hold(table, member->port, member->next_hop, control->now_ms);
	if (ret != 0)
		return ret;
	control->neighbours->due_ms = 0;
	mac = mcr_neigh_find(table, member->port, member->next_hop);
	if (mac != NULL)
		mcr_member_resolve(control->fib->members, member->port, member->next_hop, mac);
	return 0;
}

void
mcr_neighbour_release(struct mcr_controller *control, const struct mcr_member *member)
{
	if (has_neighbour(member))
		mcr_neigh_release(control->neighbours->table, member->port, member->next_hop);
}

/* Trust an undeclared member only after ARP has resolved it once: before, a forged source address
 * could send its copies to any MAC. */
static bool
is_believed(const struct mcr_controller *control, const struct mcr_member *member)
{
	return member->origin == MCR_MEMBER_STATIC ||
	       mcr_neigh_find(control->neighbours->table, member->port, member->next_hop) != NULL;
}

void
mcr_neighbour_doubt(struct mcr_controller *control, uint32_t id, const struct rte_ether_addr *mac)
{
	const struct mcr_member *member = mcr_member_get(control->fib->members, id);

	if (member->next_hop == 0 || !is_believed(control, member))
		return;
	mcr_neigh_doubt(
		control->neighbours->table, member->port, member->next_hop, mac, control->now_ms);
	control->neighbours->due_ms = 0;
}

void
mcr_neighbour_review(struct mcr_controller *control, uint32_t id)
{
	const struct mcr_member *member = mcr_member_get(control->fib->members, id);
	const struct rte_ether_addr *mac =
		mcr_neigh_find(control->neighbours->table, member->port, member->next_hop);

	if (!has_neighbour(member))
		return;
	for (uint16_t i = 0; i < control->workers->count; i++) {
		uint64_t *source = control->workers->lcores[i].rx.sources == NULL
		                           ? NULL
		                           : &control->workers->lcores[i].rx.sources[id];

		if (source != NULL &&
			(mac == NULL || (*source & MCR_SOURCE_MAC) != mcr_source_of(mac)))
			__atomic_store_n(source, 0, __ATOMIC_RELAXED);
	}
}

void
mcr_neighbour_start_member(const struct mcr_workers *workers, uint32_t id)
{
	for (uint16_t i = 0; i < workers->count; i++) {
		if (workers->lcores[i].rx.sources != NULL)
			__atomic_store_n(&workers->lcores[i].rx.sources[id], 0, __ATOMIC_RELAXED);
	}
}

int
mcr_neighbour_set_mac(
	struct mcr_controller *control, uint16_t port, const struct rte_ether_addr *mac)
{
	struct mcr_port *self = &control->ports->at[port];
	const struct mcr_member_port source = {
		.mac = *mac,
		.address = self->address,
		.address6 = self->classify.address6,
	};
	const int ret = mcr_members_set_port(control->fib->members, port, &source);

	RTE_ASSERT(self->is_away);
	if (ret != 0)
		return ret;
	self->mac = self->classify.mac = *mac;
	if (self->classify.has_ipv6)
		self->classify.link_local = mcr_port_link_local(mac);
	return set_own(control, port);
}

enum mcr_drop
mcr_neighbour_receive_arp(struct mcr_controller *control, const struct mcr_punt *in)
{
	const uint16_t port = mcr_ports_index(control->ports, in->frame->port);
	uint8_t reply[MCR_NEIGH_ARP_FRAME_LEN];
	struct mcr_neigh_arp arp;

	if (!mcr_neigh_parse_arp(rte_pktmbuf_mtod_offset(in->frame, const uint8_t *, in->offset),
		    in->frame->data_len - in->offset, &arp))
		return MCR_DROP_MALFORMED;
	mcr_neigh_receive(control->neighbours->table, port, &arp, control->now_ms);
	if (mcr_neigh_answer_arp(control->neighbours->table, port, &arp, reply))
		mcr_send_bytes(control, port, reply, sizeof(reply));
	return MCR_DROP_NONE;
}

enum mcr_drop
mcr_neighbour_receive_nd(struct mcr_controller *control, const struct mcr_punt *in)
{
	const uint16_t port = mcr_ports_index(control->ports, in->frame->port);
	const struct rte_ether_hdr *ethernet =
		rte_pktmbuf_mtod(in->frame, const struct rte_ether_hdr *);
	uint8_t answer[MCR_ND_FRAME_MAX];
	struct mcr_nd nd;
	uint16_t len;
	const int ret =
		mcr_nd_parse(rte_pktmbuf_mtod_offset(in->frame, const uint8_t *, in->offset),
			in->frame->data_len - in->offset, &ethernet->src_addr, &nd);

	if (ret != 0)
		return mcr_refuse_reason(ret);
	/* First: it may take the router, whose MAC the message has. */
	mcr_default_router_receive(control, port, &nd);
	mcr_neigh_receive_nd(control->neighbours->table, port, &nd, control->now_ms);
	/* It may make the hub ask. */
	control->neighbours->due_ms = 0;
	len = mcr_neigh_answer_nd(control->neighbours->table, port, &nd, answer);
	if (len != 0)
		mcr_send_bytes(control, port, answer, len);
	return MCR_DROP_NONE;
}
