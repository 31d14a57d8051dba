/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* The copy loops, each compiled with and without AVX2. */

#include <string.h>

#include <rte_branch_prediction.h>

#include "burst.h"
#include "header.h"

/* The unit of copying; exceeds the packet where both buffers have room. */
#define CHUNK MCR_REPLICATE_CHUNK

/* Without AVX2 the compiler uses two registers. */
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

static __rte_always_inline uint8_t *
inner_of(const struct rte_mbuf *copy)
{
	return (uint8_t *)copy->buf_addr + RTE_PKTMBUF_HEADROOM;
}

/*
 * The mbuf fields to set for TX in a raw buffer, where rte_mbuf.h promises refcnt 1, nb_segs 1 and
 * no next. They are neighbours, so one store sets them all. tx_offload means nothing without flags.
 */
#define FIELDS_FROM offsetof(struct rte_mbuf, data_off)
#define IS_AT(field, word, byte) \
	(offsetof(struct rte_mbuf, field) == FIELDS_FROM + (word) * sizeof(uint64_t) + (byte))

_Static_assert(IS_AT(refcnt, 0, 2) && IS_AT(nb_segs, 0, 4) && IS_AT(port, 0, 6) &&
		       IS_AT(ol_flags, 1, 0) && IS_AT(packet_type, 2, 0) && IS_AT(pkt_len, 2, 4) &&
		       IS_AT(data_len, 3, 0) && IS_AT(vlan_tci, 3, 2),
	"fields are neighbours");
_Static_assert(RTE_BYTE_ORDER == RTE_LITTLE_ENDIAN, "the first field of a word is its low end");

/* In a struct: the calling convention of a bare vector depends on the target. */
struct fields {
	vector words;
};

static __rte_always_inline struct fields
make_fields(uint16_t header_len, uint16_t length, bool shares)
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

static __rte_always_inline void
copy_further_chunks(uint8_t *to, const uint8_t *from, size_t length)
{
	for (size_t i = CHUNK; i < length; i += CHUNK)
		store_chunk(to + i, load_chunk(from + i));
}

/* An Ethernet header as two overlapping words. */
struct ethernet {
	uint64_t start, end;
};

#define ETHERNET_END (RTE_ETHER_HDR_LEN - sizeof(uint64_t))

static __rte_always_inline struct ethernet
load_ethernet(const uint8_t *at)
{
	struct ethernet ethernet;

	memcpy(&ethernet.start, at, sizeof(ethernet.start));
	memcpy(&ethernet.end, at + ETHERNET_END, sizeof(ethernet.end));
	return ethernet;
}

static __rte_always_inline void
store_ethernet(uint8_t *at, struct ethernet ethernet)
{
	memcpy(at, &ethernet.start, sizeof(ethernet.start));
	memcpy(at + ETHERNET_END, &ethernet.end, sizeof(ethernet.end));
}

/* The inner Ethernet headers for the packet's own segment and for others. */
struct ethernets {
	struct ethernet own, other;
};

static __rte_always_inline struct ethernets
find_ethernets(const struct burst *burst, const uint8_t *packet)
{
	const struct rte_ether_addr *const source = &burst->replicate->segment_mac;
	struct ethernets ethernets = {{0}, {0}};
	uint8_t other[RTE_ETHER_HDR_LEN] = {0};
	uint8_t *const end = other + RTE_ETHER_HDR_LEN;

	if (burst->original->vni != MCR_VNI_NONE)
		ethernets.own = load_ethernet(packet - RTE_ETHER_HDR_LEN);
	if (likely(burst->original->version == 4))
		mcr_vxlan_write_ethernet(end, source, mcr_read_be32(packet + 16));
	else if (burst->original->version == 6)
		mcr_vxlan_write_ethernet_to(end, source, packet);
	else
		return ethernets;
	ethernets.other = load_ethernet(other);
	return ethernets;
}

