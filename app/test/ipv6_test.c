/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* IPv6 groups of members in IPv4 tunnels, through a whole hub of one lcore. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "control/context.h"
#include "datapath/counters.h"
#include "datapath/rx_stream.h"
#include "test/hub_fixture.h"

#define ALPHA MCR_IPV4(10, 0, 0, 11)   /* gre */
#define BETA MCR_IPV4(10, 0, 0, 12)    /* gre with a key */
#define GAMMA MCR_IPV4(10, 0, 0, 13)   /* vxlan 7 */
#define DELTA MCR_IPV4(10, 0, 0, 14)   /* vxlan 7 */
#define EPSILON MCR_IPV4(10, 0, 0, 15) /* vxlan 8 */
#define ZETA MCR_IPV4(10, 0, 0, 16)    /* gre-udp */
#define STRANGER MCR_IPV4(10, 0, 0, 99)

#define HOST "2001:db8::b"
#define OTHER_HOST "2001:db8::c"

#define PAYLOAD 32
#define HOP_LIMIT 5
#define VXLAN_PORT 4789
#define GRE_PORT 4754

#define CONFIG(top)                                                                      \
	"{\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/"            \
	"24\"}],\"igmp\":false,"                                                         \
	"\"mld\":false,\"limits\":{\"members\":16,\"groups\":32,\"mbufs\":2048}," top    \
	"\"members\":["                                                                  \
	"{\"name\":\"alpha\",\"address\":\"10.0.0.11\",\"encap\":\"gre\","               \
	"\"mac\":\"02:00:00:00:00:0b\"},"                                                \
	"{\"name\":\"beta\",\"address\":\"10.0.0.12\",\"encap\":\"gre\",\"key\":5,"      \
	"\"mac\":\"02:00:00:00:00:0c\"},"                                                \
	"{\"name\":\"gamma\",\"address\":\"10.0.0.13\",\"encap\":\"vxlan\",\"vni\":7,"   \
	"\"mac\":\"02:00:00:00:00:0d\"},"                                                \
	"{\"name\":\"delta\",\"address\":\"10.0.0.14\",\"encap\":\"vxlan\",\"vni\":7,"   \
	"\"mac\":\"02:00:00:00:00:0e\"},"                                                \
	"{\"name\":\"epsilon\",\"address\":\"10.0.0.15\",\"encap\":\"vxlan\",\"vni\":8," \
	"\"mac\":\"02:00:00:00:00:0f\"},"                                                \
	"{\"name\":\"zeta\",\"address\":\"10.0.0.16\",\"encap\":\"gre-udp\","            \
	"\"mac\":\"02:00:00:00:00:10\"}],"                                               \
	"\"groups\":["                                                                   \
	"{\"group\":\"ff1e::1\",\"members\":[\"alpha\",\"beta\",\"gamma\",\"zeta\"]},"   \
	"{\"group\":\"ff1e::2\",\"sources\":[\"" HOST "\"],\"members\":[\"beta\"]},"     \
	"{\"group\":\"ff1e::2\",\"members\":[\"gamma\"]},"                               \
	"{\"group\":\"ff1e::/32\",\"members\":[\"zeta\"]},"                              \
	"{\"group\":\"ff1e:0:1::/48\",\"members\":[\"epsilon\"]},"                       \
	"{\"group\":\"ff05::3\",\"members\":[\"beta\"],\"senders\":[\"gamma\"]},"        \
	"{\"group\":\"ff02::fb\",\"members\":[\"beta\"]},"                               \
	"{\"group\":\"239.1.1.1\",\"members\":[\"*\"]}]}"

/* What the hub sent, by the last byte of its outer destination. */
static struct {
	uint32_t count;
	uint16_t type; /* of what is inside the tunnel */
	uint8_t tos;   /* of the outer header */
	uint8_t mac[RTE_ETHER_ADDR_LEN];
	uint8_t packet[MCR_IPV6_HEADER_LEN + PAYLOAD];
} sent[256];

static uint8_t expected[MCR_IPV6_HEADER_LEN + PAYLOAD];

static const uint8_t *
open_udp(const uint8_t *udp, uint8_t index)
{
	const uint8_t *const payload = udp + MCR_UDP_HEADER_LEN;

	if (mcr_read_be16(udp + 2) == GRE_PORT) {
		sent[index].type = mcr_read_be16(payload + 2);
		return payload + MCR_GRE_HEADER_LEN;
	}
	assert_int_equal(mcr_read_be16(udp + 2), VXLAN_PORT);
	memcpy(sent[index].mac, payload + MCR_VXLAN_HEADER_LEN, RTE_ETHER_ADDR_LEN);
	sent[index].type = mcr_read_be16(payload + MCR_VXLAN_HEADER_LEN + 12);
	return payload + MCR_VXLAN_HEADER_LEN + RTE_ETHER_HDR_LEN;
}

