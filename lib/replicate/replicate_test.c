/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "fixture.h"

static void
check_every_copy(struct fixture *fixture, uint16_t length)
{
	struct mcr_copies copies = {.count = 0};
	struct rte_mbuf *packet = make_packet(fixture, length);

	replicate(fixture, packet, MCR_REPLICATE_BURST, &copies);
	assert_int_equal(copies.count, MCR_REPLICATE_BURST);
	for (uint16_t i = 0; i < copies.count; i++) {
		assert_int_equal(copies.members[i], i);
		assert_int_equal(length_of(&copies, i), copies.packets[i]->pkt_len);
		rte_mbuf_sanity_check(copies.packets[i], 1);
		assert_is_copy(fixture, copies.packets[i], i, packet);
	}
	rte_pktmbuf_free_bulk(copies.packets, copies.count);
	rte_pktmbuf_free(packet);
}

static void
copied_payloads_equal_the_packet(void **state)
{
	check_every_copy(*state, 20);
	check_every_copy(*state, 64);
	check_every_copy(*state, 1400);
}

static void
shared_payloads_equal_the_packet(void **state)
{
	struct fixture *fixture = *state;

	fixture->replicate.share_above[0] = 20;
	check_every_copy(fixture, 20);
	check_every_copy(fixture, 1400);
}

static void
turn_into_udp_receivers(struct fixture *fixture)
{
	for (uint32_t i = 1; i < MEMBERS; i += 2) {
		const struct mcr_encap_path path = {
			.encap = MCR_ENCAP_UDP,
			.destination = 0x0a010000 + i,
			.mtu = 1500,
		};

		mcr_template_build(fixture->templates[i], &path);
	}
}

static void
assert_is_rewritten(const struct fixture *fixture, struct rte_mbuf *copy, uint32_t member,
	const struct rte_mbuf *packet)
{
	uint8_t rewritten[400];

	memcpy(rewritten, rte_pktmbuf_mtod(packet, void *), sizeof(rewritten));
	mcr_rewrite_packet(&fixture->templates[member]->rewrite, rewritten);
	assert_int_equal(copy->data_len, RTE_ETHER_HDR_LEN + sizeof(rewritten));
	assert_memory_equal(rte_pktmbuf_mtod_offset(copy, void *, RTE_ETHER_HDR_LEN), rewritten,
		sizeof(rewritten));
	assert_memory_not_equal(rewritten, rte_pktmbuf_mtod(packet, void *), 20);
}

/* The packet itself and other copies are not rewritten. */
static void
a_udp_receivers_copy_is_rewritten_alone(void **state)
{
	struct fixture *fixture = *state;
	struct mcr_copies copies = {.count = 0};
	struct rte_mbuf *packet = make_packet(fixture, 400);
	uint32_t members = 0;

	fixture->replicate.share_above[0] = 20;
	turn_into_udp_receivers(fixture);
	replicate(fixture, packet, 8, &copies);
	assert_int_equal(copies.count, 8);
	for (uint16_t i = 0; i < copies.count; i++) {
		members |= 1 << copies.members[i];
		if (copies.members[i] % 2 == 0)
			assert_is_copy(fixture, copies.packets[i], copies.members[i], packet);
		else
			assert_is_rewritten(fixture, copies.packets[i], copies.members[i], packet);
		assert_int_equal(copies.packets[i]->nb_segs, 2 - copies.members[i] % 2);
	}
	assert_int_equal(members, 0xff);
	rte_pktmbuf_free_bulk(copies.packets, copies.count);
	rte_pktmbuf_free(packet);
}

#define OWN_VNI 100
#define OTHER_VNI 200

static const uint8_t own_ethernet[] = {1, 0, 0x5e, 1, 1, 1, 2, 0x99, 0, 0, 0, 1, 8, 0};

/* Member 0 is in the packet's segment, member 1 in another; the others have GRE. */
static void
turn_into_stations(struct fixture *fixture)
{
	struct mcr_encap_path path = {.encap = MCR_ENCAP_VXLAN, .key = OWN_VNI, .mtu = 1500};

	mcr_template_build(fixture->templates[0], &path);
	path.key = OTHER_VNI;
	mcr_template_build(fixture->templates[1], &path);
	fixture->replicate.segment_mac = (struct rte_ether_addr){{2, 0, 0, 0, 0, 0x0a}};
}

