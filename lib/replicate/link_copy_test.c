/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <netinet/in.h>

#include <mcr_address.h>
#include <mcr_link.h>

#include "fixture.h"

#define HUB_ID 0xdeadbeef
#define VNI 42
#define LANE 3
#define OVERHEAD_UDP 52
#define HEADERS_UDP (14 + OVERHEAD_UDP)
#define HUBS 4

/* Underlay address of the member that sends. */
static uint32_t sender;

/* Members 0 to 3 are hubs, by GRE and by GRE-in-UDP, the latter two over IPv6; the others have GRE.
 */
static int
set_up_links(void **state)
{
	struct fixture *fixture = *state;

	set_up(state);
	for (uint32_t i = 0; i < HUBS; i++) {
		const struct mcr_encap_path path = {
			.encap = i % 2 == 0 ? MCR_ENCAP_LINK : MCR_ENCAP_LINK_UDP,
			.next_hop_mac = {{0x02, 0, 0, 0, 0, i}},
			.source = 0x0a00000a,
			.destination = 0x0a010000 + i,
			.key = HUB_ID,
			.mtu = 1500,
			.is_ipv6 = i >= 2,
			.source6 = {{{0xfd, 1, [15] = 0x0a}}},
			.destination6 = {{{0xfd, 2, [15] = i}}},
		};

		set_template(fixture, i, &path);
	}
	sender = 0x0a00000b;
	return 0;
}

static const uint8_t ethernet[] = {1, 0, 0x5e, 1, 1, 1, 2, 0x99, 0, 0, 0, 1, 8, 0};

static struct mcr_original
describe_for_link(struct rte_mbuf *packet, bool is_framed)
{
	struct mcr_original original = describe(packet);

	memcpy(rte_pktmbuf_mtod(packet, uint8_t *) - sizeof(ethernet), ethernet, sizeof(ethernet));
	if (is_framed)
		original.vni = VNI;
	return original;
}

static struct mcr_link_original
describe_link(const struct mcr_original *original)
{
	const bool is_framed = original->vni != MCR_VNI_NONE;
	struct mcr_link_original link;
	const struct mcr_link_record record = {
		.kind = is_framed ? MCR_LINK_FRAME : MCR_LINK_PACKET,
		.lane = LANE,
		.length = mcr_link_payload_len(original),
		.member = sender,
		.vni = is_framed ? VNI : 0,
	};

	memset(&link, 0xa5, sizeof(link));
	mcr_link_describe(&link, original, &record);
	return link;
}

static bool
replicate_link(struct fixture *fixture, const struct mcr_original *original, uint32_t member,
	struct mcr_copies *copies)
{
	struct mcr_link_original link = describe_link(original);

	return mcr_replicate_link(
		&fixture->replicate, &link, &fixture->receivers[member], 0x01020304, copies);
}

static uint8_t
assert_outer_ipv4(const uint8_t *ip, uint32_t len)
{
	const struct mcr_ipv4_info outer = mcr_ipv4_parse(ip, len);

	assert_int_equal(outer.total_len, len);
	assert_int_equal(outer.tos, 0xb8);
	assert_true(mcr_ipv4_checksum_is_right(ip, MCR_IPV4_HEADER_LEN));
	return outer.protocol;
}

/* RFC 8200 8.1: the checksum of UDP is right, and not 0. */
static uint8_t
assert_outer_ipv6(const uint8_t *ip, uint32_t len)
{
	const struct mcr_ipv6_info outer = mcr_ipv6_parse(ip, len);
	const uint8_t *const udp = ip + MCR_IPV6_HEADER_LEN;

	assert_int_equal(outer.total_len, len);
	assert_int_equal(outer.tos, 0xb8);
	if (outer.next_header != IPPROTO_UDP)
		return outer.next_header;
	assert_int_not_equal(mcr_read_be16(udp + 6), 0);
	assert_int_equal(mcr_ipv6_checksum(ip, udp, len - MCR_IPV6_HEADER_LEN, IPPROTO_UDP), 0);
	return outer.next_header;
}

