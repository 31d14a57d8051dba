/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* ICMP for IPv6 (RFC 4443): echo requests to the hub, and errors that it sends. */

#include <errno.h>
#include <netinet/icmp6.h>
#include <string.h>

#include <rte_common.h>
#include <rte_debug.h>

#include <mcr_encap.h>

#include "mcr_neigh.h"

#define REPLY_HOP_LIMIT 64
#define ICMP_LEN 8

static bool
is_to(const uint8_t *packet, const struct in6_addr *address)
{
	return memcmp(packet + MCR_IPV6_DESTINATION, address, sizeof(*address)) == 0;
}

/* ff02::1 and ff02::2. */
static bool
is_to_all(const uint8_t *packet)
{
	static const uint8_t all[MCR_IPV6_ADDRESS_LEN - 1] = {0xff, 2};
	const uint8_t *const group = packet + MCR_IPV6_DESTINATION;

	return memcmp(group, all, sizeof(all)) == 0 && (group[15] == 1 || group[15] == 2);
}

/* The address that was asked, or, where all were, the one in the scope of who asks (RFC 6724 5). */
static const struct in6_addr *
source_of_reply(const uint8_t *packet, const struct mcr_neigh_own *own)
{
	if (is_to_all(packet))
		return mcr_ipv6_is_link_local(packet + MCR_IPV6_SOURCE) ? &own->link_local
		                                                        : &own->address6;
	return is_to(packet, &own->link_local) ? &own->link_local : &own->address6;
}

static bool
is_from_host(const uint8_t *packet, const struct mcr_neigh_own *own)
{
	const uint8_t *const source = packet + MCR_IPV6_SOURCE;

	return !mcr_ipv6_is_multicast(source) && !mcr_ipv6_is_unspecified(source) &&
	       memcmp(source, &in6addr_loopback, sizeof(in6addr_loopback)) != 0 &&
	       memcmp(source, &own->address6, sizeof(own->address6)) != 0 &&
	       memcmp(source, &own->link_local, sizeof(own->link_local)) != 0;
}

static int
check_request(
	const uint8_t *packet, const struct mcr_ipv6_info *ip, const struct mcr_neigh_own *own)
{
	const uint8_t *const icmp = packet + MCR_IPV6_HEADER_LEN;
	const uint32_t len = ip->total_len - MCR_IPV6_HEADER_LEN;

	if (ip->total_len == 0)
		return -EINVAL;
	if (!own->has_ipv6 || ip->next_header != IPPROTO_ICMPV6 || !is_from_host(packet, own) ||
		(!is_to(packet, &own->address6) && !is_to(packet, &own->link_local) &&
			!is_to_all(packet)))
		return -ENOTSUP;
	if (len < ICMP_LEN)
		return -EINVAL;
	if (mcr_ipv6_checksum(packet, icmp, len, IPPROTO_ICMPV6) != 0)
		return -EBADMSG;
	return icmp[0] == ICMP6_ECHO_REQUEST && icmp[1] == 0 ? 0 : -ENOTSUP;
}

static void
write_checksum(uint8_t *packet, uint32_t len)
{
	uint8_t *const icmp = packet + MCR_IPV6_HEADER_LEN;
	rte_be16_t checksum;

	memset(icmp + 2, 0, sizeof(checksum));
	checksum = mcr_ipv6_checksum(packet, icmp, len, IPPROTO_ICMPV6);
	memcpy(icmp + 2, &checksum, sizeof(checksum));
}

int
mcr_neigh_answer_echo6(uint8_t *packet, uint32_t len, const struct mcr_neigh_own *own)
{
	const struct mcr_ipv6_info ip = mcr_ipv6_parse(packet, len);
	const int ret = check_request(packet, &ip, own);
	const struct in6_addr *source;

	if (ret != 0)
		return ret;
	source = source_of_reply(packet, own);
	packet[7] = REPLY_HOP_LIMIT;
	memcpy(packet + MCR_IPV6_DESTINATION, packet + MCR_IPV6_SOURCE, MCR_IPV6_ADDRESS_LEN);
	memcpy(packet + MCR_IPV6_SOURCE, source, sizeof(*source));
	packet[MCR_IPV6_HEADER_LEN] = ICMP6_ECHO_REPLY;
	write_checksum(packet, ip.total_len - MCR_IPV6_HEADER_LEN);
	return 0;
}

