/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Neighbour discovery and ICMP of IPv6 on the hub's own links: a whole hub, whose clock the test
 * advances. The first port learns its gateway; the second has one and IPv4, too. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/announce.h"
#include "control/conflict.h"
#include "control/context.h"
#include "control/default_router.h"
#include "control/domain.h"
#include "control/neighbour.h"
#include "control/placement/drain.h"
#include "test/hub_fixture.h"
#include "test/ipv6_text.h"

#define HUB "fd00::10"
#define NEAR "fd00::11"
#define LOCAL "fe80::11"
#define ROUTER "fe80::1"
#define OTHER_ROUTER "fe80::2"
#define NEAR_BYTE 0x0b
#define ROUTER_BYTE 0x51
#define OTHER_BYTE 0x52

#define NS 135
#define NA 136
#define REPORT 131
#define RS 133
#define RA 134
#define ECHO 128
#define ECHO_REPLY 129
#define UNREACHABLE 1
#define TOO_BIG 2

#define ICMP (RTE_ETHER_HDR_LEN + MCR_IPV6_HEADER_LEN)
#define TARGET (ICMP + 8)
#define OPTION (ICMP + 24)

#define SOLICITED 0x40
#define OVERRIDE 0x20
#define IS_ROUTER 0x80

static const char config[] =
	"{\"ports\":[{\"device\":\"net_ring_wire0\",\"address6\":\"fd00::10/64\","
	"\"gateway6\":\"ra\"},"
	"{\"device\":\"net_ring_wire1\",\"address\":\"10.1.0.10/24\","
	"\"address6\":\"fd00:1::10/64\",\"gateway6\":\"fe80::99\"}],"
	"\"limits\":{\"members\":16,\"groups\":16,\"mbufs\":1024},\"mld\":false,\"igmp\":false,"
	"\"domain\":{\"name\":\"floor\",\"hub\":\"alpha\",\"etcd\":[\"http://h\"]},"
	"\"groups\":[{\"group\":\"239.1.1.1\",\"members\":[\"*\"]}],"
	"\"members\":[{\"name\":\"near\",\"address\":\"fd00::11\",\"encap\":\"gre\"},"
	"{\"name\":\"fixed\",\"address\":\"2001:db8::2\",\"encap\":\"gre\","
	"\"mac\":\"02:00:00:00:00:22\"},"
	"{\"name\":\"far\",\"address\":\"2001:db8::1\",\"encap\":\"gre\"}]}";

/* What the hub has sent by IPv6, not of ARP. */
static struct {
	uint16_t port, length;
	uint8_t bytes[1514];
} sent[64];
static unsigned int sent_count;
static unsigned int sent_arp[2]; /* by port */

static void
note_sent(const struct rte_mbuf *frame)
{
	const uint8_t *const bytes = rte_pktmbuf_mtod(frame, const uint8_t *);

	if (mcr_read_be16(bytes + 12) == RTE_ETHER_TYPE_ARP)
		sent_arp[mcr_ports_index(&hub.ports, frame->port)]++;
	if (mcr_read_be16(bytes + 12) != RTE_ETHER_TYPE_IPV6 || sent_count == RTE_DIM(sent))
		return;
	sent[sent_count].port = frame->port;
	sent[sent_count].length = frame->data_len;
	memcpy(sent[sent_count++].bytes, bytes, frame->data_len);
}

static int
start_hub(void **state)
{
	RTE_SET_USED(state);
	return fixture_start(&(struct hub_fixture){
		.config = config, .ports = 2, .lcores = 1, .on_sent = note_sent});
}

static int
settle(void **state)
{
	RTE_SET_USED(state);
	fixture_settle();
	sent_count = sent_arp[0] = sent_arp[1] = 0;
	return 0;
}

static struct mcr_port *
port(void)
{
	return &hub.ports.at[0];
}

static const char *
link_local(void)
{
	static char text[MCR_ADDRESS_TEXT];

	return mcr_address_format_ipv6(&port()->classify.link_local, MCR_IPV6_LENGTH, text);
}

