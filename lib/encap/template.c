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
	mcr_write_be16(at + 2 * RTE_ETHER_ADDR_LEN, RTE_ETHER_TYPE_IPV4);
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

static uint16_t
sum_header(const uint8_t *ip)
{
	return ~mcr_checksum(ip, MCR_IPV4_HEADER_LEN);
}

static void
build_outer_headers(struct mcr_template *t, const struct mcr_encap_path *path,
	const struct mcr_encap_format *format)
{
	uint8_t header[MCR_ENCAP_HEADER_MAX] = {0};
	uint8_t *const ip = put_ethernet(header, path);
	uint8_t *const udp = format->protocol != 0 ? put_ipv4(ip, path, format->protocol) : ip;
	uint8_t *const tunnel = format->udp_port != 0 ? put_udp(udp, path, format) : udp;
	uint8_t *const inner = format->put_tunnel(tunnel, path);

	RTE_ASSERT(inner - header >= RTE_ETHER_HDR_LEN && inner - header <= MCR_ENCAP_HEADER_MAX);
	t->header_len = inner - header;
	t->outer_ip_len = format->protocol != 0 ? inner - ip : 0;
	t->outer_udp_len = format->udp_port != 0 ? inner - udp : 0;
	t->inner_l2_len = format->inner_l2_len;
	if (mcr_encap_has_segment(path->encap)) {
		RTE_ASSERT(path->key < 1u << 24);
		t->segment[0] = path->key >> 16;
		mcr_write_be16(&t->segment[1], path->key);
	}
	t->checksum = format->protocol != 0 ? sum_header(ip) : 0;
	memcpy(t->header + MCR_ENCAP_HEADER_MAX - t->header_len, header, t->header_len);
}

int
mcr_template_build(struct mcr_template *t, const struct mcr_encap_path *path)
{
	if ((unsigned int)path->encap >= MCR_ENCAP_COUNT)
		return -ENOTSUP;
	*t = (struct mcr_template){
		.encap = path->encap,
		.mtu = path->mtu,
		.port = path->port,
	};
	build_outer_headers(t, path, &mcr_encap_formats[path->encap]);
	if (path->encap == MCR_ENCAP_UDP)
		mcr_rewrite_build(&t->rewrite, path);
	return 0;
}
