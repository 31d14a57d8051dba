/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <netinet/in.h>

#include "burst.h"
#include "fixture.h"
#include "header.h"

/* Around one and two chunks, and the longest. */
static const uint16_t lengths[] = {20, 63, 64, 65, 127, 128, 129, 1400};

static const enum mcr_encap shapes[] = {
	MCR_ENCAP_L2, MCR_ENCAP_GRE, MCR_ENCAP_GRE_UDP, MCR_ENCAP_VXLAN, MCR_ENCAP_UDP};

static void
build_of_key(
	struct fixture *fixture, uint32_t member, enum mcr_encap encap, uint16_t port, uint32_t key)
{
	const struct mcr_encap_path path = {
		.encap = encap,
		.next_hop_mac = {{0x02, 0, 0, 0, 0, member}},
		.source = 0x0a00000a,
		.destination = 0x0a010000 + member,
		.key = key,
		.has_key = encap != MCR_ENCAP_VXLAN,
		.udp_port = encap == MCR_ENCAP_UDP ? 7000 : 0,
		.mtu = 1500,
		.port = port,
	};

	mcr_template_build(fixture->templates[member], &path);
}

static void
build(struct fixture *fixture, uint32_t member, enum mcr_encap encap, uint16_t port)
{
	build_of_key(fixture, member, encap, port, member);
}

/* write_headers() is the reference: the copy loops do not call it. */
static void
assert_has_headers(
	struct fixture *fixture, struct rte_mbuf *copy, uint32_t member, struct rte_mbuf *packet)
{
	const struct mcr_original original = describe(packet);
	uint8_t expected[2048], got[2048];
	uint8_t *const inner = expected + MCR_ENCAP_COPY_HEADROOM;
	uint16_t header_len;

	memcpy(inner, rte_pktmbuf_mtod(packet, void *), packet->data_len);
	if (fixture->templates[member]->encap == MCR_ENCAP_UDP)
		mcr_rewrite_packet(&fixture->templates[member]->rewrite, inner);
	header_len = write_headers(&fixture->replicate, &original, fixture->templates[member],
		inner, packet->data_len);
	assert_int_equal(copy->pkt_len, header_len + packet->data_len);
	assert_memory_equal(
		rte_pktmbuf_read(copy, 0, copy->pkt_len, got), inner - header_len, copy->pkt_len);
}

/* UDP, so a port and a checksum are rewritten. */
static struct rte_mbuf *
make_datagram(struct fixture *fixture, uint16_t length)
{
	struct rte_mbuf *packet = make_packet(fixture, length);
	uint8_t *const ip = rte_pktmbuf_mtod(packet, uint8_t *);

	mcr_write_be16(ip + 2, length);
	mcr_write_be16(ip + 6, 0);
	ip[9] = IPPROTO_UDP;
	return packet;
}

/* A rewritten payload cannot be shared. */
static uint16_t
segments_of(const struct fixture *fixture, uint32_t member, bool is_shared)
{
	return is_shared && fixture->templates[member]->encap != MCR_ENCAP_UDP ? 2 : 1;
}

static void
check_copies(struct fixture *fixture, uint16_t length, bool is_shared)
{
	struct rte_mbuf *packet = make_datagram(fixture, length);
	struct mcr_copies copies = {.count = 0};

	replicate(fixture, packet, MCR_REPLICATE_BURST, &copies);
	assert_int_equal(copies.count, MCR_REPLICATE_BURST);
	for (uint16_t i = 0; i < copies.count; i++) {
		const uint32_t member = copies.members[i];

		assert_has_headers(fixture, copies.packets[i], member, packet);
		assert_int_equal(
			copies.packets[i]->nb_segs, segments_of(fixture, member, is_shared));
		assert_int_equal(copies.packets[i]->pkt_len, length_of(&copies, i));
		assert_int_equal(mcr_copies_port(&copies, i), fixture->templates[member]->port);
	}
	rte_pktmbuf_free_bulk(copies.packets, copies.count);
	rte_pktmbuf_free(packet);
}

static void
check_all_lengths(struct fixture *fixture)
{
	for (uint32_t i = 0; i < RTE_DIM(lengths); i++) {
		fixture->replicate.share_above[0] = MCR_REPLICATE_NEVER_SHARE;
		check_copies(fixture, lengths[i], false);
		fixture->replicate.share_above[0] = 0;
		check_copies(fixture, lengths[i], true);
	}
}

