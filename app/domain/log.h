/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The agent's log, in the hub's style: one line on standard error, `mcdpdk-domain: [level: ]what`.
 * The journal gets the level as systemd's "<4>".
 */

#ifndef MCR_DOMAIN_LOG_H
#define MCR_DOMAIN_LOG_H

#include <mcr_domain.h>

void
mcr_agent_log(enum mcr_domain_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
