/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * For any frames and both configurations: the hub sends only well-formed frames, its counters
 * balance, and every buffer returns.
 *
 * The input is a pcap file, so that tcpdump shows a finding. If a record's seconds are odd, it
 * selects the second configuration. If they have bit 2, the record is no frame but what the agent
 * says: a digit for the command, and its parameters. Bytes beyond its length on the wire form a
 * second segment.
 */

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ether.h>

#include <rte_cycles.h>

#include "control/domain.h"
#include "control/placement/drain.h"
#include "control/placement/placement.h"
#include "datapath/counters.h"
#include "datapath/link.h"
#include "fib/placement.h"
#include "telemetry/commands.h"
#include "test/hub_fixture.h"
#include "test/hub_mutator.h"

#define FRAMES 128
#define ROOM UINT32_C(2048)

/* Of seconds. */
#define AGENT_SAYS 4

#define AMT_HEADER_LEN 12

#define PCAP_HEADER_LEN 24
#define PCAP_RECORD_LEN 16

#ifdef OVER_IPV6
#define PORT6 "\"address6\":\"fd00::10/64\",\"gateway6\":\"ra\","
#define MEMBERS6                                                                            \
	"{\"name\":\"plain6\",\"address\":\"fd00::11\",\"mac\":\"02:00:00:00:00:11\"},"     \
	"{\"name\":\"gre6\",\"address\":\"fd00::12\",\"encap\":\"gre\",\"mtu\":1280,"       \
	"\"overlay6\":\"fd00:a::12\"},"                                                     \
	"{\"name\":\"fou6\",\"address\":\"2001:db8::13\",\"encap\":\"gre-udp\",\"key\":7}," \
	"{\"name\":\"vx6\",\"address\":\"2001:db8::14\",\"encap\":\"vxlan\",\"vni\":100},"  \
	"{\"name\":\"sock6\",\"address\":\"2001:db8::15\",\"encap\":\"udp\",\"udp_port\":5000},"
#define OTHER_MEMBERS6                                                       \
	"{\"name\":\"gre6\",\"address\":\"2001:db8::12\",\"encap\":\"gre\"," \
	"\"overlay6\":\"fd00:a::12\"},"                                      \
	"{\"name\":\"fou6\",\"address\":\"fd00::12\",\"encap\":\"gre-udp\"},"
#define ADMIT6                                                                   \
	"{\"prefix\":\"fd00::8000/113\",\"encap\":[\"l2\",\"gre\",\"gre-udp\"]," \
	"\"max_members\":4},"
#define AMT6 "\"fd00::8000/113\",\"2001:db8::/64\","
#else
#define PORT6 ""
#define MEMBERS6 ""
#define OTHER_MEMBERS6 ""
#define ADMIT6 ""
#define AMT6 ""
#endif

#define WIRING                                                                            \
	"\"ports\":[{\"device\":\"net_ring_wire0\",\"address\":\"10.0.0.10/24\","         \
	"\"gateway\":\"10.0.0.1\"," PORT6 "\"gateway_mac\":\"02:00:00:00:00:01\"}],"      \
	"\"lcores\":{\"rx\":[1],\"tx\":[2]},"                                             \
	"\"limits\":{\"members\":32,\"groups\":32,\"mbufs\":1024},"                       \
	"\"overlay\":{\"address\":\"192.168.10.254/24\",\"address6\":\"fd00:a::fe/64\"}," \
	"\"domain\":{\"name\":\"floor\",\"hub\":\"alpha\",\"etcd\":[\"http://h\"],"       \
	"\"coalesce_us\":1000,\"members\":\"shared\"},"

static const char *const empty = "{" WIRING "\"igmp\":false,\"mld\":false}";

