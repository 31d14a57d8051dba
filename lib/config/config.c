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

	config->overlay = mcr_config_read_interface(reader, at, value);
	config->has_overlay = reader->error_count == before;
}

static void
read_overlay(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	static const struct mcr_config_key keys[] = {
		{"address", read_overlay_address, false}, {NULL, NULL, false}};

	mcr_config_read_object(reader, at, value, keys, object);
}

static void
read_broadcast_members(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	struct mcr_config *config = object;

	config->has_broadcast = true;
	mcr_config_read_receivers(reader, at, value, &config->broadcast);
}

static void
read_broadcast(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	static const struct mcr_config_key keys[] = {
		{"members", read_broadcast_members, false}, {NULL, NULL, false}};

	mcr_config_read_object(reader, at, value, keys, object);
}

static void
read_unknown_groups(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	static const char *const choices[] = {"drop", "flood", NULL};
	struct mcr_config *config = object;

	config->unknown_groups_flood = mcr_config_read_choice(reader, at, value, choices) == 1;
}

static void
read_ttl(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	static const char *const choices[] = {"preserve", "decrement", NULL};
	struct mcr_config *config = object;

	config->ttl_decrement = mcr_config_read_choice(reader, at, value, choices) == 1;
}

static void
read_oversize(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	static const char *const choices[] = {"fragment", "drop", NULL};
	struct mcr_config *config = object;

	config->oversize_drop = mcr_config_read_choice(reader, at, value, choices) == 1;
}

static void
read_idle(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	static const char *const choices[] = {"poll", "sleep", NULL};
	struct mcr_config *config = object;

	config->idle_sleep = mcr_config_read_choice(reader, at, value, choices) == 1;
}

static void
read_state_file(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config *config = object;

	config->state_file = mcr_config_copy_string(reader, at, value);
}

/* In the order of dependence: overlay is a default of members, groups refer to members. */
static const struct mcr_config_key keys[] = {
	{"ports", mcr_config_read_ports, true},
	{"overlay", read_overlay, false},
	{"limits", mcr_config_read_limits, false},
	{"members", mcr_config_read_members, false},
	{"groups", mcr_config_read_groups, false},
	{"broadcast", read_broadcast, false},
	{"unknown_groups", read_unknown_groups, false},
	{"igmp", mcr_config_read_igmp, false},
	{"amt", mcr_config_read_amt, false},
	{"admit", mcr_config_read_admits, false},
	{"ttl", read_ttl, false},
	{"oversize", read_oversize, false},
	{"idle", read_idle, false},
	{"lcores", mcr_config_read_lcores, false},
	{"tuning", mcr_config_read_tuning, false},
	{"state_file", read_state_file, false},
	{NULL, NULL, false},
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
	if (reader->error_count == 0)
		mcr_config_warn(reader);
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
