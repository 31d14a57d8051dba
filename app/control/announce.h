/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Gratuitous ARP: the hub tells on each port that it has the port's address, so that who knew the
 * address at another MAC sends to the hub from now on (RFC 5227 2.3).
 *
 * At the start it probes first whether somebody else has the address, as 2.1.1 wants; after that a
 * probe now and then finds who came later without a word (conflict.h).
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