struct variant {
	bool shares;   /* chain the payload */
	bool is_exact; /* touch no byte beyond the payload */
	bool has_ip;
	bool has_udp;
	bool has_ethernet;
	uint8_t ipv6_type; /* mcr_template_type_offset() where IPv6 is named; 0: nowhere */
	bool is_rewritten;
	bool is_ipv6;   /* of a packet that is rewritten */
	bool over_ipv6; /* behind an outer IPv6 header; where it names the packet is in the plan */
};

/* Computed once for all copies with headers of one shape. */
struct copy_plan {
	struct mcr_original original;
	const uint8_t *payload;
	struct fields fields;
	struct chunk first;
	struct mcr_template_ip ip;
	uint16_t length;    /* of the payload */
	uint16_t tunnelled; /* with the inner Ethernet header */
	uint16_t l2_len, ip_len, udp_len;
	struct ethernets ethernets;
	struct mcr_rewritable rewritable;
	/* Over IPv6: the first octets of the header, and where the packet's type is named; 0:
	 * nowhere. Of UDP what the packet adds to a checksum, with its inner Ethernet header. */
	uint64_t ipv6_start;
	uint8_t type;
	bool has_checksum;
	uint16_t own_sum, other_sum;
	rte_be16_t source_port, datagram_len;
};

static __rte_always_inline uint64_t
sum_ethernet(struct ethernet ethernet)
{
	return mcr_checksum_add(ethernet.start, ethernet.end >> 16);
}

static __rte_always_inline void
plan_udp_over_ipv6(struct copy_plan *plan, const struct mcr_template *like, struct variant variant)
{
	const uint16_t length = plan->tunnelled + plan->udp_len;
	uint64_t sum = 0, own = 0, other = 0;

	plan->source_port = rte_cpu_to_be_16(plan->original.entropy | MCR_ENCAP_DYNAMIC_PORTS);
	plan->datagram_len = rte_cpu_to_be_16(length);
	plan->has_checksum = !like->zero_checksum;
	if (plan->has_checksum)
		sum = (uint16_t)~mcr_checksum(plan->payload, plan->length);
	if (plan->type != 0)
		sum += MCR_ENCAP_IPV6_TYPE_SUM;
	if (variant.has_ethernet) {
		own = mcr_checksum_fold(sum_ethernet(plan->ethernets.own));
		other = mcr_checksum_fold(sum_ethernet(plan->ethernets.other));
	}
	plan->own_sum = mcr_template_udp_sum(length, sum + own);
	plan->other_sum = mcr_template_udp_sum(length, sum + other);
}

/* Inline, as the plan: its address must not be known elsewhere, or each copy reads all of it anew.
 */
static __rte_always_inline void
plan_over_ipv6(struct copy_plan *plan, const struct mcr_template *like, struct variant variant)
{
	plan->ipv6_start =
		mcr_template_ipv6_start(like, plan->tunnelled + plan->ip_len - MCR_IPV6_HEADER_LEN,
			plan->original.tos, plan->original.entropy);
	plan->type = plan->original.version == 6 ? mcr_template_type_offset(like) : 0;
	if (variant.has_udp)
		plan_udp_over_ipv6(plan, like, variant);
}

static __rte_always_inline void
make_plan(struct copy_plan *plan, const struct burst *burst, const struct mcr_template *like,
	struct variant variant)
{
	plan->original = *burst->original;
	plan->payload = rte_pktmbuf_mtod(plan->original.packet, const uint8_t *);
	plan->length = plan->original.packet->data_len;
	plan->l2_len = variant.has_ethernet ? RTE_ETHER_HDR_LEN : 0;
	plan->ip_len = like->outer_ip_len;
	plan->udp_len = like->outer_udp_len;
	plan->tunnelled = plan->length + plan->l2_len;
	plan->fields = make_fields(like->header_len + plan->l2_len, plan->length, variant.shares);
	plan->ip = mcr_template_ip(plan->tunnelled + plan->ip_len, plan->original.tos);
	if (!variant.shares && !variant.is_exact)
		plan->first = load_chunk(plan->payload);
	if (variant.has_ethernet)
		plan->ethernets = find_ethernets(burst, plan->payload);
	if (variant.is_rewritten)
		plan->rewritable = mcr_rewrite_prepare(plan->payload);
	if (variant.over_ipv6)
		plan_over_ipv6(plan, like, variant);
}