static struct mcr_original
describe_framed(struct rte_mbuf *packet)
{
	struct mcr_original original = describe(packet);

	original.vni = OWN_VNI;
	memcpy(rte_pktmbuf_mtod(packet, uint8_t *) - sizeof(own_ethernet), own_ethernet,
		sizeof(own_ethernet));
	return original;
}

static void
assert_is_framed(
	const struct rte_mbuf *copy, const uint8_t *ethernet, const void *packet, uint16_t length)
{
	uint8_t bytes[2048];
	const uint8_t *got = rte_pktmbuf_read(copy, 0, copy->pkt_len, bytes);

	assert_int_equal(copy->pkt_len, 50 + 14 + length);
	assert_int_equal(mcr_read_be16(got + 16), 36 + 14 + length);
	assert_int_equal(mcr_read_be16(got + 38), 16 + 14 + length);
	assert_memory_equal(got + 50, ethernet, 14);
	assert_memory_equal(got + 64, packet, length);
}

static void
check_segments(struct fixture *fixture)
{
	static const uint8_t made[] = {1, 0, 0x5e, 2, 3, 4, 2, 0, 0, 0, 0, 0x0a, 8, 0};
	struct mcr_copies copies = {.count = 0};
	struct rte_mbuf *packet = make_packet(fixture, 400);
	const struct mcr_original original = describe_framed(packet);
	uint8_t *ip = rte_pktmbuf_mtod(packet, uint8_t *);

	mcr_write_be32(ip + 16, 0xef020304);
	turn_into_stations(fixture);
	mcr_replicate_burst(&fixture->replicate, &original, fixture->receivers, 3, &copies);
	assert_int_equal(copies.count, 3);
	assert_is_framed(copies.packets[0], own_ethernet, ip, 400);
	assert_is_framed(copies.packets[1], made, ip, 400);
	assert_is_copy(fixture, copies.packets[2], 2, packet);
	assert_memory_equal(ip - 14, own_ethernet, 14);
	rte_pktmbuf_free_bulk(copies.packets, copies.count);
	rte_pktmbuf_free(packet);
}

static void
only_its_own_segment_gets_the_packets_ethernet_header(void **state)
{
	struct fixture *fixture = *state;

	check_segments(fixture);
	fixture->replicate.share_above[0] = 20;
	check_segments(fixture);
}

static void
a_payload_is_shared_from_the_given_length_on(void **state)
{
	struct fixture *fixture = *state;
	struct mcr_copies copies = {.count = 0};
	struct rte_mbuf *small = make_packet(fixture, 99), *large = make_packet(fixture, 100);

	fixture->replicate.share_above[0] = 100;
	replicate(fixture, small, 1, &copies);
	replicate(fixture, large, 1, &copies);
	assert_int_equal(copies.packets[0]->nb_segs, 1);
	assert_int_equal(copies.packets[1]->nb_segs, 2);
	rte_pktmbuf_free_bulk(copies.packets, copies.count);
	rte_pktmbuf_free(small);
	rte_pktmbuf_free(large);
}

static void
a_reference_count_that_is_nearly_full_is_not_raised(void **state)
{
	struct fixture *fixture = *state;
	struct mcr_copies copies = {.count = 0};
	struct rte_mbuf *packet = make_packet(fixture, 100);

	fixture->replicate.share_above[0] = 20;
	rte_mbuf_refcnt_set(packet, UINT16_MAX - MCR_REPLICATE_BURST * RTE_MAX_LCORE + 1);
	replicate(fixture, packet, 2, &copies);
	assert_int_equal(copies.packets[0]->nb_segs, 1);
	rte_mbuf_refcnt_set(packet, 1);
	rte_pktmbuf_free_bulk(copies.packets, copies.count);
	rte_pktmbuf_free(packet);
}

static void
check_missing_buffers(struct fixture *fixture)
{
	struct mcr_copies copies = {.count = 0};
	struct rte_mbuf *packet = make_packet(fixture, 200);
	uint16_t burst[4], made = 0;
	struct rte_mbuf *all[4 * MCR_REPLICATE_BURST];

	for (unsigned int i = 0; i < RTE_DIM(burst); i++) {
		copies.count = 0;
		replicate(fixture, packet, MCR_REPLICATE_BURST, &copies);
		memcpy(&all[made], copies.packets, copies.count * sizeof(all[0]));
		made += copies.count;
	}
	assert_int_equal(made, BUFFERS);
	assert_int_equal(fixture->stats.counts[MCR_STAT_COPIES], 4 * MCR_REPLICATE_BURST);
	assert_int_equal(
		fixture->stats.drops[MCR_DROP_COPY_NO_MBUF], 4 * MCR_REPLICATE_BURST - made);
	assert_int_equal(fixture->member_drops[31], 3);
	rte_pktmbuf_free_bulk(all, made);
	assert_int_equal(rte_mbuf_refcnt_read(packet), 1);
	rte_pktmbuf_free(packet);
}

