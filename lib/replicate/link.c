/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* The copy for another hub. At most one a packet and hub, so there is no loop to make fast. */

#include <string.h>

#include <rte_branch_prediction.h>

#include "burst.h"
#include "header.h"

_Static_assert(
	RTE_PKTMBUF_HEADROOM >= MCR_ENCAP_LINK_HEADROOM, "a header must fit before the payload");

static bool
may_share(const struct mcr_replicate *replicate, const struct rte_mbuf *packet, uint16_t port)
{
	RTE_ASSERT(port < replicate->port_count);
	return packet->data_len >= replicate->share_above[port] &&
	       rte_mbuf_refcnt_read(packet) <= BURST_REFCNT_MAX;
}

static struct rte_mbuf *
share_packet(const struct mcr_replicate *replicate, struct rte_mbuf *packet)
{
	struct rte_mbuf *const copy = rte_pktmbuf_alloc(replicate->header_pool);

	if (unlikely(copy == NULL))
		return NULL;
	copy->next = packet;
	copy->nb_segs = 2;
	copy->pkt_len = packet->data_len;
	rte_mbuf_refcnt_update(packet, 1);
	return copy;
}

static struct rte_mbuf *
copy_packet(const struct mcr_replicate *replicate, const struct rte_mbuf *packet)
{
	struct rte_mbuf *const copy = rte_pktmbuf_alloc(replicate->copy_pool);

	if (unlikely(copy == NULL))
		return NULL;
	RTE_ASSERT(rte_pktmbuf_tailroom(copy) >= packet->data_len);
	memcpy(rte_pktmbuf_append(copy, packet->data_len), rte_pktmbuf_mtod(packet, const void *),
		packet->data_len);
	return copy;
}

/* The packet may be another segment than its headers, and is the same for all hubs. */
static uint16_t
sum_packet(struct mcr_link_original *link)
{
	const uint32_t around = link->length - link->original->packet->data_len;
	const uint8_t *const packet = rte_pktmbuf_mtod(link->original->packet, const uint8_t *);
	const uint32_t l2_len = around - link->prefix_len;

	if (link->is_summed)
		return link->sum;
	link->sum = mcr_checksum_fold(
		(uint64_t)(uint16_t)~mcr_checksum(
			packet - l2_len, link->length - link->prefix_len) +
		(uint16_t)~mcr_checksum(mcr_link_prefix(link) + MCR_GRE_OPTION_LEN,
			link->prefix_len - MCR_GRE_OPTION_LEN));
	link->is_summed = true;
	return link->sum;
}

void
write_link_over_ipv6(
	struct mcr_link_original *link, const struct mcr_template *template, uint8_t *at)
{
	uint64_t sum = 0;
	uint32_t sequence;

	memcpy(&sequence, at, sizeof(sequence));
	if (template->outer_udp_len != 0)
		sum = (uint64_t)sequence + sum_packet(link);
	mcr_template_write_ipv6_sum(template, at, link->length, link->original->tos,
		mcr_link_original_entropy(link), sum);
}

static bool
append_copy(const struct mcr_replicate *replicate, struct mcr_link_original *link,
	const struct mcr_template *template, uint32_t member, struct mcr_copies *copies)
{
	struct rte_mbuf *const packet = link->original->packet;
	struct rte_mbuf *const copy = may_share(replicate, packet, template->port)
	                                      ? share_packet(replicate, packet)
	                                      : copy_packet(replicate, packet);

	if (unlikely(copy == NULL)) {
		drop_copy(replicate, member, MCR_DROP_COPY_NO_MBUF);
		return false;
	}
	rte_pktmbuf_prepend(
		copy, write_link_headers(link, template, rte_pktmbuf_mtod(copy, uint8_t *)));
	copies->packets[copies->count] = copy;
	copies->members[copies->count] = member;
	burst_append(copies, 1, template->port, copy->pkt_len);
	return true;
}

static bool
handle_oversize(const struct mcr_replicate *replicate, uint32_t member, struct mcr_copies *copies)
{
	if (__atomic_load_n(replicate->drops_oversize, __ATOMIC_RELAXED)) {
		drop_copy(replicate, member, MCR_DROP_COPY_OVERSIZE);
		return false;
	}
	copies->oversize[copies->oversize_count++] = member;
	return true;
}

bool
mcr_replicate_link(const struct mcr_replicate *replicate, struct mcr_link_original *link,
	const struct mcr_receiver *receiver, uint32_t sequence, struct mcr_copies *copies)
{
	const uint32_t member = receiver->member;
	const struct mcr_template *const template =
		__atomic_load_n(&replicate->templates[member], __ATOMIC_ACQUIRE);

	RTE_ASSERT(link->original->packet->nb_segs == 1 && copies->count < MCR_REPLICATE_BURST);
	copies->oversize_count = 0;
	mcr_stats_count(replicate->stats, MCR_STAT_COPIES, 1);
	if (unlikely(template == NULL)) {
		drop_copy(replicate, member, MCR_DROP_COPY_UNRESOLVED);
		return false;
	}
	RTE_ASSERT(mcr_encap_is_link(template->encap));
	mcr_write_be32(mcr_link_prefix(link), sequence);
	if (unlikely(link->length + template->outer_ip_len > template->mtu))
		return handle_oversize(replicate, member, copies);
	return append_copy(replicate, link, template, member, copies);
}

void
mcr_replicate_link_frame(const struct mcr_template *template, uint32_t member,
	struct rte_mbuf *frame, uint32_t sequence, uint8_t tos, struct mcr_copies *copies)
{
	uint8_t *const prefix = (uint8_t *)rte_pktmbuf_prepend(frame, MCR_GRE_OPTION_LEN);

	RTE_ASSERT(frame->nb_segs == 1 && mcr_encap_is_link(template->encap));
	RTE_ASSERT(copies->count < MCR_REPLICATE_BURST);
	mcr_write_be32(prefix, sequence);
	mcr_template_write(template, prefix, frame->data_len, tos,
		mcr_link_entropy(mcr_link_prefix_lane(prefix)));
	rte_pktmbuf_prepend(frame, template->header_len);
	copies->packets[copies->count] = frame;
	copies->members[copies->count] = member;
	burst_append(copies, 1, template->port, frame->pkt_len);
}
