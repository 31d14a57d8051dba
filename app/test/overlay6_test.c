/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* IPv6 to one host inside tunnels, through a whole hub of one lcore: unicast between members, pings
 * of the hub and neighbour discovery. */

#include <netinet/icmp6.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/context.h"
#include "datapath/counters.h"
#include "test/hub_fixture.h"
#include "test/ipv6_text.h"

#define ALPHA MCR_IPV4(10, 0, 0, 11) /* gre */
#define BETA MCR_IPV4(10, 0, 0, 12)  /* gre, a receiver */
#define GAMMA MCR_IPV4(10, 0, 0, 13) /* vxlan 7 */
#define DELTA MCR_IPV4(10, 0, 0, 14) /* vxlan 7 */
#define OTHER MCR_IPV4(10, 0, 0, 15) /* gre in another subnet */

#define HUB6 "fd00:1::1"
#define ALPHA6 "fd00:1::b"
#define BETA6 "fd00:1::c"
#define GAMMA6 "fd00:1::d"
#define DELTA6 "fd00:1::e"
#define OTHER6 "fd00:2::f"

#define PAYLOAD 32
#define VXLAN_PORT 4789
#define HOP_LIMIT_ND 255
#define STATION 0x5a /* last byte of the MACs behind vxlan members, beside their address */

#define MEMBER(name, address, encap, rest)                                             \
	"{\"name\":\"" name "\",\"address\":\"10.0.0." address "\",\"encap\":\"" encap \
	"\",\"mac\":\"02:00:00:00:00:" address "\"," rest "}"

#define CONFIG(alpha6, beta6, top)                                                                 \
	"{\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/24\"}],"               \
	"\"igmp\":false,\"mld\":false," top                                                        \
	"\"limits\":{\"members\":16,\"groups\":16,\"mbufs\":2048},"                                \
	"\"overlay\":{\"address6\":\"" HUB6 "/64\"},\"members\":[" MEMBER(                         \
		"alpha", "11", "gre", "\"overlay6\":\"" alpha6 "\"") "," MEMBER("beta", "12",      \
		"gre", "\"role\":\"receiver\",\"overlay6\":\"" beta6 "\"") "," MEMBER("gamma",     \
		"13", "vxlan", "\"vni\":7,\"overlay6\":\"" GAMMA6 "\"") "," MEMBER("delta", "14",  \
		"vxlan", "\"vni\":7,\"overlay6\":\"" DELTA6 "\"") "," MEMBER("other", "15", "gre", \
		"\"hub_overlay6\":\"fd00:2::1/64\",\"overlay6\":\"" OTHER6 "\"") "]}"

/* The last that the hub sent to a member, by the last byte of its address. */
static struct {
	uint32_t count;
	struct rte_ether_hdr ethernet; /* inside vxlan */
	uint16_t length;               /* of packet */
	uint8_t packet[256];
} sent[256];

static void
note_sent(const struct rte_mbuf *frame)
{
	uint8_t copy[512];
	const uint8_t *const bytes =
		rte_pktmbuf_read(frame, 0, RTE_MIN(frame->pkt_len, sizeof(copy)), copy);
	const uint8_t *const ip = bytes + RTE_ETHER_HDR_LEN;
	const uint8_t *inner = ip + MCR_IPV4_HEADER_LEN;
	const uint8_t index = ip[19];

	if (mcr_read_be16(bytes + 12) != RTE_ETHER_TYPE_IPV4)
		return;
	sent[index].count++;
	if (ip[9] == IPPROTO_GRE) {
		assert_int_equal(mcr_read_be16(inner + 2), RTE_ETHER_TYPE_IPV6);
		inner += MCR_GRE_HEADER_LEN;
	} else {
		inner += MCR_UDP_HEADER_LEN + MCR_VXLAN_HEADER_LEN;
		memcpy(&sent[index].ethernet, inner, sizeof(sent[index].ethernet));
		assert_int_equal(sent[index].ethernet.ether_type, RTE_BE16(RTE_ETHER_TYPE_IPV6));
		inner += RTE_ETHER_HDR_LEN;
	}
	sent[index].length = MCR_IPV6_HEADER_LEN + mcr_read_be16(inner + 4);
	assert_ptr_equal(bytes + frame->pkt_len, inner + sent[index].length);
	memcpy(sent[index].packet, inner, sent[index].length);
}

