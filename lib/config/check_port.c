/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <string.h>

#include "reader.h"

static bool
is_same_device(const struct mcr_config_port *a, const struct mcr_config_port *b)
{
	return a->device != NULL && b->device != NULL && strcmp(a->device, b->device) == 0;
}

static void
check_other_ports(struct mcr_config_reader *reader, const struct mcr_config_path *parent, size_t i)
{
	const struct mcr_config_port *ports = reader->config->ports;
	const struct mcr_config_path address = {.parent = parent, .key = "address"};
	const struct mcr_config_path device = {.parent = parent, .key = "device"};

	RTE_ASSERT(i < reader->config->port_count);
	for (size_t j = 0; j < i; j++) {
		if (ports[j].address.address == ports[i].address.address)
			mcr_config_add_error(
				reader, &address, "is the address of ports[%zu] already", j);
		if (is_same_device(&ports[j], &ports[i]))
			mcr_config_add_error(
				reader, &device, "is the device of ports[%zu] already", j);
	}
}

/* With a /32 the gateway is on-link without a prefix, as in GCP. */
static void
check_gateway(struct mcr_config_reader *reader, const struct mcr_config_path *parent,
	const struct mcr_config_port *port)
{
	const struct mcr_config_path at = {.parent = parent, .key = "gateway"};

	if (!port->has_gateway)
		return;
	if (port->gateway == port->address.address)
		mcr_config_add_error(reader, &at, "is the hub's own address");
	else if (mcr_config_is_subnet_address(&port->address, port->gateway))
		mcr_config_add_error(reader, &at,
			"is the network or broadcast address of its subnet, not a host's");
	else if (port->address.length < 32 && !mcr_config_contains(&port->address, port->gateway))
		mcr_config_add_error(reader, &at, "is outside of the port's prefix");
}

void
mcr_config_check_ports(struct mcr_config_reader *reader)
{
	const struct mcr_config_path ports = {.key = "ports"};
	struct mcr_config_path at = {.parent = &ports};

	for (; at.index < reader->config->port_count; at.index++) {
		const struct mcr_config_port *port = &reader->config->ports[at.index];

		if (port->address.address == 0)
			continue;
		check_other_ports(reader, &at, at.index);
		check_gateway(reader, &at, port);
	}
}
