/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_branch_prediction.h>

#include "burst.h"
#include "header.h"

_Static_assert(
	RTE_PKTMBUF_HEADROOM >= MCR_ENCAP_COPY_HEADROOM, "a header must fit before the payload");

/* A copy of IPv6 in any case: mcr_oversize_start() says which MTU its sender should obey. */
static void
set_oversize_aside(const struct mcr_replicate *replicate, uint32_t member,
	struct mcr_copies *copies, bool is_ipv6)
{
	RTE_ASSERT(copies->oversize_count < MCR_REPLICATE_BURST);
	if (!is_ipv6 && __atomic_load_n(replicate->drops_oversize, __ATOMIC_RELAXED))
		drop_copy(replicate, member, MCR_DROP_COPY_OVERSIZE);
	else
		copies->oversize[copies->oversize_count++] = member;
}

/* When the pool runs low, its last buffers go to the first receivers. */
static inline uint16_t
take_buffers(struct rte_mempool *pool, uint16_t wanted, struct mcr_copies *copies)
{
	void **const buffers = (void **)&copies->packets[copies->count];
	uint16_t got = 0;

	RTE_ASSERT(pool != NULL && copies->count + wanted <= MCR_REPLICATE_BURST);
	if (likely(rte_mempool_get_bulk(pool, buffers, wanted) == 0))
		return wanted;
	while (got < wanted && rte_mempool_get(pool, &buffers[got]) == 0)
		got++;
	return got;
}

static inline void
return_buffers(struct rte_mempool *pool, uint16_t count, struct mcr_copies *copies)
{
	if (unlikely(count != 0))
		rte_mempool_put_bulk(pool, (void **)&copies->packets[copies->count], count);
}

/* Not every port takes chains, and a shared payload cannot be rewritten. */
static inline bool
may_share(uint32_t sharing, const struct mcr_template *template)
{
	return (sharing >> template->port & 1) != 0 && template->encap != MCR_ENCAP_UDP;
}

static void
fill_ports_and_lengths(
	struct mcr_copies *copies, uint16_t first, uint16_t end, uint16_t port, uint32_t length)
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

	RTE_ASSERT(first + count <= MCR_REPLICATE_BURST && port < RTE_MAX_ETHPORTS);
	copies->count += count;
	if (first == 0)
		fill_ports_and_lengths(copies, 0, 1, port, length);
	if (likely(!copies->is_mixed && copies->ports[0] == port && copies->lengths[0] == length))
		return;
	if (!copies->is_mixed)
		fill_ports_and_lengths(copies, 1, first, copies->ports[0], copies->lengths[0]);
	copies->is_mixed = true;
	fill_ports_and_lengths(copies, first, copies->count, port, length);
}

/* Whether this burst makes the copy; otherwise the receiver is counted or set aside. `udp` rewrites
 * the destination to the member's address, so packets of the other version have no way there. */
static __rte_always_inline bool
is_for_burst(const struct burst *burst, const struct mcr_template *template,
	const struct mcr_receiver *receiver, struct mcr_copies *copies, bool is_ipv6)
{
	const struct mcr_replicate *const replicate = burst->replicate;

	if (unlikely(template == NULL || !mcr_template_takes(template, is_ipv6 ? 6 : 4))) {
		drop_copy(replicate, receiver->member, MCR_DROP_COPY_UNRESOLVED);
		return false;
	}
	RTE_ASSERT(!mcr_encap_is_link(template->encap));
	if (unlikely(burst->original->packet->data_len > mcr_template_inner_mtu(template))) {
		set_oversize_aside(replicate, receiver->member, copies, is_ipv6);
		return false;
	}
	if (burst->sharing != 0 && !may_share(burst->sharing, template)) {
		RTE_ASSERT(copies->unshared_count < MCR_REPLICATE_BURST);
		copies->unshared[copies->unshared_count++] = *receiver;
		return false;
	}
	return true;
}

static void
append_alike(const struct burst *burst, const struct mcr_template *template, uint16_t count,
	struct mcr_copies *copies)
{
	burst_append(copies, count, template->port,
		template->header_len + template->inner_l2_len + burst->original->packet->data_len);
}