static int
start_hub(void **state)
{
	RTE_SET_USED(state);
	return fixture_start(&(struct hub_fixture){.config = CONFIG(ALPHA6, BETA6, ""),
		.ports = 1,
		.lcores = 1,
		.on_sent = note_sent});
}

static int
forget_sent(void **state)
{
	RTE_SET_USED(state);
	fixture_settle();
	memset(sent, 0, sizeof(sent));
	hub.workers.lcores[0].rx.may_seek = UINT64_MAX;
	return 0;
}

/* A packet under construction. */
static uint8_t packet[256];
static uint16_t packet_len;

static void
begin_packet(const char *source, const char *destination, uint8_t next_header, uint8_t hop_limit,
	uint16_t payload_len)
{
	const struct in6_addr from = ipv6(source), to = ipv6(destination);

	memset(packet, 0, sizeof(packet));
	mcr_write_be16(packet, 0x6000 | 0xb8 << 4);
	mcr_write_be16(packet + 4, payload_len);
	packet[6] = next_header;
	packet[7] = hop_limit;
	memcpy(packet + MCR_IPV6_SOURCE, &from, sizeof(from));
	memcpy(packet + MCR_IPV6_DESTINATION, &to, sizeof(to));
	packet_len = MCR_IPV6_HEADER_LEN + payload_len;
	for (uint16_t i = MCR_IPV6_HEADER_LEN; i < packet_len; i++)
		packet[i] = i;
}

static void
write_icmp_checksum(void)
{
	uint8_t *const icmp = packet + MCR_IPV6_HEADER_LEN;
	rte_be16_t checksum;

	memset(icmp + 2, 0, sizeof(checksum));
	checksum =
		mcr_ipv6_checksum(packet, icmp, packet_len - MCR_IPV6_HEADER_LEN, IPPROTO_ICMPV6);
	memcpy(icmp + 2, &checksum, sizeof(checksum));
}

static void
make_data(const char *source, const char *destination, uint8_t hop_limit)
{
	begin_packet(source, destination, FIXTURE_PROTOCOL, hop_limit, PAYLOAD);
}

static void
make_ping(const char *source, const char *destination)
{
	begin_packet(source, destination, IPPROTO_ICMPV6, 64, PAYLOAD);
	packet[MCR_IPV6_HEADER_LEN] = ICMP6_ECHO_REQUEST;
	packet[MCR_IPV6_HEADER_LEN + 1] = 0;
	write_icmp_checksum();
}

static void
make_solicitation(const char *source, const char *destination, const char *target)
{
	const struct in6_addr wanted = ipv6(target);

	begin_packet(source, destination, IPPROTO_ICMPV6, HOP_LIMIT_ND,
		sizeof(struct nd_neighbor_solicit));
	memset(packet + MCR_IPV6_HEADER_LEN, 0, 8);
	packet[MCR_IPV6_HEADER_LEN] = ND_NEIGHBOR_SOLICIT;
	memcpy(packet + MCR_IPV6_HEADER_LEN + 8, &wanted, sizeof(wanted));
	write_icmp_checksum();
}

static void
append(struct rte_mbuf *frame, const void *bytes, uint16_t len)
{
	memcpy(rte_pktmbuf_append(frame, len), bytes, len);
}

static void
send_by_gre(uint32_t sender)
{
	struct rte_mbuf *frame = fixture_make_frame(0, sender);

	fixture_append_ipv4(frame, sender, hub.ports.at[0].address, IPPROTO_GRE, 4 + packet_len, 0);
	append(frame, "\0\0\x86\xdd", MCR_GRE_HEADER_LEN);
	append(frame, packet, packet_len);
	fixture_put_on_wire(0, frame);
	fixture_settle();
}

