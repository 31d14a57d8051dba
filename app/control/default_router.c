/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>

#include <rte_debug.h>
#include <rte_errno.h>

#include "control/attach.h"
#include "control/background.h"
#include "control/default_router.h"
#include "control/neighbour.h"
#include "control/send.h"
#include "infra/log_pace.h"

/* Known at a time: RFC 4861 6.3.4 wants at least two. */
#define ROUTERS 4

/* RFC 4861 10. */
#define SOLICITATIONS 3
#define SOLICITATION_MS 4000

/* How long one that does not answer comes after the others. */
#define SHUN_MS 60000

struct router {
	uint32_t address; /* with a reference; 0: no router */
	enum mcr_nd_preference preference;
	uint64_t heard_ms;
	uint64_t end_ms; /* of its lifetime */
	uint64_t shunned_ms;
	bool has_mac;
	struct rte_ether_addr mac;
};

struct port_routers {
	struct router at[ROUTERS];
	uint8_t solicitations; /* left */
	uint64_t due_ms;
};

struct mcr_default_routers {
	struct port_routers ports[RTE_MAX_ETHPORTS];
};

struct mcr_default_routers *
mcr_default_router_create(uint16_t port_count)
{
	struct mcr_default_routers *routers = calloc(1, sizeof(*routers));

	for (uint16_t i = 0; routers != NULL && i < port_count; i++)
		routers->ports[i].solicitations = SOLICITATIONS;
	return routers;
}

static void
forget(struct router *router)
{
	mcr_address_drop(router->address);
	*router = (struct router){.address = MCR_ADDRESS_NONE};
}

void
mcr_default_router_free(struct mcr_controller *control)
{
	struct mcr_default_routers *routers = control->default_routers;

	for (unsigned int i = 0; routers != NULL && i < RTE_DIM(routers->ports); i++) {
		for (unsigned int at = 0; at < ROUTERS; at++)
			forget(&routers->ports[i].at[at]);
	}
	free(routers);
}

void
mcr_default_router_solicit(struct mcr_controller *control, uint16_t port)
{
	RTE_ASSERT(port < control->ports->count);
	control->default_routers->ports[port].solicitations = SOLICITATIONS;
	control->default_routers->ports[port].due_ms = control->now_ms;
}

/* NULL: there is none. MCR_ADDRESS_NONE finds a free place. */
static struct router *
find_router(struct port_routers *routers, uint32_t address)
{
	for (unsigned int i = 0; i < ROUTERS; i++) {
		if (routers->at[i].address == address)
			return &routers->at[i];
	}
	return NULL;
}

static struct router *
find_known(struct port_routers *routers, const struct in6_addr *address)
{
	const uint32_t number = mcr_address_find(address->s6_addr);

	return number == MCR_ADDRESS_NONE ? NULL : find_router(routers, number);
}

static bool
is_shunned(const struct router *router, uint64_t now_ms)
{
	return now_ms < router->shunned_ms;
}

/* Whether one should give way rather than another. */
static bool
is_worse(const struct router *router, const struct router *than, uint64_t now_ms)
{
	if (is_shunned(router, now_ms) != is_shunned(than, now_ms))
		return is_shunned(router, now_ms);
	if (router->preference != than->preference)
		return router->preference < than->preference;
	return router->heard_ms < than->heard_ms;
}

/* Forged advertisements of routers that live long must not keep a later one out. The one in use
 * does not give way, nor does a better one. NULL: none does. */
static struct router *
make_room(struct port_routers *routers, uint32_t current, enum mcr_nd_preference preference,
	uint64_t now_ms)
{
	struct router *worst = find_router(routers, MCR_ADDRESS_NONE);

	if (worst != NULL)
		return worst;
	for (unsigned int i = 0; i < ROUTERS; i++) {
		struct router *router = &routers->at[i];

		if (router->address != current &&
			(worst == NULL || is_worse(router, worst, now_ms)))
			worst = router;
	}
	if (!is_shunned(worst, now_ms) && worst->preference > preference)
		return NULL;
	forget(worst);
	return worst;
}

static void
note_router(
	struct port_routers *routers, const struct mcr_nd *nd, uint32_t current, uint64_t now_ms)
{
	struct router *router = find_known(routers, &nd->source);

	if (nd->lifetime != 0)
		routers->solicitations = 0;
	if (router == NULL && nd->lifetime != 0)
		router = make_room(routers, current, nd->preference, now_ms);
	if (router == NULL)
		return;
	if (router->address == MCR_ADDRESS_NONE)
		router->address = mcr_address_get(&nd->source, MCR_IPV6_LENGTH);
	router->preference = nd->preference;
	router->heard_ms = now_ms;
	router->end_ms = now_ms + nd->lifetime * UINT64_C(1000);
	router->has_mac = nd->has_mac;
	router->mac = nd->mac;
}