/* From the outer IP header on: one packet of this protocol with its prefix and the payload. */
static void
assert_is_link_packet(
	const uint8_t *ip, uint32_t len, uint8_t protocol, const struct mcr_original *original)
{
	const bool is_ipv6 = mcr_ip_is_ipv6(ip);
	const uint32_t header_len = is_ipv6 ? MCR_IPV6_HEADER_LEN : MCR_IPV4_HEADER_LEN;
	const uint8_t *at = ip + header_len;
	const uint32_t payload_len = mcr_link_payload_len(original);
	struct mcr_link_record record;
	uint32_t from = 12;

	assert_int_equal(
		is_ipv6 ? assert_outer_ipv6(ip, len) : assert_outer_ipv4(ip, len), protocol);
	if (protocol == IPPROTO_UDP) {
		assert_int_equal(mcr_udp_parse(at, len - header_len).total_len, len - header_len);
		assert_int_equal(mcr_read_be16(at), 0xc000 | mcr_link_entropy(LANE));
		assert_int_equal(mcr_read_be16(at + 2), 4754);
		at += MCR_UDP_HEADER_LEN;
	}
	assert_memory_equal(at, "\x30\0\x88\xb5\xde\xad\xbe\xef\1\2\3\4", 12);
	assert_true(mcr_link_read_record(at, &from, ip + len - at, &record));
	assert_int_equal(from, ip + len - at);
	assert_int_equal(record.length, payload_len);
	assert_int_equal(record.member, sender);
	assert_memory_equal(at + record.offset,
		rte_pktmbuf_mtod(original->packet, uint8_t *) - payload_len +
			original->packet->data_len,
		payload_len);
}

static void
check_copy(struct fixture *fixture, uint32_t member, uint16_t length, bool is_framed)
{
	struct mcr_copies copies = {.count = 0};
	struct rte_mbuf *packet = make_packet(fixture, length);
	const struct mcr_original original = describe_for_link(packet, is_framed);
	uint8_t bytes[2048];
	const uint8_t *got;

	assert_true(replicate_link(fixture, &original, member, &copies));
	assert_int_equal(copies.count, 1);
	assert_int_equal(copies.oversize_count, 0);
	assert_int_equal(copies.members[0], member);
	assert_int_equal(length_of(&copies, 0), copies.packets[0]->pkt_len);
	rte_mbuf_sanity_check(copies.packets[0], 1);
	assert_int_equal(rte_mbuf_refcnt_read(packet), copies.packets[0]->nb_segs);
	got = rte_pktmbuf_read(copies.packets[0], 0, copies.packets[0]->pkt_len, bytes);
	assert_int_equal(got[5], member);
	assert_is_link_packet(got + 14, copies.packets[0]->pkt_len - 14,
		member % 2 == 0 ? IPPROTO_GRE : IPPROTO_UDP, &original);
	rte_pktmbuf_free_bulk(copies.packets, copies.count);
	assert_int_equal(rte_mbuf_refcnt_read(packet), 1);
	rte_pktmbuf_free(packet);
}

static void
check_copies(struct fixture *fixture)
{
	static const uint16_t lengths[] = {64, 65, 1377, 1380};

	for (uint32_t i = 0; i < 2 * HUBS * RTE_DIM(lengths); i++)
		check_copy(fixture, i % HUBS, lengths[i / HUBS % RTE_DIM(lengths)],
			i / HUBS / RTE_DIM(lengths) != 0);
}

static void
a_copy_has_its_prefix_between_template_and_packet(void **state)
{
	struct fixture *fixture = *state;

	check_copies(fixture);
	assert_int_equal(fixture->stats.counts[MCR_STAT_COPIES], 32);
}

static void
a_copy_that_shares_has_the_same_bytes(void **state)
{
	struct fixture *fixture = *state;

	fixture->replicate.share_above[0] = 20;
	check_copies(fixture);
}

