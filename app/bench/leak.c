/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* An EAL plugin (-d): telemetry's "/leak,POOL" takes a buffer and never returns it, so that dts can
 * test how the hub reports losses. */

#include <errno.h>

#include <rte_common.h>
#include <rte_mbuf.h>
#include <rte_telemetry.h>

static int
leak(const char *command, const char *parameters, struct rte_tel_data *answer)
{
	struct rte_mempool *pool = parameters == NULL ? NULL : rte_mempool_lookup(parameters);

	RTE_SET_USED(command);
	if (pool == NULL)
		return -ENOENT;
	if (rte_pktmbuf_alloc(pool) == NULL)
		return -ENOMEM;
	return rte_tel_data_string(answer, "taken");
}

RTE_INIT(register_leak)
{
	rte_telemetry_register_cmd("/leak", leak, "Lose a packet buffer. Parameters: string pool");
}