static const char *const texts[] = {
	"{" WIRING "\"members\":["
	"{\"name\":\"alpha\",\"address\":\"10.0.0.11\"},"
	"{\"name\":\"beta\",\"address\":\"10.0.0.12\",\"mac\":\"02:00:00:00:00:0c\"},"
	"{\"name\":\"gamma\",\"address\":\"10.0.0.13\",\"encap\":\"gre\",\"key\":7,"
	"\"overlay\":\"192.168.10.13\",\"overlay6\":\"fd00:a::13\"},"
	"{\"name\":\"delta\",\"address\":\"10.9.0.14\",\"encap\":\"gre\",\"overlay\":\"192.168.10."
	"14\",\"overlay6\":\"fd00:a::14\"},"
	"{\"name\":\"ear\",\"address\":\"10.9.0.15\",\"encap\":\"gre\",\"role\":\"receiver\","
	"\"mtu\":576},"
	"{\"name\":\"mouth\",\"address\":\"10.9.0.16\",\"encap\":\"gre\",\"role\":\"sender\","
	"\"overlay\":\"192.168.10.16\",\"overlay6\":\"fd00:a::16\"},"
	"{\"name\":\"fou\",\"address\":\"10.9.0.17\",\"encap\":\"gre-udp\",\"key\":7},"
	"{\"name\":\"sock\",\"address\":\"10.9.0.18\",\"encap\":\"udp\",\"udp_port\":5000,"
	"\"mtu\":576},"
	"{\"name\":\"vx1\",\"address\":\"10.9.0.19\",\"encap\":\"vxlan\",\"vni\":100,"
	"\"overlay\":\"192.168.10.19\",\"overlay6\":\"fd00:a::19\"},"
	"{\"name\":\"vx2\",\"address\":\"10.9.0.20\",\"encap\":\"vxlan\",\"vni\":100,\"mtu\":576}"
	"," MEMBERS6 "{\"name\":\"vx3\",\"address\":\"10.9.0.21\",\"encap\":\"vxlan\",\"vni\":200,"
	"\"udp_port\":8472}],"
	"\"groups\":[{\"group\":\"232.8.8.8\",\"members\":[\"*\"]},"
	"{\"group\":\"239.1.0.0/16\",\"members\":[\"gamma\",\"ear\"],"
	"\"senders\":[\"beta\",\"10.9.0.14/32\"]},"
	"{\"group\":\"239.2.2.2\",\"sources\":[\"192.168.10.13\"],\"members\":[\"alpha\",\"beta\"]}"
	",{\"group\":\"ff05::1\",\"members\":[\"*\"]},"
	"{\"group\":\"ff05::2\",\"sources\":[\"fd00::1\"],\"members\":[\"ear\",\"vx1\"]},"
	"{\"group\":\"ff0e::/16\",\"members\":[\"gamma\",\"vx2\"],\"senders\":[\"delta\"]}],"
	"\"broadcast\":{\"members\":[\"*\"]},"
	"\"amt\":{\"prefixes\":[" AMT6 "\"10.0.0.64/26\",\"10.9.0.0/16\"]},"
	"\"admit\":[" ADMIT6
	"{\"prefix\":\"10.0.0.64/26\",\"encap\":[\"l2\",\"gre\"],\"max_members\":4}]}",

	"{" WIRING "\"members\":["
	"{\"name\":\"beta\",\"address\":\"10.0.0.12\",\"encap\":\"gre\"},"
	"{\"name\":\"gamma\",\"address\":\"10.0.0.13\",\"encap\":\"gre\",\"key\":7,"
	"\"overlay\":\"192.168.10.14\",\"overlay6\":\"fd00:a::14\"},"
	"{\"name\":\"delta\",\"address\":\"10.9.0.14\",\"encap\":\"gre\",\"overlay\":\"192.168.10."
	"13\",\"overlay6\":\"fd00:a::13\"},"
	"{\"name\":\"vx1\",\"address\":\"10.9.0.19\",\"encap\":\"vxlan\",\"vni\":100,"
	"\"role\":\"receiver\"},"
	"{\"name\":\"vx2\",\"address\":\"10.9.0.20\",\"encap\":\"vxlan\",\"vni\":100,"
	"\"role\":\"sender\"},"
	"{\"name\":\"vx3\",\"address\":\"10.9.0.21\",\"encap\":\"vxlan\",\"vni\":100,"
	"\"udp_port\":8472}," OTHER_MEMBERS6 "{\"name\":\"one\",\"address\":\"10.0.0.65\"}],"
	"\"groups\":[{\"group\":\"232.0.0.0/8\",\"members\":[\"*\"],\"senders\":[\"gamma\"]}],"
	"\"igmp\":{\"immediate_leave\":true,\"strict_ssm\":true,\"max_groups_per_member\":2},"
	"\"unknown_groups\":\"flood\",\"ttl\":\"decrement\"}",
};

struct reader {
	const uint8_t *at;
	size_t left;
};

struct record {
	uint32_t second;
	uint32_t first_segment;
	const uint8_t *frame;
	uint32_t length;
};

int
LLVMFuzzerInitialize(int *argc, char ***argv);
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static uint32_t
read_le32(const uint8_t *at)
{
	return at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
}

