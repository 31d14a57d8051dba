/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Templates whose outer header is of IPv6. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mcr_encap.h"

#define INNER_LEN 100
#define LONGEST 1500

struct packet {
	uint8_t tos;
	uint16_t entropy;
};

static const struct mcr_encap_path base = {
	.source_mac = {{0x02, 0, 0, 0, 0, 0x0a}},
	.next_hop_mac = {{0x02, 0, 0, 0, 0, 0x0c}},
	.mtu = 1500,
	.port = 3,
	.is_ipv6 = true,
	.source6 = {{{0x20, 1, 0x0d, 0xb8, [15] = 0x0a}}},
	.destination6 = {{{0x20, 1, 0x0d, 0xb8, 0, 5, [15] = 6}}},
};

static const uint8_t ethernet[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x0c, 0x02, 0x00, 0x00, 0x00, 0x00, 0x0a, 0x86, 0xdd};

/* The headers below are made with scapy, in front of 100 octets of 0xa5. */
static const uint8_t gre[] = {0x6b, 0x91, 0x12, 0x34, 0x00, 0x68, 0x2f, 0x40, 0x20, 0x01, 0x0d,
	0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0a, 0x20, 0x01,
	0x0d, 0xb8, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x06, 0x00,
	0x00, 0x08, 0x00};

static const uint8_t gre_with_key[] = {0x60, 0x01, 0x00, 0x00, 0x00, 0x6c, 0x2f, 0x40, 0x20, 0x01,
	0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0a, 0x20,
	0x01, 0x0d, 0xb8, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x06,
	0x20, 0x00, 0x08, 0x00, 0xde, 0xad, 0xbe, 0xef};

static const uint8_t gretap[] = {0x60, 0x11, 0xff, 0xff, 0x00, 0x6c, 0x2f, 0x40, 0x20, 0x01, 0x0d,
	0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0a, 0x20, 0x01,
	0x0d, 0xb8, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x06, 0x20,
	0x00, 0x65, 0x58, 0x00, 0x12, 0x34, 0x56};

static const uint8_t gre_udp[] = {0x6b, 0x81, 0x12, 0x34, 0x00, 0x70, 0x11, 0x40, 0x20, 0x01, 0x0d,
	0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0a, 0x20, 0x01,
	0x0d, 0xb8, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x06, 0xd2,
	0x34, 0x12, 0x92, 0x00, 0x70, 0x5c, 0x66, 0x00, 0x00, 0x08, 0x00};

static const uint8_t gre_udp_with_key[] = {0x6b, 0x81, 0x12, 0x34, 0x00, 0x74, 0x11, 0x40, 0x20,
	0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0a,
	0x20, 0x01, 0x0d, 0xb8, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x06, 0xd2, 0x34, 0x12, 0x92, 0x00, 0x74, 0x9e, 0xc0, 0x20, 0x00, 0x08, 0x00, 0xde, 0xad,
	0xbe, 0xef};

static const uint8_t gre_udp_of_ipv6[] = {0x6b, 0x81, 0x12, 0x34, 0x00, 0x70, 0x11, 0x40, 0x20,
	0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0a,
	0x20, 0x01, 0x0d, 0xb8, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x06, 0xd2, 0x34, 0x12, 0x92, 0x00, 0x70, 0xdd, 0x88, 0x00, 0x00, 0x86, 0xdd};

static const uint8_t vxlan[] = {0x60, 0x11, 0x7f, 0xff, 0x00, 0x74, 0x11, 0x40, 0x20, 0x01, 0x0d,
	0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0a, 0x20, 0x01,
	0x0d, 0xb8, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x06, 0xff,
	0xff, 0x21, 0x18, 0x00, 0x74, 0xb7, 0xd8, 0x08, 0x00, 0x00, 0x00, 0x12, 0x34, 0x56, 0x00};

static const uint8_t vxlan_without_checksum[] = {0x60, 0x11, 0x7f, 0xff, 0x00, 0x74, 0x11, 0x40,
	0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x0a, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x06, 0xff, 0xff, 0x21, 0x18, 0x00, 0x74, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x12,
	0x34, 0x56, 0x00};

static const uint8_t amt[] = {0x6b, 0x81, 0x12, 0x34, 0x00, 0x6e, 0x11, 0x40, 0x20, 0x01, 0x0d,
	0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0a, 0x20, 0x01,
	0x0d, 0xb8, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x06, 0x08,
	0xdc, 0xc3, 0x50, 0x00, 0x6e, 0x77, 0x04, 0x06, 0x00};

