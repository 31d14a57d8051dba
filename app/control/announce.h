/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Gratuitous ARP and unsolicited neighbour advertisements: the hub announces each port's
 * addresses, so that hosts with an old entry send to the hub (RFC 5227 2.3, RFC 4861 7.2.6). It
 * probes for another owner first (2.1.1, RFC 4862 5.4.2) and regularly afterwards (conflict.h), and
 * each time reports its solicited-node groups to switches.
 * An address is in use meanwhile, which is optimistic (RFC 4429): whoever configured it meant it,
 * and a hub that waited would lose a second of each start. Unlike 4429's, solicitations carry the
 * hub's MAC and advertisements override: there is no other address to ask from. Control lcore only.
 */

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
