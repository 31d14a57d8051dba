/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include <rte_debug.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_pdump.h>

#include "infra/capture.h"
#include "infra/log.h"

static bool started;
static const char *refusal = "the hub is starting";

/* With --in-memory or --no-shconf EAL silently opens no socket to other processes. */
static bool
is_shared(void)
{
	char socket[PATH_MAX];

	snprintf(socket, sizeof(socket), "%s/mp_socket", rte_eal_get_runtime_dir());
	return access(socket, F_OK) == 0;
}

/* DPDK numbers mempool drivers in load order; a second process must have the same order. */
static bool
has_drivers_of_its_own(void)
{
#ifdef MCR_STATIC_DPDK
	return true;
#else
	return false;
#endif
}

static const char *
obstacle(void)
{
	if (has_drivers_of_its_own())
		return "DPDK is linked statically";
	if (!rte_eal_has_hugepages())
		return "no hugepages";
	if (!is_shared())
		return "--in-memory or --no-shconf";
	return rte_pdump_init() == 0 ? NULL : rte_strerror(rte_errno);
}

void
mcr_capture_start(void)
{
	RTE_ASSERT(!started);
	refusal = obstacle();
	started = refusal == NULL;
	if (!started)
		MCR_LOG(NOTICE, "dpdk-dumpcap cannot attach: %s", refusal);
}

const char *
mcr_capture_refusal(void)
{
	return refusal;
}

void
mcr_capture_stop(void)
{
	if (started)
		rte_pdump_uninit();
	started = false;
}
