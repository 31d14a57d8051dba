/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include <rte_cycles.h>
#include <rte_debug.h>
#include <rte_errno.h>
#include <rte_timer.h>

#include "control/apply.h"
#include "control/background.h"
#include "control/controller.h"
#include "control/state_file.h"
#include "datapath/lcore.h"
#include "datapath/reassemble.h"
#include "datapath/tx_hold.h"
#include "fib/peers.h"
#include "fib/placement.h"
#include "fib/police.h"
#include "hub.h"
#include "infra/capture.h"
#include "infra/interface.h"
#include "infra/lcores.h"
#include "infra/log.h"
#include "infra/missed.h"
#include "infra/pool.h"
#include "infra/port.h"
#include "infra/rx_channels.h"
#include "infra/start_time.h"
#include "main_loop.h"
#include "telemetry/commands.h"

static int
create_tables(struct mcr_hub *hub)
{
	struct mcr_member_port ports[RTE_MAX_ETHPORTS];
	int ret;

	for (uint16_t i = 0; i < hub->ports.count; i++)
		ports[i] = (struct mcr_member_port){
			.mac = hub->ports.at[i].mac,
			.address = hub->ports.at[i].address,
			.address6 = hub->ports.at[i].classify.address6,
		};
	RTE_ASSERT(hub->ports.count != 0);
	hub->fib.segment_mac = hub->ports.at[0].mac;
	hub->fib.rcu = mcr_rcu_create(hub->workers.plan.count);
	if (hub->fib.rcu == NULL)
		return -rte_errno;
	hub->fib.members = mcr_members_create(
		mcr_peers_member_ids(hub->config), ports, hub->ports.count, hub->fib.rcu);
	if (hub->fib.members == NULL)
		return -rte_errno;
	hub->fib.groups = mcr_group_create(hub->config->limits.groups,
		mcr_peers_member_ids(hub->config), mcr_peers_keys(hub->config), hub->fib.rcu);
	if (hub->fib.groups == NULL)
		return -rte_errno;
	hub->fib.segments = mcr_segments_create(mcr_peers_member_ids(hub->config), hub->fib.rcu);
	if (hub->fib.segments == NULL)
		return -rte_errno;
	ret = mcr_police_create(&hub->fib, hub->config);
	if (ret == 0)
		ret = mcr_peers_create(&hub->fib, hub->config);
	return ret != 0 ? ret : mcr_placement_create(&hub->fib, hub->config);
}

/* Buffers that may wait in job rings, fragments, the rings of the control lcore and behind them. */
static uint32_t
count_waiting(const struct mcr_hub *hub)
{
	const struct mcr_lcore_plan *plan = &hub->workers.plan;
	const uint32_t datagrams =
		mcr_reassemble_datagrams(hub->config->limits.mbufs, plan->rx_lcores);

	return plan->tx_lcores * MCR_JOB_RING_SIZE +
	       plan->rx_lcores * mcr_reassemble_buffers(datagrams) + MCR_PUNT_BUFFERS +
	       hub->ports.count * MCR_TX_HOLD_FRAMES;
}

static int
create_all_tables(struct mcr_hub *hub)
{
	const int ret = create_tables(hub);

	if (ret != 0)
		MCR_LOG(ERR, "no memory for limits.members %u and limits.groups %u: %s",
			hub->config->limits.members, hub->config->limits.groups,
			rte_strerror(-ret));
	return ret;
}

/* Drivers use timers, see mcr_control_poll(); one may have initialized them already. */
static int
start_timers(void)
{
	const int ret = rte_timer_subsystem_init();

	return ret == -EALREADY ? 0 : ret;
}

