/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_memcpy.h>

#include "header.h"

_Static_assert(
	RTE_PKTMBUF_HEADROOM >= MCR_ENCAP_COPY_HEADROOM, "a header must fit before the payload");

/** The burst in work: the receivers that can get a copy, and the packet's own facts. */
struct burst {
	const struct mcr_original *original;
	struct rte_mbuf **copies;
	uint16_t count;
	uint16_t length;
	bool rewrites; /* for some receiver the packet itself is changed */
	const struct mcr_template *templates[MCR_REPLICATE_BURST];
};

/* The reference count of an mbuf has 16 bits, and copies of earlier bursts may still hold theirs.
 */
static inline bool
can_share(const struct mcr_replicate *replicate, const struct rte_mbuf *packet)
{
	return packet->data_len >= replicate->share_above &&
	       rte_mbuf_refcnt_read(packet) <= UINT16_MAX - MCR_REPLICATE_BURST;
}

static void
drop_copy(const struct mcr_replicate *replicate, uint32_t member, enum mcr_drop reason)
{
	mcr_stats_drop(replicate->stats, reason, 1);
	mcr_stats_add(&replicate->members[member].drops, 1);
}

static void
set_oversize_aside(
	const struct mcr_replicate *replicate, uint32_t member, struct mcr_copies *copies)
{
	if (__atomic_load_n(replicate->drops_oversize, __ATOMIC_RELAXED))
		drop_copy(replicate, member, MCR_DROP_COPY_OVERSIZE);
	else
		copies->oversize[copies->oversize_count++] = member;
}

/* Keep the receivers to whom a copy can leave now. */
static void
select_receivers(const struct mcr_replicate *replicate, const struct mcr_receiver *receivers,
	uint16_t count, struct burst *burst, struct mcr_copies *copies)
{
	uint32_t *const members = &copies->members[copies->count];

	copies->oversize_count = 0;
	for (uint16_t i = 0; i < count; i++) {
		const uint32_t member = receivers[i].member;
		const struct mcr_template *template =
			__atomic_load_n(&replicate->templates[member], __ATOMIC_ACQUIRE);

		if (unlikely(template == NULL)) {
			drop_copy(replicate, member, MCR_DROP_COPY_UNRESOLVED);
			continue;
		}
		if (unlikely(burst->length > mcr_template_inner_mtu(template))) {
			set_oversize_aside(replicate, member, copies);
			continue;
		}
		burst->rewrites |= template->encap == MCR_ENCAP_UDP;
		members[burst->count] = member;
		burst->templates[burst->count++] = template;
	}
}

/* As many buffers as the pool still has: the last ones of a pool serve the first receivers. */
static void
alloc_copies(const struct mcr_replicate *replicate, struct rte_mempool *pool, struct burst *burst,
	const uint32_t *members)
{
	const uint16_t wanted = burst->count;
	uint16_t got = 0;

	if (likely(rte_pktmbuf_alloc_bulk(pool, burst->copies, wanted) == 0))
		return;
	while (got < wanted && (burst->copies[got] = rte_pktmbuf_alloc(pool)) != NULL)
		got++;
	burst->count = got;
	while (got < wanted)
		drop_copy(replicate, members[got++], MCR_DROP_COPY_NO_MBUF);
}

static inline void
put_headers(const struct mcr_replicate *replicate, const struct burst *burst, uint16_t i)
{
	struct rte_mbuf *copy = burst->copies[i];
	const uint16_t len = write_headers(replicate, burst->original, burst->templates[i],
		rte_pktmbuf_mtod(copy, uint8_t *), burst->length);

	copy->data_off -= len;
	copy->data_len = len;
	copy->pkt_len = len + burst->length;
}

static void
copy_payload(const struct mcr_replicate *replicate, const struct burst *burst)
{
	const void *payload = rte_pktmbuf_mtod(burst->original->packet, const void *);

	for (uint16_t i = 0; i < burst->count; i++) {
		struct rte_mbuf *copy = burst->copies[i];

		rte_memcpy(rte_pktmbuf_mtod(copy, void *), payload, burst->length);
		if (unlikely(burst->rewrites) && burst->templates[i]->encap == MCR_ENCAP_UDP)
			mcr_rewrite_packet(
				&burst->templates[i]->rewrite, rte_pktmbuf_mtod(copy, uint8_t *));
		put_headers(replicate, burst, i);
		copy->data_len = copy->pkt_len;
	}
}

static void
share_payload(const struct mcr_replicate *replicate, const struct burst *burst)
{
	rte_mbuf_refcnt_update(burst->original->packet, burst->count);
	for (uint16_t i = 0; i < burst->count; i++) {
		struct rte_mbuf *header = burst->copies[i];

		put_headers(replicate, burst, i);
		header->next = burst->original->packet;
		header->nb_segs = 2;
	}
}

void
mcr_replicate_burst(const struct mcr_replicate *replicate, const struct mcr_original *original,
	const struct mcr_receiver *receivers, uint16_t count, struct mcr_copies *copies)
{
	const uint16_t first = copies->count;
	bool share;
	struct burst burst = {
		.original = original,
		.copies = &copies->packets[first],
		.length = original->packet->data_len,
	};

	mcr_stats_count(replicate->stats, MCR_STAT_COPIES, count);
	select_receivers(replicate, receivers, count, &burst, copies);

	share = !burst.rewrites && can_share(replicate, original->packet);
	alloc_copies(replicate, share ? replicate->header_pool : replicate->copy_pool, &burst,
		&copies->members[first]);
	if (share)
		share_payload(replicate, &burst);
	else
		copy_payload(replicate, &burst);

	for (uint16_t i = 0; i < burst.count; i++) {
		copies->ports[first + i] = burst.templates[i]->port;
		copies->lengths[first + i] = burst.copies[i]->pkt_len;
	}
	copies->count += burst.count;
}
