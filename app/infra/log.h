/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The program's log; the data path never logs. Each line goes to one place: standard error, or
 * syslog with EAL's --syslog. The journal gets the level as systemd's "<4>", other readers as a
 * word.
 */

#ifndef MCR_INFRA_LOG_H
#define MCR_INFRA_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_log.h>

extern int mcr_logtype;

/** LEVEL as in RTE_LOG_LEVEL, format without a line feed. */
#define MCR_LOG(level, ...)                   \
	rte_log(RTE_LOG_##level, mcr_logtype, \
		RTE_FMT("mcdpdk: " RTE_FMT_HEAD(__VA_ARGS__, ) "\n", RTE_FMT_TAIL(__VA_ARGS__, )))

#define MCR_IP_FMT "%u.%u.%u.%u"
#define MCR_IP_ARGS(ip) (ip) >> 24, (ip) >> 16 & 0xff, (ip) >> 8 & 0xff, (ip)&0xff

#define MCR_MAC_FMT "%02x:%02x:%02x:%02x:%02x:%02x"

/**
 * Take over EAL's log, before EAL starts: its own log writes each line to both standard error and
 * syslog.
 * @param syslog_wanted To syslog only.
 */
void
mcr_log_open(bool syslog_wanted);

/** From now on nobody waits for the log: a thread writes it, and lines may be lost. EAL runs. */
void
mcr_log_start(void);

/** Wait until what was logged is written, but not long for a slow reader. Not for lcores. */
void
mcr_log_await(void);

/** Write what waits, for half a second at most. */
void
mcr_log_end(void);

/** Print one line to standard error without EAL; for the journal with its level. */
void
mcr_log_print(uint32_t level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** One of the last errors, without the program's name; 0 is the latest. NULL: not that many, or
 * no longer kept. Valid until the next error: call only while nothing logs. */
const char *
mcr_log_get_error(unsigned int age);

#endif
