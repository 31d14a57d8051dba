/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * A whole hub, alpha of the domain "floor", whose peers beta and gamma are the test. With
 * FAMILY_IPV6 the links are over IPv6, and the addresses of peers stand for fd00::N.
 */

#ifndef MCR_TEST_LINK_FIXTURE_H
#define MCR_TEST_LINK_FIXTURE_H

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <mcr_address.h>
#include <rte_arp.h>
#include <rte_cycles.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include "control/domain.h"
#include "datapath/counters.h"
#include "datapath/link.h"
#include "test/hub_fixture.h"

#define HUB MCR_IPV4(10, 0, 0, 10)
#define BETA MCR_IPV4(10, 0, 0, 20)
#define GAMMA MCR_IPV4(10, 0, 0, 30)
#define HELLO_US 50000
#define DETECTION_US (3 * HELLO_US)
#define HOLD_US (DETECTION_US + 3 * HELLO_US) /* with lists of one page */

#define LINK_FIXTURE_DOMAIN \
	"\"domain\":{\"name\":\"floor\",\"hub\":\"alpha\",\"etcd\":[\"http://127.0.0.1:2379\"]},"

/* What is outside of UDP. */

#ifdef FAMILY_IPV6

/** A key of the port. */
#define LINK_FIXTURE_ADDRESS6 "\"address6\":\"fd00::a/64\","
#define LINK_FIXTURE_IP_LEN MCR_IPV6_HEADER_LEN

static inline struct in6_addr
peer_address(uint32_t address)
{
	const uint8_t first = mcr_ipv4_is_multicast(address) ? 0xff : 0xfd;

	return (struct in6_addr){.s6_addr = {first, 0, [14] = address >> 8 & 0xff, address & 0xff}};
}

/* As the agent does. */
static inline const char *
set_peer(const char *name, uint32_t address)
{
	const struct in6_addr ipv6 = peer_address(address);
	const uint32_t number = mcr_address_get(&ipv6, MCR_IPV6_LENGTH);
	const char *error = mcr_domain_set_peer(hub.control, name, number);

	mcr_address_drop(number);
	return error;
}

static inline uint8_t *
append_ipv6(struct rte_mbuf *frame, uint32_t sender, uint8_t protocol, uint16_t payload)
{
	const struct in6_addr from = peer_address(sender), to = peer_address(HUB);
	uint8_t *ip = (uint8_t *)rte_pktmbuf_append(frame, MCR_IPV6_HEADER_LEN);

	mcr_write_be16(ip - 2, RTE_ETHER_TYPE_IPV6);
	mcr_write_be32(ip, 6u << 28);
	mcr_write_be16(ip + 4, payload);
	ip[6] = protocol;
	ip[7] = protocol == IPPROTO_ICMPV6 ? 255 : 64;
	memcpy(ip + MCR_IPV6_SOURCE, &from, sizeof(from));
	memcpy(ip + MCR_IPV6_DESTINATION, &to, sizeof(to));
	return ip;
}

static inline void
append_link_ip(struct rte_mbuf *frame, uint32_t sender, uint16_t payload)
{
	append_ipv6(frame, sender, IPPROTO_UDP, payload);
}

/* An advertisement that was solicited, with the MAC. */
static inline void
answer_for(uint32_t address)
{
	struct rte_mbuf *frame = fixture_make_frame(0, address);
	uint8_t *ip = append_ipv6(frame, address, IPPROTO_ICMPV6, 32);
	uint8_t icmp[32] = {136, [4] = 0x60, [24] = 2, 1};
	rte_be16_t checksum;

	memcpy(icmp + 8, ip + MCR_IPV6_SOURCE, MCR_IPV6_ADDRESS_LEN);
	memcpy(icmp + 26, ip - 8, RTE_ETHER_ADDR_LEN);
	checksum = mcr_ipv6_checksum(ip, icmp, sizeof(icmp), IPPROTO_ICMPV6);
	memcpy(icmp + 2, &checksum, sizeof(checksum));
	memcpy(rte_pktmbuf_append(frame, sizeof(icmp)), icmp, sizeof(icmp));
	fixture_put_on_wire(0, frame);
}

/** A link frame, as it is now. */
static inline void
put_link_on_wire(struct rte_mbuf *frame)
{
	uint8_t *ip = rte_pktmbuf_mtod_offset(frame, uint8_t *, RTE_ETHER_HDR_LEN);
	uint8_t *udp = ip + MCR_IPV6_HEADER_LEN;
	rte_be16_t checksum;

	memset(udp + 6, 0, sizeof(checksum));
	checksum = mcr_ipv6_checksum(ip, udp, mcr_read_be16(ip + 4), IPPROTO_UDP);
	memcpy(udp + 6, &checksum, sizeof(checksum));
	fixture_put_on_wire(0, frame);
}

