/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Copies for members over IPv6, alone and beside others. */

#include <netinet/in.h>

#include "burst.h"
#include "fixture.h"
#include "header.h"

#define OWN_VNI 7
#define OTHER_VNI 8
#define ENTROPY 0xd234
#define MTU 1500

/* Around one and two chunks, odd ones, and the longest. */
static const uint16_t lengths[] = {48, 63, 64, 65, 127, 128, 129, 1379, 1400};

static const struct kind {
	enum mcr_encap encap;
	bool has_key;
	bool is_ipv6;
	bool zero_checksum;
} kinds[] = {
	{MCR_ENCAP_GRE, false, true, false},
	{MCR_ENCAP_GRE, true, true, false},
	{MCR_ENCAP_GRE_UDP, false, true, false},
	{MCR_ENCAP_GRE_UDP, true, true, false},
	{MCR_ENCAP_GRE_UDP, false, true, true},
	{MCR_ENCAP_VXLAN, false, true, false},
	{MCR_ENCAP_VXLAN, false, true, true},
	{MCR_ENCAP_GRETAP, true, true, false},
	{MCR_ENCAP_AMT, false, true, false},
	{MCR_ENCAP_L2, false, true, false},
	{MCR_ENCAP_UDP, false, true, false},
	{MCR_ENCAP_GRE, false, false, false},
	{MCR_ENCAP_GRE_UDP, true, false, false},
	{MCR_ENCAP_VXLAN, false, false, false},
	{MCR_ENCAP_UDP, false, false, false},
};

/* Every second member of a segment is in the packet's own. */
static void
build(struct fixture *fixture, uint32_t member, const struct kind *kind)
{
	struct mcr_encap_path path = {
		.encap = kind->encap,
		.next_hop_mac = {{0x02, 0, 0, 0, 0, member}},
		.source = 0x0a00000a,
		.destination = 0x0a010000 + member,
		.has_key = kind->has_key,
		.key = member % 2 == 0 ? OWN_VNI : OTHER_VNI,
		.udp_port = kind->encap == MCR_ENCAP_UDP ? 7000 : 0,
		/* As behind a NAT. */
		.source_port = member % 4 == 3 ? 4754 + member : 0,
		.mtu = MTU,
		.is_ipv6 = kind->is_ipv6,
		.zero_checksum = kind->zero_checksum,
		.source6 = {{{0x20, 1, 0x0d, 0xb8, [15] = 0x0a}}},
		.destination6 = {{{0x20, 1, 0x0d, 0xb8, [13] = 3, [15] = member}}},
	};

	set_template(fixture, member, &path);
}

/* A datagram to a group, with a right checksum and an inner Ethernet header in front. */
static struct rte_mbuf *
make_datagram(const struct fixture *fixture, uint16_t length, uint8_t version)
{
	struct rte_mbuf *packet = make_packet(fixture, length);
	uint8_t *const ip = rte_pktmbuf_mtod(packet, uint8_t *);

	memset(ip - RTE_ETHER_HDR_LEN, 0x77, RTE_ETHER_HDR_LEN);
	if (version == 6) {
		mcr_write_be32(ip, 0x6b800000);
		mcr_write_be16(ip + 4, length - MCR_IPV6_HEADER_LEN);
		ip[6] = IPPROTO_UDP;
		ip[7] = 9;
		memcpy(ip + MCR_IPV6_DESTINATION, "\xff\x1e\0\0\0\0\0\0\0\0\0\0\1\2\3\4", 16);
		return packet;
	}
	mcr_write_be16(ip + 2, length);
	mcr_write_be16(ip + 6, 0);
	ip[9] = IPPROTO_UDP;
	mcr_write_be32(ip + 16, 0xef010203);
	return packet;
}

static struct mcr_original
describe_in_segment(struct rte_mbuf *packet)
{
	struct mcr_original original = describe(packet);

	original.vni = OWN_VNI;
	original.entropy = ENTROPY;
	original.tos = 0xb9;
	return original;
}

/* An independent sum, octet by octet: all ones when the checksum is right. */
static uint16_t
sum_datagram(const uint8_t *ip, const uint8_t *udp, uint32_t len)
{
	uint64_t sum = len + IPPROTO_UDP;

	for (unsigned int i = MCR_IPV6_SOURCE; i < MCR_IPV6_HEADER_LEN; i++)
		sum += i % 2 == 0 ? ip[i] << 8 : ip[i];
	for (uint32_t i = 0; i < len; i++)
		sum += i % 2 == 0 ? udp[i] << 8 : udp[i];
	while (sum > UINT16_MAX)
		sum = (sum >> 16) + (sum & UINT16_MAX);
	return sum;
}

