/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include <rte_cycles.h>
#include <rte_debug.h>

#include "datapath/flow.h"
#include "datapath/outer.h"
#include "datapath/refuse.h"
#include "fib/fib.h"

/* At an undeclared UDP port the encapsulation is unknown. */
static uint8_t
encap_of(const struct mcr_packet *packet)
{
	const bool is_unknown = packet->encap == MCR_ENCAP_L2 && packet->udp_port != 0;

	return is_unknown ? MCR_ENCAP_COUNT : packet->encap;
}

static void
set_address(struct mcr_refused_sender *sender, uint32_t address)
{
	if (mcr_address_is_ipv6(address))
		sender->ipv6 = *mcr_address_ipv6(address);
	else
		sender->address = address;
}

/* A VNI counts as a key; the `key` of an AMT packet is the UDP port of the relay. */
static struct mcr_refused_sender
sender_of_packet(const struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	const bool has_key = packet->encap == MCR_ENCAP_VXLAN || packet->has_key;
	const uint8_t *source = mcr_outer_ipv6_source(frame);
	struct mcr_refused_sender sender = {
		.key = has_key ? packet->key : 0,
		.mac = packet->source_mac,
		.encap = encap_of(packet),
		.has_key = has_key,
	};

	if (source == NULL)
		sender.address = packet->outer_source;
	else
		memcpy(&sender.ipv6, source, sizeof(sender.ipv6));
	return sender;
}

static struct mcr_refused_sender
sender_of_member(const struct mcr_member *member)
{
	const struct mcr_member_identity *identity = &member->identity;
	const bool has_key = identity->encap == MCR_ENCAP_VXLAN || identity->has_key;
	struct mcr_refused_sender sender = {
		.key = has_key ? identity->key : 0,
		.encap = identity->encap,
		.has_key = has_key,
	};

	set_address(&sender, identity->address);
	return sender;
}

static struct mcr_refused_packet
packet_seen(const struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	struct mcr_refused_packet last = {
		.destination = packet->destination,
		.udp_port = packet->udp_port,
	};

	if (packet->verdict == MCR_VERDICT_DATA_IPV6 || packet->verdict == MCR_VERDICT_LOCAL_IPV6)
		memcpy(&last.ipv6_destination,
			rte_pktmbuf_mtod_offset(frame, const uint8_t *,
				packet->inner_offset + MCR_IPV6_DESTINATION),
			sizeof(last.ipv6_destination));
	return last;
}

static void
record_and_drop(struct mcr_lcore *lcore, struct rte_mbuf *frame,
	const struct mcr_refused_sender *sender, const struct mcr_refused_packet *packet,
	enum mcr_drop reason)
{
	RTE_ASSERT(reason != MCR_DROP_NONE);
	mcr_refused_note(lcore->refused, reason, sender, packet, rte_rdtsc());
	mcr_stats_drop(&lcore->stats, reason, 1);
	rte_pktmbuf_free(frame);
}

enum mcr_drop
mcr_refuse_reason(int error)
{
	RTE_ASSERT(error < 0);
	switch (error) {
	case -EINVAL:
		return MCR_DROP_MALFORMED;
	case -EBADMSG:
		return MCR_DROP_BAD_CHECKSUM;
	default:
		return MCR_DROP_NOT_FOR_US;
	}
}

void
mcr_refuse_packet(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet,
	enum mcr_drop reason)
{
	const struct mcr_refused_sender sender = sender_of_packet(frame, packet);
	const struct mcr_refused_packet last = packet_seen(frame, packet);

	record_and_drop(lcore, frame, &sender, &last, reason);
}

void
mcr_refuse_member(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet,
	const struct mcr_member *sender, enum mcr_drop reason)
{
	const struct mcr_refused_sender member = sender_of_member(sender);
	const struct mcr_refused_packet last = packet_seen(frame, packet);

	record_and_drop(lcore, frame, &member, &last, reason);
}

static struct mcr_refused_packet
packet_of_job(const struct mcr_job *job)
{
	const uint8_t *ip = rte_pktmbuf_mtod(job->packet, const uint8_t *);
	struct mcr_refused_packet last = {0};

	if (job->version == 4)
		last.destination = mcr_flow_of(ip).group;
	else if (job->version == 6)
		memcpy(&last.ipv6_destination, ip + MCR_IPV6_DESTINATION,
			sizeof(last.ipv6_destination));
	return last;
}

/* The numbers of IPv6 and of instances behind a NAT say nothing without their member. */
static bool
is_ipv4_host(uint32_t instance)
{
	return instance < MCR_MEMBER_NAT_INSTANCES && !mcr_address_is_ipv6(instance);
}

void
mcr_refuse_job(struct mcr_lcore *lcore, const struct mcr_job *job, enum mcr_drop reason)
{
	const struct mcr_member *member = mcr_member_get(lcore->fib->members, job->sender);
	const struct mcr_refused_packet last = packet_of_job(job);
	struct mcr_refused_sender sender = {.encap = MCR_ENCAP_COUNT};

	/* The id may have been reused. */
	if (member != NULL && mcr_member_instance(member, job->sender) == job->sender_address)
		sender = sender_of_member(member);
	else if (is_ipv4_host(job->sender_address))
		sender.address = job->sender_address;
	record_and_drop(lcore, job->packet, &sender, &last, reason);
}

void
mcr_refuse_join(struct mcr_lcore *lcore, const struct mcr_member *member, uint32_t group,
	enum mcr_igmp_rejection why)
{
	const struct mcr_refused_sender sender = sender_of_member(member);
	struct mcr_refused_packet last = {.detail = why};

	if (mcr_address_is_ipv6(group))
		last.ipv6_destination = *mcr_address_ipv6(group);
	else
		last.destination = group;
	mcr_refused_note(lcore->refused, MCR_REFUSED_JOIN, &sender, &last, rte_rdtsc());
}
