/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_debug.h>
#include <rte_ethdev.h>

#include "control/watchdog.h"
#include "datapath/counters.h"
#include "fib/peers.h"
#include "infra/capture.h"
#include "infra/missed.h"
#include "telemetry/commands.h"

void
mcr_telemetry_info(struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	RTE_SET_USED(params);
	rte_tel_data_start_dict(answer);
	rte_tel_data_add_dict_string(answer, "version", MCR_VERSION);
	rte_tel_data_add_dict_u64(answer, "pid", getpid());
	rte_tel_data_add_dict_u64(answer, "uptime_s", (control->now_ms - control->start_ms) / 1000);
	rte_tel_data_add_dict_string(answer, "config_file", control->config_file);
	rte_tel_data_add_dict_u64(answer, "generation", control->generation);
	rte_tel_data_add_dict_u64(answer, "ports", control->ports->count);
	rte_tel_data_add_dict_u64(answer, "members", mcr_peers_local_members(control->fib));
	rte_tel_data_add_dict_u64(answer, "groups", mcr_group_count(control->fib->groups));
	rte_tel_data_add_dict_u64(answer, "max_members", control->config->limits.members);
	rte_tel_data_add_dict_u64(answer, "max_groups", control->config->limits.groups);
	rte_tel_data_add_dict_u64(answer, "ready", control->ready);
	rte_tel_data_add_dict_string(
		answer, "oversize", control->fib->drops_oversize ? "drop" : "fragment");
	rte_tel_data_add_dict_string(
		answer, "capture", mcr_capture_refusal() == NULL ? "" : mcr_capture_refusal());
}

void
mcr_telemetry_stats(struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	struct mcr_stats sum;

	RTE_SET_USED(params);
	mcr_counters_sum(control->workers, &sum);
	rte_tel_data_start_dict(answer);
	for (unsigned int i = 0; i < MCR_STAT_COUNT; i++)
		rte_tel_data_add_dict_u64(answer, mcr_stats_name(i), sum.counts[i]);
	rte_tel_data_add_dict_u64(answer, "rx_drop_packets", mcr_stats_rx_drops(&sum));
	rte_tel_data_add_dict_u64(answer, "copy_drops", mcr_stats_copy_drops(&sum));
}

void
mcr_telemetry_drops(struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	struct mcr_stats sum;

	RTE_SET_USED(params);
	mcr_counters_sum(control->workers, &sum);
	rte_tel_data_start_dict(answer);
	for (unsigned int i = 0; i < MCR_DROP_COUNT; i++)
		rte_tel_data_add_dict_u64(answer, mcr_stats_drop_name(i), sum.drops[i]);
}

static void
add_allowance(const struct mcr_controller *control, uint16_t index, struct rte_tel_data *record)
{
	const struct mcr_config_rate *allowance = &control->config->ports[index].allowance;
	const uint64_t *shed = control->ports->at[index].allowance.shed;
	struct rte_tel_data *by_priority = rte_tel_data_alloc();

	rte_tel_data_add_dict_u64(record, "allowance_pps", allowance->pps);
	rte_tel_data_add_dict_u64(record, "allowance_bps", allowance->bps);
	if (by_priority == NULL)
		return;
	rte_tel_data_start_array(by_priority, RTE_TEL_U64_VAL);
	for (uint8_t i = 0; i < MCR_ALLOWANCE_PRIORITIES; i++)
		rte_tel_data_add_array_u64(
			by_priority, __atomic_load_n(&shed[i], __ATOMIC_RELAXED));
	rte_tel_data_add_dict_container(record, "shed", by_priority, 0);
}

static void
add_address(struct rte_tel_data *record, const char *name, uint32_t address, uint8_t length)
{
	char text[MCR_ADDRESS_TEXT + sizeof("/128")];

	text[0] = '\0';
	if (address != MCR_ADDRESS_NONE)
		snprintf(text + strlen(mcr_address_format(address, text)), sizeof("/128"), "/%u",
			length);
	rte_tel_data_add_dict_string(record, name, text);
}

static void
add_addresses(struct rte_tel_data *record, const struct mcr_port *port)
{
	const bool has_ipv6 = port->address6 != MCR_ADDRESS_NONE;
	char gateway[MCR_ADDRESS_TEXT] = "";

	add_address(record, "address", port->address, port->prefix_len);
	add_address(record, "address6", port->address6,
		has_ipv6 ? mcr_address_length(port->prefix6) : 0);
	if (port->gateway6 != MCR_ADDRESS_NONE)
		mcr_address_format(port->gateway6, gateway);
	rte_tel_data_add_dict_string(record, "gateway6", gateway);
}

