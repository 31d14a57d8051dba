/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <netinet/in.h>
#include <netinet/ip_icmp.h>

#include <mcr_address.h>

#include "tunnel.h"

#define ARP_LEN 28 /* RFC 826 with Ethernet and IPv4 */
#define ICMP_ECHO_LEN 8

static bool
accept_fragment(const struct frame *frame, const uint8_t *ip, const struct mcr_ipv4_info *info)
{
	set_inner(frame, ip, info);
	return accept_as(frame, MCR_VERDICT_FRAGMENT);
}

static bool
classify_icmp(const struct frame *frame, const uint8_t *ip, const struct mcr_ipv4_info *info)
{
	const uint8_t *const icmp = ip + info->header_len;
	const uint16_t len = info->total_len - info->header_len;
	bool is_too_big;

	RTE_ASSERT(info->protocol == IPPROTO_ICMP && !mcr_ipv4_is_fragment(info));
	if (len < ICMP_ECHO_LEN)
		return drop_frame(frame, MCR_DROP_MALFORMED);
	is_too_big = icmp[0] == ICMP_DEST_UNREACH && icmp[1] == ICMP_FRAG_NEEDED;
	if (!is_too_big && (icmp[0] != ICMP_ECHO || icmp[1] != 0))
		return drop_frame(frame, MCR_DROP_NOT_FOR_US);
	if (!checksum_is_right(icmp, len))
		return drop_frame(frame, MCR_DROP_BAD_CHECKSUM);
	set_inner(frame, ip, info);
	return accept_punt(frame, is_too_big ? MCR_PUNT_TOO_BIG : MCR_PUNT_ICMP_ECHO);
}

/* RFC 1122 4.1.3.4, RFC 8086 6.1: if there is one. A sender's kernel may have left it to a virtual
 * device: see mcr_transport.h. VXLAN goes without (RFC 7348 5). */
static __rte_noinline bool
is_udp_checksum_right(const uint8_t *ip, const uint8_t *udp, uint16_t len)
{
	return mcr_ipv4_checksum(ip, udp, len, IPPROTO_UDP) == 0 ||
	       !mcr_transport_is_plain(ip, mcr_read_be16(ip + 2));
}

static inline bool
is_udp_intact(const uint8_t *ip, const uint8_t *udp, uint16_t len)
{
	return likely(mcr_read_be16(udp + 6) == 0) || is_udp_checksum_right(ip, udp, len);
}

static bool
classify_amt(const struct frame *frame, const uint8_t *ip, const struct mcr_ipv4_info *info,
	const struct mcr_udp_info *udp)
{
	/* No answer could reach port 0. */
	if (udp->source_port == 0)
		return drop_frame(frame, MCR_DROP_MALFORMED);
	frame->packet->udp_port = udp->source_port;
	frame->packet->key = udp->destination_port;
	set_inner(frame, ip, info);
	return accept_punt(frame, MCR_PUNT_AMT);
}

static bool
classify_udp(const struct frame *frame, const uint8_t *ip, const struct mcr_ipv4_info *info)
{
	const uint8_t *const udp = ip + info->header_len, *const payload = udp + MCR_UDP_HEADER_LEN;
	const struct mcr_udp_info header = mcr_udp_parse(udp, info->total_len - info->header_len);
	const uint32_t payload_len = header.total_len - MCR_UDP_HEADER_LEN;

	RTE_ASSERT(info->protocol == IPPROTO_UDP && !mcr_ipv4_is_fragment(info));
	if (header.total_len == 0)
		return drop_frame(frame, MCR_DROP_MALFORMED);
	frame->packet->encap = encap_of_port(frame->port, header.destination_port);
	frame->packet->udp_port = header.destination_port;
	if (frame->packet->encap == MCR_ENCAP_VXLAN)
		return classify_vxlan(frame, payload, payload_len, info->tos);
	if (frame->packet->encap != MCR_ENCAP_GRE_UDP && frame->packet->encap != MCR_ENCAP_AMT)
		return drop_frame(frame, MCR_DROP_NOT_FOR_US);
	if (!is_udp_intact(ip, ip + info->header_len, header.total_len))
		return drop_frame(frame, MCR_DROP_BAD_CHECKSUM);
	if (frame->packet->encap == MCR_ENCAP_GRE_UDP)
		return classify_gre(frame, payload, payload_len, info->tos);
	return classify_amt(frame, ip, info, &header);
}