/* A part of a packet, behind a fragment header. @param offset_and_more As in that header. */
static void
put_fragment(uint8_t sender, const uint8_t *ip, uint16_t offset_and_more, uint16_t length)
{
	struct rte_mbuf *frame = fixture_make_frame(0, sender);
	uint8_t *const to = (uint8_t *)rte_pktmbuf_append(frame, MCR_IPV6_HEADER_LEN + 8 + length);
	uint8_t *const header = to + MCR_IPV6_HEADER_LEN;

	mcr_write_be16(to - 2, RTE_ETHER_TYPE_IPV6);
	memcpy(to, ip, MCR_IPV6_HEADER_LEN);
	mcr_write_be16(to + 4, 8 + length);
	to[6] = IPPROTO_FRAGMENT;
	memset(header, 0, 8);
	header[0] = ip[6];
	header[7] = 1;
	mcr_write_be16(header + 2, offset_and_more);
	memcpy(header + 8, ip + MCR_IPV6_HEADER_LEN + (offset_and_more & ~7), length);
	fixture_put_on_wire(0, frame);
	fixture_settle();
}

/* A message of ICMP to the first port in two fragments. @param first Length of the first. */
static void
put_icmp_in_pieces(uint8_t sender, const char *source, const char *destination, uint8_t hop_limit,
	const uint8_t *icmp, uint16_t length, uint16_t first)
{
	const struct in6_addr from = ipv6(source), to = ipv6(destination);
	uint8_t ip[MCR_IPV6_HEADER_LEN + 1480] = {0x60, [6] = IPPROTO_ICMPV6, hop_limit};
	rte_be16_t checksum;

	mcr_write_be16(ip + 4, length);
	memcpy(ip + MCR_IPV6_SOURCE, &from, sizeof(from));
	memcpy(ip + MCR_IPV6_DESTINATION, &to, sizeof(to));
	memcpy(ip + MCR_IPV6_HEADER_LEN, icmp, length);
	checksum = mcr_ipv6_checksum(ip, ip + MCR_IPV6_HEADER_LEN, length, IPPROTO_ICMPV6);
	memcpy(ip + MCR_IPV6_HEADER_LEN + 2, &checksum, sizeof(checksum));
	put_fragment(sender, ip, 1, first);
	put_fragment(sender, ip, first, length - first);
}

/* A frame of ICMP to the first port, or to the MAC of a group. @param icmp Its checksum is set. */
static void
put_icmp(uint8_t sender, const char *source, const char *destination, uint8_t hop_limit,
	const uint8_t *icmp, uint16_t length)
{
	struct rte_mbuf *frame = fixture_make_frame(0, sender);
	uint8_t *const ip = (uint8_t *)rte_pktmbuf_append(frame, MCR_IPV6_HEADER_LEN + length);
	const struct in6_addr from = ipv6(source), to = ipv6(destination);
	rte_be16_t checksum;

	mcr_write_be16(ip - 2, RTE_ETHER_TYPE_IPV6);
	if (mcr_ipv6_is_multicast(to.s6_addr)) {
		memcpy(ip - RTE_ETHER_HDR_LEN, "\x33\x33", 2);
		memcpy(ip - RTE_ETHER_HDR_LEN + 2, to.s6_addr + 12, 4);
	}
	memset(ip, 0, MCR_IPV6_HEADER_LEN);
	ip[0] = 0x60;
	mcr_write_be16(ip + 4, length);
	ip[6] = IPPROTO_ICMPV6;
	ip[7] = hop_limit;
	memcpy(ip + MCR_IPV6_SOURCE, &from, sizeof(from));
	memcpy(ip + MCR_IPV6_DESTINATION, &to, sizeof(to));
	memcpy(ip + MCR_IPV6_HEADER_LEN, icmp, length);
	checksum = mcr_ipv6_checksum(ip, ip + MCR_IPV6_HEADER_LEN, length, IPPROTO_ICMPV6);
	memcpy(ip + MCR_IPV6_HEADER_LEN + 2, &checksum, sizeof(checksum));
	fixture_put_on_wire(0, frame);
	fixture_settle();
}

/* The flags are of an advertisement. The option has the MAC of a sender; 0: none. */
static void
put_neighbour(uint8_t type, uint8_t flags, uint8_t sender, const char *source,
	const char *destination, const char *target, uint8_t option)
{
	const struct in6_addr address = ipv6(target);
	uint8_t icmp[32] = {type, [4] = flags};

	memcpy(icmp + 8, &address, sizeof(address));
	icmp[24] = type == NS ? 1 : 2;
	icmp[25] = 1;
	icmp[26] = 2;
	icmp[31] = option;
	put_icmp(sender, source, destination, 255, icmp, option != 0 ? 32 : 24);
}

