/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdbool.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_pdump.h>

#include "capture.h"
#include "log.h"

static bool started;

void
mcr_capture_start(void)
{
	if (!rte_eal_has_hugepages()) {
		MCR_LOG(NOTICE, "dpdk-dumpcap cannot attach: no hugepages");
		return;
	}
	if (rte_pdump_init() != 0) {
		MCR_LOG(NOTICE, "dpdk-dumpcap cannot attach: %s",
			rte_errno == ENOTSUP ? "--in-memory or --no-shconf"
					     : rte_strerror(rte_errno));
		return;
	}
	started = true;
}

void
mcr_capture_stop(void)
{
	if (started)
		rte_pdump_uninit();
	started = false;
}
