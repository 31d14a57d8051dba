/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* No quote is read beyond its end, and a quote that matches also matches when cut to the
 * shortest one. */

#include <netinet/in.h>
#include <stdlib.h>

#include <fuzz.h>

#include "mcr_encap.h"

#define NEXT_HEADER 6 /* offset in an IPv6 header */
#define IPV6_FRAGMENT_LEN 8

static bool
quotes(const struct mcr_template *t, const uint8_t *data, size_t size)
{
	uint8_t *const quote = malloc(size);
	bool made;

	memcpy(quote, data, size);
	made = mcr_template_may_have_made(t, quote, size);
	free(quote);
	return made;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mcr_encap_path path = {.key = 7, .udp_port = 4754};
	struct mcr_template_ipv6 room;
	struct mcr_template *const t = &room.first;
	size_t shortest;

	if (size < 2)
		return 0;
	path.encap = data[0] % MCR_ENCAP_COUNT;
	path.has_key = data[0] >= 0x80;
	path.is_ipv6 = (data[0] & 0x40) != 0;
	require(mcr_template_build(t, &path) == 0);
	shortest = mcr_template_ip_header_len(t) + MCR_UDP_HEADER_LEN;
	if (path.is_ipv6 && size > 1 + NEXT_HEADER && data[1 + NEXT_HEADER] == IPPROTO_FRAGMENT)
		shortest += IPV6_FRAGMENT_LEN;
	require(size <= shortest + 1 || !quotes(t, data + 1, size - 1) ||
		quotes(t, data + 1, shortest));
	return 0;
}