static int
create_control(struct mcr_hub *hub)
{
	const struct mcr_controller given = {
		.ports = &hub->ports,
		.fib = &hub->fib,
		.workers = &hub->workers,
		.rings = &hub->rings,
		.config_file = hub->config_file,
		.wants_reload = &hub->reload,
		.wants_end = &hub->wants_end,
		.stop = &hub->stop,
		.config = hub->config,
		.fill_random = mcr_main_loop_fill_random,
		.read_cycles = rte_get_timer_cycles,
		.read_cpu_ns = mcr_main_loop_cpu_ns,
		.now_ms = mcr_main_loop_now_ms(),
	};
	struct mcr_controller *control = mcr_control_create(&given);
	int ret;

	if (control == NULL)
		return -rte_errno;
	hub->workers.control = control;
	__atomic_store_n(&hub->control, control, __ATOMIC_RELEASE);
	ret = mcr_apply_config(control, hub->config);
	mcr_start_time_note("members and groups");
	if (ret == 0)
		mcr_state_file_restore(control);
	mcr_start_time_note("state file");
	return ret;
}

static int
take_ports(struct mcr_hub *hub)
{
	int ret = start_timers();

	if (ret == 0)
		ret = mcr_port_find_all(&hub->ports, hub->config, hub->fib.udp_encaps);
	if (ret == 0)
		ret = mcr_interface_claim_all(&hub->ports);
	if (ret == 0)
		ret = mcr_rx_channels_check_all(&hub->ports);
	if (ret == 0)
		ret = mcr_lcores_plan(&hub->ports, &hub->config->lcores, &hub->workers.plan);
	return ret;
}

static int
create_memory(struct mcr_hub *hub)
{
	int ret = mcr_pool_create_rx(&hub->ports, hub->config->limits.mbufs, count_waiting(hub));

	mcr_start_time_note("packet buffers");
	if (ret == 0)
		ret = create_all_tables(hub);
	mcr_start_time_note("tables");
	if (ret == 0)
		ret = mcr_lcore_create_all(
			&hub->workers, hub->config, &hub->ports, &hub->fib, &hub->rings);
	mcr_start_time_note("lcores");
	return ret;
}

static int
start_ports(struct mcr_hub *hub)
{
	int ret = mcr_port_start_all(&hub->ports, hub->config->limits.mbufs);

	if (ret == 0)
		ret = mcr_rx_channels_check_all(&hub->ports);
	mcr_start_time_note("ports");
	return ret;
}

int
mcr_hub_start(struct mcr_hub *hub)
{
	int ret;

	RTE_ASSERT(hub->config != NULL && hub->control == NULL);
	hub->workers.stop = &hub->stop;
	ret = take_ports(hub);
	mcr_start_time_note("devices");
	if (ret == 0)
		ret = create_memory(hub);
	if (ret == 0)
		ret = create_control(hub);
	if (ret == 0)
		ret = start_ports(hub);
	if (ret == 0)
		ret = mcr_telemetry_start(hub->control);
	if (ret == 0) {
		mcr_port_complete(&hub->ports, hub->config);
		mcr_capture_start();
	} else {
		MCR_LOG(ERR, "cannot start: %s", rte_strerror(-ret));
	}
	mcr_start_time_note("telemetry");
	return ret;
}

void
mcr_hub_end(struct mcr_hub *hub)
{
	struct mcr_controller *control = hub->control;

	if (control != NULL) {
		mcr_background_end(control);
		mcr_telemetry_stop(control);
	}
	mcr_capture_stop();
	mcr_lcore_return_buffers(&hub->workers, &hub->rings);
	mcr_port_stop_all(&hub->ports);
	__atomic_store_n(&hub->control, NULL, __ATOMIC_RELEASE);
	if (control != NULL)
		hub->config = control->config;
	mcr_control_free(control);
	/* Only now: the last state file names them. */
	mcr_port_drop_addresses(&hub->ports);
	mcr_lcore_free_all(&hub->workers, &hub->ports, &hub->fib, &hub->rings);
	mcr_police_free(&hub->fib);
	mcr_segments_free(hub->fib.segments);
	mcr_group_free(hub->fib.groups);
	mcr_members_free(hub->fib.members);
	mcr_placement_free(&hub->fib);
	mcr_peers_free(&hub->fib);
	mcr_rcu_free(hub->fib.rcu);
	mcr_lcore_plan_free(&hub->workers.plan);
	mcr_missed_free(&hub->ports);
	mcr_interface_release_all(&hub->ports);
}
