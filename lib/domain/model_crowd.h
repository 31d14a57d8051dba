/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * A model of many hubs, each as simple as its agent lets it be: it has some groups, shares its
 * members, takes all that its agent tells it, and has a link to each peer that has one to it.
 * Answers are those of app/telemetry/domain.c and placement.c.
 */

#ifndef MCR_DOMAIN_MODEL_CROWD_H
#define MCR_DOMAIN_MODEL_CROWD_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_debug.h>

#include "handover.h"

/* Rows of a page and bytes of an answer, as the hub has them. */
#define CROWD_PAGE 38
#define CROWD_ANSWER_MAX (1 << 18)
#define CROWD_ROW_MAX 80
/* The lists of a stage are committed after so long. */
#define CROWD_APPLY_US 20000

struct crowd_hub {
	bool is_up;
	bool is_draining;
	uint64_t epoch;
	uint64_t version; /* of its interest; has joined one more key: 2 */
	struct stage told;
	uint64_t applied_at;
	bool heard; /* of the key that another has joined */
};

struct crowd {
	uint32_t count;
	uint32_t groups;
	uint32_t verbose; /* the hub whose answers have all their fields */
	struct crowd_hub *hubs;
	uint8_t *is_set;                /* by hub, by peer */
	char (*rows)[2][CROWD_ROW_MAX]; /* of a peer that is down, and up */
};

/* The key that crowd_join() joins. */
#define CROWD_JOINED "239.255.0.1"

static void
crowd_name(uint32_t hub, char *name)
{
	sprintf(name, "hub-%04u", hub);
}

static uint32_t
crowd_find(const struct crowd *crowd, const char *name)
{
	const uint32_t hub = atoi(name + strlen("hub-"));

	RTE_VERIFY(strncmp(name, "hub-", 4) == 0 && hub < crowd->count);
	return hub;
}

static void
crowd_create(struct crowd *crowd, uint32_t count, uint32_t groups, uint32_t verbose)
{
	*crowd = (struct crowd){.count = count,
		.groups = groups,
		.verbose = verbose,
		.hubs = calloc(count, sizeof(*crowd->hubs)),
		.is_set = calloc(count, count),
		.rows = calloc(count, sizeof(*crowd->rows))};
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t is_up = 0; is_up < 2; is_up++)
			snprintf(crowd->rows[i][is_up], CROWD_ROW_MAX,
				",\"r%u\":{\"name\":\"hub-%04u\",\"state\":\"%s\",\"serves\":1}", i,
				i, is_up ? "up" : "down");
}

static void
crowd_free(struct crowd *crowd)
{
	free(crowd->hubs);
	free(crowd->is_set);
	free(crowd->rows);
}

static uint8_t *
crowd_set(const struct crowd *crowd, uint32_t hub, uint32_t peer)
{
	return &crowd->is_set[(size_t)hub * crowd->count + peer];
}

static void
crowd_start(struct crowd *crowd, uint32_t hub, uint64_t epoch)
{
	crowd->hubs[hub] = (struct crowd_hub){.is_up = true, .epoch = epoch, .version = 1};
	memset(crowd_set(crowd, hub, 0), 0, crowd->count);
}

#define ADDRESS_MAX 32

static void
crowd_format_address(uint32_t hub, char *text)
{
	snprintf(text, ADDRESS_MAX, "10.1.%u.%u", hub / 250, 1 + hub % 250);
}

static void
crowd_answer_domain(const struct crowd *crowd, uint32_t who, char *answer)
{
	const struct crowd_hub *hub = &crowd->hubs[who];
	char address[ADDRESS_MAX], name[16];

	crowd_format_address(who, address);
	crowd_name(who, name);
	sprintf(answer,
		"{\"/mcdpdk/"
		"domain\":{\"name\":\"d\",\"hub\":\"%s\",\"id\":3405691582,\"epoch\":%" PRIu64
		",\"address\":\"%s\",\"encap\":\"gre-udp\",\"udp_port\":4754,\"hello_ms\":50,"
		"\"hello_multiplier\":3,\"peers\":%u,\"peers_up\":%u,\"interest_version\":1,"
		"\"interest\":1,\"interest_lost\":0,\"members\":\"shared\",\"draining\":%d,"
		"\"networks\":\"0.0.0.0/0 10.1.0.0/16\",\"digest\":\"00000000deadbeef\","
		"\"agent_age_s\":0,\"agent\":\"connected\"}}",
		name, hub->epoch, address, crowd->count, crowd->count, hub->is_draining);
}

static void
crowd_answer_interest(const struct crowd *crowd, uint32_t who, const char *params, char *answer)
{
	const struct crowd_hub *hub = &crowd->hubs[who];
	const uint64_t since = strtoull(params, NULL, 10);
	const char *comma = "";
	int len = sprintf(answer,
		"{\"/mcdpdk/interest\":{\"version\":%" PRIu64
		",\"reset\":%d,\"total\":%u,\"next\":0,"
		"\"changes\":[",
		hub->version, since == 0, crowd->groups);

	for (uint32_t i = 0; since == 0 && i < crowd->groups; i++, comma = ",")
		len += sprintf(answer + len, "%s\"+239.1.%u.%u\"", comma, i / 250, 1 + i % 250);
	if (since < 2 && hub->version >= 2)
		len += sprintf(answer + len, "%s\"+" CROWD_JOINED "\"", comma);
	strcpy(answer + len, "]}}");
}

