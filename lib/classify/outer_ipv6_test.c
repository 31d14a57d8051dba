/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Plain frames of IPv6: tunnels to the hub, and messages of its own links. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include <mcr_address.h>

#include "frame.h"

#define OWN "2001:db8::a"
#define OWN_LINK_LOCAL "fe80::ff:fe00:a"
#define MEMBER "2001:db8::b"
#define STRANGER "2001:db8::c"
#define OWN_SOLICITED "ff02::1:ff00:a"
#define FOREIGN_SOLICITED "ff02::1:ff00:c"
#define ALL_NODES "ff02::1"
#define ALL_ROUTERS_OF_IPV6 "ff02::2"
#define MLD_ROUTERS "ff02::16"
#define WIDE "ff1e::42"

#define ECHO_REQUEST 128
#define ECHO_REPLY 129
#define TOO_BIG 2
#define ROUTER_SOLICIT 133
#define ROUTER_ADVERT 134
#define NEIGHBOUR_SOLICIT 135
#define NEIGHBOUR_ADVERT 136
#define REDIRECT 137
#define MLD_REPORT 143

#define MAX_FRAME 200

static uint32_t ip, udp, member;
static uint8_t destination_mac[RTE_ETHER_ADDR_LEN];

static struct in6_addr
parse(const char *text)
{
	struct in6_addr address;

	assert_int_equal(inet_pton(AF_INET6, text, &address), 1);
	return address;
}

static void
begin_from(const char *source, const char *destination, uint8_t next_header)
{
	const struct in6_addr from = parse(source), to = parse(destination);

	frame_len = 0;
	udp = 0;
	put_ethernet(destination_mac, RTE_ETHER_TYPE_IPV6);
	ip = put_zeros(MCR_IPV6_HEADER_LEN);
	frame[ip] = 0x60;
	frame[ip + 6] = next_header;
	frame[ip + 7] = 64;
	memcpy(frame + ip + MCR_IPV6_SOURCE, &from, sizeof(from));
	memcpy(frame + ip + MCR_IPV6_DESTINATION, &to, sizeof(to));
}

static void
begin(const char *destination, uint8_t next_header)
{
	begin_from(MEMBER, destination, next_header);
}

static void
set_tos(uint8_t tos)
{
	frame[ip] = 0x60 | tos >> 4;
	frame[ip + 1] = tos << 4;
}

static void
fix_transport(uint32_t at, uint32_t offset, uint8_t protocol)
{
	rte_be16_t checksum;

	memset(frame + at + offset, 0, sizeof(checksum));
	checksum = mcr_ipv6_checksum(frame + ip, frame + at, frame_len - at, protocol);
	if (checksum == 0 && protocol == IPPROTO_UDP)
		checksum = UINT16_MAX;
	memcpy(frame + at + offset, &checksum, sizeof(checksum));
}

static void
end(void)
{
	mcr_write_be16(frame + ip + 4, frame_len - ip - MCR_IPV6_HEADER_LEN);
	if (udp == 0)
		return;
	end_udp(udp);
	fix_transport(udp, 6, IPPROTO_UDP);
}

static void
begin_udp(const char *destination, uint16_t destination_port)
{
	begin(destination, IPPROTO_UDP);
	udp = put_udp(destination_port);
}

/* Returns where the message is. */
static uint32_t
put_icmp(uint8_t type, uint8_t code, uint32_t len)
{
	const uint32_t at = put_zeros(len);

	frame[at] = type;
	frame[at + 1] = code;
	fix_transport(at, 2, IPPROTO_ICMPV6);
	end();
	return at;
}

/* Neighbour discovery, 24 octets from a host of the link. */
static uint32_t
put_nd(const char *destination, uint8_t type)
{
	begin_from("fe80::b", destination, IPPROTO_ICMPV6);
	frame[ip + 7] = 255;
	return put_icmp(type, 0, 24);
}

static void
put_inner_packet(void)
{
	put_packet(MCR_IPV4(192, 168, 9, 7), GROUP, IPPROTO_UDP);
}

static void
put_gre_frame(uint16_t flags)
{
	begin(OWN, IPPROTO_GRE);
	put_gre(flags, RTE_ETHER_TYPE_IPV4);
}

static void
assert_is_tunnelled(enum mcr_verdict verdict, enum mcr_encap encap, uint32_t inner)
{
	const struct mcr_packet packet = classify();

	assert_int_equal(packet.verdict, verdict);
	assert_int_equal(packet.encap, encap);
	assert_int_equal(packet.inner_offset, inner);
	assert_int_equal(packet.outer_source, member);
	assert_int_equal(packet.source, MCR_IPV4(192, 168, 9, 7));
	assert_int_equal(packet.ttl, 32);
	assert_int_equal(packet.protocol, IPPROTO_UDP);
	assert_memory_equal(&packet.source_mac, sender_mac, sizeof(sender_mac));
}

