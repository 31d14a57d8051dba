/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* "Packet too big" to members whose IPv6 packets do not fit another one, through a whole hub of one
 * lcore. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "control/path_mtu.h"
#include "datapath/punt_account.h"
#include "datapath/tx_too_big.h"
#include "test/hub_fixture.h"

#define HUB "fd00::10"
#define PLAIN "fd00::11" /* l2 */
#define INSIDE "fd01::5" /* in tunnels */
#define GROUP "ff1e::1"
#define GRE MCR_IPV4(10, 0, 0, 12)
#define VXLAN MCR_IPV4(10, 0, 0, 13)
#define STATION_BYTE 0x77 /* of the MAC behind VXLAN */
#define NARROW 1300       /* the least MTU of a receiver */
#define PAYLOAD 1400      /* more than fits two receivers */
#define LARGEST_THAT_FITS (NARROW - MCR_IPV6_HEADER_LEN)
#define MEMBERS 6
#define AT_ONCE 64 /* as in path_mtu.c */

static const char config[] =
	"{\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/24\","
	"\"address6\":\"fd00::10/64\"}],\"igmp\":false,\"mld\":false,\"ttl\":\"decrement\","
	"\"limits\":{\"members\":16,\"groups\":16,\"mbufs\":1024},"
	"\"groups\":[{\"group\":\"ff1e::1\",\"members\":[\"*\"]}],\"members\":["
	"{\"name\":\"plain\",\"address\":\"fd00::11\",\"mac\":\"02:00:00:00:00:0b\"},"
	"{\"name\":\"gre\",\"address\":\"10.0.0.12\",\"encap\":\"gre\","
	"\"mac\":\"02:00:00:00:00:0c\"},"
	"{\"name\":\"vxlan\",\"address\":\"10.0.0.13\",\"encap\":\"vxlan\",\"vni\":7,"
	"\"mac\":\"02:00:00:00:00:0d\"},"
	"{\"name\":\"peer\",\"address\":\"10.0.0.14\",\"encap\":\"vxlan\",\"vni\":7,"
	"\"mac\":\"02:00:00:00:00:0e\"},"
	"{\"name\":\"wider\",\"address\":\"fd00::21\",\"mtu\":1400,"
	"\"mac\":\"02:00:00:00:00:21\"},"
	"{\"name\":\"narrow\",\"address\":\"fd00::22\",\"encap\":\"udp\",\"udp_port\":6000,"
	"\"mtu\":1300,\"mac\":\"02:00:00:00:00:22\"}]}";

/* The last message that the hub has sent. */
static struct {
	unsigned int count;
	uint8_t to; /* last byte of the frame's MAC */
	uint16_t around;
	uint8_t frame[RTE_ETHER_MAX_LEN];
} sent;

static bool
is_too_big(const uint8_t *ip)
{
	return ip[6] == IPPROTO_ICMPV6 && ip[MCR_IPV6_HEADER_LEN] == 2;
}

static uint16_t
length_around(const uint8_t *frame)
{
	const uint8_t *const ip = frame + RTE_ETHER_HDR_LEN;

	if (mcr_ip_is_ipv6(ip))
		return RTE_ETHER_HDR_LEN;
	return RTE_ETHER_HDR_LEN + MCR_IPV4_HEADER_LEN +
	       (ip[9] == IPPROTO_GRE
			       ? MCR_GRE_HEADER_LEN
			       : MCR_UDP_HEADER_LEN + MCR_VXLAN_HEADER_LEN + RTE_ETHER_HDR_LEN);
}

static void
note_sent(const struct rte_mbuf *frame)
{
	uint8_t copy[RTE_ETHER_MAX_LEN];
	const uint8_t *const bytes =
		rte_pktmbuf_read(frame, 0, RTE_MIN(frame->pkt_len, sizeof(copy)), copy);

	if (mcr_read_be16(bytes + 12) == RTE_ETHER_TYPE_ARP ||
		!is_too_big(bytes + length_around(bytes)))
		return;
	sent.count++;
	sent.to = bytes[5];
	sent.around = length_around(bytes);
	memcpy(sent.frame, bytes, RTE_MIN(frame->pkt_len, sizeof(sent.frame)));
}

