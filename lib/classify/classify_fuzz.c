/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* No read outside the frame; the fields of each verdict lie inside it. */

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <fuzz.h>

#include "mcr_classify.h"

#define HUB MCR_IPV4(10, 0, 0, 10)

static uint8_t udp_encaps[MCR_CLASSIFY_UDP_PORTS] = {
	[MCR_GRE_UDP_PORT] = MCR_ENCAP_GRE_UDP,
	[MCR_VXLAN_PORT] = MCR_ENCAP_VXLAN,
	[MCR_AMT_PORT] = MCR_ENCAP_AMT,
};

static const struct mcr_classify_port port = {
	.mac = {{0x02, 0, 0, 0, 0, 0x0a}},
	.address = HUB,
	.broadcast = MCR_IPV4(10, 0, 0, 255),
	.udp_encaps = udp_encaps,
	.has_ipv6 = true,
	.address6 = {{{0x20, 1, 0x0d, 0xb8, [15] = 0x0a}}},
	.link_local = {{{0xfe, 0x80, [11] = 0xff, 0xfe, [15] = 0x0a}}},
};

static void
check_drop(const struct mcr_packet *packet)
{
	require(packet->drop == MCR_DROP_MALFORMED || packet->drop == MCR_DROP_NOT_FOR_US ||
		packet->drop == MCR_DROP_BAD_CHECKSUM);
}

static bool
is_ipv6(const uint8_t *bytes, const struct mcr_packet *packet)
{
	const bool is_outer = packet->verdict == MCR_VERDICT_FRAGMENT ||
	                      (packet->verdict == MCR_VERDICT_PUNT && packet->punt != MCR_PUNT_ARP);

	return packet->verdict == MCR_VERDICT_DATA_IPV6 ||
	       packet->verdict == MCR_VERDICT_LOCAL_IPV6 ||
	       (is_outer && mcr_ip_is_ipv6(bytes + packet->inner_offset));
}

static void
check_message_of_ipv6(const uint8_t *ip, const struct mcr_packet *packet)
{
	const uint8_t *const destination = ip + MCR_IPV6_DESTINATION;
	const bool is_own = memcmp(destination, &port.address6, MCR_IPV6_ADDRESS_LEN) == 0 ||
	                    memcmp(destination, &port.link_local, MCR_IPV6_ADDRESS_LEN) == 0;

	require(packet->punt == MCR_PUNT_MLD || packet->punt == MCR_PUNT_ND ||
		packet->punt == MCR_PUNT_ICMP_ECHO || packet->punt == MCR_PUNT_TOO_BIG ||
		packet->punt == MCR_PUNT_AMT);
	require((packet->punt != MCR_PUNT_TOO_BIG && packet->punt != MCR_PUNT_AMT) || is_own);
	require((packet->punt == MCR_PUNT_AMT) == (packet->encap == MCR_ENCAP_AMT));
	if (packet->punt == MCR_PUNT_ICMP_ECHO)
		require(packet->broadcast == mcr_ipv6_is_multicast(destination));
	if (packet->punt != MCR_PUNT_ND)
		return;
	require(is_own || mcr_ipv6_is_multicast(destination));
	require(packet->protocol == IPPROTO_ICMPV6 && packet->ttl == 255);
	require(packet->inner_len >= MCR_IPV6_HEADER_LEN + 8);
}

static void
check_inner_ipv6(const uint8_t *bytes, const struct mcr_packet *packet)
{
	const uint8_t *const ip = bytes + packet->inner_offset;
	const struct mcr_ipv6_info info = mcr_ipv6_parse(ip, packet->inner_len);
	const uint8_t *const destination = ip + MCR_IPV6_DESTINATION;

	require(info.total_len == packet->inner_len);
	require(info.hop_limit == packet->ttl);
	require(packet->protocol == (packet->verdict == MCR_VERDICT_FRAGMENT
						    ? ip[MCR_IPV6_HEADER_LEN]
						    : info.next_header));
	require(info.tos == packet->tos || (packet->mark_ce && (info.tos | 3) == packet->tos));
	require(packet->source == 0 && packet->destination == 0);
	require(!mcr_ipv6_is_multicast(ip + MCR_IPV6_SOURCE));
	require(packet->verdict != MCR_VERDICT_LOCAL_IPV6 || packet->frame_len == 0);
	if (packet->verdict == MCR_VERDICT_PUNT)
		check_message_of_ipv6(ip, packet);
	if (packet->verdict == MCR_VERDICT_DATA_IPV6)
		require(mcr_ipv6_is_multicast(destination) && mcr_ipv6_scope(destination) > 1 &&
			!mcr_ipv6_is_solicited_node(destination) &&
			(mcr_ipv6_scope(destination) == MCR_IPV6_SCOPE_LINK ||
				!mcr_ipv6_is_link_local(ip + MCR_IPV6_SOURCE)));
}