/* Though the packet is summed once for all of them. */
static void
copies_of_one_packet_for_hubs_over_ipv6_have_checksums_of_their_own(void **state)
{
	struct fixture *fixture = *state;
	struct mcr_copies copies = {.count = 0};
	struct rte_mbuf *packet = make_packet(fixture, 333);
	const struct mcr_original original = describe_for_link(packet, true);
	struct mcr_link_original link = describe_link(&original);
	uint8_t bytes[2048];

	fixture->replicate.share_above[0] = 20;
	for (uint32_t i = 0; i < 4; i++)
		assert_true(mcr_replicate_link(&fixture->replicate, &link,
			&fixture->receivers[i == 0 ? 1 : 3], UINT32_MAX - 1 + i, &copies));
	for (uint16_t i = 1; i < copies.count; i++) {
		const uint32_t len = copies.packets[i]->pkt_len;
		const uint8_t *frame = rte_pktmbuf_read(copies.packets[i], 0, len, bytes);

		assert_int_equal(assert_outer_ipv6(frame + 14, len - 14), IPPROTO_UDP);
		assert_int_equal(mcr_read_be32(frame + 14 + 40 + 8 + 8), UINT32_MAX - 1 + i);
	}
	rte_pktmbuf_free_bulk(copies.packets, copies.count);
	rte_pktmbuf_free(packet);
}

static void
what_a_member_over_ipv6_sends_names_it_to_other_hubs(void **state)
{
	const struct in6_addr address = {.s6_addr = {0xfd, 3, [15] = 0x0b}};
	struct fixture *fixture = *state;

	sender = mcr_address_get(&address, MCR_IPV6_LENGTH);
	check_copies(fixture);
	fixture->replicate.share_above[0] = 20;
	check_copies(fixture);
	mcr_address_drop(sender);
}

static void
the_payload_is_shared_where_members_share_it(void **state)
{
	struct fixture *fixture = *state;
	struct mcr_copies copies = {.count = 0};
	struct rte_mbuf *small = make_packet(fixture, 99), *large = make_packet(fixture, 100);
	const struct mcr_original of_small = describe_for_link(small, false),
				  of_large = describe_for_link(large, true);

	fixture->replicate.share_above[0] = 100;
	assert_true(replicate_link(fixture, &of_small, 0, &copies));
	assert_true(replicate_link(fixture, &of_large, 0, &copies));
	rte_mbuf_refcnt_set(large, UINT16_MAX - MCR_REPLICATE_BURST * RTE_MAX_LCORE + 1);
	assert_true(replicate_link(fixture, &of_large, 0, &copies));
	rte_mbuf_refcnt_set(large, 2);
	assert_int_equal(copies.packets[0]->nb_segs, 1);
	assert_int_equal(copies.packets[1]->nb_segs, 2);
	assert_ptr_equal(copies.packets[1]->next, large);
	assert_int_equal(copies.packets[2]->nb_segs, 1);
	rte_pktmbuf_free_bulk(copies.packets, copies.count);
	rte_pktmbuf_free(small);
	rte_pktmbuf_free(large);
}

/* The bytes of the only sender's packet may be shared by others. */
static void
members_and_hubs_get_their_copies_of_one_packet(void **state)
{
	struct fixture *fixture = *state;
	struct mcr_copies copies = {.count = 0};
	struct rte_mbuf *packet = make_packet(fixture, 400);
	const struct mcr_original original = describe_for_link(packet, false);
	uint8_t bytes[2048];

	fixture->replicate.share_above[0] = 20;
	mcr_replicate_burst(&fixture->replicate, &original, &fixture->receivers[HUBS], 2, &copies);
	assert_true(replicate_link(fixture, &original, 0, &copies));
	assert_true(replicate_link(fixture, &original, 1, &copies));
	assert_int_equal(copies.count, 4);
	assert_true(copies.is_mixed);
	assert_is_copy(fixture, copies.packets[0], HUBS, packet);
	assert_is_copy(fixture, copies.packets[1], HUBS + 1, packet);
	for (uint16_t i = 0; i < copies.count; i++)
		assert_int_equal(length_of(&copies, i), copies.packets[i]->pkt_len);
	assert_is_link_packet(
		(const uint8_t *)rte_pktmbuf_read(copies.packets[3], 0, HEADERS_UDP + 400, bytes) +
			14,
		OVERHEAD_UDP + 400, IPPROTO_UDP, &original);
	rte_pktmbuf_free_bulk(copies.packets, copies.count);
	rte_pktmbuf_free(packet);
}