static void
put_router(uint8_t sender, const char *source, uint16_t lifetime, uint8_t flags)
{
	uint8_t icmp[24] = {RA, [5] = flags, [16] = 1, 1, 2, 0, 0, 0, 0, sender};

	mcr_write_be16(icmp + 6, lifetime);
	put_icmp(sender, source, "ff02::1", 255, icmp, sizeof(icmp));
}

/* Of a frame; 0: it has no message. Reports are behind options. */
static uint8_t
type_of(const uint8_t *bytes)
{
	const uint8_t protocol = bytes[ICMP - MCR_IPV6_HEADER_LEN + 6];

	if (protocol == IPPROTO_HOPOPTS)
		return bytes[ICMP + 8];
	return protocol == IPPROTO_ICMPV6 ? bytes[ICMP] : 0;
}

/* The next frame of a type from the first port to an address, or NULL. */
static const uint8_t *
find_sent(uint8_t type, const char *destination)
{
	const struct in6_addr to = ipv6(destination);

	for (unsigned int i = 0; i < sent_count; i++) {
		const uint8_t *const bytes = sent[i].bytes;

		if (sent[i].port == port()->id && type_of(bytes) == type &&
			memcmp(bytes + RTE_ETHER_HDR_LEN + MCR_IPV6_DESTINATION, &to, sizeof(to)) ==
				0)
			return bytes;
	}
	return NULL;
}

static void
assert_address(const uint8_t *at, const char *text)
{
	const struct in6_addr expected = ipv6(text);

	assert_memory_equal(at, &expected, sizeof(expected));
}

static uint8_t
mac_byte(const char *address)
{
	struct mcr_neigh_resolved found;
	uint32_t at = MCR_NEIGH_NONE;

	while ((at = mcr_neighbour_next(hub.control, at, &found)) != MCR_NEIGH_NONE) {
		if (found.address == number_of(address))
			return found.mac.addr_bytes[5];
	}
	return 0;
}

/* What a timer sends leaves in the next turn. */
static void
pass(uint64_t ms)
{
	fixture_pass_ms(ms);
	fixture_settle();
	fixture_settle();
}

/* First, before another test has changed the sequence. */
static void
a_port_probes_and_announces_both_addresses_at_its_start(void **state)
{
	const uint8_t *frame;

	RTE_SET_USED(state);
	for (unsigned int i = 0; i < 30; i++)
		pass(100);
	frame = find_sent(NS, "ff02::1:ff00:10");
	assert_non_null(frame);
	assert_address(frame + RTE_ETHER_HDR_LEN + MCR_IPV6_SOURCE, "::");
	assert_non_null(find_sent(REPORT, "ff02::1:ff00:10"));
	assert_address(find_sent(REPORT, "ff02::1:ff00:10") + ICMP + 16, "ff02::1:ff00:10");
	sent_count = 0;
	for (unsigned int i = 0; i < 30; i++)
		pass(100);
	frame = find_sent(NA, "ff02::1");
	assert_non_null(frame);
	assert_non_null(find_sent(REPORT, "ff02::1:ff00:10"));
	assert_int_equal(frame[ICMP + 4], OVERRIDE);
	assert_memory_equal(frame + OPTION + 2, &port()->mac, sizeof(port()->mac));
	/* The port without IPv4 sends no ARP. */
	assert_int_equal(sent_arp[0], 0);
	assert_true(sent_arp[1] > 0);
}

static void
who_asks_for_either_address_is_answered(void **state)
{
	const char *const own[] = {HUB, link_local()};
	const uint8_t *frame;

	RTE_SET_USED(state);
	for (unsigned int i = 0; i < RTE_DIM(own); i++) {
		sent_count = 0;
		put_neighbour(NS, 0, NEAR_BYTE, LOCAL, own[i], own[i], NEAR_BYTE);
		frame = find_sent(NA, LOCAL);
		assert_non_null(frame);
		assert_int_equal(frame[ICMP + 4], SOLICITED | OVERRIDE);
		assert_address(frame + TARGET, own[i]);
		assert_int_equal(frame[5], NEAR_BYTE);
	}
	sent_count = 0;
	put_neighbour(NS, 0, NEAR_BYTE, LOCAL, "ff02::1:ff00:10", HUB, NEAR_BYTE);
	assert_non_null(find_sent(NA, LOCAL));
	sent_count = 0;
	put_neighbour(NS, 0, NEAR_BYTE, LOCAL, "ff02::1:ff00:10", "fd00:9::10", NEAR_BYTE);
	assert_null(find_sent(NA, LOCAL));
}