static bool
read_record(struct reader *reader, struct record *record)
{
	const uint8_t *header = reader->at;

	if (reader->left < PCAP_RECORD_LEN)
		return false;
	record->second = read_le32(header);
	record->frame = header + PCAP_RECORD_LEN;
	record->length = RTE_MIN(read_le32(header + 8), reader->left - PCAP_RECORD_LEN);
	record->length = RTE_MIN(record->length, 2 * ROOM);
	record->first_segment = RTE_MIN(read_le32(header + 12), record->length);
	record->first_segment = RTE_MIN(record->first_segment, ROOM);
	reader->at += PCAP_RECORD_LEN + record->length;
	reader->left -= PCAP_RECORD_LEN + record->length;
	return record->length != 0;
}

static bool
is_fragment(const uint8_t *frame, uint32_t length)
{
	struct mcr_packet packet;

	mcr_classify_frame(&hub.ports.at[0].classify, frame, length, &packet);
	return packet.verdict == MCR_VERDICT_FRAGMENT;
}

/* A frame on the heap, where ASan sees what is read beyond it. */
struct heap_frame {
	struct rte_mbuf_ext_shared_info shared;
	uint8_t *room;
};

static void
free_heap_frame(void *room, void *opaque)
{
	struct heap_frame *frame = opaque;

	require(room == frame->room);
	free(frame->room);
	free(frame);
}

static void
move_to_heap(struct rte_mbuf *segment, uint32_t length)
{
	struct heap_frame *frame = calloc(1, sizeof(*frame));

	require(frame != NULL);
	frame->room = malloc(RTE_PKTMBUF_HEADROOM + length);
	require(frame->room != NULL);
	frame->shared.free_cb = free_heap_frame;
	frame->shared.fcb_opaque = frame;
	rte_mbuf_ext_refcnt_set(&frame->shared, 1);
	rte_pktmbuf_attach_extbuf(
		segment, frame->room, RTE_BAD_IOVA, RTE_PKTMBUF_HEADROOM + length, &frame->shared);
	segment->data_off = RTE_PKTMBUF_HEADROOM;
}

/* The hub must not read beyond the frame, but may move a second segment or fragment there. */
static struct rte_mbuf *
make_segment(const uint8_t *bytes, uint32_t length, bool is_whole)
{
	struct rte_mbuf *segment = rte_pktmbuf_alloc(wire_pool);

	require(segment != NULL);
	segment->port = hub.ports.at[0].id;
	if (is_whole)
		move_to_heap(segment, length);
	memcpy(rte_pktmbuf_append(segment, length), bytes, length);
	return segment;
}

static struct rte_mbuf *
make_chain(const uint8_t *bytes, uint32_t length, uint32_t first_segment)
{
	struct rte_mbuf *frame, *rest;

	if (first_segment == 0)
		first_segment = RTE_MIN(length, ROOM);
	frame = make_segment(
		bytes, first_segment, first_segment == length && !is_fragment(bytes, length));
	if (first_segment == length)
		return frame;
	length = RTE_MIN(length - first_segment, ROOM);
	rest = make_segment(bytes + first_segment, length, false);
	require(rte_pktmbuf_chain(frame, rest) == 0);
	return frame;
}

static void
fix_checksum(uint8_t *field, const uint8_t *bytes, size_t length)
{
	rte_be16_t checksum;

	memset(field, 0, sizeof(checksum));
	checksum = mcr_checksum(bytes, length);
	memcpy(field, &checksum, sizeof(checksum));
}

/* ICMP, also behind a hop-by-hop header of 8 bytes, and UDP. */
static void
fix_ipv6(uint8_t *ip, size_t length)
{
	const struct mcr_ipv6_info info = mcr_ipv6_parse(ip, length);
	const uint8_t skipped = info.next_header == IPPROTO_HOPOPTS ? 8 : 0;
	const uint8_t protocol = skipped != 0 ? IPPROTO_ICMPV6 : info.next_header;
	const uint8_t at = protocol == IPPROTO_UDP ? 6 : 2;
	uint8_t *message = ip + MCR_IPV6_HEADER_LEN + skipped;
	rte_be16_t checksum;

	if (info.total_len < MCR_IPV6_HEADER_LEN + skipped + 8u ||
		(protocol != IPPROTO_ICMPV6 && protocol != IPPROTO_UDP))
		return;
	memset(message + at, 0, sizeof(checksum));
	checksum = mcr_ipv6_checksum(
		ip, message, info.total_len - MCR_IPV6_HEADER_LEN - skipped, protocol);
	memcpy(message + at, &checksum, sizeof(checksum));
}