/* Of the outer header of a frame over IPv6. */
static void
assert_outer_ipv6(const struct mcr_template *template, const uint8_t *frame, uint32_t len)
{
	const uint8_t *const ip = frame + RTE_ETHER_HDR_LEN, *const udp = ip + MCR_IPV6_HEADER_LEN;

	assert_int_equal(mcr_read_be16(frame + 12), RTE_ETHER_TYPE_IPV6);
	assert_int_equal(
		mcr_ipv6_parse(ip, len - RTE_ETHER_HDR_LEN).total_len, len - RTE_ETHER_HDR_LEN);
	assert_int_equal(mcr_ip_tos(ip), 0xb9);
	assert_int_equal(mcr_read_be32(ip) & 0xfffff, 0x10000 | ENTROPY);
	if (template->outer_udp_len == 0)
		return;
	assert_int_equal(mcr_read_be16(udp + 4), len - RTE_ETHER_HDR_LEN - MCR_IPV6_HEADER_LEN);
	if (template->zero_checksum) {
		assert_int_equal(mcr_read_be16(udp + 6), 0);
		return;
	}
	assert_int_not_equal(mcr_read_be16(udp + 6), 0);
	assert_int_equal(sum_datagram(ip, udp, mcr_read_be16(udp + 4)), UINT16_MAX);
}

/* write_headers() is the reference: the copy loops do not call it. Returns where it is. */
static const uint8_t *
write_expected(const struct fixture *fixture, const struct mcr_original *original, uint32_t member,
	uint8_t *room, uint16_t *len)
{
	const struct mcr_template *const template = fixture->templates[member];
	const struct rte_mbuf *const packet = original->packet;
	uint8_t *const inner = room + MCR_ENCAP_COPY_HEADROOM;
	uint16_t header_len;

	memcpy(inner, rte_pktmbuf_mtod(packet, void *), packet->data_len);
	if (template->encap == MCR_ENCAP_UDP)
		mcr_rewrite_packet(&template->rewrite, inner);
	header_len =
		write_headers(&fixture->replicate, original, template, inner, packet->data_len);
	if (original->version == 6)
		mcr_template_name_ipv6(template, inner);
	*len = header_len + packet->data_len;
	return inner - header_len;
}

static void
assert_has_headers(struct fixture *fixture, const struct rte_mbuf *copy, uint32_t member,
	const struct mcr_original *original)
{
	const struct mcr_template *const template = fixture->templates[member];
	uint8_t room[2048], read[2048];
	uint16_t len;
	const uint8_t *const expected = write_expected(fixture, original, member, room, &len);
	const uint8_t *const got = rte_pktmbuf_read(copy, 0, copy->pkt_len, read);

	assert_int_equal(copy->pkt_len, len);
	assert_memory_equal(got, expected, len);
	if (mcr_template_has_ipv6(template))
		assert_outer_ipv6(template, got, len);
	if (mcr_encap_has_segment(template->encap) && mcr_template_vni(template) == OWN_VNI)
		assert_int_equal(got[template->header_len], 0x77);
}

static void
check_copies(struct fixture *fixture, uint16_t length, uint8_t version, bool is_shared)
{
	struct rte_mbuf *packet = make_datagram(fixture, length, version);
	const struct mcr_original original = describe_in_segment(packet);
	const uint64_t dropped = fixture->stats.drops[MCR_DROP_COPY_UNRESOLVED];
	struct mcr_copies copies = {.count = 0};
	uint16_t expected = 0;

	for (uint32_t i = 0; i < MCR_REPLICATE_BURST; i++)
		expected += mcr_template_takes(fixture->templates[i], version);
	mcr_replicate_burst(
		&fixture->replicate, &original, fixture->receivers, MCR_REPLICATE_BURST, &copies);
	assert_int_equal(copies.count, expected);
	assert_int_equal(fixture->stats.drops[MCR_DROP_COPY_UNRESOLVED] - dropped,
		MCR_REPLICATE_BURST - expected);
	assert_int_equal(copies.oversize_count, 0);
	for (uint16_t i = 0; i < copies.count; i++) {
		const uint32_t member = copies.members[i];
		const bool is_rewritten = fixture->templates[member]->encap == MCR_ENCAP_UDP;

		assert_has_headers(fixture, copies.packets[i], member, &original);
		assert_int_equal(copies.packets[i]->nb_segs, is_shared && !is_rewritten ? 2 : 1);
		assert_int_equal(copies.packets[i]->pkt_len, length_of(&copies, i));
	}
	rte_pktmbuf_free_bulk(copies.packets, copies.count);
	rte_pktmbuf_free(packet);
}

