/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* A text is refused with an error, or its dump is accepted and dumped identically. No number of an
 * IPv6 address stays behind. */

#include <stdlib.h>
#include <string.h>

#include <fuzz.h>

#include "reader.h"

static char *
dump(const struct mcr_config *config, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	require(out != NULL && mcr_config_dump(config, out) == 0);
	fclose(out);
	return text;
}

static void
check_dump(const struct mcr_config *config)
{
	struct mcr_config_messages errors = {0};
	size_t len, again_len;
	char *text = dump(config, &len), *again;
	struct mcr_config *same = mcr_config_parse(text, len, "dump", &errors);

	require(same != NULL && mcr_config_needs_restart(config, same) == NULL);
	again = dump(same, &again_len);
	require(len == again_len && memcmp(text, again, len) == 0);
	mcr_config_free(same);
	free(again);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mcr_config_messages errors = {0};
	struct mcr_config *config = mcr_config_parse((const char *)data, size, "text", &errors);

	require((config == NULL) == (errors.count > 0));
	if (config != NULL)
		check_dump(config);
	mcr_config_free(config);
	mcr_config_messages_free(&errors);
	mcr_address_reclaim(NULL);
	require(mcr_address_count() == 0);
	return 0;
}