static void
check_all_shapes(struct fixture *fixture)
{
	for (uint32_t i = 0; i < RTE_DIM(shapes); i++) {
		for (uint32_t member = 0; member < MCR_REPLICATE_BURST; member++)
			build(fixture, member, shapes[i], 0);
		check_all_lengths(fixture);
	}
	for (uint32_t member = 0; member < MCR_REPLICATE_BURST; member++)
		build(fixture, member, shapes[member % RTE_DIM(shapes)], 0);
	check_all_lengths(fixture);
}

static void
every_variant_writes_the_same_bytes(void **state)
{
	const enum burst_width widest = burst_width_of_cpu();

	for (enum burst_width width = BURST_WIDTH_ANY; width <= widest; width++) {
		burst_choose_variants(width);
		check_all_shapes(*state);
	}
}

/* What else than the addresses of IPv6 differs from the same packet of IPv4. */
static const struct {
	enum mcr_encap encap;
	bool has_key;
	uint16_t type_at; /* in the copy */
	uint16_t inner_at;
} ipv6_shapes[] = {
	{MCR_ENCAP_L2, false, 12, 14},
	{MCR_ENCAP_GRE, false, 36, 38},
	{MCR_ENCAP_GRE, true, 36, 42},
	{MCR_ENCAP_GRE_UDP, false, 44, 46},
	{MCR_ENCAP_GRE_UDP, true, 44, 50},
	{MCR_ENCAP_VXLAN, false, 62, 64},
	{MCR_ENCAP_GRETAP, true, 54, 56},
	{MCR_ENCAP_AMT, false, 0, 44},
};

static struct rte_mbuf *
make_ipv6_packet(struct fixture *fixture)
{
	struct rte_mbuf *packet = make_packet(fixture, 300);
	uint8_t *const ip = rte_pktmbuf_mtod(packet, uint8_t *);

	ip[0] = 0x60;
	memcpy(ip + MCR_IPV6_DESTINATION, "\xff\x1e\0\0\0\0\0\0\0\0\0\0\1\2\3\4", 16);
	return packet;
}

static void
build_ipv6_shape(struct fixture *fixture, uint32_t member, uint32_t shape)
{
	const struct mcr_encap_path path = {
		.encap = ipv6_shapes[shape].encap,
		.source = 0x0a00000a,
		.destination = 0x0a010000 + member,
		.key = ipv6_shapes[shape].has_key || ipv6_shapes[shape].encap == MCR_ENCAP_VXLAN
	                       ? 7
	                       : 0,
		.has_key = ipv6_shapes[shape].has_key,
		.mtu = 1500,
	};

	mcr_template_build(fixture->templates[member], &path);
}

static void
assert_is_ipv6_copy(
	struct fixture *fixture, struct rte_mbuf *copy, uint32_t shape, struct rte_mbuf *packet)
{
	uint8_t read[2048];
	const uint8_t *got = rte_pktmbuf_read(copy, 0, copy->pkt_len, read);
	const uint16_t type_at = ipv6_shapes[shape].type_at;

	assert_int_equal(copy->pkt_len, ipv6_shapes[shape].inner_at + packet->data_len);
	assert_memory_equal(got + ipv6_shapes[shape].inner_at, rte_pktmbuf_mtod(packet, void *),
		packet->data_len);
	if (type_at != 0)
		assert_int_equal(mcr_read_be16(got + type_at), RTE_ETHER_TYPE_IPV6);
	if (ipv6_shapes[shape].encap != MCR_ENCAP_L2)
		assert_int_equal(mcr_read_be16(got + 12), RTE_ETHER_TYPE_IPV4);
	if (mcr_encap_has_segment(ipv6_shapes[shape].encap)) {
		assert_memory_equal(got + type_at - 12, "\x33\x33\1\2\3\4", 6);
		assert_memory_equal(got + type_at - 6, &fixture->replicate.segment_mac, 6);
	}
}

static void
check_ipv6_copies(struct fixture *fixture, uint16_t count)
{
	struct rte_mbuf *packet = make_ipv6_packet(fixture);
	struct mcr_copies copies = {.count = 0};

	replicate(fixture, packet, count, &copies);
	assert_int_equal(copies.count, count);
	for (uint16_t i = 0; i < copies.count; i++)
		assert_is_ipv6_copy(fixture, copies.packets[i],
			copies.members[i] % RTE_DIM(ipv6_shapes), packet);
	rte_pktmbuf_free_bulk(copies.packets, copies.count);
	rte_pktmbuf_free(packet);
}