static void
check_inner(const uint8_t *bytes, const struct mcr_packet *packet)
{
	const struct mcr_ipv4_info info =
		mcr_ipv4_parse(bytes + packet->inner_offset, packet->inner_len);

	require(info.header_len != 0 && info.total_len == packet->inner_len);
	require(mcr_ipv4_checksum_is_right(bytes + packet->inner_offset, info.header_len));
	require(info.source == packet->source && info.destination == packet->destination);
	require(info.ttl == packet->ttl && info.protocol == packet->protocol);
	require(info.tos == packet->tos || (packet->mark_ce && (info.tos | 3) == packet->tos));
	require(!mcr_ipv4_is_multicast(info.source));
}

/* IGMP is never data: known types are for the hub, unknown ones stay in their segment. */
static void
check_igmp(const struct mcr_packet *packet)
{
	const bool is_for_hub =
		packet->verdict == MCR_VERDICT_PUNT && packet->punt == MCR_PUNT_IGMP;

	if (packet->protocol == IPPROTO_IGMP)
		require(is_for_hub || packet->verdict == MCR_VERDICT_SEGMENT ||
			(packet->verdict == MCR_VERDICT_UNICAST &&
				!mcr_ipv4_is_multicast(packet->destination)));
	else
		require(!is_for_hub);
}

static void
check_accepted(const uint8_t *bytes, size_t size, const struct mcr_packet *packet)
{
	const bool is_ip = packet->verdict != MCR_VERDICT_PUNT || packet->punt != MCR_PUNT_ARP;

	require(packet->inner_offset + (size_t)packet->inner_len <= size);
	require(packet->frame_offset + (size_t)packet->frame_len <= size);
	if (!mcr_encap_is_link(packet->encap))
		require(mcr_encap_has_segment(packet->encap) == (packet->frame_len != 0));
	if (is_ipv6(bytes, packet)) {
		check_inner_ipv6(bytes, packet);
		return;
	}
	if (packet->inner_len != 0 && is_ip)
		check_inner(bytes, packet);
	if (packet->verdict == MCR_VERDICT_DATA)
		require(packet->broadcast || mcr_ipv4_is_multicast(packet->destination));
	if (packet->verdict == MCR_VERDICT_SEGMENT)
		require(packet->frame_len != 0);
	else
		require(packet->inner_len != 0);
	if (is_ip)
		check_igmp(packet);
	if (packet->verdict == MCR_VERDICT_PUNT && packet->punt == MCR_PUNT_ICMP_ECHO)
		require(packet->protocol == IPPROTO_ICMP &&
			(packet->destination == HUB ||
				packet->destination == INADDR_ALLRTRS_GROUP));
}

static void
check_record(const uint8_t *bytes, size_t size, const struct mcr_link_record *record,
	const struct mcr_packet *packet)
{
	if (packet->verdict == MCR_VERDICT_DROP) {
		check_drop(packet);
		return;
	}
	check_accepted(bytes, size, packet);
	require(packet->verdict != MCR_VERDICT_PUNT && packet->verdict != MCR_VERDICT_FRAGMENT);
	require((packet->frame_len != 0) == (record->kind == MCR_LINK_FRAME));
	require(packet->verdict != MCR_VERDICT_UNICAST || record->kind == MCR_LINK_PACKET);
	require(packet->inner_len <= record->length && packet->frame_len <= record->length);
}

static void
classify_records(const uint8_t *bytes, size_t size, const struct mcr_packet *link)
{
	uint32_t at = link->inner_offset;
	const uint32_t end = at + link->inner_len;
	struct mcr_link_record record;

	require(mcr_encap_is_link(link->encap) && link->has_key && link->frame_len == 0);
	require(link->inner_len >= MCR_LINK_RECORD_LEN && end <= size);
	while (at < end && mcr_link_read_record(bytes, &at, end, &record)) {
		struct mcr_packet packet = *link;

		if (record.kind == MCR_LINK_HELLO)
			continue;
		mcr_classify_link_packet(&port, bytes, &record, &packet);
		check_record(bytes, size, &record, &packet);
	}
}

/* As if the inner destination were the hub's own. Nothing but the verdict may change. */
static void
classify_for_hub(const uint8_t *bytes, struct mcr_packet packet)
{
	const struct mcr_packet before = packet;

	mcr_classify_for_hub(bytes, &packet);
	require(packet.inner_offset == before.inner_offset && packet.inner_len == before.inner_len);
	if (packet.verdict == MCR_VERDICT_DROP)
		check_drop(&packet);
	else if (packet.verdict == MCR_VERDICT_PUNT)
		require(packet.punt == MCR_PUNT_IGMP || packet.punt == MCR_PUNT_ICMP_ECHO);
	else
		require(packet.verdict == before.verdict);
}