static const uint8_t *
open_gre(const uint8_t *gre, uint8_t index)
{
	const struct mcr_gre_info info = mcr_gre_parse(gre, 8);

	sent[index].type = info.protocol;
	return gre + info.header_len;
}

static void
note_sent(const struct rte_mbuf *frame)
{
	uint8_t copy[512];
	const uint8_t *const bytes =
		rte_pktmbuf_read(frame, 0, RTE_MIN(frame->pkt_len, sizeof(copy)), copy);
	const uint8_t *const ip = bytes + RTE_ETHER_HDR_LEN, *inner;
	const uint8_t index = ip[19];

	if (mcr_read_be16(bytes + 12) != RTE_ETHER_TYPE_IPV4)
		return;
	sent[index].count++;
	sent[index].tos = ip[1];
	inner = ip[9] == IPPROTO_GRE ? open_gre(ip + MCR_IPV4_HEADER_LEN, index)
	                             : open_udp(ip + MCR_IPV4_HEADER_LEN, index);
	memcpy(sent[index].packet, inner, sizeof(sent[index].packet));
}

static int
start_hub(void **state)
{
	RTE_SET_USED(state);
	return fixture_start(&(struct hub_fixture){
		.config = CONFIG(""), .ports = 1, .lcores = 1, .on_sent = note_sent});
}

static int
forget_sent(void **state)
{
	RTE_SET_USED(state);
	fixture_settle();
	memset(sent, 0, sizeof(sent));
	return 0;
}

static void
append(struct rte_mbuf *frame, const void *bytes, uint16_t len)
{
	memcpy(rte_pktmbuf_append(frame, len), bytes, len);
}

static void
append_ipv6(struct rte_mbuf *frame, const char *source, const char *group, uint8_t next_header)
{
	uint8_t *const ip = expected;

	memset(ip, 0, sizeof(expected));
	mcr_write_be16(ip, 0x6000 | 0xb8 << 4);
	mcr_write_be16(ip + 4, PAYLOAD);
	ip[6] = next_header;
	ip[7] = HOP_LIMIT;
	inet_pton(AF_INET6, source, ip + MCR_IPV6_SOURCE);
	inet_pton(AF_INET6, group, ip + MCR_IPV6_DESTINATION);
	for (uint8_t i = 0; i < PAYLOAD; i++)
		ip[MCR_IPV6_HEADER_LEN + i] = i;
	append(frame, expected, sizeof(expected));
}

static struct rte_mbuf *
begin_gre(uint32_t sender)
{
	struct rte_mbuf *frame = fixture_make_frame(0, sender);
	const bool has_key = sender == BETA;
	const uint16_t gre_len = has_key ? 8 : 4;

	fixture_append_ipv4(
		frame, sender, hub.ports.at[0].address, IPPROTO_GRE, gre_len + sizeof(expected), 0);
	append(frame, has_key ? "\x20\0\x86\xdd\0\0\0\5" : "\0\0\x86\xdd", gre_len);
	return frame;
}

static struct rte_mbuf *
begin_vxlan(uint32_t sender, uint8_t vni)
{
	struct rte_mbuf *frame = fixture_make_frame(0, sender);
	const uint16_t len =
		MCR_UDP_HEADER_LEN + MCR_VXLAN_HEADER_LEN + RTE_ETHER_HDR_LEN + sizeof(expected);
	uint8_t header[MCR_UDP_HEADER_LEN + MCR_VXLAN_HEADER_LEN + RTE_ETHER_HDR_LEN] = {
		0xc0, 0, [8] = 8, [14] = vni, [16] = 0x33, 0x33, 0, 0, 0, 1, 2, [27] = sender};

	fixture_append_ipv4(frame, sender, hub.ports.at[0].address, IPPROTO_UDP, len, 0);
	mcr_write_be16(header + 2, VXLAN_PORT);
	mcr_write_be16(header + 4, len);
	mcr_write_be16(header + 28, RTE_ETHER_TYPE_IPV6);
	append(frame, header, sizeof(header));
	return frame;
}