static void
assert_punt(enum mcr_punt_kind punt)
{
	const struct mcr_packet packet = classify();

	assert_int_equal(packet.verdict, MCR_VERDICT_PUNT);
	assert_int_equal(packet.punt, punt);
	assert_int_equal(packet.inner_offset, ip);
	assert_int_equal(packet.inner_len, frame_len - ip);
	assert_int_equal(packet.source, 0);
	assert_int_equal(packet.destination, 0);
}

static void
gre_is_a_tunnel(void **state)
{
	struct mcr_packet packet;

	(void)state;
	put_gre_frame(0);
	put_inner_packet();
	end();
	assert_is_tunnelled(MCR_VERDICT_DATA, MCR_ENCAP_GRE, ip + 44);
	packet = classify();
	assert_false(packet.has_key);
	assert_int_equal(packet.udp_port, 0);
	assert_int_equal(packet.frame_len, 0);
	put_gre_frame(0x2000);
	put_bytes("\xde\xad\xbe\xef", 4);
	put_inner_packet();
	end();
	assert_is_tunnelled(MCR_VERDICT_DATA, MCR_ENCAP_GRE, ip + 48);
	packet = classify();
	assert_true(packet.has_key);
	assert_int_equal(packet.key, 0xdeadbeef);
}

static void
unicast_and_ipv6_inside_gre_are_taken(void **state)
{
	uint32_t inner;

	(void)state;
	put_gre_frame(0);
	put_packet(MCR_IPV4(192, 168, 9, 7), OVERLAY, IPPROTO_UDP);
	end();
	assert_is_tunnelled(MCR_VERDICT_UNICAST, MCR_ENCAP_GRE, ip + 44);
	begin(OWN, IPPROTO_GRE);
	put_gre(0, RTE_ETHER_TYPE_IPV6);
	inner = put_bytes(frame + ip, MCR_IPV6_HEADER_LEN);
	frame[inner + 6] = IPPROTO_NONE;
	memcpy(frame + inner + MCR_IPV6_DESTINATION, "\xff\x1e", 2);
	end();
	assert_int_equal(classify().inner_offset, inner);
	assert_int_equal(classify().protocol, IPPROTO_NONE);
	assert_verdict(DATA_IPV6);
}

static void
udp_tunnels_have_their_port(void **state)
{
	struct mcr_packet packet;

	(void)state;
	begin_udp(OWN, GRE_PORT);
	put_gre(0, RTE_ETHER_TYPE_IPV4);
	put_inner_packet();
	end();
	assert_is_tunnelled(MCR_VERDICT_DATA, MCR_ENCAP_GRE_UDP, ip + 52);
	assert_int_equal(classify().udp_port, GRE_PORT);
	begin_udp(OWN, VXLAN_PORT);
	put_vxlan(0x123456);
	put_ethernet(group_mac, RTE_ETHER_TYPE_IPV4);
	put_inner_packet();
	end();
	assert_is_tunnelled(MCR_VERDICT_DATA, MCR_ENCAP_VXLAN, ip + 70);
	packet = classify();
	assert_int_equal(packet.udp_port, VXLAN_PORT);
	assert_int_equal(packet.key, 0x123456);
	assert_int_equal(packet.frame_offset, ip + 56);
	assert_int_equal(packet.frame_len, frame_len - ip - 56);
}

static void
gretap_is_a_tunnel(void **state)
{
	(void)state;
	begin(OWN, IPPROTO_GRE);
	put_gre(0x2000, MCR_GRE_ETHERNET);
	put_bytes("\0\0\0\7", 4);
	put_ethernet(group_mac, RTE_ETHER_TYPE_IPV4);
	put_inner_packet();
	end();
	assert_is_tunnelled(MCR_VERDICT_DATA, MCR_ENCAP_GRETAP, ip + 62);
	assert_int_equal(classify().key, 7);
	assert_int_equal(classify().frame_offset, ip + 48);
}

/* What else a segment carries has no fields of the outer packet. */
static void
a_frame_that_is_not_ip_has_no_packet(void **state)
{
	struct mcr_packet packet;

	(void)state;
	begin_udp(OWN, VXLAN_PORT);
	put_vxlan(7);
	put_ethernet(broadcast_mac, RTE_ETHER_TYPE_ARP);
	put_zeros(28);
	set_tos(0xb8);
	end();
	packet = classify();
	assert_int_equal(packet.verdict, MCR_VERDICT_SEGMENT);
	assert_int_equal(packet.inner_len, 0);
	assert_int_equal(packet.inner_offset, 0);
	assert_int_equal(packet.tos, 0);
	assert_int_equal(packet.ttl, 0);
	assert_int_equal(packet.protocol, 0);
	assert_int_equal(packet.frame_len, RTE_ETHER_HDR_LEN + 28);
	assert_int_equal(packet.outer_source, member);
}

