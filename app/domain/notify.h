/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Runs the program of --notify, one at a time, and tells the agent when it has ended. Whoever uses
 * it blocks SIGCHLD and polls when that comes.
 */

#ifndef MCR_DOMAIN_NOTIFY_H
#define MCR_DOMAIN_NOTIFY_H

#include <stdint.h>

#include <mcr_domain.h>

struct mcr_notify;

/** Both must outlive it. @param hub The name of this hub. @return NULL: no memory. */
struct mcr_notify *
mcr_notify_create(
	const char *program, const char *name, const char *hub, struct mcr_domain *domain);

/** What runs is killed. NULL is allowed. */
void
mcr_notify_free(struct mcr_notify *notify);

/** None may be running: the agent sees to that. */
void
mcr_notify_run(struct mcr_notify *notify, uint64_t now, const struct mcr_domain_notice *notice);

/** Has it ended? Must it? NULL is allowed. */
void
mcr_notify_poll(struct mcr_notify *notify, uint64_t now);

/** When mcr_notify_poll() has something to do without a signal. NULL is allowed. */
uint64_t
mcr_notify_wake(const struct mcr_notify *notify);

#endif