/* The variant handles runs of receivers with one header shape and computes shared parts once. */
static __rte_always_inline uint16_t
make_copies(const struct burst *burst, const struct mcr_receiver *receivers, uint16_t count,
	struct mcr_copies *copies, bool is_ipv6)
{
	const struct mcr_replicate *const replicate = burst->replicate;
	const uint16_t buffers = take_buffers(burst->pool, count, copies);
	uint16_t i = 0, made = 0;

	while (i < count) {
		const struct mcr_template *const template = __atomic_load_n(
			&replicate->templates[receivers[i].member], __ATOMIC_ACQUIRE);
		uint16_t alike;

		if (!is_for_burst(burst, template, &receivers[i], copies, is_ipv6)) {
			i++;
			continue;
		}
		if (unlikely(made == buffers)) {
			drop_copy(replicate, receivers[i++].member, MCR_DROP_COPY_NO_MBUF);
			continue;
		}
		/* 0 when the template was replaced in the meantime: the loop reads it again. */
		alike = burst->variant(
			burst, template, &receivers[i], RTE_MIN(count - i, buffers - made), copies);
		RTE_ASSERT(alike <= RTE_MIN(count - i, buffers - made));
		append_alike(burst, template, alike, copies);
		i += alike;
		made += alike;
	}
	return_buffers(burst->pool, buffers - made, copies);
	return made;
}

static __rte_always_inline void
make_copies_that_share(const struct mcr_replicate *replicate, const struct mcr_original *original,
	uint32_t sharing, const struct mcr_receiver *receivers, uint16_t count,
	struct mcr_copies *copies, bool is_ipv6)
{
	const struct burst burst = {
		.replicate = replicate,
		.original = original,
		.pool = replicate->header_pool,
		.variant = is_ipv6 ? burst_ipv6.share_payload : burst_ipv4.share_payload,
		.sharing = sharing,
	};
	uint16_t made;

	copies->unshared_count = 0;
	made = make_copies(&burst, receivers, count, copies, is_ipv6);
	if (likely(made != 0))
		rte_mbuf_refcnt_update(original->packet, made);
}

#if defined(__has_feature)
#define IS_ASAN __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define IS_ASAN 1
#else
#define IS_ASAN 0
#endif

/* Room for whole pieces. Never under ASan, which poisons the bytes beyond a packet. */
static bool
fits_in_pieces(uint32_t room, uint32_t length)
{
#if IS_ASAN
	return room < length;
#endif
	return RTE_ALIGN_CEIL(RTE_MAX(length, 1U), MCR_REPLICATE_CHUNK) <= room;
}

static bool
can_copy_pieces(struct rte_mempool *pool, const struct rte_mbuf *packet)
{
	return fits_in_pieces(packet->buf_len - packet->data_off, packet->data_len) &&
	       fits_in_pieces(
		       rte_pktmbuf_data_room_size(pool) - RTE_PKTMBUF_HEADROOM, packet->data_len);
}

static __rte_always_inline void
make_whole_copies(const struct mcr_replicate *replicate, const struct mcr_original *original,
	const struct mcr_receiver *receivers, uint16_t count, struct mcr_copies *copies,
	bool is_ipv6)
{
	const struct burst_variants *variants = is_ipv6 ? &burst_ipv6 : &burst_ipv4;
	const struct burst burst = {
		.replicate = replicate,
		.original = original,
		.pool = replicate->copy_pool,
		.variant = likely(can_copy_pieces(replicate->copy_pool, original->packet))
	                           ? variants->copy_payload
	                           : variants->copy_payload_exactly,
	};

	make_copies(&burst, receivers, count, copies, is_ipv6);
}

static uint32_t
ports_that_share(const struct mcr_replicate *replicate, const struct rte_mbuf *packet)
{
	uint32_t ports = 0;

	RTE_ASSERT(replicate->port_count <= 32);
	for (uint16_t i = 0; i < replicate->port_count; i++)
		if (packet->data_len >= replicate->share_above[i])
			ports |= UINT32_C(1) << i;
	if (ports != 0 && rte_mbuf_refcnt_read(packet) > BURST_REFCNT_MAX)
		return 0;
	return ports;
}