static const uint8_t link_udp[] = {0x6b, 0x81, 0x12, 0x34, 0x00, 0x74, 0x11, 0x40, 0x20, 0x01, 0x0d,
	0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0a, 0x20, 0x01,
	0x0d, 0xb8, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x06, 0xd2,
	0x34, 0x12, 0x92, 0x00, 0x74, 0x0e, 0x0b, 0x30, 0x00, 0x88, 0xb5, 0xde, 0xad, 0xbe, 0xef};

static struct mcr_encap_path
path_of(enum mcr_encap encap, bool has_key, uint32_t key)
{
	struct mcr_encap_path path = base;

	path.encap = encap;
	path.has_key = has_key;
	path.key = key;
	return path;
}

/* Of the exact size and at a cache line, so a sanitizer detects a write beyond it. */
static struct mcr_template *
build(const struct mcr_encap_path *path)
{
	const size_t size = mcr_template_size(path);
	struct mcr_template *t = aligned_alloc(RTE_CACHE_LINE_MIN_SIZE, size);

	assert_non_null(t);
	memset(t, 0xa5, size);
	assert_int_equal(mcr_template_build(t, path), 0);
	return t;
}

/* Write in front of a packet at an odd address; no other byte may change. */
static void
assert_headers(const struct mcr_encap_path *path, const struct packet *packet, bool of_ipv6,
	const uint8_t *outer, size_t outer_len)
{
	uint8_t buffer[1 + MCR_ENCAP_HEADROOM + INNER_LEN], untouched[INNER_LEN];
	uint8_t *const inner = buffer + 1 + MCR_ENCAP_HEADROOM;
	struct mcr_template *const t = build(path);

	memset(buffer, 0xa5, sizeof(buffer));
	memset(untouched, 0xa5, sizeof(untouched));
	mcr_template_write(t, inner, INNER_LEN, packet->tos, packet->entropy);
	if (of_ipv6)
		mcr_template_name_ipv6(t, inner);

	assert_int_equal(t->header_len, sizeof(ethernet) + outer_len);
	assert_int_equal(t->outer_ip_len, outer_len);
	assert_memory_equal(inner - t->header_len, ethernet, sizeof(ethernet));
	assert_memory_equal(inner - outer_len, outer, outer_len);
	assert_memory_equal(inner, untouched, sizeof(untouched));
	assert_int_equal(buffer[0], 0xa5);
	free(t);
}

static void
gre_takes_over_dscp_and_ecn(void **state)
{
	const struct mcr_encap_path path = path_of(MCR_ENCAP_GRE, false, 0);
	const struct packet packet = {0xb9, 0x1234};

	(void)state;
	assert_headers(&path, &packet, false, gre, sizeof(gre));
}

/* RFC 6438: a flow label of 0 is none. */
static void
gre_carries_its_key_and_a_flow_label(void **state)
{
	const struct mcr_encap_path path = path_of(MCR_ENCAP_GRE, true, 0xdeadbeef);
	const struct packet packet = {0, 0};

	(void)state;
	assert_headers(&path, &packet, false, gre_with_key, sizeof(gre_with_key));
}

static void
gretap_carries_its_segment(void **state)
{
	const struct mcr_encap_path path = path_of(MCR_ENCAP_GRETAP, true, 0x123456);
	const struct packet packet = {0x01, 0xffff};

	(void)state;
	assert_headers(&path, &packet, false, gretap, sizeof(gretap));
}

static void
gre_udp_goes_to_4754_with_a_checksum(void **state)
{
	const struct packet packet = {0xb8, 0x1234};
	struct mcr_encap_path path = path_of(MCR_ENCAP_GRE_UDP, false, 0);

	(void)state;
	assert_headers(&path, &packet, false, gre_udp, sizeof(gre_udp));
	assert_headers(&path, &packet, true, gre_udp_of_ipv6, sizeof(gre_udp_of_ipv6));
	path = path_of(MCR_ENCAP_GRE_UDP, true, 0xdeadbeef);
	assert_headers(&path, &packet, false, gre_udp_with_key, sizeof(gre_udp_with_key));
}

static void
vxlan_goes_to_the_members_port_with_its_vni(void **state)
{
	const struct packet packet = {0x01, 0x7fff};
	struct mcr_encap_path path = path_of(MCR_ENCAP_VXLAN, false, 0x123456);

	(void)state;
	path.udp_port = 8472;
	assert_headers(&path, &packet, false, vxlan, sizeof(vxlan));
	path.zero_checksum = true;
	assert_headers(
		&path, &packet, false, vxlan_without_checksum, sizeof(vxlan_without_checksum));
	/* Its frame has a type of its own. */
	assert_headers(
		&path, &packet, true, vxlan_without_checksum, sizeof(vxlan_without_checksum));
}

