/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <netinet/in.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_ip.h>

#include "test/sim/fail.h"
#include "test/sim/frames.h"

#define MAGIC UINT32_C(0x73696d21)
#define PORT 5000
#define GRE_UDP_PORT 4754
#define VXLAN_PORT 4789
#define IGMP_LEN(records) (8 + 8 * (records))

/* Headers are written from the first to the last, lengths and checksums when all is there. */
static uint8_t moves[SIM_HOSTS];

void
sim_frames_start(void)
{
	memset(moves, 0, sizeof(moves));
}

void
sim_frame_move(unsigned int host)
{
	moves[host]++;
}

static void
write_mac(uint8_t *at, unsigned int host)
{
	const uint8_t mac[] = {2, 0, 0, 0, moves[host], sim_hosts[host].address & 0xff};

	memcpy(at, mac, sizeof(mac));
}

static uint8_t *
append(struct sim_frame *frame, const void *bytes, uint16_t length)
{
	uint8_t *at = frame->bytes + frame->length;

	memcpy(at, bytes, length);
	frame->length += length;
	return at;
}

static void
append16(struct sim_frame *frame, uint16_t value)
{
	const rte_be16_t wire = rte_cpu_to_be_16(value);

	append(frame, &wire, sizeof(wire));
}

static void
append32(struct sim_frame *frame, uint32_t value)
{
	const rte_be32_t wire = rte_cpu_to_be_32(value);

	append(frame, &wire, sizeof(wire));
}

/* From a host or the gateway to the hub, whose MAC the world fills in. */
static void
append_ethernet(struct sim_frame *frame, unsigned int host, uint16_t type)
{
	static const uint8_t to[6] = {0}, gateway[] = {2, 0, 0, 0, 0, 1};
	uint8_t *from;

	append(frame, to, sizeof(to));
	from = append(frame, gateway, sizeof(gateway));
	if (sim_hosts[host].is_on_link)
		write_mac(from, host);
	append16(frame, type);
}

static void
append_ip(struct sim_frame *frame, uint32_t from, uint32_t to, uint8_t protocol, uint16_t payload)
{
	struct rte_ipv4_hdr ip = {
		.version_ihl = RTE_IPV4_VHL_DEF,
		.total_length = rte_cpu_to_be_16(sizeof(ip) + payload),
		.time_to_live = 16,
		.next_proto_id = protocol,
		.src_addr = rte_cpu_to_be_32(from),
		.dst_addr = rte_cpu_to_be_32(to),
	};

	ip.hdr_checksum = rte_ipv4_cksum(&ip);
	append(frame, &ip, sizeof(ip));
}

static void
append_udp(struct sim_frame *frame, uint16_t port, uint16_t payload)
{
	append16(frame, 50000);
	append16(frame, port);
	append16(frame, 8 + payload);
	append16(frame, 0);
}

static void
append_gre(struct sim_frame *frame, const struct sim_host *host)
{
	append16(frame, host->has_key ? 0x2000 : 0);
	append16(frame, RTE_ETHER_TYPE_IPV4);
	if (host->has_key)
		append32(frame, host->key);
}

static void
append_vxlan(struct sim_frame *frame, unsigned int host, uint32_t to)
{
	const uint8_t inner[] = {0x01, 0, 0x5e, to >> 16 & 0x7f, to >> 8 & 0xff, to & 0xff, 2, 1, 0,
		0, 0, host, 8, 0};

	append32(frame, 0x08000000);
	append32(frame, sim_hosts[host].key << 8);
	append(frame, inner, sizeof(inner));
}

static uint32_t
inner_address(unsigned int host)
{
	return sim_hosts[host].encap == SIM_L2 ? sim_hosts[host].address
	                                       : SIM_ADDRESS(172, 16, 0, 10 + host);
}

/* @param payload What follows, beginning with an IP header to the group. */
static void
begin(struct sim_frame *frame, unsigned int host, uint32_t group, uint16_t payload)
{
	const struct sim_host *of = &sim_hosts[host];
	const uint16_t gre = of->has_key ? 8 : 4;

	frame->length = 0;
	append_ethernet(frame, host, RTE_ETHER_TYPE_IPV4);
	switch (of->encap) {
	case SIM_GRE:
		append_ip(frame, of->address, SIM_HUB, IPPROTO_GRE, gre + payload);
		append_gre(frame, of);
		break;
	case SIM_GRE_UDP:
		append_ip(frame, of->address, SIM_HUB, IPPROTO_UDP, 8 + gre + payload);
		append_udp(frame, GRE_UDP_PORT, gre + payload);
		append_gre(frame, of);
		break;
	case SIM_VXLAN:
		append_ip(frame, of->address, SIM_HUB, IPPROTO_UDP, 8 + 8 + 14 + payload);
		append_udp(frame, VXLAN_PORT, 8 + 14 + payload);
		append_vxlan(frame, host, group);
		break;
	default:
		break;
	}
}