static bool
takes_protocol(const struct mcr_classify_port *port, uint8_t protocol)
{
	return protocol == IPPROTO_GRE || protocol == IPPROTO_ICMP ||
	       (protocol == IPPROTO_UDP && port->udp_encaps != NULL);
}

static bool
classify_to_hub(const struct frame *frame, const uint8_t *ip, const struct mcr_ipv4_info *info)
{
	const uint8_t *const payload = ip + info->header_len;
	const uint32_t len = info->total_len - info->header_len;

	RTE_ASSERT(info->destination == frame->port->address);
	if (!takes_protocol(frame->port, info->protocol))
		return drop_frame(frame, MCR_DROP_NOT_FOR_US);
	if (mcr_ipv4_is_fragment(info))
		return accept_fragment(frame, ip, info);
	if (info->protocol == IPPROTO_ICMP)
		return classify_icmp(frame, ip, info);
	if (info->protocol == IPPROTO_UDP)
		return classify_udp(frame, ip, info);
	frame->packet->encap = MCR_ENCAP_GRE;
	return classify_gre(frame, payload, len, info->tos);
}

/* Unicast by its address: the port's own, its directed broadcast, or another host's. */
static bool
classify_plain_unicast(
	const struct frame *frame, const uint8_t *ip, const struct mcr_ipv4_info *info)
{
	const struct mcr_classify_port *const port = frame->port;
	const bool to_all = port->broadcast != 0 && info->destination == port->broadcast;

	RTE_ASSERT(frame->packet->verdict == MCR_VERDICT_UNICAST &&
		   !mcr_ipv4_is_multicast(info->destination));
	if (info->protocol == IPPROTO_IGMP && (to_all || info->destination == port->address))
		return follow_judgement(frame, judge_message(ip, false));
	return to_all ? accept_broadcast(frame) : drop_frame(frame, MCR_DROP_NOT_FOR_US);
}

static bool
classify_plain(const struct frame *frame, const uint8_t *ip, const struct mcr_ipv4_info *info)
{
	if (info->destination == frame->port->address && info->protocol != IPPROTO_IGMP)
		return classify_to_hub(frame, ip, info);
	set_inner(frame, ip, info);
	if (!classify_destination(frame, ip, info, MCR_VERDICT_UNICAST))
		return false;
	return frame->packet->verdict != MCR_VERDICT_UNICAST ||
	       classify_plain_unicast(frame, ip, info);
}

/* RFC 1122 3.2.1.3: no host sends from a group or the broadcast address. In 0.0.0.0/8 are the
 * numbers of members over IPv6, for one of whom the sender would else pass. One comparison excludes
 * most. */
static bool
take_source(const struct frame *frame, uint32_t source)
{
	frame->packet->outer_source = source;
	if (likely(source - FIRST_HOST < FIRST_GROUP - FIRST_HOST))
		return true;
	if (mcr_address_is_ipv6(source))
		frame->packet->outer_source = MCR_ADDRESS_NONE;
	return !is_group_or_broadcast(source);
}

static bool
classify_ip(const struct frame *frame, const uint8_t *ip, uint32_t len)
{
	const struct mcr_ipv4_info info = mcr_ipv4_parse(ip, len);

	if (info.header_len == 0 || !take_source(frame, info.source))
		return drop_frame(frame, MCR_DROP_MALFORMED);
	if (!is_own_mac(frame) && info.protocol != IPPROTO_IGMP)
		return drop_frame(frame, MCR_DROP_NOT_FOR_US);
	if (!classify_plain(frame, ip, &info) && frame->packet->drop < MCR_DROP_BAD_CHECKSUM &&
		!classify_link(frame->bytes, ip, frame->packet))
		return false;
	if (!mcr_ipv4_checksum_is_right(ip, info.header_len))
		return drop_frame(frame, MCR_DROP_BAD_CHECKSUM);
	return frame->packet->verdict != MCR_VERDICT_DROP;
}