static struct rte_ether_addr
station_of(uint32_t member)
{
	return (struct rte_ether_addr){{2, STATION, 0, 0, 0, member}};
}

static void
send_by_vxlan(uint32_t sender, const struct rte_ether_addr *mac)
{
	struct rte_mbuf *frame = fixture_make_frame(0, sender);
	const uint16_t len =
		MCR_UDP_HEADER_LEN + MCR_VXLAN_HEADER_LEN + RTE_ETHER_HDR_LEN + packet_len;
	const struct rte_ether_hdr ethernet = {
		*mac, station_of(sender), RTE_BE16(RTE_ETHER_TYPE_IPV6)};
	uint8_t header[MCR_UDP_HEADER_LEN + MCR_VXLAN_HEADER_LEN] = {0xc0, 0, [8] = 8, [14] = 7};

	fixture_append_ipv4(frame, sender, hub.ports.at[0].address, IPPROTO_UDP, len, 0);
	mcr_write_be16(header + 2, VXLAN_PORT);
	mcr_write_be16(header + 4, len);
	append(frame, header, sizeof(header));
	append(frame, &ethernet, sizeof(ethernet));
	append(frame, packet, packet_len);
	fixture_put_on_wire(0, frame);
	fixture_settle();
}

static const struct rte_ether_addr all_routers = {{0x33, 0x33, 0, 0, 0, 2}};
static const struct rte_ether_addr group_of_solicited = {{0x33, 0x33, 0xff, 0, 0, 1}};

static const struct rte_ether_addr *
hub_mac(void)
{
	return mcr_fib_segment_mac(&hub.fib);
}

static uint64_t
drops(enum mcr_drop reason)
{
	return hub.workers.lcores[0].stats.drops[reason];
}

static uint64_t
counted(enum mcr_stat stat)
{
	return hub.workers.lcores[0].stats.counts[stat];
}

static void
assert_got_packet(uint32_t member)
{
	const uint8_t index = member;

	assert_int_equal(sent[index].count, 1);
	assert_int_equal(sent[index].length, packet_len);
	assert_memory_equal(sent[index].packet, packet, packet_len);
	sent[index].count = 0;
}

static void
assert_nobody_else(void)
{
	for (unsigned int i = 0; i < RTE_DIM(sent); i++)
		assert_int_equal(sent[i].count, 0);
}

static void
assert_frame(uint32_t member, const struct rte_ether_addr *from, const struct rte_ether_addr *to)
{
	const struct rte_ether_hdr *ethernet = &sent[(uint8_t)member].ethernet;

	assert_memory_equal(&ethernet->src_addr, from, sizeof(*from));
	assert_memory_equal(&ethernet->dst_addr, to, sizeof(*to));
}

static void
assert_addresses(const uint8_t *ip, const char *source, const char *destination)
{
	const struct in6_addr from = ipv6(source), to = ipv6(destination);

	assert_memory_equal(ip + MCR_IPV6_SOURCE, &from, sizeof(from));
	assert_memory_equal(ip + MCR_IPV6_DESTINATION, &to, sizeof(to));
}

/* Valid by RFC 4861 7.1.2, with the target's MAC where the link has MACs. */
static void
assert_advertisement(uint32_t member, const char *target, const char *destination, uint8_t flags,
	const struct rte_ether_addr *mac)
{
	const uint8_t *const ip = sent[(uint8_t)member].packet, *const icmp = ip + 40;
	const uint16_t len = 24 + (mac != NULL ? 8 : 0);
	const struct in6_addr wanted = ipv6(target);

	assert_int_equal(sent[(uint8_t)member].count, 1);
	assert_int_equal(sent[(uint8_t)member].length, MCR_IPV6_HEADER_LEN + len);
	assert_addresses(ip, target, destination);
	assert_int_equal(ip[7], HOP_LIMIT_ND);
	assert_int_equal(icmp[0], ND_NEIGHBOR_ADVERT);
	assert_int_equal(icmp[4], flags);
	assert_memory_equal(icmp + 8, &wanted, sizeof(wanted));
	assert_int_equal(mcr_ipv6_checksum(ip, icmp, len, IPPROTO_ICMPV6), 0);
	if (mac != NULL) {
		assert_int_equal(icmp[24], ND_OPT_TARGET_LINKADDR);
		assert_memory_equal(icmp + 26, mac, sizeof(*mac));
	}
	sent[(uint8_t)member].count = 0;
}