static __rte_always_inline void
put_payload(
	const struct copy_plan *plan, struct variant variant, struct rte_mbuf *copy, uint8_t *inner)
{
	if (variant.shares) {
		copy->next = plan->original.packet;
	} else if (variant.is_exact) {
		memcpy(inner, plan->payload, plan->length);
	} else {
		store_chunk(inner, plan->first);
		copy_further_chunks(inner, plan->payload, plan->length);
	}
}

/* As mcr_template_write_udp(). */
static __rte_always_inline void
put_udp_over_ipv6(const struct copy_plan *plan, const struct mcr_template *template, uint8_t *udp,
	uint16_t sum)
{
	const uint8_t *const end = (const uint8_t *)template + sizeof(struct mcr_template_ipv6);
	rte_be16_t source_port;
	uint16_t checksum;

	memcpy(&source_port, end - plan->udp_len, sizeof(source_port));
	if (likely(source_port == 0))
		source_port = plan->source_port;
	memcpy(udp, &source_port, sizeof(source_port));
	memcpy(udp + 4, &plan->datagram_len, sizeof(plan->datagram_len));
	if (!plan->has_checksum)
		return;
	checksum = mcr_template_udp_checksum(template, source_port, sum);
	memcpy(udp + 6, &checksum, sizeof(checksum));
}

/* As put_headers(): a line and a word, and the fields of IPv6. */
static __rte_always_inline void
put_headers_of_ipv6(const struct copy_plan *plan, struct variant variant,
	const struct mcr_template *template, uint8_t *inner)
{
	const uint8_t *const line = ((const struct mcr_template_ipv6 *)template)->rest;
	uint8_t *const tunnel = inner - plan->l2_len;
	const bool is_own =
		variant.has_ethernet && mcr_template_vni(template) == plan->original.vni;

	store_chunk(tunnel - MCR_TEMPLATE_LINE, load_chunk(line));
	memcpy(tunnel - MCR_ENCAP_HEADROOM, line - MCR_TEMPLATE_SURPLUS, MCR_TEMPLATE_SURPLUS);
	if (variant.has_ethernet)
		store_ethernet(tunnel, is_own ? plan->ethernets.own : plan->ethernets.other);
	if (plan->type != 0)
		mcr_write_be16(inner - plan->type, RTE_ETHER_TYPE_IPV6);
	memcpy(tunnel - plan->ip_len, &plan->ipv6_start, sizeof(plan->ipv6_start));
	if (variant.has_udp)
		put_udp_over_ipv6(plan, template, tunnel - plan->udp_len,
			is_own ? plan->own_sum : plan->other_sum);
}

static __rte_always_inline void
put_headers(const struct copy_plan *plan, struct variant variant,
	const struct mcr_template *template, uint8_t *inner)
{
	uint8_t *const tunnel = inner - plan->l2_len;

	if (variant.over_ipv6) {
		put_headers_of_ipv6(plan, variant, template, inner);
		return;
	}
	if (variant.is_rewritten && variant.is_ipv6)
		mcr_rewrite_write_ipv6(&template->rewrite, &plan->rewritable, inner);
	else if (variant.is_rewritten)
		mcr_rewrite_write(&template->rewrite, &plan->rewritable, inner);
	store_chunk(tunnel - sizeof(*template), load_chunk((const uint8_t *)template));
	if (variant.has_ethernet)
		store_ethernet(tunnel, mcr_template_vni(template) == plan->original.vni
					       ? plan->ethernets.own
					       : plan->ethernets.other);
	if (variant.ipv6_type != 0)
		mcr_write_be16(inner - variant.ipv6_type, RTE_ETHER_TYPE_IPV6);
	if (variant.has_ip)
		mcr_template_write_ip(template, tunnel - plan->ip_len, plan->ip);
	if (variant.has_udp)
		mcr_template_write_udp(template, tunnel - plan->udp_len,
			plan->tunnelled + plan->udp_len, plan->original.entropy);
}

