/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* libFuzzer: a text, as it is and framed; written again, it must read the same. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
write_secret(void *arg, const uint8_t secret[MCR_STATE_SECRET_LEN])
{
	mcr_state_add_secret(arg, secret);
}

static void
write_member(void *arg, const struct mcr_member_identity *identity)
{
	mcr_state_add_member(arg, identity);
}

static void
write_nat_port(void *arg, uint16_t port)
{
	if (port == 0)
		abort();
	mcr_state_add_nat_port(arg, port);
}

static void
write_hub_address(void *arg, uint32_t address)
{
	mcr_state_add_hub_address(arg, address);
}

static void
write_group(void *arg, const struct mcr_state_group *group)
{
	if (!mcr_address_is_multicast(group->group))
		abort();
	mcr_state_add_group(arg, group);
}

static void
write_neighbour(void *arg, const struct mcr_state_neighbour *neighbour)
{
	if (!rte_is_valid_assigned_ether_addr(&neighbour->mac))
		abort();
	mcr_state_add_neighbour(arg, neighbour);
}

static const struct mcr_state_ops ops = {write_secret, write_member, write_nat_port,
	write_hub_address, write_group, write_neighbour};

static struct mcr_state_text
rewrite(const char *bytes, size_t length, int *ret)
{
	struct mcr_state_text text = {0};
	uint32_t line;

	mcr_state_begin(&text);
	*ret = mcr_state_read(bytes, length, &ops, &text, &line);
	if (*ret != 0 && text.length != STATE_HEADER_LEN)
		abort(); /* a callback for a rejected text */
	if (mcr_state_end(&text) != 0)
		abort();
	return text;
}

static void
check(const char *bytes, size_t length)
{
	int ret;
	struct mcr_state_text first = rewrite(bytes, length, &ret), second;

	if (ret == 0) {
		second = rewrite(first.bytes, first.length, &ret);
		if (ret != 0 || second.length != first.length ||
			memcmp(first.bytes, second.bytes, first.length) != 0)
			abort();
		mcr_state_free(&second);
	}
	mcr_state_free(&first);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *framed = malloc(STATE_HEADER_LEN + size + STATE_TRAILER_LEN + 1);
	const size_t body = STATE_HEADER_LEN + size;

	check((const char *)data, size);
	memcpy(framed, STATE_HEADER, STATE_HEADER_LEN);
	if (size > 0)
		memcpy(framed + STATE_HEADER_LEN, data, size);
	snprintf(framed + body, STATE_TRAILER_LEN + 1, STATE_TRAILER, state_checksum(framed, body));
	check(framed, body + STATE_TRAILER_LEN);
	free(framed);
	if (mcr_address_count() != 0)
		abort();
	mcr_address_reclaim(NULL);
	return 0;
}
