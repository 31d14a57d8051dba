/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Private to the library: the headers in front of a copy. */

#ifndef HEADER_H
#define HEADER_H

#include <rte_branch_prediction.h>

#include <mcr_link.h>

#include "mcr_replicate.h"

static inline void
drop_copy(const struct mcr_replicate *replicate, uint32_t member, enum mcr_drop reason)
{
	RTE_ASSERT(reason >= MCR_DROP_FIRST_OF_COPIES && reason < MCR_DROP_COUNT);
	mcr_stats_drop(replicate->stats, reason, 1);
	mcr_stats_add(&replicate->member_drops[member], 1);
}

/** Keep the Ethernet header inside the packet's own segment; make one for another. */
static inline void
put_inner_ethernet(const struct mcr_replicate *replicate, const struct mcr_original *original,
	const struct mcr_template *template, uint8_t *inner)
{
	const uint8_t *packet = rte_pktmbuf_mtod(original->packet, const uint8_t *);

	if (mcr_template_vni(template) == original->vni)
		memcpy(inner - RTE_ETHER_HDR_LEN, packet - RTE_ETHER_HDR_LEN, RTE_ETHER_HDR_LEN);
	else
		mcr_vxlan_write_ethernet_to(inner, &replicate->segment_mac, packet);
}

/** Write all headers in front of an IPv4 packet or a fragment of it; IPv6 needs
 * mcr_template_name_ipv6(), too.
 * @return their length. */
static inline uint16_t
write_headers(const struct mcr_replicate *replicate, const struct mcr_original *original,
	const struct mcr_template *template, uint8_t *inner, uint16_t length)
{
	const uint8_t l2_len = template->inner_l2_len;

	if (unlikely(l2_len != 0))
		put_inner_ethernet(replicate, original, template, inner);
	mcr_template_write(
		template, inner - l2_len, length + l2_len, original->tos, original->entropy);
	return template->header_len + l2_len;
}

/** mcr_template_write() over IPv6 for another hub. @param at Where the prefix is. */
void
write_link_over_ipv6(
	struct mcr_link_original *link, const struct mcr_template *template, uint8_t *at);

/** Write all headers of a copy for another hub. @return their length. */
static inline uint16_t
write_link_headers(
	struct mcr_link_original *link, const struct mcr_template *template, uint8_t *inner)
{
	const struct mcr_original *const original = link->original;
	const uint8_t *const packet = rte_pktmbuf_mtod(original->packet, const uint8_t *);
	const uint16_t around = link->length - original->packet->data_len;
	const uint16_t l2_len = around - link->prefix_len;

	memcpy(inner - l2_len, packet - l2_len, l2_len);
	/* What is in front of a short prefix, the template overwrites. */
	memcpy(inner - l2_len - sizeof(link->prefix), link->prefix, sizeof(link->prefix));
	if (unlikely(mcr_template_has_ipv6(template)))
		write_link_over_ipv6(link, template, inner - around);
	else
		mcr_template_write(template, inner - around, link->length, original->tos,
			mcr_link_original_entropy(link));
	return template->header_len + around;
}

#endif