#define SOLICITED 0x60 /* and override */
#define OVERRIDE 0x20

static void
a_packet_reaches_the_member_that_has_its_destination(void **state)
{
	const uint64_t before = counted(MCR_STAT_UNICAST_PACKETS);

	RTE_SET_USED(state);
	make_data(ALPHA6, BETA6, 1);
	send_by_gre(ALPHA);
	assert_got_packet(BETA);
	make_data(ALPHA6, GAMMA6, 64);
	send_by_gre(ALPHA);
	assert_got_packet(GAMMA);
	assert_nobody_else();
	assert_int_equal(counted(MCR_STAT_UNICAST_PACKETS), before + 2);
}

static void
other_destinations_have_no_receiver(void **state)
{
	static const char *const nobodys[] = {"fd00:1::99", OTHER6, "fe80::1", "2001:db8::1"};
	const uint64_t before = drops(MCR_DROP_NO_RECEIVER);

	RTE_SET_USED(state);
	for (unsigned int i = 0; i < RTE_DIM(nobodys); i++) {
		make_data(ALPHA6, nobodys[i], 64);
		send_by_gre(ALPHA);
		assert_int_equal(drops(MCR_DROP_NO_RECEIVER), before + i + 1);
	}
	make_data(OTHER6, ALPHA6, 64);
	send_by_gre(OTHER);
	assert_int_equal(drops(MCR_DROP_NO_RECEIVER), before + RTE_DIM(nobodys) + 1);
	assert_nobody_else();
}

/* RFC 4291 2.5.2, 2.5.6. */
static void
no_router_forwards_what_comes_from_a_link_local_address_or_none(void **state)
{
	const uint64_t before = drops(MCR_DROP_NO_RECEIVER);

	RTE_SET_USED(state);
	make_data("fe80::b", BETA6, 64);
	send_by_gre(ALPHA);
	make_data("::", BETA6, 64);
	send_by_gre(ALPHA);
	assert_nobody_else();
	assert_int_equal(drops(MCR_DROP_NO_RECEIVER), before + 2);
	make_data("fe80::d", ALPHA6, 64);
	send_by_vxlan(GAMMA, hub_mac());
	assert_nobody_else();
}

static void
a_receiver_may_not_send(void **state)
{
	const uint64_t before = drops(MCR_DROP_SENDER_DENIED);

	RTE_SET_USED(state);
	make_data(BETA6, ALPHA6, 64);
	send_by_gre(BETA);
	assert_nobody_else();
	assert_int_equal(drops(MCR_DROP_SENDER_DENIED), before + 1);
}

/* 0.0.0.N on the wire is not number N. */
static void
an_ipv4_destination_is_not_taken_for_a_number(void **state)
{
	const struct in6_addr address = ipv6(BETA6);
	const uint64_t before = drops(MCR_DROP_NO_RECEIVER);
	struct rte_mbuf *frame = fixture_make_frame(0, ALPHA);

	RTE_SET_USED(state);
	fixture_append_gre(frame, 0, ALPHA, MCR_IPV4_HEADER_LEN);
	fixture_append_ipv4(frame, MCR_IPV4(192, 168, 1, 1), mcr_address_find(address.s6_addr),
		FIXTURE_PROTOCOL, 0, 0);
	fixture_put_on_wire(0, frame);
	fixture_settle();
	assert_nobody_else();
	assert_int_equal(drops(MCR_DROP_NO_RECEIVER), before + 1);
}