static bool
may_be_for_hub(const uint8_t *bytes, const struct mcr_packet *packet)
{
	return packet->verdict == MCR_VERDICT_UNICAST ||
	       (packet->verdict == MCR_VERDICT_SEGMENT && packet->inner_len != 0 &&
		       !mcr_ip_is_ipv6(bytes + packet->inner_offset));
}

static void
classify(const uint8_t *bytes, size_t size)
{
	struct mcr_packet packet;

	memset(&packet, 0xa5, sizeof(packet));
	mcr_classify_frame(&port, bytes, size, &packet);
	if (packet.verdict == MCR_VERDICT_UNICAST)
		mcr_classify_keepalive(&port, bytes, &packet);
	if (may_be_for_hub(bytes, &packet))
		classify_for_hub(bytes, packet);
	if (packet.verdict == MCR_VERDICT_DROP)
		check_drop(&packet);
	else if (packet.verdict == MCR_VERDICT_LINK)
		classify_records(bytes, size, &packet);
	else
		check_accepted(bytes, size, &packet);
}

static void
fix_ip_checksum(uint8_t *ip, size_t size)
{
	const struct mcr_ipv4_info info = mcr_ipv4_parse(ip, size);
	rte_be16_t checksum;

	if (info.header_len == 0)
		return;
	memset(ip + 10, 0, 2);
	checksum = mcr_checksum(ip, info.header_len);
	memcpy(ip + 10, &checksum, sizeof(checksum));
}

/* Of UDP and ICMPv6 in a frame over IPv6. */
static void
fix_ipv6_checksum(uint8_t *ip, size_t size)
{
	const struct mcr_ipv6_info info = mcr_ipv6_parse(ip, size);
	struct mcr_ipv6_transport transport;
	unsigned int offset;
	rte_be16_t checksum;
	uint32_t len;

	if (info.total_len == 0 || info.total_len > UINT16_MAX)
		return;
	transport = mcr_ipv6_find_transport(ip, info.total_len);
	len = info.total_len - transport.offset;
	if (transport.offset == 0 || len < MCR_UDP_HEADER_LEN ||
		(transport.protocol != IPPROTO_UDP && transport.protocol != IPPROTO_ICMPV6))
		return;
	if (transport.protocol == IPPROTO_UDP)
		mcr_write_be16(ip + transport.offset + 4, len);
	offset = transport.offset + (transport.protocol == IPPROTO_UDP ? 6 : 2);
	memset(ip + offset, 0, sizeof(checksum));
	checksum = mcr_ipv6_checksum(ip, ip + transport.offset, len, transport.protocol);
	memcpy(ip + offset, &checksum, sizeof(checksum));
}

static void
fix_records(uint8_t *bytes, const struct mcr_packet *link)
{
	uint32_t at = link->inner_offset;
	const uint32_t end = at + link->inner_len;
	struct mcr_link_record record;

	while (at < end && mcr_link_read_record(bytes, &at, end, &record)) {
		const uint32_t l2_len = record.kind == MCR_LINK_FRAME ? RTE_ETHER_HDR_LEN : 0;

		if (record.length > l2_len)
			fix_ip_checksum(bytes + record.offset + l2_len, record.length - l2_len);
	}
}

/* Mutations seldom hit a MAC or a checksum; corrected ones let the fuzzer reach deeper. */
static void
classify_repaired(const uint8_t *data, size_t size)
{
	uint8_t *const bytes = malloc(size);
	struct mcr_packet packet;

	memcpy(bytes, data, size);
	memcpy(bytes, &port.mac, RTE_ETHER_ADDR_LEN);
	fix_ip_checksum(bytes + RTE_ETHER_HDR_LEN, size - RTE_ETHER_HDR_LEN);
	fix_ipv6_checksum(bytes + RTE_ETHER_HDR_LEN, size - RTE_ETHER_HDR_LEN);
	mcr_classify_frame(&port, bytes, size, &packet);
	if (packet.verdict == MCR_VERDICT_UNICAST)
		mcr_classify_keepalive(&port, bytes, &packet);
	if (packet.verdict == MCR_VERDICT_LINK)
		fix_records(bytes, &packet);
	else if (packet.inner_len != 0 && packet.inner_offset > RTE_ETHER_HDR_LEN)
		fix_ip_checksum(bytes + packet.inner_offset, size - packet.inner_offset);
	fix_ipv6_checksum(bytes + RTE_ETHER_HDR_LEN, size - RTE_ETHER_HDR_LEN);
	classify(bytes, size);
	free(bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	classify(data, size);
	if (size > RTE_ETHER_HDR_LEN)
		classify_repaired(data, size);
	return 0;
}
