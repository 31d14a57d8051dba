/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * What drivers offer and demand of queues: which RX queues receive, and how many there may be. A
 * queue that receives without a poller loses packets uncounted. Pure.
 */

#ifndef MCR_INFRA_DRIVER_RULES_H
#define MCR_INFRA_DRIVER_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Who chooses the RX queue of a packet, and among which queues. */
enum mcr_spread {
	MCR_SPREAD_NIC,   /**< the device as configured: RSS over addresses, all enabled queues */
	MCR_SPREAD_HOST,  /**< the far side, among all enabled queues */
	MCR_SPREAD_GIVEN, /**< the far side, among all queues the device was made with */
	MCR_SPREAD_FIRST, /**< none in a usable way: only the first queue is enabled */
};

struct mcr_driver {
	const char *name;
	enum mcr_spread spread;
	bool is_paired;       /**< needs as many TX queues as RX queues, or enables pairs */
	bool is_power_of_two; /**< of RX queues; of both if paired */
	/** rte_flow steers ARP, IGMP and ICMPv6 into a queue that gets nothing else. */
	bool has_flow_rules;
	uint16_t max_tx;    /**< TX queues known to send; 0: all of the device */
	const char *reason; /**< MCR_SPREAD_FIRST: the words behind "DRIVER " */
};

struct mcr_device_offer {
	const char *driver;
	uint64_t rss;
	uint16_t max_rx;
	uint16_t max_tx;
	bool is_virtual;
	bool has_ipv6; /**< its port has an address of IPv6 */
};

struct mcr_queue_rules {
	uint16_t max_rx; /**< useful RX queues; the driver may demand more, up to max_tx */
	/** RX queues in all, if one may be for punted frames alone; 0: none may. */
	uint16_t max_rx_with_punt;
	uint16_t max_tx;   /**< a power of two if pairs have to be */
	bool needs_all_rx; /**< max_rx is also the minimum */
	bool is_paired;    /**< as many TX queues as RX queues */
	bool is_power_of_two;
};

/** What a driver's row and a device's offer permit. */
struct mcr_driver_verdict {
	struct mcr_queue_rules queues;
	uint64_t rss; /**< to configure with several RX queues; 0: none */
	/** Why only one of several RX queues is used: words behind "DRIVER "; NULL: all are. */
	const char *reason;
};

struct mcr_queue_count {
	uint16_t rx; /**< the punt queue included */
	uint16_t tx;
	bool has_punt; /**< the last RX queue is for punted frames alone, see punt_queue.h */
};

/** The row of a driver. NULL: none; its device's offer decides. */
const struct mcr_driver *
mcr_driver_find(const char *name);

const struct mcr_driver *
mcr_driver_table(size_t *count);

struct mcr_driver_verdict
mcr_driver_judge(const struct mcr_device_offer *offer);

/**
 * How many queues a port gets.
 * @param rx_lcores Lcores that receive, from all ports.
 * @param tx_lcores Lcores that send, each with a TX queue of its own; at most rules->max_tx.
 * @return All RX queues must be polled. TX queues beyond tx_lcores stay unused.
 */
struct mcr_queue_count
mcr_driver_count_queues(
	const struct mcr_queue_rules *rules, uint16_t rx_lcores, uint16_t tx_lcores);

#endif