/* To 33:33 frames, which no client has turned to the hub. */
static void
reports_of_hosts_to_their_switches_are_not_for_the_hub(void **state)
{
	const uint64_t *drops = hub.workers.lcores[0].stats.drops;
	const uint64_t others = drops[MCR_DROP_NOT_FOR_US], denied = drops[MCR_DROP_SOURCE_DENIED];
	const struct in6_addr group = ipv6("ff02::1:ff00:66");
	uint8_t report[24] = {REPORT};

	RTE_SET_USED(state);
	memcpy(report + 8, &group, sizeof(group));
	put_icmp(0x66, "fe80::66", "ff02::1:ff00:66", 1, report, sizeof(report));
	assert_int_equal(drops[MCR_DROP_NOT_FOR_US], others + 1);
	assert_int_equal(drops[MCR_DROP_SOURCE_DENIED], denied);
}

static void
a_member_is_asked_for_and_found(void **state)
{
	const uint32_t near = fixture_member_named("near");
	const uint8_t *frame;

	RTE_SET_USED(state);
	pass(MCR_NEIGH_RETRY_MAX_MS);
	frame = find_sent(NS, "ff02::1:ff00:11");
	assert_non_null(frame);
	assert_address(frame + RTE_ETHER_HDR_LEN + MCR_IPV6_SOURCE, HUB);
	assert_null(mcr_member_template(hub.fib.members, near));
	put_neighbour(NA, SOLICITED | OVERRIDE, NEAR_BYTE, NEAR, HUB, NEAR, NEAR_BYTE);
	assert_non_null(mcr_member_template(hub.fib.members, near));
	assert_int_equal(mac_byte(NEAR), NEAR_BYTE);
	sent_count = 0;
	put_neighbour(NA, OVERRIDE, 0x77, NEAR, "ff02::1", NEAR, 0x77);
	assert_int_equal(mac_byte(NEAR), 0x77);
	fixture_settle();
	frame = find_sent(NS, NEAR);
	assert_non_null(frame);
	assert_int_equal(frame[RTE_ETHER_ADDR_LEN - 1], 0x77);
	put_neighbour(NA, SOLICITED | OVERRIDE, 0x77, NEAR, HUB, NEAR, 0x77);
	sent_count = 0;
	put_neighbour(NA, 0, NEAR_BYTE, NEAR, "ff02::1", NEAR, NEAR_BYTE);
	assert_int_equal(mac_byte(NEAR), 0x77);
	fixture_settle();
	assert_non_null(find_sent(NS, "ff02::1:ff00:11"));
}

static void
neighbour_discovery_in_fragments_is_refused(void **state)
{
	const struct in6_addr near = ipv6(NEAR);
	uint8_t icmp[32] = {NA, [4] = SOLICITED | OVERRIDE, [24] = 2, 1, 2, [31] = 0x66};
	const uint8_t before = mac_byte(NEAR);
	const uint8_t echo[16] = {ECHO};

	RTE_SET_USED(state);
	memcpy(icmp + 8, &near, sizeof(near));
	assert_int_not_equal(before, 0x66);
	put_icmp_in_pieces(0x66, NEAR, HUB, 255, icmp, sizeof(icmp), 16);
	assert_int_equal(mac_byte(NEAR), before);
	/* As other messages are taken. */
	sent_count = 0;
	put_icmp_in_pieces(0x42, "fd00::42", HUB, 255, echo, sizeof(echo), 8);
	assert_non_null(find_sent(ECHO_REPLY, "fd00::42"));
}

static void
another_owner_is_reported_and_silences_its_family_alone(void **state)
{
	struct mcr_health_finding finding = {0};
	const uint8_t *frame;

	RTE_SET_USED(state);
	put_neighbour(NS, 0, 0x66, "::", "ff02::1:ff00:10", HUB, 0);
	frame = find_sent(NA, "ff02::1");
	assert_non_null(frame);
	assert_address(frame + TARGET, HUB);
	assert_true(mcr_conflict_is_claimed(hub.control, 0, MCR_OWN_IPV6));
	assert_false(mcr_conflict_is_claimed(hub.control, 0, MCR_OWN_LINK_LOCAL));
	assert_false(mcr_conflict_is_claimed(hub.control, 0, MCR_OWN_IPV4));
	mcr_conflict_find_hosts(hub.control, &finding);
	assert_int_equal(finding.count, 1);
	assert_string_equal(finding.text,
		"port net_ring_wire0: 02:00:00:00:00:66 claims the hub's address fd00::10, too");
	pass(120000);
	assert_false(mcr_conflict_is_claimed(hub.control, 0, MCR_OWN_IPV6));
}