#else

#define LINK_FIXTURE_ADDRESS6 ""
#define LINK_FIXTURE_IP_LEN sizeof(struct rte_ipv4_hdr)

static inline const char *
set_peer(const char *name, uint32_t address)
{
	return mcr_domain_set_peer(hub.control, name, address);
}

static inline void
append_link_ip(struct rte_mbuf *frame, uint32_t sender, uint16_t payload)
{
	fixture_append_ipv4(frame, sender, HUB, IPPROTO_UDP, payload, 0);
}

static inline void
answer_for(uint32_t address)
{
	struct rte_mbuf *frame = fixture_make_arp_request(0, address, HUB);
	struct rte_arp_hdr *arp =
		rte_pktmbuf_mtod_offset(frame, struct rte_arp_hdr *, RTE_ETHER_HDR_LEN);

	arp->arp_opcode = RTE_BE16(RTE_ARP_OP_REPLY);
	arp->arp_data.arp_tha = hub.ports.at[0].mac;
	fixture_put_on_wire(0, frame);
}

static inline void
put_link_on_wire(struct rte_mbuf *frame)
{
	fixture_put_on_wire(0, frame);
}

#endif

/** What left the hub for an address; neither hellos nor IGMP. */
struct link_fixture_sent {
	unsigned int count;
	uint16_t length;
	uint8_t bytes[2048];           /**< of the last frame */
	struct mcr_link_record record; /**< the last of it; offset from bytes */
	uint32_t key;
};

/** By the last byte of the next hop's MAC, which is that of its address. */
static struct link_fixture_sent sent[256];
static unsigned int link_frames; /**< without hellos */
static uint32_t last_sequence;   /**< of the last link frame, hellos included */
static struct mcr_link_hello last_hello;
static uint64_t now_us = 1000000;
static uint32_t betas, gammas; /**< next sequence numbers */
static uint16_t list_version;  /**< of the lists of both peers */

static inline unsigned int
copies_to(uint32_t address)
{
	return sent[address & 0xff].count;
}

/* @return How many packets are in it. */
static inline unsigned int
look_at_link(struct link_fixture_sent *to)
{
	const uint8_t *gre =
		to->bytes + RTE_ETHER_HDR_LEN + LINK_FIXTURE_IP_LEN + sizeof(struct rte_udp_hdr);
	uint32_t at = gre + 12 - to->bytes;
	unsigned int packets = 0;

	assert_int_equal(mcr_read_be16(gre - 6), MCR_GRE_UDP_PORT);
	assert_int_equal(mcr_read_be16(gre), MCR_GRE_KEY_PRESENT | MCR_GRE_SEQUENCE_PRESENT);
	assert_int_equal(mcr_read_be16(gre + 2), MCR_GRE_LINK);
	to->key = mcr_read_be32(gre + 4);
	last_sequence = mcr_read_be32(gre + 8);
	while (at < to->length) {
		assert_true(mcr_link_read_record(to->bytes, &at, to->length, &to->record));
		packets++;
	}
	if (to->record.kind != MCR_LINK_HELLO)
		return packets;
	assert_true(
		mcr_link_read_hello(to->bytes + to->record.offset, to->record.length, &last_hello));
	return 0;
}

/* @return Of IPv6, what the address stands for; 0: the frame is a message of its link, or IGMP. */
static inline uint32_t
destination_of(const struct rte_ether_hdr *ethernet)
{
	const struct rte_ipv4_hdr *ip = (const void *)(ethernet + 1);
	const uint8_t *ipv6 = (const uint8_t *)ip;

	if (ethernet->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV6) && ipv6[6] == IPPROTO_UDP)
		return MCR_IPV4(10, 0, ipv6[38], ipv6[39]);
	if (ethernet->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4) &&
		ip->next_proto_id != IPPROTO_IGMP)
		return rte_be_to_cpu_32(ip->dst_addr);
	return 0;
}

