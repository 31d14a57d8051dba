/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_timer.h>

#include "control/port_reset.h"
#include "control/admission.h"
#include "control/announce.h"
#include "control/apply.h"
#include "control/bridge.h"
#include "control/checkup.h"
#include "control/poll.h"
#include "control/attach.h"
#include "control/amt_gateway.h"
#include "control/keepalive.h"
#include "control/link_watch.h"
#include "infra/log.h"
#include "control/membership.h"
#include "control/nat.h"
#include "control/neighbour.h"
#include "control/path_mtu.h"
#include "infra/port.h"
#include "datapath/refuse.h"
#include "control/amt_relay.h"
#include "control/send.h"
#include "control/state_file.h"
#include "control/survey.h"
#include "control/watchdog.h"

#define CONTROL_BURST 32

/* Of one member, and of all others together: twice the 10,000 joins a second that are to be borne.
 */
#define PUNTED_FRAMES_PER_MS 20
#define PUNTED_FRAMES_AT_ONCE 20000
#define TICK_MS 100

static uint64_t
clock_ms(void)
{
	return rte_get_timer_cycles() / (rte_get_timer_hz() / 1000);
}

struct mcr_controller *
mcr_control_create(const struct mcr_controller *given)
{
	struct mcr_controller *control = calloc(1, sizeof(*control));
	int ret = -ENOMEM;

	if (control == NULL)
		goto err;
	*control = *given;
	control->generation = 1;
	control->lcore = &control->workers->lcores[0];
	control->now_ms = clock_ms();
	ret = mcr_neighbour_create(control);
	if (ret != 0)
		goto err;
	control->member_limits =
		calloc(control->config->limits.members, sizeof(*control->member_limits));
	ret = control->member_limits == NULL ? -ENOMEM : mcr_mailbox_init(&control->mailbox);
	if (ret == 0)
		ret = mcr_neighbour_start(control);
	if (ret == 0)
		ret = mcr_watchdog_create(control);
	if (ret == 0)
		ret = mcr_checkup_create(control);
	if (ret == 0)
		ret = mcr_nat_create(control);
	if (ret == 0)
		ret = mcr_path_mtu_create(control);
	if (ret == 0)
		ret = mcr_membership_create(control);
	if (ret == 0)
		ret = mcr_state_file_create(control);
	if (ret == 0)
		ret = mcr_relay_create(control);
	if (ret != 0)
		goto err;
	return control;

err:
	mcr_control_free(control);
	rte_errno = -ret;
	return NULL;
}

void
mcr_control_free(struct mcr_controller *control)
{
	if (control == NULL)
		return;
	mcr_state_file_end(control);
	mcr_admit_free(control);
	mcr_gateway_free(control);
	mcr_relay_free(control);
	mcr_membership_free(control);
	mcr_path_mtu_free(control);
	mcr_checkup_free(control);
	mcr_watchdog_free(control);
	mcr_nat_free(control);
	mcr_neigh_free(control->neigh);
	control->neigh = NULL;
	free(control->member_limits);
	free(control);
}

static void
finish(struct mcr_controller *control, struct rte_mbuf *frame)
{
	mcr_stats_count(&control->lcore->stats, MCR_STAT_CONTROL_PACKETS, 1);
	rte_pktmbuf_free(frame);
}

static bool
is_of_member(const struct mcr_controller *control, const struct mcr_punt *in)
{
	return in->sender.id != MCR_MEMBER_NONE &&
	       mcr_member_is_current(control->fib->members, in->sender);
}

/* Of a member that left meanwhile, the frame still tells who it was. */
static void
refuse(struct mcr_controller *control, const struct mcr_punt *in, enum mcr_drop reason)
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
	if (reason == MCR_DROP_NONE)
		finish(control, in->frame);
	else
		refuse(control, in, reason);
}

static void
receive_arp(struct mcr_controller *control, const struct mcr_punt *in)
{
	const uint16_t port = mcr_ports_index(control->ports, in->frame->port);
	uint8_t reply[MCR_NEIGH_ARP_FRAME_LEN];
	struct mcr_neigh_arp arp;

	if (!mcr_neigh_parse_arp(rte_pktmbuf_mtod_offset(in->frame, const uint8_t *, in->offset),
		    in->frame->data_len - in->offset, &arp)) {
		refuse(control, in, MCR_DROP_MALFORMED);
		return;
	}
	mcr_neigh_receive(control->neigh, port, &arp, control->now_ms);
	if (mcr_neigh_answer_arp(control->neigh, port, &arp, reply))
		mcr_send_bytes(control, port, reply, sizeof(reply));
	finish(control, in->frame);
}

