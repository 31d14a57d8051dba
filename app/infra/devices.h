/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Which devices EAL has, and why one is missing.
 */

#ifndef MCR_INFRA_DEVICES_H
#define MCR_INFRA_DEVICES_H

#include <stdbool.h>
#include <stddef.h>

void
mcr_devices_list(char *text, size_t size);

/**
 * Find an argument of a device. @return Whether it was given.
 * @param args The device's arguments, "iface=eth0,queue_count=2"; NULL: none.
 * @param key With its "=".
 * @param[out] value Cut to `size`.
 */
bool
mcr_devices_find_argument(const char *args, const char *key, char *value, size_t size);

/** Whether a device interrupts only once: uio_pci_generic masks its interrupt until DPDK asks for
 * the next, and drivers made for MSI-X never do (net_vmxnet3). */
bool
mcr_devices_interrupts_once(const char *name);

/** Log why each device of EAL's command line is missing, as far as the system shows it. @return How
 * many are missing. */
unsigned int
mcr_devices_explain_missing(void);

#endif
