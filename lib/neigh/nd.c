/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <assert.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_debug.h>

#include <mcr_dpdk.h>
#include <mcr_encap.h>

#include "mcr_nd.h"

#define HOP_LIMIT 255
#define OPTION_LEN 8 /* of a MAC with its type and length */
#define SOLICITATION_LEN sizeof(struct nd_neighbor_solicit)
#define ADVERTISEMENT_LEN sizeof(struct nd_neighbor_advert)
#define ROUTER_LEN sizeof(struct nd_router_advert)
#define OPTIONS_LEN 8
#define REPORT_LEN sizeof(struct mld_hdr)
#define TARGET 8 /* offset in both messages of neighbours */

/* RFC 4191 2.2: two bits of the flags in a router's advertisement. */
#define PREFERENCE_SHIFT 3
#define PREFERENCE_HIGH 1
#define PREFERENCE_LOW 3

static_assert(sizeof(struct rte_ether_hdr) + MCR_IPV6_HEADER_LEN + ADVERTISEMENT_LEN + OPTION_LEN ==
		      MCR_ND_FRAME_MAX,
	"nothing lies between the fields");

static const struct in6_addr all_nodes = {.s6_addr = {0xff, 2, [15] = 1}};
static const struct in6_addr all_routers = {.s6_addr = {0xff, 2, [15] = 2}};

static bool
is_unspecified(const struct in6_addr *address)
{
	return mcr_ipv6_is_unspecified(address->s6_addr);
}

static bool
is_host(const struct in6_addr *address)
{
	return !is_unspecified(address) && !mcr_ipv6_is_multicast(address->s6_addr) &&
	       !IN6_IS_ADDR_LOOPBACK(address);
}

/* @return The option's length, 0: it is invalid. */
static uint32_t
option_len(const uint8_t *option, const uint8_t *end)
{
	RTE_ASSERT(option < end);
	if (end - option < OPTION_LEN || option[1] * 8 > end - option)
		return 0;
	return option[1] * 8;
}

/* The first of its type counts. A MAC that no host has is as none. */
static bool
take_options(const uint8_t *option, const uint8_t *end, uint8_t mac_type, struct mcr_nd *nd)
{
	uint32_t len;

	for (; option < end; option += len) {
		len = option_len(option, end);
		if (len == 0)
			return false;
		if (option[0] != mac_type || len != OPTION_LEN || nd->has_mac)
			continue;
		memcpy(&nd->mac, option + 2, sizeof(nd->mac));
		nd->has_mac = rte_is_valid_assigned_ether_addr(&nd->mac);
	}
	return true;
}

/* RFC 4861 7.1.1. A probe goes to the solicited-node group, without the option. */
static bool
take_solicitation(
	const struct in6_addr *destination, const uint8_t *icmp, uint32_t len, struct mcr_nd *nd)
{
	nd->kind = MCR_ND_SOLICITATION;
	if (len < SOLICITATION_LEN)
		return false;
	memcpy(&nd->target, icmp + TARGET, sizeof(nd->target));
	if (!is_host(&nd->target) ||
		!take_options(icmp + SOLICITATION_LEN, icmp + len, ND_OPT_SOURCE_LINKADDR, nd))
		return false;
	if (is_unspecified(&nd->source))
		return mcr_ipv6_is_solicited_node(destination->s6_addr) && !nd->has_mac;
	return is_host(&nd->source);
}

/* RFC 4861 7.1.2. What all get is no answer to one. */
static bool
take_advertisement(
	const struct in6_addr *destination, const uint8_t *icmp, uint32_t len, struct mcr_nd *nd)
{
	nd->kind = MCR_ND_ADVERTISEMENT;
	if (len < ADVERTISEMENT_LEN)
		return false;
	nd->is_router = (icmp[4] & 0x80) != 0;
	nd->is_solicited = (icmp[4] & 0x40) != 0;
	nd->overrides = (icmp[4] & 0x20) != 0;
	memcpy(&nd->target, icmp + TARGET, sizeof(nd->target));
	return is_host(&nd->source) && is_host(&nd->target) &&
	       !(nd->is_solicited && mcr_ipv6_is_multicast(destination->s6_addr)) &&
	       take_options(icmp + ADVERTISEMENT_LEN, icmp + len, ND_OPT_TARGET_LINKADDR, nd);
}

/* RFC 4191 2.2: the reserved value is as medium. */
static enum mcr_nd_preference
preference_of(uint8_t flags)
{
	const uint8_t value = flags >> PREFERENCE_SHIFT & 3;

	if (value == PREFERENCE_HIGH)
		return MCR_ND_HIGH;
	return value == PREFERENCE_LOW ? MCR_ND_LOW : MCR_ND_MEDIUM;
}

/* RFC 4861 6.1.2. */
static bool
take_router(const uint8_t *icmp, uint32_t len, struct mcr_nd *nd)
{
	nd->kind = MCR_ND_ROUTER;
	if (len < ROUTER_LEN || !mcr_ipv6_is_link_local(nd->source.s6_addr))
		return false;
	nd->preference = preference_of(icmp[5]);
	nd->lifetime = mcr_read_be16(icmp + 6);
	return take_options(icmp + ROUTER_LEN, icmp + len, ND_OPT_SOURCE_LINKADDR, nd);
}