static void
put_by_gre(uint32_t sender, const char *source, const char *group)
{
	struct rte_mbuf *frame = begin_gre(sender);

	append_ipv6(frame, source, group, FIXTURE_PROTOCOL);
	fixture_put_on_wire(0, frame);
}

static void
send_by_gre(uint32_t sender, const char *source, const char *group)
{
	put_by_gre(sender, source, group);
	fixture_settle();
}

static void
send_by_vxlan(uint32_t sender, uint8_t vni, const char *source, const char *group)
{
	struct rte_mbuf *frame = begin_vxlan(sender, vni);

	append_ipv6(frame, source, group, FIXTURE_PROTOCOL);
	fixture_put_on_wire(0, frame);
	fixture_settle();
}

static uint64_t
drops(enum mcr_drop reason)
{
	return hub.workers.lcores[0].stats.drops[reason];
}

static void
assert_got(uint32_t member)
{
	const uint8_t index = member;

	assert_int_equal(sent[index].count, 1);
	assert_int_equal(sent[index].type, RTE_ETHER_TYPE_IPV6);
	assert_int_equal(sent[index].tos, 0xb8);
	assert_memory_equal(sent[index].packet, expected, sizeof(expected));
	sent[index].count = 0;
}

static void
assert_nobody_else(void)
{
	for (unsigned int i = 0; i < RTE_DIM(sent); i++)
		assert_int_equal(sent[i].count, 0);
}

static void
a_group_reaches_its_members(void **state)
{
	RTE_SET_USED(state);
	send_by_gre(ALPHA, HOST, "ff1e::1");
	assert_got(BETA);
	assert_got(GAMMA);
	assert_memory_equal(sent[GAMMA & 0xff].mac, "\x33\x33\0\0\0\1", RTE_ETHER_ADDR_LEN);
	assert_got(ZETA);
	assert_nobody_else();
	send_by_vxlan(DELTA, 7, HOST, "ff1e::1");
	assert_got(ALPHA);
	assert_got(BETA);
	assert_got(GAMMA);
	assert_got(ZETA);
	assert_nobody_else();
	send_by_gre(BETA, HOST, "ff1e::1");
	assert_got(ALPHA);
	assert_got(GAMMA);
	assert_got(ZETA);
	assert_nobody_else();
}

static void
the_source_decides_then_the_longest_prefix(void **state)
{
	RTE_SET_USED(state);
	send_by_gre(ALPHA, HOST, "ff1e::2");
	assert_got(BETA);
	assert_nobody_else();
	send_by_gre(ALPHA, OTHER_HOST, "ff1e::2");
	assert_got(GAMMA);
	assert_nobody_else();
	send_by_gre(ALPHA, HOST, "ff1e::77");
	assert_got(ZETA);
	assert_nobody_else();
	send_by_gre(ALPHA, HOST, "ff1e:0:1::77");
	assert_got(EPSILON);
	assert_nobody_else();
}

static void
what_nobody_wants_is_counted_with_its_destination(void **state)
{
	struct mcr_refused_record records[MCR_REFUSED_PLACES];
	const uint64_t before = drops(MCR_DROP_NO_RECEIVER);
	struct in6_addr group;

	RTE_SET_USED(state);
	send_by_gre(ALPHA, HOST, "ff05::99");
	assert_nobody_else();
	assert_int_equal(drops(MCR_DROP_NO_RECEIVER), before + 1);
	assert_int_equal(
		mcr_refused_read(hub.workers.lcores[0].refused, MCR_DROP_NO_RECEIVER, records), 1);
	inet_pton(AF_INET6, "ff05::99", &group);
	assert_memory_equal(&records[0].last.ipv6_destination, &group, sizeof(group));
	assert_int_equal(records[0].sender.address, ALPHA);
}

static void
only_permitted_senders_may_send(void **state)
{
	const uint64_t denied = drops(MCR_DROP_SENDER_DENIED);
	const uint64_t unknown = drops(MCR_DROP_SOURCE_DENIED);

	RTE_SET_USED(state);
	send_by_gre(ALPHA, HOST, "ff05::3");
	assert_int_equal(drops(MCR_DROP_SENDER_DENIED), denied + 1);
	send_by_gre(STRANGER, HOST, "ff05::3");
	assert_int_equal(drops(MCR_DROP_SOURCE_DENIED), unknown + 1);
	assert_nobody_else();
	send_by_vxlan(GAMMA, 7, HOST, "ff05::3");
	assert_got(BETA);
	assert_nobody_else();
}