/* @return How many unsolicited advertisements of an address were sent. */
static unsigned int
count_announced(const char *address)
{
	const struct in6_addr target = ipv6(address), to = ipv6("ff02::1");
	unsigned int count = 0;

	for (unsigned int i = 0; i < sent_count; i++) {
		const uint8_t *const bytes = sent[i].bytes;

		count += sent[i].port == port()->id && type_of(bytes) == NA &&
		         memcmp(bytes + RTE_ETHER_HDR_LEN + MCR_IPV6_DESTINATION, &to,
				 sizeof(to)) == 0 &&
		         memcmp(bytes + TARGET, &target, sizeof(target)) == 0;
	}
	return count;
}

static void
another_owner_of_the_link_local_address_silences_that_alone(void **state)
{
	char solicited[] = "ff02::1:ff00:0000";

	RTE_SET_USED(state);
	snprintf(solicited, sizeof(solicited), "ff02::1:ff%02x:%02x%02x", port()->mac.addr_bytes[3],
		port()->mac.addr_bytes[4], port()->mac.addr_bytes[5]);
	put_neighbour(NS, 0, 0x66, "::", solicited, link_local(), 0);
	assert_true(mcr_conflict_is_claimed(hub.control, 0, MCR_OWN_LINK_LOCAL));
	assert_false(mcr_conflict_is_claimed(hub.control, 0, MCR_OWN_IPV6));
	sent_count = 0;
	mcr_announce_again(hub.control, 0, MCR_ANNOUNCE_LINK_UP);
	for (unsigned int i = 0; i < 60; i++)
		pass(100);
	assert_int_not_equal(count_announced(HUB), 0);
	assert_int_equal(count_announced(link_local()), 0);
	pass(120000);
}

static void
a_ping_is_answered_unless_the_hub_drains(void **state)
{
	const uint8_t echo[16] = {ECHO, 0, 0, 0, 1, 2, 3, 4, 'd', 'a', 't', 'a'};
	const uint8_t *frame;

	RTE_SET_USED(state);
	put_icmp(0x42, "fd00::42", HUB, 1, echo, sizeof(echo));
	frame = find_sent(ECHO_REPLY, "fd00::42");
	assert_non_null(frame);
	assert_int_equal(frame[5], 0x42);
	assert_int_equal(frame[RTE_ETHER_HDR_LEN + 7], 64);
	assert_address(frame + RTE_ETHER_HDR_LEN + MCR_IPV6_SOURCE, HUB);
	assert_memory_equal(frame + ICMP + 4, echo + 4, sizeof(echo) - 4);
	put_icmp(0x42, LOCAL, link_local(), 1, echo, sizeof(echo));
	assert_non_null(find_sent(ECHO_REPLY, LOCAL));
	sent_count = 0;
	mcr_drain_begin(hub.control);
	put_icmp(0x42, "fd00::42", HUB, 1, echo, sizeof(echo));
	mcr_drain_end(hub.control);
	assert_null(find_sent(ECHO_REPLY, "fd00::42"));
	frame = find_sent(UNREACHABLE, "fd00::42");
	assert_non_null(frame);
	assert_int_equal(frame[ICMP + 1], 1);
}

/* RFC 8200 4.5: fragments of two packets do not have the same identification. */
static void
answers_that_are_cut_have_different_ids(void **state)
{
	static const uint8_t echo[1600] = {ECHO};
	uint8_t ids[2][4];

	RTE_SET_USED(state);
	port()->mtu = 1280;
	for (unsigned int i = 0; i < RTE_DIM(ids); i++) {
		sent_count = 0;
		put_icmp(0x42, "fd00::42", HUB, 1, echo, sizeof(echo));
		assert_int_equal(sent_count, 2);
		assert_int_equal(sent[0].bytes[RTE_ETHER_HDR_LEN + 6], IPPROTO_FRAGMENT);
		memcpy(ids[i], sent[0].bytes + ICMP + 4, sizeof(ids[i]));
		assert_memory_equal(sent[1].bytes + ICMP + 4, ids[i], sizeof(ids[i]));
	}
	port()->mtu = 1500;
	assert_memory_not_equal(ids[0], ids[1], sizeof(ids[0]));
}

