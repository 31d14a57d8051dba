/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_bus.h>
#include <rte_debug.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include "infra/devices.h"
#include "infra/log.h"
#include "infra/missed.h"
#include "infra/pool.h"
#include "infra/port.h"
#include "infra/port_buffers.h"
#include "infra/punt_queue.h"

static int
find_ethdev(const struct mcr_config_port *config, uint16_t index, uint16_t *id)
{
	uint16_t port, seen = 0;

	if (config->device != NULL)
		return rte_eth_dev_get_port_by_name(config->device, id);
	RTE_ETH_FOREACH_DEV (port) {
		if (seen++ == index) {
			*id = port;
			return 0;
		}
	}
	return -ENODEV;
}

static uint32_t
directed_broadcast(const struct mcr_config_prefix *prefix)
{
	return prefix->length == 0 || prefix->length >= 31
	               ? 0
	               : prefix->address | ~mcr_ipv4_mask(prefix->length);
}

static struct mcr_driver_verdict
judge_driver(const struct rte_eth_dev_info *info, bool has_ipv6)
{
	const struct mcr_device_offer offer = {
		.driver = info->driver_name,
		.rss = info->flow_type_rss_offloads,
		.max_rx = info->max_rx_queues,
		.max_tx = info->max_tx_queues,
		.is_virtual = strcmp(rte_bus_name(rte_dev_bus(info->device)), "vdev") == 0,
		.has_ipv6 = has_ipv6,
	};

	return mcr_driver_judge(&offer);
}

static void
explain_missing(const struct mcr_config_port *config, uint16_t index)
{
	const unsigned int missing = mcr_devices_explain_missing();
	char names[512];

	mcr_devices_list(names, sizeof(names));
	if (config->device != NULL)
		MCR_LOG(ERR, "ports[%u].device: no such device: %s; there are: %s", index,
			config->device, names);
	else
		MCR_LOG(ERR, "ports[%u]: no device is left for it; there are: %s%s", index, names,
			missing != 0 ? "" : "; bind a NIC to vfio-pci or give a --vdev");
}

/* The configuration that the port was made from goes with the first reload. */
static void
set_ipv6(struct mcr_port *port, const struct mcr_config_port *config)
{
	if (config->address6 == MCR_ADDRESS_NONE)
		return;
	port->address6 = config->address6;
	port->prefix6 = config->prefix6;
	port->gateway6 = config->gateway6;
	mcr_address_hold(port->address6);
	mcr_address_hold(port->prefix6);
	mcr_address_hold(port->gateway6);
	port->classify.has_ipv6 = true;
	port->classify.address6 = *mcr_address_ipv6(port->address6);
	port->classify.link_local = mcr_port_link_local(&port->mac);
}

void
mcr_port_drop_addresses(struct mcr_ports *ports)
{
	for (uint16_t i = 0; i < ports->count; i++) {
		struct mcr_port *port = &ports->at[i];

		mcr_address_drop(port->address6);
		mcr_address_drop(port->prefix6);
		mcr_address_drop(port->gateway6);
		port->address6 = port->prefix6 = port->gateway6 = MCR_ADDRESS_NONE;
	}
}

static int
probe_port(struct mcr_port *port, uint16_t index, const struct mcr_config_port *config,
	const uint8_t *udp_encaps)
{
	struct rte_eth_dev_info info;
	int ret = find_ethdev(config, index, &port->id);

	RTE_ASSERT(!port->is_found);
	port->config = *config;
	port->config.device = NULL;
	if (ret != 0) {
		explain_missing(config, index);
		return ret;
	}
	port->is_found = true;
	ret = rte_eth_dev_info_get(port->id, &info);
	if (ret == 0)
		ret = rte_eth_macaddr_get(port->id, &port->mac);
	if (ret != 0) {
		MCR_LOG(ERR, "ports[%u]: %s", index, rte_strerror(-ret));
		return ret;
	}
	rte_eth_dev_get_name_by_port(port->id, port->name);
	port->socket = rte_eth_dev_socket_id(port->id);
	port->address = config->address.address;
	port->prefix_len = config->address.length;
	port->driver = judge_driver(&info, config->address6 != MCR_ADDRESS_NONE);
	port->sends_from_rx_pool = strcmp(info.driver_name, "net_af_xdp") == 0;
	port->takes_chains = (info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) != 0;
	port->classify = (struct mcr_classify_port){
		.mac = port->mac,
		.address = port->address,
		.broadcast = directed_broadcast(&config->address),
		.udp_encaps = udp_encaps,
	};
	set_ipv6(port, config);
	port->has_interrupts = !mcr_devices_interrupts_once(port->name);
	port->sets_mtu = config->mtu != 0;
	port->mtu = config->mtu;
	return port->mtu != 0 ? 0 : rte_eth_dev_get_mtu(port->id, &port->mtu);
}