static void
an_empty_pool_drops_only_the_copies_that_lack_a_buffer(void **state)
{
	struct fixture *fixture = *state;

	check_missing_buffers(fixture);
	tear_down(state);
	set_up(state);
	fixture->replicate.share_above[0] = 20;
	check_missing_buffers(fixture);
}

static void
receivers_without_a_copy_are_counted_by_reason(void **state)
{
	struct fixture *fixture = *state;
	struct mcr_copies copies = {.count = 0};
	struct rte_mbuf *packet = make_packet(fixture, 100);

	free(fixture->templates[1]);
	fixture->templates[1] = NULL;
	fixture->templates[2]->mtu = 123;
	fixture->templates[3]->mtu = 124;
	replicate(fixture, packet, 4, &copies);
	assert_int_equal(copies.count, 2);
	assert_int_equal(copies.members[0], 0);
	assert_int_equal(copies.members[1], 3);
	assert_int_equal(fixture->stats.counts[MCR_STAT_COPIES], 4);
	assert_int_equal(fixture->stats.drops[MCR_DROP_COPY_UNRESOLVED], 1);
	assert_int_equal(fixture->stats.drops[MCR_DROP_COPY_OVERSIZE], 1);
	assert_int_equal(fixture->member_drops[1], 1);
	assert_int_equal(fixture->member_drops[2], 1);
	rte_pktmbuf_free_bulk(copies.packets, copies.count);
	rte_pktmbuf_free(packet);
}

static struct rte_mbuf *
make_large_packet(const struct fixture *fixture, uint16_t fragment)
{
	struct rte_mbuf *packet = make_packet(fixture, 1500);
	uint8_t *ip = rte_pktmbuf_mtod(packet, uint8_t *);

	mcr_write_be16(ip + 2, 1500);
	mcr_write_be16(ip + 6, fragment);
	return packet;
}

/* The fragments of member 0's copy carry the packet behind outer headers of this length. */
static void
check_cut(struct fixture *fixture, struct rte_mbuf *packet, uint16_t header_len, uint16_t expected)
{
	const struct mcr_original original = describe(packet);
	struct mcr_copies copies = {.count = 0};
	struct mcr_oversize oversize;
	uint32_t bytes = 0;

	fixture->drops_oversize = false;
	replicate(fixture, packet, 1, &copies);
	assert_int_equal(copies.count, 0);
	assert_int_equal(copies.oversize_count, 1);
	mcr_oversize_start(&oversize, &fixture->replicate, &original, copies.oversize[0]);
	while (mcr_oversize_next(&oversize, &copies))
		;
	assert_int_equal(copies.count, expected);
	for (uint16_t i = 0; i < copies.count; i++) {
		const uint8_t *ip = rte_pktmbuf_mtod(copies.packets[i], const uint8_t *) + 14;
		const struct mcr_ipv4_info outer =
			mcr_ipv4_parse(ip, copies.packets[i]->data_len - 14);

		assert_int_equal(outer.total_len + 14, copies.lengths[i]);
		assert_in_range(outer.total_len, header_len, 1500);
		assert_true(mcr_ipv4_checksum_is_right(ip, outer.header_len));
		bytes += outer.total_len - header_len;
	}
	assert_int_equal(bytes, copies.count == 0 ? 0 : 1480);
	assert_int_equal(fixture->stats.counts[MCR_STAT_COPIES] +
				 fixture->stats.counts[MCR_STAT_TX_FRAGMENTS],
		copies.count + fixture->stats.drops[MCR_DROP_COPY_OVERSIZE]);
	rte_pktmbuf_free_bulk(copies.packets, copies.count);
	rte_pktmbuf_free(packet);
}

/* Outer IPv4 20, GRE 4, inner IPv4 20. */
static void
without_df_the_inner_packet_is_fragmented(void **state)
{
	check_cut(*state, make_large_packet(*state, 0), 44, 2);
}

