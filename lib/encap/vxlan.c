/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "format.h"

uint8_t *
mcr_vxlan_put(uint8_t *at, const struct mcr_encap_path *path)
{
	RTE_ASSERT(path->key < 1u << 24);
	mcr_write_be32(at, (uint32_t)MCR_VXLAN_VNI_PRESENT << 24);
	mcr_write_be32(at + 4, path->key << 8);
	return at + MCR_VXLAN_HEADER_LEN;
}

static void
write_ethernet(uint8_t *ip, struct rte_ether_addr destination, const struct rte_ether_addr *source,
	uint16_t type)
{
	uint8_t *const ethernet = ip - RTE_ETHER_HDR_LEN;

	memcpy(ethernet, &destination, RTE_ETHER_ADDR_LEN);
	memcpy(ethernet + RTE_ETHER_ADDR_LEN, source, RTE_ETHER_ADDR_LEN);
	mcr_write_be16(ethernet + 2 * RTE_ETHER_ADDR_LEN, type);
}

static struct rte_ether_addr
mac_of(uint32_t destination)
{
	if (!mcr_ipv4_is_multicast(destination))
		return (struct rte_ether_addr){{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
	return (struct rte_ether_addr){
		{0x01, 0x00, 0x5e, destination >> 16 & 0x7f, destination >> 8, destination}};
}

void
mcr_vxlan_write_ethernet(uint8_t *ip, const struct rte_ether_addr *source, uint32_t destination)
{
	write_ethernet(ip, mac_of(destination), source, RTE_ETHER_TYPE_IPV4);
}

/* RFC 2464 7. */
static struct rte_ether_addr
mac_of_ipv6(const uint8_t *destination)
{
	const uint8_t *const low = destination + 12;

	if (!mcr_ipv6_is_multicast(destination))
		return (struct rte_ether_addr){{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
	return (struct rte_ether_addr){{0x33, 0x33, low[0], low[1], low[2], low[3]}};
}

void
mcr_vxlan_write_ethernet_to(uint8_t *ip, const struct rte_ether_addr *source, const uint8_t *packet)
{
	if (!mcr_ip_is_ipv6(packet))
		mcr_vxlan_write_ethernet(ip, source, mcr_read_be32(packet + 16));
	else
		write_ethernet(ip, mac_of_ipv6(packet + MCR_IPV6_DESTINATION), source,
			RTE_ETHER_TYPE_IPV6);
}
