/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <string.h>

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
read_address6(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_port *port = object;

	mcr_config_read_ipv6_interface(reader, at, value, &port->address6, &port->prefix6);
}

static void
read_gateway6(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_port *port = object;

	if (json_is_string(value) && strcmp(json_string_value(value), "ra") == 0)
		port->learns_gateway6 = true;
	else if (mcr_config_looks_like_ipv6(value))
		mcr_config_read_ipv6_host(reader, at, value, &port->gateway6);
	else
		mcr_config_add_mismatch(reader, at, "a unicast IPv6 address or \"ra\"", value);
}

static void
read_gateway6_mac(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_port *port = object;

	mcr_config_read_mac(reader, at, value, &port->gateway6_mac);
	port->has_gateway6_mac = true;
	if (port->learns_gateway6)
		mcr_config_add_error(reader, at, "needs an address in \"gateway6\", not \"ra\"");
}

static void
read_next_hop(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	static const char *const choices[] = {"arp", "gateway", NULL};
	struct mcr_config_port *port = object;

	port->next_hop_is_gateway = mcr_config_read_choice(reader, at, value, choices) == 1;
}

static void
read_gateway_mac(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_port *port = object;

	mcr_config_read_mac(reader, at, value, &port->gateway_mac);
	port->has_gateway_mac = true;
}

#define FIELD(field) MCR_CONFIG_FIELD(struct mcr_config_port, field)

static const struct mcr_config_key keys[] = {
	{"device", .read = mcr_config_copy_string, FIELD(device)},
	{"address", .read = mcr_config_read_interface, FIELD(address)},
	{"gateway", .read = read_gateway},
	{"next_hop", .read = read_next_hop},
	{"gateway_mac", .read = read_gateway_mac},
	{"address6", .read = read_address6},
	{"gateway6", .read = read_gateway6},
	{"gateway6_mac", .read = read_gateway6_mac},
	{"mtu", FIELD(mtu), .min = 576, .max = 9600},
	{"allowance", .read = mcr_config_read_allowance, FIELD(allowance)},
	{.name = NULL},
};

/* Keys that mean nothing without another. */
static void
check_needed_keys(
	struct mcr_config_reader *reader, const struct mcr_config_path *parent, const json_t *value)
{
	static const char *const needs[][2] = {
		{"gateway", "address"},
		{"gateway_mac", "gateway"},
		{"gateway6", "address6"},
		{"gateway6_mac", "gateway6"},
	};

	for (size_t i = 0; i < RTE_DIM(needs); i++) {
		const struct mcr_config_path at = {.parent = parent, .key = needs[i][0]};

		if (json_object_get(value, needs[i][0]) != NULL &&
			json_object_get(value, needs[i][1]) == NULL)
			mcr_config_add_error(reader, &at, "needs the key \"%s\"", needs[i][1]);
	}
}

static void
check_next_hop(struct mcr_config_reader *reader, const struct mcr_config_path *parent,
	const json_t *value, const struct mcr_config_port *port)
{
	const struct mcr_config_path at = {.parent = parent, .key = "next_hop"};

	if (port->next_hop_is_gateway && json_object_get(value, "gateway") == NULL &&
		json_object_get(value, "gateway6") == NULL)
		mcr_config_add_error(
			reader, &at, "\"gateway\" needs the key \"gateway\" or \"gateway6\"");
}

static bool
is_wrong(const json_t *value, const char *key, bool is_read)
{
	return json_object_get(value, key) != NULL && !is_read;
}

/* Routes cannot be checked by an address or gateway that is wrong. */
static void
forget_wrong_port(const json_t *value, struct mcr_config_port *port)
{
	if (!is_wrong(value, "address", port->address.address != 0) &&
		!is_wrong(value, "gateway", port->gateway != 0) &&
		!is_wrong(value, "address6", port->address6 != 0) &&
		!is_wrong(value, "gateway6", mcr_config_has_gateway6(port)))
		return;
	port->address.address = 0;
	mcr_config_drop(&port->address6);
}

static void
read_port_object(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	const struct mcr_config_path address = {.parent = at, .key = "address"};
	struct mcr_config_port *port = object;

	mcr_config_read_object(reader, at, value, keys, port);
	if (!json_is_object(value))
		return;
	if (json_object_get(value, "address") == NULL && json_object_get(value, "address6") == NULL)
		mcr_config_add_error(reader, &address, "missing, and so is \"address6\"");
	check_needed_keys(reader, at, value);
	check_next_hop(reader, at, value, port);
	forget_wrong_port(value, port);
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
