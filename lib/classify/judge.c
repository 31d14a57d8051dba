/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <netinet/in.h>
#include <netinet/ip_icmp.h>

#include "judge.h"

#define ICMP_ECHO_LEN 8
#define IGMP_LEN 8

/* RFC 9776 4, RFC 2236, RFC 1112. */
#define IGMP_QUERY 0x11
#define IGMP_V1_REPORT 0x12
#define IGMP_V2_REPORT 0x16
#define IGMP_V2_LEAVE 0x17
#define IGMP_V3_REPORT 0x22

static struct judgement
judge_drop(enum mcr_drop reason)
{
	RTE_ASSERT(reason < MCR_DROP_FIRST_OF_COPIES);
	return (struct judgement){.verdict = MCR_VERDICT_DROP, .drop = reason};
}

static struct judgement
judge_punt(enum mcr_punt_kind punt)
{
	return (struct judgement){.verdict = MCR_VERDICT_PUNT, .punt = punt};
}

/* A later fragment does not hold the type. */
static bool
is_known_igmp(const uint8_t *igmp, uint16_t len, const struct mcr_ipv4_info *info)
{
	if ((info->fragment & RTE_IPV4_HDR_OFFSET_MASK) != 0)
		return false;
	if (len == 0)
		return true;
	switch (igmp[0]) {
	case IGMP_QUERY:
	case IGMP_V1_REPORT:
	case IGMP_V2_REPORT:
	case IGMP_V2_LEAVE:
	case IGMP_V3_REPORT:
		return true;
	}
	return false;
}

/* RFC 4541 2.1.1 (4): a snooping switch floods unknown IGMP types without verifying them. */
static struct judgement
judge_igmp(const uint8_t *ip, const struct mcr_ipv4_info *info, bool in_segment)
{
	const uint8_t *const igmp = ip + info->header_len;
	const uint16_t len = info->total_len - info->header_len;

	if (in_segment && !is_known_igmp(igmp, len, info))
		return (struct judgement){.verdict = MCR_VERDICT_SEGMENT};
	if (len < IGMP_LEN || mcr_ipv4_is_fragment(info))
		return judge_drop(MCR_DROP_MALFORMED);
	if (mcr_checksum(igmp, len) != 0)
		return judge_drop(MCR_DROP_BAD_CHECKSUM);
	return judge_punt(MCR_PUNT_IGMP);
}

/* The hub is the router of its members: echo requests to all routers (RFC 1112) are for it. */
static struct judgement
judge_icmp(const uint8_t *ip, const struct mcr_ipv4_info *info)
{
	const uint8_t *const icmp = ip + info->header_len;
	const uint16_t len = info->total_len - info->header_len;

	if (info->destination != INADDR_ALLRTRS_GROUP || mcr_ipv4_is_fragment(info) ||
		len < ICMP_ECHO_LEN || icmp[0] != ICMP_ECHO || icmp[1] != 0)
		return (struct judgement){.verdict = MCR_VERDICT_DATA};
	if (mcr_checksum(icmp, len) != 0)
		return judge_drop(MCR_DROP_BAD_CHECKSUM);
	return judge_punt(MCR_PUNT_ICMP_ECHO);
}

struct judgement
judge_message(const uint8_t *ip, bool in_segment)
{
	const struct mcr_ipv4_info info = mcr_ipv4_parse(ip, mcr_read_be16(ip + 2));

	RTE_ASSERT(info.header_len != 0);
	if (info.protocol == IPPROTO_IGMP)
		return judge_igmp(ip, &info, in_segment);
	if (info.protocol == IPPROTO_ICMP)
		return judge_icmp(ip, &info);
	return (struct judgement){.verdict = MCR_VERDICT_DATA};
}
