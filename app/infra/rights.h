/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Capabilities (capabilities(7)): what the drivers of all ports need while they serve packets, and
 * how all threads give up the others.
 */

#ifndef MCR_INFRA_RIGHTS_H
#define MCR_INFRA_RIGHTS_H

#include <stdbool.h>

/** Whether this process may open files and devices of all users: root, and the service when it
 * starts. */
bool
mcr_rights_open_all(void);

/** Whether any port's driver works with BPF programs. */
bool
mcr_rights_need_bpf(void);

/**
 * Give up, in every thread, what no driver of a port needs, for good. Root keeps its access to
 * other users' files and may pin memory. Ports are started, lcores wait.
 * @return 0 or -errno, logged: a thread keeps its rights.
 */
int
mcr_rights_drop(void);

#endif