static int
start_hub(void **state)
{
	RTE_SET_USED(state);
	return fixture_start(&(struct hub_fixture){
		.config = config, .ports = 1, .lcores = 1, .on_sent = note_sent});
}

/* The next message is due whenever the test wants it. */
static void
set_due(uint64_t when)
{
	for (unsigned int i = 0; i < MCR_TX_TOO_BIG_PLACES; i++)
		hub.workers.lcores[0].tx.too_big_due[i] = when;
}

static int
settle(void **state)
{
	RTE_SET_USED(state);
	fixture_settle();
	fixture_pass_ms(AT_ONCE);
	set_due(0);
	memset(&sent, 0, sizeof(sent));
	return 0;
}

static void
append_packet(struct rte_mbuf *frame, const char *source, uint16_t payload)
{
	uint8_t *const ip = (uint8_t *)rte_pktmbuf_append(frame, MCR_IPV6_HEADER_LEN + payload);

	memset(ip, 0, MCR_IPV6_HEADER_LEN + payload);
	ip[0] = 0x60;
	mcr_write_be16(ip + 4, payload);
	ip[6] = IPPROTO_UDP;
	ip[7] = 9;
	inet_pton(AF_INET6, source, ip + MCR_IPV6_SOURCE);
	inet_pton(AF_INET6, GROUP, ip + MCR_IPV6_DESTINATION);
	mcr_write_be16(ip + MCR_IPV6_HEADER_LEN + 2, 5000);
	mcr_write_be16(ip + MCR_IPV6_HEADER_LEN + 4, payload);
}

static void
finish(struct rte_mbuf *frame)
{
	fixture_put_on_wire(0, frame);
	fixture_settle();
}

static void
send_plain(uint16_t payload)
{
	struct rte_mbuf *frame = fixture_make_frame(0, 0x0b);

	mcr_write_be16(rte_pktmbuf_mtod_offset(frame, uint8_t *, 12), RTE_ETHER_TYPE_IPV6);
	append_packet(frame, PLAIN, payload);
	finish(frame);
}

static void
send_by_gre(void)
{
	struct rte_mbuf *frame = fixture_make_frame(0, GRE);

	fixture_append_ipv4(frame, GRE, hub.ports.at[0].address, IPPROTO_GRE,
		MCR_GRE_HEADER_LEN + MCR_IPV6_HEADER_LEN + PAYLOAD, 0);
	memcpy(rte_pktmbuf_append(frame, MCR_GRE_HEADER_LEN), "\0\0\x86\xdd", MCR_GRE_HEADER_LEN);
	append_packet(frame, INSIDE, PAYLOAD);
	finish(frame);
}

static void
send_by_vxlan(void)
{
	const uint16_t len = MCR_UDP_HEADER_LEN + MCR_VXLAN_HEADER_LEN + RTE_ETHER_HDR_LEN +
	                     MCR_IPV6_HEADER_LEN + PAYLOAD;
	uint8_t header[] = {0xc0, 0, 4789 >> 8, 4789 & 0xff, len >> 8, len & 0xff, 0, 0, 8, 0, 0, 0,
		0, 0, 7, 0, 0x33, 0x33, 0, 0, 0, 1, 2, 0, 0, 0, 0, STATION_BYTE, 0x86, 0xdd};
	struct rte_mbuf *frame = fixture_make_frame(0, VXLAN);

	fixture_append_ipv4(frame, VXLAN, hub.ports.at[0].address, IPPROTO_UDP, len, 0);
	memcpy(rte_pktmbuf_append(frame, sizeof(header)), header, sizeof(header));
	append_packet(frame, INSIDE, PAYLOAD);
	finish(frame);
}

/* One message came: to the source, by its member, with the least MTU of all receivers. */
static void
assert_reported(const char *source, uint8_t to, uint16_t around)
{
	const uint8_t *const ip = sent.frame + around;
	uint8_t expected[MCR_IPV6_ADDRESS_LEN];

	assert_int_equal(sent.count, 1);
	assert_int_equal(sent.to, to);
	assert_int_equal(sent.around, around);
	inet_pton(AF_INET6, source, expected);
	assert_memory_equal(ip + MCR_IPV6_DESTINATION, expected, sizeof(expected));
	inet_pton(AF_INET6, HUB, expected);
	assert_memory_equal(ip + MCR_IPV6_SOURCE, expected, sizeof(expected));
	assert_int_equal(mcr_read_be32(ip + MCR_IPV6_HEADER_LEN + 4), NARROW);
	assert_int_equal(mcr_ipv6_checksum(ip, ip + MCR_IPV6_HEADER_LEN, mcr_read_be16(ip + 4),
				 IPPROTO_ICMPV6),
		0);
}

