/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Packet capture: what dpdk-dumpcap needs from the program.
 */

#ifndef MCR_INFRA_CAPTURE_H
#define MCR_INFRA_CAPTURE_H

/**
 * Let dpdk-dumpcap attach, where that is possible: a second process needs the hugepages and the
 * files of this one. Where it is not, the log says why; nothing else depends on it.
 */
void
mcr_capture_start(void);

void
mcr_capture_stop(void);

#endif
