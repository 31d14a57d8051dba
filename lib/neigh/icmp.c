/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <netinet/in.h>

#include <rte_byteorder.h>
#include <rte_debug.h>
#include <rte_ip.h>

#include <mcr_dpdk.h>
#include <mcr_encap.h>

#include "mcr_neigh.h"

#define REPLY_TTL 64

/* RFC 791 3.1. */
#define OPTION_END 0
#define OPTION_NO_OPERATION 1
#define OPTION_LOOSE_SOURCE_ROUTE 131
#define OPTION_STRICT_SOURCE_ROUTE 137

static bool
is_wellformed(const struct rte_ipv4_hdr *ip, uint32_t len)
{
	return len >= sizeof(*ip) && ip->version == IPVERSION &&
	       rte_ipv4_hdr_len(ip) >= sizeof(*ip) &&
	       rte_be_to_cpu_16(ip->total_length) >= rte_ipv4_hdr_len(ip) &&
	       rte_be_to_cpu_16(ip->total_length) <= len;
}

/* A reply would have to follow the recorded route back; no legitimate sender uses one. */
static bool
has_source_route(const uint8_t *option, const uint8_t *end)
{
	RTE_ASSERT(option <= end);
	while (option < end && *option != OPTION_END) {
		if (*option == OPTION_LOOSE_SOURCE_ROUTE || *option == OPTION_STRICT_SOURCE_ROUTE)
			return true;
		if (*option == OPTION_NO_OPERATION) {
			option++;
			continue;
		}
		if (end - option < 2 || option[1] < 2)
			return false;
		option += option[1];
	}
	return false;
}

static bool
is_whole_icmp_for(const struct rte_ipv4_hdr *ip, uint32_t hub)
{
	const rte_be16_t more_or_offset = RTE_BE16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK);
	const uint8_t *options = (const uint8_t *)(ip + 1);
	const uint8_t *end = (const uint8_t *)ip + rte_ipv4_hdr_len(ip);
	const uint32_t source = rte_be_to_cpu_32(ip->src_addr);
	const uint32_t target = rte_be_to_cpu_32(ip->dst_addr);

	return ip->next_proto_id == IPPROTO_ICMP && (ip->fragment_offset & more_or_offset) == 0 &&
	       (target == hub || target == INADDR_ALLRTRS_GROUP) && source != hub &&
	       mcr_ipv4_is_unicast(source) && !has_source_route(options, end);
}

static bool
is_checksum_right(const void *bytes, uint32_t len)
{
	return rte_raw_cksum(bytes, len) == UINT16_MAX;
}

static void
swap_addresses(struct rte_ipv4_hdr *ip, uint32_t hub)
{
	ip->dst_addr = ip->src_addr;
	ip->src_addr = rte_cpu_to_be_32(hub);
	ip->time_to_live = REPLY_TTL;
	ip->hdr_checksum = 0;
	ip->hdr_checksum = ~rte_raw_cksum(ip, rte_ipv4_hdr_len(ip));
}

static int
turn_into_reply(struct rte_icmp_hdr *icmp, uint32_t len)
{
	if (len < sizeof(*icmp))
		return -EINVAL;
	if (!is_checksum_right(icmp, len))
		return -EBADMSG;
	if (icmp->icmp_type != RTE_IP_ICMP_ECHO_REQUEST || icmp->icmp_code != 0)
		return -ENOTSUP;
	icmp->icmp_type = RTE_IP_ICMP_ECHO_REPLY;
	icmp->icmp_cksum = 0;
	icmp->icmp_cksum = ~rte_raw_cksum(icmp, len);
	return 0;
}

int
mcr_neigh_answer_echo(uint8_t *packet, uint32_t len, uint32_t hub)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)packet;
	uint32_t header_len;
	int ret;

	if (!is_wellformed(ip, len))
		return -EINVAL;
	header_len = rte_ipv4_hdr_len(ip);
	if (!is_checksum_right(ip, header_len))
		return -EBADMSG;
	if (!is_whole_icmp_for(ip, hub))
		return -ENOTSUP;
	ret = turn_into_reply((struct rte_icmp_hdr *)(packet + header_len),
		rte_be_to_cpu_16(ip->total_length) - header_len);
	if (ret == 0)
		swap_addresses(ip, hub);
	return ret;
}
