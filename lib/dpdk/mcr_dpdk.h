/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#ifndef MCR_DPDK_H
#define MCR_DPDK_H

/**
 * @file
 * Differences between the supported releases of DPDK. The sources use the names of 22.11; this
 * header maps them to later releases.
 */

/* For rte_align32pow2(), which moved here from rte_common.h. */
#include <rte_bitops.h>
#include <rte_common.h>
#include <rte_icmp.h>
#include <rte_lcore.h>
#include <rte_telemetry.h>
#include <rte_thread.h>
#include <rte_version.h>

#if RTE_VERSION >= RTE_VERSION_NUM(23, 3, 0, 0)
#define rte_tel_data_add_array_u64 rte_tel_data_add_array_uint
#define rte_tel_data_add_dict_u64 rte_tel_data_add_dict_uint
#define rte_tel_data_add_array_u64 rte_tel_data_add_array_uint
#undef RTE_TEL_U64_VAL
#define RTE_TEL_U64_VAL RTE_TEL_UINT_VAL
#endif

#if RTE_VERSION >= RTE_VERSION_NUM(24, 11, 0, 0)
#undef RTE_IP_ICMP_ECHO_REPLY
#define RTE_IP_ICMP_ECHO_REPLY RTE_ICMP_TYPE_ECHO_REPLY
#undef RTE_IP_ICMP_ECHO_REQUEST
#define RTE_IP_ICMP_ECHO_REQUEST RTE_ICMP_TYPE_ECHO_REQUEST
#endif

/* A control thread and the result of its function; 0 is valid in both types. */
#if RTE_VERSION >= RTE_VERSION_NUM(23, 7, 0, 0)
typedef rte_thread_t mcr_thread;
typedef uint32_t mcr_thread_result;
#else
typedef pthread_t mcr_thread;
typedef void *mcr_thread_result;
#endif

/** Start a control thread off the CPUs of the lcores. @return 0 or -errno. */
static inline int
mcr_thread_create(mcr_thread *thread, const char *name, mcr_thread_result (*run)(void *), void *arg)
{
#if RTE_VERSION >= RTE_VERSION_NUM(23, 7, 0, 0)
	return rte_thread_create_control(thread, name, run, arg);
#else
	return rte_ctrl_thread_create(thread, name, NULL, run, arg);
#endif
}

static inline void
mcr_thread_join(mcr_thread thread)
{
#if RTE_VERSION >= RTE_VERSION_NUM(23, 7, 0, 0)
	rte_thread_join(thread, NULL);
#else
	pthread_join(thread, NULL);
#endif
}

#endif
