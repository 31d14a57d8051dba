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
#define FIELDS_FROM offsetof(struct rte_mbuf, data_off)
#define IS_AT(field, word, byte) \
	(offsetof(struct rte_mbuf, field) == FIELDS_FROM + (word) * sizeof(uint64_t) + (byte))

_Static_assert(IS_AT(refcnt, 0, 2) && IS_AT(nb_segs, 0, 4) && IS_AT(port, 0, 6) &&
		       IS_AT(ol_flags, 1, 0) && IS_AT(packet_type, 2, 0) && IS_AT(pkt_len, 2, 4) &&
		       IS_AT(data_len, 3, 0) && IS_AT(vlan_tci, 3, 2),
	"fields are neighbours");
_Static_assert(RTE_BYTE_ORDER == RTE_LITTLE_ENDIAN, "the first field of a word is its low end");

/* In a struct, as functions compiled for other machines would pass a vector in another way. */
struct fields {
	vector words;
};

static __rte_always_inline struct fields
describe(uint16_t header_len, uint16_t length, bool shares)
{
	const uint64_t data_off = RTE_PKTMBUF_HEADROOM - header_len;
	const uint64_t refcnt = 1, nb_segs = shares ? 2 : 1, port = RTE_MBUF_PORT_INVALID;
	const uint64_t pkt_len = header_len + (uint32_t)length;
	const uint64_t data_len = shares ? header_len : pkt_len;

	return (struct fields){
		{data_off | refcnt << 16 | nb_segs << 32 | port << 48, 0, pkt_len << 32, data_len}};
}

static __rte_always_inline void
set_fields(struct rte_mbuf *copy, struct fields fields)
{
	*(vector *)((uint8_t *)copy + FIELDS_FROM) = fields.words;
}

/* The payload behind its first chunk. */
static __rte_always_inline void
copy_rest(uint8_t *to, const uint8_t *from, size_t length)
{
	for (size_t i = CHUNK; i < length; i += CHUNK)
		store_chunk(to + i, load_chunk(from + i));
}

/* The Ethernet headers that a packet has inside VXLAN, in its own segment and in others. */
struct ethernets {
	uint8_t own[RTE_ETHER_HDR_LEN];
	uint8_t other[RTE_ETHER_HDR_LEN];
};