void
sim_frame_data(struct sim_frame *frame, unsigned int host, unsigned int group, uint32_t number,
	uint16_t fill)
{
	const uint16_t payload = 12 + fill;

	begin(frame, host, sim_groups[group], 28 + payload);
	append_ip(frame, inner_address(host), sim_groups[group], IPPROTO_UDP, 8 + payload);
	append_udp(frame, PORT, payload);
	append32(frame, MAGIC);
	append32(frame, number);
	append16(frame, group);
	append16(frame, fill);
	for (uint16_t i = 0; i < fill; i++)
		frame->bytes[frame->length++] = number + i;
}

void
sim_frame_report(struct sim_frame *frame, unsigned int host, uint16_t which, uint16_t joins)
{
	const unsigned int records = __builtin_popcount(which);
	const uint16_t header = sizeof(struct rte_ipv4_hdr) + 4;
	const uint32_t all_routers = SIM_ADDRESS(224, 0, 0, 22);
	struct rte_ipv4_hdr *ip;
	uint8_t *igmp;
	rte_be16_t checksum;

	begin(frame, host, all_routers, header + IGMP_LEN(records));
	ip = (void *)(frame->bytes + frame->length);
	append_ip(frame, inner_address(host), all_routers, IPPROTO_IGMP, 4 + IGMP_LEN(records));
	ip->version_ihl = 0x46;
	ip->time_to_live = 1;
	append32(frame, 0x94040000); /* router alert */
	ip->hdr_checksum = 0;
	ip->hdr_checksum = ~rte_raw_cksum(ip, header);
	igmp = append(frame, "\x22\0\0\0\0\0", 6);
	append16(frame, records);
	for (unsigned int i = 0; i < SIM_GROUPS; i++) {
		if ((which >> i & 1) == 0)
			continue;
		append32(frame, (joins >> i & 1) != 0 ? 0x04000000 : 0x03000000);
		append32(frame, sim_groups[i]);
	}
	checksum = ~rte_raw_cksum(igmp, IGMP_LEN(records));
	memcpy(igmp + 2, &checksum, sizeof(checksum));
}

void
sim_frame_arp(struct sim_frame *frame, unsigned int host, bool is_reply)
{
	static const uint8_t nobody[6] = {0};
	uint8_t mac[6];

	write_mac(mac, host);
	frame->length = 0;
	append_ethernet(frame, host, RTE_ETHER_TYPE_ARP);
	append(frame, "\0\1\x08\0\6\4", 6);
	append16(frame, is_reply ? 2 : 1);
	append(frame, mac, sizeof(mac));
	append32(frame, sim_hosts[host].address);
	append(frame, nobody, sizeof(nobody));
	append32(frame, is_reply ? SIM_HUB : sim_hosts[host].address);
	if (!is_reply)
		memset(frame->bytes, 0xff, 6);
}

static uint16_t
read16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

static uint32_t
read32(const uint8_t *at)
{
	return (uint32_t)read16(at) << 16 | read16(at + 2);
}

/* @return SIM_HOSTS: none. */
static unsigned int
host_at(uint32_t address)
{
	unsigned int host = 0;

	while (host < SIM_HOSTS && sim_hosts[host].address != address)
		host++;
	return host;
}

static unsigned int
host_with_mac(const uint8_t *mac)
{
	unsigned int host = 0;

	while (host < SIM_HOSTS &&
		(!sim_hosts[host].is_on_link || (sim_hosts[host].address & 0xff) != mac[5]))
		host++;
	return host;
}

static const uint8_t *
check_ip(const uint8_t *ip, uint32_t length)
{
	SIM_REQUIRE(length >= 20 && ip[0] == 0x45 && read16(ip + 2) <= length, "no IPv4 header");
	SIM_REQUIRE(rte_raw_cksum(ip, 20) == 0xffff, "wrong checksum of an IPv4 header");
	return ip + 20;
}