static void
link_local_groups_flood_their_segment_and_follow_their_entry(void **state)
{
	RTE_SET_USED(state);
	send_by_vxlan(DELTA, 7, "fe80::e", "ff02::fb");
	assert_got(GAMMA);
	assert_got(BETA);
	assert_nobody_else();
	send_by_vxlan(DELTA, 7, "fe80::e", "ff02::1");
	assert_got(GAMMA);
	assert_nobody_else();
	send_by_gre(ALPHA, "fe80::b", "ff02::fb");
	assert_got(BETA);
	assert_nobody_else();
}

static void
put_icmp(struct rte_mbuf *frame, const char *group, uint8_t type)
{
	append_ipv6(frame, "fe80::e", group, IPPROTO_ICMPV6);
	*rte_pktmbuf_mtod_offset(frame, uint8_t *, frame->data_len - PAYLOAD) = type;
	expected[MCR_IPV6_HEADER_LEN] = type;
	fixture_put_on_wire(0, frame);
	fixture_settle();
}

static void
neighbour_discovery_stays_in_its_segment(void **state)
{
	const uint64_t before = drops(MCR_DROP_NO_RECEIVER);

	RTE_SET_USED(state);
	put_icmp(begin_vxlan(DELTA, 7), "ff02::1:ff00:d", 135);
	assert_got(GAMMA);
	assert_nobody_else();
	put_icmp(begin_gre(ALPHA), "ff02::2", 133);
	put_icmp(begin_gre(ALPHA), "2001:db8::c", 128);
	assert_nobody_else();
	assert_int_equal(drops(MCR_DROP_NO_RECEIVER), before + 2);
}

static void
no_wire_has_packets_of_one_host(void **state)
{
	const uint64_t before = drops(MCR_DROP_MALFORMED);

	RTE_SET_USED(state);
	send_by_gre(ALPHA, HOST, "ff11::1");
	send_by_vxlan(DELTA, 7, HOST, "ff01::1");
	assert_nobody_else();
	assert_int_equal(drops(MCR_DROP_MALFORMED), before + 2);
}

/* Sources without a number are different flows of one group. */
static void
packets_of_a_burst_keep_their_flows(void **state)
{
	const struct mcr_stats *stats = &hub.workers.lcores[0].stats;
	const uint64_t copies = stats->counts[MCR_STAT_COPIES];
	const uint32_t alpha = fixture_member_named("alpha");
	const uint64_t received = hub.workers.lcores[0].members[alpha].rx_packets;

	RTE_SET_USED(state);
	for (unsigned int i = 0; i < 4; i++) {
		put_by_gre(ALPHA, i % 2 == 0 ? "2001:db8::1:1" : "2001:db8::1:2", "ff1e::2");
		put_by_gre(ALPHA, HOST, "ff1e::2");
		put_by_gre(BETA, HOST, "ff1e::77");
		fixture_put_on_wire(0, fixture_make_packet(0, STRANGER, MCR_IPV4(239, 1, 1, 1), 0));
	}
	fixture_settle();
	assert_int_equal(sent[GAMMA & 0xff].count, 4);
	assert_int_equal(sent[BETA & 0xff].count, 4);
	assert_int_equal(sent[ZETA & 0xff].count, 4);
	assert_int_equal(stats->counts[MCR_STAT_COPIES], copies + 12);
	assert_int_equal(hub.workers.lcores[0].members[alpha].rx_packets, received + 8);
}

static void
streams_are_known_by_their_addresses(void **state)
{
	struct mcr_stream streams[MCR_STREAM_WAYS];
	struct in6_addr group, source;
	uint64_t found = 0;

	RTE_SET_USED(state);
	memset(hub.workers.lcores[0].rx.streams->at, 0,
		sizeof(hub.workers.lcores[0].rx.streams->at));
	send_by_gre(ALPHA, HOST, "ff1e::78");
	send_by_gre(ALPHA, OTHER_HOST, "ff1e::78");
	inet_pton(AF_INET6, "ff1e::78", &group);
	inet_pton(AF_INET6, OTHER_HOST, &source);
	for (uint32_t set = 0; set < MCR_STREAM_SETS; set++) {
		const uint32_t count =
			mcr_stream_read(&hub.workers, set, hub.control->read_cycles(), streams);

		for (uint32_t i = 0; i < count; i++) {
			assert_true(mcr_stream_is_ipv6(&streams[i]));
			assert_memory_equal(&streams[i].ipv6_group, &group, sizeof(group));
			assert_memory_equal(&streams[i].ipv6_source, &source, sizeof(source));
			assert_int_equal(streams[i].packets, 2);
			found++;
		}
	}
	assert_int_equal(found, 1);
}