static bool
is_broadcast_mac(const struct frame *frame)
{
	static const uint8_t broadcast[RTE_ETHER_ADDR_LEN] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

	return memcmp(frame->bytes, broadcast, sizeof(broadcast)) == 0;
}

static bool
classify_arp(const struct frame *frame, const uint8_t *arp, uint32_t len)
{
	static const uint8_t ethernet_ipv4[] = {0, 1, 8, 0, 6, 4};

	if (len < ARP_LEN)
		return drop_frame(frame, MCR_DROP_MALFORMED);
	if (!is_own_mac(frame) && !is_broadcast_mac(frame))
		return drop_frame(frame, MCR_DROP_NOT_FOR_US);
	if (memcmp(arp, ethernet_ipv4, sizeof(ethernet_ipv4)) != 0)
		return drop_frame(frame, MCR_DROP_NOT_FOR_US);
	frame->packet->inner_offset = arp - frame->bytes;
	frame->packet->inner_len = ARP_LEN;
	return accept_punt(frame, MCR_PUNT_ARP);
}

__attribute__((flatten)) void
mcr_classify_frame(const struct mcr_classify_port *port, const uint8_t *bytes, uint32_t len,
	struct mcr_packet *packet)
{
	const struct frame frame = {.port = port, .bytes = bytes, .packet = packet};
	const uint8_t *payload;
	uint32_t payload_len;
	uint16_t type;

	RTE_ASSERT(port != NULL && port->address != MCR_IPV4_BROADCAST);
	*packet = (struct mcr_packet){0};
	if (len < RTE_ETHER_HDR_LEN) {
		drop_frame(&frame, MCR_DROP_MALFORMED);
		return;
	}
	memcpy(&packet->source_mac, bytes + RTE_ETHER_ADDR_LEN, RTE_ETHER_ADDR_LEN);
	/* IEEE 802.3 3.2.3: a source is never a group. An answer would go to all its stations. */
	if ((bytes[RTE_ETHER_ADDR_LEN] & RTE_ETHER_GROUP_ADDR) != 0) {
		drop_frame(&frame, MCR_DROP_MALFORMED);
		return;
	}
	payload = bytes + RTE_ETHER_HDR_LEN;
	payload_len = len - RTE_ETHER_HDR_LEN;
	type = mcr_read_be16(payload - sizeof(type));
	/* A second tag falls through as an unknown EtherType. */
	if (unlikely(type == RTE_ETHER_TYPE_VLAN)) {
		if (payload_len < VLAN_TAG_LEN) {
			drop_frame(&frame, MCR_DROP_MALFORMED);
			return;
		}
		if ((mcr_read_be16(payload) & VLAN_ID_MASK) != 0) {
			drop_frame(&frame, MCR_DROP_NOT_FOR_US);
			return;
		}
		payload += VLAN_TAG_LEN;
		payload_len -= VLAN_TAG_LEN;
		type = mcr_read_be16(payload - sizeof(type));
	}
	if (type == RTE_ETHER_TYPE_IPV4)
		classify_ip(&frame, payload, payload_len);
	else if (type == RTE_ETHER_TYPE_ARP)
		classify_arp(&frame, payload, payload_len);
	else if (type == RTE_ETHER_TYPE_IPV6)
		classify_outer_ipv6(port, bytes, payload, payload_len, packet);
	else
		drop_frame(&frame, MCR_DROP_NOT_FOR_US);
	RTE_ASSERT(packet->verdict == MCR_VERDICT_DROP ||
		   packet->inner_offset + packet->inner_len <= len);
	RTE_ASSERT(packet->frame_offset + packet->frame_len <= len);
}

void
mcr_classify_for_hub(const uint8_t *bytes, struct mcr_packet *packet)
{
	const struct frame frame = {.bytes = bytes, .packet = packet};
	const bool may_flood = packet->frame_len != 0 && mcr_ipv4_is_multicast(packet->destination);
	const struct judgement judgement = judge_message(bytes + packet->inner_offset, may_flood);

	RTE_ASSERT(packet->inner_len != 0);
	if (judgement.verdict != MCR_VERDICT_DATA)
		follow_judgement(&frame, judgement);
}