static void
the_hub_answers_pings_of_its_own_address(void **state)
{
	const uint8_t *const answer = sent[(uint8_t)ALPHA].packet;
	const uint64_t control = counted(MCR_STAT_CONTROL_PACKETS);

	RTE_SET_USED(state);
	make_ping(ALPHA6, HUB6);
	send_by_gre(ALPHA);
	assert_int_equal(sent[(uint8_t)ALPHA].count, 1);
	assert_addresses(answer, HUB6, ALPHA6);
	assert_int_equal(answer[MCR_IPV6_HEADER_LEN], ICMP6_ECHO_REPLY);
	assert_int_equal(mcr_ipv6_checksum(answer, answer + 40, PAYLOAD, IPPROTO_ICMPV6), 0);
	make_ping(GAMMA6, HUB6);
	send_by_vxlan(GAMMA, hub_mac());
	assert_int_equal(sent[(uint8_t)GAMMA].count, 1);
	assert_addresses(sent[(uint8_t)GAMMA].packet, HUB6, GAMMA6);
	assert_frame(GAMMA, hub_mac(), &(struct rte_ether_addr){{2, STATION, 0, 0, 0, 13}});
	assert_int_equal(counted(MCR_STAT_CONTROL_PACKETS), control + 2);
}

static void
other_messages_to_the_hub_are_not_for_it(void **state)
{
	const uint64_t not_for_us = drops(MCR_DROP_NOT_FOR_US);
	const uint64_t bad = drops(MCR_DROP_BAD_CHECKSUM);
	struct mcr_refused_record records[MCR_REFUSED_PLACES];
	const struct in6_addr delta = ipv6(DELTA6);

	RTE_SET_USED(state);
	make_data(ALPHA6, HUB6, 64);
	send_by_gre(ALPHA);
	make_ping(ALPHA6, "fd00:2::1"); /* that of other tunnels */
	send_by_gre(ALPHA);
	assert_int_equal(drops(MCR_DROP_NOT_FOR_US), not_for_us + 1);
	make_ping(ALPHA6, HUB6);
	packet[MCR_IPV6_HEADER_LEN + 2] ^= 1;
	send_by_gre(ALPHA);
	assert_int_equal(drops(MCR_DROP_BAD_CHECKSUM), bad + 1);
	make_data(GAMMA6, DELTA6, 64);
	send_by_vxlan(GAMMA, hub_mac()); /* its own link has that station */
	assert_int_equal(
		mcr_refused_read(hub.workers.lcores[0].refused, MCR_DROP_NOT_FOR_US, records), 2);
	assert_memory_equal(&records[0].last.ipv6_destination, &delta, sizeof(delta));
	make_data(GAMMA6, "ff05::1", 64);
	send_by_vxlan(GAMMA, hub_mac());
	assert_int_equal(drops(MCR_DROP_NOT_FOR_US), not_for_us + 3);
	assert_nobody_else();
}

static void
frames_to_the_hub_are_routed_to_other_tunnels(void **state)
{
	RTE_SET_USED(state);
	make_data(GAMMA6, ALPHA6, 64);
	send_by_vxlan(GAMMA, hub_mac());
	assert_got_packet(ALPHA);
	assert_nobody_else();
}

static void
frames_to_stations_stay_in_their_segment(void **state)
{
	const struct rte_ether_addr to = station_of(DELTA), from = station_of(GAMMA);

	RTE_SET_USED(state);
	make_data(GAMMA6, DELTA6, 1);
	send_by_vxlan(GAMMA, &to);
	assert_got_packet(DELTA);
	assert_frame(DELTA, &from, &to);
	make_data(DELTA6, GAMMA6, 1);
	send_by_vxlan(DELTA, &from);
	assert_got_packet(GAMMA);
	assert_frame(GAMMA, &to, &from);
	assert_nobody_else();
}

static void
the_hub_answers_for_itself_in_a_segment(void **state)
{
	const struct rte_ether_addr station = station_of(GAMMA);

	RTE_SET_USED(state);
	make_solicitation(GAMMA6, "ff02::1:ff00:1", HUB6);
	send_by_vxlan(GAMMA, &group_of_solicited);
	assert_advertisement(GAMMA, HUB6, GAMMA6, SOLICITED, hub_mac());
	assert_frame(GAMMA, hub_mac(), &station);
	make_solicitation("fe80::d", HUB6, HUB6); /* unreachability detection */
	send_by_vxlan(GAMMA, hub_mac());
	assert_advertisement(GAMMA, HUB6, "fe80::d", SOLICITED, hub_mac());
	assert_nobody_else();
}

