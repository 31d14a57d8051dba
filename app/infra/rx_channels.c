/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_debug.h>
#include <rte_dev.h>
#include <rte_devargs.h>
#include <rte_ethdev.h>

#include "infra/devices.h"
#include "infra/interface.h"
#include "infra/log.h"
#include "infra/rx_channels.h"

#define DRIVER "net_af_xdp"

struct asked {
	int fd;
	const char *name;
};

static bool
ask_ethtool(const struct asked *asked, void *question)
{
	struct ifreq request = {0};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", asked->name);
	request.ifr_data = question;
	return ioctl(asked->fd, SIOCETHTOOL, &request) == 0;
}

static bool
has_queue(const struct mcr_rx_channels *channels, uint64_t queue)
{
	return queue >= channels->first && queue - channels->first < channels->count;
}

/* An interface without channels has one queue. */
static void
ask_channels(const struct asked *asked, struct mcr_rx_channels *channels)
{
	struct ethtool_channels answer = {.cmd = ETHTOOL_GCHANNELS};

	if (ask_ethtool(asked, &answer)) {
		channels->rx = answer.rx_count;
		channels->combined = answer.combined_count;
		channels->most = answer.max_combined;
	}
	if (channels->rx + channels->combined == 0)
		channels->rx = 1;
}

/* @return The NIC's RSS table, to be freed; NULL: none. */
static struct ethtool_rxfh_indir *
ask_table(const struct asked *asked)
{
	struct ethtool_rxfh_indir size = {.cmd = ETHTOOL_GRXFHINDIR}, *table;

	if (!ask_ethtool(asked, &size) || size.size == 0)
		return NULL;
	table = calloc(1, sizeof(*table) + size.size * sizeof(table->ring_index[0]));
	if (table == NULL)
		return NULL;
	table->cmd = ETHTOOL_GRXFHINDIR;
	table->size = size.size;
	if (ask_ethtool(asked, table))
		return table;
	free(table);
	return NULL;
}

static bool
is_in_table(const struct ethtool_rxfh_indir *table, uint32_t queue)
{
	for (uint32_t i = 0; i < table->size; i++) {
		if (table->ring_index[i] == queue)
			return true;
	}
	return false;
}

/* `ethtool -X` may exclude queues. */
static void
count_spread(const struct asked *asked, struct mcr_rx_channels *channels)
{
	struct ethtool_rxfh_indir *table = ask_table(asked);

	for (uint32_t queue = 0; queue < channels->rx + channels->combined; queue++) {
		if (table != NULL && !is_in_table(table, queue))
			continue;
		channels->spread++;
		channels->unread += !has_queue(channels, queue);
	}
	free(table);
}

static bool
leads_to_device(
	const struct asked *asked, const struct mcr_rx_channels *channels, uint32_t location)
{
	struct ethtool_rxnfc rule = {.cmd = ETHTOOL_GRXCLSRULE, .fs.location = location};

	return ask_ethtool(asked, &rule) && has_queue(channels, rule.fs.ring_cookie);
}

/* `ethtool -N` steers flows to queues, past the table. */
static bool
find_flow_rule(const struct asked *asked, const struct mcr_rx_channels *channels)
{
	struct ethtool_rxnfc count = {.cmd = ETHTOOL_GRXCLSRLCNT}, *all;
	bool found = false;

	if (!ask_ethtool(asked, &count) || count.rule_cnt == 0)
		return false;
	all = calloc(1, sizeof(*all) + count.rule_cnt * sizeof(all->rule_locs[0]));
	if (all == NULL)
		return false;
	all->cmd = ETHTOOL_GRXCLSRLALL;
	all->rule_cnt = count.rule_cnt;
	if (ask_ethtool(asked, all)) {
		for (uint32_t i = 0; i < RTE_MIN(all->rule_cnt, count.rule_cnt) && !found; i++)
			found = leads_to_device(asked, channels, all->rule_locs[i]);
	}
	free(all);
	return found;
}