/* RFC 7450 5.1.6: gateways take no other source port. */
static void
amt_goes_from_the_relays_port_to_the_gateways_port(void **state)
{
	const struct packet packet = {0xb8, 0x1234};
	struct mcr_encap_path path = path_of(MCR_ENCAP_AMT, false, MCR_AMT_PORT);

	(void)state;
	path.udp_port = 50000;
	assert_headers(&path, &packet, false, amt, sizeof(amt));
	/* It does not say what it carries. */
	assert_headers(&path, &packet, true, amt, sizeof(amt));
}

/* Behind it come the sequence number and a record, which are the packet's first octets here. */
static void
link_udp_goes_to_4754_with_a_checksum(void **state)
{
	const struct mcr_encap_path path = path_of(MCR_ENCAP_LINK_UDP, true, 0xdeadbeef);
	const struct packet packet = {0xb8, 0x1234};

	(void)state;
	assert_headers(&path, &packet, false, link_udp, sizeof(link_udp));
}

/* An independent sum, octet by octet: all ones when the checksum is right. */
static uint16_t
sum_datagram(const uint8_t *ip, const uint8_t *udp)
{
	const uint16_t len = mcr_read_be16(udp + 4);
	uint64_t sum = len + 17;

	for (unsigned int i = 8; i < 40; i++)
		sum += i % 2 == 0 ? ip[i] << 8 : ip[i];
	for (unsigned int i = 0; i < len; i++)
		sum += i % 2 == 0 ? udp[i] << 8 : udp[i];
	while (sum > UINT16_MAX)
		sum = (sum >> 16) + (sum & UINT16_MAX);
	return sum;
}

static void
assert_checksum(const struct mcr_template *t, const uint8_t *inner, uint16_t len)
{
	const uint8_t *const ip = inner - t->outer_ip_len, *const udp = inner - t->outer_udp_len;

	assert_int_equal(mcr_read_be16(ip + 4), len + t->outer_udp_len);
	assert_int_equal(mcr_read_be16(udp + 4), len + t->outer_udp_len);
	assert_int_not_equal(mcr_read_be16(udp + 6), 0);
	if (sum_datagram(ip, udp) != UINT16_MAX)
		fail_msg("wrong checksum at length %u", len);
}

static const struct {
	enum mcr_encap encap;
	bool has_key;
} kinds_of_udp[] = {{MCR_ENCAP_GRE_UDP, false}, {MCR_ENCAP_GRE_UDP, true}, {MCR_ENCAP_VXLAN, false},
	{MCR_ENCAP_AMT, false}, {MCR_ENCAP_LINK_UDP, true}};

static void
check_lengths(const struct mcr_template *t)
{
	for (uint16_t len = 0; len <= LONGEST; len++) {
		/* Of the exact length, behind an odd address every second time. */
		uint8_t *const buffer = malloc(MCR_ENCAP_HEADROOM + len + len % 4 / 2);
		uint8_t *const inner = buffer + MCR_ENCAP_HEADROOM + len % 4 / 2;

		for (uint16_t i = 0; i < len; i++)
			inner[i] = i * 31 + len * 7 + 1;
		mcr_template_write(t, inner, len, len, len * 13);
		assert_checksum(t, inner, len);
		mcr_template_name_ipv6(t, inner);
		assert_checksum(t, inner, len);
		free(buffer);
	}
}

static void
udp_checksum_is_right_for_every_length(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(kinds_of_udp); i++) {
		struct mcr_encap_path path =
			path_of(kinds_of_udp[i].encap, kinds_of_udp[i].has_key, 0xabcdef);
		struct mcr_template *t = build(&path);

		check_lengths(t);
		free(t);
		path.source_port = 4754;
		t = build(&path);
		check_lengths(t);
		free(t);
	}
}

static void
udp_checksum_is_right_for_the_longest_packet(void **state)
{
	const struct mcr_encap_path path = path_of(MCR_ENCAP_GRE_UDP, true, UINT32_MAX);
	struct mcr_template *const t = build(&path);
	const uint16_t len = UINT16_MAX - t->outer_ip_len;
	uint8_t *const buffer = malloc(MCR_ENCAP_HEADROOM + len);

	(void)state;
	memset(buffer, 0xff, MCR_ENCAP_HEADROOM + len);
	mcr_template_write(t, buffer + MCR_ENCAP_HEADROOM, len, 0xff, 0xffff);
	assert_checksum(t, buffer + MCR_ENCAP_HEADROOM, len);
	free(buffer);
	free(t);
}

