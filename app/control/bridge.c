/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include <mcr_nd.h>

#include "control/bridge.h"
#include "control/nat.h"
#include "control/neighbour.h"
#include "control/placement/serving.h"
#include "control/send.h"
#include "datapath/refuse.h"

/* Takes some 10 us. */
#define LEARN_BURST 64

int
mcr_bridge_add(struct mcr_controller *control, uint32_t id)
{
	const struct mcr_member *member = mcr_member_get(control->fib->members, id);
	const struct mcr_receiver receiver = {
		.address = mcr_member_instance(member, id), .member = id};

	mcr_segment_set_hub(control->fib->segments, id, member->origin == MCR_MEMBER_PEER);
	if (!mcr_encap_has_segment(member->identity.encap) || member->role == MCR_ROLE_SENDER ||
		!mcr_serving_lists(control, id))
		return 0;
	return mcr_segment_join(control->fib->segments, member->identity.key, receiver);
}

int
mcr_bridge_update(struct mcr_controller *control, uint32_t id, enum mcr_member_role before)
{
	if (mcr_member_get(control->fib->members, id)->role == before)
		return 0;
	mcr_segment_leave(control->fib->segments, id);
	return mcr_bridge_add(control, id);
}

void
mcr_bridge_remove(struct mcr_controller *control, uint32_t id)
{
	mcr_segment_leave(control->fib->segments, id);
	mcr_segment_forget(control->fib->segments, id);
}

/* Its answer, as any of its packets, shows its station. */
static void
seek_station(struct mcr_controller *control, uint32_t id)
{
	const struct mcr_member *member = mcr_member_get(control->fib->members, id);
	uint8_t frame[MCR_ND_FRAME_MAX];
	uint16_t len;

	if (member->overlay6 == MCR_ADDRESS_NONE || member->hub_overlay6.hub == MCR_ADDRESS_NONE)
		return;
	len = mcr_nd_build_solicitation(frame, mcr_fib_segment_mac(control->fib),
		mcr_address_ipv6(member->hub_overlay6.hub), mcr_address_ipv6(member->overlay6),
		NULL);
	mcr_send_inner_frame(control, id, frame, len);
}

unsigned int
mcr_bridge_learn(struct mcr_controller *control)
{
	/* clang-tidy does not see that the ring writes them. */
	struct mcr_learn_event events[LEARN_BURST] = {0};
	const unsigned int count = rte_ring_dequeue_burst_elem(
		control->rings->learn, events, sizeof(events[0]), LEARN_BURST, NULL);

	for (unsigned int i = 0; i < count; i++) {
		const struct mcr_learn_event *at = &events[i];

		if (!mcr_member_is_current(control->fib->members, at->member))
			continue;
		if (at->nat_port != 0) {
			mcr_nat_learn(control, at->member.id, at->nat_port);
			continue;
		}
		if (at->is_sought) {
			seek_station(control, at->member.id);
			continue;
		}
		if (at->vni == MCR_VNI_NONE) {
			mcr_neighbour_doubt(control, at->member.id, &at->mac);
			continue;
		}
		/* Frames to it go to the hub that serves the member. */
		if (!mcr_serving_lists(control, at->member.id))
			continue;
		/* Beyond a limit the station stays unknown, and frames to it are flooded. */
		(void)mcr_segment_learn(control->fib->segments, at->vni, &at->mac, at->member.id);
		if (at->is_own_station)
			mcr_segment_set_own_station(
				control->fib->segments, at->member.id, &at->mac);
	}
	return count;
}

enum mcr_drop
mcr_bridge_receive_arp(struct mcr_controller *control, const struct mcr_punt *in)
{
	uint8_t reply[MCR_NEIGH_ARP_FRAME_LEN];
	struct mcr_neigh_arp arp;

	RTE_ASSERT(mcr_member_is_current(control->fib->members, in->sender));
	if (!mcr_neigh_parse_arp(rte_pktmbuf_mtod_offset(in->frame, const uint8_t *, in->offset),
		    in->length, &arp))
		return MCR_DROP_MALFORMED;
	mcr_neigh_build_reply(reply, mcr_fib_segment_mac(control->fib), arp.target, &arp);
	mcr_send_inner_frame(control, in->sender.id, reply, sizeof(reply));
	return MCR_DROP_NONE;
}

/* In front of a packet out of a segment is its Ethernet header. */
enum mcr_drop
mcr_bridge_receive_nd(struct mcr_controller *control, const struct mcr_punt *in)
{
	static const struct rte_ether_addr none;
	const struct mcr_member *member = mcr_member_get(control->fib->members, in->sender.id);
	const uint8_t *const ip = rte_pktmbuf_mtod_offset(in->frame, const uint8_t *, in->offset);
	const bool has_segment = mcr_encap_has_segment(member->identity.encap);
	const struct rte_ether_addr *from = &none;
	uint8_t answer[MCR_ND_FRAME_MAX];
	struct mcr_nd nd;
	int ret;

	RTE_ASSERT(mcr_member_is_current(control->fib->members, in->sender));
	if (has_segment)
		from = &((const struct rte_ether_hdr *)(ip - RTE_ETHER_HDR_LEN))->src_addr;
	ret = mcr_nd_parse(ip, in->length, from, &nd);
	if (ret != 0)
		return mcr_refuse_reason(ret);
	if (nd.kind != MCR_ND_SOLICITATION)
		return MCR_DROP_NONE;
	if (has_segment)
		mcr_send_inner_frame(control, in->sender.id, answer,
			mcr_nd_build_answer(answer, mcr_fib_segment_mac(control->fib), &nd));
	else
		(void)mcr_send_to_member(
			control, in->sender.id, answer, mcr_nd_build_tunnel_answer(answer, &nd));
	return MCR_DROP_NONE;
}
