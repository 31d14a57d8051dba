/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <mcr_hash.h>

#include "mcr_fragment.h"

/* RFC 791, RFC 8200: offsets count units of 8 octets. */
#define UNIT 8

/* RFC 8200 4.5: the IPv6 header and a fragment header. */
#define IPV6_FRAGMENT_LEN 8
#define IPV6_HEADERS_LEN (MCR_IPV6_HEADER_LEN + IPV6_FRAGMENT_LEN)
#define IPV6_MORE 1

#define OPTION_END 0
#define OPTION_NOP 1
#define OPTION_COPIED 0x80

static uint16_t
payload_len(const struct mcr_fragmenter *fragmenter)
{
	RTE_ASSERT(fragmenter->info.total_len >= fragmenter->info.header_len);
	return fragmenter->info.total_len - fragmenter->info.header_len;
}

static uint16_t
first_unit(const struct mcr_fragmenter *fragmenter)
{
	return fragmenter->info.fragment & RTE_IPV4_HDR_OFFSET_MASK;
}

int
mcr_fragment_start(struct mcr_fragmenter *fragmenter, const uint8_t *ip, uint16_t len, uint16_t mtu)
{
	*fragmenter = (struct mcr_fragmenter){
		.ip = ip,
		.info = mcr_ipv4_parse(ip, len),
		.mtu = mtu,
	};
	if (fragmenter->info.header_len == 0)
		return -EINVAL;
	if (mtu < fragmenter->info.header_len + UNIT ||
		first_unit(fragmenter) + payload_len(fragmenter) / UNIT > RTE_IPV4_HDR_OFFSET_MASK)
		return -EMSGSIZE;
	return 0;
}

/* RFC 7739 5.3: who gets fragments sees how many others the hub sends, but its IDs say nothing of
 * those to another address, where the count starts elsewhere. */
static uint32_t
identify(const uint8_t *ip, uint32_t count)
{
	uint64_t destination[2];

	memcpy(destination, ip + MCR_IPV6_DESTINATION, sizeof(destination));
	return count + mcr_hash(destination[0], destination[1]);
}

int
mcr_fragment_start_ipv6(struct mcr_fragmenter *fragmenter, const uint8_t *ip, uint16_t len,
	uint16_t mtu, uint32_t number)
{
	const struct mcr_ipv6_info info = mcr_ipv6_parse(ip, len);

	*fragmenter = (struct mcr_fragmenter){
		.ip = ip,
		.info = {.header_len = MCR_IPV6_HEADER_LEN, .total_len = info.total_len},
		.mtu = mtu,
		.is_ipv6 = true,
	};
	if (info.total_len == 0)
		return -EINVAL;
	fragmenter->id = identify(ip, number);
	return mtu < IPV6_HEADERS_LEN + UNIT ? -EMSGSIZE : 0;
}

/* 0 at the end of the list or at a malformed option. */
static uint16_t
option_len(const uint8_t *option, uint16_t left)
{
	if (left == 0 || option[0] == OPTION_END)
		return 0;
	if (option[0] == OPTION_NOP)
		return 1;
	return left < 2 || option[1] < 2 || option[1] > left ? 0 : option[1];
}

/* RFC 791, 3.1: every fragment gets the options with the copied flag, then padding. */
static uint16_t
copy_options(const uint8_t *options, uint16_t left, uint8_t *to)
{
	uint16_t copied = 0, len;

	for (; (len = option_len(options, left)) != 0; options += len, left -= len) {
		if ((options[0] & OPTION_COPIED) == 0)
			continue;
		memcpy(to + copied, options, len);
		copied += len;
	}
	while (copied % 4 != 0)
		to[copied++] = OPTION_END;
	return copied;
}

static uint16_t
write_options(const struct mcr_fragmenter *fragmenter, uint8_t *to)
{
	const uint16_t len = fragmenter->info.header_len - MCR_IPV4_HEADER_LEN;

	if (fragmenter->done != 0)
		return copy_options(fragmenter->ip + MCR_IPV4_HEADER_LEN, len, to);
	memcpy(to, fragmenter->ip + MCR_IPV4_HEADER_LEN, len);
	return len;
}