static void
headers_of_ipv6_name_it(void **state)
{
	const enum burst_width widest = burst_width_of_cpu();
	struct fixture *fixture = *state;

	for (uint32_t i = 0; i < RTE_DIM(ipv6_shapes); i++)
		build_ipv6_shape(fixture, i, i);
	for (enum burst_width width = BURST_WIDTH_ANY; width <= widest; width++) {
		burst_choose_variants(width);
		fixture->replicate.share_above[0] = MCR_REPLICATE_NEVER_SHARE;
		check_ipv6_copies(fixture, RTE_DIM(ipv6_shapes));
		fixture->replicate.share_above[0] = 0;
		check_ipv6_copies(fixture, RTE_DIM(ipv6_shapes));
	}
}

static void
headers_of_ipv6_in_place_name_it(void **state)
{
	struct fixture *fixture = *state;

	for (uint32_t i = 0; i < RTE_DIM(ipv6_shapes); i++) {
		struct rte_mbuf *packet = make_ipv6_packet(fixture);
		struct rte_mbuf *twin = make_ipv6_packet(fixture);
		const struct mcr_original original = describe(packet);
		struct mcr_copies copies = {.count = 0};

		build_ipv6_shape(fixture, i, i);
		assert_true(mcr_replicate_in_place(
			&fixture->replicate, &original, &fixture->receivers[i], &copies));
		assert_is_ipv6_copy(fixture, packet, i, twin);
		rte_pktmbuf_free(packet);
		rte_pktmbuf_free(twin);
	}
}

/* It would get the address of an IPv4 member. */
static void
ipv6_has_no_way_to_a_rewritten_member(void **state)
{
	struct fixture *fixture = *state;
	struct rte_mbuf *packet = make_ipv6_packet(fixture);
	const struct mcr_original original = describe(packet);
	struct mcr_copies copies = {.count = 0};

	for (uint32_t member = 0; member < 4; member++)
		build(fixture, member, member % 2 == 0 ? MCR_ENCAP_UDP : MCR_ENCAP_L2, 0);
	assert_false(mcr_replicate_in_place(
		&fixture->replicate, &original, &fixture->receivers[0], &copies));
	replicate(fixture, packet, 4, &copies);
	assert_int_equal(copies.count, 2);
	assert_int_equal(copies.members[0], 1);
	assert_int_equal(copies.members[1], 3);
	assert_int_equal(fixture->stats.drops[MCR_DROP_COPY_UNRESOLVED], 2);
	rte_pktmbuf_free_bulk(copies.packets, copies.count);
	rte_pktmbuf_free(packet);
}

/* The packet comes from a segment that every second receiver is in. */
static void
only_the_packets_own_segment_keeps_its_ethernet_header(void **state)
{
	struct fixture *fixture = *state;
	struct rte_mbuf *packet = make_datagram(fixture, 100);
	struct mcr_original original = describe(packet);
	struct mcr_copies copies = {.count = 0};
	uint8_t *const ethernet = rte_pktmbuf_mtod(packet, uint8_t *) - RTE_ETHER_HDR_LEN;
	uint8_t other[RTE_ETHER_HDR_LEN + 100];

	memset(ethernet, 0x77, RTE_ETHER_HDR_LEN);
	mcr_vxlan_write_ethernet(other + RTE_ETHER_HDR_LEN, &fixture->replicate.segment_mac,
		mcr_read_be32(rte_pktmbuf_mtod_offset(packet, uint8_t *, 16)));
	original.vni = 1;
	for (uint32_t member = 0; member < 8; member++)
		build_of_key(fixture, member, MCR_ENCAP_VXLAN, 0, member % 2);
	mcr_replicate_burst(&fixture->replicate, &original, fixture->receivers, 8, &copies);
	for (uint16_t i = 0; i < 8; i++)
		assert_memory_equal(rte_pktmbuf_mtod_offset(copies.packets[i], uint8_t *, 50),
			i % 2 == 1 ? ethernet : other, RTE_ETHER_HDR_LEN);
	rte_pktmbuf_free_bulk(copies.packets, copies.count);
	rte_pktmbuf_free(packet);
}