static void
check_all_lengths(struct fixture *fixture)
{
	for (uint32_t i = 0; i < RTE_DIM(lengths); i++) {
		for (uint8_t version = 4; version <= 6; version += 2) {
			fixture->replicate.share_above[0] = MCR_REPLICATE_NEVER_SHARE;
			check_copies(fixture, lengths[i], version, false);
			fixture->replicate.share_above[0] = 0;
			check_copies(fixture, lengths[i], version, true);
		}
	}
}

static void
check_all_loops(struct fixture *fixture)
{
	const enum burst_width widest = burst_width_of_cpu();

	for (enum burst_width width = BURST_WIDTH_ANY; width <= widest; width++) {
		burst_choose_variants(width);
		check_all_lengths(fixture);
	}
	burst_ipv4.copy_payload = burst_ipv4.copy_payload_exactly;
	burst_ipv6.copy_payload = burst_ipv6.copy_payload_exactly;
	check_all_lengths(fixture);
	burst_choose_variants(widest);
}

static void
every_variant_writes_the_same_bytes(void **state)
{
	struct fixture *fixture = *state;

	for (uint32_t i = 0; i < RTE_DIM(kinds); i++) {
		for (uint32_t member = 0; member < MCR_REPLICATE_BURST; member++)
			build(fixture, member, &kinds[i]);
		check_all_loops(fixture);
	}
}

/* Both families, with and without checksums, one by one and in runs. */
static void
mixed_members_get_each_their_own_header(void **state)
{
	struct fixture *fixture = *state;

	for (uint32_t run = 1; run <= 3; run++) {
		for (uint32_t member = 0; member < MCR_REPLICATE_BURST; member++)
			build(fixture, member, &kinds[member / run % RTE_DIM(kinds)]);
		check_all_loops(fixture);
	}
}

static void
check_in_place(struct fixture *fixture, uint32_t member, uint8_t version)
{
	struct rte_mbuf *packet = make_datagram(fixture, 301, version);
	struct rte_mbuf *twin = make_datagram(fixture, 301, version);
	const struct mcr_original original = describe_in_segment(packet);
	const struct mcr_original expected = describe_in_segment(twin);
	struct mcr_copies copies = {.count = 0};
	const bool takes = mcr_template_takes(fixture->templates[member], version);

	assert_int_equal(mcr_replicate_in_place(&fixture->replicate, &original,
				 &fixture->receivers[member], &copies),
		takes);
	assert_int_equal(copies.count, takes);
	if (takes)
		assert_has_headers(fixture, packet, member, &expected);
	else
		assert_memory_equal(
			rte_pktmbuf_mtod(packet, void *), rte_pktmbuf_mtod(twin, void *), 301);
	rte_pktmbuf_free(packet);
	rte_pktmbuf_free(twin);
}

static void
the_only_receiver_gets_the_packet_itself(void **state)
{
	struct fixture *fixture = *state;

	for (uint32_t i = 0; i < RTE_DIM(kinds); i++) {
		for (uint32_t member = 0; member < 4; member++) {
			build(fixture, member, &kinds[i]);
			check_in_place(fixture, member, 4);
			check_in_place(fixture, member, 6);
		}
	}
}

/* Member 0's copy of a packet that is too long. @return What fits, if it is dropped. */
static uint16_t
cut_or_drop(struct fixture *fixture, const struct mcr_original *original, struct mcr_copies *copies)
{
	struct mcr_oversize oversize;

	*copies = (struct mcr_copies){.count = 0};
	mcr_replicate_burst(&fixture->replicate, original, fixture->receivers, 1, copies);
	assert_int_equal(copies->count, 0);
	assert_int_equal(copies->oversize_count, 1);
	mcr_oversize_start(&oversize, &fixture->replicate, original, copies->oversize[0]);
	while (mcr_oversize_next(&oversize, copies))
		;
	return oversize.fitting;
}

static void
cut(struct fixture *fixture, const struct mcr_original *original, struct mcr_copies *copies)
{
	fixture->drops_oversize = false;
	assert_int_equal(cut_or_drop(fixture, original, copies), 0);
}

