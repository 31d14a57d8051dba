/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "reader.h"

static void
read_gateway(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_port *port = object;

	mcr_config_read_unicast(reader, at, value, &port->gateway);
	port->has_gateway = true;
}

static void
read_next_hop(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	static const char *const choices[] = {"arp", "gateway", NULL};
	struct mcr_config_port *port = object;

	port->next_hop_is_gateway = mcr_config_read_choice(reader, at, value, choices) == 1;
	if (port->next_hop_is_gateway && !port->has_gateway)
		mcr_config_add_error(reader, at, "\"gateway\" needs the key \"gateway\"");
}

static void
read_gateway_mac(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_port *port = object;

	mcr_config_read_mac(reader, at, value, &port->gateway_mac);
	port->has_gateway_mac = true;
	if (!port->has_gateway)
		mcr_config_add_error(reader, at, "needs the key \"gateway\"");
}

/* From a packet a second, beyond what any instance has. */
#define PPS_MAX UINT64_C(10000000000)
#define BPS_MIN UINT64_C(100000)
#define BPS_MAX UINT64_C(10000000000000)

static void
read_pps(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_allowance *allowance = object;

	allowance->pps = mcr_config_read_uint(reader, at, value, 1, PPS_MAX);
}

static void
read_bps(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_allowance *allowance = object;

	allowance->bps = mcr_config_read_uint(reader, at, value, BPS_MIN, BPS_MAX);
}

static const struct mcr_config_key allowance_keys[] = {
	{"pps", .read = read_pps},
	{"bps", .read = read_bps},
	{.name = NULL},
};

static void
read_allowance(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_allowance *allowance = object;

	mcr_config_read_object(reader, at, value, allowance_keys, allowance);
	if (json_is_object(value) && json_object_size(value) == 0)
		mcr_config_add_error(reader, at, "needs the key \"pps\" or \"bps\"");
}

#define FIELD(field) MCR_CONFIG_FIELD(struct mcr_config_port, field)

static const struct mcr_config_key keys[] = {
	{"device", .read = mcr_config_copy_string, FIELD(device)},
	{"address", .read = mcr_config_read_interface, FIELD(address), .required = true},
	{"gateway", .read = read_gateway},
	{"next_hop", .read = read_next_hop},
	{"gateway_mac", .read = read_gateway_mac},
	{"mtu", FIELD(mtu), .min = 576, .max = 9600},
	{"allowance", .read = read_allowance, FIELD(allowance)},
	{.name = NULL},
};

static void
read_port_object(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_port *port = object;

	mcr_config_read_object(reader, at, value, keys, port);
	/* The gateway is wrong, so routes cannot be checked. */
	if (port->has_gateway && port->gateway == 0)
		port->address.address = 0;
}

void
mcr_config_read_ports(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	struct mcr_config *config = object;

	RTE_ASSERT(config->ports == NULL);
	if (json_is_array(value) && json_array_size(value) == 0)
		mcr_config_add_error(reader, at, "must name at least one port");
	else if (json_array_size(value) > RTE_MAX_ETHPORTS)
		mcr_config_add_error(reader, at, "must name at most %u ports", RTE_MAX_ETHPORTS);
	else
		config->ports = mcr_config_read_list(reader, at, value, read_port_object,
			sizeof(*config->ports), &config->port_count);
}