static struct rte_tel_data *
describe_port(struct mcr_controller *control, uint16_t index)
{
	const struct mcr_port *port = &control->ports->at[index];
	struct rte_tel_data *record = rte_tel_data_alloc();
	struct rte_eth_stats stats = {0};
	char mac[RTE_ETHER_ADDR_FMT_SIZE];

	if (record == NULL)
		return NULL;
	if (!mcr_port_is_resetting(port))
		rte_eth_stats_get(port->id, &stats);
	mcr_telemetry_format_mac(&port->mac, mac);
	rte_tel_data_start_dict(record);
	rte_tel_data_add_dict_string(record, "name", port->name);
	rte_tel_data_add_dict_string(record, "mac", mac);
	add_addresses(record, port);
	rte_tel_data_add_dict_u64(record, "link", port->link.is_up && !port->is_away);
	rte_tel_data_add_dict_u64(record, "link_changes", port->link.changes);
	rte_tel_data_add_dict_u64(record, "resets", port->reset.count);
	rte_tel_data_add_dict_u64(record, "mtu", port->mtu);
	rte_tel_data_add_dict_u64(record, "rx_packets", stats.ipackets);
	rte_tel_data_add_dict_u64(record, "rx_bytes", stats.ibytes);
	rte_tel_data_add_dict_u64(record, "tx_packets", stats.opackets);
	rte_tel_data_add_dict_u64(record, "tx_bytes", stats.obytes);
	rte_tel_data_add_dict_u64(
		record, "burst_copies_1ms", mcr_counters_largest_burst(control->workers, index));
	rte_tel_data_add_dict_u64(record, "rx_missed", mcr_missed_count(control->ports, index));
	rte_tel_data_add_dict_u64(record, "rx_nombuf", stats.rx_nombuf);
	rte_tel_data_add_dict_u64(record, "stalled", mcr_watchdog_port(control, index)->count);
	rte_tel_data_add_dict_u64(
		record, "rx_queues", mcr_lcore_plan_rx_queues(&control->workers->plan, index));
	rte_tel_data_add_dict_u64(record, "punt_queue", port->has_punt_queue);
	rte_tel_data_add_dict_u64(
		record, "tx_queues", mcr_lcore_plan_tx_queues(&control->workers->plan, index));
	add_allowance(control, index, record);
	return record;
}

void
mcr_telemetry_ports(struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	RTE_SET_USED(params);
	rte_tel_data_start_dict(answer);
	for (uint16_t i = 0; i < control->ports->count; i++)
		mcr_telemetry_add_record(answer, i, describe_port(control, i));
}

static const char *
role_name(const struct mcr_lcore_role *role)
{
	if (role->is_rx && role->is_tx)
		return "rxtx";
	if (role->is_rx)
		return "rx";
	return role->is_tx ? "tx" : "control";
}

static struct rte_tel_data *
describe_load(const struct mcr_controller *control, uint16_t index)
{
	const struct mcr_lcore *lcore = &control->workers->lcores[index];
	const struct mcr_watch *watch = mcr_watchdog_lcore(control, index);
	struct rte_tel_data *record = rte_tel_data_alloc();

	if (record == NULL)
		return NULL;
	rte_tel_data_start_dict(record);
	rte_tel_data_add_dict_u64(record, "lcore", lcore->role->id);
	rte_tel_data_add_dict_string(record, "role", role_name(lcore->role));
	rte_tel_data_add_dict_u64(record, "socket", lcore->role->node);
	rte_tel_data_add_dict_u64(
		record, "packets", __atomic_load_n(&lcore->packets, __ATOMIC_RELAXED));
	rte_tel_data_add_dict_u64(record, "busy_percent", watch->busy_percent);
	rte_tel_data_add_dict_u64(record, "last_progress_ms", control->now_ms - watch->progress_ms);
	return record;
}

void
mcr_telemetry_lcores(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	RTE_SET_USED(params);
	rte_tel_data_start_dict(answer);
	for (uint16_t i = 0; i < control->workers->count; i++)
		mcr_telemetry_add_record(answer, i, describe_load(control, i));
}
