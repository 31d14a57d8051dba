/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "mcr_encap.h"

#define INNER_LEN 100

struct packet {
	uint16_t len;
	uint8_t tos;
	uint16_t entropy;
};

static const struct mcr_encap_path base = {
	.source_mac = {{0x02, 0, 0, 0, 0, 0x0a}},
	.next_hop_mac = {{0x02, 0, 0, 0, 0, 0x0c}},
	.source = MCR_IPV4(10, 0, 0, 10),
	.destination = MCR_IPV4(10, 5, 0, 6),
	.mtu = 1500,
	.port = 3,
};

static const uint8_t ethernet[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x0c, 0x02, 0x00, 0x00, 0x00, 0x00, 0x0a, 0x08, 0x00};

/* The headers below are made with scapy. */
static const uint8_t gre[] = {0x45, 0xb9, 0x00, 0x7c, 0x00, 0x00, 0x40, 0x00, 0x40, 0x2f, 0x25,
	0x86, 0x0a, 0x00, 0x00, 0x0a, 0x0a, 0x05, 0x00, 0x06, 0x00, 0x00, 0x08, 0x00};

static const uint8_t gre_with_key[] = {0x45, 0x00, 0x00, 0x80, 0x00, 0x00, 0x40, 0x00, 0x40, 0x2f,
	0x26, 0x3b, 0x0a, 0x00, 0x00, 0x0a, 0x0a, 0x05, 0x00, 0x06, 0x20, 0x00, 0x08, 0x00, 0xde,
	0xad, 0xbe, 0xef};

static const uint8_t gre_udp[] = {0x45, 0xb8, 0x00, 0x84, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11, 0x25,
	0x9d, 0x0a, 0x00, 0x00, 0x0a, 0x0a, 0x05, 0x00, 0x06, 0xd2, 0x34, 0x12, 0x92, 0x00, 0x70,
	0x00, 0x00, 0x00, 0x00, 0x08, 0x00};

static const uint8_t vxlan[] = {0x45, 0x01, 0x00, 0x88, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11, 0x26,
	0x50, 0x0a, 0x00, 0x00, 0x0a, 0x0a, 0x05, 0x00, 0x06, 0xff, 0xff, 0x21, 0x18, 0x00, 0x74,
	0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x12, 0x34, 0x56, 0x00};

static const uint8_t amt[] = {0x45, 0xb8, 0x00, 0x82, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11, 0x25,
	0x9f, 0x0a, 0x00, 0x00, 0x0a, 0x0a, 0x05, 0x00, 0x06, 0x08, 0xdc, 0xc8, 0x22, 0x00, 0x6e,
	0x00, 0x00, 0x06, 0x00};

static const uint8_t link[] = {0x45, 0xb9, 0x00, 0x80, 0x00, 0x00, 0x40, 0x00, 0x40, 0x2f, 0x25,
	0x82, 0x0a, 0x00, 0x00, 0x0a, 0x0a, 0x05, 0x00, 0x06, 0x30, 0x00, 0x88, 0xb5, 0xde, 0xad,
	0xbe, 0xef};

static const uint8_t link_udp[] = {0x45, 0xb8, 0x00, 0x88, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11, 0x25,
	0x99, 0x0a, 0x00, 0x00, 0x0a, 0x0a, 0x05, 0x00, 0x06, 0xd2, 0x34, 0x12, 0x92, 0x00, 0x74,
	0x00, 0x00, 0x30, 0x00, 0x88, 0xb5, 0xde, 0xad, 0xbe, 0xef};

/* Write in front of a packet at an odd address; no other byte may change. */
static void
assert_headers(const struct mcr_encap_path *path, const struct packet *packet, const uint8_t *outer,
	size_t outer_len)
{
	uint8_t buffer[1 + MCR_ENCAP_HEADROOM + INNER_LEN], untouched[INNER_LEN];
	uint8_t *const inner = buffer + 1 + MCR_ENCAP_HEADROOM;
	struct mcr_template t;

	memset(buffer, 0xa5, sizeof(buffer));
	memset(untouched, 0xa5, sizeof(untouched));
	assert_int_equal(mcr_template_build(&t, path), 0);
	mcr_template_write(&t, inner, packet->len, packet->tos, packet->entropy);

	assert_int_equal(t.header_len, sizeof(ethernet) + outer_len);
	assert_memory_equal(inner - t.header_len, ethernet, sizeof(ethernet));
	assert_memory_equal(inner - outer_len, outer, outer_len);
	assert_memory_equal(inner, untouched, sizeof(untouched));
	assert_int_equal(buffer[0], 0xa5);
}