static void
fix_ip(uint8_t *ip, size_t length)
{
	const struct mcr_ipv4_info info = mcr_ipv4_parse(ip, length);
	const uint32_t payload = info.total_len - info.header_len;

	if (info.header_len == 0) {
		fix_ipv6(ip, length);
		return;
	}
	fix_checksum(ip + 10, ip, info.header_len);
	if ((info.protocol == IPPROTO_IGMP || info.protocol == IPPROTO_ICMP) && payload >= 8)
		fix_checksum(ip + info.header_len + 2, ip + info.header_len, payload);
}

/* What a message of AMT carries behind its type, MAC and nonce. */
static void
fix_update(uint8_t *ip, size_t length)
{
	const uint32_t offset = AMT_HEADER_LEN + MCR_UDP_HEADER_LEN +
	                        (mcr_ip_is_ipv6(ip) ? MCR_IPV6_HEADER_LEN : MCR_IPV4_HEADER_LEN);

	if (length <= offset)
		return;
	fix_ip(ip + offset, length - offset);
	fix_ip(ip, length);
}

/* Mutations seldom hit MAC and checksums: set them, so that the frame gets past their checks. */
static void
fix_frame(uint8_t *frame, uint32_t length)
{
	struct mcr_packet packet;

	memcpy(frame, &hub.ports.at[0].mac, RTE_ETHER_ADDR_LEN);
	fix_ip(frame + RTE_ETHER_HDR_LEN, length - RTE_ETHER_HDR_LEN);
	mcr_classify_frame(&hub.ports.at[0].classify, frame, length, &packet);
	if (packet.verdict == MCR_VERDICT_PUNT && packet.punt == MCR_PUNT_AMT)
		fix_update(frame + RTE_ETHER_HDR_LEN, length - RTE_ETHER_HDR_LEN);
	if (packet.verdict == MCR_VERDICT_LINK)
		packet.inner_offset += frame[packet.inner_offset] >> 4 == MCR_LINK_VERSION_IPV6
		                               ? MCR_LINK_RECORD_MAX
		                               : MCR_LINK_RECORD_LEN;
	if (packet.inner_len != 0 && packet.inner_offset > RTE_ETHER_HDR_LEN &&
		packet.inner_offset < length)
		fix_ip(frame + packet.inner_offset, length - packet.inner_offset);
}

static struct rte_mbuf *
make_repaired(const struct record *record)
{
	uint8_t bytes[2 * ROOM];

	memcpy(bytes, record->frame, record->length);
	if (record->length > RTE_ETHER_HDR_LEN)
		fix_frame(bytes, record->length);
	return make_chain(bytes, record->length, record->first_segment);
}

/* Messages of neighbour discovery (RFC 4861), with a hop limit that nothing else is sent with, and
 * reports of solicited-node groups, behind options. */
static bool
is_discovery(const uint8_t *frame, uint32_t length)
{
	const uint8_t *const ip = frame + RTE_ETHER_HDR_LEN;
	const struct mcr_ipv6_info info = mcr_ipv6_parse(ip, length - RTE_ETHER_HDR_LEN);

	if (mcr_read_be16(ip - 2) != RTE_ETHER_TYPE_IPV6 || info.total_len == 0)
		return false;
	if (info.next_header == IPPROTO_HOPOPTS)
		return info.hop_limit == 1 && mcr_ipv6_is_solicited_node(ip + MCR_IPV6_DESTINATION);
	return info.next_header == IPPROTO_ICMPV6 && info.hop_limit == UINT8_MAX;
}

/* Rules of clouds: frames come from the port's MAC and are unicast, except ARP and neighbour
 * discovery. */
static void
check_headers(const uint8_t *frame, uint32_t length)
{
	const uint8_t *ip = frame + RTE_ETHER_HDR_LEN;
	struct mcr_ipv4_info info;

	require(memcmp(frame + RTE_ETHER_ADDR_LEN, &hub.ports.at[0].mac, RTE_ETHER_ADDR_LEN) == 0);
	if (mcr_read_be16(frame + 2 * RTE_ETHER_ADDR_LEN) == RTE_ETHER_TYPE_ARP)
		return;
	if (is_discovery(frame, length))
		return;
	require(!rte_is_multicast_ether_addr((const struct rte_ether_addr *)frame));
	if (mcr_read_be16(frame + 2 * RTE_ETHER_ADDR_LEN) == RTE_ETHER_TYPE_IPV6) {
		require(mcr_ipv6_parse(ip, length - RTE_ETHER_HDR_LEN).total_len != 0);
		return;
	}
	info = mcr_ipv4_parse(ip, length - RTE_ETHER_HDR_LEN);
	require(info.header_len != 0 && mcr_ipv4_checksum_is_right(ip, info.header_len));
}

