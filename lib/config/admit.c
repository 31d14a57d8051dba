/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "reader.h"

/* A sender's address does not reveal its VNI, and a udp member never sends. */
static void
read_admitted_encap(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	static const char *const choices[] = {"l2", "gre", "gre-udp", NULL};
	/* The index of a choice is its enum mcr_encap. */
	static_assert(MCR_ENCAP_L2 == 0 && MCR_ENCAP_GRE == 1 && MCR_ENCAP_GRE_UDP == 2,
		"in their order");
	const int encap = mcr_config_read_choice(reader, at, value, choices);
	uint32_t *encaps = object;

	if (encap >= 0)
		*encaps = 1u << encap;
}

static void
read_admitted_encaps(struct mcr_config_reader *reader, const struct mcr_config_path *parent,
	json_t *value, void *object)
{
	struct mcr_config_path at = {.parent = parent};
	struct mcr_config_admit *admit = object;
	json_t *element;

	if (!json_is_array(value) || json_array_size(value) == 0) {
		mcr_config_add_mismatch(
			reader, parent, "a list of one or more encapsulations", value);
		return;
	}
	json_array_foreach (value, at.index, element) {
		uint32_t encap = 0;

		read_admitted_encap(reader, &at, element, &encap);
		if ((admit->encaps & encap) != 0)
			mcr_config_add_error(reader, &at, "is in this list already");
		admit->encaps |= encap;
	}
}

static void
read_max_members(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	const uint32_t members = reader->config->limits.members;
	struct mcr_config_admit *admit = object;

	RTE_ASSERT(members > 0);
	admit->max_members = mcr_config_read_uint(reader, at, value, 1, 65536);
	if (admit->max_members > members)
		mcr_config_add_warning(
			reader, at, "is more than limits.members, %u, allows", members);
}

#define FIELD(field) MCR_CONFIG_FIELD(struct mcr_config_admit, field)

static const struct mcr_config_key keys[] = {
	{"prefix", .read = mcr_config_read_network, FIELD(prefix), .required = true},
	{"encap", .read = read_admitted_encaps, .required = true},
	{"max_members", .read = read_max_members},
	{"join", .read = mcr_config_read_join, FIELD(join)},
	{"rate_limit", .read = mcr_config_read_rate_limit, FIELD(rate_limit)},
	{.name = NULL},
};

static void
read_admit(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_admit *admit = object;

	admit->max_members = 1024;
	mcr_config_read_object(reader, at, value, keys, admit);
}

void
mcr_config_read_admits(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	struct mcr_config *config = object;

	RTE_ASSERT(config->admits == NULL);
	config->admits = mcr_config_read_list(
		reader, at, value, read_admit, sizeof(*config->admits), &config->admit_count);
}