static inline void
look_at_frame(const struct rte_mbuf *frame)
{
	uint8_t bytes[sizeof(sent[0].bytes)];
	const uint16_t length = RTE_MIN(frame->pkt_len, sizeof(bytes));
	const struct rte_ether_hdr *ethernet = rte_pktmbuf_read(frame, 0, length, bytes);
	const uint32_t destination = destination_of(ethernet);
	struct link_fixture_sent *to;
	unsigned int packets;

	if (destination == 0)
		return;
	to = &sent[ethernet->dst_addr.addr_bytes[RTE_ETHER_ADDR_LEN - 1]];
	memcpy(to->bytes, ethernet, length);
	to->length = length;
	if (destination != BETA && destination != GAMMA) {
		to->count++;
		return;
	}
	packets = look_at_link(to);
	to->count += packets;
	link_frames += packets != 0;
}

static inline void
poll_links(void)
{
	mcr_link_poll(&hub.workers.lcores[0], now_us * (rte_get_timer_hz() / US_PER_S));
	fixture_settle();
}

static inline void
pass_us(uint64_t us)
{
	now_us += us;
	poll_links();
}

static inline const struct mcr_peer *
peer(const char *name)
{
	const struct mcr_peer *found = mcr_domain_find_peer(hub.control, name);

	assert_non_null(found);
	return found;
}

/* A link frame from a peer. @param length Of what follows the record. */
static inline struct rte_mbuf *
make_link_frame(uint32_t address, uint32_t key, uint32_t sequence,
	const struct mcr_link_record *record, const void *body)
{
	struct rte_mbuf *frame = fixture_make_frame(0, address);
	const uint16_t gre_len = 8 + mcr_link_prefix_len(record) + record->length;
	struct rte_udp_hdr *udp;
	uint8_t *gre;

	append_link_ip(frame, address, sizeof(*udp) + gre_len);
	udp = (void *)rte_pktmbuf_append(frame, sizeof(*udp));
	*udp = (struct rte_udp_hdr){
		.src_port = RTE_BE16(50000),
		.dst_port = RTE_BE16(MCR_GRE_UDP_PORT),
		.dgram_len = rte_cpu_to_be_16(sizeof(*udp) + gre_len),
	};
	gre = (uint8_t *)rte_pktmbuf_append(frame, gre_len);
	mcr_write_be16(gre, MCR_GRE_KEY_PRESENT | MCR_GRE_SEQUENCE_PRESENT);
	mcr_write_be16(gre + 2, MCR_GRE_LINK);
	mcr_write_be32(gre + 4, key);
	mcr_link_write_prefix(gre + 8, sequence, record);
	memcpy(gre + 8 + mcr_link_prefix_len(record), body, record->length);
	return frame;
}

/* @param page NULL: none. */
static inline void
send_hello_with_page(const char *name, uint32_t address, struct mcr_link_hello hello,
	const struct mcr_link_page *page)
{
	const struct mcr_link_record record = {
		.kind = MCR_LINK_HELLO,
		.length = MCR_LINK_HELLO_LEN + (page != NULL ? mcr_link_page_len(page->count) : 0),
	};
	uint8_t body[1500];

	hello.multiplier = 3;
	hello.interval = HELLO_US;
	hello.epoch = 7;
	mcr_link_write_hello(body, &hello);
	if (page != NULL)
		mcr_link_write_page(body + MCR_LINK_HELLO_LEN, page);
	put_link_on_wire(make_link_frame(address, mcr_link_hub_id("floor", name),
		address == BETA ? betas++ : gammas++, &record, body));
	fixture_receive();
	poll_links();
}

/* With an empty list, or as before in this version. */
static inline void
send_hello(const char *name, uint32_t address, struct mcr_link_hello hello)
{
	const struct mcr_link_page page = {
		.last = UINT32_MAX, .version = list_version, .ids = (const uint8_t *)""};

	send_hello_with_page(name, address, hello, &page);
}

static inline void
say_up(const char *name, uint32_t address)
{
	send_hello(name, address,
		(struct mcr_link_hello){.state = MCR_LINK_UP,
			.my_discriminator = address,
			.your_discriminator = peer(name)->session.self.discriminator});
}

static inline void
say_both_up(void)
{
	say_up("beta", BETA);
	say_up("gamma", GAMMA);
}

/* Both peers keep the link up. */
static inline void
pass_while_up(uint64_t us)
{
	for (; us > 20000; us -= 20000) {
		pass_us(20000);
		say_both_up();
	}
	pass_us(us);
}