static bool
is_used_before(const struct mcr_ports *ports, uint16_t index)
{
	for (uint16_t i = 0; i < index; i++) {
		if (ports->at[i].id == ports->at[index].id)
			return true;
	}
	return false;
}

int
mcr_port_find_all(
	struct mcr_ports *ports, const struct mcr_config *config, const uint8_t *udp_encaps)
{
	ports->count = config->port_count;
	if (ports->count > RTE_DIM(ports->at)) {
		MCR_LOG(ERR, "ports: more than the %zu that DPDK was built for",
			RTE_DIM(ports->at));
		return -E2BIG;
	}
	for (uint16_t i = 0; i < ports->count; i++) {
		const int ret = probe_port(&ports->at[i], i, &config->ports[i], udp_encaps);

		if (ret != 0)
			return ret;
		if (is_used_before(ports, i)) {
			MCR_LOG(ERR, "ports[%u]: device %s is another port's already", i,
				ports->at[i].name);
			ports->at[i].is_found = false;
			return -EBUSY;
		}
	}
	return 0;
}

struct mcr_port_input
mcr_port_describe(const struct mcr_port *port)
{
	return (struct mcr_port_input){
		.rules = port->driver.queues,
		.node = port->socket,
	};
}

/* No RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE: it needs each queue's buffers from one pool with one
 * reference, and a queue here sends shared payloads, packets in place and injected frames. From 200
 * bytes on sharing saves more than FAST_FREE would. */
static struct rte_eth_conf
make_conf(const struct mcr_port *port, const struct rte_eth_dev_info *info,
	struct mcr_queue_count queues)
{
	struct rte_eth_conf conf = {0};

	if (port->has_interrupts)
		conf.intr_conf = mcr_port_events_interrupts(info);
	if (port->mtu >= info->min_mtu && port->mtu <= info->max_mtu)
		conf.rxmode.mtu = port->mtu;
	if (port->takes_chains)
		conf.txmode.offloads = RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	if (queues.rx - queues.has_punt > 1 && port->driver.rss != 0) {
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf.rx_adv_conf.rss_conf.rss_hf = port->driver.rss;
	}
	return conf;
}

static int
set_up_queues(const struct mcr_ports *ports, const struct mcr_port *port,
	const struct rte_eth_dev_info *info, struct mcr_queue_count queues)
{
	const struct rte_eth_conf conf = make_conf(port, info, queues);
	uint16_t rx_descriptors = MCR_PORT_DESCRIPTORS, tx_descriptors = MCR_PORT_DESCRIPTORS;
	struct rte_eth_txconf tx_conf = info->default_txconf;
	struct rte_mempool *pool = mcr_pool_of_port(ports, port);
	int ret;

	RTE_ASSERT(queues.rx != 0 && queues.tx != 0);
	if (pool == NULL)
		return -ENOMEM;
	ret = rte_eth_dev_configure(port->id, queues.rx, queues.tx, &conf);
	if (ret == 0)
		ret = rte_eth_dev_adjust_nb_rx_tx_desc(port->id, &rx_descriptors, &tx_descriptors);
	for (uint16_t q = 0; ret == 0 && q < queues.rx; q++)
		ret = rte_eth_rx_queue_setup(port->id, q, rx_descriptors, port->socket, NULL, pool);
	tx_conf.offloads = conf.txmode.offloads;
	for (uint16_t q = 0; ret == 0 && q < queues.tx; q++)
		ret = rte_eth_tx_queue_setup(port->id, q, tx_descriptors, port->socket, &tx_conf);
	return ret;
}

/* A device that cannot change its MTU keeps it; the operator stated what the path carries. */
static int
set_mtu(const struct mcr_port *port)
{
	const int ret = rte_eth_dev_set_mtu(port->id, port->mtu);

	if (ret == 0)
		return 0;
	if (ret == -EINVAL) {
		MCR_LOG(ERR, "port %s: MTU %u is out of the device's range", port->name, port->mtu);
		return ret;
	}
	MCR_LOG(NOTICE, "port %s: the device cannot set its MTU (%s); %u is taken as given",
		port->name, rte_strerror(-ret), port->mtu);
	return 0;
}

