/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "control/announce.h"
#include "control/context.h"
#include "control/default_router.h"
#include "control/link_watch.h"
#include "control/neighbour.h"
#include "infra/interface.h"
#include "infra/log.h"

/* As for other reasons, see mcdpdk(8), HEALTH. */
static void
log_changes(struct mcr_port *port, uint64_t now_ms)
{
	struct mcr_link *link = &port->link;

	if (link->unlogged == 0 || !mcr_log_pace_take(&link->pace, now_ms))
		return;
	if (link->unlogged > 1)
		MCR_LOG(WARNING, "link_down: port %s: the link changed %u times and is %s now",
			port->name, link->unlogged, link->is_up ? "up" : "down");
	else if (link->is_up)
		MCR_LOG(NOTICE, "link_down: over: port %s: the link is up", port->name);
	else
		MCR_LOG(WARNING, "link_down: port %s: the link is down", port->name);
	link->unlogged = 0;
}

static void
look_at_link(struct mcr_controller *control, uint16_t index)
{
	struct mcr_port *port = &control->ports->at[index];
	const bool is_first = !port->link.is_known;
	const uint32_t reports = __atomic_load_n(&port->events.link_changes, __ATOMIC_ACQUIRE);
	const bool is_up = mcr_interface_has_link(port);
	const uint32_t changes = mcr_link_take(&port->link, is_up, reports);

	port->link.unlogged += is_first ? !is_up : changes;
	log_changes(port, control->now_ms);
	if (changes == 0 || !is_up)
		return;
	mcr_announce_again(control, index, MCR_ANNOUNCE_LINK_UP);
	mcr_neighbour_refresh(control, index);
	mcr_default_router_solicit(control, index);
}

/* A device in reset must not be queried, and a removed one has no link. */
void
mcr_link_watch_run(struct mcr_controller *control)
{
	for (uint16_t i = 0; i < control->ports->count; i++) {
		if (!mcr_port_is_resetting(&control->ports->at[i]))
			look_at_link(control, i);
	}
}