/* The way of a copy through the tunnel. @return The inner IP header, or NULL. */
static const uint8_t *
open_tunnel(const struct sim_host *host, const uint8_t *at)
{
	if (host->encap == SIM_GRE_UDP || host->encap == SIM_VXLAN) {
		SIM_REQUIRE(
			read16(at + 2) == (host->encap == SIM_VXLAN ? VXLAN_PORT : GRE_UDP_PORT),
			"wrong UDP port %u", read16(at + 2));
		at += 8;
	}
	if (host->encap == SIM_VXLAN) {
		SIM_REQUIRE(read32(at) == 0x08000000 && read32(at + 4) == host->key << 8,
			"wrong VXLAN header");
		return read16(at + 20) == RTE_ETHER_TYPE_IPV4 ? at + 22 : NULL;
	}
	SIM_REQUIRE(read16(at) == (host->has_key ? 0x2000 : 0), "wrong flags of GRE");
	SIM_REQUIRE(!host->has_key || read32(at + 4) == host->key, "wrong key of GRE");
	return read16(at + 2) == RTE_ETHER_TYPE_IPV4 ? at + (host->has_key ? 8 : 4) : NULL;
}

static void
check_fill(const uint8_t *at, const struct sim_sent *sent)
{
	for (uint16_t i = 0; i < sent->fill; i++)
		SIM_REQUIRE(at[i] == (uint8_t)(sent->number + i), "byte %u of packet %u is changed",
			i, sent->number);
}

static void
read_data(const uint8_t *ip, const uint8_t *end, struct sim_sent *sent)
{
	const uint8_t *udp;

	if (end - ip < 40 || ip[0] != 0x45 || ip[9] != IPPROTO_UDP || read32(ip + 28) != MAGIC)
		return;
	udp = check_ip(ip, end - ip);
	sent->kind = SIM_COPY;
	sent->number = read32(udp + 12);
	sent->group = read16(udp + 16);
	sent->fill = read16(udp + 18);
	SIM_REQUIRE(sent->group < SIM_GROUPS, "packet %u: no such group", sent->number);
	SIM_REQUIRE(read16(ip + 2) == 40 + sent->fill && end - ip >= 40 + sent->fill,
		"packet %u: wrong length", sent->number);
	SIM_REQUIRE(read32(ip + 16) == (sim_hosts[sent->host].encap == SIM_UDP
						       ? sim_hosts[sent->host].address
						       : sim_groups[sent->group]),
		"packet %u: wrong destination", sent->number);
	SIM_REQUIRE(read16(udp + 2) == PORT, "packet %u: wrong port", sent->number);
	check_fill(udp + 20, sent);
}

static void
check_mac(const uint8_t *mac, struct sim_sent *sent)
{
	static const uint8_t gateway[] = {2, 0, 0, 0, 0, 1};
	uint8_t right[6];

	write_mac(right, sent->host);
	if (!sim_hosts[sent->host].is_on_link)
		memcpy(right, gateway, sizeof(right));
	sent->is_to_old_mac = memcmp(mac, right, sizeof(right)) != 0;
}

struct sim_sent
sim_frame_read(const uint8_t *bytes, uint32_t length)
{
	struct sim_sent sent = {.kind = SIM_OTHER, .host = SIM_HOSTS};
	const uint8_t *ip = bytes + 14, *inner;

	SIM_REQUIRE(length >= 34, "frame of %u bytes", length);
	if (read16(bytes + 12) == RTE_ETHER_TYPE_ARP) {
		sent.host = host_at(read32(ip + 24));
		if (read16(ip + 6) == 1 && sent.host != SIM_HOSTS)
			sent.kind = SIM_ARP_REQUEST;
		return sent;
	}
	SIM_REQUIRE(read16(bytes + 12) == RTE_ETHER_TYPE_IPV4, "no IPv4");
	sent.host = read32(ip + 16) >> 28 == 0xe ? host_with_mac(bytes) : host_at(read32(ip + 16));
	if (sent.host == SIM_HOSTS)
		return sent;
	inner = ip;
	if (sim_hosts[sent.host].encap != SIM_L2 && sim_hosts[sent.host].encap != SIM_UDP) {
		const uint8_t *tunnel = check_ip(ip, length - 14);

		if (ip[9] == IPPROTO_ICMP)
			return sent;
		inner = open_tunnel(&sim_hosts[sent.host], tunnel);
	}
	if (inner != NULL)
		read_data(inner, bytes + length, &sent);
	check_mac(bytes, &sent);
	return sent;
}