static void
check_sent(const struct rte_mbuf *sent)
{
	uint8_t frame[2 * ROOM];
	const char *reason;
	uint32_t length = 0;

	require(rte_mbuf_check(sent, 1, &reason) == 0 && sent->pkt_len <= sizeof(frame));
	for (; sent != NULL; sent = sent->next) {
		memcpy(frame + length, rte_pktmbuf_mtod(sent, const void *), sent->data_len);
		length += sent->data_len;
	}
	require(length > RTE_ETHER_HDR_LEN);
	check_headers(frame, length);
}

/* Another hub, whose frames come from 10.9.0.30, wants all groups and a segment and nothing else.
 */
static void
want_all(void)
{
	const struct mcr_group_key all = {.group = MCR_GROUP_FALLBACK};
	const struct mcr_interest_key keys[] = {
		{.kind = MCR_INTEREST_GROUP, .group = all},
		{.kind = MCR_INTEREST_SEGMENT, .number = 100},
		{.kind = MCR_INTEREST_HOST, .number = MCR_IPV4(192, 168, 10, 99)},
	};

	const struct mcr_peer *peer = mcr_domain_find_peer(hub.control, "beta");

	mcr_domain_begin_sync(hub.control, peer);
	for (unsigned int i = 0; i < RTE_DIM(keys); i++)
		require(mcr_domain_set_interest(hub.control, peer, &keys[i], MCR_INTEREST_WANTS) ==
			0);
	mcr_domain_end_sync(hub.control, peer);
	require(mcr_fib_commit_groups(&hub.fib) == 0);
}

/* Whatever hellos came: their sessions run, and then the peer is up again. */
static void
run_links(void)
{
	mcr_link_poll(hub.workers.tx_lcores[0], rte_get_timer_cycles());
	hub.fib.peers->at[0]->state = MCR_LINK_UP;
	hub.fib.peers->at[0]->carries = true;
	hub.fib.peers->at[0]->accepts = true;
	fixture_settle();
}

/* This hub alone serves all members, in any phase; then a part of them, if at all, and the rest
 * with one tag or with both. */
static void
place_members(uint8_t how)
{
	struct mcr_placement *placement = hub.fib.placement;
	struct mcr_hubs *hubs = mcr_placements_hubs(hub.control);
	const struct mcr_handover handover = {
		.generation = how & 1, .phase = MCR_HANDOVER_PREPARE + how % 3};

	mcr_drain_end(hub.control);
	require(mcr_hubs_stage(hubs, hub.fib.peers->id, 3, 0) == 0);
	require(mcr_hubs_stage(hubs, mcr_link_hub_id("floor", "beta"), 0, 0) == 0);
	mcr_placements_take(hub.control, &handover);
	fixture_settle();
	for (uint32_t i = 0; i < placement->members; i++)
		mcr_placement_set_mask(placement, i, ((how >> 2) + i) & MCR_PLACEMENT_ALWAYS);
	mcr_placement_set_tag(placement, how & 1);
	mcr_placement_set_filters(placement, (how & 2) != 0);
}

/* The Response MACs in a corpus stay right. */
static bool
fill_with_fives(void *bytes, size_t length)
{
	memset(bytes, 5, length);
	return true;
}

/* Its reference stays. */
static uint32_t
address_of_peer(void)
{
#ifdef OVER_IPV6
	const struct in6_addr address = {.s6_addr = {0xfd, [15] = 0x30}};

	return mcr_address_get(&address, MCR_IPV6_LENGTH);
#else
	return MCR_IPV4(10, 9, 0, 30);
#endif
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	RTE_SET_USED(argc);
	RTE_SET_USED(argv);
	require(fixture_start(&(struct hub_fixture){
			.config = empty, .ports = 1, .lcores = 3, .on_sent = check_sent}) == 0);
	hub.control->fill_random = fill_with_fives;
	require(mcr_domain_set_peer(hub.control, "beta", address_of_peer()) == NULL);
	return 0;
}

static void
use_config(const char *text)
{
	require(fixture_reload(fixture_parse(text)) == 0);
	fixture_pass_grace_period();
}