static void
tunnels_go_to_the_configured_address_alone(void **state)
{
	(void)state;
	begin(OWN_LINK_LOCAL, IPPROTO_GRE);
	put_gre(0, RTE_ETHER_TYPE_IPV4);
	put_inner_packet();
	end();
	assert_drop(NOT_FOR_US);
	begin_udp(OWN_LINK_LOCAL, GRE_PORT);
	put_gre(0, RTE_ETHER_TYPE_IPV4);
	put_inner_packet();
	end();
	assert_drop(NOT_FOR_US);
	begin(STRANGER, IPPROTO_GRE);
	put_gre(0, RTE_ETHER_TYPE_IPV4);
	put_inner_packet();
	end();
	assert_drop(NOT_FOR_US);
	put_gre_frame(0);
	put_inner_packet();
	end();
	frame[5] ^= 1;
	assert_drop(NOT_FOR_US);
}

static void
without_a_configured_address_there_are_no_tunnels(void **state)
{
	(void)state;
	port.address6 = in6addr_any;
	put_gre_frame(0);
	put_inner_packet();
	memset(frame + ip + MCR_IPV6_DESTINATION, 0, MCR_IPV6_ADDRESS_LEN);
	end();
	assert_drop(NOT_FOR_US);
	put_nd(OWN_LINK_LOCAL, NEIGHBOUR_SOLICIT);
	assert_punt(MCR_PUNT_ND);
}

static void
what_no_tunnel_has_is_not_for_us(void **state)
{
	static const uint16_t ports[] = {53, 0};

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(ports); i++) {
		begin_udp(OWN, ports[i]);
		put_gre(0, RTE_ETHER_TYPE_IPV4);
		put_inner_packet();
		end();
		assert_drop(NOT_FOR_US);
	}
	begin(OWN, IPPROTO_TCP);
	put_zeros(20);
	end();
	assert_drop(NOT_FOR_US);
	begin(OWN, IPPROTO_GRE);
	put_gre(0, RTE_ETHER_TYPE_ARP);
	put_zeros(28);
	end();
	assert_drop(NOT_FOR_US);
	port.udp_encaps = NULL;
	begin_udp(OWN, GRE_PORT);
	put_gre(0, RTE_ETHER_TYPE_IPV4);
	put_inner_packet();
	end();
	assert_drop(NOT_FOR_US);
}

static void
begin_gre_udp(void)
{
	begin_udp(OWN, GRE_PORT);
	put_gre(0, RTE_ETHER_TYPE_IPV4);
	put_inner_packet();
	end();
}

static void
udp_checksum_is_verified(void **state)
{
	(void)state;
	begin_gre_udp();
	frame[frame_len - 1] ^= 1;
	assert_drop(BAD_CHECKSUM);
	begin_gre_udp();
	frame[ip + MCR_IPV6_SOURCE + 1] ^= 1;
	assert_drop(BAD_CHECKSUM);
	begin_gre_udp();
	frame[udp] ^= 1;
	assert_drop(BAD_CHECKSUM);
	begin_gre_udp();
	frame[udp + 6] ^= 1;
	assert_drop(BAD_CHECKSUM);
	/* It covers what UDP has, not what follows. */
	begin_gre_udp();
	put_bytes("\1\2\3", 3);
	mcr_write_be16(frame + ip + 4, frame_len - ip - MCR_IPV6_HEADER_LEN);
	assert_is_tunnelled(MCR_VERDICT_DATA, MCR_ENCAP_GRE_UDP, ip + 52);
}

/* It holds the sum of the pseudo header, over veth and from guests. */
static void
leave_udp_checksum_unfinished(void)
{
	static const uint8_t nothing[sizeof(frame)];
	const rte_be16_t unfinished =
		~mcr_ipv6_checksum(frame + ip, nothing, frame_len - udp, IPPROTO_UDP);

	memcpy(frame + udp + 6, &unfinished, sizeof(unfinished));
}

static void
udp_checksum_that_a_device_was_to_finish_is_taken(void **state)
{
	(void)state;
	begin_gre_udp();
	leave_udp_checksum_unfinished();
	assert_is_tunnelled(MCR_VERDICT_DATA, MCR_ENCAP_GRE_UDP, ip + 52);
	frame[ip + MCR_IPV6_SOURCE + 1] ^= 1;
	assert_drop(BAD_CHECKSUM);
}

