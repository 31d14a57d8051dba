/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Test frames: put_*() appends a header, end_*() fills in its length and checksum. */

#ifndef MCR_CLASSIFY_FRAME_H
#define MCR_CLASSIFY_FRAME_H

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "mcr_classify.h"

#define HUB MCR_IPV4(10, 0, 0, 10)
#define SENDER MCR_IPV4(10, 0, 0, 11)
#define HUB_SUBNET MCR_IPV4(10, 0, 0, 255)
#define GROUP MCR_IPV4(239, 1, 1, 1)
#define ALL_ROUTERS MCR_IPV4(224, 0, 0, 2)
#define OVERLAY MCR_IPV4(192, 168, 9, 2)
#define VXLAN_PORT 8472
#define GRE_PORT 4754
#define RELAY_PORT 2269

static const uint8_t hub_mac[] = {0x02, 0, 0, 0, 0, 0x0a};
static const uint8_t sender_mac[] = {0x02, 0, 0, 0, 0, 0x0b};
static const uint8_t group_mac[] = {0x01, 0, 0x5e, 1, 1, 1};
static const uint8_t broadcast_mac[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

static uint8_t udp_encaps[MCR_CLASSIFY_UDP_PORTS] = {
	[GRE_PORT] = MCR_ENCAP_GRE_UDP,
	[VXLAN_PORT] = MCR_ENCAP_VXLAN,
	[RELAY_PORT] = MCR_ENCAP_AMT,
};

static struct mcr_classify_port port = {
	.mac = {{0x02, 0, 0, 0, 0, 0x0a}},
	.address = HUB,
	.broadcast = HUB_SUBNET,
	.udp_encaps = udp_encaps,
};

static uint8_t frame[2048];
static uint32_t frame_len;

static inline uint32_t
put_bytes(const void *bytes, uint32_t len)
{
	const uint32_t at = frame_len;

	memcpy(frame + at, bytes, len);
	frame_len += len;
	return at;
}

static inline uint32_t
put_zeros(uint32_t len)
{
	const uint32_t at = frame_len;

	memset(frame + at, 0, len);
	frame_len += len;
	return at;
}

static inline void
put_be16(uint16_t value)
{
	mcr_write_be16(frame + put_zeros(2), value);
}

static inline uint32_t
put_ethernet(const uint8_t *destination, uint16_t type)
{
	const uint32_t at = put_bytes(destination, RTE_ETHER_ADDR_LEN);

	put_bytes(sender_mac, sizeof(sender_mac));
	put_be16(type);
	return at;
}

static inline uint32_t
put_ipv4(uint32_t source, uint32_t destination, uint8_t protocol)
{
	const uint32_t at = put_zeros(MCR_IPV4_HEADER_LEN);
	uint8_t *const ip = frame + at;

	ip[0] = RTE_IPV4_VHL_DEF;
	ip[8] = 32;
	ip[9] = protocol;
	mcr_write_be32(ip + 12, source);
	mcr_write_be32(ip + 16, destination);
	return at;
}

static inline void
fix_checksum(uint32_t from, uint32_t len, uint32_t at)
{
	rte_be16_t checksum;

	mcr_write_be16(frame + at, 0);
	checksum = mcr_checksum(frame + from, len);
	memcpy(frame + at, &checksum, sizeof(checksum));
}

static inline void
fix_ipv4_checksum(uint32_t at)
{
	fix_checksum(at, (frame[at] & 0x0f) * 4, at + 10);
}

static inline void
end_ipv4(uint32_t at)
{
	mcr_write_be16(frame + at + 2, frame_len - at);
	fix_ipv4_checksum(at);
}

static inline uint32_t
put_packet(uint32_t source, uint32_t destination, uint8_t protocol)
{
	const uint32_t at = put_ipv4(source, destination, protocol);

	put_bytes("0123456789abcdefghijklmnopqrstuv", 32);
	end_ipv4(at);
	return at;
}

static inline uint32_t
put_igmp_report(uint32_t source, uint32_t destination)
{
	const uint32_t ip = put_ipv4(source, destination, IPPROTO_IGMP);
	const uint32_t igmp = put_bytes("\x16\0\0\0\xef\1\1\1", 8);

	fix_checksum(igmp, 8, igmp + 2);
	end_ipv4(ip);
	return ip;
}

static inline uint32_t
put_gre(uint16_t flags, uint16_t protocol)
{
	const uint32_t at = frame_len;

	put_be16(flags);
	put_be16(protocol);
	return at;
}

static inline uint32_t
put_udp(uint16_t destination_port)
{
	const uint32_t at = frame_len;

	put_be16(0xc001);
	put_be16(destination_port);
	put_zeros(4);
	return at;
}

static inline void
end_udp(uint32_t at)
{
	mcr_write_be16(frame + at + 4, frame_len - at);
}

static inline uint32_t
put_vxlan(uint32_t vni)
{
	const uint32_t at = put_bytes("\x08\0\0", 4);

	mcr_write_be32(frame + put_zeros(4), vni << 8);
	return at;
}

/* Classifies a copy of the exact length, so a sanitizer detects a read beyond it. */
static inline struct mcr_packet
classify(void)
{
	uint8_t *const bytes = malloc(frame_len);
	struct mcr_packet packet;

	memset(&packet, 0xa5, sizeof(packet));
	memcpy(bytes, frame, frame_len);
	mcr_classify_frame(&port, bytes, frame_len, &packet);
	if (packet.verdict == MCR_VERDICT_UNICAST)
		mcr_classify_keepalive(&port, bytes, &packet);
	free(bytes);
	return packet;
}

static inline int
set_up_frame(void **state)
{
	(void)state;
	frame_len = 0;
	return 0;
}

#define assert_drop(reason)                                          \
	do {                                                         \
		const struct mcr_packet dropped = classify();        \
		assert_int_equal(dropped.verdict, MCR_VERDICT_DROP); \
		assert_int_equal(dropped.drop, MCR_DROP_##reason);   \
	} while (0)

#define assert_verdict(expected) assert_int_equal(classify().verdict, MCR_VERDICT_##expected)

#endif