/* Back to where the request came from: its own MAC addresses, the other way round. */
static void
send_echo_reply(struct mcr_controller *control, const struct mcr_punt *in)
{
	struct rte_mbuf *frame = in->frame;
	struct rte_ether_hdr *ethernet = rte_pktmbuf_mtod(frame, struct rte_ether_hdr *);
	const uint16_t port = mcr_ports_index(control->ports, frame->port);

	ethernet->dst_addr = ethernet->src_addr;
	ethernet->src_addr = control->ports->at[port].mac;
	if (in->length <= control->ports->at[port].mtu)
		mcr_send_frame(control, port, frame);
	else
		mcr_send_fragments(control, port, frame, in->offset, control->ports->at[port].mtu);
}

/* As a copy to the member goes, so that it proves that copies arrive. */
static void
send_member_reply(struct mcr_controller *control, const struct mcr_punt *in)
{
	rte_pktmbuf_adj(in->frame, in->offset);
	rte_pktmbuf_trim(in->frame, in->frame->data_len - in->length);
	mcr_send_reply(control, in->sender.id, in->frame);
}

/* The hub's address where the member is: inside its tunnel, if the hub has one there. */
static uint32_t
address_for(const struct mcr_member *member, uint32_t port_address)
{
	return member->hub_overlay.hub != 0 ? member->hub_overlay.hub : port_address;
}

static void
receive_echo(struct mcr_controller *control, const struct mcr_punt *in)
{
	const bool by_member = in->sender.id != MCR_MEMBER_NONE;
	uint32_t own = control->ports->at[mcr_ports_index(control->ports, in->frame->port)].address;

	if (by_member)
		own = address_for(mcr_member_get(control->fib->members, in->sender.id), own);
	switch (mcr_neigh_answer_echo(
		rte_pktmbuf_mtod_offset(in->frame, uint8_t *, in->offset), in->length, own)) {
	case 0:
		break;
	case -EINVAL:
		refuse(control, in, MCR_DROP_MALFORMED);
		return;
	case -EBADMSG:
		refuse(control, in, MCR_DROP_BAD_CHECKSUM);
		return;
	default:
		refuse(control, in, MCR_DROP_NOT_FOR_US);
		return;
	}
	mcr_stats_count(&control->lcore->stats, MCR_STAT_CONTROL_PACKETS, 1);
	if (by_member)
		send_member_reply(control, in);
	else
		send_echo_reply(control, in);
}

static void
receive_igmp(struct mcr_controller *control, const struct mcr_punt *in)
{
	const uint16_t port = mcr_ports_index(control->ports, in->frame->port);
	enum mcr_drop reason = MCR_DROP_SOURCE_DENIED;

	if (mcr_attach_follow_port(control, in->sender.id, port) == 0)
		reason = mcr_membership_receive(control, in->sender.id,
			rte_pktmbuf_mtod_offset(in->frame, const uint8_t *, in->offset),
			in->length);
	conclude(control, in, reason);
}

/* Nobody keeps the control lcore from the others. */
static bool
is_within_limit(struct mcr_controller *control, const struct mcr_punt *in)
{
	const bool is_member = in->sender.id != MCR_MEMBER_NONE;

	if (!is_member && in->punt == MCR_PUNT_AMT)
		return mcr_relay_is_within_limit(control, in);
	return mcr_rate_limit_take(
		is_member ? &control->member_limits[in->sender.id] : &control->link_limit,
		PUNTED_FRAMES_PER_MS, PUNTED_FRAMES_AT_ONCE, control->now_ms);
}

/* A member may leave while its frame waits, and its id become another's, who has no part in it. A
 * gateway may open its tunnel anew. */
static bool
is_stale(const struct mcr_controller *control, struct mcr_punt *in)
{
	if (in->sender.id == MCR_MEMBER_NONE || is_of_member(control, in))
		return false;
	if (in->punt != MCR_PUNT_AMT)
		return true;
	in->sender.id = MCR_MEMBER_NONE;
	return false;
}

static void
receive_punted(struct mcr_controller *control, struct mcr_punt *in)
{
	if (is_stale(control, in)) {
		refuse(control, in, MCR_DROP_SOURCE_DENIED);
		return;
	}
	if (!is_within_limit(control, in)) {
		if (in->punt == MCR_PUNT_UNKNOWN)
			mcr_admit_refuse(control, in, MCR_DROP_RATE_LIMITED);
		else
			refuse(control, in, MCR_DROP_RATE_LIMITED);
		return;
	}
	if (in->sender.id != MCR_MEMBER_NONE)
		mcr_survey_hear(control, in->sender.id);
	switch (in->punt) {
	case MCR_PUNT_ARP:
		if (in->sender.id == MCR_MEMBER_NONE)
			receive_arp(control, in);
		else
			conclude(control, in, mcr_bridge_receive_arp(control, in));
		break;
	case MCR_PUNT_ICMP_ECHO:
		receive_echo(control, in);
		break;
	case MCR_PUNT_TOO_BIG:
		conclude(control, in, mcr_path_mtu_receive(control, in));
		break;
	case MCR_PUNT_IGMP:
		receive_igmp(control, in);
		break;
	case MCR_PUNT_AMT:
		conclude(control, in, mcr_relay_receive(control, in));
		break;
	case MCR_PUNT_KEEPALIVE:
		conclude(control, in, mcr_keepalive_receive(control, in));
		break;
	case MCR_PUNT_UNKNOWN:
		mcr_admit_frame(control, in);
		break;
	}
}