/* The second port takes no chains. */
static void
only_ports_that_take_chains_share(void **state)
{
	struct fixture *fixture = *state;
	struct rte_mbuf *packet = make_packet(fixture, 1000);
	struct mcr_copies copies = {.count = 0};

	fixture->replicate.port_count = 2;
	fixture->replicate.share_above[0] = 100;
	fixture->replicate.share_above[1] = MCR_REPLICATE_NEVER_SHARE;
	for (uint32_t member = 0; member < 8; member++)
		build(fixture, member, MCR_ENCAP_GRE, member % 2);
	replicate(fixture, packet, 8, &copies);
	assert_int_equal(copies.count, 8);
	assert_true(copies.is_mixed);
	for (uint16_t i = 0; i < copies.count; i++) {
		assert_int_equal(copies.packets[i]->nb_segs, 2 - copies.ports[i]);
		assert_is_copy(fixture, copies.packets[i], copies.members[i], packet);
	}
	rte_pktmbuf_free_bulk(copies.packets, copies.count);
	rte_pktmbuf_free(packet);
}

static bool
in_place(struct fixture *fixture, struct rte_mbuf *packet, uint32_t member,
	struct mcr_copies *copies)
{
	const struct mcr_original original = describe(packet);

	return mcr_replicate_in_place(
		&fixture->replicate, &original, &fixture->receivers[member], copies);
}

static void
the_only_receiver_gets_the_packet_itself(void **state)
{
	struct fixture *fixture = *state;
	struct rte_mbuf *packet = make_packet(fixture, 300), *twin = make_packet(fixture, 300);
	struct mcr_copies copies = {.count = 0};

	packet->ol_flags = RTE_MBUF_F_RX_IP_CKSUM_GOOD;
	assert_true(in_place(fixture, packet, 7, &copies));
	assert_int_equal(copies.count, 1);
	assert_ptr_equal(copies.packets[0], packet);
	assert_int_equal(copies.members[0], 7);
	assert_int_equal(copies.lengths[0], packet->pkt_len);
	assert_int_equal(packet->ol_flags, 0);
	assert_is_copy(fixture, packet, 7, twin);
	assert_int_equal(fixture->stats.counts[MCR_STAT_COPIES], 1);
	rte_pktmbuf_free(packet);
	rte_pktmbuf_free(twin);
}

static void
a_packet_that_cannot_leave_in_place_is_unchanged(void **state)
{
	struct fixture *fixture = *state;
	struct rte_mbuf *packet = make_packet(fixture, 300), *twin = make_packet(fixture, 300);
	struct mcr_copies copies = {.count = 0};

	rte_mbuf_refcnt_update(packet, 1);
	assert_false(in_place(fixture, packet, 1, &copies));
	rte_mbuf_refcnt_update(packet, -1);
	fixture->replicate.keeps_packets = 1;
	assert_false(in_place(fixture, packet, 1, &copies));
	fixture->replicate.keeps_packets = 0;
	build(fixture, 2, MCR_ENCAP_GRE, 0);
	fixture->templates[2]->mtu = 299;
	assert_false(in_place(fixture, packet, 2, &copies));
	packet->data_off = MCR_ENCAP_COPY_HEADROOM - 1;
	assert_false(in_place(fixture, packet, 1, &copies));
	packet->data_off = RTE_PKTMBUF_HEADROOM;
	assert_int_equal(copies.count, 0);
	assert_int_equal(fixture->stats.counts[MCR_STAT_COPIES], 0);
	assert_memory_equal(rte_pktmbuf_mtod(packet, void *), rte_pktmbuf_mtod(twin, void *), 300);
	rte_pktmbuf_free(packet);
	rte_pktmbuf_free(twin);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_variant_writes_the_same_bytes),
		TEST(headers_of_ipv6_name_it),
		TEST(headers_of_ipv6_in_place_name_it),
		TEST(ipv6_has_no_way_to_a_rewritten_member),
		TEST(only_the_packets_own_segment_keeps_its_ethernet_header),
		TEST(only_ports_that_take_chains_share),
		TEST(the_only_receiver_gets_the_packet_itself),
		TEST(a_packet_that_cannot_leave_in_place_is_unchanged),
	};

	return cmocka_run_group_tests(tests, set_up_pools, tear_down_pools);
}