/* RFC 8200 8.1: 0 would be no checksum. One word of all leads to it. */
static void
a_computed_0_is_sent_as_all_ones(void **state)
{
	const struct mcr_encap_path path = path_of(MCR_ENCAP_GRE_UDP, false, 0);
	struct mcr_template *const t = build(&path);
	uint8_t buffer[MCR_ENCAP_HEADROOM + 2];
	uint8_t *const inner = buffer + MCR_ENCAP_HEADROOM;
	unsigned int ones = 0, ones_of_ipv6 = 0;

	(void)state;
	for (uint32_t word = 0; word <= UINT16_MAX; word++) {
		mcr_write_be16(inner, word);
		mcr_template_write(t, inner, 2, 0, 0x1234);
		assert_checksum(t, inner, 2);
		ones += mcr_read_be16(inner - t->outer_udp_len + 6) == UINT16_MAX;
		mcr_template_name_ipv6(t, inner);
		assert_checksum(t, inner, 2);
		ones_of_ipv6 += mcr_read_be16(inner - t->outer_udp_len + 6) == UINT16_MAX;
	}
	assert_int_equal(ones, 1);
	assert_int_equal(ones_of_ipv6, 1);
	free(t);
}

static void
every_flow_has_a_label(void **state)
{
	const struct mcr_encap_path path = path_of(MCR_ENCAP_GRE, false, 0);
	struct mcr_template *const t = build(&path);
	uint8_t buffer[MCR_ENCAP_HEADROOM + 1];
	uint8_t *const inner = buffer + MCR_ENCAP_HEADROOM, *const ip = inner - t->outer_ip_len;

	(void)state;
	for (uint32_t entropy = 0; entropy <= UINT16_MAX; entropy++) {
		const uint8_t tos = entropy * 5;

		mcr_template_write(t, inner, 1, tos, entropy);
		assert_int_equal(mcr_read_be32(ip) >> 28, 6);
		assert_int_equal(mcr_ip_tos(ip), tos);
		assert_int_equal(mcr_read_be32(ip) & 0xfffff, 0x10000 | entropy);
	}
	free(t);
}

static void
ipv6_is_named_with_and_without_a_key(void **state)
{
	static const enum mcr_encap encaps[] = {MCR_ENCAP_GRE, MCR_ENCAP_GRE_UDP};

	(void)state;
	for (unsigned int i = 0; i < 2 * RTE_DIM(encaps); i++) {
		const bool has_key = i % 2 != 0;
		struct mcr_encap_path path = path_of(encaps[i / 2], has_key, 7);
		uint8_t buffer[MCR_ENCAP_HEADROOM + 4], before[MCR_ENCAP_HEADROOM];
		uint8_t *const inner = buffer + MCR_ENCAP_HEADROOM;
		struct mcr_template *t;

		path.zero_checksum = true;
		t = build(&path);
		memset(buffer, 0xa5, sizeof(buffer));
		mcr_template_write(t, inner, 4, 0, 0);
		memcpy(before, buffer, sizeof(before));
		mcr_write_be16(before + sizeof(before) - (has_key ? 6 : 2), RTE_ETHER_TYPE_IPV6);
		mcr_template_name_ipv6(t, inner);
		/* Nothing else, not the checksum of 0 either. */
		assert_memory_equal(buffer, before, sizeof(before));
		free(t);
	}
}

static void
template_has_two_lines_where_it_needs_them(void **state)
{
	(void)state;
	for (enum mcr_encap encap = 0; encap < MCR_ENCAP_COUNT; encap++) {
		struct mcr_encap_path path = path_of(encap, encap == MCR_ENCAP_GRETAP, 7);
		const bool is_long = encap != MCR_ENCAP_L2 && encap != MCR_ENCAP_UDP;
		struct mcr_template *const t = build(&path);

		assert_int_equal(mcr_template_size(&path), is_long ? 128 : 64);
		assert_int_equal(mcr_template_has_ipv6(t), is_long);
		assert_ptr_equal(mcr_template_end(t), (uint8_t *)t + mcr_template_size(&path));
		assert_memory_equal(mcr_template_ethernet(t), ethernet, 12);
		assert_int_equal(mcr_template_ip_header_len(t), is_long ? 40 : 20);
		free(t);
		path.is_ipv6 = false;
		assert_int_equal(mcr_template_size(&path), 64);
	}
}

