/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdarg.h>
#include <stdlib.h>

#include "reader.h"

void
mcr_config_find(struct mcr_config_finding *finding, uint32_t index, uint32_t other)
{
	RTE_ASSERT(finding->count < UINT32_MAX);
	if (finding->count++ == 0) {
		finding->index = index;
		finding->other = other;
	}
}

void
mcr_config_add_finding(struct mcr_config_reader *reader, const char *list, const char *key,
	const struct mcr_config_finding *finding, const char *format, ...)
{
	const struct mcr_config_path parent = {.key = list};
	const struct mcr_config_path entry = {.parent = &parent, .index = finding->index};
	const struct mcr_config_path at = {.parent = &entry, .key = key};
	const struct mcr_config_path *path = key == NULL ? &entry : &at;
	char *text = NULL;
	va_list args;
	int len;

	RTE_ASSERT(list != NULL && format != NULL);
	if (finding->count == 0)
		return;
	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0)
		return;
	if (finding->count == 1)
		mcr_config_add_warning(reader, path, "%s", text);
	else
		mcr_config_add_warning(reader, path, "%s (and %u more)", text, finding->count - 1);
	free(text);
}
