/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include "format.h"

#define OUTER_TTL 64

static uint8_t *
put_ethernet(uint8_t *at, const struct mcr_encap_path *path)
{
	memcpy(at, &path->next_hop_mac, RTE_ETHER_ADDR_LEN);
	memcpy(at + RTE_ETHER_ADDR_LEN, &path->source_mac, RTE_ETHER_ADDR_LEN);
	/* A plain frame takes the packet's own. */
	mcr_write_be16(at + 2 * RTE_ETHER_ADDR_LEN, path->is_ipv6 && path->encap != MCR_ENCAP_L2
							    ? RTE_ETHER_TYPE_IPV6
							    : RTE_ETHER_TYPE_IPV4);
	return at + RTE_ETHER_HDR_LEN;
}

/* TOS, total length and checksum depend on the packet and stay 0 here. So does the ID. */
static uint8_t *
put_ipv4(uint8_t *at, const struct mcr_encap_path *path, uint8_t protocol)
{
	at[0] = RTE_IPV4_VHL_DEF;
	mcr_write_be16(at + 6, RTE_IPV4_HDR_DF_FLAG);
	at[8] = OUTER_TTL;
	at[9] = protocol;
	mcr_write_be32(at + 12, path->source);
	mcr_write_be32(at + 16, path->destination);
	return at + MCR_IPV4_HEADER_LEN;
}

/* Traffic class, flow label and payload length depend on the packet and stay 0 here. */
static uint8_t *
put_ipv6(uint8_t *at, const struct mcr_encap_path *path, uint8_t protocol)
{
	at[0] = 6 << 4;
	at[6] = protocol;
	at[7] = OUTER_TTL;
	memcpy(at + MCR_IPV6_SOURCE, &path->source6, sizeof(path->source6));
	memcpy(at + MCR_IPV6_DESTINATION, &path->destination6, sizeof(path->destination6));
	return at + MCR_IPV6_HEADER_LEN;
}

static uint8_t *
put_ip(uint8_t *at, const struct mcr_encap_path *path, uint8_t protocol)
{
	if (protocol == 0)
		return at;
	return path->is_ipv6 ? put_ipv6(at, path, protocol) : put_ipv4(at, path, protocol);
}

/* The length and a source port of 0 depend on the packet. The checksum stays 0. */
static uint8_t *
put_udp(uint8_t *at, const struct mcr_encap_path *path, const struct mcr_encap_format *format)
{
	if (format->source_is_key)
		mcr_write_be16(at, path->key);
	else
		mcr_write_be16(at, path->source_port);
	mcr_write_be16(at + 2, path->udp_port != 0 ? path->udp_port : format->udp_port);
	return at + MCR_UDP_HEADER_LEN;
}

uint8_t *
mcr_nothing_put(uint8_t *at, const struct mcr_encap_path *path)
{
	(void)path;
	return at;
}

static bool
is_long(const struct mcr_encap_path *path)
{
	return path->is_ipv6 && mcr_encap_formats[path->encap].protocol != 0;
}

static uint16_t
sum_words(const uint8_t *at, size_t length)
{
	return ~mcr_checksum(at, length);
}

/* All that the UDP checksum covers but the inner packet, the source port and the length. */
static uint16_t
sum_udp(const uint8_t *ip, const uint8_t *udp, const uint8_t *inner)
{
	const uint64_t addresses = sum_words(ip + MCR_IPV6_SOURCE, 2 * MCR_IPV6_ADDRESS_LEN);

	return mcr_checksum_fold(addresses + rte_cpu_to_be_16(ip[6]) +
				 sum_words(udp + sizeof(uint16_t), inner - udp - sizeof(uint16_t)));
}

static void
build_outer_headers(struct mcr_template *t, const struct mcr_encap_path *path,
	const struct mcr_encap_format *format)
{
	uint8_t header[MCR_ENCAP_IPV6_HEADER_MAX] = {0};
	uint8_t *const ip = put_ethernet(header, path);
	uint8_t *const udp = put_ip(ip, path, format->protocol);
	uint8_t *const tunnel = format->udp_port != 0 ? put_udp(udp, path, format) : udp;
	uint8_t *const inner = format->put_tunnel(tunnel, path);

	RTE_ASSERT(inner - header >= RTE_ETHER_HDR_LEN && inner <= header + sizeof(header));
	t->header_len = inner - header;
	t->outer_ip_len = format->protocol != 0 ? inner - ip : 0;
	t->outer_udp_len = format->udp_port != 0 ? inner - udp : 0;
	t->inner_l2_len = format->inner_l2_len;
	if (mcr_encap_has_segment(path->encap)) {
		RTE_ASSERT(path->key < 1u << 24);
		t->segment[0] = path->key >> 16;
		mcr_write_be16(&t->segment[1], path->key);
	}
	RTE_ASSERT(mcr_template_has_ipv6(t) == is_long(path));
	if (is_long(path)) {
		t->zero_checksum = format->udp_port != 0 && path->zero_checksum;
		t->checksum = format->udp_port != 0 ? sum_udp(ip, udp, inner) : 0;
	} else if (format->protocol != 0) {
		t->checksum = sum_words(ip, MCR_IPV4_HEADER_LEN);
	}
	memcpy((uint8_t *)(uintptr_t)mcr_template_end(t) - t->header_len, header, t->header_len);
}

