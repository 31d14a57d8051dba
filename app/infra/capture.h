/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Packet capture by dpdk-dumpcap.
 */

#ifndef MCR_INFRA_CAPTURE_H
#define MCR_INFRA_CAPTURE_H

/** Let dpdk-dumpcap attach, which needs huge pages and EAL's files. Without them, log why. */
void
mcr_capture_start(void);

/** Why dpdk-dumpcap cannot attach; NULL: it can. */
const char *
mcr_capture_refusal(void);

void
mcr_capture_stop(void);

#endif