static void
the_hub_answers_for_whom_it_routes_to(void **state)
{
	RTE_SET_USED(state);
	make_solicitation(GAMMA6, "ff02::1:ff00:b", ALPHA6);
	send_by_vxlan(GAMMA, &group_of_solicited);
	assert_advertisement(GAMMA, ALPHA6, GAMMA6, SOLICITED, hub_mac());
	assert_nobody_else();
}

/* RFC 4862 5.4.4, RFC 4861 7.2.4. */
static void
the_hub_defends_addresses_against_probes(void **state)
{
	static const struct rte_ether_addr all_nodes = {{0x33, 0x33, 0, 0, 0, 1}};

	RTE_SET_USED(state);
	make_solicitation("::", "ff02::1:ff00:1", HUB6);
	send_by_vxlan(GAMMA, &group_of_solicited);
	assert_advertisement(GAMMA, HUB6, "ff02::1", OVERRIDE, hub_mac());
	assert_frame(GAMMA, hub_mac(), &all_nodes);
	make_solicitation("::", "ff02::1:ff00:b", ALPHA6);
	send_by_vxlan(GAMMA, &group_of_solicited);
	assert_advertisement(GAMMA, ALPHA6, "ff02::1", OVERRIDE, hub_mac());
	assert_nobody_else();
}

/* A member that probes its own address is in no conflict with itself. */
static void
other_solicitations_flood_their_segment(void **state)
{
	static const char *const targets[] = {GAMMA6, DELTA6, "fd00:1::99", "fe80::1", OTHER6};

	RTE_SET_USED(state);
	for (unsigned int i = 0; i < RTE_DIM(targets); i++) {
		make_solicitation("::", "ff02::1:ff00:1", targets[i]);
		send_by_vxlan(GAMMA, &group_of_solicited);
		assert_got_packet(DELTA);
		make_solicitation(GAMMA6, "ff02::1:ff00:1", targets[i]);
		send_by_vxlan(GAMMA, &group_of_solicited);
		assert_got_packet(DELTA);
	}
	make_data("fe80::d", "ff02::2", 255);
	send_by_vxlan(GAMMA, &all_routers);
	assert_got_packet(DELTA);
	assert_nobody_else();
}

/* RFC 4861 7.1.1. */
static void
invalid_solicitations_are_not_answered(void **state)
{
	const uint64_t bad = drops(MCR_DROP_BAD_CHECKSUM);
	const uint64_t malformed = drops(MCR_DROP_MALFORMED);

	RTE_SET_USED(state);
	make_solicitation(GAMMA6, "ff02::1:ff00:1", HUB6);
	packet[MCR_IPV6_HEADER_LEN + 2] ^= 1;
	send_by_vxlan(GAMMA, &group_of_solicited);
	send_by_gre(ALPHA);
	assert_int_equal(drops(MCR_DROP_BAD_CHECKSUM), bad + 2);
	make_solicitation(GAMMA6, "ff02::1:ff00:1", HUB6);
	packet[7] = 254;
	send_by_vxlan(GAMMA, &group_of_solicited);
	send_by_gre(ALPHA);
	assert_int_equal(drops(MCR_DROP_MALFORMED), malformed + 2);
	assert_nobody_else();
}

/* To the hub's address, but for others: RFC 4861 7.2.3. */
static void
the_hub_answers_for_no_target_that_it_does_not_route_to(void **state)
{
	static const char *const targets[] = {DELTA6, "fd00:1::99", OTHER6, "fe80::1"};
	const uint64_t others = drops(MCR_DROP_NOT_FOR_US);

	RTE_SET_USED(state);
	for (unsigned int i = 0; i < RTE_DIM(targets); i++) {
		make_solicitation(GAMMA6, HUB6, targets[i]);
		send_by_vxlan(GAMMA, hub_mac());
	}
	make_solicitation(ALPHA6, HUB6, OTHER6);
	send_by_gre(ALPHA);
	assert_int_equal(drops(MCR_DROP_NOT_FOR_US), others + RTE_DIM(targets) + 1);
	assert_nobody_else();
}

