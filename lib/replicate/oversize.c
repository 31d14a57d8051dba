/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <string.h>

#include "burst.h"
#include "header.h"

static bool
may_be_cut(const struct mcr_original *original)
{
	const uint8_t *ip = rte_pktmbuf_mtod(original->packet, const uint8_t *);

	/* RFC 8200 5: IPv6 is fragmented by its source alone. */
	return original->version == 4 && (mcr_read_be16(ip + 6) & RTE_IPV4_HDR_DF_FLAG) == 0;
}

static int
start_inner(struct mcr_oversize *oversize)
{
	const struct rte_mbuf *packet = oversize->original->packet;

	return mcr_fragment_start(&oversize->fragmenter, rte_pktmbuf_mtod(packet, const uint8_t *),
		packet->data_len, mcr_template_inner_mtu(oversize->template));
}

/* Fragments need an ID (RFC 6864, RFC 8200 4.5), in IPv4 in place of the template's 0, which would
 * be none. */
static int
start_fragments(struct mcr_oversize *oversize, uint8_t *ip, uint16_t len)
{
	const struct mcr_template *template = oversize->template;
	uint32_t *const id = &oversize->replicate->ids[oversize->member];

	*id += oversize->replicate->id_step;
	if ((uint16_t)*id == 0)
		*id += oversize->replicate->id_step;
	oversize->ethernet = ip - RTE_ETHER_HDR_LEN;
	if (mcr_template_has_ipv6(template))
		return mcr_fragment_start_ipv6(&oversize->fragmenter, ip, len, template->mtu, *id);
	mcr_write_be16(ip + 4, *id);
	mcr_write_be16(ip + 6, 0);
	return mcr_fragment_start(&oversize->fragmenter, ip, len, template->mtu);
}

/* Of a copy for another hub, what is in front of the packet contains the prefix. */
static int
start_outer(struct mcr_oversize *oversize, struct mcr_link_original *link)
{
	const struct mcr_original *original = oversize->original;
	const struct mcr_template *template = oversize->template;
	const uint16_t inner_len = original->packet->data_len;
	const uint32_t l2_len = link != NULL ? link->length - inner_len : template->inner_l2_len;
	const uint32_t around = template->outer_ip_len + l2_len;
	uint8_t *const inner = oversize->replicate->scratch + MCR_ENCAP_LINK_HEADROOM;
	uint8_t *const ip = inner - around;

	if (template->outer_ip_len == 0 || around + inner_len > UINT16_MAX)
		return -1;
	RTE_ASSERT(around <= MCR_ENCAP_LINK_HEADROOM && original->packet->nb_segs == 1);
	memcpy(inner, rte_pktmbuf_mtod(original->packet, const void *), inner_len);
	if (link != NULL)
		write_link_headers(link, template, inner);
	else
		write_headers(oversize->replicate, original, template, inner, inner_len);
	if (link == NULL && original->version == 6)
		mcr_template_name_ipv6(template, inner);
	return start_fragments(oversize, ip, around + inner_len);
}

/* @return 0 or -1: the packet may not be fragmented. */
static int
start_either(struct mcr_oversize *oversize, struct mcr_link_original *link)
{
	if (__atomic_load_n(oversize->replicate->drops_oversize, __ATOMIC_RELAXED))
		return -1;
	if (link == NULL && may_be_cut(oversize->original))
		return start_inner(oversize);
	return start_outer(oversize, link);
}

static void
start(struct mcr_oversize *oversize, struct mcr_link_original *link)
{
	const struct mcr_replicate *replicate = oversize->replicate;

	oversize->template =
		__atomic_load_n(&replicate->templates[oversize->member], __ATOMIC_ACQUIRE);
	if (oversize->template == NULL) {
		drop_copy(replicate, oversize->member, MCR_DROP_COPY_UNRESOLVED);
		return;
	}
	RTE_ASSERT(mcr_encap_is_link(oversize->template->encap) == (link != NULL));
	if (start_either(oversize, link) == 0)
		return;
	drop_copy(replicate, oversize->member, MCR_DROP_COPY_OVERSIZE);
	oversize->fitting = mcr_template_inner_mtu(oversize->template);
	oversize->template = NULL;
}

void
mcr_oversize_start(struct mcr_oversize *oversize, const struct mcr_replicate *replicate,
	const struct mcr_original *original, uint32_t member)
{
	*oversize = (struct mcr_oversize){
		.replicate = replicate,
		.original = original,
		.member = member,
	};
	start(oversize, NULL);
}

void
mcr_oversize_start_link(struct mcr_oversize *oversize, const struct mcr_replicate *replicate,
	struct mcr_link_original *link, uint32_t member)
{
	RTE_ASSERT(link != NULL);
	*oversize = (struct mcr_oversize){
		.replicate = replicate,
		.original = link->original,
		.member = member,
	};
	start(oversize, link);
}

static void
put_inner_header(const struct mcr_oversize *oversize, struct rte_mbuf *copy)
{
	const struct mcr_template *template = oversize->template;
	uint8_t *const inner = rte_pktmbuf_mtod(copy, uint8_t *);

	if (template->encap == MCR_ENCAP_UDP)
		mcr_rewrite_packet(&template->rewrite, inner);
	rte_pktmbuf_prepend(copy, write_headers(oversize->replicate, oversize->original, template,
					  inner, copy->data_len));
}

static void
put_header(const struct mcr_oversize *oversize, struct rte_mbuf *copy)
{
	if (oversize->ethernet == NULL)
		put_inner_header(oversize, copy);
	else
		memcpy(rte_pktmbuf_prepend(copy, RTE_ETHER_HDR_LEN), oversize->ethernet,
			RTE_ETHER_HDR_LEN);
}

static void
append_copy(const struct mcr_oversize *oversize, struct mcr_copies *copies, struct rte_mbuf *copy)
{
	RTE_ASSERT(copies->count < MCR_REPLICATE_BURST);
	copies->packets[copies->count] = copy;
	copies->members[copies->count] = oversize->member;
	burst_append(copies, 1, oversize->template->port, copy->pkt_len);
}

bool
mcr_oversize_next(struct mcr_oversize *oversize, struct mcr_copies *copies)
{
	const struct mcr_replicate *replicate = oversize->replicate;
	struct rte_mbuf *copy;
	uint16_t len;

	if (oversize->template == NULL || mcr_fragment_is_done(&oversize->fragmenter))
		return false;
	if (oversize->frames++ != 0)
		mcr_stats_count(replicate->stats, MCR_STAT_TX_FRAGMENTS, 1);
	copy = rte_pktmbuf_alloc(replicate->copy_pool);
	if (copy == NULL) {
		drop_copy(replicate, oversize->member, MCR_DROP_COPY_NO_MBUF);
		oversize->template = NULL;
		return false;
	}
	len = mcr_fragment_next(&oversize->fragmenter, rte_pktmbuf_mtod(copy, uint8_t *));
	RTE_ASSERT(len > 0 && len <= rte_pktmbuf_tailroom(copy));
	rte_pktmbuf_append(copy, len);
	put_header(oversize, copy);
	append_copy(oversize, copies, copy);
	return true;
}
