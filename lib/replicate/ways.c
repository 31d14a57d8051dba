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

/* Without AVX2 the compiler makes two of it. */
typedef uint64_t vector __attribute__((vector_size(32), aligned(1), may_alias));

struct chunk {
	vector low, high;
};

_Static_assert(sizeof(struct chunk) == CHUNK, "a chunk is two vectors");

static __rte_always_inline struct chunk
load_chunk(const uint8_t *from)
{
	return (struct chunk){*(const vector *)from, *(const vector *)(from + sizeof(vector))};
}

static __rte_always_inline void
store_chunk(uint8_t *to, struct chunk chunk)
{
	*(vector *)to = chunk.low;
	*(vector *)(to + sizeof(vector)) = chunk.high;
}

/* Where the packet begins in a copy. */
static __rte_always_inline uint8_t *
inner_of(const struct rte_mbuf *copy)
{
	return (uint8_t *)copy->buf_addr + RTE_PKTMBUF_HEADROOM;
}

/*
 * What a sender sets in a buffer that comes raw from its pool, where rte_mbuf.h promises one
 * reference, one segment and no next: neighbours in struct rte_mbuf, so that one store sets them
 * all. tx_offload means nothing without flags, and the rest is of reception.
 */
struct fields {
	uint16_t data_off;
	uint16_t refcnt;
	uint16_t nb_segs;
	uint16_t port;
	uint64_t ol_flags;
	uint32_t packet_type;
	uint32_t pkt_len;
	uint16_t data_len;
	uint16_t vlan_tci;
	uint32_t hash;
};

#define FIELDS_FROM offsetof(struct rte_mbuf, data_off)
#define IS_IN_PLACE(field) \
	(offsetof(struct rte_mbuf, field) == FIELDS_FROM + offsetof(struct fields, field))

_Static_assert(IS_IN_PLACE(refcnt) && IS_IN_PLACE(nb_segs) && IS_IN_PLACE(port) &&
		       IS_IN_PLACE(ol_flags) && IS_IN_PLACE(packet_type) && IS_IN_PLACE(pkt_len) &&
		       IS_IN_PLACE(data_len) && IS_IN_PLACE(vlan_tci) && IS_IN_PLACE(hash),
	"fields are neighbours");
_Static_assert(sizeof(struct fields) == sizeof(vector), "fields are one vector");

static __rte_always_inline struct fields
describe(uint16_t header_len, uint16_t length, bool share)
{
	return (struct fields){
		.data_off = RTE_PKTMBUF_HEADROOM - header_len,
		.refcnt = 1,
		.nb_segs = share ? 2 : 1,
		.port = RTE_MBUF_PORT_INVALID,
		.pkt_len = header_len + (uint32_t)length,
		.data_len = share ? header_len : header_len + length,
	};
}

static __rte_always_inline void
set_fields(struct rte_mbuf *copy, const struct fields *fields)
{
	*(vector *)((uint8_t *)copy + FIELDS_FROM) = *(const vector *)fields;
}

/* The payload behind its first chunk. */
static __rte_always_inline void
copy_rest(uint8_t *to, const uint8_t *from, uint32_t length)
{
	for (uint32_t i = CHUNK; i < length; i += CHUNK)
		store_chunk(to + i, load_chunk(from + i));
}

/* The Ethernet headers that a packet has inside VXLAN, in its own segment and in others. */
struct ethernets {
	uint8_t own[RTE_ETHER_HDR_LEN];
	uint8_t other[RTE_ETHER_HDR_LEN];
};

static struct ethernets
find_ethernets(const struct burst *burst, const uint8_t *packet)
{
	struct ethernets ethernets = {{0}, {0}};

	if (burst->original->vni != MCR_VNI_NONE)
		memcpy(ethernets.own, packet - RTE_ETHER_HDR_LEN, RTE_ETHER_HDR_LEN);
	if (burst->original->is_ipv4)
		mcr_vxlan_write_ethernet(ethernets.other + RTE_ETHER_HDR_LEN,
			&burst->replicate->segment_mac, mcr_read_be32(packet + 16));
	return ethernets;
}

static __rte_always_inline void
put_ethernet(const struct ethernets *ethernets, const struct mcr_template *template, uint32_t vni,
	uint8_t *inner)
{
	const bool is_own = mcr_template_vni(template) == vni;

	memcpy(inner - RTE_ETHER_HDR_LEN, is_own ? ethernets->own : ethernets->other,
		RTE_ETHER_HDR_LEN);
}

/* What the headers of one shape have; the rest of them is values. */
struct shape {
	bool has_ip;
	bool has_udp;
	bool has_ethernet;
	bool is_rewritten;
};

