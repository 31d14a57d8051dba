/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <netinet/in.h>

#include <rte_errno.h>
#include <rte_malloc.h>

#include <mcr_ipv6.h>

#include "mcr_reassembly.h"

#define UNIT 8
#define IPV6_FRAGMENT_LEN 8
#define IPV6_HEADERS_LEN (MCR_IPV6_HEADER_LEN + IPV6_FRAGMENT_LEN)
#define BUCKET_ENTRIES 4
/* With two hash functions a half-empty table has room for nearly every datagram. */
#define PLACES_PER_DATAGRAM 2

#define PREFETCH 3

struct mcr_reassembly *
mcr_reassembly_create(uint32_t datagrams, uint64_t timeout, struct rte_mempool *pool,
	struct mcr_stats *stats, int node)
{
	struct mcr_reassembly *reassembly =
		rte_zmalloc_socket(NULL, sizeof(*reassembly), RTE_CACHE_LINE_SIZE, node);

	RTE_ASSERT(datagrams > 0 && pool != NULL && stats != NULL);
	if (reassembly == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	reassembly->pool = pool;
	reassembly->stats = stats;
	reassembly->table =
		rte_ip_frag_table_create(PLACES_PER_DATAGRAM * datagrams / BUCKET_ENTRIES + 1,
			BUCKET_ENTRIES, datagrams, timeout, node);
	if (reassembly->table == NULL) {
		rte_free(reassembly);
		rte_errno = ENOMEM;
		return NULL;
	}
	return reassembly;
}

void
mcr_reassembly_free(struct mcr_reassembly *reassembly)
{
	if (reassembly == NULL)
		return;
	rte_ip_frag_table_destroy(reassembly->table);
	rte_free(reassembly);
}

static void
drop_fragments(struct mcr_reassembly *reassembly, struct rte_mbuf *packet)
{
	mcr_stats_drop(reassembly->stats, MCR_DROP_REASSEMBLY, packet->nb_segs);
	rte_pktmbuf_free(packet);
}

/* ip_frag may have chained some fragments already. */
static void
drop_given_up(struct mcr_reassembly *reassembly)
{
	struct rte_ip_frag_death_row *given_up = &reassembly->given_up;
	uint32_t fragments = 0;

	if (given_up->cnt == 0)
		return;
	for (uint32_t i = 0; i < given_up->cnt; i++)
		fragments += given_up->row[i]->nb_segs;
	mcr_stats_drop(reassembly->stats, MCR_DROP_REASSEMBLY, fragments);
	RTE_ASSERT(reassembly->held >= fragments);
	reassembly->held -= fragments;
	rte_ip_frag_free_death_row(given_up, PREFETCH);
}

/* A fragment of either version. */
struct fragment {
	uint32_t headers_len; /* in front of the data */
	uint32_t total_len;   /* 0: it is none */
	uint32_t offset;      /* in bytes */
	bool is_last;
};

static struct fragment
parse_ipv4(const uint8_t *ip, uint32_t len)
{
	const struct mcr_ipv4_info info = mcr_ipv4_parse(ip, len);

	return (struct fragment){
		.headers_len = info.header_len,
		.total_len = info.total_len,
		.offset = (info.fragment & RTE_IPV4_HDR_OFFSET_MASK) * UNIT,
		.is_last = (info.fragment & RTE_IPV4_HDR_MF_FLAG) == 0,
	};
}

/* ip_frag takes a fragment header directly behind that of IPv6. */
static struct fragment
parse_ipv6(const uint8_t *ip, uint32_t len)
{
	const struct mcr_ipv6_info info = mcr_ipv6_parse(ip, len);
	uint16_t offset_and_more;

	if (info.total_len < IPV6_HEADERS_LEN || info.next_header != IPPROTO_FRAGMENT)
		return (struct fragment){0};
	offset_and_more = mcr_read_be16(ip + MCR_IPV6_HEADER_LEN + 2);
	return (struct fragment){
		.headers_len = IPV6_HEADERS_LEN,
		.total_len = info.total_len,
		.offset = offset_and_more & ~(UNIT - 1),
		.is_last = (offset_and_more & 1) == 0,
	};
}

/* Rejects fragments that no sender makes and those that exceed the longest packet. */
static bool
is_valid_fragment(const struct fragment *fragment)
{
	const uint32_t payload = fragment->total_len - fragment->headers_len;

	return fragment->total_len != 0 && payload != 0 &&
	       (fragment->is_last || payload % UNIT == 0) &&
	       fragment->headers_len + fragment->offset + payload <= UINT16_MAX;
}

static struct rte_mbuf *
copy_whole(struct mcr_reassembly *reassembly, struct rte_mbuf *chain)
{
	struct rte_mbuf *whole = NULL;

	if (RTE_PKTMBUF_HEADROOM + chain->pkt_len <= rte_pktmbuf_data_room_size(reassembly->pool))
		whole = rte_pktmbuf_copy(chain, reassembly->pool, 0, UINT32_MAX);
	if (whole == NULL) {
		drop_fragments(reassembly, chain);
		return NULL;
	}
	whole->port = chain->port;
	rte_pktmbuf_free(chain);
	return whole;
}

static void
write_header_checksum(struct rte_mbuf *packet)
{
	uint8_t *ip = rte_pktmbuf_mtod_offset(packet, uint8_t *, packet->l2_len);
	rte_be16_t checksum;

	if (mcr_ip_is_ipv6(ip))
		return;
	mcr_write_be16(ip + 10, 0);
	checksum = mcr_checksum(ip, packet->l3_len);
	memcpy(ip + 10, &checksum, sizeof(checksum));
}

/* ip_frag cuts the headers of later fragments off, but they still lie in front of the data. */
static uint8_t
ecn_of_segment(const struct rte_mbuf *segment)
{
	return mcr_ip_tos(rte_pktmbuf_mtod(segment, const uint8_t *) - segment->l3_len) &
	       MCR_ECN_MASK;
}

/* RFC 3168 5.3: CE on any fragment marks the packet; beside a Not-ECT fragment drop it. */
static bool
merge_ecn(struct rte_mbuf *chain)
{
	uint8_t *const ip = rte_pktmbuf_mtod_offset(chain, uint8_t *, chain->l2_len);
	uint8_t ecn = mcr_ip_tos(ip) & MCR_ECN_MASK;
	bool is_ce = ecn == MCR_ECN_CE, is_not_ect = ecn == 0;

	for (const struct rte_mbuf *segment = chain->next; segment != NULL;
		segment = segment->next) {
		ecn = ecn_of_segment(segment);
		is_ce |= ecn == MCR_ECN_CE;
		is_not_ect |= ecn == 0;
	}
	if (is_ce)
		ip[1] |= mcr_ip_is_ipv6(ip) ? MCR_ECN_CE << 4 : MCR_ECN_CE;
	return !is_ce || !is_not_ect;
}

static struct rte_mbuf *
finish_datagram(struct mcr_reassembly *reassembly, struct rte_mbuf *chain)
{
	const uint16_t fragments = chain->nb_segs;

	RTE_ASSERT(reassembly->held >= fragments);
	reassembly->held -= fragments;
	/* A driver has its own buffer back. */
	chain->ol_flags &= RTE_MBUF_F_EXTERNAL;
	if (!merge_ecn(chain)) {
		drop_fragments(reassembly, chain);
		return NULL;
	}
	write_header_checksum(chain);
	if (rte_pktmbuf_linearize(chain) != 0)
		chain = copy_whole(reassembly, chain);
	if (chain == NULL)
		return NULL;
	mcr_stats_count(reassembly->stats, MCR_STAT_RX_FRAGMENTS, fragments);
	mcr_stats_count(reassembly->stats, MCR_STAT_REASSEMBLED_PACKETS, 1);
	return chain;
}

struct rte_mbuf *
mcr_reassembly_take(
	struct mcr_reassembly *reassembly, struct rte_mbuf *frame, uint16_t ip_offset, uint64_t now)
{
	uint8_t *ip = rte_pktmbuf_mtod_offset(frame, uint8_t *, ip_offset);
	const uint32_t len = frame->data_len - ip_offset;
	const bool is_ipv6 = mcr_ip_is_ipv6(ip);
	const struct fragment fragment = is_ipv6 ? parse_ipv6(ip, len) : parse_ipv4(ip, len);
	struct rte_mbuf *chain;