static int
take_message(
	const struct in6_addr *destination, const uint8_t *icmp, uint32_t len, struct mcr_nd *nd)
{
	bool is_valid;

	switch (icmp[0]) {
	case ND_NEIGHBOR_SOLICIT:
		is_valid = take_solicitation(destination, icmp, len, nd);
		break;
	case ND_NEIGHBOR_ADVERT:
		is_valid = take_advertisement(destination, icmp, len, nd);
		break;
	case ND_ROUTER_ADVERT:
		is_valid = take_router(icmp, len, nd);
		break;
	default:
		return -ENOTSUP;
	}
	return is_valid ? 0 : -EINVAL;
}

int
mcr_nd_parse(
	const uint8_t *packet, uint32_t len, const struct rte_ether_addr *from, struct mcr_nd *nd)
{
	const struct mcr_ipv6_info ip = mcr_ipv6_parse(packet, len);
	const uint8_t *const icmp = packet + MCR_IPV6_HEADER_LEN;
	const uint32_t icmp_len = ip.total_len - MCR_IPV6_HEADER_LEN;
	struct mcr_nd read = {.from = *from};
	struct in6_addr destination;
	int ret;

	if (ip.total_len == 0)
		return -EINVAL;
	if (ip.next_header != IPPROTO_ICMPV6)
		return -ENOTSUP;
	if (icmp_len < sizeof(struct icmp6_hdr))
		return -EINVAL;
	memcpy(&read.source, packet + MCR_IPV6_SOURCE, sizeof(read.source));
	memcpy(&destination, packet + MCR_IPV6_DESTINATION, sizeof(destination));
	ret = take_message(&destination, icmp, icmp_len, &read);
	if (ret != 0)
		return ret;
	if (ip.hop_limit != HOP_LIMIT || icmp[1] != 0)
		return -EINVAL;
	if (mcr_ipv6_checksum(packet, icmp, icmp_len, IPPROTO_ICMPV6) != 0)
		return -EBADMSG;
	*nd = read;
	return 0;
}

static struct in6_addr
solicited_node(const struct in6_addr *target)
{
	const uint8_t *const at = target->s6_addr;

	return (struct in6_addr){.s6_addr = {0xff, 2, [11] = 1, 0xff, at[13], at[14], at[15]}};
}

/* RFC 2464 7. */
static struct rte_ether_addr
mac_of_group(const struct in6_addr *group)
{
	struct rte_ether_addr mac = {{0x33, 0x33}};

	memcpy(mac.addr_bytes + 2, group->s6_addr + 12, 4);
	return mac;
}

static void
write_option(uint8_t *option, uint8_t type, const struct rte_ether_addr *mac)
{
	option[0] = type;
	option[1] = OPTION_LEN / 8;
	memcpy(option + 2, mac, sizeof(*mac));
}

/* The message is in its place. A group has the MAC that belongs to it. */
static uint16_t
finish_frame(uint8_t *frame, const struct rte_ether_addr *mac, const struct in6_addr *source,
	const struct in6_addr *destination, const struct rte_ether_addr *to, uint16_t icmp_len)
{
	struct rte_ether_hdr *const ether = (struct rte_ether_hdr *)frame;
	uint8_t *const ip = frame + sizeof(*ether), *const icmp = ip + MCR_IPV6_HEADER_LEN;
	rte_be16_t checksum;

	RTE_ASSERT(to != NULL || mcr_ipv6_is_multicast(destination->s6_addr));
	ether->dst_addr = to != NULL ? *to : mac_of_group(destination);
	ether->src_addr = *mac;
	ether->ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV6);
	memset(ip, 0, MCR_IPV6_SOURCE);
	ip[0] = 6 << 4;
	mcr_write_be16(ip + 4, icmp_len);
	ip[6] = IPPROTO_ICMPV6;
	ip[7] = HOP_LIMIT;
	memcpy(ip + MCR_IPV6_SOURCE, source, sizeof(*source));
	memcpy(ip + MCR_IPV6_DESTINATION, destination, sizeof(*destination));
	checksum = mcr_ipv6_checksum(ip, icmp, icmp_len, IPPROTO_ICMPV6);
	memcpy(icmp + 2, &checksum, sizeof(checksum));
	return sizeof(*ether) + MCR_IPV6_HEADER_LEN + icmp_len;
}

static uint8_t *
start_message(uint8_t frame[MCR_ND_FRAME_MAX], uint8_t type)
{
	uint8_t *const icmp = frame + sizeof(struct rte_ether_hdr) + MCR_IPV6_HEADER_LEN;

	memset(frame, 0, MCR_ND_FRAME_MAX);
	icmp[0] = type;
	return icmp;
}

