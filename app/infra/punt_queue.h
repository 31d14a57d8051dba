/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * An RX queue for ARP, IGMP and ICMPv6 alone, where the NIC can: while packets overflow the other
 * queues, neighbours and members are still heard. MLD, and what comes in tunnels, stays with the
 * packets.
 */

#ifndef MCR_INFRA_PUNT_QUEUE_H
#define MCR_INFRA_PUNT_QUEUE_H

#include <stdint.h>

/**
 * Steer ARP and IGMP into the last RX queue of a port, and spread the rest over the others.
 *
 * Rules of an earlier start are replaced. After a failure frames reach any queue; all are polled.
 * DPDK Programmer's Guide, "Generic flow API".
 * @param port The ethdev, which is started.
 * @param queues Its RX queues, the last included; at least 2.
 * @param[out] reason After a failure: why, in words that stay valid until the next call.
 * @return 0 or -errno.
 */
int
mcr_punt_queue_start(uint16_t port, uint16_t queues, const char **reason);

/**
 * Steer ICMPv6 there as well, if it has no extension headers: neighbour discovery.
 *
 * After a failure it comes by any queue, and the rules for ARP and IGMP stay.
 * @param queues As given to mcr_punt_queue_start(), which has succeeded.
 * @return As mcr_punt_queue_start().
 */
int
mcr_punt_queue_add_icmpv6(uint16_t port, uint16_t queues, const char **reason);

#endif
