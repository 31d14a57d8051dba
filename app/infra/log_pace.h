/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Rate limits for log lines that outsiders can cause.
 */

#ifndef MCR_INFRA_LOG_PACE_H
#define MCR_INFRA_LOG_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_debug.h>

#include "infra/log.h"

#define MCR_LOG_PACE_BURST 4
#define MCR_LOG_PACE_MS UINT64_C(10000)

/** All zeros: nothing was logged yet. */
struct mcr_log_pace {
	uint64_t paid_ms; /**< until when the lines so far use up the rate */
};

/** @return Whether a line may be logged now: `burst` at once, one each `ms` in the long run. A
 * suppressed line costs nothing. */
static inline bool
mcr_log_pace_spend(struct mcr_log_pace *pace, uint32_t burst, uint64_t ms, uint64_t now_ms)
{
	const uint64_t from = RTE_MAX(pace->paid_ms, now_ms);

	RTE_ASSERT(burst != 0 && from - now_ms <= burst * ms);
	if (from - now_ms > (burst - 1) * ms)
		return false;
	pace->paid_ms = from + ms;
	return true;
}

/** For a state that is logged late but never left out: the caller logs what it is by then. */
static inline bool
mcr_log_pace_take(struct mcr_log_pace *pace, uint64_t now_ms)
{
	return mcr_log_pace_spend(pace, MCR_LOG_PACE_BURST, MCR_LOG_PACE_MS, now_ms);
}

/** One source causes a line of a site at most this often; later ones are counted. */
#define MCR_LOG_SOURCE_MS UINT64_C(10000)

/** All sources together: this many lines of a site at once, and in each second from then on. */
#define MCR_LOG_SITE_LINES 10

/** The longest line that is not cut. */
#define MCR_LOG_PACED_LEN 256

/** Where in the source code a line is logged. Private to log_pace.c, except for its level. */
struct mcr_log_site {
	uint32_t level;
	bool is_known;
	struct mcr_log_pace pace; /* of all sources */
	struct mcr_log_site *next;
	uint32_t left_out;            /* lines, not reported yet */
	uint64_t left_out_ms;         /* when the first of them was */
	uint64_t source;              /* of the first */
	char text[MCR_LOG_PACED_LEN]; /* of the first */
};

/**
 * Log what outsiders cause: each source and all sources together have a limit. Ten seconds after
 * the first line that was left out, the log has that line, with the number of the others: " (and
 * 312 more in 10 s)". Control lcore only.
 *
 * @param now_ms Must not go back before mcr_log_pace_end().
 * @param source The id of a member, an address: whatever tells apart who causes the line.
 */
#define MCR_LOG_PACED(LEVEL, now_ms, source, ...)                                 \
	do {                                                                      \
		static struct mcr_log_site log_site = {.level = RTE_LOG_##LEVEL}; \
		mcr_log_pace_log(&log_site, (now_ms), (source), __VA_ARGS__);     \
	} while (0)

void
mcr_log_pace_log(struct mcr_log_site *site, uint64_t now_ms, uint64_t source, const char *format,
	...) __attribute__((format(printf, 4, 5)));

/** Report what was left out ten seconds ago. Control lcore, regularly. */
void
mcr_log_pace_run(uint64_t now_ms);

/** Report all that was left out, and forget it with all limits. */
void
mcr_log_pace_end(uint64_t now_ms);

#endif
