/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <rte_common.h>

#include "handover.h"

static const char *const phase_names[] = {"none", "prepare", "switch", "settled"};

const char *
mcr_phase_name(enum phase phase)
{
	return phase_names[phase];
}

bool
mcr_phase_parse(const char *text, enum phase *phase)
{
	for (uint32_t i = 0; i < RTE_DIM(phase_names); i++) {
		if (strcmp(text, phase_names[i]) == 0) {
			*phase = i;
			return true;
		}
	}
	return false;
}

void
mcr_stage_format(const struct stage *stage, char *text)
{
	snprintf(text, STAGE_TEXT_MAX, "%" PRIu64 " %s", stage->generation,
		mcr_phase_name(stage->phase));
}

bool
mcr_stage_parse(const char *text, struct stage *stage)
{
	const char *space = strchr(text, ' ');
	char again[STAGE_TEXT_MAX];

	if (space == NULL || !mcr_phase_parse(space + 1, &stage->phase) ||
		stage->phase == PHASE_NONE)
		return false;
	stage->generation = strtoull(text, NULL, 10);
	mcr_stage_format(stage, again);
	return stage->generation > 0 && stage->generation <= GENERATION_MAX &&
	       strcmp(text, again) == 0;
}

int
mcr_stage_compare(const struct stage *a, const struct stage *b)
{
	if (a->generation != b->generation)
		return a->generation < b->generation ? -1 : 1;
	return (a->phase > b->phase) - (a->phase < b->phase);
}

static int
compare_servers(const void *left, const void *right)
{
	const struct server *a = left, *b = right;

	return strcmp(a->name, b->name);
}

void
mcr_servers_sort(struct servers *servers)
{
	if (servers->count > 1)
		qsort(servers->at, servers->count, sizeof(*servers->at), compare_servers);
}

const struct server *
mcr_servers_find(const struct servers *servers, const char *name)
{
	struct server key;

	if (servers->count == 0)
		return NULL;
	snprintf(key.name, sizeof(key.name), "%s", name);
	return bsearch(&key, servers->at, servers->count, sizeof(key), compare_servers);
}

bool
mcr_servers_equal(const struct servers *a, const struct servers *b)
{
	if (a->count != b->count)
		return false;
	for (uint32_t i = 0; i < a->count; i++)
		if (strcmp(a->at[i].name, b->at[i].name) != 0 ||
			strcmp(a->at[i].epoch, b->at[i].epoch) != 0)
			return false;
	return true;
}

bool
mcr_servers_copy(const struct servers *from, struct servers *to)
{
	*to = (struct servers){0};
	if (from->count == 0)
		return true;
	to->at = malloc(from->count * sizeof(*to->at));
	if (to->at == NULL)
		return false;
	memcpy(to->at, from->at, from->count * sizeof(*to->at));
	to->count = from->count;
	return true;
}

void
mcr_handover_free(struct handover *handover)
{
	free(handover->hubs.at);
	free(handover->from.at);
	*handover = (struct handover){0};
}

/* NAME#EPOCH */
static bool
read_server(const char *text, struct server *server)
{
	const char *hash = text == NULL ? NULL : strchr(text, '#');

	if (hash == NULL || !mcr_domain_is_name(text, hash - text) ||
		!mcr_domain_is_epoch(hash + 1))
		return false;
	snprintf(server->name, sizeof(server->name), "%.*s", (int)(hash - text), text);
	strcpy(server->epoch, hash + 1);
	return true;
}

static bool
has_twice(const struct servers *servers)
{
	for (uint32_t i = 1; i < servers->count; i++)
		if (strcmp(servers->at[i - 1].name, servers->at[i].name) == 0)
			return true;
	return false;
}

static bool
read_servers(const json_t *array, struct servers *servers)
{
	const size_t count = json_array_size(array);
	const json_t *text;
	size_t i;

	if (!json_is_array(array) || count > SERVERS_MAX)
		return false;
	if (count == 0)
		return true;
	servers->at = calloc(count, sizeof(*servers->at));
	if (servers->at == NULL)
		return false;
	json_array_foreach (array, i, text)
		if (!read_server(json_string_value(text), &servers->at[servers->count++]))
			return false;
	mcr_servers_sort(servers);
	return !has_twice(servers);
}

static const char *
read_object(const json_t *object, struct handover *handover)
{
	const json_t *generation = json_object_get(object, "generation");
	const char *phase = json_string_value(json_object_get(object, "phase"));
	const bool is_settled = phase != NULL && strcmp(phase, "settled") == 0;

	if (!json_is_object(object))
		return "it is no JSON object";
	if (!json_is_integer(generation) || json_integer_value(generation) < 1 ||
		json_integer_value(generation) > (json_int_t)GENERATION_MAX)
		return "it has no generation";
	handover->stage.generation = json_integer_value(generation);
	if (phase == NULL || !mcr_phase_parse(phase, &handover->stage.phase) ||
		handover->stage.phase == PHASE_NONE)
		return "it has no phase";
	if (!read_servers(json_object_get(object, "hubs"), &handover->hubs) ||
		handover->hubs.count == 0)
		return "it has no hubs";
	if (!is_settled && !read_servers(json_object_get(object, "from"), &handover->from))
		return "it does not say from which hubs";
	return NULL;
}

const char *
mcr_handover_parse(const char *text, struct handover *handover)
{
	const char *wrong;
	json_t *object;

	*handover = (struct handover){0};
	if (strnlen(text, HANDOVER_TEXT_MAX) == HANDOVER_TEXT_MAX)
		return "it is too long";
	object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	wrong = read_object(object, handover);
	json_decref(object);
	if (wrong != NULL)
		mcr_handover_free(handover);
	return wrong;
}

static json_t *
describe_servers(const struct servers *servers)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < servers->count; i++)
		json_array_append_new(
			array, json_sprintf("%s#%s", servers->at[i].name, servers->at[i].epoch));
	return array;
}

char *
mcr_handover_format(const struct handover *handover)
{
	json_t *object = json_object();
	char *text;

	json_object_set_new(
		object, "generation", json_integer((json_int_t)handover->stage.generation));
	json_object_set_new(object, "phase", json_string(mcr_phase_name(handover->stage.phase)));
	json_object_set_new(object, "hubs", describe_servers(&handover->hubs));
	if (handover->stage.phase != PHASE_SETTLED)
		json_object_set_new(object, "from", describe_servers(&handover->from));
	text = json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(object);
	return text;
}