static __rte_always_inline uint16_t
make_alike_copies(const struct burst *burst, const struct mcr_template *like,
	const struct mcr_receiver *receivers, uint16_t count, struct mcr_copies *copies,
	struct variant variant)
{
	struct mcr_template *const *const templates = burst->replicate->templates;
	const uint64_t shape = mcr_template_shape(like);
	const size_t begin = copies->count, end = begin + count;
	struct copy_plan plan;
	size_t i;

	make_plan(&plan, burst, like, variant);
	for (i = begin; i < end; i++) {
		const uint32_t member = receivers[i - begin].member;
		const struct mcr_template *const template =
			__atomic_load_n(&templates[member], __ATOMIC_ACQUIRE);
		struct rte_mbuf *const copy = copies->packets[i];
		uint8_t *const inner = inner_of(copy);

		if (unlikely(template == NULL || mcr_template_shape(template) != shape))
			break;
		RTE_ASSERT(rte_mbuf_refcnt_read(copy) == 1 && copy->nb_segs == 1 &&
			   copy->next == NULL);
		copies->members[i] = member;
		put_payload(&plan, variant, copy, inner);
		put_headers(&plan, variant, template, inner);
		set_fields(copy, plan.fields);
	}
	return i - begin;
}

/* Each call of MAKE() compiles the loop for one header shape. */
#define MAKE(...) \
	make_alike_copies(burst, like, receivers, count, copies, (struct variant){__VA_ARGS__})

#define VARIANT_FUNCTION(target, name)                                                          \
	target static uint16_t name(const struct burst *burst, const struct mcr_template *like, \
		const struct mcr_receiver *receivers, uint16_t count, struct mcr_copies *copies)

/* Where a header names the protocol: at its end, or in front of a GRE key. */
#define TYPE_LAST 2
#define TYPE_THEN_KEY 6

