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

static struct rte_ether_addr
group_mac(uint32_t destination)
{
	if (!mcr_ipv4_is_multicast(destination))
		return (struct rte_ether_addr){{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
	return (struct rte_ether_addr){
		{0x01, 0x00, 0x5e, destination >> 16 & 0x7f, destination >> 8, destination}};
}

void
mcr_vxlan_write_ethernet(uint8_t *ip, const struct rte_ether_addr *source, uint32_t destination)
{
	const struct rte_ether_addr mac = group_mac(destination);
	uint8_t *const ethernet = ip - RTE_ETHER_HDR_LEN;

	memcpy(ethernet, &mac, RTE_ETHER_ADDR_LEN);
	memcpy(ethernet + RTE_ETHER_ADDR_LEN, source, RTE_ETHER_ADDR_LEN);
	mcr_write_be16(ethernet + 2 * RTE_ETHER_ADDR_LEN, RTE_ETHER_TYPE_IPV4);
}
