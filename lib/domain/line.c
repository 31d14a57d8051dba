/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state.h"

/* Whoever may write to etcd must not fill the log. */
#define COMPLAINTS_MAX 10
#define PACE (10 * SECOND)

/* What came from etcd must not control the terminal. */
static void
replace_controls(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7f)
			*text = '?';
}

static void
append(struct lines *lines, enum mcr_domain_level level, const char *format, va_list args)
{
	char text[LINE_LEN];
	uint32_t at;

	if (lines->count == LINES_MAX)
		return;
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): what va_start() began */
	vsnprintf(text, sizeof(text), format, args);
	replace_controls(text);
	at = (lines->head + lines->count) % LINES_MAX;
	lines->at[at] = strdup(text);
	lines->levels[at] = level;
	lines->count += lines->at[at] != NULL;
}

void
mcr_domain_log(struct mcr_domain *domain, enum mcr_domain_level level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	append(&domain->lines, level, format, args);
	va_end(args);
}

void
mcr_domain_complain(struct mcr_domain *domain, uint64_t now, const char *format, ...)
{
	struct lines *lines = &domain->lines;
	va_list args;

	lines->refused++;
	if (now >= lines->pace_end && lines->unshown == 0) {
		lines->pace_end = now + PACE;
		lines->paced = 0;
	}
	if (lines->paced++ >= COMPLAINTS_MAX) {
		lines->unshown++;
		return;
	}
	va_start(args, format);
	append(lines, MCR_DOMAIN_WARNING, format, args);
	va_end(args);
}

bool
mcr_domain_next_line(struct mcr_domain *domain, uint64_t now, struct mcr_domain_action *action)
{
	struct lines *lines = &domain->lines;

	if (lines->unshown > 0 && now >= lines->pace_end) {
		mcr_domain_log(domain, MCR_DOMAIN_WARNING,
			"etcd: %u more keys or values were not usable", lines->unshown);
		lines->unshown = 0;
	}
	if (lines->count == 0)
		return false;
	free(lines->shown);
	lines->shown = lines->at[lines->head];
	action->type = MCR_DOMAIN_LOG;
	action->text = lines->shown;
	action->level = lines->levels[lines->head];
	lines->head = (lines->head + 1) % LINES_MAX;
	lines->count--;
	return true;
}
