/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include <rte_debug.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include "control/announce.h"
#include "control/context.h"
#include "control/default_router.h"
#include "control/neighbour.h"
#include "control/port_reset.h"
#include "infra/interface.h"
#include "infra/log.h"
#include "infra/missed.h"
#include "infra/port.h"

uint32_t
mcr_port_reset_pause_ms(uint32_t failures)
{
	uint32_t pause = MCR_PORT_RESET_RETRY_MS;

	while (failures-- > 1 && pause < MCR_PORT_RESET_RETRY_MAX_MS)
		pause *= 2;
	return RTE_MIN(pause, MCR_PORT_RESET_RETRY_MAX_MS);
}

static void
set_away(struct mcr_port *port, bool is_away)
{
	__atomic_store_n(&port->is_away, is_away, __ATOMIC_RELEASE);
}

/* May run when the program ends, after the controller is freed. */
static void
note_quiet(void *unused, void *object)
{
	struct mcr_port_reset *reset = object;

	RTE_SET_USED(unused);
	reset->is_quiet = true;
}

static void
leave_port(struct mcr_controller *control, struct mcr_port *port)
{
	RTE_ASSERT(port->reset.state == MCR_PORT_SERVED);
	/* Without memory the request stays, and the next turn tries again. */
	if (mcr_rcu_reserve(control->fib->rcu, 1) != 0)
		return;
	port->reset.state = MCR_PORT_LEFT;
	port->reset.is_quiet = false;
	port->reset.failures = 0;
	port->reset.is_logged = mcr_log_pace_take(&port->reset.pace, control->now_ms);
	if (port->reset.is_logged)
		MCR_LOG(WARNING, "port %s: its driver asks for a reset", port->name);
	set_away(port, true);
	mcr_rcu_retire(control->fib->rcu, note_quiet, NULL, &port->reset);
}

/* A request that arrives from here on is another reset. */
static int
reset_device(struct mcr_ports *ports, uint16_t index)
{
	struct mcr_port *port = &ports->at[index];
	int ret;

	__atomic_store_n(&port->events.wants_reset, false, __ATOMIC_RELEASE);
	ret = rte_eth_dev_reset(port->id);
	if (ret == -ENOTSUP)
		ret = rte_eth_dev_stop(port->id);
	port->started = false;
	return ret != 0 ? ret : mcr_port_restart(ports, index);
}

/* The host may have given a virtual function another MAC. */
static int
follow_device_mac(struct mcr_controller *control, uint16_t index)
{
	struct mcr_port *port = &control->ports->at[index];
	struct rte_ether_addr mac;
	int ret = rte_eth_macaddr_get(port->id, &mac);

	if (ret != 0 || rte_is_same_ether_addr(&mac, &port->mac))
		return ret;
	if (!rte_is_valid_assigned_ether_addr(&mac))
		return -EADDRNOTAVAIL;
	MCR_LOG(WARNING, "port %s: its MAC is " MCR_MAC_FMT " now, it was " MCR_MAC_FMT, port->name,
		RTE_ETHER_ADDR_BYTES(&mac), RTE_ETHER_ADDR_BYTES(&port->mac));
	return mcr_neighbour_set_mac(control, index, &mac);
}

static void
come_back(struct mcr_controller *control, uint16_t index)
{
	struct mcr_port *port = &control->ports->at[index];

	RTE_ASSERT(port->is_away && port->reset.state == MCR_PORT_RESETTING);
	port->reset.state = MCR_PORT_SERVED;
	port->reset.count++;
	if (port->reset.is_logged || port->reset.failures != 0)
		MCR_LOG(NOTICE, "port %s: was reset, and is served again", port->name);
	/* Do not count the link change that the reset itself causes. */
	port->link.reports = __atomic_load_n(&port->events.link_changes, __ATOMIC_ACQUIRE);
	set_away(port, false);
	mcr_announce_again(control, index, MCR_ANNOUNCE_RESET);
	mcr_neighbour_refresh(control, index);
	mcr_default_router_solicit(control, index);
}

static void
postpone_reset(struct mcr_controller *control, struct mcr_port *port, int error)
{
	struct mcr_port_reset *reset = &port->reset;

	RTE_ASSERT(reset->state == MCR_PORT_RESETTING);
	reset->error = error;
	if (reset->failures++ == 0)
		MCR_LOG(ERR, "port %s: cannot be reset: %s; it is tried again", port->name,
			rte_strerror(-error));
	reset->due_ms = control->now_ms + mcr_port_reset_pause_ms(reset->failures);
}

static void
try_reset(struct mcr_controller *control, uint16_t index)
{
	struct mcr_port *port = &control->ports->at[index];
	int ret;

	RTE_ASSERT(port->is_away && port->reset.is_quiet);
	if (port->reset.state == MCR_PORT_LEFT)
		mcr_missed_pause(control->ports, index);
	port->reset.state = MCR_PORT_RESETTING;
	ret = reset_device(control->ports, index);
	if (ret == 0)
		ret = follow_device_mac(control, index);
	if (ret != 0) {
		postpone_reset(control, port, ret);
		return;
	}
	mcr_missed_resume(control->ports, index);
	come_back(control, index);
}

/* mlx5 and mana report it; mcr_port_reset_look() asks the others. health.h logs it. */
static void
abandon_port(struct mcr_port *port)
{
	port->reset.state = MCR_PORT_GONE;
	set_away(port, true);
}

static void
run_port(struct mcr_controller *control, uint16_t index)
{
	struct mcr_port *port = &control->ports->at[index];
	const struct mcr_port_reset *reset = &port->reset;

	if (__atomic_load_n(&port->events.is_removed, __ATOMIC_ACQUIRE))
		abandon_port(port);
	else if (reset->state == MCR_PORT_SERVED) {
		if (__atomic_load_n(&port->events.wants_reset, __ATOMIC_ACQUIRE))
			leave_port(control, port);
	} else if (reset->state == MCR_PORT_LEFT ? reset->is_quiet
						 : control->now_ms >= reset->due_ms) {
		try_reset(control, index);
	}
}

void
mcr_port_reset_run(struct mcr_controller *control)
{
	for (uint16_t i = 0; i < control->ports->count; i++) {
		if (control->ports->at[i].reset.state != MCR_PORT_GONE)
			run_port(control, i);
	}
}

static bool
is_gone(const struct mcr_port *port)
{
	const uint32_t index = mcr_interface_of_port(port);

	return rte_eth_dev_is_removed(port->id) ||
	       (index != 0 && mcr_interface_state(index) == MCR_INTERFACE_GONE);
}

void
mcr_port_reset_look(struct mcr_controller *control)
{
	for (uint16_t i = 0; i < control->ports->count; i++) {
		struct mcr_port *port = &control->ports->at[i];

		if (port->reset.state == MCR_PORT_SERVED && is_gone(port))
			abandon_port(port);
	}
}