/* With as much of the packet as has room. @param value Of the second word. @return The length. */
static int
write_error(uint8_t error[MCR_NEIGH_REFUSAL6_MAX], const struct in6_addr *source, uint8_t type,
	uint8_t code, uint32_t value, const uint8_t *packet, uint32_t total_len)
{
	const uint32_t quoted = RTE_MIN(
		total_len, (uint32_t)(MCR_NEIGH_REFUSAL6_MAX - MCR_IPV6_HEADER_LEN - ICMP_LEN));
	uint8_t *const icmp = error + MCR_IPV6_HEADER_LEN;

	memset(error, 0, MCR_IPV6_HEADER_LEN + ICMP_LEN);
	error[0] = 6 << 4;
	mcr_write_be16(error + 4, ICMP_LEN + quoted);
	error[6] = IPPROTO_ICMPV6;
	error[7] = REPLY_HOP_LIMIT;
	memcpy(error + MCR_IPV6_SOURCE, source, sizeof(*source));
	memcpy(error + MCR_IPV6_DESTINATION, packet + MCR_IPV6_SOURCE, MCR_IPV6_ADDRESS_LEN);
	icmp[0] = type;
	icmp[1] = code;
	mcr_write_be32(icmp + 4, value);
	memcpy(icmp + ICMP_LEN, packet, quoted);
	write_checksum(error, ICMP_LEN + quoted);
	return MCR_IPV6_HEADER_LEN + ICMP_LEN + quoted;
}

int
mcr_neigh_refuse_echo6(const uint8_t *packet, uint32_t len, const struct mcr_neigh_own *own,
	uint8_t refusal[MCR_NEIGH_REFUSAL6_MAX])
{
	const struct mcr_ipv6_info ip = mcr_ipv6_parse(packet, len);
	const int ret = check_request(packet, &ip, own);

	if (ret != 0)
		return ret;
	if (is_to_all(packet))
		return -ENOTSUP;
	RTE_ASSERT(ip.total_len >= MCR_IPV6_HEADER_LEN + ICMP_LEN);
	return write_error(refusal, source_of_reply(packet, own), ICMP6_DST_UNREACH,
		ICMP6_DST_UNREACH_ADMIN, 0, packet, ip.total_len);
}

/* RFC 4443 2.4 (e.1), (e.2). What comes behind the first fragment of ICMP does not say. */
static bool
may_be_error(const uint8_t *packet, uint32_t total_len)
{
	const struct mcr_ipv6_transport transport = mcr_ipv6_find_transport(packet, total_len);
	uint8_t type;

	if (transport.offset == 0)
		return packet[6] == IPPROTO_ICMPV6 ||
		       (packet[6] == IPPROTO_FRAGMENT && total_len > MCR_IPV6_HEADER_LEN &&
			       packet[MCR_IPV6_HEADER_LEN] == IPPROTO_ICMPV6);
	if (transport.protocol != IPPROTO_ICMPV6)
		return false;
	if (transport.offset == total_len)
		return true;
	type = packet[transport.offset];
	return (type & ICMP6_INFOMSG_MASK) == 0 || type == ND_REDIRECT;
}

int
mcr_neigh_write_too_big6(const uint8_t *packet, uint32_t len, uint16_t mtu,
	const struct mcr_neigh_own *own, uint8_t message[MCR_NEIGH_REFUSAL6_MAX])
{
	const struct mcr_ipv6_info ip = mcr_ipv6_parse(packet, len);
	const struct in6_addr *source = &own->address6;

	if (ip.total_len == 0)
		return -EINVAL;
	if (!own->has_ipv6 || mcr_ipv6_is_link_local(packet + MCR_IPV6_SOURCE))
		source = &own->link_local;
	if (mtu < MCR_NEIGH_PATH_MTU6_MIN || ip.total_len <= mtu || !is_from_host(packet, own) ||
		may_be_error(packet, ip.total_len))
		return -ENOTSUP;
	return write_error(message, source, ICMP6_PACKET_TOO_BIG, 0, mtu, packet, ip.total_len);
}
