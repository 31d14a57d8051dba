/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "reader.h"

static void
read_lcore(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	uint32_t *lcore = object;

	*lcore = mcr_config_read_uint(reader, at, value, 0, RTE_MAX_LCORE - 1);
}

static bool
has_lcore(const uint32_t *list, uint32_t count, uint32_t lcore)
{
	RTE_ASSERT(count <= RTE_MAX_LCORE);
	for (uint32_t i = 0; i < count; i++)
		if (list[i] == lcore)
			return true;
	return false;
}

static void
check_each_once(struct mcr_config_reader *reader, const struct mcr_config_path *parent,
	const uint32_t *list, uint32_t count)
{
	struct mcr_config_path at = {.parent = parent};

	for (at.index = 1; at.index < count; at.index++)
		if (has_lcore(list, at.index, list[at.index]))
			mcr_config_add_error(
				reader, &at, "lcore %u is in this list already", list[at.index]);
}

static uint32_t *
read_lcore_list(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	uint32_t *count)
{
	const uint64_t before = reader->error_count;
	uint32_t *list;

	if (!json_is_array(value) || json_array_size(value) == 0 ||
		json_array_size(value) > RTE_MAX_LCORE) {
		mcr_config_add_mismatch(
			reader, at, "a list of 1 to " RTE_STR(RTE_MAX_LCORE) " lcores", value);
		return NULL;
	}
	list = mcr_config_read_list(reader, at, value, read_lcore, sizeof(*list), count);
	if (reader->error_count == before)
		check_each_once(reader, at, list, *count);
	return list;
}

static void
read_rx(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_lcores *lcores = object;

	lcores->rx = read_lcore_list(reader, at, value, &lcores->rx_count);
}

static void
read_tx(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_lcores *lcores = object;

	lcores->tx = read_lcore_list(reader, at, value, &lcores->tx_count);
}

static const struct mcr_config_key keys[] = {
	{"rx", .read = read_rx, .required = true},
	{"tx", .read = read_tx, .required = true},
	{.name = NULL},
};

/* An lcore that does RX and TX takes no jobs from other lcores, so the two layouts do not mix. */
static void
check_shape(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const struct mcr_config_lcores *lcores)
{
	uint32_t shared = 0;

	RTE_ASSERT(lcores->rx_count > 0 && lcores->tx_count > 0);
	for (uint32_t i = 0; i < lcores->rx_count; i++)
		shared += has_lcore(lcores->tx, lcores->tx_count, lcores->rx[i]);
	if (shared != 0 && (shared != lcores->rx_count || shared != lcores->tx_count))
		mcr_config_add_error(reader, at,
			"\"rx\" and \"tx\" must be the same lcores, or have none in common");
}

void
mcr_config_read_lcores(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	struct mcr_config_lcores *lcores = object;
	const uint64_t before = reader->error_count;

	if (json_is_object(value) && json_object_size(value) == 0)
		return;
	RTE_ASSERT(lcores->rx == NULL && lcores->tx == NULL);
	lcores->automatic = false;
	mcr_config_read_object(reader, at, value, keys, lcores);
	if (reader->error_count == before)
		check_shape(reader, at, lcores);
}
