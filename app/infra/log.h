/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The program's log. Never from the data path.
 *
 * Each line goes to one place: standard error, or syslog when EAL's --syslog asks for it. The
 * journal gets the level in systemd's form, "<4>", other readers of standard error get it as a
 * word.
 */

#ifndef MCR_INFRA_LOG_H
#define MCR_INFRA_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_log.h>

extern int mcr_logtype;

/** LEVEL of rte_log without RTE_LOG_, format without a line feed. */
#define MCR_LOG(level, ...)                   \
	rte_log(RTE_LOG_##level, mcr_logtype, \
		RTE_FMT("mcdpdk: " RTE_FMT_HEAD(__VA_ARGS__, ) "\n", RTE_FMT_TAIL(__VA_ARGS__, )))

/** Dotted decimal of a host byte order address, for a format with MCR_IP_FMT. */
#define MCR_IP_FMT "%u.%u.%u.%u"
#define MCR_IP_ARGS(ip) (ip) >> 24, (ip) >> 16 & 0xff, (ip) >> 8 & 0xff, (ip)&0xff

/** A MAC as Linux writes it, in lower case, for RTE_ETHER_ADDR_BYTES(). */
#define MCR_MAC_FMT "%02x:%02x:%02x:%02x:%02x:%02x"

/**
 * Take over EAL's log before it starts: by itself it writes each line to standard error and to
 * syslog.
 *
 * @param syslog_wanted
 *   To syslog only.
 */
void
mcr_log_open(bool syslog_wanted);

/** One line to standard error without EAL: as it stands, for the journal with its level. */
void
mcr_log_print(uint32_t level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * One of the last errors that were logged, without the name in front.
 *
 * Only while nobody logs: valid until the next error.
 *
 * @param age
 *   0: the last.
 * @return
 *   NULL when there were not so many, or it is not kept any more.
 */
const char *
mcr_log_get_error(unsigned int age);

#endif