static void
with_df_the_outer_packet_is_fragmented(void **state)
{
	struct fixture *fixture = *state;
	struct mcr_copies copies = {.count = 0};
	struct rte_mbuf *packet = make_large_packet(fixture, RTE_IPV4_HDR_DF_FLAG);
	const struct mcr_original original = describe(packet);
	struct mcr_oversize oversize;
	uint8_t joined[2048];
	uint16_t at = 0;

	fixture->drops_oversize = false;
	fixture->ids[0] = 7;
	replicate(fixture, packet, 1, &copies);
	mcr_oversize_start(&oversize, &fixture->replicate, &original, copies.oversize[0]);
	while (mcr_oversize_next(&oversize, &copies))
		;
	assert_int_equal(copies.count, 2);
	for (uint16_t i = 0; i < copies.count; i++) {
		const uint8_t *ip = rte_pktmbuf_mtod(copies.packets[i], const uint8_t *) + 14;
		const struct mcr_ipv4_info outer =
			mcr_ipv4_parse(ip, copies.packets[i]->data_len - 14);

		assert_int_equal(mcr_read_be16(ip + 4), 9);
		assert_int_equal(outer.fragment, i == 0 ? RTE_IPV4_HDR_MF_FLAG : at / 8);
		memcpy(joined + at, ip + 20, outer.total_len - 20);
		at += outer.total_len - 20;
	}
	/* GRE without a key, then the packet. */
	assert_int_equal(at, 1504);
	assert_memory_equal(joined, "\0\0\x08\0", 4);
	assert_memory_equal(joined + 4, rte_pktmbuf_mtod(packet, void *), 1500);
	assert_int_equal(fixture->stats.counts[MCR_STAT_TX_FRAGMENTS], 1);
	rte_pktmbuf_free_bulk(copies.packets, copies.count);
	rte_pktmbuf_free(packet);
}

static void
fragments_in_a_segment_keep_their_ethernet_header(void **state)
{
	struct fixture *fixture = *state;
	struct mcr_copies copies = {.count = 0};
	struct rte_mbuf *packet = make_large_packet(fixture, 0);
	const struct mcr_original original = describe_framed(packet);
	struct mcr_oversize oversize;

	fixture->drops_oversize = false;
	turn_into_stations(fixture);
	mcr_replicate_burst(&fixture->replicate, &original, fixture->receivers, 1, &copies);
	assert_int_equal(copies.oversize_count, 1);
	mcr_oversize_start(&oversize, &fixture->replicate, &original, copies.oversize[0]);
	while (mcr_oversize_next(&oversize, &copies))
		;
	assert_int_equal(copies.count, 2);
	for (uint16_t i = 0; i < 2; i++) {
		const uint8_t *frame = rte_pktmbuf_mtod(copies.packets[i], const uint8_t *);
		const struct mcr_ipv4_info inner =
			mcr_ipv4_parse(frame + 64, copies.packets[i]->data_len - 64);

		assert_in_range(copies.packets[i]->data_len, 64, 14 + 1500);
		assert_memory_equal(frame + 50, own_ethernet, 14);
		assert_int_equal(64 + inner.total_len, copies.packets[i]->data_len);
		assert_true(mcr_ipv4_checksum_is_right(frame + 64, inner.header_len));
	}
	rte_pktmbuf_free_bulk(copies.packets, copies.count);
	rte_pktmbuf_free(packet);
}

/* For example IPv6, which no router fragments. */
static void
for_other_protocols_than_ipv4_the_outer_packet_is_fragmented(void **state)
{
	struct fixture *fixture = *state;
	struct mcr_copies copies = {.count = 0};
	struct rte_mbuf *packet = make_packet(fixture, 1451);
	struct mcr_original original = describe_framed(packet);
	struct mcr_oversize oversize;
	uint8_t joined[2048];
	uint16_t at = 0;

	original.version = 0;
	fixture->drops_oversize = false;
	turn_into_stations(fixture);
	mcr_replicate_burst(&fixture->replicate, &original, fixture->receivers, 1, &copies);
	mcr_oversize_start(&oversize, &fixture->replicate, &original, copies.oversize[0]);
	while (mcr_oversize_next(&oversize, &copies))
		;
	assert_int_equal(copies.count, 2);
	for (uint16_t i = 0; i < 2; i++) {
		const uint16_t len = copies.packets[i]->data_len - 34;

		memcpy(joined + at, rte_pktmbuf_mtod_offset(copies.packets[i], void *, 34), len);
		at += len;
	}
	assert_int_equal(at, 16 + 14 + 1451);
	assert_memory_equal(joined + 16, own_ethernet, 14);
	assert_memory_equal(joined + 30, rte_pktmbuf_mtod(packet, void *), 1451);
	rte_pktmbuf_free_bulk(copies.packets, copies.count);
	rte_pktmbuf_free(packet);
}

