/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include <numa.h>

#include <rte_debug.h>
#include <rte_lcore.h>

#include "infra/lcores.h"
#include "infra/log.h"
#include "infra/port.h"

static int
distance_between(int from, int to)
{
	return numa_available() < 0 ? 0 : numa_distance(from, to);
}

static int
node_of_lcore(unsigned int lcore)
{
	const int cpu = rte_lcore_to_cpu_id((int)lcore);
	const int node = cpu < 0 || numa_available() < 0 ? -1 : numa_node_of_cpu(cpu);

	return node < 0 ? (int)rte_lcore_to_socket_id(lcore) : node;
}

static struct mcr_lcore_input
describe_lcore(unsigned int id)
{
	return (struct mcr_lcore_input){.id = id, .node = node_of_lcore(id)};
}

static int
refuse_plan(enum mcr_lcore_plan_error error, uint32_t culprit)
{
	switch (error) {
	case MCR_PLAN_NO_SUCH_LCORE:
		MCR_LOG(ERR,
			"lcores: %u is not among EAL's worker lcores (all of -l but the first)",
			culprit);
		return -EINVAL;
	default:
		return -ENOMEM;
	}
}

static const char *
list_tasks(const struct mcr_lcore_role *role)
{
	if (role->is_control)
		return role->is_rx ? "control, rx, tx" : "control";
	return role->is_rx && role->is_tx ? "rx, tx" : role->is_rx ? "rx" : "tx";
}

static void
log_crossings(const struct mcr_ports *ports, const struct mcr_lcore_role *role)
{
	for (uint16_t i = 0; i < ports->count; i++) {
		const struct mcr_port *port = &ports->at[i];

		if ((role->is_rx || role->is_tx) && port->socket >= 0 && port->socket != role->node)
			MCR_LOG(WARNING, "lcore %u is on NUMA node %d, port %s on node %d",
				role->id, role->node, port->name, port->socket);
	}
}

static void
log_plan(const struct mcr_lcore_plan *plan, const struct mcr_ports *ports)
{
	for (uint16_t i = 0; i < plan->count; i++) {
		const struct mcr_lcore_role *role = &plan->roles[i];

		MCR_LOG(INFO, "lcore %u on NUMA node %d: %s", role->id, role->node,
			list_tasks(role));
		log_crossings(ports, role);
	}
	if (plan->idle != 0)
		MCR_LOG(NOTICE, "%u lcores stay idle: the ports have no more queues", plan->idle);
}

int
mcr_lcores_plan(struct mcr_ports *ports, const struct mcr_config_lcores *wanted,
	struct mcr_lcore_plan *plan)
{
	struct mcr_lcore_input workers[RTE_MAX_LCORE];
	struct mcr_port_input inputs[RTE_MAX_ETHPORTS];
	struct mcr_lcore_plan_input input = {
		.main = describe_lcore(rte_get_main_lcore()),
		.workers = workers,
		.ports = inputs,
		.port_count = ports->count,
		.rx = wanted->rx,
		.tx = wanted->tx,
		.rx_count = wanted->rx_count,
		.tx_count = wanted->tx_count,
		.distance = distance_between,
	};
	enum mcr_lcore_plan_error error;
	uint32_t culprit = 0;
	unsigned int id;

	RTE_LCORE_FOREACH_WORKER (id)
		workers[input.worker_count++] = describe_lcore(id);
	for (uint16_t i = 0; i < ports->count; i++)
		inputs[i] = mcr_port_describe(&ports->at[i]);
	error = mcr_lcore_plan(&input, plan, &culprit);
	if (error != MCR_PLAN_OK)
		return refuse_plan(error, culprit);
	RTE_ASSERT(ports->plan == NULL && plan->count != 0 && plan->roles[0].is_control);
	ports->plan = plan;
	log_plan(plan, ports);
	return 0;
}
