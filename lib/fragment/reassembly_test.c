/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <netinet/in.h>

#include <rte_eal.h>
#include <rte_ether.h>
#include <rte_mempool.h>

#include "mcr_fragment.h"
#include "mcr_reassembly.h"

#define DATAGRAMS 16
#define TIMEOUT 1000
#define NOW 5000
#define BUFFERS 255
#define WHOLE_ROOM (RTE_PKTMBUF_HEADROOM + 12000)
#define MAX_FRAGMENTS (MCR_REASSEMBLY_FRAGMENTS + 2)
#define PORT 3

struct bench {
	struct rte_mempool *received;
	struct rte_mempool *whole;
	struct mcr_stats stats;
	struct mcr_reassembly *reassembly;
	uint8_t packet[UINT16_MAX];
	uint16_t count;
	struct rte_mbuf *fragments[MAX_FRAGMENTS];
};

static int
set_up_pools(void **state)
{
	char *args[] = {"reassembly_test", "--no-huge", "--no-pci", "--no-shconf", "--no-telemetry",
		"-m64", "--lcores=0@0", "--log-level=error"};
	struct bench *bench = calloc(1, sizeof(*bench));

	*state = bench;
	if (bench == NULL || rte_eal_init(RTE_DIM(args), args) < 0)
		return -1;
	bench->received = rte_pktmbuf_pool_create(
		"received", BUFFERS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	bench->whole = rte_pktmbuf_pool_create("whole", 2, 0, 0, WHOLE_ROOM, SOCKET_ID_ANY);
	return bench->received == NULL || bench->whole == NULL;
}

static int
tear_down_pools(void **state)
{
	struct bench *bench = *state;

	rte_mempool_free(bench->whole);
	rte_mempool_free(bench->received);
	free(bench);
	return rte_eal_cleanup();
}

static int
set_up(void **state)
{
	struct bench *bench = *state;

	memset(&bench->stats, 0, sizeof(bench->stats));
	bench->reassembly = mcr_reassembly_create(
		DATAGRAMS, TIMEOUT, bench->whole, &bench->stats, SOCKET_ID_ANY);
	return bench->reassembly == NULL;
}

static int
tear_down(void **state)
{
	struct bench *bench = *state;

	mcr_reassembly_free(bench->reassembly);
	/* Detects a leaked mbuf. */
	return rte_mempool_in_use_count(bench->received) != 0 ||
	       rte_mempool_in_use_count(bench->whole) != 0;
}

static void
make_packet(struct bench *bench, uint16_t len, uint16_t id)
{
	for (uint32_t i = 0; i < len; i++)
		bench->packet[i] = i * 7 + i / 251;
	bench->packet[0] = 0x45;
	bench->packet[1] = 0;
	mcr_write_be16(bench->packet + 2, len);
	mcr_write_be16(bench->packet + 4, id);
	mcr_write_be16(bench->packet + 6, 0);
	bench->packet[8] = 64;
	bench->packet[9] = 47;
}

/* Ethernet pads frames to 60 octets. */
static struct rte_mbuf *
make_frame(struct bench *bench, const uint8_t *ip, uint16_t len)
{
	struct rte_mbuf *frame = rte_pktmbuf_alloc(bench->received);
	char *bytes = rte_pktmbuf_append(frame, RTE_MAX(RTE_ETHER_HDR_LEN + len, 60));

	memset(bytes, 0xee, RTE_ETHER_HDR_LEN);
	memcpy(bytes + RTE_ETHER_HDR_LEN, ip, len);
	frame->port = PORT;
	return frame;
}

static void
cut(struct bench *bench, uint16_t len, uint16_t mtu, uint16_t id)
{
	uint8_t fragment[UINT16_MAX];
	struct mcr_fragmenter fragmenter;
	uint16_t fragment_len;

	make_packet(bench, len, id);
	assert_int_equal(mcr_fragment_start(&fragmenter, bench->packet, len, mtu), 0);
	bench->count = 0;
	while ((fragment_len = mcr_fragment_next(&fragmenter, fragment)) != 0)
		bench->fragments[bench->count++] = make_frame(bench, fragment, fragment_len);
}

static struct rte_mbuf *
take(struct bench *bench, uint16_t i)
{
	return mcr_reassembly_take(bench->reassembly, bench->fragments[i], RTE_ETHER_HDR_LEN, NOW);
}

static void
free_fragments_from(struct bench *bench, uint16_t from)
{
	rte_pktmbuf_free_bulk(bench->fragments + from, bench->count - from);
}

static void
assert_whole(struct bench *bench, struct rte_mbuf *whole, uint16_t len)
{
	const uint8_t *ip;

	assert_non_null(whole);
	ip = rte_pktmbuf_mtod_offset(whole, const uint8_t *, RTE_ETHER_HDR_LEN);
	assert_int_equal(whole->nb_segs, 1);
	assert_int_equal(whole->data_len, RTE_ETHER_HDR_LEN + len);
	assert_int_equal(whole->port, PORT);
	assert_int_equal(whole->ol_flags, 0);
	assert_true(mcr_ipv4_checksum_is_right(ip, MCR_IPV4_HEADER_LEN));
	assert_memory_equal(ip, bench->packet, 10);
	assert_memory_equal(ip + 12, bench->packet + 12, len - 12);
	rte_pktmbuf_free(whole);
}

static void
assert_counts(const struct bench *bench, uint64_t fragments, uint64_t packets, uint64_t given_up)
{
	assert_int_equal(bench->stats.counts[MCR_STAT_RX_FRAGMENTS], fragments);
	assert_int_equal(bench->stats.counts[MCR_STAT_REASSEMBLED_PACKETS], packets);
	assert_int_equal(bench->stats.drops[MCR_DROP_REASSEMBLY], given_up);
}

static void
two_fragments_become_the_packet(void **state)
{
	struct bench *bench = *state;

	cut(bench, 1524, 1500, 1);
	assert_int_equal(bench->count, 2);
	assert_null(take(bench, 0));
	assert_whole(bench, take(bench, 1), 1524);
	assert_counts(bench, 2, 1, 0);
}

static void
fragments_in_any_order_become_the_packet(void **state)
{
	static const uint16_t orders[][4] = {
		{3, 2, 1, 0}, {1, 0, 3, 2}, {2, 3, 0, 1}, {0, 3, 1, 2}};
	struct bench *bench = *state;

	for (unsigned int i = 0; i < RTE_DIM(orders); i++) {
		cut(bench, 2000, 540, i);
		assert_int_equal(bench->count, 4);
		for (unsigned int j = 0; j < 3; j++)
			assert_null(take(bench, orders[i][j]));
		assert_whole(bench, take(bench, orders[i][3]), 2000);
	}
	assert_counts(bench, 16, 4, 0);
}

static void
count_free(void *bytes, void *count)
{
	(void)bytes;
	++*(unsigned int *)count;
}

/* Some drivers receive into memory of their own. */
static void
buffers_of_a_driver_go_back_to_it(void **state)
{
	static uint8_t memory[2][4096];
	struct rte_mbuf_ext_shared_info shared[2];
	struct bench *bench = *state;
	unsigned int freed = 0;

	cut(bench, 1500, 900, 1);
	for (uint16_t i = 0; i < 2; i++) {
		struct rte_mbuf *const frame = bench->fragments[i];
		const uint16_t len = frame->data_len;

		memcpy(memory[i] + RTE_PKTMBUF_HEADROOM, rte_pktmbuf_mtod(frame, void *), len);
		shared[i].free_cb = count_free;
		shared[i].fcb_opaque = &freed;
		rte_mbuf_ext_refcnt_set(&shared[i], 1);
		rte_pktmbuf_attach_extbuf(
			frame, memory[i], RTE_BAD_IOVA, sizeof(memory[i]), &shared[i]);
		frame->data_off = RTE_PKTMBUF_HEADROOM;
	}
	assert_null(take(bench, 0));
	rte_pktmbuf_free(take(bench, 1));
	assert_int_equal(freed, 2);
}

static void
a_large_packet_gets_a_large_buffer(void **state)
{
	struct bench *bench = *state;

	cut(bench, 9000, 1500, 1);
	for (uint16_t i = 0; i + 1 < bench->count; i++)
		assert_null(take(bench, i));
	assert_whole(bench, take(bench, bench->count - 1), 9000);
	assert_counts(bench, 7, 1, 0);
}

static void
without_a_large_buffer_a_large_packet_is_dropped(void **state)
{
	struct bench *bench = *state;
	struct rte_mbuf *others[2];

	assert_int_equal(rte_pktmbuf_alloc_bulk(bench->whole, others, 2), 0);
	cut(bench, 9000, 1500, 1);
	for (uint16_t i = 0; i < bench->count; i++)
		assert_null(take(bench, i));
	assert_counts(bench, 0, 0, 7);
	rte_pktmbuf_free_bulk(others, 2);
}

static void
an_incomplete_datagram_is_dropped_after_the_timeout(void **state)
{
	struct bench *bench = *state;

	cut(bench, 2000, 540, 1);
	for (uint16_t i = 0; i < 3; i++)
		assert_null(take(bench, i));
	mcr_reassembly_expire(bench->reassembly, NOW + TIMEOUT);
	assert_counts(bench, 0, 0, 0);
	mcr_reassembly_expire(bench->reassembly, NOW + TIMEOUT + 1);
	assert_counts(bench, 0, 0, 3);
	assert_int_equal(bench->reassembly->held, 0);
	free_fragments_from(bench, 3);
}

static void
many_datagrams_are_dropped_at_once(void **state)
{
	struct bench *bench = *state;

	for (uint16_t id = 0; id < DATAGRAMS; id++) {
		cut(bench, 2000, 540, id);
		for (uint16_t i = 0; i < 3; i++)
			assert_null(take(bench, i));
		free_fragments_from(bench, 3);
	}
	while (bench->reassembly->held != 0)
		mcr_reassembly_expire(bench->reassembly, NOW + TIMEOUT + 1);
	assert_counts(bench, 0, 0, 3 * DATAGRAMS);
}

static void
a_full_table_drops_new_datagrams(void **state)
{
	struct bench *bench = *state;

	for (uint16_t id = 0; id < 2 * DATAGRAMS; id++) {
		cut(bench, 1524, 1500, id);
		assert_null(take(bench, 0));
		free_fragments_from(bench, 1);
	}
	assert_in_range(bench->reassembly->held, DATAGRAMS - 2, DATAGRAMS);
	assert_counts(bench, 0, 0, 2 * DATAGRAMS - bench->reassembly->held);
}

static void
a_datagram_with_too_many_fragments_is_dropped(void **state)
{
	struct bench *bench = *state;

	cut(bench, 20 + (MCR_REASSEMBLY_FRAGMENTS + 1) * 80, 100, 1);
	assert_int_equal(bench->count, MCR_REASSEMBLY_FRAGMENTS + 1);
	for (uint16_t i = 0; i < bench->count; i++)
		assert_null(take(bench, i));
	mcr_reassembly_expire(bench->reassembly, NOW + TIMEOUT + 1);
	assert_counts(bench, 0, 0, bench->count);
}

/* RFC 1858, RFC 5722 for IPv6: overlapping fragments are an attack. */
static void
overlapping_fragments_are_dropped(void **state)
{
	struct bench *bench = *state;

	cut(bench, 2000, 540, 1);
	mcr_write_be16(rte_pktmbuf_mtod_offset(bench->fragments[2], uint8_t *, 14 + 6),
		RTE_IPV4_HDR_MF_FLAG | 66);
	for (uint16_t i = 0; i < bench->count; i++)
		assert_null(take(bench, i));
	assert_counts(bench, 0, 0, 4);
}

static void
assert_impossible(struct bench *bench, uint16_t len, uint16_t field)
{
	make_packet(bench, len, 1);
	mcr_write_be16(bench->packet + 6, field);
	bench->fragments[0] = make_frame(bench, bench->packet, len);
	assert_null(take(bench, 0));
	assert_int_equal(bench->reassembly->held, 0);
}

static void
impossible_fragments_are_dropped(void **state)
{
	struct bench *bench = *state;

	assert_impossible(bench, 20, RTE_IPV4_HDR_MF_FLAG);
	assert_impossible(bench, 29, RTE_IPV4_HDR_MF_FLAG);
	assert_impossible(bench, 36, 0x1fff);
	assert_counts(bench, 0, 0, 3);
}

static void
fragments_of_different_senders_do_not_mix(void **state)
{
	struct bench *bench = *state;
	struct rte_mbuf *first;

	cut(bench, 1524, 1500, 1);
	assert_null(take(bench, 0));
	first = bench->fragments[1];
	cut(bench, 1524, 1500, 1);
	*rte_pktmbuf_mtod_offset(bench->fragments[1], uint8_t *, 14 + 15) ^= 1;
	assert_null(take(bench, 1));
	rte_pktmbuf_free(bench->fragments[0]);
	bench->fragments[0] = first;
	assert_whole(bench, take(bench, 0), 1524);
}

static void
set_ecn(struct bench *bench, uint16_t i, uint8_t ecn)
{
	uint8_t *ip = rte_pktmbuf_mtod_offset(bench->fragments[i], uint8_t *, RTE_ETHER_HDR_LEN);

	ip[1] = 0xb8 | ecn;
}

static void
cut_with_ecn(struct bench *bench, uint16_t len, const uint8_t *ecn, uint16_t count)
{
	cut(bench, len, 540, 1);
	assert_int_equal(bench->count, count);
	for (uint16_t i = 0; i < count; i++)
		set_ecn(bench, i, ecn[i]);
}

static void
assert_becomes_ce(struct bench *bench, uint16_t len, const uint8_t *ecn, uint16_t count)
{
	cut_with_ecn(bench, len, ecn, count);
	for (uint16_t i = count - 1; i > 0; i--)
		assert_null(take(bench, i));
	bench->packet[1] = 0xb8 | MCR_ECN_CE;
	assert_whole(bench, take(bench, 0), len);
}

static void
ce_of_any_fragment_marks_the_packet(void **state)
{
	static const uint8_t ecn[][4] = {{3, 2, 2, 2}, {2, 3, 2, 2}, {1, 1, 3, 1}, {2, 1, 2, 3}};
	struct bench *bench = *state;

	for (unsigned int i = 0; i < RTE_DIM(ecn); i++)
		assert_becomes_ce(bench, 2000, ecn[i], 4);
	assert_counts(bench, 16, 4, 0);
}

static void
ce_marks_large_packets(void **state)
{
	static const uint8_t ecn[8] = {2, 2, 2, 2, 2, 3, 2, 2};
	struct bench *bench = *state;

	assert_becomes_ce(bench, 4000, ecn, 8);
}

/* RFC 3168 5.3: CE must neither be set nor be lost. */
static void
ce_beside_a_fragment_without_ecn_drops_the_packet(void **state)
{
	static const uint8_t ecn[][4] = {{0, 3, 2, 2}, {3, 2, 0, 2}, {0, 0, 0, 3}};
	struct bench *bench = *state;

	for (unsigned int i = 0; i < RTE_DIM(ecn); i++) {
		cut_with_ecn(bench, 2000, ecn[i], 4);
		for (uint16_t j = 0; j < 4; j++)
			assert_null(take(bench, j));
	}
	assert_counts(bench, 0, 0, 12);
	assert_int_equal(bench->reassembly->held, 0);
}

/* RFC 8200 4.5. */
static void
cut_ipv6(struct bench *bench, uint16_t len, uint16_t mtu, uint32_t id)
{
	uint8_t fragment[UINT16_MAX];
	struct mcr_fragmenter fragmenter;
	uint16_t fragment_len;

	for (uint32_t i = 0; i < len; i++)
		bench->packet[i] = i * 7 + i / 251;
	mcr_write_be32(bench->packet, 0x6b812345);
	mcr_write_be16(bench->packet + 4, len - MCR_IPV6_HEADER_LEN);
	bench->packet[6] = IPPROTO_UDP;
	bench->packet[7] = 64;
	assert_int_equal(mcr_fragment_start_ipv6(&fragmenter, bench->packet, len, mtu, id), 0);
	bench->count = 0;
	while ((fragment_len = mcr_fragment_next(&fragmenter, fragment)) != 0)
		bench->fragments[bench->count++] = make_frame(bench, fragment, fragment_len);
}

static void
assert_whole_of_ipv6(struct bench *bench, struct rte_mbuf *whole, uint16_t len)
{
	uint8_t in_front[RTE_ETHER_HDR_LEN];

	assert_non_null(whole);
	memset(in_front, 0xee, sizeof(in_front));
	assert_int_equal(whole->nb_segs, 1);
	assert_int_equal(whole->data_len, RTE_ETHER_HDR_LEN + len);
	assert_int_equal(whole->pkt_len, whole->data_len);
	assert_int_equal(whole->port, PORT);
	assert_int_equal(whole->ol_flags, 0);
	assert_memory_equal(rte_pktmbuf_mtod(whole, void *), in_front, sizeof(in_front));
	assert_memory_equal(
		rte_pktmbuf_mtod_offset(whole, void *, RTE_ETHER_HDR_LEN), bench->packet, len);
	rte_pktmbuf_free(whole);
}

static uint8_t *
ip_of(struct bench *bench, uint16_t i)
{
	return rte_pktmbuf_mtod_offset(bench->fragments[i], uint8_t *, RTE_ETHER_HDR_LEN);
}

static void
fragments_of_ipv6_in_any_order_become_the_packet(void **state)
{
	static const uint16_t orders[][4] = {
		{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 0, 3, 2}, {2, 3, 0, 1}, {0, 3, 1, 2}};
	struct bench *bench = *state;

	for (uint32_t i = 0; i < RTE_DIM(orders); i++) {
		/* Odd, and with more than 16 bits of id. */
		cut_ipv6(bench, 2001, 600, i << 24 | 1);
		assert_int_equal(bench->count, 4);
		for (unsigned int j = 0; j < 3; j++)
			assert_null(take(bench, orders[i][j]));
		assert_whole_of_ipv6(bench, take(bench, orders[i][3]), 2001);
	}
	assert_counts(bench, 20, 5, 0);
	assert_int_equal(bench->reassembly->held, 0);
}

static void
short_last_fragments_of_ipv6_lose_their_padding(void **state)
{
	struct bench *bench = *state;

	for (uint16_t len = 1497; len <= 1510; len++) {
		cut_ipv6(bench, len, 1500, len);
		assert_int_equal(bench->count, 2);
		assert_null(take(bench, 1));
		assert_whole_of_ipv6(bench, take(bench, 0), len);
	}
}

static void
a_large_packet_of_ipv6_gets_a_large_buffer(void **state)
{
	struct bench *bench = *state;

	cut_ipv6(bench, 9000, 1500, 1);
	for (uint16_t i = 0; i + 1 < bench->count; i++)
		assert_null(take(bench, i));
	assert_whole_of_ipv6(bench, take(bench, bench->count - 1), 9000);
	assert_counts(bench, 7, 1, 0);
}

static void
an_incomplete_datagram_of_ipv6_is_dropped_after_the_timeout(void **state)
{
	struct bench *bench = *state;

	cut_ipv6(bench, 2001, 600, 1);
	for (uint16_t i = 0; i < 3; i++)
		assert_null(take(bench, i));
	mcr_reassembly_expire(bench->reassembly, NOW + TIMEOUT);
	assert_counts(bench, 0, 0, 0);
	mcr_reassembly_expire(bench->reassembly, NOW + TIMEOUT + 1);
	assert_counts(bench, 0, 0, 3);
	free_fragments_from(bench, 3);
}

/* RFC 5722: the whole datagram is dropped. */
static void
overlapping_fragments_of_ipv6_are_dropped(void **state)
{
	struct bench *bench = *state;

	cut_ipv6(bench, 2001, 600, 1);
	mcr_write_be16(ip_of(bench, 2) + MCR_IPV6_HEADER_LEN + 2, 1096 | 1);
	for (uint16_t i = 0; i < bench->count; i++)
		assert_null(take(bench, i));
	assert_counts(bench, 0, 0, 4);
	assert_int_equal(bench->reassembly->held, 0);
}

/* At most the packet itself comes of it, and no buffer is lost. */
static void
duplicates_of_ipv6_do_no_harm(void **state)
{
	struct bench *bench = *state;

	for (uint16_t twice = 0; twice < 4; twice++) {
		struct rte_mbuf *whole = NULL, *copy;

		cut_ipv6(bench, 2001, 600, twice);
		copy = make_frame(bench, ip_of(bench, twice),
			mcr_ipv6_parse(ip_of(bench, twice), 600).total_len);
		assert_null(mcr_reassembly_take(bench->reassembly, copy, RTE_ETHER_HDR_LEN, NOW));
		for (uint16_t i = 0; i < 4; i++) {
			struct rte_mbuf *const taken = take(bench, i);

			if (taken != NULL)
				whole = taken;
		}
		if (whole != NULL)
			assert_whole_of_ipv6(bench, whole, 2001);
	}
	while (bench->reassembly->held != 0)
		mcr_reassembly_expire(bench->reassembly, NOW + TIMEOUT + 1);
	assert_int_equal(bench->stats.counts[MCR_STAT_RX_FRAGMENTS] +
				 bench->stats.drops[MCR_DROP_REASSEMBLY],
		20);
}

static void
fragments_of_another_packet_of_ipv6_do_not_mix(void **state)
{
	/* The last octet of each address, and the first of the id. */
	static const uint16_t at[] = {MCR_IPV6_SOURCE + 15, MCR_IPV6_DESTINATION + 15, 44};
	struct bench *bench = *state;

	for (uint32_t i = 0; i < RTE_DIM(at); i++) {
		cut_ipv6(bench, 1540, 1500, i);
		ip_of(bench, 1)[at[i]] ^= 0x80;
		assert_null(take(bench, 0));
		assert_null(take(bench, 1));
	}
	assert_int_equal(bench->reassembly->held, 6);
}

static void
families_do_not_mix(void **state)
{
	struct bench *bench = *state;
	struct rte_mbuf *last;

	cut_ipv6(bench, 1540, 1500, 1);
	assert_null(take(bench, 0));
	last = bench->fragments[1];
	cut(bench, 1524, 1500, 1);
	assert_null(take(bench, 0));
	assert_whole(bench, take(bench, 1), 1524);
	cut_ipv6(bench, 1540, 1500, 1);
	free_fragments_from(bench, 0);
	bench->fragments[0] = last;
	assert_whole_of_ipv6(bench, take(bench, 0), 1540);
}

static void
assert_impossible_of_ipv6(struct bench *bench, uint16_t len, uint16_t field)
{
	uint8_t *const ip = bench->packet;

	memset(ip, 0, len);
	ip[0] = 0x60;
	ip[6] = IPPROTO_FRAGMENT;
	mcr_write_be16(ip + 4, len - MCR_IPV6_HEADER_LEN);
	if (len >= MCR_IPV6_HEADER_LEN + 4)
		mcr_write_be16(ip + MCR_IPV6_HEADER_LEN + 2, field);
	bench->fragments[0] = make_frame(bench, ip, len);
	assert_null(take(bench, 0));
	assert_int_equal(bench->reassembly->held, 0);
}

static void
impossible_fragments_of_ipv6_are_dropped(void **state)
{
	struct bench *bench = *state;
	uint64_t count = 0;

	for (uint16_t len = MCR_IPV6_HEADER_LEN; len <= MCR_IPV6_HEADER_LEN + 8; len++, count++)
		assert_impossible_of_ipv6(bench, len, 1);
	/* A length that only the last has; behind the longest packet. */
	for (uint16_t rest = 1; rest < 8; rest++, count++)
		assert_impossible_of_ipv6(bench, MCR_IPV6_HEADER_LEN + 16 + rest, 1);
	assert_impossible_of_ipv6(bench, MCR_IPV6_HEADER_LEN + 8 + 1400, 0xfff8);
	assert_counts(bench, 0, 0, count + 1);
	/* Another header than a fragment's. */
	cut_ipv6(bench, 1540, 1500, 1);
	ip_of(bench, 0)[6] = IPPROTO_HOPOPTS;
	assert_null(take(bench, 0));
	assert_counts(bench, 0, 0, count + 2);
	free_fragments_from(bench, 1);
}

static void
cut_ipv6_with_ecn(struct bench *bench, const uint8_t *ecn)
{
	cut_ipv6(bench, 2001, 600, 1);
	assert_int_equal(bench->count, 4);
	for (uint16_t i = 0; i < 4; i++)
		ip_of(bench, i)[1] = 0x81 | ecn[i] << 4;
}

/* RFC 3168 5.3. */
static void
ce_of_any_fragment_of_ipv6_marks_the_packet(void **state)
{
	static const uint8_t ecn[][4] = {{3, 2, 2, 2}, {2, 3, 2, 2}, {1, 1, 3, 1}, {2, 1, 2, 3}};
	struct bench *bench = *state;

	for (unsigned int i = 0; i < RTE_DIM(ecn); i++) {
		cut_ipv6_with_ecn(bench, ecn[i]);
		for (uint16_t j = 3; j > 0; j--)
			assert_null(take(bench, j));
		bench->packet[1] = 0x81 | MCR_ECN_CE << 4;
		assert_whole_of_ipv6(bench, take(bench, 0), 2001);
	}
	assert_counts(bench, 16, 4, 0);
}

static void
ce_beside_a_fragment_of_ipv6_without_ecn_drops_the_packet(void **state)
{
	static const uint8_t ecn[][4] = {{0, 3, 2, 2}, {3, 2, 0, 2}, {0, 0, 0, 3}};
	struct bench *bench = *state;

	for (unsigned int i = 0; i < RTE_DIM(ecn); i++) {
		cut_ipv6_with_ecn(bench, ecn[i]);
		for (uint16_t j = 0; j < 4; j++)
			assert_null(take(bench, j));
	}
	assert_counts(bench, 0, 0, 12);
	assert_int_equal(bench->reassembly->held, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_fragments_become_the_packet),
		TEST(fragments_in_any_order_become_the_packet),
		TEST(buffers_of_a_driver_go_back_to_it),
		TEST(a_large_packet_gets_a_large_buffer),
		TEST(without_a_large_buffer_a_large_packet_is_dropped),
		TEST(an_incomplete_datagram_is_dropped_after_the_timeout),
		TEST(many_datagrams_are_dropped_at_once),
		TEST(a_full_table_drops_new_datagrams),
		TEST(a_datagram_with_too_many_fragments_is_dropped),
		TEST(overlapping_fragments_are_dropped),
		TEST(impossible_fragments_are_dropped),
		TEST(fragments_of_different_senders_do_not_mix),
		TEST(ce_of_any_fragment_marks_the_packet),
		TEST(ce_marks_large_packets),
		TEST(ce_beside_a_fragment_without_ecn_drops_the_packet),
		TEST(fragments_of_ipv6_in_any_order_become_the_packet),
		TEST(short_last_fragments_of_ipv6_lose_their_padding),
		TEST(a_large_packet_of_ipv6_gets_a_large_buffer),
		TEST(an_incomplete_datagram_of_ipv6_is_dropped_after_the_timeout),
		TEST(overlapping_fragments_of_ipv6_are_dropped),
		TEST(duplicates_of_ipv6_do_no_harm),
		TEST(fragments_of_another_packet_of_ipv6_do_not_mix),
		TEST(families_do_not_mix),
		TEST(impossible_fragments_of_ipv6_are_dropped),
		TEST(ce_of_any_fragment_of_ipv6_marks_the_packet),
		TEST(ce_beside_a_fragment_of_ipv6_without_ecn_drops_the_packet),
	};

	return cmocka_run_group_tests(tests, set_up_pools, tear_down_pools);
}