/* RFC 6935: where it is configured. */
static void
no_udp_checksum_is_taken_where_configured(void **state)
{
	(void)state;
	begin_gre_udp();
	mcr_write_be16(frame + udp + 6, 0);
	assert_drop(BAD_CHECKSUM);
	port.takes_zero_checksum = true;
	assert_is_tunnelled(MCR_VERDICT_DATA, MCR_ENCAP_GRE_UDP, ip + 52);
	mcr_write_be16(frame + udp + 6, 1);
	assert_drop(BAD_CHECKSUM);
}

static void
put_amt(const char *destination)
{
	begin_udp(destination, RELAY_PORT);
	put_bytes("\3\0\0\0nonce", 8);
	end();
}

static void
a_message_of_amt_is_for_the_relay(void **state)
{
	struct mcr_packet packet;

	(void)state;
	put_amt(OWN);
	assert_punt(MCR_PUNT_AMT);
	/* The frame's padding is not the relay's. */
	put_zeros(7);
	packet = classify();
	assert_int_equal(packet.inner_len, frame_len - 7 - ip);
	assert_int_equal(packet.encap, MCR_ENCAP_AMT);
	assert_int_equal(packet.key, RELAY_PORT);
	assert_int_equal(packet.udp_port, 0xc001);
	assert_int_equal(packet.outer_source, member);
	assert_int_equal(packet.protocol, IPPROTO_UDP);
	assert_int_equal(packet.ttl, 64);
	put_amt(OWN_LINK_LOCAL);
	assert_drop(NOT_FOR_US);
	port.udp_encaps = NULL;
	put_amt(OWN);
	assert_drop(NOT_FOR_US);
}

/* RFC 7450 4.2.2.3: the checksum is needed even where tunnels do without. */
static void
the_checksum_of_a_message_of_amt_is_verified(void **state)
{
	(void)state;
	port.takes_zero_checksum = true;
	put_amt(OWN);
	frame[frame_len - 1] ^= 1;
	assert_drop(BAD_CHECKSUM);
	put_amt(OWN);
	mcr_write_be16(frame + udp + 6, 0);
	assert_drop(BAD_CHECKSUM);
	put_amt(OWN);
	leave_udp_checksum_unfinished();
	assert_punt(MCR_PUNT_AMT);
	/* No answer could reach it. */
	put_amt(OWN);
	mcr_write_be16(frame + udp, 0);
	end();
	assert_drop(MALFORMED);
}

static void
gre_checksum_is_verified(void **state)
{
	uint32_t gre;

	(void)state;
	put_gre_frame(0x8000);
	gre = put_zeros(4) - 4;
	put_inner_packet();
	fix_checksum(gre, frame_len - gre, gre + 4);
	end();
	assert_is_tunnelled(MCR_VERDICT_DATA, MCR_ENCAP_GRE, ip + 48);
	frame[frame_len - 1] ^= 1;
	assert_drop(BAD_CHECKSUM);
}

static void
tunnels_lie_behind_extension_headers(void **state)
{
	(void)state;
	begin(OWN, IPPROTO_HOPOPTS);
	put_bytes("\x3c\0\1\4\0\0\0\0", 8);
	put_bytes("\x2f\1\1\x0c\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	put_gre(0, RTE_ETHER_TYPE_IPV4);
	put_inner_packet();
	end();
	assert_is_tunnelled(MCR_VERDICT_DATA, MCR_ENCAP_GRE, ip + 40 + 8 + 16 + 4);
	begin(OWN, IPPROTO_DSTOPTS);
	put_bytes("\x11\0\1\4\0\0\0\0", 8);
	udp = put_udp(GRE_PORT);
	put_gre(0, RTE_ETHER_TYPE_IPV4);
	put_inner_packet();
	end();
	assert_is_tunnelled(MCR_VERDICT_DATA, MCR_ENCAP_GRE_UDP, ip + 40 + 8 + 12);
	frame[udp + 9] ^= 1;
	assert_drop(BAD_CHECKSUM);
	/* A list of routers. */
	begin(OWN, IPPROTO_ROUTING);
	put_bytes("\x2f\0\0\0\0\0\0\0", 8);
	put_gre(0, RTE_ETHER_TYPE_IPV4);
	put_inner_packet();
	end();
	assert_drop(MALFORMED);
}

static void
assert_fragment(uint8_t protocol)
{
	const struct mcr_packet packet = classify();

	assert_int_equal(packet.verdict, MCR_VERDICT_FRAGMENT);
	assert_int_equal(packet.inner_offset, ip);
	assert_int_equal(packet.inner_len, frame_len - ip);
	assert_int_equal(packet.protocol, protocol);
	assert_int_equal(packet.outer_source, member);
}

static void
fragments_are_to_be_reassembled(void **state)
{
	static const uint16_t fields[] = {1, 8, 9, 0xfff8, 0xfff9};

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(fields); i++) {
		begin(OWN, IPPROTO_FRAGMENT);
		put_bytes("\x2f\0", 2);
		put_be16(fields[i]);
		put_bytes("\0\0\0\1", 4);
		put_zeros(16);
		end();
		assert_fragment(IPPROTO_GRE);
	}
	frame[ip + 40] = IPPROTO_UDP;
	assert_fragment(IPPROTO_UDP);
}

