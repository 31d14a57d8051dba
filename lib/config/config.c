/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

static void
read_overlay_address(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	const uint64_t before = reader->error_count;
	struct mcr_config *config = object;

	mcr_config_read_interface(reader, at, value, &config->overlay);
	config->has_overlay = reader->error_count == before;
}

static void
read_overlay(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	static const struct mcr_config_key keys[] = {
		{"address", .read = read_overlay_address},
		{"address6", .read = mcr_config_read_ipv6_hub_overlay,
			MCR_CONFIG_FIELD(struct mcr_config, overlay6)},
		{.name = NULL},
	};

	mcr_config_read_object(reader, at, value, keys, object);
}

static void
read_broadcast_members(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	struct mcr_config *config = object;

	config->has_broadcast = true;
	mcr_config_read_ipv4_receivers(reader, at, value, &config->broadcast);
}

static void
read_broadcast(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	static const struct mcr_config_key keys[] = {
		{"members", .read = read_broadcast_members}, {.name = NULL}};

	mcr_config_read_object(reader, at, value, keys, object);
}

#define FIELD(field) MCR_CONFIG_FIELD(struct mcr_config, field)

/* In the order of dependence: overlay is a default of members, groups refer to members. */
static const struct mcr_config_key keys[] = {
	{"ports", .read = mcr_config_read_ports, .required = true},
	{"overlay", .read = read_overlay},
	{"limits", .read = mcr_config_read_limits, FIELD(limits)},
	{"members", .read = mcr_config_read_members},
	{"groups", .read = mcr_config_read_groups},
	{"broadcast", .read = read_broadcast},
	{"unknown_groups", FIELD(unknown_groups_flood), .words = {"drop", "flood"}},
	{"igmp", .read = mcr_config_read_igmp, FIELD(igmp)},
	{"mld", .read = mcr_config_read_igmp, FIELD(mld)},
	{"amt", .read = mcr_config_read_amt},
	{"admit", .read = mcr_config_read_admits},
	{"rate_limit", .read = mcr_config_read_rate_limit, FIELD(rate_limit)},
	{"ttl", FIELD(ttl_decrement), .words = {"preserve", "decrement"}},
	{"oversize", FIELD(oversize_drop), .words = {"fragment", "drop"}},
	{"idle", FIELD(idle_sleep), .words = {"poll", "sleep"}},
	{"lcores", .read = mcr_config_read_lcores, FIELD(lcores)},
	{"tuning", .read = mcr_config_read_tuning, FIELD(tuning)},
	{"domain", .read = mcr_config_read_domain, FIELD(domain)},
	{"state_file", .read = mcr_config_copy_string, FIELD(state_file)},
	{.name = NULL},
};

static void
read_config(struct mcr_config_reader *reader, const char *text, size_t len)
{
	json_t *root = mcr_config_read_json(reader, text, len);

	if (root == NULL)
		return;
	RTE_ASSERT(reader->root == NULL);
	reader->root = root;
	mcr_config_read_object(reader, NULL, root, keys, reader->config);
	mcr_config_check_ports(reader);
	mcr_config_check_members(reader);
	mcr_config_check_groups(reader);
	mcr_config_check_admits(reader);
	mcr_config_check_udp_ports(reader);
	if (reader->error_count == 0) {
		mcr_config_warn(reader);
		mcr_config_digest(reader);
	}
	reader->root = NULL;
	json_decref(root);
}

static bool
create_config(struct mcr_config_reader *reader)
{
	reader->config = mcr_config_alloc(reader, 1, sizeof(*reader->config));
	if (reader->config == NULL)
		return false;
	reader->config->limits = (struct mcr_config_limits){.members = 4096, .groups = 65536};
	reader->config->lcores.automatic = true;
	reader->config->receivers.all_members = true;
	reader->config->ipv4_receivers.all_members = true;
	reader->config->ipv6_receivers.all_members = true;
	return mcr_config_set_igmp_defaults(reader);
}

struct mcr_config *
mcr_config_parse(const char *text, size_t len, const char *name, struct mcr_config_messages *errors)
{
	struct mcr_config_reader reader = {.file = name, .errors = errors};

	RTE_ASSERT(name != NULL && errors != NULL && (text != NULL || len == 0));
	if (create_config(&reader))
		read_config(&reader, text, len);
	mcr_config_report_unkept(&reader);
	free(reader.by_name);
	free(reader.listed);
	RTE_ASSERT(reader.config != NULL || reader.error_count != 0);
	if (reader.error_count == 0)
		return reader.config;
	mcr_config_free(reader.config);
	return NULL;
}

struct mcr_config *
mcr_config_load(const char *file, struct mcr_config_messages *errors)
{
	struct mcr_config_reader reader = {.file = file, .errors = errors};
	struct mcr_config *config;
	size_t len = 0;
	char *text = mcr_config_read_file(&reader, &len);

	RTE_ASSERT(text != NULL || reader.error_count != 0);
	if (text == NULL)
		return NULL;
	config = mcr_config_parse(text, len, file, errors);
	free(text);
	if (config != NULL) {
		reader.config = config;
		mcr_config_warn_state_file(&reader);
	}
	return config;
}
