/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Whatever etcd and the hub say, the agent takes it without harm. A key that is read has one text,
 * and a record that is read is written back as it was. Each line of the input is one answer. */

#include <stdlib.h>
#include <string.h>

#include <fuzz.h>

#include "handover.h"
#include "key.h"
#include "mcr_domain.h"
#include "record.h"

#define SECOND UINT64_C(1000000)
/* An agent that never rests would not get to the next line. */
#define ACTIONS_MAX 1000

struct lines {
	const char *line;
	const char *next; /* the value, where the line is a key */
	uint64_t now;
	uint32_t watch;
};

static void
check_placement(const char *text)
{
	struct handover handover, again;
	char *written;

	if (mcr_handover_parse(text, &handover) != NULL)
		return;
	written = mcr_handover_format(&handover);
	require(mcr_handover_parse(written, &again) == NULL);
	require(mcr_stage_compare(&handover.stage, &again.stage) == 0);
	require(mcr_servers_equal(&handover.hubs, &again.hubs));
	require(mcr_servers_equal(&handover.from, &again.from));
	free(written);
	mcr_handover_free(&handover);
	mcr_handover_free(&again);
}

static void
check_texts(const char *text)
{
	char written[RECORD_TEXT_MAX];
	struct record record, again;
	struct mcr_group_key key;

	if (mcr_domain_key_parse(text, &key)) {
		mcr_domain_key_format(&key, written);
		mcr_domain_key_drop(&key);
		require(strcmp(written, text) == 0);
	}
	check_placement(text);
	if (mcr_domain_record_parse(text, &record) != NULL)
		return;
	mcr_domain_record_format(&record, "0.1.0", written);
	require(mcr_domain_record_parse(written, &again) == NULL);
	require(mcr_domain_record_equals(&record, &again));
}

static void
reply(struct mcr_domain *domain, const struct lines *lines, uint32_t id)
{
	const struct mcr_domain_kv kv = {lines->line, lines->next, 1, 2, 7};
	const struct mcr_domain_reply reply = {
		.cluster = 1,
		.revision = lines->now / SECOND,
		.lease = 7,
		.ttl = MCR_DOMAIN_LEASE_S,
		.kvs = &kv,
		.count = lines->line[0] == '/',
	};

	mcr_domain_replied(domain, lines->now, id, &reply);
}

static void
carry_out(struct mcr_domain *domain, struct lines *lines, const struct mcr_domain_action *action)
{
	if (action->type == MCR_DOMAIN_ASK)
		mcr_domain_hub_answered(domain, lines->now, lines->line, strlen(lines->line));
	else if (action->type == MCR_DOMAIN_NOTIFY)
		mcr_domain_notified(domain);
	else if (action->type != MCR_DOMAIN_REQUEST)
		return;
	else if (action->request.type == MCR_DOMAIN_WATCH)
		lines->watch = action->request.id;
	else
		reply(domain, lines, action->request.id);
}

static void
take_line(struct mcr_domain *domain, struct lines *lines)
{
	const struct mcr_domain_kv event = {lines->line,
		lines->next[0] == '\0' ? NULL : lines->next, 1, (int64_t)(lines->now / SECOND), 7};
	struct mcr_domain_action action;

	check_texts(lines->line);
	mcr_domain_watched(domain, lines->now, lines->watch, &event, lines->line[0] == '/');
	for (int i = 0; i < ACTIONS_MAX && mcr_domain_next(domain, lines->now, &action); i++)
		carry_out(domain, lines, &action);
	require(mcr_domain_state(domain) != NULL);
	lines->now += SECOND;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct mcr_domain_config config = {
		.name = "d", .hub = "a", .endpoint_count = 1, .notifies = true, .version = "0.1.0"};
	struct mcr_domain *domain = mcr_domain_create(&config);
	char *text = strndup((const char *)data, size), *rest = text;
	struct lines lines = {.next = strsep(&rest, "\n"), .now = SECOND};

	mcr_domain_hub_connected(domain, lines.now);
	while (rest != NULL) {
		lines.line = lines.next;
		lines.next = strsep(&rest, "\n");
		take_line(domain, &lines);
	}
	mcr_domain_free(domain);
	require(mcr_address_count() == 0);
	free(text);
	return 0;
}
