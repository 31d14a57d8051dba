/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * What drivers report of ports: a link change, a device that needs a reset, a removal.
 *
 * A driver reports from a thread of its choice: EAL's interrupt thread (ixgbevf, igbvf, mlx5, mana,
 * virtio), its own (iavf), or a timer on the control lcore (ena). So a report is only noted, and
 * the control lcore acts on it. Only mlx, mana and bnxt report removals; EAL reports them for
 * devices bound to vfio-pci.
 */

#ifndef MCR_INFRA_PORT_EVENTS_H
#define MCR_INFRA_PORT_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ethdev.h>

/** Written by any thread, atomically. */
struct mcr_port_events {
	uint32_t link_changes;
	bool wants_reset;
	bool is_removed;
};

/**
 * Note reports from now on. @return 0 or -errno.
 * @param[out] events Must live until mcr_port_events_ignore().
 */
int
mcr_port_events_note(
	uint16_t port_id, const struct rte_device *device, struct mcr_port_events *events);

void
mcr_port_events_ignore(
	uint16_t port_id, const struct rte_device *device, struct mcr_port_events *events);

/** The interrupts to configure so that a device reports all it can. */
struct rte_eth_intr_conf
mcr_port_events_interrupts(const struct rte_eth_dev_info *info);

#endif