/* What names no protocol in front of the packet is as for IPv4. */
#define VARIANT(target, name, ...)                                                                 \
	VARIANT_FUNCTION(__rte_noinline target, name##_over_ipv6)                                  \
	{                                                                                          \
		if (like->outer_udp_len == 0 && like->inner_l2_len == 0)                           \
			return MAKE(__VA_ARGS__, .over_ipv6 = true);                               \
		if (like->outer_udp_len == 0)                                                      \
			return MAKE(__VA_ARGS__, .over_ipv6 = true, .has_ethernet = true);         \
		if (like->inner_l2_len == 0)                                                       \
			return MAKE(__VA_ARGS__, .over_ipv6 = true, .has_udp = true);              \
		return MAKE(                                                                       \
			__VA_ARGS__, .over_ipv6 = true, .has_udp = true, .has_ethernet = true);    \
	}                                                                                          \
                                                                                                   \
	VARIANT_FUNCTION(target, name)                                                             \
	{                                                                                          \
		if (unlikely(mcr_template_has_ipv6(like)))                                         \
			return name##_over_ipv6(burst, like, receivers, count, copies);            \
		if (like->inner_l2_len != 0) {                                                     \
			if (like->outer_udp_len == 0)                                              \
				return MAKE(__VA_ARGS__, .has_ip = true, .has_ethernet = true);    \
			return MAKE(__VA_ARGS__, .has_ip = true, .has_udp = true,                  \
				.has_ethernet = true);                                             \
		}                                                                                  \
		if (like->outer_udp_len != 0)                                                      \
			return MAKE(__VA_ARGS__, .has_ip = true, .has_udp = true);                 \
		if (like->outer_ip_len != 0)                                                       \
			return MAKE(__VA_ARGS__, .has_ip = true);                                  \
		if (like->encap == MCR_ENCAP_UDP)                                                  \
			return MAKE(__VA_ARGS__, .is_rewritten = true);                            \
		return MAKE(__VA_ARGS__);                                                          \
	}                                                                                          \
                                                                                                   \
	VARIANT_FUNCTION(target, name##_of_ipv6)                                                   \
	{                                                                                          \
		const uint8_t type = mcr_template_type_offset(like);                               \
                                                                                                   \
		if (like->encap == MCR_ENCAP_UDP)                                                  \
			return MAKE(__VA_ARGS__, .is_rewritten = true, .is_ipv6 = true);           \
		if (type == 0 || mcr_template_has_ipv6(like))                                      \
			return name(burst, like, receivers, count, copies);                        \
		if (like->outer_ip_len == 0)                                                       \
			return MAKE(__VA_ARGS__, .ipv6_type = TYPE_LAST);                          \
		if (like->outer_udp_len == 0 && type == TYPE_LAST)                                 \
			return MAKE(__VA_ARGS__, .has_ip = true, .ipv6_type = TYPE_LAST);          \
		if (like->outer_udp_len == 0)                                                      \
			return MAKE(__VA_ARGS__, .has_ip = true, .ipv6_type = TYPE_THEN_KEY);      \
		if (type == TYPE_LAST)                                                             \
			return MAKE(__VA_ARGS__, .has_ip = true, .has_udp = true,                  \
				.ipv6_type = TYPE_LAST);                                           \
		return MAKE(                                                                       \
			__VA_ARGS__, .has_ip = true, .has_udp = true, .ipv6_type = TYPE_THEN_KEY); \
	}

VARIANT(, share_payload_on_any_cpu, .shares = true)
VARIANT(, copy_payload_on_any_cpu, .shares = false)
VARIANT(, copy_payload_exactly, .is_exact = true)

#ifdef RTE_ARCH_X86

#define BY_AVX2 __attribute__((target("avx2")))

VARIANT(BY_AVX2, share_payload_by_avx2, .shares = true)
VARIANT(BY_AVX2, copy_payload_by_avx2, .shares = false)

RTE_INIT(choose_by_cpu)
{
	burst_choose_variants(burst_width_of_cpu());
}

enum burst_width
burst_width_of_cpu(void)
{
	__builtin_cpu_init();
	return __builtin_cpu_supports("avx2") ? BURST_WIDTH_AVX2 : BURST_WIDTH_ANY;
}

#else

#define share_payload_by_avx2 share_payload_on_any_cpu
#define copy_payload_by_avx2 copy_payload_on_any_cpu
#define share_payload_by_avx2_of_ipv6 share_payload_on_any_cpu_of_ipv6
#define copy_payload_by_avx2_of_ipv6 copy_payload_on_any_cpu_of_ipv6

enum burst_width
burst_width_of_cpu(void)
{
	return BURST_WIDTH_ANY;
}

#endif

struct burst_variants burst_ipv4 = {
	share_payload_on_any_cpu, copy_payload_on_any_cpu, copy_payload_exactly};
struct burst_variants burst_ipv6 = {share_payload_on_any_cpu_of_ipv6,
	copy_payload_on_any_cpu_of_ipv6, copy_payload_exactly_of_ipv6};

void
burst_choose_variants(enum burst_width width)
{
	const bool is_wide = width == BURST_WIDTH_AVX2;

	burst_ipv4.share_payload = is_wide ? share_payload_by_avx2 : share_payload_on_any_cpu;
	burst_ipv4.copy_payload = is_wide ? copy_payload_by_avx2 : copy_payload_on_any_cpu;
	burst_ipv6.share_payload =
		is_wide ? share_payload_by_avx2_of_ipv6 : share_payload_on_any_cpu_of_ipv6;
	burst_ipv6.copy_payload =
		is_wide ? copy_payload_by_avx2_of_ipv6 : copy_payload_on_any_cpu_of_ipv6;
}