/* With a right IPv4 header; DF clear. */
static struct rte_mbuf *
make_large_packet(const struct fixture *fixture)
{
	struct rte_mbuf *packet = make_datagram(fixture, MTU, 4);
	uint8_t *const ip = rte_pktmbuf_mtod(packet, uint8_t *);
	rte_be16_t checksum;

	mcr_write_be16(ip + 10, 0);
	checksum = mcr_checksum(ip, MCR_IPV4_HEADER_LEN);
	memcpy(ip + 10, &checksum, sizeof(checksum));
	return packet;
}

static void
check_inner_fragments(struct fixture *fixture)
{
	const struct mcr_template *const template = fixture->templates[0];
	const uint16_t header_len = template->header_len + template->inner_l2_len;
	struct rte_mbuf *packet = make_large_packet(fixture);
	const struct mcr_original original = describe_in_segment(packet);
	struct mcr_copies copies;
	uint8_t joined[MTU];
	uint16_t bytes = 0;

	cut(fixture, &original, &copies);
	assert_int_equal(copies.count, 2);
	for (uint16_t i = 0; i < copies.count; i++) {
		const uint8_t *const frame = rte_pktmbuf_mtod(copies.packets[i], const uint8_t *);
		const uint32_t len = copies.packets[i]->pkt_len;
		const struct mcr_ipv4_info inner =
			mcr_ipv4_parse(frame + header_len, len - header_len);

		assert_true(len <= RTE_ETHER_HDR_LEN + MTU);
		assert_int_equal(len, length_of(&copies, i));
		assert_outer_ipv6(template, frame, len);
		assert_int_equal(inner.total_len, len - header_len);
		assert_int_equal((inner.fragment & RTE_IPV4_HDR_OFFSET_MASK) * 8, bytes);
		memcpy(joined + bytes, frame + header_len + inner.header_len,
			inner.total_len - inner.header_len);
		bytes += inner.total_len - inner.header_len;
	}
	assert_int_equal(bytes, MTU - MCR_IPV4_HEADER_LEN);
	assert_memory_equal(
		joined, rte_pktmbuf_mtod_offset(packet, void *, MCR_IPV4_HEADER_LEN), bytes);
	rte_pktmbuf_free_bulk(copies.packets, copies.count);
	rte_pktmbuf_free(packet);
}

static bool
is_over_ipv6(const struct kind *kind)
{
	return kind->is_ipv6 && kind->encap != MCR_ENCAP_L2 && kind->encap != MCR_ENCAP_UDP;
}

static void
without_df_the_inner_packet_is_fragmented(void **state)
{
	struct fixture *fixture = *state;

	for (uint32_t i = 0; i < RTE_DIM(kinds); i++) {
		if (!is_over_ipv6(&kinds[i]))
			continue;
		build(fixture, 0, &kinds[i]);
		check_inner_fragments(fixture);
	}
}

/* RFC 8200 4.5: put together they are the packet that a longer path would have carried. Returns
 * their id. */
static uint32_t
check_outer_fragments(struct fixture *fixture, uint8_t version)
{
	const struct mcr_template *const template = fixture->templates[0];
	struct rte_mbuf *packet = make_datagram(fixture, 1485, version);
	const struct mcr_original original = describe_in_segment(packet);
	uint8_t room[2048], joined[2048];
	struct mcr_copies copies;
	const uint8_t *whole;
	uint16_t whole_len, at = 0;
	uint32_t id = 0;

	if (version == 4)
		mcr_write_be16(rte_pktmbuf_mtod_offset(packet, uint8_t *, 6), RTE_IPV4_HDR_DF_FLAG);
	cut(fixture, &original, &copies);
	whole = write_expected(fixture, &original, 0, room, &whole_len);
	assert_outer_ipv6(template, whole, whole_len);
	assert_int_equal(copies.count, 2);
	for (uint16_t i = 0; i < copies.count; i++) {
		const uint8_t *const frame = rte_pktmbuf_mtod(copies.packets[i], const uint8_t *);
		const uint8_t *const ip = frame + RTE_ETHER_HDR_LEN, *const fragment = ip + 40;
		const uint16_t len = copies.packets[i]->pkt_len - RTE_ETHER_HDR_LEN;

		assert_true(len <= MTU);
		assert_int_equal(len + RTE_ETHER_HDR_LEN, length_of(&copies, i));
		assert_int_equal(mcr_ipv6_parse(ip, len).total_len, len);
		/* What is in front is that of the whole but for the length and the next header. */
		assert_memory_equal(frame, whole, RTE_ETHER_HDR_LEN + 4);
		assert_memory_equal(ip + 7, whole + RTE_ETHER_HDR_LEN + 7, 33);
		assert_int_equal(ip[6], IPPROTO_FRAGMENT);
		assert_int_equal(fragment[0], whole[RTE_ETHER_HDR_LEN + 6]);
		assert_int_equal(fragment[1], 0);
		assert_int_equal(mcr_read_be16(fragment + 2), at | (i == 0 ? 1 : 0));
		if (i == 0)
			id = mcr_read_be32(fragment + 4);
		assert_int_equal(mcr_read_be32(fragment + 4), id);
		memcpy(joined + at, fragment + 8, len - 48);
		at += len - 48;
	}
	assert_int_equal(at, whole_len - RTE_ETHER_HDR_LEN - MCR_IPV6_HEADER_LEN);
	assert_memory_equal(joined, whole + RTE_ETHER_HDR_LEN + MCR_IPV6_HEADER_LEN, at);
	rte_pktmbuf_free_bulk(copies.packets, copies.count);
	rte_pktmbuf_free(packet);
	return id;
}

