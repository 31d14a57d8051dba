/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * The loops that make copies. Each is compiled for machines with and without AVX2, so one program
 * serves all.
 */

#include <string.h>

#include <rte_branch_prediction.h>

#include "burst.h"
#include "header.h"

/* What is copied at once: more than the packet is, where both buffers have the room. */
#define CHUNK MCR_REPLICATE_CHUNK

#define VECTOR(bytes) __attribute__((vector_size(bytes), aligned(1), may_alias))

typedef uint64_t vector16 VECTOR(16);
typedef uint64_t vector32 VECTOR(32);

typedef void (*copy_bytes)(uint8_t *to, const uint8_t *from, uint32_t length);

static __rte_always_inline void
copy_exactly(uint8_t *to, const uint8_t *from, uint32_t length)
{
	memcpy(to, from, length);
}

static __rte_always_inline void
copy_by_16(uint8_t *to, const uint8_t *from, uint32_t length)
{
	for (uint32_t i = 0; i < length; i += CHUNK) {
		const vector16 a = *(const vector16 *)(from + i);
		const vector16 b = *(const vector16 *)(from + i + 16);
		const vector16 c = *(const vector16 *)(from + i + 32);
		const vector16 d = *(const vector16 *)(from + i + 48);

		*(vector16 *)(to + i) = a;
		*(vector16 *)(to + i + 16) = b;
		*(vector16 *)(to + i + 32) = c;
		*(vector16 *)(to + i + 48) = d;
	}
}

static __rte_always_inline void
copy_by_32(uint8_t *to, const uint8_t *from, uint32_t length)
{
	for (uint32_t i = 0; i < length; i += CHUNK) {
		const vector32 a = *(const vector32 *)(from + i);
		const vector32 b = *(const vector32 *)(from + i + 32);

		*(vector32 *)(to + i) = a;
		*(vector32 *)(to + i + 32) = b;
	}
}

/* Where the packet begins in a copy. */
static __rte_always_inline uint8_t *
inner_of(const struct rte_mbuf *copy)
{
	return (uint8_t *)copy->buf_addr + RTE_PKTMBUF_HEADROOM;
}

/*
 * Buffers come raw from their pool: rte_mbuf.h promises one reference, one segment and no next.
 * What a sender has to set beside is set here: tx_offload means nothing without flags, and the rest
 * is of reception.
 */
static __rte_always_inline void
set_lengths(struct rte_mbuf *copy, uint16_t header_len, uint32_t length, uint16_t data_len)
{
	copy->data_off = RTE_PKTMBUF_HEADROOM - header_len;
	copy->ol_flags = 0;
	copy->pkt_len = length;
	copy->data_len = data_len;
}

static __rte_always_inline void
chain(struct rte_mbuf *header, struct rte_mbuf *payload)
{
	header->next = payload;
	header->nb_segs = 2;
}

/* Headers of one shape: offsets, lengths and all fields but the checksum are found out once. */
static __rte_always_inline void
make_alike(const struct burst *burst, struct rte_mbuf **copies, bool has_ip, bool has_udp,
	bool share, copy_bytes copy_line, copy_bytes copy_payload)
{
	const struct mcr_template shape = *burst->templates[0];
	struct rte_mbuf *const packet = burst->original->packet;
	const uint8_t *const payload = rte_pktmbuf_mtod(packet, const uint8_t *);
	const uint16_t length = burst->length, entropy = burst->original->entropy;
	const uint16_t count = burst->count;
	const uint16_t copy_length = shape.header_len + length;
	const uint8_t tos = burst->original->tos;

	for (uint16_t i = 0; i < count; i++) {
		const struct mcr_template *const template = burst->templates[i];
		struct rte_mbuf *const copy = copies[i];
		uint8_t *const inner = inner_of(copy);

		if (!share)
			copy_payload(inner, payload, length);
		copy_line(inner - sizeof(*template), (const uint8_t *)template, sizeof(*template));
		if (has_ip)
			mcr_template_write_ip(template, inner - shape.outer_ip_len,
				length + shape.outer_ip_len, tos);
		if (has_udp)
			mcr_template_write_udp(template, inner - shape.outer_udp_len,
				length + shape.outer_udp_len, entropy);
		set_lengths(copy, shape.header_len, copy_length,
			share ? shape.header_len : copy_length);
		if (share)
			chain(copy, packet);
	}
}

static __rte_always_inline void
make_uniform(const struct burst *burst, struct rte_mbuf **copies, bool share, copy_bytes copy_line,
	copy_bytes copy_payload)
{
	const struct mcr_template *shape = burst->templates[0];

	if (shape->outer_udp_len != 0)
		make_alike(burst, copies, true, true, share, copy_line, copy_payload);
	else if (shape->outer_ip_len != 0)
		make_alike(burst, copies, true, false, share, copy_line, copy_payload);
	else
		make_alike(burst, copies, false, false, share, copy_line, copy_payload);
}

static __rte_always_inline void
make_each(const struct burst *burst, struct rte_mbuf **copies, bool share, copy_bytes copy_payload)
{
	struct rte_mbuf *const packet = burst->original->packet;
	const uint8_t *const payload = rte_pktmbuf_mtod(packet, const uint8_t *);

	for (uint16_t i = 0; i < burst->count; i++) {
		const struct mcr_template *const template = burst->templates[i];
		struct rte_mbuf *const copy = copies[i];
		uint8_t *const inner = inner_of(copy);
		uint16_t header_len;

		if (!share)
			copy_payload(inner, payload, burst->length);
		if (!share && unlikely(template->encap == MCR_ENCAP_UDP))
			mcr_rewrite_packet(&template->rewrite, inner);
		header_len = write_headers(
			burst->replicate, burst->original, template, inner, burst->length);
		set_lengths(copy, header_len, header_len + burst->length,
			share ? header_len : header_len + burst->length);
		if (share)
			chain(copy, packet);
	}
}

static __rte_always_inline void
make_copies(const struct burst *burst, struct mcr_copies *copies, bool share, copy_bytes copy_line,
	copy_bytes copy_payload)
{
	struct rte_mbuf **const first = &copies->packets[copies->count];

	if (likely(burst->is_uniform))
		make_uniform(burst, first, share, copy_line, copy_payload);
	else
		make_each(burst, first, share, copy_payload);
}

#define WAY(name, share, copy_line, copy_payload)                              \
	static void name(const struct burst *burst, struct mcr_copies *copies) \
	{                                                                      \
		make_copies(burst, copies, share, copy_line, copy_payload);    \
	}

WAY(share_by_16, true, copy_by_16, copy_by_16)
WAY(copy_all_by_16, false, copy_by_16, copy_by_16)

burst_way burst_share = share_by_16;
burst_way burst_copy = copy_all_by_16;

void
burst_copy_exactly(const struct burst *burst, struct mcr_copies *copies)
{
	make_copies(burst, copies, false, copy_by_16, copy_exactly);
}

#ifdef RTE_ARCH_X86

__attribute__((target("avx2"))) WAY(share_by_32, true, copy_by_32, copy_by_32)
	__attribute__((target("avx2"))) WAY(copy_all_by_32, false, copy_by_32, copy_by_32)

		RTE_INIT(choose_by_cpu)
{
	__builtin_cpu_init();
	burst_choose_ways(__builtin_cpu_supports("avx2"));
}

#else

#define share_by_32 share_by_16
#define copy_all_by_32 copy_all_by_16

#endif

void
burst_choose_ways(bool has_avx2)
{
	burst_share = has_avx2 ? share_by_32 : share_by_16;
	burst_copy = has_avx2 ? copy_all_by_32 : copy_all_by_16;
}
