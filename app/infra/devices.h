/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Which devices EAL has, and in words why one is not there.
 */

#ifndef MCR_INFRA_DEVICES_H
#define MCR_INFRA_DEVICES_H

#include <stdbool.h>
#include <stddef.h>

/** The names of the ethdevs, with commas; "none" without any. */
void
mcr_devices_list(char *text, size_t size);

/**
 * Find an argument of a device.
 *
 * @param args
 *   What stands behind its name, "iface=eth0,queue_count=2"; NULL: nothing.
 * @param key
 *   With its "=".
 * @param[out] value
 *   Cut to `size`.
 * @return
 *   Whether it was given.
 */
bool
mcr_devices_find_argument(const char *args, const char *key, char *value, size_t size);

/**
 * Whether a device may interrupt only once: uio_pci_generic masks its interrupt each time until
 * DPDK asks for the next one, and drivers made for MSI-X never do (net_vmxnet3).
 */
bool
mcr_devices_interrupts_once(const char *name);

/**
 * Log an error for each device that EAL was given on its command line and has not: with the reason,
 * where the system shows one.
 *
 * @return
 *   How many.
 */
unsigned int
mcr_devices_explain_missing(void);

#endif