size_t
mcr_template_size(const struct mcr_encap_path *path)
{
	return is_long(path) ? sizeof(struct mcr_template_ipv6) : sizeof(struct mcr_template);
}

int
mcr_template_build(struct mcr_template *t, const struct mcr_encap_path *path)
{
	if ((unsigned int)path->encap >= MCR_ENCAP_COUNT)
		return -ENOTSUP;
	memset(t, 0, mcr_template_size(path));
	t->encap = path->encap;
	t->mtu = path->mtu;
	RTE_ASSERT(path->port <= UINT8_MAX);
	t->port = path->port;
	build_outer_headers(t, path, &mcr_encap_formats[path->encap]);
	if (path->encap == MCR_ENCAP_UDP) {
		t->rewrites_ipv6 = path->is_ipv6;
		mcr_rewrite_build(&t->rewrite, path);
	}
	return 0;
}

/* As mcr_template_write_udp(). @param sum As for mcr_template_udp_sum(). */
static void
write_udp_over_ipv6(const struct mcr_template *t, uint8_t *udp, uint16_t total_len,
	uint16_t entropy, uint64_t sum)
{
	const uint8_t *const end = ((const struct mcr_template_ipv6 *)t)->rest + MCR_TEMPLATE_LINE;
	const rte_be16_t source_port =
		rte_cpu_to_be_16(mcr_template_source_port(end - t->outer_udp_len, entropy));
	uint16_t checksum;

	RTE_ASSERT(t->outer_udp_len >= MCR_UDP_HEADER_LEN && total_len >= t->outer_udp_len);
	memcpy(udp, &source_port, sizeof(source_port));
	mcr_write_be16(udp + 4, total_len);
	if (t->zero_checksum)
		return;
	checksum = mcr_template_udp_checksum(t, source_port, mcr_template_udp_sum(total_len, sum));
	memcpy(udp + 6, &checksum, sizeof(checksum));
}

void
mcr_template_write_ipv6_sum(const struct mcr_template *t, uint8_t *inner, uint16_t inner_len,
	uint8_t tos, uint16_t entropy, uint64_t sum)
{
	const uint64_t start = mcr_template_ipv6_start(
		t, inner_len + t->outer_ip_len - MCR_IPV6_HEADER_LEN, tos, entropy);

	memcpy(inner - MCR_ENCAP_HEADROOM, mcr_template_end(t) - MCR_ENCAP_HEADROOM,
		MCR_ENCAP_HEADROOM);
	memcpy(inner - t->outer_ip_len, &start, sizeof(start));
	if (t->outer_udp_len != 0)
		write_udp_over_ipv6(
			t, inner - t->outer_udp_len, inner_len + t->outer_udp_len, entropy, sum);
}

void
mcr_template_write_ipv6(const struct mcr_template *t, uint8_t *inner, uint16_t inner_len,
	uint8_t tos, uint16_t entropy)
{
	const bool has_checksum = t->outer_udp_len != 0 && !t->zero_checksum;

	mcr_template_write_ipv6_sum(
		t, inner, inner_len, tos, entropy, has_checksum ? sum_words(inner, inner_len) : 0);
}

/* Over IPv6 the checksum of UDP covers the name, too. */
static void
correct_checksum(uint8_t *udp)
{
	uint16_t checksum;

	memcpy(&checksum, udp + 6, sizeof(checksum));
	checksum = ~mcr_checksum_fold((uint64_t)(uint16_t)~checksum + MCR_ENCAP_IPV6_TYPE_SUM);
	if (checksum == 0)
		checksum = UINT16_MAX;
	memcpy(udp + 6, &checksum, sizeof(checksum));
}

void
mcr_template_name_ipv6(const struct mcr_template *t, uint8_t *inner)
{
	const uint8_t offset = mcr_template_type_offset(t);

	if (offset == 0)
		return;
	mcr_write_be16(inner - offset, RTE_ETHER_TYPE_IPV6);
	if (mcr_template_has_ipv6(t) && t->outer_udp_len != 0 && !t->zero_checksum)
		correct_checksum(inner - t->outer_udp_len);
}
