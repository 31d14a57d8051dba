/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <netinet/in.h>

#include "format.h"

#define OFF_LINK_TTL 64

void
mcr_rewrite_build(struct mcr_rewrite *rewrite, const struct mcr_encap_path *path)
{
	mcr_write_be32(rewrite->destination, path->destination);
	mcr_write_be16(rewrite->udp_port, path->udp_port);
	rewrite->ttl = path->off_link ? OFF_LINK_TTL : 0;
}

/* Where the checksum of a transport lies that covers the addresses (the pseudo header); 0: none. */
static unsigned int
transport_checksum_offset(uint8_t protocol)
{
	if (protocol == IPPROTO_UDP)
		return 6;
	return protocol == IPPROTO_TCP ? 16 : 0;
}

/* Whether the start of the transport's header is in this packet, its checksum included. */
static bool
has_transport(const struct mcr_ipv4_info *info, unsigned int checksum_offset)
{
	return checksum_offset != 0 && (info->fragment & RTE_IPV4_HDR_OFFSET_MASK) == 0 &&
	       info->total_len >= info->header_len + checksum_offset + sizeof(uint16_t);
}

/* Writes a word, and takes the difference into a checksum that lies elsewhere. */
static void
replace_word(uint8_t *at, uint16_t word, uint8_t *checksum)
{
	const uint16_t before = mcr_read_be16(checksum);

	mcr_write_be16(checksum, mcr_checksum_update(before, mcr_read_be16(at), word));
	mcr_write_be16(at, word);
}

static void
rewrite_header(const struct mcr_rewrite *rewrite, uint8_t *ip)
{
	const uint8_t ttl = rewrite->ttl != 0 ? rewrite->ttl : ip[8];

	replace_word(ip + 8, ttl << 8 | ip[9], ip + 10);
	replace_word(ip + 16, mcr_read_be16(rewrite->destination), ip + 10);
	replace_word(ip + 18, mcr_read_be16(rewrite->destination + 2), ip + 10);
}

/* Takes the new destination into the checksum of the transport; the header is still the old one. */
static void
update_pseudo_header(const struct mcr_rewrite *rewrite, const uint8_t *ip, uint8_t *checksum)
{
	uint8_t destination[sizeof(rewrite->destination)];

	memcpy(destination, ip + 16, sizeof(destination));
	replace_word(destination, mcr_read_be16(rewrite->destination), checksum);
	replace_word(destination + 2, mcr_read_be16(rewrite->destination + 2), checksum);
}

/* RFC 768: 0 means that the sender made no checksum; a computed 0 is sent as all ones. */
static void
rewrite_udp(const struct mcr_rewrite *rewrite, const uint8_t *ip, uint8_t *udp)
{
	const uint16_t port = mcr_read_be16(rewrite->udp_port);
	const bool has_checksum = mcr_read_be16(udp + 6) != 0;

	update_pseudo_header(rewrite, ip, udp + 6);
	if (port != 0)
		replace_word(udp + 2, port, udp + 6);
	if (!has_checksum)
		mcr_write_be16(udp + 6, 0);
	else if (mcr_read_be16(udp + 6) == 0)
		mcr_write_be16(udp + 6, UINT16_MAX);
}

void
mcr_rewrite_packet(const struct mcr_rewrite *rewrite, uint8_t *ip)
{
	const struct mcr_ipv4_info info = mcr_ipv4_parse(ip, UINT16_MAX);
	const unsigned int checksum_offset = transport_checksum_offset(info.protocol);
	uint8_t *const transport = ip + info.header_len;

	if (has_transport(&info, checksum_offset)) {
		if (info.protocol == IPPROTO_UDP)
			rewrite_udp(rewrite, ip, transport);
		else
			update_pseudo_header(rewrite, ip, transport + checksum_offset);
	}
	rewrite_header(rewrite, ip);
}