static struct ethernets
find_ethernets(const struct mcr_replicate *replicate, const struct mcr_original *original,
	const uint8_t *packet)
{
	struct ethernets ethernets = {{0}, {0}};

	if (original->vni != MCR_VNI_NONE)
		memcpy(ethernets.own, packet - RTE_ETHER_HDR_LEN, RTE_ETHER_HDR_LEN);
	if (original->is_ipv4)
		mcr_vxlan_write_ethernet(ethernets.other + RTE_ETHER_HDR_LEN,
			&replicate->segment_mac, mcr_read_be32(packet + 16));
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

/* How copies are made: all of it is known when a way is compiled. */
struct way {
	bool shares; /* the payload stays where it is */
	bool is_exact; /* not a byte beyond the payload is touched */
};

/* What the headers of one shape have; the rest of them is values. */
struct shape {
	bool has_ip;
	bool has_udp;
	bool has_ethernet;
	bool is_rewritten;
};

/* Offsets, lengths and all that headers of one shape share is found out once. */
static __rte_always_inline uint16_t
make_alike(const struct mcr_replicate *replicate, const struct mcr_original *original,
	const struct mcr_template *like, const struct mcr_receiver *receivers, uint16_t count,
	struct mcr_copies *copies, struct way way, struct shape shape)
{
	struct mcr_template *const *const templates = replicate->templates;
	struct rte_mbuf *const packet = original->packet;
	const uint8_t *const payload = rte_pktmbuf_mtod(packet, const uint8_t *);
	const size_t begin = copies->count, end = begin + count;
	const uint64_t like_shape = mcr_template_shape(like);
	const uint16_t l2_len = shape.has_ethernet ? RTE_ETHER_HDR_LEN : 0;
	const uint16_t length = packet->data_len, tunnelled = length + l2_len;
	const uint16_t ip_len = like->outer_ip_len, udp_len = like->outer_udp_len;
	const struct fields fields = describe(like->header_len + l2_len, length, way.shares);
	const struct mcr_template_ip ip = mcr_template_ip(tunnelled + ip_len, original->tos);
	struct chunk first;
	struct ethernets ethernets;
	struct mcr_rewritable rewritable;
	size_t i;

	if (!way.shares && !way.is_exact)
		first = load_chunk(payload);
	if (shape.has_ethernet)
		ethernets = find_ethernets(replicate, original, payload);
	if (shape.is_rewritten)
		rewritable = mcr_rewrite_prepare(payload);
	for (i = begin; i < end; i++) {
		const uint32_t member = receivers[i - begin].member;
		const struct mcr_template *const template =
			__atomic_load_n(&templates[member], __ATOMIC_ACQUIRE);
		struct rte_mbuf *const copy = copies->packets[i];
		uint8_t *const inner = inner_of(copy), *const tunnel = inner - l2_len;

		if (unlikely(template == NULL || mcr_template_shape(template) != like_shape))
			break;
		copies->members[i] = member;
		if (way.is_exact) {
			memcpy(inner, payload, length);
		} else if (!way.shares) {
			store_chunk(inner, first);
			copy_rest(inner, payload, length);
		}
		if (shape.is_rewritten)
			mcr_rewrite_write(&template->rewrite, &rewritable, inner);
		store_chunk(tunnel - sizeof(*template), load_chunk((const uint8_t *)template));
		if (shape.has_ethernet)
			put_ethernet(&ethernets, template, original->vni, inner);
		if (shape.has_ip)
			mcr_template_write_ip(template, tunnel - ip_len, ip);
		if (shape.has_udp)
			mcr_template_write_udp(template, tunnel - udp_len, tunnelled + udp_len,
				original->entropy);
		set_fields(copy, fields);
		if (way.shares)
			copy->next = packet;
	}
	return i - begin;
}

static __rte_always_inline uint16_t
make(const struct mcr_replicate *replicate, const struct mcr_original *original,
	const struct mcr_template *like, const struct mcr_receiver *receivers, uint16_t count,
	struct mcr_copies *copies, struct way way)
{
	static const struct shape plain = {0};
	static const struct shape ip = {.has_ip = true};
	static const struct shape udp = {.has_ip = true, .has_udp = true};
	static const struct shape framed = {.has_ip = true, .has_udp = true, .has_ethernet = true};
	static const struct shape rewritten = {.is_rewritten = true};

#define MAKE(shape) make_alike(replicate, original, like, receivers, count, copies, way, shape)
	if (like->inner_l2_len != 0)
		return MAKE(framed);
	if (like->outer_udp_len != 0)
		return MAKE(udp);
	if (like->outer_ip_len != 0)
		return MAKE(ip);
	if (!way.shares && like->encap == MCR_ENCAP_UDP)
		return MAKE(rewritten);
	return MAKE(plain);
#undef MAKE
}

#define WAY(name, ...)                                                                             \
	static uint16_t name(const struct mcr_replicate *replicate,                                \
		const struct mcr_original *original, const struct mcr_template *like,              \
		const struct mcr_receiver *receivers, uint16_t count, struct mcr_copies *copies)   \
	{                                                                                          \
		return make(replicate, original, like, receivers, count, copies,                   \
			(struct way){__VA_ARGS__});                                                \
	}

WAY(share_anywhere, .shares = true)
WAY(copy_anywhere, .shares = false)
WAY(copy_exactly, .is_exact = true)

#ifdef RTE_ARCH_X86

__attribute__((target("avx2"))) WAY(share_by_avx2, .shares = true)
__attribute__((target("avx2"))) WAY(copy_by_avx2, .shares = false)

RTE_INIT(choose_by_cpu)
{
	burst_choose_ways(burst_width_of_cpu());
}

enum burst_width
burst_width_of_cpu(void)
{
	__builtin_cpu_init();
	return __builtin_cpu_supports("avx2") ? BURST_WIDTH_AVX2 : BURST_WIDTH_ANY;
}

#else

#define share_by_avx2 share_anywhere
#define copy_by_avx2 copy_anywhere

enum burst_width
burst_width_of_cpu(void)
{
	return BURST_WIDTH_ANY;
}

#endif

burst_way burst_share = share_anywhere;
burst_way burst_copy = copy_anywhere;
burst_way burst_copy_exactly = copy_exactly;

void
burst_choose_ways(enum burst_width width)
{
	burst_share = width == BURST_WIDTH_AVX2 ? share_by_avx2 : share_anywhere;
	burst_copy = width == BURST_WIDTH_AVX2 ? copy_by_avx2 : copy_anywhere;
}
