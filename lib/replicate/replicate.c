/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_branch_prediction.h>

#include "burst.h"
#include "header.h"

_Static_assert(
	RTE_PKTMBUF_HEADROOM >= MCR_ENCAP_COPY_HEADROOM, "a header must fit before the payload");

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

static inline bool
is_in_mtu(const struct burst *burst, const struct mcr_template *template)
{
	return burst->length <= mcr_template_inner_mtu(template);
}

/* A shared payload cannot be rewritten for one receiver, and not every port takes chains. */
static inline bool
is_shared(uint32_t sharing, const struct mcr_template *template)
{
	return (sharing >> template->port & 1) != 0 && template->encap != MCR_ENCAP_UDP;
}

/* What a header's shape decides: whether a copy, or with ports that share a shared one, can leave
 * now. The answer holds for all of that shape.
 */
static bool
accept_shape(struct burst *burst, const struct mcr_receiver *receiver,
	const struct mcr_template *template, bool share, uint32_t sharing,
	struct mcr_copies *copies)
{
	if (template == NULL) {
		drop_copy(burst->replicate, receiver->member, MCR_DROP_COPY_UNRESOLVED);
		return false;
	}
	if (!is_in_mtu(burst, template)) {
		set_oversize_aside(burst->replicate, receiver->member, copies);
		return false;
	}
	if (share && !is_shared(sharing, template)) {
		copies->unshared[copies->unshared_count++] = *receiver;
		return false;
	}
	burst->is_uniform = burst->shape == 0;
	burst->shape = mcr_template_shape(template);
	return true;
}

/* Keep the receivers to whom a copy can leave now. */
static __rte_always_inline void
select_receivers(struct burst *burst, const struct mcr_receiver *receivers, uint16_t count,
	bool share, uint32_t sharing, struct mcr_copies *copies)
{
	struct mcr_template *const *const templates = burst->replicate->templates;
	uint32_t *const members = &copies->members[copies->count];
	uint32_t n = 0;

	burst->shape = 0;
	burst->is_uniform = false;
	for (uint32_t i = 0; i < count; i++) {
		const uint32_t member = receivers[i].member;
		const struct mcr_template *template =
			__atomic_load_n(&templates[member], __ATOMIC_ACQUIRE);

		if (unlikely(template == NULL || mcr_template_shape(template) != burst->shape) &&
			!accept_shape(burst, &receivers[i], template, share, sharing, copies))
			continue;
		members[n] = member;
		burst->templates[n++] = template;
	}
	burst->count = n;
}

/* As many buffers as the pool still has: the last ones of a pool serve the first receivers. */
static void
take_buffers(const struct mcr_replicate *replicate, struct rte_mempool *pool, struct burst *burst,
	struct mcr_copies *copies)
{
	void **const buffers = (void **)&copies->packets[copies->count];
	const uint16_t wanted = burst->count;
	uint16_t got = 0;

	if (likely(rte_mempool_get_bulk(pool, buffers, wanted) == 0))
		return;
	while (got < wanted && rte_mempool_get(pool, &buffers[got]) == 0)
		got++;
	burst->count = got;
	while (got < wanted)
		drop_copy(replicate, copies->members[copies->count + got++], MCR_DROP_COPY_NO_MBUF);
}

static void
fill(struct mcr_copies *copies, uint16_t first, uint16_t end, uint16_t port, uint32_t length)
{
	for (uint16_t i = first; i < end; i++) {
		copies->ports[i] = port;
		copies->lengths[i] = length;
	}
}

void
burst_append(struct mcr_copies *copies, uint16_t count, uint16_t port, uint32_t length)
{
	const uint16_t first = copies->count;

	copies->count += count;
	if (first == 0)
		fill(copies, 0, 1, port, length);
	if (likely(!copies->is_mixed && copies->ports[0] == port && copies->lengths[0] == length))
		return;
	if (!copies->is_mixed)
		fill(copies, 1, first, copies->ports[0], copies->lengths[0]);
	copies->is_mixed = true;
	fill(copies, first, copies->count, port, length);
}

static uint32_t
length_of_copy(const struct burst *burst, const struct mcr_template *template)
{
	return template->header_len + template->inner_l2_len + burst->length;
}

/* What is sent and counted, beside the buffers. */
static void
append(const struct burst *burst, struct mcr_copies *copies)
{
	const struct mcr_template *const *const templates = burst->templates;

	if (likely(burst->is_uniform)) {
		burst_append(copies, burst->count, templates[0]->port,
			length_of_copy(burst, templates[0]));
		return;
	}
	for (uint32_t i = 0; i < burst->count; i++)
		burst_append(copies, 1, templates[i]->port, length_of_copy(burst, templates[i]));
}