static uint32_t
next_hop_of_far(void)
{
	return mcr_member_get(hub.fib.members, fixture_member_named("far"))->next_hop;
}

static void
the_best_router_that_advertises_itself_is_the_gateway(void **state)
{
	RTE_SET_USED(state);
	assert_int_equal(port()->gateway6, MCR_ADDRESS_NONE);
	assert_int_equal(next_hop_of_far(), MCR_ADDRESS_NONE);
	/* Whose MAC is given needs no router. */
	assert_non_null(mcr_member_template(hub.fib.members, fixture_member_named("fixed")));
	put_router(ROUTER_BYTE, ROUTER, 1800, 0);
	assert_int_not_equal(port()->gateway6, MCR_ADDRESS_NONE);
	assert_int_equal(port()->gateway6, number_of(ROUTER));
	assert_int_equal(next_hop_of_far(), port()->gateway6);
	/* Its MAC is in the message. */
	assert_int_equal(mac_byte(ROUTER), ROUTER_BYTE);
	assert_true(port()->gateways[1].is_known);
	assert_int_equal(port()->gateways[1].mac.addr_bytes[5], ROUTER_BYTE);
	assert_non_null(mcr_member_template(hub.fib.members, fixture_member_named("far")));
	/* Another of medium preference does not take its place; one of high preference does. */
	put_router(OTHER_BYTE, OTHER_ROUTER, 1800, 0);
	assert_int_equal(port()->gateway6, number_of(ROUTER));
	put_router(OTHER_BYTE, OTHER_ROUTER, 1800, 0x08);
	assert_int_equal(port()->gateway6, number_of(OTHER_ROUTER));
	assert_int_equal(next_hop_of_far(), port()->gateway6);
	/* The last advertisement of one that leaves. */
	put_router(OTHER_BYTE, OTHER_ROUTER, 0, 0x08);
	assert_int_equal(port()->gateway6, number_of(ROUTER));
	assert_int_equal(next_hop_of_far(), port()->gateway6);
	put_router(OTHER_BYTE, OTHER_ROUTER, 1800, 0);
	/* RFC 4861 7.2.5: it is no router any more. */
	put_neighbour(NA, OVERRIDE, ROUTER_BYTE, ROUTER, "ff02::1", ROUTER, ROUTER_BYTE);
	assert_int_equal(port()->gateway6, number_of(OTHER_ROUTER));
	put_neighbour(NA, IS_ROUTER, OTHER_BYTE, OTHER_ROUTER, "ff02::1", OTHER_ROUTER, OTHER_BYTE);
	assert_int_equal(port()->gateway6, number_of(OTHER_ROUTER));
	sent_count = 0;
	pass(1800 * 1000);
	assert_int_equal(port()->gateway6, MCR_ADDRESS_NONE);
	assert_int_equal(next_hop_of_far(), MCR_ADDRESS_NONE);
	assert_null(mcr_member_template(hub.fib.members, fixture_member_named("far")));
	/* Others are asked for. */
	pass(100);
	assert_non_null(find_sent(RS, "ff02::2"));
}

static void
a_router_that_does_not_answer_is_left_for_another(void **state)
{
	RTE_SET_USED(state);
	put_router(ROUTER_BYTE, ROUTER, 9000, 0x08);
	put_router(OTHER_BYTE, OTHER_ROUTER, 9000, 0);
	assert_int_equal(port()->gateway6, number_of(ROUTER));
	for (unsigned int i = 0; i < 20 && port()->gateway6 == number_of(ROUTER); i++)
		pass(1000);
	assert_int_equal(port()->gateway6, number_of(OTHER_ROUTER));
	put_router(ROUTER_BYTE, ROUTER, 0, 0);
	put_router(OTHER_BYTE, OTHER_ROUTER, 0, 0);
	assert_int_equal(port()->gateway6, MCR_ADDRESS_NONE);
}