static unsigned int
receive_frames(struct mcr_controller *control)
{
	/* Set, as clang-tidy does not see that the ring writes them. */
	struct mcr_punt frames[CONTROL_BURST] = {0};
	const unsigned int count = rte_ring_dequeue_burst_elem(
		control->rings->punt, frames, sizeof(frames[0]), CONTROL_BURST, NULL);

	for (unsigned int i = 0; i < count; i++) {
		assert(frames[i].frame != NULL);
		receive_punted(control, &frames[i]);
	}
	return count;
}

/* A message has room for 127 characters: not for the folders that the operator named. */
static const char *
base_name(const char *file)
{
	const char *slash = strrchr(file, '/');

	return slash == NULL ? file : slash + 1;
}

static struct mcr_config *
load_config(const char *file, struct mcr_reload_result *result)
{
	struct mcr_config_messages errors = {0};
	struct mcr_config *config = mcr_config_load(file, &errors);

	for (uint32_t i = 0; i < errors.count; i++)
		MCR_LOG(ERR, "%s", errors.lines[i]);
	if (config == NULL)
		snprintf(result->message, sizeof(result->message), "%s",
			errors.lines[0] + (base_name(file) - file));
	mcr_config_messages_free(&errors);
	return config;
}

static void
reload(struct mcr_controller *control, struct mcr_reload_result *result)
{
	struct mcr_config *next = load_config(control->config_file, result);
	const char *key;
	int ret;

	result->ok = false;
	if (next == NULL)
		return;
	mcr_port_complete(control->ports, next);
	key = mcr_config_needs_restart(control->config, next);
	ret = key != NULL ? -EBUSY : mcr_apply_config(control, next);
	if (ret == 0) {
		control->generation++;
		result->ok = true;
		result->message[0] = '\0';
		control->neigh_due_ms = 0;
		MCR_LOG(NOTICE, "configuration reloaded, generation %u", control->generation);
		for (uint32_t i = 0; i < next->warnings.count; i++)
			MCR_LOG(WARNING, "%s", next->warnings.lines[i]);
		return;
	}
	if (key != NULL)
		snprintf(result->message, sizeof(result->message),
			"%s: a change of %s needs a restart", base_name(control->config_file), key);
	else
		snprintf(result->message, sizeof(result->message), "%s: %s",
			base_name(control->config_file),
			ret == -ENOSPC
				? "limits.groups is too small for what is declared and joined"
				: rte_strerror(-ret));
	MCR_LOG(ERR, "%s", result->message);
	mcr_config_free(next);
}

void
mcr_control_reload(struct mcr_controller *control, struct mcr_reload_result *result)
{
	reload(control, result);
	mcr_checkup_note_reload(control, result);
}

static void
reload_by_signal(struct mcr_controller *control)
{
	struct mcr_reload_result result;

	if (!__atomic_exchange_n(control->wants_reload, false, __ATOMIC_ACQ_REL))
		return;
	mcr_control_reload(control, &result);
}

static void
run_timers(struct mcr_controller *control)
{
	if (control->now_ms >= control->neigh_due_ms)
		control->neigh_due_ms = mcr_neigh_run(control->neigh, control->now_ms);
	/* Drivers' own, ena's watchdog among them. */
	rte_timer_manage();
	if (control->now_ms < control->tick_ms)
		return;
	control->tick_ms = control->now_ms + TICK_MS;
	reload_by_signal(control);
	mcr_link_watch_run(control);
	mcr_announce_run(control);
	mcr_admit_expire(control);
	mcr_segment_age(control->fib->segments, control->now_ms / 1000);
	mcr_relay_run(control);
	mcr_watchdog_check(control, control->now_ms);
}

unsigned int
mcr_control_poll(struct mcr_controller *control)
{
	unsigned int work = receive_frames(control) + mcr_bridge_learn(control);

	control->now_ms = clock_ms();
	work += mcr_mailbox_serve(&control->mailbox);
	mcr_port_reset_run(control);
	run_timers(control);
	mcr_checkup_run(control);
	mcr_membership_run(control);
	mcr_state_file_run(control);
	mcr_rcu_reclaim(control->fib->rcu);
	return work;
}
