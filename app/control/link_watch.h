/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Watches ports' links, in the driver and in the kernel's interface beneath the port.
 * Changes are counted and logged; shorter outages too, where the driver reports them. When a link
 * comes up the hub announces the port's address and resolves its neighbours again. */

#ifndef MCR_CONTROL_LINK_WATCH_H
#define MCR_CONTROL_LINK_WATCH_H

struct mcr_controller;

/** Control lcore, ten times a second. */
void
mcr_link_watch_run(struct mcr_controller *control);

#endif