/* Forged ones, for example, that live for 18 hours. */
static void
a_router_finds_room_beside_those_that_do_not_answer(void **state)
{
	static const char *const silent[] = {"fe80::51", "fe80::52", "fe80::53", "fe80::54"};

	RTE_SET_USED(state);
	for (unsigned int i = 0; i < RTE_DIM(silent); i++)
		put_router(0x51 + i, silent[i], UINT16_MAX, 0x08);
	put_router(ROUTER_BYTE, ROUTER, 1800, 0);
	assert_int_not_equal(port()->gateway6, number_of(ROUTER));
	for (unsigned int i = 0; i < 60 && port()->gateway6 != number_of(ROUTER); i++) {
		pass(1000);
		put_router(ROUTER_BYTE, ROUTER, 1800, 0);
	}
	assert_int_equal(port()->gateway6, number_of(ROUTER));
	put_router(ROUTER_BYTE, ROUTER, 0, 0);
	for (unsigned int i = 0; i < RTE_DIM(silent); i++)
		put_router(0x51 + i, silent[i], 0, 0);
	assert_int_equal(port()->gateway6, MCR_ADDRESS_NONE);
}

static void
put_routers(unsigned int first, unsigned int count, uint16_t lifetime, uint8_t flags)
{
	for (unsigned int i = first; i < first + count; i++) {
		char source[16];

		snprintf(source, sizeof(source), "fe80::%u", i);
		put_router(0x60 + i, source, lifetime, flags);
		fixture_pass_ms(1);
	}
}

/* There are four places. */
static void
many_forged_routers_keep_no_other_one_out(void **state)
{
	RTE_SET_USED(state);
	put_router(ROUTER_BYTE, ROUTER, 9000, 0);
	put_routers(11, 20, 9000, 0);
	assert_int_equal(port()->gateway6, number_of(ROUTER));
	put_router(OTHER_BYTE, OTHER_ROUTER, 9000, 0x08);
	assert_int_equal(port()->gateway6, number_of(OTHER_ROUTER));
	/* Of those as good, the last ones are known, and what is worse takes nobody's place. */
	put_router(OTHER_BYTE, OTHER_ROUTER, 9000, 0);
	put_routers(41, 20, 9000, 0x18);
	put_router(OTHER_BYTE, OTHER_ROUTER, 0, 0);
	assert_int_equal(number_of("fe80::60"), MCR_ADDRESS_NONE);
	assert_int_not_equal(number_of("fe80::30"), MCR_ADDRESS_NONE);
	put_routers(11, 20, 0, 0);
	put_router(ROUTER_BYTE, ROUTER, 0, 0);
	assert_int_equal(port()->gateway6, MCR_ADDRESS_NONE);
}

static const struct mcr_member *
peer(void)
{
	return mcr_member_get(hub.fib.members, mcr_domain_find_peer(hub.control, "beta")->member);
}

static void
another_hub_behind_the_router_follows_it(void **state)
{
	const struct in6_addr address = ipv6("2001:db8::77");
	const uint32_t number = mcr_address_get(&address, MCR_IPV6_LENGTH);

	RTE_SET_USED(state);
	assert_null(mcr_domain_set_peer(hub.control, "beta", number));
	mcr_address_drop(number);
	assert_int_equal(peer()->next_hop, MCR_ADDRESS_NONE);
	put_router(ROUTER_BYTE, ROUTER, 1800, 0);
	assert_int_not_equal(port()->gateway6, MCR_ADDRESS_NONE);
	assert_int_equal(peer()->next_hop, port()->gateway6);
	put_router(ROUTER_BYTE, ROUTER, 0, 0);
	assert_int_equal(peer()->next_hop, MCR_ADDRESS_NONE);
	assert_null(mcr_domain_remove_peer(hub.control, mcr_domain_find_peer(hub.control, "beta")));
}

/* However much it is preferred, and although it goes on advertising itself. */
static void
a_router_that_does_not_answer_gives_way_first(void **state)
{
	RTE_SET_USED(state);
	put_router(OTHER_BYTE, OTHER_ROUTER, 9000, 0x08);
	put_router(ROUTER_BYTE, ROUTER, 9000, 0x08);
	for (unsigned int i = 0; i < 20 && port()->gateway6 != number_of(ROUTER); i++)
		pass(1000);
	assert_int_equal(port()->gateway6, number_of(ROUTER));
	put_routers(11, 2, 9000, 0x08);
	put_router(OTHER_BYTE, OTHER_ROUTER, 9000, 0x08);
	put_routers(13, 1, 9000, 0);
	assert_int_not_equal(number_of("fe80::13"), MCR_ADDRESS_NONE);
	put_routers(11, 3, 0, 0);
	put_router(ROUTER_BYTE, ROUTER, 0, 0);
	assert_int_equal(port()->gateway6, MCR_ADDRESS_NONE);
}