/* RFC 6946: it is processed by itself. Its reserved bits say nothing (RFC 8200 4.5). */
static void
atomic_fragments_are_whole_packets(void **state)
{
	(void)state;
	for (uint16_t reserved = 0; reserved <= 6; reserved += 2) {
		begin(OWN, IPPROTO_FRAGMENT);
		put_bytes("\x2f\0", 2);
		put_be16(reserved);
		put_bytes("\0\0\0\1", 4);
		put_gre(0, RTE_ETHER_TYPE_IPV4);
		put_inner_packet();
		end();
		assert_is_tunnelled(MCR_VERDICT_DATA, MCR_ENCAP_GRE, ip + 52);
	}
}

/* Nobody reassembles them; the beginning alone is no packet. */
static void
fragments_behind_other_headers_are_malformed(void **state)
{
	static const uint16_t fields[] = {1, 8};

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(fields); i++) {
		begin(OWN, IPPROTO_HOPOPTS);
		put_bytes("\x2c\0\1\4\0\0\0\0", 8);
		put_bytes("\x2f\0", 2);
		put_be16(fields[i]);
		put_bytes("\0\0\0\1", 4);
		put_gre(0, RTE_ETHER_TYPE_IPV4);
		put_inner_packet();
		end();
		assert_drop(MALFORMED);
	}
}

static void
echo_requests_are_answered(void **state)
{
	static const char *const own[] = {OWN, OWN_LINK_LOCAL};
	static const char *const all[] = {ALL_NODES, ALL_ROUTERS_OF_IPV6, OWN_SOLICITED};
	uint32_t at;

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(own); i++) {
		begin(own[i], IPPROTO_ICMPV6);
		at = put_icmp(ECHO_REQUEST, 0, 16);
		assert_punt(MCR_PUNT_ICMP_ECHO);
		assert_false(classify().broadcast);
		frame[at + 8] ^= 1;
		assert_drop(BAD_CHECKSUM);
	}
	memcpy(destination_mac, "\x33\x33\0\0\0\1", sizeof(destination_mac));
	for (unsigned int i = 0; i < RTE_DIM(all); i++) {
		begin(all[i], IPPROTO_ICMPV6);
		at = put_icmp(ECHO_REQUEST, 0, 16);
		assert_punt(MCR_PUNT_ICMP_ECHO);
		assert_true(classify().broadcast);
		frame[at + 8] ^= 1;
		assert_drop(BAD_CHECKSUM);
	}
}

static void
other_messages_are_not_answered(void **state)
{
	static const uint8_t types[] = {1, 3, 4, ECHO_REPLY, 138, 139, 255};

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(types); i++) {
		begin(OWN, IPPROTO_ICMPV6);
		put_icmp(types[i], 0, 16);
		assert_drop(NOT_FOR_US);
	}
	begin(OWN, IPPROTO_ICMPV6);
	put_icmp(ECHO_REQUEST, 1, 16);
	assert_drop(NOT_FOR_US);
	begin(OWN, IPPROTO_ICMPV6);
	put_icmp(ECHO_REQUEST, 0, 7);
	assert_drop(MALFORMED);
}

/* RFC 4443 3.2: its code is ignored. */
static void
a_packet_that_was_too_big_is_reported(void **state)
{
	uint32_t at;

	(void)state;
	begin(OWN, IPPROTO_ICMPV6);
	at = put_icmp(TOO_BIG, 0, 56);
	assert_punt(MCR_PUNT_TOO_BIG);
	frame[at + 7] ^= 1;
	assert_drop(BAD_CHECKSUM);
	begin(OWN, IPPROTO_ICMPV6);
	put_icmp(TOO_BIG, 9, 56);
	assert_punt(MCR_PUNT_TOO_BIG);
	begin(OWN, IPPROTO_ICMPV6);
	put_icmp(TOO_BIG, 0, 7);
	assert_drop(MALFORMED);
	memcpy(destination_mac, "\x33\x33\xff\0\0\x0a", sizeof(destination_mac));
	begin(OWN_SOLICITED, IPPROTO_ICMPV6);
	put_icmp(TOO_BIG, 0, 56);
	assert_drop(NOT_FOR_US);
}