static void
say(const struct record *record)
{
	static const mcr_telemetry_handler commands[] = {
		mcr_telemetry_peer_interest,
		mcr_telemetry_peer_sync,
		mcr_telemetry_peer_serves,
		mcr_telemetry_peer_reach,
		mcr_telemetry_placement,
		mcr_telemetry_drain,
		mcr_telemetry_member,
		mcr_telemetry_domain_state,
	};
	const uint32_t length = RTE_MIN(record->length - 1, 1023u);
	struct rte_tel_data *answer = rte_tel_data_alloc();
	/* Exact, so that whatever is read beyond it is found. */
	char *text = calloc(1, length + 1);

	require(answer != NULL && text != NULL);
	memcpy(text, record->frame + 1, length);
	commands[(uint8_t)(record->frame[0] - '0') % RTE_DIM(commands)](hub.control, text, answer);
	free(text);
	rte_tel_data_free(answer);
	fixture_settle();
}

static void
play(const struct record *record)
{
	struct rte_mbuf *frames[] = {
		make_chain(record->frame, record->length, record->first_segment),
		make_repaired(record),
	};

	for (unsigned int i = 0; i < RTE_DIM(frames); i++)
		fixture_put_on_wire(0, frames[i]);
}

static void
play_all(struct reader *reader)
{
	const char *now = texts[0];
	struct record record;

	for (unsigned int i = 1; i <= FRAMES && read_record(reader, &record); i++) {
		const char *next = texts[record.second % RTE_DIM(texts)];

		if (next != now) {
			/* The change makes waiting jobs stale. */
			fixture_receive();
			use_config(next);
			now = next;
		}
		if ((record.second & AGENT_SAYS) != 0)
			say(&record);
		else
			play(&record);
		if (i % MCR_RX_BURST == 0)
			fixture_settle();
	}
}

/* Waiting fragments are counted when they expire. */
static void
give_up_table(struct mcr_reassembly *reassembly)
{
	while (reassembly != NULL && reassembly->held != 0)
		mcr_reassembly_expire(reassembly, UINT64_MAX);
}

static void
give_up_fragments(void)
{
	for (uint16_t i = 0; i < hub.workers.count; i++) {
		give_up_table(hub.workers.lcores[i].rx.reassembly);
		give_up_table(hub.workers.lcores[i].rx.unknown_senders);
	}
}

static void
check_counters(void)
{
	struct mcr_stats sum;

	mcr_counters_sum(&hub.workers, &sum);
	require(sum.counts[MCR_STAT_RX_PACKETS] + sum.counts[MCR_STAT_RX_COALESCED] +
			sum.counts[MCR_STAT_REASSEMBLED_PACKETS] ==
		sum.counts[MCR_STAT_DATA_PACKETS] + sum.counts[MCR_STAT_UNICAST_PACKETS] +
			sum.counts[MCR_STAT_CONTROL_PACKETS] + sum.counts[MCR_STAT_RX_FRAGMENTS] +
			mcr_stats_rx_drops(&sum));
	require(sum.counts[MCR_STAT_COPIES] + sum.counts[MCR_STAT_TX_FRAGMENTS] ==
		sum.counts[MCR_STAT_TX_DATA_PACKETS] + sum.counts[MCR_STAT_TX_COALESCED] +
			mcr_stats_copy_drops(&sum));
}

static void
check_pool(const struct rte_mempool *pool)
{
	require(pool == NULL || rte_mempool_in_use_count(pool) == 0);
}

static void
check_pools(void)
{
	check_pool(wire_pool);
	check_pool(hub.ports.whole_pool);
	for (unsigned int i = 0; i < RTE_DIM(hub.ports.rx_pools); i++)
		check_pool(hub.ports.rx_pools[i]);
	for (uint16_t i = 0; i < hub.workers.count; i++) {
		check_pool(hub.workers.lcores[i].tx.replicate.copy_pool);
		check_pool(hub.workers.lcores[i].tx.replicate.header_pool);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader reader = {data + PCAP_HEADER_LEN, size - PCAP_HEADER_LEN};

	if (size < PCAP_HEADER_LEN)
		return 0;
	use_config(texts[0]);
	want_all();
	place_members(size);
	fixture_settle();
	run_links();
	play_all(&reader);
	fixture_settle();
	hub.fib.peers->coalesce_us = 0;
	run_links();
	give_up_fragments();
	check_counters();
	check_pools();
	/* Forget what was learned and admitted, so that a finding needs only its own input. */
	use_config(empty);
	return 0;
}
