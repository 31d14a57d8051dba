/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_debug.h>
#include <rte_ip.h>

#include <mcr_dpdk.h>
#include <mcr_encap.h>

#include "mcr_neigh.h"

#define REPLY_TTL 64

/* RFC 792, RFC 1812 5.2.7.1. */
#define ICMP_UNREACHABLE 3
#define ICMP_PROHIBITED 13

static_assert(
	sizeof(struct rte_ipv4_hdr) + 2 * sizeof(struct rte_icmp_hdr) + 60 == MCR_NEIGH_REFUSAL_MAX,
	"with the longest header");

/* RFC 791 3.1. */
#define OPTION_END 0
#define OPTION_NO_OPERATION 1
#define OPTION_LOOSE_SOURCE_ROUTE 131
#define OPTION_STRICT_SOURCE_ROUTE 137

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
is_whole_icmp_for(const uint8_t *packet, const struct mcr_ipv4_info *ip, uint32_t hub)
{
	return ip->protocol == IPPROTO_ICMP && !mcr_ipv4_is_fragment(ip) &&
	       (ip->destination == hub || ip->destination == INADDR_ALLRTRS_GROUP) &&
	       ip->source != hub && mcr_ipv4_is_unicast(ip->source) &&
	       !has_source_route(packet + MCR_IPV4_HEADER_LEN, packet + ip->header_len);
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
check_icmp(const struct rte_icmp_hdr *icmp, uint32_t len)
{
	if (len < sizeof(*icmp))
		return -EINVAL;
	if (mcr_checksum(icmp, len) != 0)
		return -EBADMSG;
	return icmp->icmp_type == RTE_IP_ICMP_ECHO_REQUEST && icmp->icmp_code == 0 ? 0 : -ENOTSUP;
}

static int
check_request(const uint8_t *packet, const struct mcr_ipv4_info *ip, uint32_t hub)
{
	if (ip->header_len == 0)
		return -EINVAL;
	if (!mcr_ipv4_checksum_is_right(packet, ip->header_len))
		return -EBADMSG;
	if (!is_whole_icmp_for(packet, ip, hub))
		return -ENOTSUP;
	return check_icmp((const struct rte_icmp_hdr *)(packet + ip->header_len),
		ip->total_len - ip->header_len);
}

static void
turn_into_reply(struct rte_icmp_hdr *icmp, uint32_t len)
{
	icmp->icmp_type = RTE_IP_ICMP_ECHO_REPLY;
	icmp->icmp_cksum = 0;
	icmp->icmp_cksum = ~rte_raw_cksum(icmp, len);
}

int
mcr_neigh_answer_echo(uint8_t *packet, uint32_t len, uint32_t hub)
{
	const struct mcr_ipv4_info ip = mcr_ipv4_parse(packet, len);
	const int ret = check_request(packet, &ip, hub);

	if (ret != 0)
		return ret;
	turn_into_reply(
		(struct rte_icmp_hdr *)(packet + ip.header_len), ip.total_len - ip.header_len);
	swap_addresses((struct rte_ipv4_hdr *)packet, hub);
	return 0;
}

static void
write_header(uint8_t *at, uint32_t source, uint32_t destination, uint16_t len)
{
	const struct rte_ipv4_hdr ip = {
		.version_ihl = RTE_IPV4_VHL_DEF,
		.total_length = rte_cpu_to_be_16(len),
		.fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG),
		.time_to_live = REPLY_TTL,
		.next_proto_id = IPPROTO_ICMP,
		.src_addr = rte_cpu_to_be_32(source),
		.dst_addr = rte_cpu_to_be_32(destination),
	};
	uint16_t sum;

	memcpy(at, &ip, sizeof(ip));
	sum = ~rte_raw_cksum(at, sizeof(ip));
	memcpy(at + offsetof(struct rte_ipv4_hdr, hdr_checksum), &sum, sizeof(sum));
}

int
mcr_neigh_refuse_echo(
	const uint8_t *packet, uint32_t len, uint32_t hub, uint8_t refusal[MCR_NEIGH_REFUSAL_MAX])
{
	const struct mcr_ipv4_info ip = mcr_ipv4_parse(packet, len);
	const int ret = check_request(packet, &ip, hub);
	struct rte_icmp_hdr icmp = {.icmp_type = ICMP_UNREACHABLE, .icmp_code = ICMP_PROHIBITED};
	const uint16_t quoted = ip.header_len + sizeof(icmp);
	uint8_t *const body = refusal + sizeof(struct rte_ipv4_hdr);

	if (ret != 0)
		return ret;
	if (ip.destination != hub)
		return -ENOTSUP;
	write_header(refusal, hub, ip.source, body - refusal + sizeof(icmp) + quoted);
	memcpy(body, &icmp, sizeof(icmp));
	memcpy(body + sizeof(icmp), packet, quoted);
	icmp.icmp_cksum = ~rte_raw_cksum(body, sizeof(icmp) + quoted);
	memcpy(body, &icmp, sizeof(icmp));
	return body - refusal + sizeof(icmp) + quoted;
}
