/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <mcr_hash.h>

#include "infra/log_pace.h"

/* Sources of all sites, by hash. A source that loses its place may cause a line too early, but the
 * limit of the site holds. */
#define SOURCES 1024

struct source {
	const struct mcr_log_site *site;
	uint64_t id;
	uint64_t free_ms; /* when its next line may be logged */
};

static struct source sources[SOURCES];
static struct mcr_log_site *sites; /* that ever logged */

static void
learn_site(struct mcr_log_site *site)
{
	if (site->is_known)
		return;
	site->is_known = true;
	site->next = sites;
	sites = site;
}

static struct source *
place_of(const struct mcr_log_site *site, uint64_t id)
{
	return &sources[mcr_hash(id, (uintptr_t)site) % SOURCES];
}

static void
limit_source(const struct mcr_log_site *site, uint64_t id, uint64_t now_ms)
{
	*place_of(site, id) = (struct source){site, id, now_ms + MCR_LOG_SOURCE_MS};
}

static bool
is_limited(const struct mcr_log_site *site, uint64_t id, uint64_t now_ms)
{
	const struct source *source = place_of(site, id);

	return source->site == site && source->id == id && now_ms < source->free_ms;
}

static bool
may_log(struct mcr_log_site *site, uint64_t id, uint64_t now_ms)
{
	return !is_limited(site, id, now_ms) && mcr_log_pace_spend(&site->pace, MCR_LOG_SITE_LINES,
							1000 / MCR_LOG_SITE_LINES, now_ms);
}

/* A line that stands for the others that were left out. */
static void
log_with_others(struct mcr_log_site *site, uint64_t now_ms, const char *text, uint32_t others)
{
	const uint64_t seconds = RTE_MAX((now_ms - site->left_out_ms + 500) / 1000, 1U);

	RTE_ASSERT(now_ms >= site->left_out_ms);
	if (others == 0)
		rte_log(site->level, mcr_logtype, "mcdpdk: %s\n", text);
	else
		rte_log(site->level, mcr_logtype, "mcdpdk: %s (and %u more in %" PRIu64 " s)\n",
			text, others, seconds);
	site->left_out = 0;
}

static void
leave_out(struct mcr_log_site *site, uint64_t now_ms, uint64_t source, const char *format,
	va_list args)
{
	if (site->left_out++ != 0)
		return;
	site->left_out_ms = now_ms;
	site->source = source;
	vsnprintf(site->text, sizeof(site->text), format, args);
}

static void
log_now(struct mcr_log_site *site, uint64_t now_ms, uint64_t source, const char *format,
	va_list args)
{
	char text[MCR_LOG_PACED_LEN];

	limit_source(site, source, now_ms);
	vsnprintf(text, sizeof(text), format, args);
	if (site->left_out != 0 && site->source == source)
		log_with_others(site, now_ms, text, site->left_out);
	else
		rte_log(site->level, mcr_logtype, "mcdpdk: %s\n", text);
}

void
mcr_log_pace_log(
	struct mcr_log_site *site, uint64_t now_ms, uint64_t source, const char *format, ...)
{
	va_list args;

	learn_site(site);
	va_start(args, format);
	if (may_log(site, source, now_ms))
		log_now(site, now_ms, source, format, args);
	else
		leave_out(site, now_ms, source, format, args);
	va_end(args);
}

static void
report(struct mcr_log_site *site, uint64_t now_ms)
{
	if (site->left_out == 0)
		return;
	limit_source(site, site->source, now_ms);
	log_with_others(site, now_ms, site->text, site->left_out - 1);
}

void
mcr_log_pace_run(uint64_t now_ms)
{
	for (struct mcr_log_site *site = sites; site != NULL; site = site->next) {
		if (now_ms - site->left_out_ms >= MCR_LOG_SOURCE_MS)
			report(site, now_ms);
	}
}

void
mcr_log_pace_end(uint64_t now_ms)
{
	for (struct mcr_log_site *site = sites; site != NULL; site = site->next) {
		report(site, now_ms);
		site->pace = (struct mcr_log_pace){0};
	}
	memset(sources, 0, sizeof(sources));
}