static void
neighbours_find_the_hub(void **state)
{
	(void)state;
	put_nd(OWN, NEIGHBOUR_SOLICIT);
	assert_punt(MCR_PUNT_ND);
	put_nd(OWN_LINK_LOCAL, NEIGHBOUR_ADVERT);
	assert_punt(MCR_PUNT_ND);
	assert_false(classify().broadcast);
	memcpy(destination_mac, "\x33\x33\xff\0\0\x0a", sizeof(destination_mac));
	put_nd(OWN_SOLICITED, NEIGHBOUR_SOLICIT);
	assert_punt(MCR_PUNT_ND);
	assert_false(classify().broadcast);
	/* Another address than the link-local one has a group of its own. */
	port.address6 = parse("2001:db8::12:3456");
	put_nd("ff02::1:ff12:3456", NEIGHBOUR_SOLICIT);
	assert_punt(MCR_PUNT_ND);
	put_nd(OWN_SOLICITED, NEIGHBOUR_SOLICIT);
	assert_punt(MCR_PUNT_ND);
	put_nd(FOREIGN_SOLICITED, NEIGHBOUR_SOLICIT);
	assert_drop(NOT_FOR_US);
	memcpy(destination_mac, "\x33\x33\0\0\0\1", sizeof(destination_mac));
	put_nd(ALL_NODES, NEIGHBOUR_ADVERT);
	assert_punt(MCR_PUNT_ND);
	put_nd(ALL_NODES, ROUTER_ADVERT);
	assert_punt(MCR_PUNT_ND);
}

static void
duplicate_addresses_are_detected(void **state)
{
	(void)state;
	memcpy(destination_mac, "\x33\x33\xff\0\0\x0a", sizeof(destination_mac));
	begin_from("::", OWN_SOLICITED, IPPROTO_ICMPV6);
	frame[ip + 7] = 255;
	put_icmp(NEIGHBOUR_SOLICIT, 0, 24);
	assert_punt(MCR_PUNT_ND);
	assert_int_equal(classify().outer_source, 0);
}

static void
what_hosts_ask_routers_is_not_for_us(void **state)
{
	(void)state;
	put_nd(OWN_LINK_LOCAL, REDIRECT);
	assert_drop(NOT_FOR_US);
	put_nd(OWN_LINK_LOCAL, ROUTER_SOLICIT);
	assert_drop(NOT_FOR_US);
	memcpy(destination_mac, "\x33\x33\0\0\0\2", sizeof(destination_mac));
	put_nd(ALL_ROUTERS_OF_IPV6, ROUTER_SOLICIT);
	assert_drop(NOT_FOR_US);
}

/* RFC 4861 7.1: from the link itself, whole and right. */
static void
neighbour_discovery_is_verified(void **state)
{
	static const char *const destinations[] = {OWN, OWN_LINK_LOCAL, OWN_SOLICITED, ALL_NODES};
	uint32_t at;

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(destinations); i++) {
		at = put_nd(destinations[i], NEIGHBOUR_SOLICIT);
		assert_punt(MCR_PUNT_ND);
		frame[ip + 7] = 254;
		assert_drop(MALFORMED);
		at = put_nd(destinations[i], NEIGHBOUR_SOLICIT);
		frame[at + 1] = 1;
		fix_transport(at, 2, IPPROTO_ICMPV6);
		assert_drop(MALFORMED);
		at = put_nd(destinations[i], NEIGHBOUR_SOLICIT);
		frame[at + 8] ^= 1;
		assert_drop(BAD_CHECKSUM);
	}
}

/* RFC 6980 5: with a fragment header it is ignored. */
static void
neighbour_discovery_has_no_headers_in_front(void **state)
{
	(void)state;
	begin_from("fe80::b", OWN, IPPROTO_FRAGMENT);
	frame[ip + 7] = 255;
	put_bytes("\x3a\0\0\0\0\0\0\1", 8);
	put_icmp(NEIGHBOUR_SOLICIT, 0, 24);
	assert_drop(NOT_FOR_US);
	begin_from("fe80::b", OWN_SOLICITED, IPPROTO_HOPOPTS);
	frame[ip + 7] = 255;
	put_bytes("\x3a\0\1\4\0\0\0\0", 8);
	put_icmp(NEIGHBOUR_SOLICIT, 0, 24);
	assert_drop(NOT_FOR_US);
}

static void
listeners_report_their_groups(void **state)
{
	uint32_t at;

	(void)state;
	memcpy(destination_mac, "\x33\x33\0\0\0\x16", sizeof(destination_mac));
	begin_from("fe80::b", MLD_ROUTERS, IPPROTO_HOPOPTS);
	put_bytes("\x3a\0\5\2\0\0\1\0", 8);
	at = put_icmp(MLD_REPORT, 0, 28);
	assert_punt(MCR_PUNT_MLD);
	port.has_ipv6 = false;
	assert_punt(MCR_PUNT_MLD);
	frame[at + 9] ^= 1;
	assert_drop(BAD_CHECKSUM);
}