static void
finish_header(uint8_t *to, uint16_t header_len, uint16_t total_len, uint16_t fragment)
{
	rte_be16_t checksum;

	RTE_ASSERT(header_len >= MCR_IPV4_HEADER_LEN && header_len % 4 == 0);
	to[0] = 0x40 | header_len / 4;
	mcr_write_be16(to + 2, total_len);
	mcr_write_be16(to + 6, fragment);
	mcr_write_be16(to + 10, 0);
	checksum = mcr_checksum(to, header_len);
	memcpy(to + 10, &checksum, sizeof(checksum));
}

static void
write_ipv6_headers(const struct mcr_fragmenter *fragmenter, uint8_t *to, uint16_t len, bool is_last)
{
	uint8_t *const fragment = to + MCR_IPV6_HEADER_LEN;

	memcpy(to, fragmenter->ip, MCR_IPV6_HEADER_LEN);
	mcr_write_be16(to + 4, IPV6_FRAGMENT_LEN + len);
	to[6] = IPPROTO_FRAGMENT;
	fragment[0] = fragmenter->ip[6];
	fragment[1] = 0;
	mcr_write_be16(fragment + 2, fragmenter->done | (is_last ? 0 : IPV6_MORE));
	mcr_write_be32(fragment + 4, fragmenter->id);
}

static uint16_t
make_next_of_ipv6(struct mcr_fragmenter *fragmenter, uint8_t *to)
{
	const uint16_t left = payload_len(fragmenter) - fragmenter->done;
	const bool is_last = IPV6_HEADERS_LEN + left <= fragmenter->mtu;
	const uint16_t len = is_last ? left : (fragmenter->mtu - IPV6_HEADERS_LEN) / UNIT * UNIT;

	if (left == 0)
		return 0;
	RTE_ASSERT(fragmenter->done % UNIT == 0 && len > 0);
	write_ipv6_headers(fragmenter, to, len, is_last);
	memcpy(to + IPV6_HEADERS_LEN, fragmenter->ip + MCR_IPV6_HEADER_LEN + fragmenter->done, len);
	fragmenter->done += len;
	return IPV6_HEADERS_LEN + len;
}

static uint16_t
make_next_of_ipv4(struct mcr_fragmenter *fragmenter, uint8_t *to)
{
	const uint16_t left = payload_len(fragmenter) - fragmenter->done;
	uint16_t fragment = first_unit(fragmenter) + fragmenter->done / UNIT;
	uint16_t header_len, len = left;

	if (left == 0)
		return 0;
	RTE_ASSERT(fragmenter->done % UNIT == 0);
	memcpy(to, fragmenter->ip, MCR_IPV4_HEADER_LEN);
	header_len = MCR_IPV4_HEADER_LEN + write_options(fragmenter, to + MCR_IPV4_HEADER_LEN);
	if (header_len + left > fragmenter->mtu) {
		len = (fragmenter->mtu - header_len) / UNIT * UNIT;
		fragment |= RTE_IPV4_HDR_MF_FLAG;
	}
	/* Fragments of a fragment that is not the last keep its MF. */
	fragment |= fragmenter->info.fragment & RTE_IPV4_HDR_MF_FLAG;
	memcpy(to + header_len, fragmenter->ip + fragmenter->info.header_len + fragmenter->done,
		len);
	RTE_ASSERT(header_len + len <= fragmenter->mtu && len > 0);
	finish_header(to, header_len, header_len + len, fragment);
	fragmenter->done += len;
	return header_len + len;
}

uint16_t
mcr_fragment_next(struct mcr_fragmenter *fragmenter, uint8_t *to)
{
	return fragmenter->is_ipv6 ? make_next_of_ipv6(fragmenter, to)
	                           : make_next_of_ipv4(fragmenter, to);
}
