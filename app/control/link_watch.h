/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The links of ports: each change is counted and logged, and when a link comes up the port's
 * address is announced and its neighbours are asked for anew.
 *
 * Ten times a second each link is looked at: what the driver says, and the kernel's interface
 * beneath the port. Shorter outages are counted, too, where the driver reports them.
 */

#ifndef MCR_CONTROL_LINK_WATCH_H
#define MCR_CONTROL_LINK_WATCH_H

struct mcr_controller;

/** Look at all links. Control lcore, ten times a second. */
void
mcr_link_watch_run(struct mcr_controller *control);

#endif
