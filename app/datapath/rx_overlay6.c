/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <netinet/icmp6.h>

#include <rte_cycles.h>

#include "datapath/rx_overlay6.h"
#include "datapath/rx_police.h"
#include "datapath/rx_source.h"
#include "datapath/rx_steps.h"

/* Stations that one lcore seeks in a second, of all members together. */
#define SEEKS_PER_S 1000

static const uint8_t *
ip_of(const struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	return rte_pktmbuf_mtod_offset(frame, const uint8_t *, packet->inner_offset);
}

/* The type of a message of ICMPv6 without extension headers, which neighbour discovery never has
 * (RFC 6980), or 0. */
static uint8_t
icmp_type(const uint8_t *ip, uint32_t len)
{
	return len > MCR_IPV6_HEADER_LEN && ip[6] == IPPROTO_ICMPV6 ? ip[MCR_IPV6_HEADER_LEN] : 0;
}

const uint8_t *
mcr_rx_overlay6_target(const uint8_t *ip, uint32_t len)
{
	if (len < MCR_IPV6_HEADER_LEN + sizeof(struct nd_neighbor_solicit) ||
		icmp_type(ip, len) != ND_NEIGHBOR_SOLICIT)
		return NULL;
	return ip + MCR_IPV6_HEADER_LEN + offsetof(struct nd_neighbor_solicit, nd_ns_target);
}

static uint32_t
find_receiver(const struct mcr_fib *fib, const struct mcr_member *sender, uint32_t address)
{
	const uint32_t member = mcr_placement_find_overlay6(fib, &sender->hub_overlay6, address);

	if (address == MCR_ADDRESS_NONE || member != MCR_MEMBER_NONE)
		return member;
	return mcr_rx_find_remote_host(fib, &sender->hub_overlay6, address);
}

static bool
is_in_segment(const struct mcr_members *members, uint32_t id)
{
	const struct mcr_member *member = mcr_member_get(members, id);

	return member != NULL && mcr_encap_has_segment(member->identity.encap);
}

/* Stations of segments reach each other without the hub, or not at all. */
static bool
is_routed(const struct mcr_fib *fib, const struct mcr_member *sender, uint32_t receiver)
{
	return receiver != MCR_MEMBER_NONE && mcr_member_get(fib->members, receiver) != sender &&
	       !(mcr_encap_has_segment(sender->identity.encap) &&
		       is_in_segment(fib->members, receiver));
}

/* What another hub serves is in the segment too if that hub is: then it answers, or the station. */
static bool
answers_itself(const struct mcr_fib *fib, uint32_t receiver, uint32_t vni)
{
	const struct mcr_member *member = mcr_member_get(fib->members, receiver);

	return vni != MCR_VNI_NONE && member != NULL && member->origin == MCR_MEMBER_PEER &&
	       mcr_peers_have_segment(fib, vni, receiver);
}

bool
mcr_rx_overlay6_solicits_hub(const struct mcr_fib *fib, const struct mcr_member *sender,
	uint32_t vni, const uint8_t *ip, uint32_t len)
{
	const uint8_t *const target = mcr_rx_overlay6_target(ip, len);
	const uint32_t address = target != NULL ? mcr_address_find(target) : MCR_ADDRESS_NONE;
	uint32_t receiver;

	if (address == MCR_ADDRESS_NONE)
		return false;
	if (address == sender->hub_overlay6.hub)
		return true;
	receiver = find_receiver(fib, sender, address);
	return is_routed(fib, sender, receiver) && !answers_itself(fib, receiver, vni);
}

/* A neighbour that the hub solicited has told its MAC, which is learned already. */
static bool
is_advertisement(const uint8_t *ip, uint32_t len)
{
	return icmp_type(ip, len) == ND_NEIGHBOR_ADVERT;
}

/* RFC 4291 2.5.2, 2.5.6: a router does not forward it. */
static bool
leaves_no_link(const uint8_t *ip)
{
	const uint8_t *const source = ip + MCR_IPV6_SOURCE;

	return mcr_ipv6_is_link_local(source) || mcr_ipv6_is_unspecified(source);
}

/* Without its MAC a packet is broadcast, which hosts accept from UDP and ICMP, but not from TCP. */
static void
seek_station(struct mcr_lcore *lcore, struct mcr_member_ref member)
{
	struct mcr_learn_event event = {.member = member, .is_sought = true};

	if (lcore->rx.now < lcore->rx.may_seek)
		return;
	lcore->rx.may_seek = lcore->rx.now + rte_get_timer_hz() / SEEKS_PER_S;
	(void)mcr_rx_source_report(lcore, &event);
}