static void
share(const struct mcr_replicate *replicate, struct burst *burst, uint32_t sharing,
	const struct mcr_receiver *receivers, uint16_t count, struct mcr_copies *copies)
{
	copies->unshared_count = 0;
	select_receivers(burst, receivers, count, true, sharing, copies);
	take_buffers(replicate, replicate->header_pool, burst, copies);
	if (burst->count == 0)
		return;
	rte_mbuf_refcnt_update(burst->original->packet, burst->count);
	burst_share(burst, copies);
	append(burst, copies);
}

#if defined(__has_feature)
#define IS_ASAN __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define IS_ASAN 1
#else
#define IS_ASAN 0
#endif

/* Room for whole pieces; where bytes beyond a packet are poisoned, none are touched. */
static bool
has_room(uint32_t room, uint32_t length)
{
#if IS_ASAN
	return room < length;
#endif
	return RTE_ALIGN_CEIL(RTE_MAX(length, 1U), MCR_REPLICATE_CHUNK) <= room;
}

static void
copy(const struct mcr_replicate *replicate, struct burst *burst,
	const struct mcr_receiver *receivers, uint16_t count, struct mcr_copies *copies)
{
	struct rte_mempool *const pool = replicate->copy_pool;
	const struct rte_mbuf *packet = burst->original->packet;

	select_receivers(burst, receivers, count, false, 0, copies);
	take_buffers(replicate, pool, burst, copies);
	if (burst->count == 0)
		return;
	if (likely(has_room(packet->buf_len - packet->data_off, burst->length) &&
		    has_room(rte_pktmbuf_data_room_size(pool) - RTE_PKTMBUF_HEADROOM,
			    burst->length)))
		burst_copy(burst, copies);
	else
		burst_copy_exactly(burst, copies);
	append(burst, copies);
}

/* The reference count of an mbuf has 16 bits, and copies of earlier bursts may still hold theirs.
 */
static uint32_t
ports_that_share(const struct mcr_replicate *replicate, const struct rte_mbuf *packet)
{
	uint32_t ports = 0;

	for (uint16_t i = 0; i < replicate->port_count; i++)
		if (packet->data_len >= replicate->share_above[i])
			ports |= UINT32_C(1) << i;
	if (ports != 0 && rte_mbuf_refcnt_read(packet) > UINT16_MAX - MCR_REPLICATE_BURST)
		return 0;
	return ports;
}

void
mcr_replicate_burst(const struct mcr_replicate *replicate, const struct mcr_original *original,
	const struct mcr_receiver *receivers, uint16_t count, struct mcr_copies *copies)
{
	const uint32_t sharing = ports_that_share(replicate, original->packet);
	struct burst burst;

	burst.replicate = replicate;
	burst.original = original;
	burst.length = original->packet->data_len;
	copies->oversize_count = 0;
	mcr_stats_count(replicate->stats, MCR_STAT_COPIES, count);
	if (sharing == 0) {
		copy(replicate, &burst, receivers, count, copies);
		return;
	}
	share(replicate, &burst, sharing, receivers, count, copies);
	if (unlikely(copies->unshared_count != 0))
		copy(replicate, &burst, copies->unshared, copies->unshared_count, copies);
}

/* The packet may be another's, too, or lie in a buffer that has no room in front. */
static bool
is_ours(const struct rte_mbuf *packet)
{
	return rte_mbuf_refcnt_read(packet) == 1 && !RTE_MBUF_CLONED(packet) &&
	       rte_pktmbuf_headroom(packet) >= MCR_ENCAP_COPY_HEADROOM;
}

static bool
may_be_in_place(const struct mcr_replicate *replicate, const struct rte_mbuf *packet,
	const struct mcr_template *template)
{
	return template != NULL && packet->data_len <= mcr_template_inner_mtu(template) &&
	       (replicate->keeps_packets >> template->port & 1) == 0 && is_ours(packet);
}

bool
mcr_replicate_in_place(const struct mcr_replicate *replicate, const struct mcr_original *original,
	const struct mcr_receiver *receiver, struct mcr_copies *copies)
{
	const struct mcr_template *template =
		__atomic_load_n(&replicate->templates[receiver->member], __ATOMIC_ACQUIRE);
	struct rte_mbuf *const packet = original->packet;
	const uint16_t length = packet->data_len;
	uint8_t *const inner = rte_pktmbuf_mtod(packet, uint8_t *);

	if (!may_be_in_place(replicate, packet, template))
		return false;
	if (template->encap == MCR_ENCAP_UDP)
		mcr_rewrite_packet(&template->rewrite, inner);
	rte_pktmbuf_prepend(packet, write_headers(replicate, original, template, inner, length));
	packet->ol_flags &= RTE_MBUF_F_EXTERNAL;
	packet->tx_offload = 0;

	mcr_stats_count(replicate->stats, MCR_STAT_COPIES, 1);
	copies->packets[copies->count] = packet;
	copies->members[copies->count] = receiver->member;
	burst_append(copies, 1, template->port, packet->pkt_len);
	return true;
}