static void
explain_start(
	uint16_t index, const struct mcr_port *port, const struct rte_eth_dev_info *info, int error)
{
	const uint32_t frame = port->mtu + RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;

	if (frame > info->max_rx_pktlen)
		MCR_LOG(ERR,
			"ports[%u].mtu: %u needs frames of %u bytes, and %s takes up to %u as it "
			"was given to EAL",
			index, port->mtu, frame, port->name, info->max_rx_pktlen);
	else if (strcmp(info->driver_name, "net_af_xdp") == 0)
		MCR_LOG(ERR,
			"port %s: the kernel gives no XDP socket with MTU %u: %s (ip link shows "
			"whether another XDP program is there; a veth's peer must not send by more "
			"queues: ethtool -L PEER tx 1)",
			port->name, port->mtu, rte_strerror(-error));
	else
		MCR_LOG(ERR, "port %s: cannot be started with MTU %u: %s", port->name, port->mtu,
			rte_strerror(-error));
}

static void
log_queues(const struct mcr_ports *ports, uint16_t index, const struct rte_eth_dev_info *info)
{
	const struct mcr_port *port = &ports->at[index];
	const struct mcr_queue_count queues = ports->plan->queues[index];

	if (port->driver.reason != NULL && ports->plan->has_rings)
		MCR_LOG(NOTICE, "port %s: receives by one of its %u queues: %s %s", port->name,
			info->max_rx_queues, info->driver_name, port->driver.reason);
	if (queues.rx > 1 || queues.tx > 1)
		MCR_LOG(INFO, "port %s: %u RX and %u TX queues%s", port->name, queues.rx, queues.tx,
			!port->has_punt_queue ? ""
			: port->punts_icmpv6  ? ", one to receive ARP, IGMP and ICMPv6 alone"
					      : ", one to receive ARP and IGMP alone");
}

static int
start_device(struct mcr_ports *ports, uint16_t index, const struct rte_eth_dev_info *info)
{
	const struct mcr_port *port = &ports->at[index];
	int ret = set_up_queues(ports, port, info, ports->plan->queues[index]);

	if (ret == 0 && port->sets_mtu)
		ret = set_mtu(port);
	return ret != 0 ? ret : rte_eth_dev_start(port->id);
}

/* Some devices lack the interrupts that their driver offers: poll their link. */
static int
start_without_interrupts(
	struct mcr_ports *ports, uint16_t index, const struct rte_eth_dev_info *info)
{
	struct mcr_port *port = &ports->at[index];
	int ret;

	port->has_interrupts = false;
	ret = start_device(ports, index, info);
	port->has_interrupts = ret != 0;
	if (ret == 0)
		MCR_LOG(NOTICE, "port %s: the device has no interrupts; its link is asked for",
			port->name);
	return ret;
}

static bool
wants_interrupts(const struct mcr_port *port, const struct rte_eth_dev_info *info)
{
	const struct rte_eth_intr_conf wanted = mcr_port_events_interrupts(info);

	return port->has_interrupts && (wanted.lsc || wanted.rmv);
}

static void
start_punt_queue(struct mcr_ports *ports, uint16_t index)
{
	struct mcr_port *port = &ports->at[index];
	const struct mcr_queue_count queues = ports->plan->queues[index];
	const char *reason;

	port->punts_icmpv6 = false;
	if (!queues.has_punt)
		return;
	port->has_punt_queue = mcr_punt_queue_start(port->id, queues.rx, &reason) == 0;
	if (!port->has_punt_queue) {
		MCR_LOG(NOTICE, "port %s: no RX queue for ARP and IGMP alone: %s", port->name,
			reason);
		return;
	}
	if (!port->classify.has_ipv6)
		return;
	port->punts_icmpv6 = mcr_punt_queue_add_icmpv6(port->id, queues.rx, &reason) == 0;
	if (!port->punts_icmpv6)
		MCR_LOG(NOTICE, "port %s: ICMPv6 shares RX queues with packets: %s", port->name,
			reason);
}

static int
start_port(struct mcr_ports *ports, uint16_t index, struct rte_eth_dev_info *info)
{
	struct mcr_port *port = &ports->at[index];
	int ret = rte_eth_dev_info_get(port->id, info);

	if (ret != 0)
		return ret;
	RTE_ASSERT(!port->started && port->is_found);
	ret = start_device(ports, index, info);
	if (ret != 0 && wants_interrupts(port, info))
		ret = start_without_interrupts(ports, index, info);
	if (ret != 0)
		return ret;
	port->started = true;
	start_punt_queue(ports, index);
	/* For IGMP in networks with multicast; ENA and gve have no such mode. */
	if (rte_eth_allmulticast_enable(port->id) != 0)
		MCR_LOG(DEBUG, "port %s: no allmulticast mode", port->name);
	return mcr_missed_find(ports, index);
}

