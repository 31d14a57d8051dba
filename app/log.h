/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The program's log. Never from the data path.
 */

#ifndef MCR_APP_LOG_H
#define MCR_APP_LOG_H

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

#endif
