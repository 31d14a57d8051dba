/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <string.h>

#include "mcr_link.h"

static uint32_t
hash_text(uint32_t hash, const char *text)
{
	while (*text != '\0')
		hash = (hash ^ (uint8_t)*text++) * UINT32_C(0x01000193);
	return hash;
}

uint32_t
mcr_link_hub_id(const char *domain, const char *hub)
{
	const uint32_t id = hash_text(hash_text(hash_text(UINT32_C(0x811c9dc5), domain), "/"), hub);

	return id != 0 ? id : 1;
}

/* Of a member over IPv6; the fields of version 1 are there. */
static void
add_address(uint8_t *at, uint32_t member)
{
	at[0] ^= (MCR_LINK_VERSION ^ MCR_LINK_VERSION_IPV6) << 4;
	mcr_write_be32(at + 4, 0);
	memcpy(at + MCR_LINK_RECORD_LEN, mcr_address_ipv6(member), MCR_IPV6_ADDRESS_LEN);
}

void
mcr_link_write_record(uint8_t *at, const struct mcr_link_record *record)
{
	RTE_ASSERT(record->kind <= MCR_LINK_FRAME && record->vni < 1U << 24);
	at[0] = MCR_LINK_VERSION << 4 | record->kind;
	at[1] = record->flags;
	mcr_write_be16(at + 2, record->length);
	mcr_write_be32(at + 4, record->member);
	mcr_write_be32(at + 8, (uint32_t)record->lane << 24 | record->vni);
	if (unlikely(mcr_address_is_ipv6(record->member)))
		add_address(at, record->member);
}

static inline bool
read_fields(const uint8_t *from, uint32_t *at, uint32_t end, uint32_t own_len, uint32_t member,
	struct mcr_link_record *record)
{
	const uint32_t length = mcr_read_be16(from + 2);

	if ((from[0] & 0x0f) > MCR_LINK_FRAME || end - *at - own_len < length)
		return false;
	*record = (struct mcr_link_record){
		.kind = from[0] & 0x0f,
		.flags = from[1],
		.lane = from[8],
		.length = length,
		.offset = *at + own_len,
		.member = member,
		.vni = mcr_read_be32(from + 8) & 0xffffff,
	};
	*at += own_len + length;
	return true;
}

/* In 0.0.0.0/8 is no host's address, but numbers of IPv6 addresses. */
static __rte_noinline bool
read_other(const uint8_t *from, uint32_t *at, uint32_t end, struct mcr_link_record *record)
{
	if (from[0] >> 4 == MCR_LINK_VERSION)
		return read_fields(from, at, end, MCR_LINK_RECORD_LEN, MCR_ADDRESS_NONE, record);
	if (from[0] >> 4 != MCR_LINK_VERSION_IPV6 || end - *at < MCR_LINK_RECORD_MAX)
		return false;
	return read_fields(from, at, end, MCR_LINK_RECORD_MAX,
		mcr_address_find(from + MCR_LINK_RECORD_LEN), record);
}

bool
mcr_link_read_record(
	const uint8_t *bytes, uint32_t *at, uint32_t end, struct mcr_link_record *record)
{
	const uint8_t *const from = bytes + *at;
	uint32_t member;

	RTE_ASSERT(*at <= end && end <= UINT16_MAX);
	if (end - *at < MCR_LINK_RECORD_LEN)
		return false;
	member = mcr_read_be32(from + 4);
	/* Who has an address of IPv4 pays little for the others. */
	if (unlikely(from[0] >> 4 != MCR_LINK_VERSION || member <= MCR_ADDRESS_IPV6_MAX))
		return read_other(from, at, end, record);
	return read_fields(from, at, end, MCR_LINK_RECORD_LEN, member, record);
}

void
mcr_link_write_hello(uint8_t *at, const struct mcr_link_hello *hello)
{
	at[0] = hello->state;
	at[1] = hello->multiplier;
	mcr_write_be16(at + 2, 0);
	mcr_write_be32(at + 4, hello->my_discriminator);
	mcr_write_be32(at + 8, hello->your_discriminator);
	mcr_write_be32(at + 12, hello->interval);
	mcr_write_be32(at + 16, hello->epoch >> 32);
	mcr_write_be32(at + 20, hello->epoch);
}

bool
mcr_link_read_hello(const uint8_t *bytes, uint32_t length, struct mcr_link_hello *hello)
{
	if (length < MCR_LINK_HELLO_LEN)
		return false;
	*hello = (struct mcr_link_hello){
		.state = bytes[0],
		.multiplier = bytes[1],
		.my_discriminator = mcr_read_be32(bytes + 4),
		.your_discriminator = mcr_read_be32(bytes + 8),
		.interval = mcr_read_be32(bytes + 12),
		.epoch = (uint64_t)mcr_read_be32(bytes + 16) << 32 | mcr_read_be32(bytes + 20),
	};
	return true;
}

void
mcr_link_write_page(uint8_t *at, const struct mcr_link_page *page)
{
	mcr_write_be32(at, page->first);
	mcr_write_be32(at + 4, page->last);
	mcr_write_be16(at + 8, page->count);
	mcr_write_be16(at + 10, page->version);
	memcpy(at + MCR_LINK_LIST_LEN, page->ids, page->count * sizeof(uint32_t));
}

bool
mcr_link_read_page(const uint8_t *bytes, uint32_t length, struct mcr_link_page *page)
{
	const uint8_t *const at = bytes + MCR_LINK_HELLO_LEN;

	if (length < MCR_LINK_HELLO_LEN + MCR_LINK_LIST_LEN)
		return false;
	*page = (struct mcr_link_page){
		.first = mcr_read_be32(at),
		.last = mcr_read_be32(at + 4),
		.count = mcr_read_be16(at + 8),
		.version = mcr_read_be16(at + 10),
		.ids = at + MCR_LINK_LIST_LEN,
	};
	return page->first <= page->last &&
	       length - MCR_LINK_HELLO_LEN >= mcr_link_page_len(page->count);
}

bool
mcr_link_page_is_valid(const struct mcr_link_page *page)
{
	uint32_t least = page->first;

	for (uint16_t i = 0; i < page->count; i++) {
		const uint32_t id = mcr_link_page_id(page, i);

		if (id < least || id > page->last || (id == UINT32_MAX && i + 1 < page->count))
			return false;
		least = id + 1;
	}
	return true;
}