static void
a_sender_without_a_tunnel_is_told_by_a_frame(void **state)
{
	RTE_SET_USED(state);
	send_plain(PAYLOAD);
	assert_reported(PLAIN, 0x0b, RTE_ETHER_HDR_LEN);
}

/* Whatever the order of the copies, which rotates. */
static void
the_least_mtu_counts(void **state)
{
	for (unsigned int i = 0; i < MEMBERS; i++) {
		settle(state);
		send_plain(PAYLOAD);
		assert_reported(PLAIN, 0x0b, RTE_ETHER_HDR_LEN);
	}
}

static void
a_sender_is_told_in_its_tunnel(void **state)
{
	RTE_SET_USED(state);
	send_by_gre();
	assert_reported(INSIDE, 0x0c, RTE_ETHER_HDR_LEN + MCR_IPV4_HEADER_LEN + MCR_GRE_HEADER_LEN);
}

/* Copies outside of the segment are of a copy of the packet, with another hop limit. */
static void
a_sender_is_told_in_its_segment_by_a_frame_to_its_station(void **state)
{
	static const uint8_t station[] = {2, 0, 0, 0, 0, STATION_BYTE};
	const uint8_t *const inner = sent.frame + RTE_ETHER_HDR_LEN + MCR_IPV4_HEADER_LEN +
	                             MCR_UDP_HEADER_LEN + MCR_VXLAN_HEADER_LEN;

	RTE_SET_USED(state);
	send_by_vxlan();
	assert_reported(INSIDE, 0x0d, inner + RTE_ETHER_HDR_LEN - sent.frame);
	assert_memory_equal(inner, station, sizeof(station));
	assert_memory_equal(inner + 6, mcr_fib_segment_mac(&hub.fib), RTE_ETHER_ADDR_LEN);
	assert_int_equal(mcr_read_be16(inner + 12), RTE_ETHER_TYPE_IPV6);
}

static void
a_packet_that_fits_everybody_causes_no_message(void **state)
{
	RTE_SET_USED(state);
	send_plain(LARGEST_THAT_FITS);
	assert_int_equal(sent.count, 0);
}

static void
a_sender_is_told_again_when_that_is_due(void **state)
{
	RTE_SET_USED(state);
	send_plain(PAYLOAD);
	set_due(UINT64_MAX);
	send_plain(PAYLOAD);
	assert_int_equal(sent.count, 1);
	set_due(0);
	send_plain(PAYLOAD);
	assert_int_equal(sent.count, 2);
}

static void
the_next_message_is_due_later(void **state)
{
	const uint64_t *due = hub.workers.lcores[0].tx.too_big_due;
	uint64_t latest = 0;

	RTE_SET_USED(state);
	send_plain(PAYLOAD);
	for (unsigned int i = 0; i < MCR_TX_TOO_BIG_PLACES; i++)
		latest = RTE_MAX(latest, due[i]);
	assert_int_not_equal(latest, 0);
}

static struct mcr_punt
make_punt(void)
{
	struct rte_mbuf *packet = fixture_make_frame(0, 0x0b);

	append_packet(packet, PLAIN, PAYLOAD);
	rte_pktmbuf_adj(packet, RTE_ETHER_HDR_LEN);
	return (struct mcr_punt){
		.frame = packet,
		.length = packet->data_len,
		.punt = MCR_PUNT_OVERSIZE,
		.source = NARROW,
		.sender = mcr_member_refer(hub.fib.members, fixture_member_named("plain")),
	};
}

/* In one millisecond of the control lcore. */
static void
all_messages_together_have_a_limit(void **state)
{
	const struct mcr_punt in = make_punt();

	RTE_SET_USED(state);
	for (unsigned int i = 0; i < 2 * AT_ONCE; i++)
		mcr_path_mtu_report(hub.control, &in);
	rte_pktmbuf_free(in.frame);
	fixture_settle();
	assert_int_equal(sent.count, AT_ONCE);
}