static void
l2_is_an_ethernet_header_from_the_hub_to_the_member(void **state)
{
	const struct packet packet = {INNER_LEN, 0xff, 0xffff};
	struct mcr_encap_path path = base;

	(void)state;
	path.encap = MCR_ENCAP_L2;
	assert_headers(&path, &packet, NULL, 0);
}

static void
udp_has_only_an_ethernet_header(void **state)
{
	const struct packet packet = {INNER_LEN, 0xff, 0xffff};
	struct mcr_encap_path path = base;

	(void)state;
	path.encap = MCR_ENCAP_UDP;
	path.udp_port = 5000;
	assert_headers(&path, &packet, NULL, 0);
}

static void
gre_takes_over_dscp_and_ecn(void **state)
{
	const struct packet packet = {INNER_LEN, 0xb9, 0x1234};
	struct mcr_encap_path path = base;

	(void)state;
	path.encap = MCR_ENCAP_GRE;
	assert_headers(&path, &packet, gre, sizeof(gre));
}

static void
gre_carries_its_key(void **state)
{
	const struct packet packet = {INNER_LEN, 0, 0};
	struct mcr_encap_path path = base;

	(void)state;
	path.encap = MCR_ENCAP_GRE;
	path.has_key = true;
	path.key = 0xdeadbeef;
	assert_headers(&path, &packet, gre_with_key, sizeof(gre_with_key));
}

static void
gre_udp_goes_to_4754_with_the_flows_source_port(void **state)
{
	const struct packet packet = {INNER_LEN, 0xb8, 0x1234};
	struct mcr_encap_path path = base;

	(void)state;
	path.encap = MCR_ENCAP_GRE_UDP;
	assert_headers(&path, &packet, gre_udp, sizeof(gre_udp));
}

static void
no_flow_gets_the_port_that_azure_keeps(void **state)
{
	(void)state;
	for (uint32_t hash = 0; hash <= UINT16_MAX; hash++) {
		const uint16_t port = 0xc000 | hash;

		assert_int_equal(mcr_encap_entropy(hash), port == 65330 ? 65329 : port);
	}
}

static void
vxlan_goes_to_the_members_port_with_its_vni(void **state)
{
	const struct packet packet = {INNER_LEN, 0x01, 0x7fff};
	struct mcr_encap_path path = base;

	(void)state;
	path.encap = MCR_ENCAP_VXLAN;
	path.key = 0x123456;
	path.udp_port = 8472;
	assert_headers(&path, &packet, vxlan, sizeof(vxlan));
}

/* RFC 7450 4.2.2.2: a NAT admits only packets from the relay's own port. */
static void
amt_goes_from_the_relays_port_to_the_gateways_port(void **state)
{
	const struct packet packet = {INNER_LEN, 0xb8, 0x1234};
	struct mcr_encap_path path = base;

	(void)state;
	path.encap = MCR_ENCAP_AMT;
	path.key = 2268;
	path.udp_port = 51234;
	assert_headers(&path, &packet, amt, sizeof(amt));
}

/* Behind it come the sequence number and a record, which are the packet's first bytes here. */
static void
link_carries_the_id_of_the_sending_hub_before_the_sequence(void **state)
{
	const struct packet packet = {INNER_LEN, 0xb9, 0x1234};
	struct mcr_encap_path path = base;

	(void)state;
	path.encap = MCR_ENCAP_LINK;
	path.key = 0xdeadbeef;
	assert_headers(&path, &packet, link, sizeof(link));
}

static void
link_udp_goes_to_4754_with_the_flows_source_port(void **state)
{
	const struct packet packet = {INNER_LEN, 0xb8, 0x1234};
	struct mcr_encap_path path = base;

	(void)state;
	path.encap = MCR_ENCAP_LINK_UDP;
	path.key = 0xdeadbeef;
	assert_headers(&path, &packet, link_udp, sizeof(link_udp));
}

