/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"

#define FIRST_SIZE 4096
/* Most bytes added at once. */
#define PIECE_MAX 96

static bool
reserve(struct mcr_state_text *text)
{
	const size_t size = text->size == 0 ? FIRST_SIZE : 2 * text->size;
	char *bytes;

	RTE_ASSERT(text->length <= text->size);
	if (text->failed || text->length + PIECE_MAX <= text->size)
		return !text->failed;
	bytes = realloc(text->bytes, size);
	if (bytes == NULL) {
		text->failed = true;
		return false;
	}
	text->bytes = bytes;
	text->size = size;
	return true;
}

static void __rte_format_printf(2, 3)
	append_format(struct mcr_state_text *text, const char *format, ...)
{
	va_list args;
	int written;

	if (!reserve(text))
		return;
	va_start(args, format);
	written = vsnprintf(text->bytes + text->length, PIECE_MAX, format, args);
	va_end(args);
	RTE_ASSERT(written > 0 && written < PIECE_MAX);
	text->length += written;
}

static char *
put_octet(char *at, uint8_t octet)
{
	if (octet >= 100)
		*at++ = '0' + octet / 100;
	if (octet >= 10)
		*at++ = '0' + octet / 10 % 10;
	*at++ = '0' + octet % 10;
	return at;
}

/* printf() took most of the time for 100,000 groups. */
static void
append_ipv4(struct mcr_state_text *text, uint32_t address)
{
	char *at;

	if (!reserve(text))
		return;
	at = text->bytes + text->length;
	*at++ = ' ';
	for (int shift = 24; shift >= 0; shift -= 8) {
		at = put_octet(at, address >> shift);
		if (shift > 0)
			*at++ = '.';
	}
	text->length = at - text->bytes;
	RTE_ASSERT(text->length <= text->size);
}

static void
append_address(struct mcr_state_text *text, uint32_t address)
{
	char formatted[MCR_ADDRESS_TEXT];

	if (mcr_address_is_ipv6(address))
		append_format(text, " %s", mcr_address_format(address, formatted));
	else
		append_ipv4(text, address);
}

static void
append_word(struct mcr_state_text *text, const char *word, size_t length)
{
	RTE_ASSERT(length <= PIECE_MAX);
	if (!reserve(text))
		return;
	memcpy(text->bytes + text->length, word, length);
	text->length += length;
}

void
mcr_state_begin(struct mcr_state_text *text)
{
	text->length = 0;
	text->failed = false;
	append_word(text, STATE_HEADER, STATE_HEADER_LEN);
}

void
mcr_state_add_secret(struct mcr_state_text *text, const uint8_t secret[MCR_STATE_SECRET_LEN])
{
	append_word(text, "secret ", 7);
	for (unsigned int i = 0; i < MCR_STATE_SECRET_LEN; i++)
		append_format(text, "%02x", secret[i]);
	append_word(text, "\n", 1);
}

void
mcr_state_add_member(struct mcr_state_text *text, const struct mcr_member_identity *identity)
{
	RTE_ASSERT(mcr_encap_name(identity->encap) != NULL);
	append_format(text, "member %s", mcr_encap_name(identity->encap));
	append_address(text, identity->address);
	if (identity->has_key)
		append_format(text, " key %u", identity->key);
	else if (identity->key != 0)
		append_format(text, " id %u", identity->key);
	if (identity->udp_port != 0)
		append_format(text, " port %u", identity->udp_port);
	append_word(text, "\n", 1);
}

void
mcr_state_add_nat_port(struct mcr_state_text *text, uint16_t port)
{
	RTE_ASSERT(port != 0); /* the reader takes no other */
	append_format(text, "nat %u\n", port);
}

void
mcr_state_add_hub_address(struct mcr_state_text *text, uint32_t address)
{
	append_word(text, "hub", 3);
	append_address(text, address);
	append_word(text, "\n", 1);
}

void
mcr_state_add_group(struct mcr_state_text *text, const struct mcr_state_group *group)
{
	const uint16_t sources = RTE_MIN(group->source_count, MCR_STATE_SOURCES_MAX);

	RTE_ASSERT(mcr_address_is_multicast(group->group)); /* the reader takes no other */
	RTE_ASSERT(group->sources != NULL || group->source_count == 0);
	append_word(text, group->exclude ? "exclude" : "include", 7);
	append_address(text, group->group);
	for (uint16_t i = 0; i < sources; i++)
		append_address(text, group->sources[i]);
	append_word(text, "\n", 1);
}

void
mcr_state_add_neighbour(struct mcr_state_text *text, const struct mcr_state_neighbour *neighbour)
{
	RTE_ASSERT(
		rte_is_valid_assigned_ether_addr(&neighbour->mac)); /* the reader takes no other */
	append_word(text, "neighbour", 9);
	append_address(text, neighbour->hub);
	append_address(text, neighbour->address);
	append_format(
		text, " %02x:%02x:%02x:%02x:%02x:%02x\n", RTE_ETHER_ADDR_BYTES(&neighbour->mac));
}

int
mcr_state_end(struct mcr_state_text *text)
{
	append_format(text, STATE_TRAILER, state_checksum(text->bytes, text->length));
	return text->failed ? -ENOMEM : 0;
}

void
mcr_state_free(struct mcr_state_text *text)
{
	free(text->bytes);
	*text = (struct mcr_state_text){0};
}