	RTE_ASSERT(frame->nb_segs == 1 && rte_mbuf_refcnt_read(frame) == 1 && ip_offset <= 127);
	if (!is_valid_fragment(&fragment)) {
		drop_fragments(reassembly, frame);
		return NULL;
	}
	RTE_ASSERT(len >= fragment.total_len);
	rte_pktmbuf_trim(frame, len - fragment.total_len);
	frame->l2_len = ip_offset;
	frame->l3_len = fragment.headers_len;
	reassembly->held++;
	chain = is_ipv6 ? rte_ipv6_frag_reassemble_packet(reassembly->table, &reassembly->given_up,
				  frame, now, (struct rte_ipv6_hdr *)ip,
				  (struct rte_ipv6_fragment_ext *)(ip + MCR_IPV6_HEADER_LEN))
	                : rte_ipv4_frag_reassemble_packet(reassembly->table, &reassembly->given_up,
				  frame, now, (struct rte_ipv4_hdr *)ip);
	drop_given_up(reassembly);
	return chain == NULL ? NULL : finish_datagram(reassembly, chain);
}

void
mcr_reassembly_expire(struct mcr_reassembly *reassembly, uint64_t now)
{
	rte_ip_frag_table_del_expired_entries(reassembly->table, &reassembly->given_up, now);
	drop_given_up(reassembly);
}