static bool
find_device(const struct mcr_port *port, struct mcr_rx_channels *channels)
{
	struct rte_eth_dev_info info;
	char start[16];

	if (rte_eth_dev_info_get(port->id, &info) != 0 || strcmp(info.driver_name, DRIVER) != 0)
		return false;
	*channels = (struct mcr_rx_channels){.count = info.max_rx_queues};
	if (mcr_devices_find_argument(
		    rte_dev_devargs(info.device)->args, "start_queue=", start, sizeof(start)))
		channels->first = strtoul(start, NULL, 10);
	return true;
}

bool
mcr_rx_channels_ask_kernel(const char *interface, struct mcr_rx_channels *channels)
{
	const struct asked asked = {
		.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0),
		.name = interface,
	};

	RTE_ASSERT(channels->spread == 0 && channels->unread == 0);
	if (asked.fd < 0)
		return false;
	ask_channels(&asked, channels);
	count_spread(&asked, channels);
	channels->is_steered = channels->unread != 0 && find_flow_rule(&asked, channels);
	close(asked.fd);
	return true;
}

bool
mcr_rx_channels_ask(const struct mcr_port *port, struct mcr_rx_channels *channels, char *interface)
{
	return find_device(port, channels) &&
	       if_indextoname(mcr_interface_of_port(port), interface) != NULL &&
	       mcr_rx_channels_ask_kernel(interface, channels);
}

bool
mcr_rx_channels_lose(const struct mcr_rx_channels *channels)
{
	return channels->unread != 0 && !channels->is_steered;
}

/* DPDK's xdp_get_channels_info() accepts several queues only of combined channels. The kernel
 * refuses an XDP program on a veth whose peer sends by more queues than it receives by. */
void
mcr_rx_channels_advise(
	const struct mcr_rx_channels *channels, const char *interface, char *text, size_t size)
{
	const char *start = channels->first != 0 ? ", and no start_queue" : "";

	if (channels->combined == 0)
		snprintf(
			text, size, "ethtool -L %s rx 1%s (a veth's peer: tx 1)", interface, start);
	else if (channels->rx != 0)
		snprintf(text, size, "ethtool -L %s rx 0 combined %u%s", interface, channels->count,
			start);
	else if (channels->first != 0)
		snprintf(text, size, "start_queue=0,queue_count=%u in --vdev", channels->combined);
	else
		snprintf(text, size, "ethtool -L %s combined %u, or queue_count=%u in --vdev",
			interface, channels->count, channels->combined);
}

/* With all pairs in use, none is left for an XDP program. */
static int
refuse_channels(
	const struct mcr_port *port, const struct mcr_rx_channels *channels, const char *interface)
{
	char remedy[128];

	if (port->started)
		snprintf(remedy, sizeof(remedy),
			"ethtool -L %s combined %u, and queue_count=%u in --vdev", interface,
			channels->most, channels->most);
	else
		mcr_rx_channels_advise(channels, interface, remedy, sizeof(remedy));
	MCR_LOG(ERR,
		"port %s: the kernel spreads %s over %u RX queues%s, and %u of them are not the "
		"device's: packets in them would be lost: %s",
		port->name, interface, channels->spread,
		port->started ? " when it has an XDP program" : "", channels->unread, remedy);
	return -EINVAL;
}

static int
check_channels(const struct mcr_port *port)
{
	struct mcr_rx_channels channels;
	char interface[IF_NAMESIZE];

	if (!mcr_rx_channels_ask(port, &channels, interface) || channels.unread == 0)
		return 0;
	if (mcr_rx_channels_lose(&channels))
		return refuse_channels(port, &channels, interface);
	if (!port->started)
		MCR_LOG(NOTICE,
			"port %s: it has %u of the %u RX queues of %s: it receives what flow rules "
			"(ethtool -N) lead there",
			port->name, channels.count, channels.rx + channels.combined, interface);
	return 0;
}

int
mcr_rx_channels_check_all(const struct mcr_ports *ports)
{
	int ret = 0;

	for (uint16_t i = 0; i < ports->count && ret == 0; i++)
		ret = check_channels(&ports->at[i]);
	return ret;
}
