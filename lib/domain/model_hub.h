/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * A model of a hub: its members' joins as interest, and what it was told of its peers. Its answers
 * are those of app/telemetry/domain.c; its pages are shorter, so that there are several.
 */

#ifndef MCR_DOMAIN_MODEL_HUB_H
#define MCR_DOMAIN_MODEL_HUB_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include "mcr_domain.h"

/* Sanitizers make it slow. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HUBS 30
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer)
#define HUBS 30
#endif
#endif
#ifndef HUBS
#define HUBS 100
#endif
#define MEMBERS 100
#define KEYS 60
#define PAGE 7
/* Until its commands are registered it answers with null, then with an error until it serves. */
#define NULL_FOR (UINT64_C(200) * 1000)
#define ERROR_FOR (UINT64_C(500) * 1000)
#define ANSWER_MAX 16384
/* A key that each hub always wants. */
#define ALWAYS 0

/* As interest goes over the socket: NONE is '-'. */
#define WANTS '+'
#define EMPTY '!'
#define GONE '-'

/* Members of which any hub may serve each, by model_placement.h; each has joined one of the last
 * keys. */
#define SHARED 20
#define SHARED_KEY(member) (KEYS - 1 - (member))

/* Whether a hub serves in generations of a parity. */
struct model_service {
	uint8_t bits;
	uint64_t epoch;
};

struct model_stage {
	uint64_t generation;
	uint32_t phase; /* 0: none, 1: prepare, 2: switch, 3: settled */
	struct model_service services[HUBS];
};

struct model_peer {
	bool is_set;
	bool is_syncing;
	uint64_t set_since;
	uint32_t address;
	char interest[KEYS];
	bool touched[KEYS];
};

struct model_hub {
	bool is_up;
	bool is_ending;
	uint64_t up_since;
	uint64_t epoch;
	uint32_t address;          /* the last byte */
	uint32_t members[MEMBERS]; /* what each has joined; KEYS: nothing */
	bool configured[KEYS];     /* there is an entry even without receivers */
	uint64_t version;
	uint64_t forgotten; /* what changed before is not known any more */
	char interest[KEYS];
	uint64_t versions[KEYS];
	struct model_peer peers[HUBS];

	bool follows; /* placements; false: it is an older one */
	bool is_shared;
	bool is_draining;
	uint8_t networks;
	bool serves[SHARED]; /* any packets */
	bool is_stale;       /* that, and interest that follows from it */
	uint8_t reach[HUBS];
	struct model_service staged[HUBS];
	struct model_stage told;
	struct model_stage applied;
	bool is_applied;
	uint64_t apply_at;
};

static char model_keys[KEYS][48];

static void
model_name_keys(void)
{
	static const char *const formats[] = {"239.1.%d.1", "232.8.8.8,10.9.%d.1", "239.%d.0.0/16",
		"ff05::1:%d", "ff3e::8,2001:db8::%d", "ff15:%d::/32"};

	for (int i = 0; i < KEYS; i++)
		snprintf(model_keys[i], sizeof(model_keys[i]), formats[i % RTE_DIM(formats)], i);
	strcpy(model_keys[1], "255.255.255.255");
	strcpy(model_keys[2], "0.0.0.0/0");
}

static int
model_find_key(const char *text, size_t len)
{
	for (int i = 0; i < KEYS; i++)
		if (strlen(model_keys[i]) == len && memcmp(text, model_keys[i], len) == 0)
			return i;
	return -1;
}

static void
model_update_key(struct model_hub *hub, uint32_t key)
{
	char interest = hub->configured[key] ? EMPTY : GONE;

	for (uint32_t i = 0; i < MEMBERS; i++)
		if (hub->members[i] == key)
			interest = WANTS;
	if (key == ALWAYS || (key > SHARED_KEY(SHARED) && hub->serves[KEYS - 1 - key]))
		interest = WANTS;
	if (interest == hub->interest[key])
		return;
	hub->interest[key] = interest;
	hub->versions[key] = ++hub->version;
}