/* Headers of one shape: offsets, lengths and all that templates share is found out once. */
static __rte_always_inline void
make_alike(const struct burst *burst, struct rte_mbuf **copies, struct shape shape, bool share)
{
	const struct mcr_template like = *burst->templates[0];
	const struct mcr_original *const original = burst->original;
	struct rte_mbuf *const packet = original->packet;
	const uint8_t *const payload = rte_pktmbuf_mtod(packet, const uint8_t *);
	const uint16_t l2_len = shape.has_ethernet ? RTE_ETHER_HDR_LEN : 0;
	const uint32_t count = burst->count;
	const uint16_t length = burst->length, tunnelled = length + l2_len;
	const struct fields fields = describe(like.header_len + l2_len, length, share);
	const struct mcr_template_ip ip =
		mcr_template_ip(tunnelled + like.outer_ip_len, original->tos);
	const struct chunk first = load_chunk(payload);
	struct ethernets ethernets = {{0}, {0}};
	struct mcr_rewritable rewritable = {0};

	if (shape.has_ethernet)
		ethernets = find_ethernets(burst, payload);
	if (shape.is_rewritten)
		rewritable = mcr_rewrite_prepare(payload);
	for (uint32_t i = 0; i < count; i++) {
		const struct mcr_template *const template = burst->templates[i];
		uint8_t *const inner = inner_of(copies[i]), *const tunnel = inner - l2_len;

		if (!share) {
			store_chunk(inner, first);
			copy_rest(inner, payload, length);
		}
		if (shape.is_rewritten)
			mcr_rewrite_write(&template->rewrite, &rewritable, inner);
		store_chunk(tunnel - sizeof(*template), load_chunk((const uint8_t *)template));
		if (shape.has_ethernet)
			put_ethernet(&ethernets, template, original->vni, inner);
		if (shape.has_ip)
			mcr_template_write_ip(template, tunnel - like.outer_ip_len, ip);
		if (shape.has_udp)
			mcr_template_write_udp(template, tunnel - like.outer_udp_len,
				tunnelled + like.outer_udp_len, original->entropy);
		set_fields(copies[i], &fields);
		if (share)
			copies[i]->next = packet;
	}
}

static __rte_always_inline void
make_uniform(const struct burst *burst, struct rte_mbuf **copies, bool share)
{
	const struct mcr_template *like = burst->templates[0];

	if (like->inner_l2_len != 0)
		make_alike(burst, copies,
			(struct shape){.has_ip = true, .has_udp = true, .has_ethernet = true},
			share);
	else if (like->outer_udp_len != 0)
		make_alike(burst, copies, (struct shape){.has_ip = true, .has_udp = true}, share);
	else if (like->outer_ip_len != 0)
		make_alike(burst, copies, (struct shape){.has_ip = true}, share);
	else if (!share && like->encap == MCR_ENCAP_UDP)
		make_alike(burst, copies, (struct shape){.is_rewritten = true}, false);
	else
		make_alike(burst, copies, (struct shape){.has_ip = false}, share);
}

static __rte_always_inline void
make_each(const struct burst *burst, struct rte_mbuf **copies, bool share, bool exactly)
{
	struct rte_mbuf *const packet = burst->original->packet;
	const uint8_t *const payload = rte_pktmbuf_mtod(packet, const uint8_t *);
	const uint16_t length = burst->length;

	for (uint32_t i = 0; i < burst->count; i++) {
		const struct mcr_template *const template = burst->templates[i];
		uint8_t *const inner = inner_of(copies[i]);
		struct fields fields;

		if (exactly) {
			memcpy(inner, payload, length);
		} else if (!share) {
			store_chunk(inner, load_chunk(payload));
			copy_rest(inner, payload, length);
		}
		if (!share && unlikely(template->encap == MCR_ENCAP_UDP))
			mcr_rewrite_packet(&template->rewrite, inner);
		fields = describe(
			write_headers(burst->replicate, burst->original, template, inner, length),
			length, share);
		set_fields(copies[i], &fields);
		if (share)
			copies[i]->next = packet;
	}
}

static __rte_always_inline void
make_copies(const struct burst *burst, struct mcr_copies *copies, bool share)
{
	struct rte_mbuf **const first = &copies->packets[copies->count];

	if (likely(burst->is_uniform))
		make_uniform(burst, first, share);
	else
		make_each(burst, first, share, false);
}

#define WAY(name, share)                                                       \
	static void name(const struct burst *burst, struct mcr_copies *copies) \
	{                                                                      \
		make_copies(burst, copies, share);                             \
	}

WAY(share_anywhere, true)
WAY(copy_anywhere, false)

burst_way burst_share = share_anywhere;
burst_way burst_copy = copy_anywhere;

void
burst_copy_exactly(const struct burst *burst, struct mcr_copies *copies)
{
	make_each(burst, &copies->packets[copies->count], false, true);
}

#ifdef RTE_ARCH_X86

__attribute__((target("avx2"))) WAY(share_by_avx2, true) __attribute__((target("avx2")))
WAY(copy_by_avx2, false)

	RTE_INIT(choose_by_cpu)
{
	__builtin_cpu_init();
	burst_choose_ways(__builtin_cpu_supports("avx2"));
}

#else

#define share_by_avx2 share_anywhere
#define copy_by_avx2 copy_anywhere

#endif

void
burst_choose_ways(bool has_avx2)
{
	burst_share = has_avx2 ? share_by_avx2 : share_anywhere;
	burst_copy = has_avx2 ? copy_by_avx2 : copy_anywhere;
}