uint16_t
mcr_nd_build_solicitation(uint8_t frame[MCR_ND_FRAME_MAX], const struct rte_ether_addr *mac,
	const struct in6_addr *source, const struct in6_addr *target,
	const struct rte_ether_addr *unicast_to)
{
	const struct in6_addr group = solicited_node(target);
	uint8_t *const icmp = start_message(frame, ND_NEIGHBOR_SOLICIT);
	uint16_t len = SOLICITATION_LEN;

	memcpy(icmp + TARGET, target, sizeof(*target));
	if (!is_unspecified(source)) {
		write_option(icmp + len, ND_OPT_SOURCE_LINKADDR, mac);
		len += OPTION_LEN;
	}
	return finish_frame(
		frame, mac, source, unicast_to != NULL ? target : &group, unicast_to, len);
}

/* Of an own address. The hub is no router. */
static uint16_t
build_advertisement(uint8_t *frame, const struct rte_ether_addr *mac,
	const struct in6_addr *address, const struct in6_addr *destination,
	const struct rte_ether_addr *to)
{
	uint8_t *const icmp = start_message(frame, ND_NEIGHBOR_ADVERT);

	icmp[4] = to != NULL ? 0x60 : 0x20; /* solicited, override */
	memcpy(icmp + TARGET, address, sizeof(*address));
	write_option(icmp + ADVERTISEMENT_LEN, ND_OPT_TARGET_LINKADDR, mac);
	return finish_frame(frame, mac, address, destination, to, ADVERTISEMENT_LEN + OPTION_LEN);
}

uint16_t
mcr_nd_build_answer(uint8_t frame[MCR_ND_FRAME_MAX], const struct rte_ether_addr *mac,
	const struct mcr_nd *solicitation)
{
	RTE_ASSERT(solicitation->kind == MCR_ND_SOLICITATION);
	if (is_unspecified(&solicitation->source))
		return mcr_nd_build_announcement(frame, mac, &solicitation->target);
	return build_advertisement(frame, mac, &solicitation->target, &solicitation->source,
		solicitation->has_mac ? &solicitation->mac : &solicitation->from);
}

/* Linux expects an option as long as the tunnel's own addresses, or none. */
uint16_t
mcr_nd_build_tunnel_answer(uint8_t packet[MCR_ND_FRAME_MAX], const struct mcr_nd *solicitation)
{
	static const struct rte_ether_addr none;
	const bool is_probe = is_unspecified(&solicitation->source);
	uint8_t frame[MCR_ND_FRAME_MAX];
	uint8_t *const icmp = start_message(frame, ND_NEIGHBOR_ADVERT);
	uint16_t len;

	RTE_ASSERT(solicitation->kind == MCR_ND_SOLICITATION);
	icmp[4] = is_probe ? 0x20 : 0x60; /* override, solicited */
	memcpy(icmp + TARGET, &solicitation->target, sizeof(solicitation->target));
	len = finish_frame(frame, &none, &solicitation->target,
		is_probe ? &all_nodes : &solicitation->source, &none, ADVERTISEMENT_LEN);
	memcpy(packet, frame + sizeof(struct rte_ether_hdr), len - sizeof(struct rte_ether_hdr));
	return len - sizeof(struct rte_ether_hdr);
}

uint16_t
mcr_nd_build_announcement(uint8_t frame[MCR_ND_FRAME_MAX], const struct rte_ether_addr *mac,
	const struct in6_addr *address)
{
	return build_advertisement(frame, mac, address, &all_nodes, NULL);
}

/* A hop-by-hop header with Router Alert (RFC 2711) lies in front of the message. */
uint16_t
mcr_nd_build_report(uint8_t frame[MCR_ND_FRAME_MAX], const struct rte_ether_addr *mac,
	const struct in6_addr *source, const struct in6_addr *address)
{
	static const uint8_t alert[OPTIONS_LEN] = {IPPROTO_ICMPV6, 0, 5, 2, 0, 0, 1, 0};
	const struct in6_addr group = solicited_node(address);
	uint8_t *const options = start_message(frame, 0), *const mld = options + OPTIONS_LEN;
	uint8_t *const ip = options - MCR_IPV6_HEADER_LEN;
	const uint16_t len =
		finish_frame(frame, mac, source, &group, NULL, OPTIONS_LEN + REPORT_LEN);
	rte_be16_t checksum;

	ip[6] = IPPROTO_HOPOPTS;
	ip[7] = 1;
	memcpy(options, alert, sizeof(alert));
	mld[0] = MLD_LISTENER_REPORT;
	memcpy(mld + 8, &group, sizeof(group));
	checksum = mcr_ipv6_checksum(ip, mld, REPORT_LEN, IPPROTO_ICMPV6);
	memcpy(mld + 2, &checksum, sizeof(checksum));
	return len;
}

uint16_t
mcr_nd_build_router_solicitation(uint8_t frame[MCR_ND_FRAME_MAX], const struct rte_ether_addr *mac,
	const struct in6_addr *source)
{
	uint8_t *const icmp = start_message(frame, ND_ROUTER_SOLICIT);

	write_option(icmp + sizeof(struct nd_router_solicit), ND_OPT_SOURCE_LINKADDR, mac);
	return finish_frame(frame, mac, source, &all_routers, NULL,
		sizeof(struct nd_router_solicit) + OPTION_LEN);
}