static bool
crowd_link_is_up(const struct crowd *crowd, uint32_t who, uint32_t peer)
{
	return crowd->hubs[peer].is_up && *crowd_set(crowd, peer, who) != 0;
}

static int
crowd_format_peer(const struct crowd *crowd, uint32_t who, uint32_t peer, uint32_t row, char *text)
{
	char address[ADDRESS_MAX], name[16];

	crowd_format_address(peer, address);
	crowd_name(peer, name);
	return sprintf(text,
		",\"r%u\":{\"name\":\"%s\",\"address\":\"%s\",\"mac\":\"02:00:00:00:00:01\","
		"\"state\":"
		"\"%s\",\"carries\":1,\"since_s\":1000,\"downs\":0,\"rx_packets\":1234567,"
		"\"tx_packets\":1234567,\"drops\":0,\"lost\":0,\"duplicates\":0,\"reordered\":0,"
		"\"groups\":20,\"segments\":0,\"hosts\":0,\"serves\":1,\"hello_us\":12345,"
		"\"agent_s\":0}",
		row, name, address, crowd_link_is_up(crowd, who, peer) ? "up" : "down");
}

static void
crowd_answer_page(const struct crowd *crowd, uint32_t who, const char *params, char *answer)
{
	const uint32_t offset = atoi(params);
	uint32_t place = 0, row = 0;
	int len = sprintf(answer, "{\"/mcdpdk/peers\":{\"total\":%u", crowd->count);

	for (uint32_t i = 0; i < crowd->count; i++) {
		if (*crowd_set(crowd, who, i) == 0 || place++ < offset)
			continue;
		if (row == CROWD_PAGE)
			break;
		len += crowd_format_peer(crowd, who, i, row++, answer + len);
	}
	sprintf(answer + len, ",\"next\":%u}}", place > offset + row ? offset + row : 0);
}

/* All at once, and of each what an agent needs: else the model would do little else. */
static void
crowd_answer_shortly(const struct crowd *crowd, uint32_t who, char *answer)
{
	char *end = stpcpy(answer, "{\"/mcdpdk/peers\":{\"next\":0");

	for (uint32_t i = 0; i < crowd->count; i++)
		if (*crowd_set(crowd, who, i) != 0)
			end = stpcpy(end, crowd->rows[i][crowd_link_is_up(crowd, who, i)]);
	strcpy(end, "}}");
}

static void
crowd_answer_placement(const struct crowd *crowd, uint32_t who, uint64_t now, char *answer)
{
	const struct crowd_hub *hub = &crowd->hubs[who];

	sprintf(answer,
		"{\"/mcdpdk/placement\":{\"generation\":%" PRIu64
		",\"phase\":\"%s\",\"applied\":%d,\"serves\":1}}",
		hub->told.generation, mcr_phase_name(hub->told.phase), now >= hub->applied_at);
}

static void
crowd_take_stage(struct crowd_hub *hub, uint64_t now, const char *text)
{
	hub->told.generation = strtoull(text, NULL, 10);
	RTE_VERIFY(mcr_phase_parse(strchr(text, ',') + 1, &hub->told.phase));
	hub->applied_at = now + CROWD_APPLY_US;
}

/* @return What stands behind the name of a command, or NULL: it is another one. */
static const char *
crowd_params(const char *text, const char *command)
{
	const size_t len = strlen(command);

	if (strncmp(text, command, len) != 0 || (text[len] != '\0' && text[len] != ','))
		return NULL;
	return text[len] == ',' ? text + len + 1 : "";
}

static void
crowd_do(struct crowd *crowd, uint32_t who, uint64_t now, const char *text, char *answer)
{
	struct crowd_hub *hub = &crowd->hubs[who];
	const char *params;

	if ((params = crowd_params(text, "peer_set")) != NULL)
		*crowd_set(crowd, who, crowd_find(crowd, params)) = 1;
	else if ((params = crowd_params(text, "peer_remove")) != NULL)
		*crowd_set(crowd, who, crowd_find(crowd, params)) = 0;
	else if ((params = crowd_params(text, "peer_interest")) != NULL)
		hub->heard |= strstr(params, "+" CROWD_JOINED) != NULL;
	else if ((params = crowd_params(text, "placement")) != NULL)
		crowd_take_stage(hub, now, params);
	sprintf(answer, "{\"/mcdpdk/%.*s\":{\"status\":\"ok\",\"message\":\"\",\"refused\":0}}",
		(int)strcspn(text, ","), text);
}

/* What a hub answers to its agent. */
static void
crowd_answer(struct crowd *crowd, uint32_t who, uint64_t now, const char *asked, char *answer)
{
	const char *text = asked + strlen("/mcdpdk/"), *params;

	if (strcmp(text, "domain") == 0)
		crowd_answer_domain(crowd, who, answer);
	else if (strcmp(text, "placement") == 0)
		crowd_answer_placement(crowd, who, now, answer);
	else if ((params = crowd_params(text, "interest")) != NULL)
		crowd_answer_interest(crowd, who, params, answer);
	else if ((params = crowd_params(text, "peers")) != NULL && who == crowd->verbose)
		crowd_answer_page(crowd, who, params, answer);
	else if (params != NULL)
		crowd_answer_shortly(crowd, who, answer);
	else
		crowd_do(crowd, who, now, text, answer);
	RTE_VERIFY(strlen(answer) < CROWD_ANSWER_MAX);
}

#endif
