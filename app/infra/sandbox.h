/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Which system calls a running hub makes (seccomp(2)); the kernel refuses all others.
 */

#ifndef MCR_INFRA_SANDBOX_H
#define MCR_INFRA_SANDBOX_H

#include <stdbool.h>

/**
 * Let the kernel refuse, in every thread and for good, what a running hub never asks for: programs,
 * processes, other processes' memory, mounts, namespaces. A refused call fails with EPERM. Without
 * seccomp the hub runs, too: a failure is only logged.
 *
 * @param bpf A driver loads and removes BPF programs.
 */
void
mcr_sandbox_enter(bool bpf);

/** Log the calls that were refused since the last time. One thread, regularly. */
void
mcr_sandbox_log_refused(void);

#endif