static void
assert_no_copy(struct fixture *fixture, struct rte_mbuf *packet, bool is_framed,
	enum mcr_drop reason, struct mcr_copies *copies)
{
	const struct mcr_original original = describe_for_link(packet, is_framed);
	const uint64_t drops = fixture->stats.drops[reason],
		       copied = fixture->stats.counts[MCR_STAT_COPIES],
		       of_member = fixture->member_drops[1];
	const uint16_t count = copies->count;

	assert_false(replicate_link(fixture, &original, 1, copies));
	assert_int_equal(copies->count, count);
	assert_int_equal(copies->oversize_count, 0);
	assert_int_equal(fixture->stats.counts[MCR_STAT_COPIES], copied + 1);
	assert_int_equal(fixture->stats.drops[reason], drops + 1);
	assert_int_equal(fixture->member_drops[1], of_member + 1);
	assert_int_equal(rte_mbuf_refcnt_read(packet), 1);
}

static void
a_copy_over_the_path_mtu_is_dropped_if_it_may_not_be_cut(void **state)
{
	struct fixture *fixture = *state;
	const struct in6_addr address = {.s6_addr = {0xfd, 3, [15] = 0x0b}};
	struct mcr_copies copies = {.count = 0};
	struct rte_mbuf *packet = make_packet(fixture, 400);
	const struct mcr_original original = describe_for_link(packet, false);

	fixture->templates[1]->mtu = 400 + OVERHEAD_UDP - 1;
	assert_no_copy(fixture, packet, false, MCR_DROP_COPY_OVERSIZE, &copies);
	fixture->templates[1]->mtu = 400 + OVERHEAD_UDP;
	assert_no_copy(fixture, packet, true, MCR_DROP_COPY_OVERSIZE, &copies);
	sender = mcr_address_get(&address, MCR_IPV6_LENGTH);
	assert_no_copy(fixture, packet, false, MCR_DROP_COPY_OVERSIZE, &copies);
	mcr_address_drop(sender);
	sender = 0x0a00000b;
	assert_true(replicate_link(fixture, &original, 1, &copies));
	assert_int_equal(copies.count, 1);
	rte_pktmbuf_free_bulk(copies.packets, copies.count);
	rte_pktmbuf_free(packet);
}

static void
an_unresolved_hub_gets_no_copy(void **state)
{
	struct fixture *fixture = *state;
	struct mcr_copies copies = {.count = 0};
	struct rte_mbuf *packet = make_packet(fixture, 100);

	free(fixture->templates[1]);
	fixture->templates[1] = NULL;
	assert_no_copy(fixture, packet, false, MCR_DROP_COPY_UNRESOLVED, &copies);
	rte_pktmbuf_free(packet);
}

static void
check_empty_pool(struct fixture *fixture, struct rte_mempool *pool)
{
	struct mcr_copies copies = {.count = 0};
	struct rte_mbuf *packet = make_packet(fixture, 100);
	struct rte_mbuf *taken[BUFFERS];

	assert_int_equal(rte_pktmbuf_alloc_bulk(pool, taken, BUFFERS), 0);
	assert_no_copy(fixture, packet, false, MCR_DROP_COPY_NO_MBUF, &copies);
	rte_pktmbuf_free_bulk(taken, BUFFERS);
	rte_pktmbuf_free(packet);
}

static void
an_empty_pool_is_counted(void **state)
{
	struct fixture *fixture = *state;

	check_empty_pool(fixture, fixture->copies);
	fixture->replicate.share_above[0] = 20;
	check_empty_pool(fixture, fixture->headers);
}

