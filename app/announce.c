/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "announce.h"
#include "conflict.h"
#include "control.h"
#include "send.h"

#define END (MCR_ANNOUNCE_PROBES + MCR_ANNOUNCE_TIMES)

/* From the frame of a step to the next one. */
static uint32_t
pause_after(uint8_t step)
{
	if (step < MCR_ANNOUNCE_PROBES)
		return MCR_ANNOUNCE_PROBE_MS;
	return step < END - 1 ? MCR_ANNOUNCE_MS : MCR_ANNOUNCE_PATROL_MS;
}

enum mcr_announce_frame
mcr_announcer_next(struct mcr_announcer *announcer, uint64_t now_ms)
{
	const uint8_t step = announcer->step;

	if (now_ms < announcer->due_ms)
		return MCR_ANNOUNCE_NOTHING;
	announcer->sent_ms = now_ms;
	announcer->due_ms = now_ms + pause_after(step);
	announcer->step = RTE_MIN(step + 1, END);
	return step < MCR_ANNOUNCE_PROBES || step == END ? MCR_ANNOUNCE_PROBE
	                                                 : MCR_ANNOUNCE_ADDRESS;
}

void
mcr_announcer_restart(struct mcr_announcer *announcer, enum mcr_announce_why why, uint64_t now_ms)
{
	const uint64_t earliest_ms =
		announcer->sent_ms == 0 ? 0 : announcer->sent_ms + MCR_ANNOUNCE_PROBE_MS;

	announcer->step = RTE_MIN(announcer->step, (uint8_t)why);
	announcer->due_ms = RTE_MAX(now_ms, earliest_ms);
}

void
mcr_announce_again(struct mcr_controller *control, uint16_t port, enum mcr_announce_why why)
{
	mcr_announcer_restart(&control->ports->at[port].announcer, why, control->now_ms);
}

static void
send_frame(struct mcr_controller *control, uint16_t index, enum mcr_announce_frame kind)
{
	const struct mcr_port *port = &control->ports->at[index];
	uint8_t frame[MCR_NEIGH_ARP_FRAME_LEN];

	if (kind == MCR_ANNOUNCE_PROBE && !mcr_conflict_can_be_found(control, index))
		return;
	/* An announcement of what somebody else has would only take turns with his. */
	if (kind == MCR_ANNOUNCE_ADDRESS && mcr_conflict_is_claimed(control, index))
		return;
	if (kind == MCR_ANNOUNCE_PROBE)
		mcr_neigh_build_request(frame, &port->mac, 0, port->address, NULL);
	else
		mcr_neigh_build_announcement(frame, &port->mac, port->address);
	mcr_send_bytes(control, index, frame, sizeof(frame));
}

void
mcr_announce_run(struct mcr_controller *control)
{
	for (uint16_t i = 0; i < control->ports->count; i++) {
		struct mcr_port *port = &control->ports->at[i];
		enum mcr_announce_frame kind;

		/* What is due waits for the link. */
		if (!port->link.is_up || port->is_away)
			continue;
		kind = mcr_announcer_next(&port->announcer, control->now_ms);
		if (kind != MCR_ANNOUNCE_NOTHING)
			send_frame(control, i, kind);
	}
}