static void
hop_limit_is_decremented_if_told_so(void **state)
{
	const uint64_t before = drops(MCR_DROP_TTL_EXPIRED);
	struct rte_mbuf *frame;

	RTE_SET_USED(state);
	assert_int_equal(fixture_reload(fixture_parse(CONFIG("\"ttl\":\"decrement\","))), 0);
	send_by_gre(ALPHA, HOST, "ff1e::1");
	expected[7] = HOP_LIMIT - 1;
	assert_got(BETA);
	assert_got(GAMMA);
	assert_got(ZETA);
	send_by_vxlan(DELTA, 7, HOST, "ff1e::1");
	assert_got(GAMMA);
	expected[7] = HOP_LIMIT - 1;
	assert_got(ALPHA);
	assert_got(BETA);
	assert_got(ZETA);
	frame = begin_gre(ALPHA);
	append_ipv6(frame, HOST, "ff1e::1", FIXTURE_PROTOCOL);
	rte_pktmbuf_mtod_offset(frame, uint8_t *, frame->data_len - sizeof(expected))[7] = 1;
	fixture_put_on_wire(0, frame);
	fixture_settle();
	assert_nobody_else();
	assert_int_equal(drops(MCR_DROP_TTL_EXPIRED), before + 1);
	assert_int_equal(fixture_reload(fixture_parse(CONFIG(""))), 0);
}

static void
unknown_groups_flood_if_told_so(void **state)
{
	RTE_SET_USED(state);
	assert_int_equal(fixture_reload(fixture_parse(CONFIG("\"unknown_groups\":\"flood\","))), 0);
	send_by_gre(ALPHA, HOST, "ff0e::1234");
	assert_got(BETA);
	assert_got(GAMMA);
	assert_got(DELTA);
	assert_got(EPSILON);
	assert_got(ZETA);
	assert_nobody_else();
	assert_int_equal(fixture_reload(fixture_parse(CONFIG(""))), 0);
	send_by_gre(ALPHA, HOST, "ff0e::1234");
	assert_nobody_else();
}

/* The port has no IPv6: the link-local address of its MAC is the hub's inside tunnels. */
static void
a_ping_of_all_routers_is_answered_inside_the_tunnel(void **state)
{
	const struct in6_addr own = mcr_port_link_local(&hub.ports.at[0].mac);
	struct rte_mbuf *frame = begin_gre(ALPHA);
	const uint8_t *const answer = sent[(uint8_t)ALPHA].packet;
	uint8_t *ip, *icmp;
	rte_be16_t checksum;

	RTE_SET_USED(state);
	append_ipv6(frame, HOST, "ff02::2", IPPROTO_ICMPV6);
	ip = rte_pktmbuf_mtod_offset(frame, uint8_t *, frame->data_len - sizeof(expected));
	icmp = ip + MCR_IPV6_HEADER_LEN;
	memcpy(icmp, (const uint8_t[]){128, 0, 0, 0}, 4);
	checksum = mcr_ipv6_checksum(ip, icmp, PAYLOAD, IPPROTO_ICMPV6);
	memcpy(icmp + 2, &checksum, sizeof(checksum));
	fixture_put_on_wire(0, frame);
	fixture_settle();
	assert_int_equal(sent[(uint8_t)ALPHA].count, 1);
	assert_int_equal(answer[MCR_IPV6_HEADER_LEN], 129);
	assert_memory_equal(answer + MCR_IPV6_SOURCE, &own, sizeof(own));
	assert_memory_equal(
		answer + MCR_IPV6_DESTINATION, expected + MCR_IPV6_SOURCE, MCR_IPV6_ADDRESS_LEN);
}

#define TEST(name) cmocka_unit_test_setup(name, forget_sent)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_group_reaches_its_members),
		TEST(the_source_decides_then_the_longest_prefix),
		TEST(what_nobody_wants_is_counted_with_its_destination),
		TEST(only_permitted_senders_may_send),
		TEST(link_local_groups_flood_their_segment_and_follow_their_entry),
		TEST(neighbour_discovery_stays_in_its_segment),
		TEST(no_wire_has_packets_of_one_host),
		TEST(packets_of_a_burst_keep_their_flows),
		TEST(streams_are_known_by_their_addresses),
		TEST(hop_limit_is_decremented_if_told_so),
		TEST(unknown_groups_flood_if_told_so),
		TEST(a_ping_of_all_routers_is_answered_inside_the_tunnel),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
