/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Packet capture by dpdk-dumpcap.
 */

#ifndef MCR_INFRA_CAPTURE_H
#define MCR_INFRA_CAPTURE_H

/** Let dpdk-dumpcap attach. A second process needs the hugepages and EAL's files; without them
 * the log says why, and nothing else depends on it. */
void
mcr_capture_start(void);

void
mcr_capture_stop(void);

#endif
