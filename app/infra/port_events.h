/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * What drivers report of their ports: a changed link, a device that wants to be reset, one that was
 * removed.
 *
 * A driver reports from a thread of its choice: EAL's interrupt thread (ixgbevf, igbvf, mlx5, mana,
 * virtio), one of its own (iavf), or a timer on the control lcore (ena). So a report is only noted
 * here, and the control lcore acts on it. Only mlx, mana and bnxt report removals themselves; of
 * devices that are bound to vfio-pci EAL does.
 */

#ifndef MCR_INFRA_PORT_EVENTS_H
#define MCR_INFRA_PORT_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ethdev.h>

/** Reports that came. Written by any thread, atomically. */
struct mcr_port_events {
	uint32_t link_changes; /**< in all; wraps */
	bool wants_reset;
	bool is_removed;
};

/**
 * Note what a driver reports from now on.
 *
 * @param[out] events
 *   Must live until mcr_port_events_ignore().
 * @return
 *   0 or -errno.
 */
int
mcr_port_events_note(
	uint16_t port_id, const struct rte_device *device, struct mcr_port_events *events);

void
mcr_port_events_ignore(
	uint16_t port_id, const struct rte_device *device, struct mcr_port_events *events);

/** The interrupts that a device must be configured with to report all that it can. */
struct rte_eth_intr_conf
mcr_port_events_interrupts(const struct rte_eth_dev_info *info);

#endif
