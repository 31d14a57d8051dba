/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The ports of the hub and their buffers.
 */

#ifndef MCR_INFRA_PORTS_H
#define MCR_INFRA_PORTS_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_debug.h>
#include <rte_dev.h>
#include <rte_ether.h>
#include <rte_mempool.h>

#include <mcr_classify.h>
#include <mcr_config.h>

#include "infra/allowance.h"
#include "infra/announcer.h"
#include "infra/driver_rules.h"
#include "infra/link.h"
#include "infra/port_events.h"
#include "infra/port_state.h"

/** Descriptors of a queue; fewer if the device has fewer. */
#define MCR_PORT_DESCRIPTORS 1024

/** The MAC of a gateway. */
struct mcr_port_gateway {
	bool is_known;
	struct rte_ether_addr mac;
};

struct mcr_port {
	uint16_t id;
	/** Lcores must leave the port alone: read with acquire order once a burst. */
	bool is_away;
	char name[RTE_DEV_NAME_MAX_LEN];
	int socket;
	struct rte_ether_addr mac;
	uint32_t address; /**< 0: none of IPv4 */
	uint8_t prefix_len;
	/** Of IPv6, numbers that the port holds; 0: none. The gateway may come and go. */
	uint32_t address6, prefix6, gateway6;
	uint16_t mtu;
	bool sets_mtu; /**< configured, not the device's own */
	struct mcr_driver_verdict driver;
	bool takes_chains;
	/** Shares its RX pool with the kernel and copies other buffers into it (net_af_xdp). */
	bool sends_from_rx_pool;
	/** Buffers that such a driver took for its rings; it forgets them when it is closed. */
	uint32_t kept_buffers;
	struct mcr_config_port config; /**< as configured; device is NULL */
	bool is_found;
	bool started;
	bool has_interrupts;
	bool has_punt_queue;                 /**< ARP and IGMP come by the last RX queue */
	bool punts_icmpv6;                   /**< so does ICMPv6 */
	struct mcr_port_gateway gateways[2]; /**< of IPv4 and of IPv6 */
	struct mcr_classify_port classify;

	/** State at run time; only the control lcore writes it, except events. */
	struct mcr_port_events events;
	struct mcr_port_reset reset;
	struct mcr_link link;
	struct mcr_announcer announcer;

	struct mcr_allowance allowance; /**< the lcores that send share it */
};

struct mcr_missed;
struct mcr_lcore_plan;

struct mcr_ports {
	const struct mcr_lcore_plan *plan;
	uint16_t count;
	bool lose; /**< frames, lately, before an lcore saw them; atomic */
	struct mcr_port at[RTE_MAX_ETHPORTS];
	struct rte_mempool *rx_pools[RTE_MAX_NUMA_NODES];
	struct rte_mempool *whole_pool;
	int *claims; /**< by port: socket that locks its interface; -1: none */
	struct mcr_missed *missed;
	/** For tests: send chains to ports that do not offer them. */
	bool assumes_chains;
	/** Leave pools to the kernel: the process ends with the hub. EAL frees page by page, 1.2 s
	 * for 2 GB. */
	bool keeps_buffers;
};

static inline uint16_t
mcr_ports_index(const struct mcr_ports *ports, uint16_t id)
{
	uint16_t index = 0;

	RTE_ASSERT(ports->count != 0);
	while (ports->at[index].id != id) {
		index++;
		RTE_ASSERT(index < ports->count);
	}
	return index;
}

/** An address that tells the port from others: that of IPv4, if it has one. */
static inline uint32_t
mcr_port_address(const struct mcr_port *port)
{
	return port->address != 0 ? port->address : port->address6;
}

/** The link-local address of a MAC: fe80::/64 and its modified EUI-64 (RFC 4291 2.5.6, RFC 2464 4).
 */
static inline struct in6_addr
mcr_port_link_local(const struct rte_ether_addr *mac)
{
	const uint8_t *const at = mac->addr_bytes;

	return (struct in6_addr){.s6_addr = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, at[0] ^ 0x02, at[1],
					 at[2], 0xff, 0xfe, at[3], at[4], at[5]}};
}

/** Whether frames were lost lately in the queues of the ports. */
static inline bool
mcr_ports_lose(const struct mcr_ports *ports)
{
	return __atomic_load_n(&ports->lose, __ATOMIC_RELAXED);
}

/** The longest IP MTU of all ports. */
static inline uint16_t
mcr_port_max_mtu(const struct mcr_ports *ports)
{
	uint16_t max = 0;

	for (uint16_t i = 0; i < ports->count; i++)
		max = RTE_MAX(max, ports->at[i].mtu);
	return max;
}

/** Whether a port's device is being reset: do not call its driver. */
static inline bool
mcr_port_is_resetting(const struct mcr_port *port)
{
	return port->reset.state == MCR_PORT_RESETTING;
}

static inline bool
mcr_port_is_away(const struct mcr_port *port)
{
	return unlikely(__atomic_load_n(&port->is_away, __ATOMIC_ACQUIRE));
}

#endif
