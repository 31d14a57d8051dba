/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* No quote is read beyond its end, and a quote that matches also matches when cut to 28 bytes. */

#include <stdlib.h>

#include <fuzz.h>

#include "mcr_encap.h"

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
	struct mcr_template t;

	if (size < 2)
		return 0;
	path.encap = data[0] % MCR_ENCAP_COUNT;
	path.has_key = data[0] >= 0x80;
	require(mcr_template_build(&t, &path) == 0);
	require(size <= 29 || !quotes(&t, data + 1, size - 1) || quotes(&t, data + 1, 28));
	return 0;
}
