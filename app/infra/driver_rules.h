/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * What drivers can do and demand of queues: which RX queues receive, and how many there may be. A
 * queue that receives and that nobody polls loses packets without a counter. Pure.
 */

#ifndef MCR_INFRA_DRIVER_RULES_H
#define MCR_INFRA_DRIVER_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Who decides by which RX queue a packet comes in, and between which ones. */
enum mcr_spread {
	MCR_SPREAD_NIC,   /**< the device as it is told: RSS over addresses, all enabled queues */
	MCR_SPREAD_HOST,  /**< the far side, between all enabled queues */
	MCR_SPREAD_GIVEN, /**< the far side, between all queues that the device was made with */
	MCR_SPREAD_FIRST, /**< nobody in a way that the hub can use: it enables the first alone */
};

/** One driver. */
struct mcr_driver {
	const char *name; /**< as in rte_eth_dev_info.driver_name */
	enum mcr_spread spread;
	bool is_paired;       /**< wants as many TX queues as RX queues, or enables them as pairs */
	bool is_power_of_two; /**< of RX queues; of both, where they are paired */
	uint16_t max_tx;      /**< of which it is sure that they send; 0: all that the device has */
	const char *reason;   /**< of MCR_SPREAD_FIRST: the words behind "DRIVER " */
};

/** What a device says of itself. */
struct mcr_device_offer {
	const char *driver;
	uint64_t rss; /**< RTE_ETH_RSS_* that it offers */
	uint16_t max_rx;
	uint16_t max_tx;
	bool is_virtual; /**< made by a --vdev */
};

/** How many queues a port may have. */
struct mcr_queue_rules {
	uint16_t max_rx;      /**< RX queues of use; the driver may demand more, up to max_tx */
	uint16_t max_tx;      /**< a power of two, where pairs have to be one */
	bool needs_all_rx;    /**< max_rx is also the least */
	bool is_paired;       /**< as many TX queues as RX queues */
	bool is_power_of_two; /**< of RX queues */
};

/** What follows from a driver's row and a device's offer. */
struct mcr_driver_verdict {
	struct mcr_queue_rules queues;
	uint64_t rss; /**< to ask for where there are several RX queues; 0: nothing */
	/** Why there is one RX queue although the device has more: words behind "DRIVER "; NULL */
	const char *reason;
};

/** Number of queues of a port. */
struct mcr_queue_count {
	uint16_t rx;
	uint16_t tx;
};

/** The row of a driver; NULL: there is none, and what its device offers decides. */
const struct mcr_driver *
mcr_driver_find(const char *name);

/** The rows, for tests of them all. */
const struct mcr_driver *
mcr_driver_table(size_t *count);

/** What the hub may do with a device. */
struct mcr_driver_verdict
mcr_driver_judge(const struct mcr_device_offer *offer);

/**
 * How many queues a port gets.
 *
 * @param rx_lcores
 *   Lcores that receive, from all ports.
 * @param tx_lcores
 *   Lcores that send, each by a TX queue of its own; not more than rules->max_tx.
 * @return
 *   Each RX queue is to be polled. TX queues beyond tx_lcores are there for the driver's sake.
 */
struct mcr_queue_count
mcr_driver_count_queues(
	const struct mcr_queue_rules *rules, uint16_t rx_lcores, uint16_t tx_lcores);

#endif