static void
model_start_hub(struct model_hub *hub, uint64_t now, uint64_t epoch)
{
	hub->is_up = true;
	hub->is_ending = false;
	hub->up_since = now;
	hub->epoch = epoch;
	hub->version = hub->forgotten = 0;
	memset(hub->peers, 0, sizeof(hub->peers));
	memset(hub->interest, GONE, sizeof(hub->interest));
	memset(hub->versions, 0, sizeof(hub->versions));
	memset(hub->serves, 0, sizeof(hub->serves));
	memset(hub->reach, 0, sizeof(hub->reach));
	memset(hub->staged, 0, sizeof(hub->staged));
	hub->told = hub->applied = (struct model_stage){0};
	hub->is_applied = true;
	hub->is_draining = false;
	for (uint32_t i = 0; i < KEYS; i++)
		model_update_key(hub, i);
}

/* Of keys that are gone the hub keeps few. */
static void
model_forget_keys(struct model_hub *hub)
{
	for (uint32_t i = 0; i < KEYS; i++) {
		if (hub->interest[i] != GONE)
			continue;
		hub->forgotten = RTE_MAX(hub->forgotten, hub->versions[i]);
		hub->versions[i] = 0;
	}
}

static uint32_t
model_list_interest(const struct model_hub *hub, unsigned int *offset, uint32_t rows[PAGE])
{
	uint32_t i = *offset, count = 0;

	for (; i < KEYS && count < PAGE; i++)
		if (hub->interest[i] != GONE)
			rows[count++] = i;
	*offset = i < KEYS ? i : 0;
	return count;
}

/* In the order of their versions. */
static uint32_t
model_read_interest(const struct model_hub *hub, uint64_t since, uint32_t rows[PAGE])
{
	uint32_t count = 0, first;

	for (; count < PAGE; since = hub->versions[first], rows[count++] = first) {
		first = KEYS;
		for (uint32_t i = 0; i < KEYS; i++)
			if (hub->versions[i] > since &&
				(first == KEYS || hub->versions[i] < hub->versions[first]))
				first = i;
		if (first == KEYS)
			break;
	}
	return count;
}

static void
model_answer_interest(const struct model_hub *hub, const char *params, char *answer)
{
	unsigned long since = 0, version = hub->version;
	unsigned int offset = 0;
	uint32_t rows[PAGE], count;
	int len;

	sscanf(params, "%lu,%u", &since, &offset);
	if (since > hub->version || since < hub->forgotten)
		since = 0;
	if (since == 0) {
		count = model_list_interest(hub, &offset, rows);
	} else {
		offset = 0;
		count = model_read_interest(hub, since, rows);
		if (count == PAGE)
			version = hub->versions[rows[PAGE - 1]];
	}
	len = sprintf(answer, "{\"/mcdpdk/interest\":{\"version\":%lu,\"reset\":%d,\"changes\":[",
		version, since == 0);
	for (uint32_t i = 0; i < count; i++)
		len += sprintf(answer + len, "%s\"%c%s\"", i > 0 ? "," : "", hub->interest[rows[i]],
			model_keys[rows[i]]);
	sprintf(answer + len, "],\"next\":%u}}", offset);
}

static bool
model_set_interest(struct model_peer *peer, char *tokens)
{
	char *place;

	for (char *token = strtok_r(tokens, " ", &place); token != NULL;
		token = strtok_r(NULL, " ", &place)) {
		const int key = model_find_key(token + 1, strlen(token + 1));

		if (key < 0 || strchr("+!-", token[0]) == NULL)
			return false;
		peer->interest[key] = token[0];
		peer->touched[key] = true;
	}
	return true;
}

static void
model_sync(struct model_peer *peer, bool begins)
{
	for (uint32_t i = 0; i < KEYS; i++) {
		if (!begins && peer->is_syncing && !peer->touched[i])
			peer->interest[i] = GONE;
		peer->touched[i] = false;
	}
	peer->is_syncing = begins;
}

#endif