static void
log_start(const struct mcr_port *port)
{
	char address[MCR_ADDRESS_TEXT + 4] = "", address6[MCR_ADDRESS_TEXT + 4] = "";
	char text[MCR_ADDRESS_TEXT];

	if (port->address != 0)
		snprintf(address, sizeof(address), ", %s/%u",
			mcr_address_format(port->address, text), port->prefix_len);
	if (port->address6 != MCR_ADDRESS_NONE)
		snprintf(address6, sizeof(address6), ", %s/%u",
			mcr_address_format(port->address6, text),
			mcr_address_length(port->prefix6));
	MCR_LOG(INFO, "port %s: " MCR_MAC_FMT "%s%s, MTU %u", port->name,
		RTE_ETHER_ADDR_BYTES(&port->mac), address, address6, port->mtu);
}

static int
start_first(struct mcr_ports *ports, uint16_t index)
{
	struct mcr_port *port = &ports->at[index];
	struct rte_eth_dev_info info = {.driver_name = "", .max_rx_pktlen = UINT32_MAX};
	int ret = rte_eth_dev_info_get(port->id, &info);

	if (ret == 0)
		ret = mcr_port_events_note(port->id, info.device, &port->events);
	if (ret == 0)
		ret = start_port(ports, index, &info);
	if (ret != 0) {
		explain_start(index, port, &info, ret);
		return ret;
	}
	log_start(port);
	log_queues(ports, index, &info);
	return 0;
}

int
mcr_port_start_all(struct mcr_ports *ports, uint32_t mbufs)
{
	RTE_ASSERT(ports->plan != NULL);
	for (uint16_t i = 0; i < ports->count; i++) {
		struct mcr_port *port = &ports->at[i];
		const unsigned int before = mcr_pool_count_in_use(ports, port);
		const int ret = start_first(ports, i);

		if (port->sends_from_rx_pool)
			port->kept_buffers = mcr_pool_count_in_use(ports, port) - before;
		if (ret != 0)
			return ret;
	}
	mcr_port_buffers_warn(ports, mbufs);
	return 0;
}

int
mcr_port_restart(struct mcr_ports *ports, uint16_t index)
{
	struct rte_eth_dev_info info;

	RTE_ASSERT(!ports->at[index].started);
	return start_port(ports, index, &info);
}

static void
ignore_events(struct mcr_port *port)
{
	struct rte_eth_dev_info info;

	if (rte_eth_dev_info_get(port->id, &info) == 0)
		mcr_port_events_ignore(port->id, info.device, &port->events);
}

static void
stop_port(const struct mcr_ports *ports, struct mcr_port *port)
{
	RTE_ASSERT(port->started);
	/* A removed device gives nothing back. */
	if (!mcr_port_is_away(port))
		mcr_port_buffers_take_back(ports, port);
	rte_eth_dev_stop(port->id);
	port->started = false;
}

static void
close_port(const struct mcr_ports *ports, struct mcr_port *port)
{
	const unsigned int before = mcr_pool_count_in_use(ports, port);
	unsigned int returned;

	RTE_ASSERT(port->is_found && !port->started);
	rte_eth_dev_close(port->id);
	port->is_found = false;
	returned = before - mcr_pool_count_in_use(ports, port);
	port->kept_buffers -= RTE_MIN(port->kept_buffers, returned);
}

static void
stop_and_close(struct mcr_ports *ports, bool keep_buffers)
{
	for (uint16_t i = 0; i < ports->count; i++)
		if (ports->at[i].sends_from_rx_pool == keep_buffers && ports->at[i].started)
			stop_port(ports, &ports->at[i]);
	for (uint16_t i = 0; i < ports->count; i++)
		if (ports->at[i].sends_from_rx_pool == keep_buffers && ports->at[i].is_found)
			close_port(ports, &ports->at[i]);
}

/* Ports that keep buffers close last: then no other port holds buffers of their pool. */
void
mcr_port_stop_all(struct mcr_ports *ports)
{
	for (uint16_t i = 0; i < ports->count; i++)
		if (ports->at[i].is_found)
			ignore_events(&ports->at[i]);
	stop_and_close(ports, false);
	stop_and_close(ports, true);
}

void
mcr_port_complete(const struct mcr_ports *ports, struct mcr_config *config)
{
	for (uint32_t i = 0; i < config->port_count && i < ports->count; i++) {
		struct mcr_config_port *port = &config->ports[i];

		if (port->device == NULL)
			port->device = strdup(ports->at[i].name);
		if (port->mtu == 0)
			port->mtu = ports->at[i].mtu;
	}
}