/* RFC 8200 5: only its source fragments IPv6. What would be DF in IPv4 is not set. */
static void
a_long_ipv6_packet_is_fragmented_outside_and_named(void **state)
{
	struct fixture *fixture = *state;
	struct mcr_copies copies = {.count = 0};
	struct rte_mbuf *packet = make_packet(fixture, 1480);
	uint8_t *const ip = rte_pktmbuf_mtod(packet, uint8_t *);
	struct mcr_oversize oversize;
	struct mcr_original original;
	uint8_t joined[2048];
	uint16_t at = 0;

	ip[0] = 0x60;
	original = describe(packet);
	fixture->drops_oversize = false;
	mcr_replicate_burst(&fixture->replicate, &original, fixture->receivers, 1, &copies);
	assert_int_equal(copies.oversize_count, 1);
	mcr_oversize_start(&oversize, &fixture->replicate, &original, copies.oversize[0]);
	while (mcr_oversize_next(&oversize, &copies))
		;
	assert_int_equal(copies.count, 2);
	for (uint16_t i = 0; i < 2; i++) {
		const uint16_t len = copies.packets[i]->data_len - 34;

		memcpy(joined + at, rte_pktmbuf_mtod_offset(copies.packets[i], void *, 34), len);
		at += len;
	}
	assert_int_equal(at, MCR_GRE_HEADER_LEN + 1480);
	assert_int_equal(mcr_read_be16(joined + 2), RTE_ETHER_TYPE_IPV6);
	assert_memory_equal(joined + MCR_GRE_HEADER_LEN, ip, 1480);
	rte_pktmbuf_free_bulk(copies.packets, copies.count);
	rte_pktmbuf_free(packet);
}

/* l2 and udp have no outer header. */
static void
with_df_and_no_outer_header_the_copy_is_dropped(void **state)
{
	struct fixture *fixture = *state;
	const struct mcr_encap_path path = {.encap = MCR_ENCAP_L2, .mtu = 1400};

	mcr_template_build(fixture->templates[0], &path);
	check_cut(fixture, make_large_packet(fixture, RTE_IPV4_HDR_DF_FLAG), 20, 0);
	assert_int_equal(fixture->stats.drops[MCR_DROP_COPY_OVERSIZE], 1);
	assert_int_equal(fixture->member_drops[0], 1);
}

static void
bursts_are_appended(void **state)
{
	struct fixture *fixture = *state;
	struct mcr_copies copies = {.count = 0};
	struct rte_mbuf *packet = make_packet(fixture, 100);

	replicate(fixture, packet, 0, &copies);
	assert_int_equal(copies.count, 0);
	replicate(fixture, packet, 2, &copies);
	replicate(fixture, packet, 1, &copies);
	assert_int_equal(copies.count, 3);
	assert_int_equal(copies.members[2], 0);
	assert_is_copy(fixture, copies.packets[1], 1, packet);
	assert_is_copy(fixture, copies.packets[2], 0, packet);
	rte_pktmbuf_free_bulk(copies.packets, copies.count);
	rte_pktmbuf_free(packet);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(copied_payloads_equal_the_packet),
		TEST(shared_payloads_equal_the_packet),
		TEST(a_udp_receivers_copy_is_rewritten_alone),
		TEST(only_its_own_segment_gets_the_packets_ethernet_header),
		TEST(a_payload_is_shared_from_the_given_length_on),
		TEST(a_reference_count_that_is_nearly_full_is_not_raised),
		TEST(an_empty_pool_drops_only_the_copies_that_lack_a_buffer),
		TEST(receivers_without_a_copy_are_counted_by_reason),
		TEST(without_df_the_inner_packet_is_fragmented),
		TEST(with_df_the_outer_packet_is_fragmented),
		TEST(fragments_in_a_segment_keep_their_ethernet_header),
		TEST(for_other_protocols_than_ipv4_the_outer_packet_is_fragmented),
		TEST(a_long_ipv6_packet_is_fragmented_outside_and_named),
		TEST(with_df_and_no_outer_header_the_copy_is_dropped),
		TEST(bursts_are_appended),
	};

	return cmocka_run_group_tests(tests, set_up_pools, tear_down_pools);
}
