/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * For tests: preloaded into the program, it does to it what only hardware does otherwise.
 *
 * Each line of the FIFO that MCR_RAISE_EVENT names is a command:
 *
 *   reset DEVICE     the driver asks for a reset
 *   removed DEVICE   the driver reports that the device was removed
 *   link DEVICE      the driver reports a change of the link
 *   mac DEVICE MAC   the host gives the device another MAC
 *   timer FILE       a driver's timer on the main lcore writes a byte to FILE every 10 ms
 */

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_timer.h>

/* Of ethdev_driver.h, which Debian does not ship. */
struct rte_eth_dev;
struct rte_eth_dev *
rte_eth_dev_allocated(const char *name);
int
rte_eth_dev_callback_process(struct rte_eth_dev *dev, enum rte_eth_event_type event, void *ret);

static struct rte_timer timer;

static void
raise_event(const char *device, enum rte_eth_event_type event)
{
	struct rte_eth_dev *dev = rte_eth_dev_allocated(device);

	if (dev != NULL)
		rte_eth_dev_callback_process(dev, event, NULL);
}

static void
set_mac(const char *device, const char *text)
{
	struct rte_ether_addr mac;
	uint16_t port;

	if (rte_eth_dev_get_port_by_name(device, &port) == 0 &&
		rte_ether_unformat_addr(text, &mac) == 0)
		rte_eth_dev_default_mac_addr_set(port, &mac);
}

static void
tick(struct rte_timer *self, void *file)
{
	(void)self;
	if (write(*(int *)file, ".", 1) < 0)
		abort();
}

static void
start_timer(const char *path)
{
	static int file;

	file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	rte_timer_init(&timer);
	rte_timer_reset(
		&timer, rte_get_timer_hz() / 100, PERIODICAL, rte_get_main_lcore(), tick, &file);
}

static void
obey(const char *command, const char *what, const char *argument)
{
	if (strcmp(command, "reset") == 0)
		raise_event(what, RTE_ETH_EVENT_INTR_RESET);
	else if (strcmp(command, "removed") == 0)
		raise_event(what, RTE_ETH_EVENT_INTR_RMV);
	else if (strcmp(command, "link") == 0)
		raise_event(what, RTE_ETH_EVENT_INTR_LSC);
	else if (strcmp(command, "mac") == 0)
		set_mac(what, argument);
	else if (strcmp(command, "timer") == 0)
		start_timer(what);
}

static void *
listen_to(void *path)
{
	char line[256], command[16], what[128], argument[32];
	/* For writing, too, so that it never ends. */
	FILE *fifo = fdopen(open(path, O_RDWR), "r");

	while (fifo != NULL && fgets(line, sizeof(line), fifo) != NULL) {
		argument[0] = '\0';
		if (sscanf(line, "%15s %127s %31s", command, what, argument) >= 2)
			obey(command, what, argument);
	}
	return NULL;
}

__attribute__((constructor)) static void
start(void)
{
	char *path = getenv("MCR_RAISE_EVENT");
	pthread_t thread;

	if (path != NULL && pthread_create(&thread, NULL, listen_to, path) == 0)
		pthread_detach(thread);
}
