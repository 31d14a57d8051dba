/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * RX queues of a kernel interface beneath net_af_xdp. The kernel spreads packets over all of them,
 * but the device reads only its own: the others lose packets without a counter.
 */

#ifndef MCR_INFRA_RX_CHANNELS_H
#define MCR_INFRA_RX_CHANNELS_H

#include "infra/ports.h"

/** The queues of an interface, and those of the device. */
struct mcr_rx_channels {
	uint32_t rx;
	uint32_t combined;
	uint32_t most; /**< maximum of combined */
	uint32_t first;
	uint32_t count;
	uint16_t spread;
	uint16_t unread;
	bool is_steered; /**< a flow rule leads to the device's queues */
};

/** Whether packets are lost: some queues are not read, and no flow rule steers past them. */
bool
mcr_rx_channels_lose(const struct mcr_rx_channels *channels);

/** Name the remedy. @param[out] text Commands and arguments, word for word. */
void
mcr_rx_channels_advise(
	const struct mcr_rx_channels *channels, const char *interface, char *text, size_t size);

/**
 * Ask the kernel about an interface. @return Whether it answered.
 * @param[in,out] channels `first` and `count` are given, the others zero.
 */
bool
mcr_rx_channels_ask_kernel(const char *interface, struct mcr_rx_channels *channels);

/** Ask the kernel about a port's interface. @return False: not net_af_xdp, or the interface is
 * gone. @param[out] interface IF_NAMESIZE bytes. */
bool
mcr_rx_channels_ask(const struct mcr_port *port, struct mcr_rx_channels *channels, char *interface);

/** Check that every port reads all the kernel has for it. Call before and after the ports start:
 * with an XDP program, virtio_net enables more queue pairs. @return 0, or -EINVAL, logged. */
int
mcr_rx_channels_check_all(const struct mcr_ports *ports);

#endif