/* A tunnel's link has no MACs. */
static void
solicitations_inside_gre_are_answered(void **state)
{
	const uint64_t before = drops(MCR_DROP_NO_RECEIVER);

	RTE_SET_USED(state);
	make_solicitation(ALPHA6, "ff02::1:ff00:1", HUB6);
	send_by_gre(ALPHA);
	assert_advertisement(ALPHA, HUB6, ALPHA6, SOLICITED, NULL);
	make_solicitation(ALPHA6, HUB6, HUB6);
	send_by_gre(ALPHA);
	assert_advertisement(ALPHA, HUB6, ALPHA6, SOLICITED, NULL);
	make_solicitation("fe80::b", "ff02::1:ff00:d", GAMMA6);
	send_by_gre(ALPHA);
	assert_advertisement(ALPHA, GAMMA6, "fe80::b", SOLICITED, NULL);
	make_solicitation("::", "ff02::1:ff00:c", BETA6);
	send_by_gre(ALPHA);
	assert_advertisement(ALPHA, BETA6, "ff02::1", OVERRIDE, NULL);
	make_solicitation("::", "ff02::1:ff00:b", ALPHA6); /* its own */
	send_by_gre(ALPHA);
	make_solicitation(ALPHA6, "ff02::1:ff00:f", OTHER6);
	send_by_gre(ALPHA);
	make_data("fe80::b", "ff02::2", 255); /* as a router solicitation of Linux */
	send_by_gre(ALPHA);
	assert_int_equal(drops(MCR_DROP_NO_RECEIVER), before + 3);
	assert_nobody_else();
}

static void
stop_knowing_stations(void)
{
	mcr_segment_forget(hub.fib.segments, fixture_member_named("gamma"));
	fixture_pass_grace_period();
}

/* Hosts take a broadcast frame from UDP, but not from TCP. */
static void
an_unknown_station_gets_a_broadcast_and_is_solicited(void **state)
{
	static const struct rte_ether_addr broadcast = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
	const uint8_t *const last = sent[(uint8_t)GAMMA].packet;
	const struct rte_ether_addr station = station_of(GAMMA);
	const struct in6_addr wanted = ipv6(GAMMA6);

	RTE_SET_USED(state);
	stop_knowing_stations();
	hub.workers.lcores[0].rx.may_seek = 0;
	make_data(ALPHA6, GAMMA6, 64);
	send_by_gre(ALPHA);
	assert_int_equal(sent[(uint8_t)GAMMA].count, 2);
	assert_int_equal(last[MCR_IPV6_HEADER_LEN], ND_NEIGHBOR_SOLICIT);
	assert_addresses(last, HUB6, "ff02::1:ff00:d");
	assert_memory_equal(last + MCR_IPV6_HEADER_LEN + 8, &wanted, sizeof(wanted));
	sent[(uint8_t)GAMMA].count = 0;

	send_by_gre(ALPHA); /* it was sought just now */
	assert_got_packet(GAMMA);
	assert_frame(GAMMA, hub_mac(), &broadcast);

	make_solicitation(GAMMA6, HUB6, HUB6);
	packet[MCR_IPV6_HEADER_LEN] = ND_NEIGHBOR_ADVERT;
	packet[MCR_IPV6_HEADER_LEN + 4] = SOLICITED;
	memcpy(packet + MCR_IPV6_HEADER_LEN + 8, &wanted, sizeof(wanted));
	write_icmp_checksum();
	send_by_vxlan(GAMMA, hub_mac());
	make_data(ALPHA6, GAMMA6, 64);
	send_by_gre(ALPHA);
	assert_got_packet(GAMMA);
	assert_frame(GAMMA, hub_mac(), &station);
	assert_nobody_else();
}