static void
groups_are_data_to_the_hubs_own_mac(void **state)
{
	(void)state;
	begin(WIDE, IPPROTO_UDP);
	put_udp(5000);
	end();
	assert_verdict(DATA_IPV6);
	assert_int_equal(classify().inner_offset, ip);
	assert_int_equal(classify().encap, MCR_ENCAP_L2);
	assert_int_equal(classify().outer_source, member);
	begin(ALL_NODES, IPPROTO_UDP);
	put_udp(5000);
	end();
	assert_verdict(DATA_IPV6);
	port.has_ipv6 = false;
	assert_verdict(DATA_IPV6);
}

static void
groups_of_the_link_are_not_for_us(void **state)
{
	(void)state;
	memcpy(destination_mac, "\x33\x33\0\0\0\x42", sizeof(destination_mac));
	begin(WIDE, IPPROTO_UDP);
	put_udp(5000);
	end();
	assert_drop(NOT_FOR_US);
	begin("ff02::fb", IPPROTO_UDP);
	put_udp(5353);
	end();
	assert_drop(NOT_FOR_US);
	begin(ALL_NODES, IPPROTO_ICMPV6);
	put_icmp(ECHO_REPLY, 0, 16);
	assert_drop(NOT_FOR_US);
	begin("ff02::6a", IPPROTO_ICMPV6);
	put_icmp(ECHO_REQUEST, 0, 16);
	assert_drop(NOT_FOR_US);
	begin(OWN_SOLICITED, IPPROTO_UDP);
	put_udp(5000);
	end();
	assert_drop(NOT_FOR_US);
}

static void
a_priority_tag_is_skipped(void **state)
{
	(void)state;
	put_gre_frame(0);
	put_inner_packet();
	end();
	memmove(frame + 16, frame + 12, frame_len - 12);
	memcpy(frame + 12, "\x81\0\xe0\0", 4);
	frame_len += 4;
	ip += 4;
	assert_is_tunnelled(MCR_VERDICT_DATA, MCR_ENCAP_GRE, ip + 44);
	frame[15] = 5;
	assert_drop(NOT_FOR_US);
}

static void
a_source_without_a_number_is_no_members(void **state)
{
	(void)state;
	begin_from(STRANGER, OWN, IPPROTO_GRE);
	put_gre(0, RTE_ETHER_TYPE_IPV4);
	put_inner_packet();
	end();
	assert_verdict(DATA);
	assert_int_equal(classify().outer_source, 0);
}

static void
sources_that_no_host_has_are_malformed(void **state)
{
	static const char *const sources[] = {"::1", WIDE};

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(sources); i++) {
		begin_from(sources[i], OWN, IPPROTO_GRE);
		put_gre(0, RTE_ETHER_TYPE_IPV4);
		put_inner_packet();
		end();
		assert_drop(MALFORMED);
	}
}

/* RFC 6040 4.2. */
static void
put_congested(uint8_t inner_tos)
{
	uint32_t inner;

	put_gre_frame(0);
	inner = put_ipv4(MCR_IPV4(192, 168, 9, 7), GROUP, IPPROTO_UDP);
	frame[inner + 1] = inner_tos;
	put_zeros(8);
	end_ipv4(inner);
	set_tos(0x28 | MCR_ECN_CE);
	end();
}

static void
congestion_reaches_the_inner_packet(void **state)
{
	(void)state;
	put_congested(0xb8 | 2);
	assert_verdict(DATA);
	assert_true(classify().mark_ce);
	assert_int_equal(classify().tos, 0xb8 | MCR_ECN_CE);
	put_congested(0xb8);
	assert_drop(MALFORMED);
	put_congested(0xb8 | MCR_ECN_CE);
	assert_verdict(DATA);
	assert_false(classify().mark_ce);
}

static void
without_ipv6_only_groups_reach_the_hub(void **state)
{
	(void)state;
	port.has_ipv6 = false;
	begin_gre_udp();
	assert_drop(NOT_FOR_US);
	begin(OWN, IPPROTO_ICMPV6);
	put_icmp(ECHO_REQUEST, 0, 16);
	assert_drop(NOT_FOR_US);
	put_nd(OWN_LINK_LOCAL, NEIGHBOUR_SOLICIT);
	assert_drop(NOT_FOR_US);
	put_nd(OWN_SOLICITED, NEIGHBOUR_SOLICIT);
	assert_drop(NOT_FOR_US);
	begin(ALL_NODES, IPPROTO_ICMPV6);
	put_icmp(ECHO_REQUEST, 0, 16);
	assert_drop(NOT_FOR_US);
}