static void
the_packet_is_held_until_it_is_reported(void **state)
{
	const struct mcr_punt in = make_punt();
	const struct mcr_job job = {
		.packet = in.frame,
		.sender = in.sender.id,
		.sender_address = mcr_member_instance(
			mcr_member_get(hub.fib.members, in.sender.id), in.sender.id),
		.version = 6,
	};

	RTE_SET_USED(state);
	mcr_tx_too_big(&hub.workers.lcores[0], &job, NARROW);
	assert_int_equal(rte_mbuf_refcnt_read(in.frame), 2);
	fixture_settle();
	assert_int_equal(rte_mbuf_refcnt_read(in.frame), 1);
	assert_int_equal(sent.count, 1);
	rte_pktmbuf_free(in.frame);
}

/* Who it is from, the packet says. */
static void
the_sender_of_a_shard_is_told(void **state)
{
	const struct mcr_punt in = make_punt();
	struct mcr_job job = {
		.packet = in.frame,
		.number = in.sender.id + 1,
		.kind = MCR_JOB_SHARD,
		.sender_address = mcr_member_instance(
			mcr_member_get(hub.fib.members, in.sender.id), in.sender.id),
		.version = 6,
	};

	RTE_SET_USED(state);
	in.frame->hash.usr = in.sender.id;
	mcr_tx_too_big(&hub.workers.lcores[0], &job, NARROW);
	fixture_settle();
	assert_int_equal(sent.count, 1);
	/* Unless another one has its id now, or another hub sent the packet. */
	set_due(0);
	in.frame->hash.usr = in.sender.id + 1;
	mcr_tx_too_big(&hub.workers.lcores[0], &job, NARROW);
	in.frame->hash.usr = in.sender.id;
	job.kind |= MCR_JOB_FROM_PEER;
	mcr_tx_too_big(&hub.workers.lcores[0], &job, NARROW);
	fixture_settle();
	assert_int_equal(sent.count, 1);
	rte_pktmbuf_free(in.frame);
}

/* Another member may have its id. */
static void
a_sender_that_has_left_is_not_told(void **state)
{
	struct mcr_punt in = make_punt();

	RTE_SET_USED(state);
	in.sender.generation++;
	mcr_punt_account_stay(&hub.rings.accounts->at[in.account]);
	assert_int_equal(
		rte_ring_enqueue_elem(hub.rings.punt[MCR_PUNT_CLASS_ECHO], &in, sizeof(in)), 0);
	fixture_settle();
	assert_int_equal(sent.count, 0);
}

/* Neither does it count as received: it was, when it came. */
static void
a_message_counts_as_one_of_the_hub(void **state)
{
	const uint64_t *const counts = hub.workers.lcores[0].stats.counts;
	const uint64_t received = counts[MCR_STAT_CONTROL_PACKETS];
	const uint64_t own = counts[MCR_STAT_TX_CONTROL_PACKETS];

	RTE_SET_USED(state);
	send_plain(PAYLOAD);
	assert_int_equal(counts[MCR_STAT_TX_CONTROL_PACKETS], own + 1);
	assert_int_equal(counts[MCR_STAT_CONTROL_PACKETS], received);
}

/* One more or less was freed once too often or never. */
static int
check_buffers(void **state)
{
	RTE_SET_USED(state);
	fixture_settle();
	fixture_take_sent();
	return rte_mempool_avail_count(wire_pool) != FIXTURE_BUFFERS;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, settle, check_buffers)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_sender_without_a_tunnel_is_told_by_a_frame),
		TEST(the_least_mtu_counts),
		TEST(a_sender_is_told_in_its_tunnel),
		TEST(the_packet_is_held_until_it_is_reported),
		TEST(the_sender_of_a_shard_is_told),
		TEST(a_sender_is_told_in_its_segment_by_a_frame_to_its_station),
		TEST(a_packet_that_fits_everybody_causes_no_message),
		TEST(a_sender_is_told_again_when_that_is_due),
		TEST(the_next_message_is_due_later),
		TEST(all_messages_together_have_a_limit),
		TEST(a_sender_that_has_left_is_not_told),
		TEST(a_message_counts_as_one_of_the_hub),
	};

	return cmocka_run_group_tests(tests, start_hub, fixture_end);
}