static void
routers_are_ignored_where_the_gateway_is_given(void **state)
{
	const struct mcr_nd nd = {
		.kind = MCR_ND_ROUTER, .source = ipv6("fe80::77"), .lifetime = 1800};

	RTE_SET_USED(state);
	mcr_default_router_receive(hub.control, 1, &nd);
	fixture_settle();
	assert_int_equal(hub.ports.at[1].gateway6, number_of("fe80::99"));
	assert_int_equal(number_of("fe80::77"), MCR_ADDRESS_NONE);
}

static void
a_given_gateway_is_asked_for_from_the_link_local_address(void **state)
{
	const struct in6_addr group = ipv6("ff02::1:ff00:99");
	bool found = false;

	RTE_SET_USED(state);
	pass(MCR_NEIGH_RETRY_MAX_MS);
	for (unsigned int i = 0; i < sent_count; i++) {
		const uint8_t *const ip = sent[i].bytes + RTE_ETHER_HDR_LEN;

		if (memcmp(ip + MCR_IPV6_DESTINATION, &group, sizeof(group)) != 0)
			continue;
		found = true;
		assert_memory_equal(ip + MCR_IPV6_SOURCE, &hub.ports.at[1].classify.link_local,
			sizeof(struct in6_addr));
	}
	assert_true(found);
}

static void
a_router_lowers_the_path_mtu_of_a_tunnel(void **state)
{
	const uint32_t near = fixture_member_named("near");
	const struct in6_addr own = ipv6(HUB), to = ipv6(NEAR);
	uint8_t icmp[8 + MCR_IPV6_HEADER_LEN + 8] = {TOO_BIG, [8] = 0x60};
	uint8_t *const quote = icmp + 8;

	RTE_SET_USED(state);
	put_neighbour(NA, SOLICITED | OVERRIDE, NEAR_BYTE, NEAR, HUB, NEAR, NEAR_BYTE);
	hub.workers.lcores[0].members[near].tx_packets = 1;
	mcr_write_be32(icmp + 4, 1400);
	mcr_write_be16(quote + 4, 1460);
	quote[6] = IPPROTO_GRE;
	memcpy(quote + MCR_IPV6_SOURCE, &own, sizeof(own));
	memcpy(quote + MCR_IPV6_DESTINATION, &to, sizeof(to));
	memcpy(quote + MCR_IPV6_HEADER_LEN, "\0\0\x08\0", 4);
	put_icmp(ROUTER_BYTE, "fd00::1", HUB, 64, icmp, sizeof(icmp));
	assert_int_equal(mcr_member_path_mtu(hub.fib.members, near), 1400);
	/* No member has this address. */
	quote[MCR_IPV6_DESTINATION + 15] = 0x12;
	mcr_write_be32(icmp + 4, 1300);
	put_icmp(ROUTER_BYTE, "fd00::1", HUB, 64, icmp, sizeof(icmp));
	assert_int_equal(mcr_member_path_mtu(hub.fib.members, near), 1400);
}

#define TEST(name) cmocka_unit_test_setup(name, settle)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_port_probes_and_announces_both_addresses_at_its_start),
		TEST(who_asks_for_either_address_is_answered),
		TEST(reports_of_hosts_to_their_switches_are_not_for_the_hub),
		TEST(a_member_is_asked_for_and_found),
		TEST(neighbour_discovery_in_fragments_is_refused),
		TEST(another_owner_is_reported_and_silences_its_family_alone),
		TEST(another_owner_of_the_link_local_address_silences_that_alone),
		TEST(a_ping_is_answered_unless_the_hub_drains),
		TEST(answers_that_are_cut_have_different_ids),
		TEST(the_best_router_that_advertises_itself_is_the_gateway),
		TEST(a_router_that_does_not_answer_is_left_for_another),
		TEST(a_router_finds_room_beside_those_that_do_not_answer),
		TEST(many_forged_routers_keep_no_other_one_out),
		TEST(another_hub_behind_the_router_follows_it),
		TEST(a_router_that_does_not_answer_gives_way_first),
		TEST(routers_are_ignored_where_the_gateway_is_given),
		TEST(a_given_gateway_is_asked_for_from_the_link_local_address),
		TEST(a_router_lowers_the_path_mtu_of_a_tunnel),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