/* A plain frame takes the packet's own type; what is rewritten is of IPv6. */
static void
l2_and_udp_are_ethernet_alone(void **state)
{
	struct mcr_encap_path path = path_of(MCR_ENCAP_L2, false, 0);
	struct mcr_template *t = build(&path);
	uint8_t buffer[MCR_ENCAP_HEADROOM];
	uint8_t *const inner = buffer + sizeof(buffer);

	(void)state;
	mcr_template_write(t, inner, 100, 0xff, 0xffff);
	assert_memory_equal(inner - 14, ethernet, 12);
	assert_int_equal(mcr_read_be16(inner - 2), RTE_ETHER_TYPE_IPV4);
	assert_true(mcr_template_takes(t, 4) && mcr_template_takes(t, 6));
	assert_int_equal(mcr_template_inner_mtu(t), 1500);
	free(t);
	path.encap = MCR_ENCAP_UDP;
	t = build(&path);
	mcr_template_write(t, inner, 100, 0xff, 0xffff);
	assert_memory_equal(inner - 14, ethernet, 14);
	assert_true(!mcr_template_takes(t, 4) && mcr_template_takes(t, 6));
	free(t);
	path.is_ipv6 = false;
	t = build(&path);
	assert_true(mcr_template_takes(t, 4) && !mcr_template_takes(t, 6));
	free(t);
}

static uint64_t
shape_of(const struct mcr_encap_path *path)
{
	struct mcr_template *const t = build(path);
	const uint64_t shape = mcr_template_shape(t);

	free(t);
	return shape;
}

static void
headers_of_another_family_have_another_shape(void **state)
{
	struct mcr_encap_path path, other;

	(void)state;
	for (enum mcr_encap encap = MCR_ENCAP_GRE; encap < MCR_ENCAP_COUNT; encap++) {
		path = other = path_of(encap, encap == MCR_ENCAP_GRETAP, 7);
		other.is_ipv6 = false;
		assert_true(shape_of(&path) != shape_of(&other));
		other = path;
		other.destination6.s6_addr[15]++;
		other.source_mac.addr_bytes[5]++;
		assert_true(shape_of(&path) == shape_of(&other));
	}
	for (unsigned int i = 0; i < RTE_DIM(kinds_of_udp); i++) {
		path = other = path_of(kinds_of_udp[i].encap, kinds_of_udp[i].has_key, 7);
		other.zero_checksum = true;
		assert_true(shape_of(&path) != shape_of(&other));
	}
	/* Without UDP there is no checksum to leave out. */
	path = other = path_of(MCR_ENCAP_GRE, false, 0);
	other.zero_checksum = true;
	assert_true(shape_of(&path) == shape_of(&other));
}

static void
template_knows_its_path(void **state)
{
	struct mcr_encap_path path = path_of(MCR_ENCAP_VXLAN, false, 0x123456);
	struct mcr_template *t = build(&path);

	(void)state;
	assert_int_equal(t->encap, MCR_ENCAP_VXLAN);
	assert_int_equal(t->port, 3);
	assert_int_equal(mcr_template_inner_mtu(t), 1500 - 40 - 8 - 8 - 14);
	assert_int_equal(mcr_template_vni(t), 0x123456);
	free(t);
	path = path_of(MCR_ENCAP_GRE, true, 7);
	t = build(&path);
	assert_int_equal(mcr_template_inner_mtu(t), 1500 - 40 - 8);
	free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gre_takes_over_dscp_and_ecn),
		cmocka_unit_test(gre_carries_its_key_and_a_flow_label),
		cmocka_unit_test(gretap_carries_its_segment),
		cmocka_unit_test(gre_udp_goes_to_4754_with_a_checksum),
		cmocka_unit_test(vxlan_goes_to_the_members_port_with_its_vni),
		cmocka_unit_test(amt_goes_from_the_relays_port_to_the_gateways_port),
		cmocka_unit_test(link_udp_goes_to_4754_with_a_checksum),
		cmocka_unit_test(udp_checksum_is_right_for_every_length),
		cmocka_unit_test(udp_checksum_is_right_for_the_longest_packet),
		cmocka_unit_test(a_computed_0_is_sent_as_all_ones),
		cmocka_unit_test(every_flow_has_a_label),
		cmocka_unit_test(ipv6_is_named_with_and_without_a_key),
		cmocka_unit_test(template_has_two_lines_where_it_needs_them),
		cmocka_unit_test(l2_and_udp_are_ethernet_alone),
		cmocka_unit_test(headers_of_another_family_have_another_shape),
		cmocka_unit_test(template_knows_its_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
