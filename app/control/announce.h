/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Gratuitous ARP: the hub announces each port's address, so hosts that knew the address at another
 * MAC send to the hub (RFC 5227 2.3). It probes for another owner first (2.1.1), and now and then
 * after that (conflict.h).
 */

#ifndef MCR_CONTROL_ANNOUNCE_H
#define MCR_CONTROL_ANNOUNCE_H

#include <stdint.h>

#include "infra/announcer.h"

struct mcr_controller;

/** Announce a port's address once more. Control lcore. */
void
mcr_announce_again(struct mcr_controller *control, uint16_t port, enum mcr_announce_why why);

/** Send what is due. Control lcore, some times a second. */
void
mcr_announce_run(struct mcr_controller *control);

#endif