void
mcr_default_router_receive(struct mcr_controller *control, uint16_t port, const struct mcr_nd *nd)
{
	struct port_routers *routers = &control->default_routers->ports[port];
	struct router *router;

	RTE_ASSERT(port < control->ports->count);
	if (!control->ports->at[port].config.learns_gateway6)
		return;
	if (nd->kind == MCR_ND_ROUTER)
		note_router(routers, nd, control->ports->at[port].gateway6, control->now_ms);
	if (nd->kind != MCR_ND_ADVERTISEMENT || nd->is_router)
		return;
	router = find_known(routers, &nd->target);
	if (router != NULL)
		router->end_ms = control->now_ms;
}

static void
send_solicitation(struct mcr_controller *control, uint16_t index)
{
	const struct mcr_port *port = &control->ports->at[index];
	uint8_t frame[MCR_ND_FRAME_MAX];
	const uint16_t len =
		mcr_nd_build_router_solicitation(frame, &port->mac, &port->classify.link_local);

	mcr_send_bytes(control, index, frame, len);
}

void
mcr_default_router_run(struct mcr_controller *control)
{
	for (uint16_t i = 0; i < control->ports->count; i++) {
		const struct mcr_port *port = &control->ports->at[i];
		struct port_routers *routers = &control->default_routers->ports[i];

		if (!port->config.learns_gateway6 || !port->link.is_up || port->is_away ||
			routers->solicitations == 0 || control->now_ms < routers->due_ms)
			continue;
		routers->solicitations--;
		routers->due_ms = control->now_ms + SOLICITATION_MS;
		send_solicitation(control, i);
	}
}

static bool
is_better(const struct router *router, const struct router *than, uint64_t now_ms)
{
	if (than == NULL)
		return true;
	if (is_shunned(router, now_ms) != is_shunned(than, now_ms))
		return !is_shunned(router, now_ms);
	return router->preference > than->preference;
}

/* The one in use stays while none is better. */
static const struct router *
choose(struct mcr_controller *control, uint16_t port)
{
	struct port_routers *routers = &control->default_routers->ports[port];
	const uint32_t current = control->ports->at[port].gateway6;
	const struct router *best = NULL;

	for (unsigned int i = 0; i < ROUTERS; i++) {
		struct router *router = &routers->at[i];

		if (router->address == MCR_ADDRESS_NONE)
			continue;
		if (control->now_ms >= router->end_ms) {
			forget(router);
			continue;
		}
		if (router->address == current && mcr_neighbour_is_silent(control, port, current))
			router->shunned_ms = control->now_ms + SHUN_MS;
		if (is_better(router, best, control->now_ms) ||
			(router->address == current && !is_better(best, router, control->now_ms)))
			best = router;
	}
	return best;
}

static void
log_router(const struct mcr_controller *control, uint16_t index)
{
	const struct mcr_port *port = &control->ports->at[index];
	char text[MCR_ADDRESS_TEXT];

	if (port->gateway6 != MCR_ADDRESS_NONE)
		MCR_LOG_PACED(NOTICE, control->now_ms, index,
			"port %s: router %s is the gateway, as it advertises", port->name,
			mcr_address_format(port->gateway6, text));
	else
		MCR_LOG_PACED(WARNING, control->now_ms, index,
			"port %s: no router advertises itself any more", port->name);
}

static bool
is_behind(const struct mcr_port *port, const struct mcr_member *member)
{
	return mcr_address_is_ipv6(member->identity.address) &&
	       member->identity.encap != MCR_ENCAP_L2 &&
	       !mcr_config_is_direct(&port->config, member->identity.address);
}

static void
route_members(struct mcr_controller *control, uint16_t index)
{
	const struct mcr_port *port = &control->ports->at[index];
	const struct mcr_members *members = control->fib->members;
	uint32_t id = MCR_MEMBER_NONE;

	while ((id = mcr_member_next(members, id)) != MCR_MEMBER_NONE) {
		struct mcr_member member = *mcr_member_get(members, id);
		int ret;

		if (member.port != index || !is_behind(port, &member))
			continue;
		member.next_hop = port->gateway6;
		ret = mcr_attach_update(control, id, &member);
		if (ret != 0)
			MCR_LOG_PACED(ERR, control->now_ms, id, "member %s cannot be routed: %s",
				member.name, rte_strerror(-ret));
		mcr_background_pause(control);
	}
}

static void
follow(struct mcr_controller *control, uint16_t index)
{
	const struct router *best = choose(control, index);
	const uint32_t address = best == NULL ? MCR_ADDRESS_NONE : best->address;

	if (address == control->ports->at[index].gateway6 ||
		mcr_neighbour_set_gateway6(control, index, address) != 0)
		return;
	if (best == NULL)
		mcr_default_router_solicit(control, index);
	else if (best->has_mac)
		mcr_neighbour_restore(
			control, &(struct mcr_neigh_resolved){index, address, best->mac});
	log_router(control, index);
	route_members(control, index);
}

void
mcr_default_router_follow(struct mcr_controller *control)
{
	for (uint16_t i = 0; i < control->ports->count; i++) {
		if (control->ports->at[i].config.learns_gateway6)
			follow(control, i);
	}
}