/* RFC 1112 6.4: the low 23 bits of the group. */
static void
inner_ethernet_header_goes_to_the_groups_mac(void **state)
{
	static const uint8_t to_group[] = {1, 0, 0x5e, 0x7f, 2, 3, 2, 0, 0, 0, 0, 0x0a, 8, 0, 0xa5};
	static const uint8_t to_all[] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 0x0a, 8, 0};
	uint8_t bytes[15] = {[14] = 0xa5};

	(void)state;
	mcr_vxlan_write_ethernet(bytes + 14, &base.source_mac, MCR_IPV4(239, 255, 2, 3));
	assert_memory_equal(bytes, to_group, sizeof(to_group));
	mcr_vxlan_write_ethernet(bytes + 14, &base.source_mac, MCR_IPV4(192, 168, 9, 255));
	assert_memory_equal(bytes, to_all, sizeof(to_all));
}

static void
header_checksum_is_right_for_every_length_and_tos(void **state)
{
	uint8_t buffer[MCR_ENCAP_HEADROOM];
	uint8_t *const inner = buffer + sizeof(buffer);
	struct mcr_encap_path path = base;
	struct mcr_template t;

	(void)state;
	path.encap = MCR_ENCAP_GRE;
	for (unsigned int address = 0; address < UINT16_MAX; address += 4999) {
		path.destination = address << 16 | 0xfff0;
		assert_int_equal(mcr_template_build(&t, &path), 0);
		for (unsigned int len = 0; len <= UINT16_MAX - 24; len++) {
			mcr_template_write(&t, inner, len, len * 7, 0);
			if (!mcr_ipv4_checksum_is_right(inner - 24, 20))
				fail_msg("wrong checksum at length %u", len);
		}
	}
}

static void
template_knows_its_path(void **state)
{
	struct mcr_encap_path path = base;
	struct mcr_template t;

	(void)state;
	path.encap = MCR_ENCAP_GRE;
	assert_int_equal(mcr_template_build(&t, &path), 0);
	assert_int_equal(t.encap, MCR_ENCAP_GRE);
	assert_int_equal(t.port, 3);
	assert_int_equal(t.mtu, 1500);
	assert_int_equal(mcr_template_inner_mtu(&t), 1476);
	path.encap = MCR_ENCAP_L2;
	assert_int_equal(mcr_template_build(&t, &path), 0);
	assert_int_equal(mcr_template_inner_mtu(&t), 1500);
	path.encap = MCR_ENCAP_VXLAN;
	path.key = 0x123456;
	assert_int_equal(mcr_template_build(&t, &path), 0);
	assert_int_equal(mcr_template_inner_mtu(&t), 1450);
	assert_int_equal(mcr_template_vni(&t), 0x123456);
	path.encap = MCR_ENCAP_LINK_UDP;
	path.key = 0xdeadbeef;
	assert_int_equal(mcr_template_build(&t, &path), 0);
	assert_int_equal(mcr_template_inner_mtu(&t), 1448);
}

static void
unknown_encapsulation_is_refused(void **state)
{
	struct mcr_encap_path path = base;
	struct mcr_template t;

	(void)state;
	path.encap = MCR_ENCAP_COUNT;
	assert_int_equal(mcr_template_build(&t, &path), -ENOTSUP);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(l2_is_an_ethernet_header_from_the_hub_to_the_member),
		cmocka_unit_test(udp_has_only_an_ethernet_header),
		cmocka_unit_test(gre_takes_over_dscp_and_ecn),
		cmocka_unit_test(gre_carries_its_key),
		cmocka_unit_test(gre_udp_goes_to_4754_with_the_flows_source_port),
		cmocka_unit_test(no_flow_gets_the_port_that_azure_keeps),
		cmocka_unit_test(vxlan_goes_to_the_members_port_with_its_vni),
		cmocka_unit_test(amt_goes_from_the_relays_port_to_the_gateways_port),
		cmocka_unit_test(link_carries_the_id_of_the_sending_hub_before_the_sequence),
		cmocka_unit_test(link_udp_goes_to_4754_with_the_flows_source_port),
		cmocka_unit_test(inner_ethernet_header_goes_to_the_groups_mac),
		cmocka_unit_test(header_checksum_is_right_for_every_length_and_tos),
		cmocka_unit_test(template_knows_its_path),
		cmocka_unit_test(unknown_encapsulation_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
