/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * RX queues of a kernel's interface beneath net_af_xdp. The kernel spreads packets over all of
 * them, and the device reads those that it was given: the rest is lost without a counter.
 */

#ifndef MCR_INFRA_RX_CHANNELS_H
#define MCR_INFRA_RX_CHANNELS_H

#include "infra/ports.h"

/** What the kernel says of an interface, and which of its queues the device has. */
struct mcr_rx_channels {
	uint32_t rx;       /**< channels that only receive */
	uint32_t combined; /**< channels that receive and send */
	uint32_t most;     /**< of these there can be */
	uint32_t first;    /**< of the device: start_queue */
	uint32_t count;    /**< of the device: queue_count */
	uint16_t spread;   /**< queues that packets are spread over */
	uint16_t unread;   /**< of these: not the device's */
	bool is_steered;   /**< a flow rule leads to the device's queues */
};

/** Whether packets are lost: queues are not read, and nobody steers past them. */
bool
mcr_rx_channels_lose(const struct mcr_rx_channels *channels);

/**
 * Say how to mend it.
 *
 * @param[out] text
 *   Commands and arguments, word for word.
 */
void
mcr_rx_channels_advise(
	const struct mcr_rx_channels *channels, const char *interface, char *text, size_t size);

/**
 * Ask the kernel about an interface.
 *
 * @param[in,out] channels
 *   `first` and `count` are given, the rest all zeros.
 * @return
 *   Whether it could be asked.
 */
bool
mcr_rx_channels_ask_kernel(const char *interface, struct mcr_rx_channels *channels);

/**
 * Ask the kernel about a port's interface.
 *
 * @param[out] interface
 *   Its name, of IF_NAMESIZE bytes.
 * @return
 *   false: the port is none of net_af_xdp's, or its interface is gone.
 */
bool
mcr_rx_channels_ask(const struct mcr_port *port, struct mcr_rx_channels *channels, char *interface);

/**
 * See that every port reads what the kernel has for it. To be asked before the ports start and
 * after: with an XDP program, virtio_net enables more queue pairs.
 *
 * @return
 *   0, or -EINVAL, logged.
 */
int
mcr_rx_channels_check_all(const struct mcr_ports *ports);

#endif