static void
else_the_outer_packet_is_fragmented(void **state)
{
	struct fixture *fixture = *state;

	for (uint32_t i = 0; i < RTE_DIM(kinds); i++) {
		uint32_t id;

		if (!is_over_ipv6(&kinds[i]))
			continue;
		build(fixture, 0, &kinds[i]);
		id = check_outer_fragments(fixture, 4);
		assert_int_not_equal(check_outer_fragments(fixture, 6), id);
	}
}

/* RFC 8200 5: nobody but its source fragments it, which has to learn what fits. */
static void
check_dropped(struct fixture *fixture, const struct kind *kind, uint16_t fitting)
{
	struct rte_mbuf *packet = make_datagram(fixture, fitting + 1, 6);
	const struct mcr_original original = describe_in_segment(packet);
	const uint64_t before = fixture->stats.drops[MCR_DROP_COPY_OVERSIZE];
	struct mcr_copies copies;

	build(fixture, 0, kind);
	assert_int_equal(cut_or_drop(fixture, &original, &copies), fitting);
	assert_int_equal(copies.count, 0);
	assert_int_equal(fixture->stats.drops[MCR_DROP_COPY_OVERSIZE], before + 1);
	rte_pktmbuf_free(packet);
}

static void
without_an_outer_header_a_long_ipv6_packet_is_dropped(void **state)
{
	static const struct kind plain[] = {
		{MCR_ENCAP_L2, false, true, false}, {MCR_ENCAP_UDP, false, true, false}};
	struct fixture *fixture = *state;

	fixture->drops_oversize = false;
	for (uint32_t i = 0; i < RTE_DIM(plain); i++)
		check_dropped(fixture, &plain[i], MTU);
}

static void
a_long_ipv6_packet_is_dropped_in_a_tunnel_if_no_copy_may_be_cut(void **state)
{
	struct fixture *fixture = *state;

	fixture->drops_oversize = true;
	check_dropped(fixture, &kinds[0], MTU - 44);
}

/* 20 octets less than over IPv4. */
static void
the_longest_packet_that_fits_is_not_cut(void **state)
{
	struct fixture *fixture = *state;
	struct mcr_copies copies = {.count = 0};

	build(fixture, 0, &kinds[0]);
	for (uint16_t over = 0; over <= 1; over++) {
		struct rte_mbuf *packet = make_datagram(fixture, MTU - 44 + over, 4);
		const struct mcr_original original = describe_in_segment(packet);

		fixture->drops_oversize = false;
		copies.count = 0;
		mcr_replicate_burst(&fixture->replicate, &original, fixture->receivers, 1, &copies);
		assert_int_equal(copies.count, 1 - over);
		assert_int_equal(copies.oversize_count, over);
		rte_pktmbuf_free_bulk(copies.packets, copies.count);
		rte_pktmbuf_free(packet);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_variant_writes_the_same_bytes),
		TEST(mixed_members_get_each_their_own_header),
		TEST(the_only_receiver_gets_the_packet_itself),
		TEST(without_df_the_inner_packet_is_fragmented),
		TEST(else_the_outer_packet_is_fragmented),
		TEST(without_an_outer_header_a_long_ipv6_packet_is_dropped),
		TEST(a_long_ipv6_packet_is_dropped_in_a_tunnel_if_no_copy_may_be_cut),
		TEST(the_longest_packet_that_fits_is_not_cut),
	};

	return cmocka_run_group_tests(tests, set_up_pools, tear_down_pools);
}
