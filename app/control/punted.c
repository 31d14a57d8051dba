/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "control/admission.h"
#include "control/amt_relay.h"
#include "control/attach.h"
#include "control/bridge.h"
#include "control/echo.h"
#include "control/effort.h"
#include "control/keepalive.h"
#include "control/membership.h"
#include "control/neighbour.h"
#include "control/path_mtu.h"
#include "control/punted.h"
#include "control/survey.h"
#include "datapath/punt_account.h"
#include "datapath/refuse.h"

static bool
is_of_member(const struct mcr_controller *control, const struct mcr_punt *in)
{
	return in->sender.id != MCR_MEMBER_NONE &&
	       mcr_member_is_current(control->fib->members, in->sender) &&
	       !control->leaving[in->sender.id];
}

/* If the member has left meanwhile, the frame still shows its identity. */
static void
refuse_frame(struct mcr_controller *control, const struct mcr_punt *in, enum mcr_drop reason)
{
	const struct rte_mbuf *frame = in->frame;
	struct mcr_packet packet;

	mcr_classify_frame(
		&control->ports->at[mcr_ports_index(control->ports, frame->port)].classify,
		rte_pktmbuf_mtod(frame, const uint8_t *), frame->data_len, &packet);
	if (is_of_member(control, in))
		mcr_refuse_member(control->lcore, in->frame, &packet,
			mcr_member_get(control->fib->members, in->sender.id), reason);
	else
		mcr_refuse_packet(control->lcore, in->frame, &packet, reason);
}

static void
conclude(struct mcr_controller *control, const struct mcr_punt *in, enum mcr_drop reason)
{
	/* An echo reply consumes the frame. */
	RTE_ASSERT(
		in->frame != NULL || (reason == MCR_DROP_NONE && in->punt == MCR_PUNT_ICMP_ECHO));
	if (reason != MCR_DROP_NONE) {
		refuse_frame(control, in, reason);
		return;
	}
	mcr_stats_count(&control->lcore->stats, MCR_STAT_CONTROL_PACKETS, 1);
	rte_pktmbuf_free(in->frame);
}

static enum mcr_drop
receive_membership(struct mcr_controller *control, const struct mcr_punt *in)
{
	const uint16_t port = mcr_ports_index(control->ports, in->frame->port);

	if (mcr_attach_follow_port(control, in->sender.id, port) != 0)
		return MCR_DROP_SOURCE_DENIED;
	return mcr_membership_receive(control, in->sender.id,
		rte_pktmbuf_mtod_offset(in->frame, const uint8_t *, in->offset), in->length);
}

static bool
is_within_limit(struct mcr_controller *control, const struct mcr_punt *in)
{
	/* It was queued before the frames ahead of it were charged. */
	if (!mcr_punt_account_may_spend(
		    &control->rings->accounts->at[in->account], mcr_effort_last(control)))
		return false;
	return in->sender.id != MCR_MEMBER_NONE || in->punt != MCR_PUNT_AMT ||
	       mcr_relay_is_within_limit(control, in);
}

/* A member may leave while its frame waits, and another may get its id. */
static bool
is_stale(const struct mcr_controller *control, const struct mcr_punt *in)
{
	return in->sender.id != MCR_MEMBER_NONE && !is_of_member(control, in);
}

/* A gateway without its tunnel may open it again, which the background does. */
static void
handle_stale(struct mcr_controller *control, struct mcr_punt *in)
{
	struct rte_ring *admission = control->rings->punt[MCR_PUNT_CLASS_ADMISSION];

	if (in->punt != MCR_PUNT_AMT) {
		refuse_frame(control, in, MCR_DROP_SOURCE_DENIED);
		return;
	}
	in->sender.id = MCR_MEMBER_NONE;
	mcr_punt_account_stay(&control->rings->accounts->at[in->account]);
	if (rte_ring_enqueue_elem(admission, in, sizeof(*in)) == 0)
		return;
	mcr_punt_account_leave(&control->rings->accounts->at[in->account]);
	refuse_frame(control, in, MCR_DROP_RING_FULL);
}

static enum mcr_drop
handle(struct mcr_controller *control, struct mcr_punt *in)
{
	switch (in->punt) {
	case MCR_PUNT_ARP:
		return in->sender.id == MCR_MEMBER_NONE ? mcr_neighbour_receive_arp(control, in)
		                                        : mcr_bridge_receive_arp(control, in);
	case MCR_PUNT_ND:
		return in->sender.id == MCR_MEMBER_NONE ? mcr_neighbour_receive_nd(control, in)
		                                        : mcr_bridge_receive_nd(control, in);
	case MCR_PUNT_ICMP_ECHO:
		return mcr_echo_receive(control, in);
	case MCR_PUNT_TOO_BIG:
		return mcr_path_mtu_receive(control, in);
	case MCR_PUNT_IGMP:
	case MCR_PUNT_MLD:
		return receive_membership(control, in);
	case MCR_PUNT_AMT:
		return mcr_relay_receive(control, in);
	case MCR_PUNT_KEEPALIVE:
		return mcr_keepalive_receive(control, in);
	case MCR_PUNT_UNKNOWN:
		break;
	}
	return MCR_DROP_NOT_FOR_US;
}

static void
refuse_by_limit(struct mcr_controller *control, const struct mcr_punt *in)
{
	mcr_stats_add(&control->lcore->punt_drops[mcr_punt_class_of(in->punt, in->sender.id)], 1);
	if (in->punt == MCR_PUNT_UNKNOWN)
		mcr_admit_resubmit(control, in, MCR_DROP_RATE_LIMITED);
	else
		refuse_frame(control, in, MCR_DROP_RATE_LIMITED);
}

/* It was counted when it came. */
static void
report_oversize(struct mcr_controller *control, const struct mcr_punt *in)
{
	if (is_of_member(control, in))
		mcr_path_mtu_report(control, in);
	rte_pktmbuf_free(in->frame);
}

bool
mcr_punted_receive(struct mcr_controller *control, struct mcr_punt *in)
{
	RTE_ASSERT(in->frame->nb_segs == 1 && in->offset <= in->frame->data_len);
	if (in->punt == MCR_PUNT_OVERSIZE) {
		report_oversize(control, in);
		return true;
	}
	if (is_stale(control, in)) {
		handle_stale(control, in);
		return true;
	}
	if (!is_within_limit(control, in)) {
		refuse_by_limit(control, in);
		return false;
	}
	if (in->sender.id != MCR_MEMBER_NONE)
		mcr_survey_hear(control, in->sender.id);
	if (in->punt == MCR_PUNT_UNKNOWN)
		mcr_admit_frame(control, in);
	else
		conclude(control, in, handle(control, in));
	return true;
}