static __rte_always_inline void
replicate_burst(const struct mcr_replicate *replicate, const struct mcr_original *original,
	const struct mcr_receiver *receivers, uint16_t count, struct mcr_copies *copies,
	bool is_ipv6)
{
	const uint32_t sharing = ports_that_share(replicate, original->packet);

	RTE_ASSERT(original->packet->nb_segs == 1 && count <= MCR_REPLICATE_BURST - copies->count);
	copies->oversize_count = 0;
	mcr_stats_count(replicate->stats, MCR_STAT_COPIES, count);
	if (sharing == 0) {
		make_whole_copies(replicate, original, receivers, count, copies, is_ipv6);
		return;
	}
	make_copies_that_share(replicate, original, sharing, receivers, count, copies, is_ipv6);
	if (unlikely(copies->unshared_count != 0))
		make_whole_copies(replicate, original, copies->unshared, copies->unshared_count,
			copies, is_ipv6);
}

static __rte_noinline void
replicate_ipv6_burst(const struct mcr_replicate *replicate, const struct mcr_original *original,
	const struct mcr_receiver *receivers, uint16_t count, struct mcr_copies *copies)
{
	replicate_burst(replicate, original, receivers, count, copies, true);
}

/* Flat: with few receivers, calls would cost as much as the copies. */
__attribute__((flatten)) void
mcr_replicate_burst(const struct mcr_replicate *replicate, const struct mcr_original *original,
	const struct mcr_receiver *receivers, uint16_t count, struct mcr_copies *copies)
{
	if (unlikely(original->version == 6))
		replicate_ipv6_burst(replicate, original, receivers, count, copies);
	else
		replicate_burst(replicate, original, receivers, count, copies, false);
}

static bool
may_write(const struct rte_mbuf *packet)
{
	return rte_mbuf_refcnt_read(packet) == 1 && !RTE_MBUF_CLONED(packet) &&
	       rte_pktmbuf_headroom(packet) >= MCR_ENCAP_COPY_HEADROOM;
}

static bool
may_be_in_place(const struct mcr_replicate *replicate, const struct rte_mbuf *packet,
	const struct mcr_template *template)
{
	return template != NULL && packet->data_len <= mcr_template_inner_mtu(template) &&
	       (replicate->keeps_packets >> template->port & 1) == 0 && may_write(packet);
}

static __rte_always_inline bool
replicate_in_place(const struct mcr_replicate *replicate, const struct mcr_original *original,
	const struct mcr_receiver *receiver, struct mcr_copies *copies, bool is_ipv6)
{
	const struct mcr_template *template =
		__atomic_load_n(&replicate->templates[receiver->member], __ATOMIC_ACQUIRE);
	struct rte_mbuf *const packet = original->packet;
	const uint16_t length = packet->data_len;
	uint8_t *const inner = rte_pktmbuf_mtod(packet, uint8_t *);

	RTE_ASSERT(packet->nb_segs == 1 && copies->count < MCR_REPLICATE_BURST);
	if (!may_be_in_place(replicate, packet, template))
		return false;
	if (template->encap == MCR_ENCAP_UDP) {
		if (!mcr_template_takes(template, is_ipv6 ? 6 : 4))
			return false;
		mcr_rewrite_packet(&template->rewrite, inner);
	}
	rte_pktmbuf_prepend(packet, write_headers(replicate, original, template, inner, length));
	if (is_ipv6)
		mcr_template_name_ipv6(template, inner);
	packet->ol_flags &= RTE_MBUF_F_EXTERNAL;
	packet->tx_offload = 0;

	mcr_stats_count(replicate->stats, MCR_STAT_COPIES, 1);
	copies->packets[copies->count] = packet;
	copies->members[copies->count] = receiver->member;
	burst_append(copies, 1, template->port, packet->pkt_len);
	return true;
}

static __rte_noinline bool
replicate_ipv6_in_place(const struct mcr_replicate *replicate, const struct mcr_original *original,
	const struct mcr_receiver *receiver, struct mcr_copies *copies)
{
	return replicate_in_place(replicate, original, receiver, copies, true);
}

bool
mcr_replicate_in_place(const struct mcr_replicate *replicate, const struct mcr_original *original,
	const struct mcr_receiver *receiver, struct mcr_copies *copies)
{
	if (unlikely(original->version == 6))
		return replicate_ipv6_in_place(replicate, original, receiver, copies);
	return replicate_in_place(replicate, original, receiver, copies, false);
}
