/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>
#include <string.h>

#include "reader.h"

static const char *
type_name(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return json_array_size(value) == 0 ? "an empty list" : "a list";
	case JSON_TRUE:
		return "true";
	case JSON_FALSE:
		return "false";
	default:
		return "null";
	}
}

void
mcr_config_add_mismatch(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const char *expected, const json_t *value)
{
	const char *string = json_string_value(value);
	struct in6_addr address;
	char text[MCR_ADDRESS_TEXT];
	uint8_t length;

	RTE_ASSERT(expected != NULL && value != NULL);
	/* As a prefix, "/128" may be what is wrong. */
	if (string != NULL && strchr(string, '/') == NULL &&
		mcr_address_parse_ipv6(string, &address, &length))
		string = mcr_address_format_ipv6(&address, length, text);
	if (string != NULL)
		mcr_config_add_error(reader, at, "expected %s, found \"%.64s\"", expected, string);
	else if (json_is_number(value))
		mcr_config_add_error(
			reader, at, "expected %s, found %.15g", expected, json_number_value(value));
	else
		mcr_config_add_error(
			reader, at, "expected %s, found %s", expected, type_name(value));
}

void *
mcr_config_alloc(struct mcr_config_reader *reader, size_t count, size_t size)
{
	void *memory;

	RTE_ASSERT(size > 0);
	if (count == 0)
		return NULL;
	memory = calloc(count, size);
	if (memory == NULL)
		mcr_config_add_error(reader, NULL, "out of memory");
	return memory;
}

static bool
is_known_key(const char *name, const struct mcr_config_key *keys)
{
	for (; keys->name != NULL; keys++)
		if (strcmp(name, keys->name) == 0)
			return true;
	return false;
}

static void
check_unknown(struct mcr_config_reader *reader, const struct mcr_config_path *parent,
	json_t *object, const struct mcr_config_key *keys)
{
	struct mcr_config_path at = {.parent = parent};
	json_t *value;

	json_object_foreach (object, at.key, value)
		if (!is_known_key(at.key, keys))
			mcr_config_add_error(reader, &at, "unknown key, did you mean \"%s\"?",
				mcr_config_find_nearest(at.key, keys));
}

static void
store_uint(void *field, size_t size, uint32_t number)
{
	RTE_ASSERT(size == 1 || size == 2 || size == 4);
	if (size == 1)
		*(uint8_t *)field = number;
	else if (size == 2)
		*(uint16_t *)field = number;
	else
		*(uint32_t *)field = number;
}

static void
read_value(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	const struct mcr_config_key *key, void *field)
{
	RTE_ASSERT(key->read != NULL || key->size > 0);
	RTE_ASSERT(key->words[0] == NULL || key->size == sizeof(bool));
	if (key->read != NULL)
		key->read(reader, at, value, field);
	else if (key->words[0] != NULL)
		*(bool *)field = mcr_config_read_choice(reader, at, value, key->words) == 1;
	else
		store_uint(field, key->size,
			mcr_config_read_uint(reader, at, value, key->min, key->max));
}

static void
read_key(struct mcr_config_reader *reader, const struct mcr_config_path *parent, json_t *value,
	const struct mcr_config_key *key, void *object)
{
	const struct mcr_config_path at = {.parent = parent, .key = key->name};

	if (value != NULL)
		read_value(reader, &at, value, key, (char *)object + key->offset);
	else if (key->required)
		mcr_config_add_error(reader, &at, "missing");
}

void
mcr_config_read_object(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, const struct mcr_config_key *keys, void *object)
{
	if (!json_is_object(value)) {
		mcr_config_add_mismatch(reader, at, "an object", value);
		return;
	}
	RTE_ASSERT(keys->name != NULL);
	check_unknown(reader, at, value, keys);
	for (; keys->name != NULL; keys++)
		read_key(reader, at, json_object_get(value, keys->name), keys, object);
}

void *
mcr_config_read_list(struct mcr_config_reader *reader, const struct mcr_config_path *parent,
	json_t *value, mcr_config_read_fn *read, size_t size, uint32_t *count)
{
	struct mcr_config_path at = {.parent = parent};
	json_t *element;
	char *list;

	RTE_ASSERT(*count == 0);
	if (!json_is_array(value)) {
		mcr_config_add_mismatch(reader, parent, "a list", value);
		return NULL;
	}
	list = mcr_config_alloc(reader, json_array_size(value), size);
	if (list == NULL)
		return NULL;
	json_array_foreach (value, at.index, element)
		read(reader, &at, element, list + at.index * size);
	*count = json_array_size(value);
	return list;
}