static void
a_probe_shows_the_members_own_station(void **state)
{
	const struct rte_ether_addr station = station_of(GAMMA);

	RTE_SET_USED(state);
	stop_knowing_stations();
	make_solicitation("::", "ff02::1:ff00:d", GAMMA6);
	send_by_vxlan(GAMMA, &group_of_solicited);
	assert_got_packet(DELTA);
	make_data(ALPHA6, GAMMA6, 64);
	send_by_gre(ALPHA);
	assert_got_packet(GAMMA);
	assert_frame(GAMMA, hub_mac(), &station);
}

static void
reload(const char *text)
{
	struct mcr_config *config = fixture_parse(text);

	assert_non_null(config);
	assert_int_equal(fixture_reload(config), 0);
	fixture_settle();
}

static void
members_may_swap_their_addresses(void **state)
{
	const uint32_t numbers = mcr_address_count();

	RTE_SET_USED(state);
	reload(CONFIG(BETA6, ALPHA6, ""));
	assert_int_equal(mcr_address_count(), numbers);
	make_data(GAMMA6, ALPHA6, 64);
	send_by_vxlan(GAMMA, hub_mac());
	assert_got_packet(BETA);
	make_data(GAMMA6, BETA6, 64);
	send_by_vxlan(GAMMA, hub_mac());
	assert_got_packet(ALPHA);
	reload(CONFIG(ALPHA6, BETA6, ""));
	make_data(GAMMA6, ALPHA6, 64);
	send_by_vxlan(GAMMA, hub_mac());
	assert_got_packet(ALPHA);
	assert_nobody_else();
}

static void
a_router_decrements_the_hop_limit(void **state)
{
	const uint64_t expired = drops(MCR_DROP_TTL_EXPIRED);
	const struct rte_ether_addr to = station_of(DELTA);

	RTE_SET_USED(state);
	reload(CONFIG(ALPHA6, BETA6, "\"ttl\":\"decrement\","));
	make_data(ALPHA6, BETA6, 2);
	send_by_gre(ALPHA);
	packet[7] = 1;
	assert_got_packet(BETA);
	send_by_gre(ALPHA);
	make_data(ALPHA6, "fd00:1::99", 1);
	send_by_gre(ALPHA);
	make_data(GAMMA6, ALPHA6, 1);
	send_by_vxlan(GAMMA, hub_mac());
	assert_int_equal(drops(MCR_DROP_TTL_EXPIRED), expired + 3);
	make_data(GAMMA6, DELTA6, 1); /* a switch does not */
	send_by_vxlan(GAMMA, &to);
	assert_got_packet(DELTA);
	assert_nobody_else();
	reload(CONFIG(ALPHA6, BETA6, ""));
}

#define TEST(name) cmocka_unit_test_setup(name, forget_sent)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_packet_reaches_the_member_that_has_its_destination),
		TEST(other_destinations_have_no_receiver),
		TEST(no_router_forwards_what_comes_from_a_link_local_address_or_none),
		TEST(a_receiver_may_not_send),
		TEST(an_ipv4_destination_is_not_taken_for_a_number),
		TEST(the_hub_answers_pings_of_its_own_address),
		TEST(other_messages_to_the_hub_are_not_for_it),
		TEST(frames_to_the_hub_are_routed_to_other_tunnels),
		TEST(frames_to_stations_stay_in_their_segment),
		TEST(the_hub_answers_for_itself_in_a_segment),
		TEST(the_hub_answers_for_whom_it_routes_to),
		TEST(the_hub_defends_addresses_against_probes),
		TEST(other_solicitations_flood_their_segment),
		TEST(invalid_solicitations_are_not_answered),
		TEST(the_hub_answers_for_no_target_that_it_does_not_route_to),
		TEST(solicitations_inside_gre_are_answered),
		TEST(an_unknown_station_gets_a_broadcast_and_is_solicited),
		TEST(a_probe_shows_the_members_own_station),
		TEST(members_may_swap_their_addresses),
		TEST(a_router_decrements_the_hop_limit),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