void
mcr_rx_overlay6_enter_segment(struct mcr_lcore *lcore, struct mcr_job *job)
{
	const struct mcr_member *member = mcr_member_get(lcore->fib->members, job->receiver.id);
	uint8_t *ip = rte_pktmbuf_mtod(job->packet, uint8_t *);
	struct rte_ether_addr own;

	if (member == NULL || !mcr_encap_has_segment(member->identity.encap))
		return;
	job->vni = member->identity.key;
	mcr_vxlan_write_ethernet_to(ip, mcr_fib_segment_mac(lcore->fib), ip);
	if (mcr_segment_own_station(lcore->fib->segments, job->receiver.id, &own))
		memcpy(ip - RTE_ETHER_HDR_LEN, &own, sizeof(own));
	else
		seek_station(lcore, job->receiver);
}

static void
forward(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet,
	uint32_t sender_id, const struct mcr_member *sender, uint32_t receiver)
{
	struct mcr_job job = {
		.packet = frame,
		.kind = MCR_JOB_MEMBER,
		.sender_address = mcr_member_instance(sender, sender_id),
		.flow = mcr_flow_hash_ipv6(ip_of(frame, packet)),
		.sender = sender_id,
		.vni = MCR_VNI_NONE,
		.tos = packet->tos,
		.version = 6,
	};

	mcr_rx_count_sender(lcore, sender_id, 1, packet->inner_len);
	mcr_rx_trim_to_inner(frame, packet);
	if (mcr_policy_takes_hop(lcore->fib) && !mcr_rx_take_hop(frame)) {
		mcr_refuse_job(lcore, &job, mcr_policy_no_receiver(true));
		return;
	}
	if (receiver == MCR_MEMBER_NONE) {
		mcr_refuse_job(lcore, &job, mcr_policy_no_receiver(false));
		return;
	}
	job.receiver = mcr_member_refer(lcore->fib->members, receiver);
	mcr_rx_overlay6_enter_segment(lcore, &job);
	mcr_rx_hand_off(lcore, &job);
}

/* Solicitations of the hub were taken before. */
static void
receive_for_hub(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet,
	uint32_t sender_id)
{
	if (is_advertisement(ip_of(frame, packet), packet->inner_len))
		mcr_rx_punt(lcore, frame, packet, MCR_PUNT_ND, sender_id);
	else
		mcr_rx_pass_echo(lcore, frame, packet, sender_id);
}

void
mcr_rx_overlay6_unicast(struct mcr_lcore *lcore, struct rte_mbuf *frame,
	const struct mcr_packet *packet, uint32_t sender_id, const struct mcr_member *sender,
	enum mcr_drop nobody)
{
	const uint8_t *const ip = ip_of(frame, packet);
	const uint32_t address = mcr_address_find(ip + MCR_IPV6_DESTINATION);
	uint32_t receiver;

	if (address != MCR_ADDRESS_NONE && address == sender->hub_overlay6.hub) {
		receive_for_hub(lcore, frame, packet, sender_id);
		return;
	}
	receiver =
		leaves_no_link(ip) ? MCR_MEMBER_NONE : find_receiver(lcore->fib, sender, address);
	if (nobody != MCR_DROP_NO_RECEIVER && !is_routed(lcore->fib, sender, receiver))
		mcr_refuse_member(lcore, frame, packet, sender, nobody);
	else if (mcr_rx_police(lcore, frame, packet, sender_id, sender))
		forward(lcore, frame, packet, sender_id, sender, receiver);
}

void
mcr_rx_overlay6_packet(struct mcr_lcore *lcore, struct rte_mbuf *frame,
	const struct mcr_packet *packet, uint32_t sender_id, const struct mcr_member *sender)
{
	const uint8_t *const ip = ip_of(frame, packet);

	if (mcr_rx_overlay6_solicits_hub(lcore->fib, sender, MCR_VNI_NONE, ip, packet->inner_len))
		mcr_rx_punt(lcore, frame, packet, MCR_PUNT_ND, sender_id);
	else if (mcr_ipv6_is_multicast(ip + MCR_IPV6_DESTINATION))
		mcr_refuse_member(lcore, frame, packet, sender, MCR_DROP_NO_RECEIVER);
	else
		mcr_rx_overlay6_unicast(
			lcore, frame, packet, sender_id, sender, MCR_DROP_NO_RECEIVER);
}