/* Cut anywhere, by the frame alone or with an outer length that fits. */
static void
assert_cuts_are_dropped(void)
{
	const uint32_t whole = frame_len;
	uint8_t kept[MAX_FRAME];

	assert_true(whole <= sizeof(kept));
	memcpy(kept, frame, whole);
	assert_int_not_equal(classify().verdict, MCR_VERDICT_DROP);
	for (frame_len = 0; frame_len < whole; frame_len++)
		assert_int_equal(classify().drop, frame_len < RTE_ETHER_HDR_LEN || frame_len >= ip
							  ? MCR_DROP_MALFORMED
							  : MCR_DROP_NOT_FOR_US);
	for (frame_len = ip + MCR_IPV6_HEADER_LEN; frame_len < whole; frame_len++) {
		mcr_write_be16(frame + ip + 4, frame_len - ip - MCR_IPV6_HEADER_LEN);
		assert_int_equal(classify().verdict, MCR_VERDICT_DROP);
	}
	frame_len = whole;
	memcpy(frame, kept, whole);
}

static void
cut_frames_are_dropped(void **state)
{
	(void)state;
	put_gre_frame(0);
	put_inner_packet();
	end();
	assert_cuts_are_dropped();
	begin_gre_udp();
	assert_cuts_are_dropped();
	begin(OWN, IPPROTO_HOPOPTS);
	put_bytes("\x2f\0\1\4\0\0\0\0", 8);
	put_gre(0, RTE_ETHER_TYPE_IPV4);
	put_inner_packet();
	end();
	assert_cuts_are_dropped();
	put_nd(OWN, NEIGHBOUR_SOLICIT);
	assert_cuts_are_dropped();
	put_nd(OWN_SOLICITED, NEIGHBOUR_SOLICIT);
	assert_cuts_are_dropped();
	begin(OWN, IPPROTO_ICMPV6);
	put_icmp(ECHO_REQUEST, 0, 16);
	frame[frame_len - 1] = 1;
	fix_transport(ip + MCR_IPV6_HEADER_LEN, 2, IPPROTO_ICMPV6);
	assert_cuts_are_dropped();
}

static int
set_up(void **state)
{
	const struct in6_addr address = parse(MEMBER);

	port.udp_encaps = udp_encaps;
	port.has_ipv6 = true;
	port.takes_zero_checksum = false;
	port.address6 = parse(OWN);
	port.link_local = parse(OWN_LINK_LOCAL);
	memcpy(destination_mac, hub_mac, sizeof(hub_mac));
	member = mcr_address_get(&address, MCR_IPV6_LENGTH);
	return member == 0 ? -1 : set_up_frame(state);
}

static int
tear_down(void **state)
{
	(void)state;
	mcr_address_drop(member);
	mcr_address_reclaim(NULL);
	return mcr_address_count() == 0 ? 0 : -1;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(gre_is_a_tunnel),
		TEST(unicast_and_ipv6_inside_gre_are_taken),
		TEST(udp_tunnels_have_their_port),
		TEST(gretap_is_a_tunnel),
		TEST(a_frame_that_is_not_ip_has_no_packet),
		TEST(tunnels_go_to_the_configured_address_alone),
		TEST(without_a_configured_address_there_are_no_tunnels),
		TEST(what_no_tunnel_has_is_not_for_us),
		TEST(udp_checksum_is_verified),
		TEST(udp_checksum_that_a_device_was_to_finish_is_taken),
		TEST(no_udp_checksum_is_taken_where_configured),
		TEST(a_message_of_amt_is_for_the_relay),
		TEST(the_checksum_of_a_message_of_amt_is_verified),
		TEST(gre_checksum_is_verified),
		TEST(tunnels_lie_behind_extension_headers),
		TEST(fragments_are_to_be_reassembled),
		TEST(atomic_fragments_are_whole_packets),
		TEST(fragments_behind_other_headers_are_malformed),
		TEST(echo_requests_are_answered),
		TEST(other_messages_are_not_answered),
		TEST(a_packet_that_was_too_big_is_reported),
		TEST(neighbours_find_the_hub),
		TEST(duplicate_addresses_are_detected),
		TEST(what_hosts_ask_routers_is_not_for_us),
		TEST(neighbour_discovery_is_verified),
		TEST(neighbour_discovery_has_no_headers_in_front),
		TEST(listeners_report_their_groups),
		TEST(groups_are_data_to_the_hubs_own_mac),
		TEST(groups_of_the_link_are_not_for_us),
		TEST(a_priority_tag_is_skipped),
		TEST(a_source_without_a_number_is_no_members),
		TEST(sources_that_no_host_has_are_malformed),
		TEST(congestion_reaches_the_inner_packet),
		TEST(without_ipv6_only_groups_reach_the_hub),
		TEST(cut_frames_are_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