/* The outer packet, joined again. */
static uint32_t
join_fragments(const struct mcr_copies *copies, uint16_t id, uint8_t *joined)
{
	uint32_t at = 0;

	for (uint16_t i = 0; i < copies->count; i++) {
		const uint8_t *ip = rte_pktmbuf_mtod(copies->packets[i], const uint8_t *) + 14;
		const struct mcr_ipv4_info info =
			mcr_ipv4_parse(ip, copies->packets[i]->data_len - 14);

		assert_int_equal(copies->members[i], 1);
		assert_int_equal(info.total_len + 14, length_of(copies, i));
		assert_in_range(info.total_len, 28, 1500);
		assert_int_equal(info.destination, 0x0a010001);
		assert_int_equal(mcr_read_be16(ip + 4), id);
		assert_int_equal((info.fragment & RTE_IPV4_HDR_OFFSET_MASK) * 8, at);
		assert_int_equal(
			(info.fragment & RTE_IPV4_HDR_MF_FLAG) != 0, i + 1 < copies->count);
		assert_int_equal(ip[-9], 1);
		memcpy(joined + 20 + at, ip + 20, info.total_len - 20);
		at += info.total_len - 20;
	}
	memcpy(joined, rte_pktmbuf_mtod(copies->packets[0], const uint8_t *) + 14, 20);
	mcr_write_be16(joined + 2, 20 + at);
	mcr_write_be16(joined + 4, 0);
	mcr_write_be16(joined + 6, 0);
	mcr_write_be16(joined + 10, 0);
	mcr_write_be16(joined + 10, rte_be_to_cpu_16(mcr_checksum(joined, 20)));
	return 20 + at;
}

static void
check_cut(struct fixture *fixture, uint16_t inner_fragment, bool is_framed)
{
	struct mcr_copies copies = {.count = 0};
	struct rte_mbuf *packet = make_packet(fixture, 1500);
	const struct mcr_original original = describe_for_link(packet, is_framed);
	struct mcr_link_original link = describe_link(&original);
	struct mcr_oversize oversize;
	uint8_t joined[4096];
	uint32_t len;

	mcr_write_be16(rte_pktmbuf_mtod(packet, uint8_t *) + 2, 1500);
	mcr_write_be16(rte_pktmbuf_mtod(packet, uint8_t *) + 6, inner_fragment);
	assert_true(mcr_replicate_link(
		&fixture->replicate, &link, &fixture->receivers[1], 0x01020304, &copies));
	assert_int_equal(copies.count, 0);
	assert_int_equal(copies.oversize_count, 1);
	mcr_oversize_start_link(&oversize, &fixture->replicate, &link, copies.oversize[0]);
	while (mcr_oversize_next(&oversize, &copies))
		;
	assert_int_equal(copies.count, 2);
	len = join_fragments(&copies, fixture->ids[1], joined);
	assert_int_equal(len, OVERHEAD_UDP + mcr_link_payload_len(&original));
	assert_is_link_packet(joined, len, IPPROTO_UDP, &original);
	rte_pktmbuf_free_bulk(copies.packets, copies.count);
	rte_pktmbuf_free(packet);
}

static void
the_outer_packet_is_fragmented_whatever_the_inner_df_says(void **state)
{
	struct fixture *fixture = *state;

	fixture->drops_oversize = false;
	check_cut(fixture, 0, false);
	check_cut(fixture, RTE_IPV4_HDR_DF_FLAG, false);
	check_cut(fixture, 0, true);
	assert_int_equal(fixture->ids[1], 6);
	assert_int_equal(fixture->stats.counts[MCR_STAT_COPIES], 3);
	assert_int_equal(fixture->stats.counts[MCR_STAT_TX_FRAGMENTS], 3);
}

#define LINK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_links, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LINK_TEST(a_copy_has_its_prefix_between_template_and_packet),
		LINK_TEST(a_copy_that_shares_has_the_same_bytes),
		LINK_TEST(copies_of_one_packet_for_hubs_over_ipv6_have_checksums_of_their_own),
		LINK_TEST(what_a_member_over_ipv6_sends_names_it_to_other_hubs),
		LINK_TEST(the_payload_is_shared_where_members_share_it),
		LINK_TEST(members_and_hubs_get_their_copies_of_one_packet),
		LINK_TEST(a_copy_over_the_path_mtu_is_dropped_if_it_may_not_be_cut),
		LINK_TEST(an_unresolved_hub_gets_no_copy),
		LINK_TEST(an_empty_pool_is_counted),
		LINK_TEST(the_outer_packet_is_fragmented_whatever_the_inner_df_says),
	};

	return cmocka_run_group_tests(tests, set_up_pools, tear_down_pools);
}
