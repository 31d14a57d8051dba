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

/** Write all headers of a copy for another hub. @return their length. */
static inline uint16_t
write_link_headers(const struct mcr_original *original, const struct mcr_template *template,
	const uint8_t *prefix, uint8_t *inner)
{
	const uint8_t *const packet = rte_pktmbuf_mtod(original->packet, const uint8_t *);
	const uint16_t length = mcr_link_payload_len(original);
	const uint16_t l2_len = length - original->packet->data_len;
	uint8_t *const at = inner - l2_len - MCR_LINK_PREFIX_LEN;

	memcpy(inner - l2_len, packet - l2_len, l2_len);
	memcpy(at, prefix, MCR_LINK_PREFIX_LEN);
	mcr_template_write(template, at, MCR_LINK_PREFIX_LEN + length, original->tos,
		mcr_link_entropy(mcr_link_prefix_lane(prefix)));
	return template->header_len + MCR_LINK_PREFIX_LEN + l2_len;
}

#endif
