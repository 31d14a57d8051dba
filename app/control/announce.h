/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Gratuitous ARP: the hub announces each port's address, so that hosts with an old ARP entry
 * send to the hub (RFC 5227 2.3). It probes for another owner first (2.1.1) and regularly
 * afterwards (conflict.h). Control lcore only. */

#ifndef MCR_CONTROL_ANNOUNCE_H
#define MCR_CONTROL_ANNOUNCE_H

#include <stdint.h>

#include "infra/announcer.h"

struct mcr_controller;

/** Announce a port's address once more. */
void
mcr_announce_again(struct mcr_controller *control, uint16_t port, enum mcr_announce_why why);

/** Send due announcements and probes. Ten times a second. */
void
mcr_announce_run(struct mcr_controller *control);

#endif
