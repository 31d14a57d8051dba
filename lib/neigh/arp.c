/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <assert.h>
#include <string.h>

#include <rte_arp.h>
#include <rte_byteorder.h>

#include <mcr_encap.h>

#include "mcr_neigh.h"

static_assert(sizeof(struct rte_ether_hdr) + sizeof(struct rte_arp_hdr) == MCR_NEIGH_ARP_FRAME_LEN,
	"no padding on the wire");

static bool
is_ipv4_over_ethernet(const struct rte_arp_hdr *header)
{
	return header->arp_hardware == RTE_BE16(RTE_ARP_HRD_ETHER) &&
	       header->arp_protocol == RTE_BE16(RTE_ETHER_TYPE_IPV4) &&
	       header->arp_hlen == RTE_ETHER_ADDR_LEN && header->arp_plen == sizeof(uint32_t);
}

static bool
is_request_or_reply(const struct rte_arp_hdr *header)
{
	return header->arp_opcode == RTE_BE16(RTE_ARP_OP_REQUEST) ||
	       header->arp_opcode == RTE_BE16(RTE_ARP_OP_REPLY);
}

static bool
is_possible_sender(const struct mcr_neigh_arp *arp)
{
	if (!rte_is_valid_assigned_ether_addr(&arp->sender_mac))
		return false;
	if (arp->sender == 0)
		return arp->is_request;
	return mcr_ipv4_is_unicast(arp->sender);
}

bool
mcr_neigh_parse_arp(const uint8_t *packet, uint32_t len, struct mcr_neigh_arp *arp)
{
	struct rte_arp_hdr header;
	struct mcr_neigh_arp read;

	if (len < sizeof(header))
		return false;
	memcpy(&header, packet, sizeof(header));
	if (!is_ipv4_over_ethernet(&header) || !is_request_or_reply(&header))
		return false;
	read = (struct mcr_neigh_arp){
		.is_request = header.arp_opcode == RTE_BE16(RTE_ARP_OP_REQUEST),
		.sender_mac = header.arp_data.arp_sha,
		.sender = rte_be_to_cpu_32(header.arp_data.arp_sip),
		.target = rte_be_to_cpu_32(header.arp_data.arp_tip),
	};
	if (!is_possible_sender(&read))
		return false;
	*arp = read;
	return true;
}

static void
build_frame(uint8_t *frame, uint16_t opcode, const struct rte_ether_addr *to,
	const struct rte_arp_ipv4 *data)
{
	const struct rte_ether_hdr ether = {
		.dst_addr = *to,
		.src_addr = data->arp_sha,
		.ether_type = RTE_BE16(RTE_ETHER_TYPE_ARP),
	};
	const struct rte_arp_hdr arp = {
		.arp_hardware = RTE_BE16(RTE_ARP_HRD_ETHER),
		.arp_protocol = RTE_BE16(RTE_ETHER_TYPE_IPV4),
		.arp_hlen = RTE_ETHER_ADDR_LEN,
		.arp_plen = sizeof(uint32_t),
		.arp_opcode = rte_cpu_to_be_16(opcode),
		.arp_data = *data,
	};

	memcpy(frame, &ether, sizeof(ether));
	memcpy(frame + sizeof(ether), &arp, sizeof(arp));
}

void
mcr_neigh_build_request(uint8_t frame[MCR_NEIGH_ARP_FRAME_LEN], const struct rte_ether_addr *mac,
	uint32_t address, uint32_t target, const struct rte_ether_addr *unicast_to)
{
	static const struct rte_ether_addr broadcast = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
	const struct rte_arp_ipv4 data = {
		.arp_sha = *mac,
		.arp_sip = rte_cpu_to_be_32(address),
		.arp_tip = rte_cpu_to_be_32(target),
	};

	build_frame(frame, RTE_ARP_OP_REQUEST, unicast_to != NULL ? unicast_to : &broadcast, &data);
}

void
mcr_neigh_build_announcement(
	uint8_t frame[MCR_NEIGH_ARP_FRAME_LEN], const struct rte_ether_addr *mac, uint32_t address)
{
	mcr_neigh_build_request(frame, mac, address, address, NULL);
}

void
mcr_neigh_build_reply(uint8_t frame[MCR_NEIGH_ARP_FRAME_LEN], const struct rte_ether_addr *mac,
	uint32_t address, const struct mcr_neigh_arp *request)
{
	const struct rte_arp_ipv4 data = {
		.arp_sha = *mac,
		.arp_sip = rte_cpu_to_be_32(address),
		.arp_tha = request->sender_mac,
		.arp_tip = rte_cpu_to_be_32(request->sender),
	};

	build_frame(frame, RTE_ARP_OP_REPLY, &request->sender_mac, &data);
}
