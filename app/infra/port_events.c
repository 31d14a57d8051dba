/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_dev.h>

#include "infra/port_events.h"

static const enum rte_eth_event_type noted[] = {
	RTE_ETH_EVENT_INTR_LSC,
	RTE_ETH_EVENT_INTR_RESET,
	RTE_ETH_EVENT_INTR_RMV,
};

/* Do not call the driver: it may hold a lock, and the control lcore may be inside it. */
static int
note_report(uint16_t port_id, enum rte_eth_event_type type, void *arg, void *unused)
{
	struct mcr_port_events *events = arg;

	RTE_SET_USED(port_id);
	RTE_SET_USED(unused);
	switch (type) {
	case RTE_ETH_EVENT_INTR_LSC:
		__atomic_fetch_add(&events->link_changes, 1, __ATOMIC_RELEASE);
		break;
	case RTE_ETH_EVENT_INTR_RESET:
		__atomic_store_n(&events->wants_reset, true, __ATOMIC_RELEASE);
		break;
	case RTE_ETH_EVENT_INTR_RMV:
		__atomic_store_n(&events->is_removed, true, __ATOMIC_RELEASE);
		break;
	default:
		break;
	}
	return 0;
}

/* vfio-pci asks for a device back before an unplug, whatever its DPDK driver. */
static void
note_unplugging(const char *device, enum rte_dev_event_type type, void *arg)
{
	struct mcr_port_events *events = arg;

	RTE_SET_USED(device);
	if (type == RTE_DEV_EVENT_REMOVE)
		__atomic_store_n(&events->is_removed, true, __ATOMIC_RELEASE);
}

int
mcr_port_events_note(
	uint16_t port_id, const struct rte_device *device, struct mcr_port_events *events)
{
	int ret = rte_dev_event_callback_register(rte_dev_name(device), note_unplugging, events);

	for (unsigned int i = 0; ret == 0 && i < RTE_DIM(noted); i++)
		ret = rte_eth_dev_callback_register(port_id, noted[i], note_report, events);
	return ret;
}

void
mcr_port_events_ignore(
	uint16_t port_id, const struct rte_device *device, struct mcr_port_events *events)
{
	rte_dev_event_callback_unregister(rte_dev_name(device), note_unplugging, events);
	for (unsigned int i = 0; i < RTE_DIM(noted); i++)
		rte_eth_dev_callback_unregister(port_id, noted[i], note_report, events);
}

/* Drivers refuse interrupts that they do not offer. Resets need none. */
struct rte_eth_intr_conf
mcr_port_events_interrupts(const struct rte_eth_dev_info *info)
{
	return (struct rte_eth_intr_conf){
		.lsc = (*info->dev_flags & RTE_ETH_DEV_INTR_LSC) != 0,
		.rmv = (*info->dev_flags & RTE_ETH_DEV_INTR_RMV) != 0,
	};
}
