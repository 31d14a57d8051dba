/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Why DPDK does not get a PCI device, by the kernel's driver that it is bound to, and what to do.
 */

#ifndef MCR_INFRA_BINDING_H
#define MCR_INFRA_BINDING_H

#include <stdbool.h>
#include <stddef.h>

/** What the kernel says about a device and the machine. */
struct mcr_binding {
	char driver[64];      /**< "": none */
	bool has_iommu;       /**< of the machine */
	bool has_vfio;        /**< vfio-pci is there to bind to */
	bool has_uio;         /**< uio_pci_generic is */
	bool may_open;        /**< this process may open devices that are root's */
	unsigned int user_id; /**< of this process */
};

/** Ask the kernel, below sysfs: /sys, or a copy of it. @param pci "0000:00:06.0". @return False:
 * there is no such device. */
bool
mcr_binding_ask(const char *sysfs, const char *pci, struct mcr_binding *binding);

/** What to say about it: words behind "it is". Pure. */
void
mcr_binding_advise(const char *pci, const struct mcr_binding *binding, char *text, size_t size);

#endif