static inline void
bring_up(const char *name, uint32_t address)
{
	const uint32_t mine = address;

	assert_null(set_peer(name, address));
	answer_for(address);
	fixture_settle();
	pass_us(HELLO_US);
	send_hello(name, address,
		(struct mcr_link_hello){.state = MCR_LINK_DOWN, .my_discriminator = mine});
	pass_us(HELLO_US);
	assert_int_equal(last_hello.your_discriminator, mine);
	send_hello(name, address,
		(struct mcr_link_hello){.state = MCR_LINK_INIT,
			.my_discriminator = mine,
			.your_discriminator = last_hello.my_discriminator});
	assert_int_equal(mcr_peer_state(peer(name)), MCR_LINK_UP);
}

/* The links begin to carry later. */
static inline int
bring_both_just_up(void **state)
{
	RTE_SET_USED(state);
	bring_up("beta", BETA);
	bring_up("gamma", GAMMA);
	say_both_up();
	memset(sent, 0, sizeof(sent));
	link_frames = 0;
	return 0;
}

static inline int
bring_both_up(void **state)
{
	bring_both_just_up(state);
	pass_while_up(HOLD_US);
	say_both_up();
	memset(sent, 0, sizeof(sent));
	link_frames = 0;
	return mcr_peer_carries(peer("beta")) && mcr_peer_carries(peer("gamma")) &&
	                       mcr_peer_accepts(peer("beta")) && mcr_peer_accepts(peer("gamma"))
	               ? 0
	               : -1;
}

static inline void
want_key(const char *name, const struct mcr_interest_key *key, enum mcr_interest interest)
{
	assert_int_equal(mcr_domain_set_interest(hub.control, peer(name), key, interest), 0);
	assert_int_equal(mcr_fib_commit_groups(&hub.fib), 0);
}

static inline void
want(const char *name, uint32_t group)
{
	const struct mcr_interest_key key = {
		.kind = MCR_INTEREST_GROUP, .group = {.group = group, .length = 32}};

	want_key(name, &key, MCR_INTEREST_WANTS);
}

static inline int
remove_both(void **state)
{
	static const char *const names[] = {"beta", "gamma"};

	RTE_SET_USED(state);
	for (unsigned int i = 0; i < RTE_DIM(names); i++) {
		struct mcr_peer *found = mcr_domain_find_peer(hub.control, names[i]);

		if (found != NULL && mcr_domain_remove_peer(hub.control, found) != NULL)
			return -1;
	}
	fixture_settle();
	return 0;
}

static inline struct mcr_stats
sum_stats(void)
{
	struct mcr_stats sum;

	mcr_counters_sum(&hub.workers, &sum);
	return sum;
}

static inline void
assert_balance(void)
{
	const struct mcr_stats sum = sum_stats();

	assert_int_equal(sum.counts[MCR_STAT_RX_PACKETS] + sum.counts[MCR_STAT_RX_COALESCED],
		sum.counts[MCR_STAT_DATA_PACKETS] + sum.counts[MCR_STAT_UNICAST_PACKETS] +
			sum.counts[MCR_STAT_CONTROL_PACKETS] + mcr_stats_rx_drops(&sum));
	assert_int_equal(sum.counts[MCR_STAT_COPIES], mcr_counters_sent(&hub.workers.lcores[0]) +
							      mcr_stats_copy_drops(&sum) +
							      sum.counts[MCR_STAT_TX_COALESCED]);
}

static inline uint64_t
drops_of(enum mcr_drop reason)
{
	return sum_stats().drops[reason];
}

/* From a member in a segment. */
static inline void
send_vxlan(uint32_t member, uint32_t vni, const void *inner, uint16_t length)
{
	const uint16_t headers = sizeof(struct rte_udp_hdr) + MCR_VXLAN_HEADER_LEN;
	struct rte_mbuf *frame = fixture_make_frame(0, member);
	struct rte_udp_hdr *udp;
	uint8_t *vxlan;

	fixture_append_ipv4(frame, member, HUB, IPPROTO_UDP, headers + length, 0);
	udp = (void *)rte_pktmbuf_append(frame, sizeof(*udp));
	*udp = (struct rte_udp_hdr){
		.src_port = RTE_BE16(50000),
		.dst_port = RTE_BE16(MCR_VXLAN_PORT),
		.dgram_len = rte_cpu_to_be_16(headers + length),
	};
	vxlan = (uint8_t *)rte_pktmbuf_append(frame, MCR_VXLAN_HEADER_LEN);
	mcr_write_be32(vxlan, MCR_VXLAN_VNI_PRESENT << 24);
	mcr_write_be32(vxlan + 4, vni << 8);
	memcpy(rte_pktmbuf_append(frame, length), inner, length);
	fixture_put_on_wire(0, frame);
	fixture_settle();
}

#endif
