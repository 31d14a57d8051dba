/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* The agent of a hub h0 that shares members with h1 and h2, step by step: in which order it tells
 * its hub what, and when it writes what to etcd. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model_etcd.h"

#define MS UINT64_C(1000)
#define SEC (1000 * MS)
#define TEXT_MAX 8192
#define OTHERS_LEASE 1
#define OTHERS 4

/* A hub that does what it is told. */
struct hub {
	bool is_draining;
	bool shares;
	bool has_ipv6;
	bool applies;
	unsigned long generation;
	char phase[16];
	bool is_applied;
	const char *busy_for; /* commands that begin so */
	const char *refuses;  /* likewise */
	bool has[OTHERS];     /* h1, h2, h3 */
	bool is_down[OTHERS]; /* the link to it */
	const char *change;   /* of interest, once */
};

static struct bed {
	struct mcr_domain *domain;
	uint64_t now;
	struct hub hub;
	struct model_etcd etcd;
	uint32_t watch;
	uint32_t position;
	bool is_watch_late; /* nothing comes by it */
	bool drops_writes;  /* of interest */
	bool drops_leases;  /* what is asked of them */
	const char *sneaks; /* a placement that is written before the next write of h0's record */
	const char
		*races;   /* likewise before that of a placement; its event overtakes the refusal */
	uint32_t moves;   /* writes of a placement, by h0 */
	uint32_t records; /* likewise of its record */
	char registered_in[32]; /* the stage of the hub, then */
	char commands[TEXT_MAX];
	char log[TEXT_MAX];
} b;

static void
append(char *text, const char *more)
{
	strncat(text, more, TEXT_MAX - strlen(text) - 1);
}

static void
answer(const char *text)
{
	mcr_domain_hub_answered(b.domain, b.now, text, strlen(text));
}

static void
answer_domain(void)
{
	char text[512];

	snprintf(text, sizeof(text),
		"{\"\":{\"name\":\"d\",\"hub\":\"h0\",\"epoch\":7,\"encap\":\"gre\",\"address\":"
		"\"10.0.0.1\",\"address6\":\"%s\",\"udp_port\":0,\"members\":\"%s\","
		"\"draining\":%d,\"networks\":\"10.0.0.0/24\",%s\"digest\":\"0a\"}}",
		b.hub.has_ipv6 ? "fd00::1" : "", b.hub.shares ? "shared" : "local",
		b.hub.is_draining, b.hub.has_ipv6 ? "\"networks6\":\"fd00::/64\"," : "");
	answer(text);
}

static void
answer_placement(void)
{
	char text[256];

	b.hub.is_applied |= b.hub.applies;
	snprintf(text, sizeof(text),
		"{\"\":{\"generation\":%lu,\"phase\":\"%s\",\"applied\":%d,\"serves\":1}}",
		b.hub.generation, b.hub.phase, b.hub.is_applied);
	answer(text);
}

static void
answer_peers(void)
{
	char text[512];
	int len = sprintf(text, "{\"\":{\"total\":1,\"next\":0");

	for (uint32_t i = 0; i < OTHERS; i++)
		if (b.hub.has[i])
			len += sprintf(text + len,
				",\"r%u\":{\"name\":\"h%u\",\"address\":\"10.0.0.%u\",\"state\":\"%"
				"s\",\"serves\":1}",
				i, i, i + 1, b.hub.is_down[i] ? "down" : "up");
	strcpy(text + len, "}}");
	answer(text);
}

static void
answer_interest(void)
{
	char text[256];

	snprintf(text, sizeof(text),
		"{\"\":{\"version\":9,\"reset\":0,\"next\":0,\"changes\":[%s]}}",
		b.hub.change == NULL ? "" : b.hub.change);
	b.hub.change = NULL;
	answer(text);
}

static bool
begins(const char *command, const char *with)
{
	return with != NULL && strncmp(command, with, strlen(with)) == 0;
}

static void
take_command(const char *text)
{
	const char *command = text + strlen("/mcdpdk/");
	unsigned int peer;

	if (begins(command, b.hub.busy_for)) {
		answer("{\"\":{\"error\":\"the control lcore is busy\"}}");
		return;
	}
	if (begins(command, b.hub.refuses)) {
		answer("{\"\":{\"status\":\"error\",\"message\":\"no room\"}}");
		return;
	}
	append(b.commands, command);
	append(b.commands, "\n");
	if (sscanf(text, "/mcdpdk/peer_set,h%u", &peer) == 1)
		b.hub.has[peer] = true;
	if (sscanf(text, "/mcdpdk/peer_remove,h%u", &peer) == 1)
		b.hub.has[peer] = false;
	if (sscanf(text, "/mcdpdk/placement,%lu,%15s", &b.hub.generation, b.hub.phase) == 2)
		b.hub.is_applied = false;
	answer("{\"\":{\"status\":\"ok\",\"message\":\"\",\"refused\":0}}");
}

static void
ask_hub(const char *asked)
{
	char text[MCR_DOMAIN_ASK_MAX + 1];

	strcpy(text, asked);
	if (strcmp(text, "/mcdpdk/domain") == 0)
		answer_domain();
	else if (strcmp(text, "/mcdpdk/placement") == 0)
		answer_placement();
	else if (strcmp(text, "/mcdpdk/peers") == 0)
		answer_peers();
	else if (strncmp(text, "/mcdpdk/interest,", 17) == 0)
		answer_interest();
	else if (strncmp(text, "/mcdpdk/domain_state,", 21) == 0)
		answer("{\"\":{\"status\":\"ok\"}}");
	else
		take_command(text);
}

static bool
is_dropped(const struct mcr_domain_request *request)
{
	return (b.drops_leases &&
		       (request->type == MCR_DOMAIN_KEEP || request->type == MCR_DOMAIN_GRANT)) ||
	       (b.drops_writes && request->type == MCR_DOMAIN_WRITE &&
		       strstr(request->writes[0].key, "/interest/") != NULL);
}

static void
watch(void);

static enum mcr_domain_result
lose_race(const struct mcr_domain_request *request)
{
	enum mcr_domain_result result;

	b.etcd.revision++;
	model_put(&b.etcd, "/mcdpdk/d/placement", b.races, 0);
	b.races = NULL;
	result = model_write(&b.etcd, request);
	watch();
	return result;
}

static enum mcr_domain_result
write_to_etcd(const struct mcr_domain_request *request)
{
	const bool is_record = strcmp(request->writes[0].key, "/mcdpdk/d/hubs/h0") == 0;
	const bool is_move = strcmp(request->writes[0].key, "/mcdpdk/d/placement") == 0;
	enum mcr_domain_result result;

	b.moves += is_move;
	b.records += is_record;
	if (is_record && b.sneaks != NULL) {
		b.etcd.revision++;
		model_put(&b.etcd, "/mcdpdk/d/placement", b.sneaks, 0);
		b.sneaks = NULL;
	}
	if (b.races != NULL && is_move)
		return lose_race(request);
	result = model_write(&b.etcd, request);
	if (is_record && result == MCR_DOMAIN_OK && b.registered_in[0] == '\0')
		snprintf(b.registered_in, sizeof(b.registered_in), "%lu %s", b.hub.generation,
			b.hub.phase);
	return result;
}

static void
ask_etcd(const struct mcr_domain_request *request)
{
	struct mcr_domain_reply reply = {.cluster = 1};
	struct mcr_domain_kv kvs[32];

	if (request->type == MCR_DOMAIN_WATCH) {
		b.watch = request->id;
		for (b.position = 0; b.position < b.etcd.history.count &&
				     b.etcd.history.at[b.position]->modified < request->revision;
			b.position++)
			continue;
		return;
	}
	if (is_dropped(request))
		return;
	if (request->type == MCR_DOMAIN_GRANT)
		reply.lease = model_grant(&b.etcd, b.now);
	else if (request->type == MCR_DOMAIN_KEEP)
		reply.ttl = model_keep(&b.etcd, b.now, request->lease) ? MCR_DOMAIN_LEASE_S : 0;
	else if (request->type == MCR_DOMAIN_WRITE)
		reply.result = write_to_etcd(request);
	for (uint32_t i = 0; request->type == MCR_DOMAIN_LIST && i < b.etcd.keys.count; i++)
		if (request->end != NULL || strcmp(b.etcd.keys.at[i]->key, request->key) == 0)
			kvs[reply.count++] = *b.etcd.keys.at[i];
	reply.kvs = kvs;
	reply.revision = b.etcd.revision;
	mcr_domain_replied(b.domain, b.now, request->id, &reply);
}

static void
watch(void)
{
	while (b.watch != 0 && !b.is_watch_late && b.position < b.etcd.history.count) {
		const struct mcr_domain_kv kv = *b.etcd.history.at[b.position++];

		mcr_domain_watched(b.domain, b.now, b.watch, &kv, 1);
	}
}

static void
run(void)
{
	struct mcr_domain_action action;
	uint32_t count = 0;

	for (watch(); mcr_domain_next(b.domain, b.now, &action); watch()) {
		/* It would never rest. */
		assert_true(count++ < 2000);
		if (action.type == MCR_DOMAIN_REQUEST) {
			ask_etcd(&action.request);
		} else if (action.type == MCR_DOMAIN_ASK) {
			ask_hub(action.text);
		} else if (action.type == MCR_DOMAIN_LOG) {
			append(b.log, action.text);
			append(b.log, "\n");
		}
	}
}

static void
run_for(uint64_t time)
{
	for (uint64_t end = b.now + time; b.now < end; b.now += MS)
		run();
	run();
}

/* By somebody else. */
static void
put(const char *key, const char *value, int64_t lease)
{
	char text[128];

	snprintf(text, sizeof(text), "/mcdpdk/d/%s", key);
	b.etcd.revision++;
	if (value != NULL)
		model_put(&b.etcd, text, value, lease);
	else
		model_delete_at(&b.etcd, model_place(&b.etcd, text));
}

static const char *
get(const char *key)
{
	const struct mcr_domain_kv *kv;
	char text[128];

	snprintf(text, sizeof(text), "/mcdpdk/d/%s", key);
	kv = model_get(&b.etcd, text);
	return kv == NULL ? NULL : kv->value;
}

static bool
was_put(const char *key, const char *value)
{
	for (uint32_t i = 0; i < b.etcd.history.count; i++) {
		const struct mcr_domain_kv *kv = b.etcd.history.at[i];

		if (strcmp(kv->key + strlen("/mcdpdk/d/"), key) == 0 && kv->value != NULL &&
			strcmp(kv->value, value) == 0)
			return true;
	}
	return false;
}

/* h1 and h2, whose epochs are 5 and 6. */
static void
put_hub(uint32_t i, const char *more)
{
	char key[32], text[256];

	snprintf(key, sizeof(key), "hubs/h%u", i);
	snprintf(text, sizeof(text),
		"{\"address\":\"10.0.0.%u\",\"encap\":\"gre\",\"epoch\":\"%u\",\"published\":true,"
		"\"networks\":\"10.%u.0.0/16\",\"digest\":\"0a\",%s}",
		i + 1, i + 4, i, more);
	put(key, text, OTHERS_LEASE);
}

#define SHARED "\"members\":\"shared\""
#define DRAINING "\"members\":\"shared\",\"draining\":true"
#define SETTLED_7 "{\"generation\":7,\"phase\":\"settled\",\"hubs\":[\"h1#5\",\"h2#6\"]}"
#define ALL "[\"h0#7\",\"h1#5\",\"h2#6\"]"
#define HANDOVER_8(phase) \
	"{\"generation\":8,\"phase\":\"" phase "\",\"hubs\":" ALL ",\"from\":[\"h1#5\",\"h2#6\"]}"
#define SETTLED_8 "{\"generation\":8,\"phase\":\"settled\",\"hubs\":" ALL "}"

static void
start_agent(void)
{
	const struct mcr_domain_config config = {
		.name = "d", .hub = "h0", .endpoint_count = 1, .version = "1"};

	mcr_domain_free(b.domain);
	b.watch = 0;
	b.domain = mcr_domain_create(&config);
	b.commands[0] = b.log[0] = '\0';
	mcr_domain_hub_connected(b.domain, b.now);
}

/* A domain of h1 and h2, as h0 comes to it. */
static int
start(void **state)
{
	(void)state;
	memset(&b, 0, sizeof(b));
	b.now = SEC;
	b.etcd.revision = 1;
	b.hub = (struct hub){.shares = true, .applies = true, .phase = "none"};
	assert_int_equal(model_grant(&b.etcd, b.now), OTHERS_LEASE);
	put_hub(1, SHARED);
	put_hub(2, SHARED);
	put("placement", SETTLED_7, 0);
	put("placed/h1", "7 switch", OTHERS_LEASE);
	put("placed/h2", "7 switch", OTHERS_LEASE);
	start_agent();
	return 0;
}

static int
end(void **state)
{
	(void)state;
	mcr_domain_free(b.domain);
	model_free(&b.etcd);
	return 0;
}

static void
place(uint32_t i, const char *stage)
{
	char key[16];

	snprintf(key, sizeof(key), "placed/h%u", i);
	put(key, stage, OTHERS_LEASE);
}

/* Until h0 is one of them: the handover to generation 8 has begun. */
static void
join_domain(void)
{
	run_for(3 * SEC);
	assert_string_equal(get("placement"), HANDOVER_8("prepare"));
	assert_string_equal(b.hub.phase, "prepare");
	assert_string_equal(get("placed/h0"), "8 prepare");
}

/* All of the handover. */
static void
settle_domain(void)
{
	join_domain();
	place(1, "8 prepare");
	place(2, "8 prepare");
	run_for(SEC / 2);
	assert_string_equal(get("placement"), HANDOVER_8("switch"));
	place(1, "8 switch");
	place(2, "8 switch");
	run_for(3 * SEC);
	assert_string_equal(get("placement"), SETTLED_8);
	assert_string_equal(b.hub.phase, "settled");
	b.commands[0] = b.log[0] = '\0';
}

static void
expect_first(const char *commands)
{
	if (strncmp(b.commands, commands, strlen(commands)) != 0)
		fail_msg("first\n%snot\n%s", b.commands, commands);
}

static void
a_hub_is_told_the_generation_before_it_is_registered_and_has_peers(void **state)
{
	(void)state;
	b.hub.applies = false;
	run_for(2 * SEC);
	expect_first("peer_serves,h0,0,0\n"
		     "peer_serves,h1,2,5\npeer_reach,h1,10.1.0.0/16\n"
		     "peer_serves,h2,2,6\npeer_reach,h2,10.2.0.0/16\n"
		     "placement,7,settled\n");
	assert_null(strstr(b.commands, "peer_set"));
	assert_null(get("hubs/h0"));
	b.hub.applies = true;
	run_for(SEC / 10);
	assert_non_null(strstr(b.commands, "placement,7,settled\npeer_set,h1"));
	assert_non_null(get("hubs/h0"));
	/* Others may not have settled, and would wait for it. */
	run_for(SEC / 10);
	assert_string_equal(get("placed/h0"), "7 settled");
}

static void
a_hub_that_restarts_is_told_the_generation_before_it_has_peers(void **state)
{
	(void)state;
	settle_domain();
	b.hub = (struct hub){.shares = true, .phase = "none"};
	mcr_domain_hub_lost(b.domain, b.now, "test");
	mcr_domain_hub_connected(b.domain, b.now);
	run_for(3 * SEC);
	assert_non_null(strstr(b.commands, "placement,8,settled"));
	assert_null(strstr(b.commands, "peer_set"));
	b.hub.applies = true;
	run_for(SEC / 2);
	assert_non_null(strstr(b.commands, "peer_set,h1"));
}

static void
a_hub_that_meanwhile_is_behind_is_not_registered(void **state)
{
	const struct mcr_domain_kv *kv;
	uint64_t before;

	(void)state;
	run_for(50 * MS);
	before = b.etcd.revision;
	kv = model_get(&b.etcd, "/mcdpdk/d/hubs/h0");
	assert_non_null(kv);
	/* Its lease ends while nobody tells it of the next generation. */
	b.watch = 0;
	put("hubs/h0", NULL, 0);
	put("placement", "{\"generation\":9,\"phase\":\"settled\",\"hubs\":[\"h1#5\"]}", 0);
	b.etcd.leases[kv->lease - 1].is_alive = false;
	run_for(MS);
	mcr_domain_etcd_failed(b.domain, b.now, "test");
	b.watch = 0;
	assert_true((uint64_t)b.etcd.revision == before + 2);
	b.hub.applies = false;
	run_for(5 * SEC);
	assert_null(get("hubs/h0"));
	b.hub.applies = true;
	run_for(SEC);
	assert_int_equal(b.hub.generation, 9);
	assert_non_null(get("hubs/h0"));
}

/* The watch has not shown it yet. */
static void
a_hub_is_registered_with_the_generation_that_is_there_then(void **state)
{
	(void)state;
	b.sneaks = "{\"generation\":9,\"phase\":\"settled\",\"hubs\":[\"h1#5\",\"h2#6\"]}";
	run_for(SEC / 2);
	assert_non_null(strstr(b.commands, "placement,7,settled"));
	assert_string_equal(b.registered_in, "9 settled");
}

/* The hub lost its agent while it prepared, and its key, and the others went on. */
static void
lose_agent_in_prepare(const char *placement, const char *placed)
{
	b.hub.generation = 8;
	strcpy(b.hub.phase, "prepare");
	b.hub.is_applied = true;
	put("placement", placement, 0);
	place(1, placed);
	place(2, placed);
}

/* So do others that have a link to both. */
static void
a_hub_is_registered_a_phase_behind_and_waits_for_one_that_is_not(void **state)
{
	(void)state;
	lose_agent_in_prepare(HANDOVER_8("switch"), "8 prepare");
	b.hub.has[1] = true;
	put("hubs/h1", NULL, 0);
	put("placed/h1", NULL, 0);
	b.drops_leases = true;
	run_for(2 * SEC);
	assert_string_equal(b.hub.phase, "prepare");
	b.drops_leases = false;
	mcr_domain_etcd_failed(b.domain, b.now, "test");
	b.watch = 0;
	run_for(3 * SEC);
	assert_string_equal(b.registered_in, "8 prepare");
	assert_string_equal(b.hub.phase, "prepare");
	assert_null(strstr(b.commands, "peer_remove"));
	put_hub(1, SHARED);
	place(1, "8 prepare");
	run_for(SEC);
	assert_string_equal(b.hub.phase, "switch");
}

/* It would send packets by the generation before, in which others serve nobody any more. */
static void
a_hub_is_not_registered_two_phases_behind(void **state)
{
	(void)state;
	lose_agent_in_prepare(SETTLED_8, "8 switch");
	b.hub.applies = false;
	run_for(2 * SEC);
	assert_string_equal(b.hub.phase, "switch");
	assert_null(get("hubs/h0"));
	b.hub.applies = true;
	run_for(3 * SEC);
	assert_string_equal(b.registered_in, "8 switch");
	assert_true(b.hub.has[1] && b.hub.has[2]);
	assert_string_equal(b.hub.phase, "settled");
}

/* It has a link to h1, which has members that it sends to. */
static void
a_hub_that_is_not_registered_switches_when_it_knows_what_its_peers_want(void **state)
{
	(void)state;
	lose_agent_in_prepare(SETTLED_8, "8 switch");
	b.hub.has[1] = true;
	b.hub.busy_for = "peer_interest";
	put("interest/h1/239.2.2.1", "1", OTHERS_LEASE);
	run_for(2 * SEC);
	assert_string_equal(b.hub.phase, "prepare");
	b.hub.busy_for = NULL;
	run_for(SEC);
	assert_non_null(strstr(b.commands, "peer_interest,h1,+239.2.2.1\n"));
	assert_true(strstr(b.commands, "peer_interest,h1,+239.2.2.1\n") <
		    strstr(b.commands, "placement,8,switch\n"));
	assert_string_equal(b.registered_in, "8 switch");
}

/* Nor is h1, which has a link to it: each would wait for the other for ever. */
static void
a_hub_that_is_not_registered_goes_on_without_those_that_are_not(void **state)
{
	(void)state;
	lose_agent_in_prepare(SETTLED_8, "8 switch");
	b.hub.has[1] = b.hub.has[2] = true;
	put("hubs/h1", NULL, 0);
	put("placed/h1", NULL, 0);
	run_for(2 * SEC);
	assert_non_null(strstr(b.commands, "peer_remove,h1\n"));
	assert_true(strstr(b.commands, "peer_remove,h1\n") <
		    strstr(b.commands, "placement,8,switch\n"));
	assert_null(strstr(b.commands, "peer_remove,h2"));
	assert_string_equal(b.registered_in, "8 switch");
}

static void
a_hub_that_comes_is_handed_its_members_phase_by_phase(void **state)
{
	(void)state;
	join_domain();
	expect_first("peer_serves,h0,0,0\n");
	assert_non_null(strstr(b.commands, "peer_serves,h0,1,7\npeer_serves,h1,3,5\n"
					   "peer_serves,h2,3,6\nplacement,8,prepare\n"));
	/* The others are not ready. */
	place(1, "8 prepare");
	place(2, "7 switch");
	run_for(5 * SEC);
	assert_string_equal(get("placement"), HANDOVER_8("prepare"));
	place(2, "8 prepare");
	run_for(SEC / 2);
	assert_string_equal(get("placement"), HANDOVER_8("switch"));
	assert_string_equal(b.hub.phase, "switch");
	assert_string_equal(get("placed/h0"), "8 switch");
	place(1, "8 switch");
	run_for(5 * SEC);
	assert_string_equal(get("placement"), HANDOVER_8("switch"));
	place(2, "8 switch");
	run_for(SEC / 2);
	/* Packets of the old generation may be under way. */
	assert_string_equal(get("placement"), HANDOVER_8("switch"));
	run_for(SEC);
	assert_string_equal(get("placement"), SETTLED_8);
	assert_string_equal(b.hub.phase, "settled");
	assert_non_null(strstr(
		b.commands, "peer_serves,h1,1,5\npeer_serves,h2,1,6\nplacement,8,settled\n"));
	assert_string_equal(b.log, "hub h0 is registered in domain d\n");
}

static void
a_hub_has_prepared_when_its_lists_and_its_interest_are_there(void **state)
{
	(void)state;
	run_for(SEC);
	b.hub.applies = false;
	run_for(2 * SEC);
	assert_string_equal(b.hub.phase, "prepare");
	assert_false(was_put("placed/h0", "8 prepare"));
	b.drops_writes = true;
	b.hub.change = "\"+239.1.1.1\"";
	b.hub.applies = true;
	run_for(2 * SEC);
	assert_null(get("interest/h0/239.1.1.1"));
	assert_false(was_put("placed/h0", "8 prepare"));
	/* The write is lost, and comes again. */
	b.drops_writes = false;
	mcr_domain_etcd_failed(b.domain, b.now, "test");
	b.watch = 0;
	run_for(2 * SEC);
	assert_string_equal(get("interest/h0/239.1.1.1"), "1");
	assert_string_equal(get("placed/h0"), "8 prepare");
}

static void
a_hub_switches_when_it_knows_what_all_peers_want(void **state)
{
	(void)state;
	join_domain();
	b.hub.busy_for = "peer_interest";
	put("interest/h1/239.2.2.1", "1", OTHERS_LEASE);
	place(1, "8 prepare");
	place(2, "8 prepare");
	run_for(2 * SEC);
	assert_string_equal(get("placement"), HANDOVER_8("switch"));
	assert_string_equal(b.hub.phase, "prepare");
	b.hub.busy_for = NULL;
	run_for(SEC);
	assert_non_null(strstr(b.commands, "peer_interest,h1,+239.2.2.1\nplacement,8,switch\n"));
}

static void
a_hub_does_not_switch_when_others_are_not_prepared_any_more(void **state)
{
	(void)state;
	join_domain();
	place(1, "8 prepare");
	/* Another agent saw what this one will never see, or lies. */
	put("placement", HANDOVER_8("switch"), 0);
	run_for(3 * SEC);
	assert_string_equal(b.hub.phase, "prepare");
	place(2, "8 switch");
	run_for(SEC / 2);
	assert_string_equal(b.hub.phase, "switch");
	put("placement", SETTLED_8, 0);
	run_for(3 * SEC);
	assert_string_equal(b.hub.phase, "switch");
	/* What its hub sent before is under way. */
	place(1, "8 switch");
	run_for(SEC / 2);
	assert_string_equal(b.hub.phase, "switch");
	run_for(SEC);
	assert_string_equal(b.hub.phase, "settled");
}

/* Others count on it, though its agent does not have the lease yet. */
static void
a_hub_does_not_switch_before_others_while_its_agent_restarts(void **state)
{
	(void)state;
	join_domain();
	place(1, "8 prepare");
	put("placement", HANDOVER_8("switch"), 0);
	b.drops_leases = true;
	start_agent();
	run_for(3 * SEC);
	assert_non_null(strstr(b.commands, "placement,8,prepare\n"));
	assert_string_equal(b.hub.phase, "prepare");
	place(2, "8 prepare");
	run_for(SEC);
	assert_string_equal(b.hub.phase, "switch");
}

static void
a_handover_waits_for_a_hub_that_lives_without_its_agent(void **state)
{
	(void)state;
	settle_domain();
	/* The agent of h2 is gone, and h1 drains. */
	put("hubs/h2", NULL, 0);
	put("placed/h2", NULL, 0);
	put_hub(1, DRAINING);
	run_for(3 * SEC);
	assert_non_null(strstr(get("placement"), "\"prepare\",\"hubs\":[\"h0#7\",\"h2#6\"]"));
	assert_string_equal(b.hub.phase, "prepare");
	assert_string_equal(get("placed/h0"), "8 switch");
	assert_string_equal(b.log, "the handover to generation 9 waits: hub h2 is not registered, "
				   "but the link to it is up\n");
	/* It is dead. */
	place(1, "9 prepare");
	b.hub.is_down[2] = true;
	run_for(3 * SEC);
	assert_non_null(strstr(get("placement"), "\"switch\""));
	assert_string_equal(get("placed/h0"), "9 switch");
}

static void
put_new_hub(void)
{
	put("hubs/h3",
		"{\"address\":\"10.0.0.4\",\"encap\":\"gre\",\"epoch\":\"8\",\"published\":true,"
		"\"members\":\"shared\",\"networks\":\"10.3.0.0/16\",\"digest\":\"0a\"}",
		OTHERS_LEASE);
}

/* A hub that has just come, to which members may go. */
static void
hand_over_to_new_hub(void)
{
	settle_domain();
	put_new_hub();
	put("placement",
		"{\"generation\":9,\"phase\":\"prepare\",\"hubs\":[\"h0#7\",\"h3#8\"],\"from\":" ALL
		"}",
		0);
}

static void
a_hub_has_its_peers_when_it_prepares(void **state)
{
	const char *set, *prepared;

	(void)state;
	b.hub.busy_for = "peer_set,h3";
	hand_over_to_new_hub();
	run_for(SEC);
	assert_string_equal(b.hub.phase, "settled");
	b.hub.busy_for = NULL;
	run_for(SEC);
	set = strstr(b.commands, "peer_set,h3");
	prepared = strstr(b.commands, "placement,9,prepare");
	assert_true(set != NULL && prepared != NULL && set < prepared);
}

static void
a_peer_that_the_hub_refuses_delays_no_handover(void **state)
{
	(void)state;
	b.hub.refuses = "peer_set,h3";
	hand_over_to_new_hub();
	place(1, "9 prepare");
	place(2, "9 prepare");
	place(3, "9 prepare");
	run_for(SEC);
	assert_string_equal(b.hub.phase, "switch");
	assert_string_equal(b.log, "the hub refuses hub h3: no room\n");
}

/* One that comes in the midst of a handover may want what another has wanted. */
static void
a_hub_has_its_peers_when_it_switches(void **state)
{
	(void)state;
	join_domain();
	b.hub.busy_for = "peer_set,h3";
	put_new_hub();
	for (uint32_t i = 1; i < OTHERS; i++)
		place(i, "8 prepare");
	run_for(2 * SEC);
	assert_string_equal(get("placement"), HANDOVER_8("switch"));
	assert_string_equal(b.hub.phase, "prepare");
	b.hub.busy_for = NULL;
	run_for(SEC);
	assert_string_equal(b.hub.phase, "switch");
}

/* A hub that is late has every phase, though the domain is beyond. */
static void
no_phase_is_skipped(void **state)
{
	(void)state;
	join_domain();
	b.hub.applies = b.hub.is_applied = false;
	put("placement", SETTLED_8, 0);
	run_for(2 * SEC);
	place(1, "8 switch");
	place(2, "8 switch");
	run_for(2 * SEC);
	assert_string_equal(b.hub.phase, "prepare");
	b.hub.applies = true;
	run_for(3 * SEC);
	assert_non_null(strstr(b.commands, "placement,8,switch\n"));
	assert_non_null(strstr(b.commands, "placement,8,settled\n"));
	assert_true(strstr(b.commands, "placement,8,switch\n") <
		    strstr(b.commands, "placement,8,settled\n"));
}

/* Hubs that have a link to it have the time to say so. */
static void
a_hub_whose_key_goes_is_waited_for_a_while(void **state)
{
	(void)state;
	b.hub.is_down[2] = true;
	join_domain();
	place(1, "8 prepare");
	put("hubs/h2", NULL, 0);
	put("placed/h2", NULL, 0);
	run_for(SEC / 2);
	assert_string_equal(get("placement"), HANDOVER_8("prepare"));
	run_for(SEC);
	assert_string_equal(get("placement"), HANDOVER_8("switch"));
}

/* While others may have a link to a hub, this one must know of it. When nobody has, none may come
 * up again. */
static void
a_dead_hub_is_removed_before_a_hub_switches(void **state)
{
	(void)state;
	settle_domain();
	b.hub.is_down[2] = true;
	put("hubs/h2", NULL, 0);
	put("placed/h2", NULL, 0);
	run_for(3 * SEC);
	assert_non_null(strstr(get("placement"), "\"prepare\",\"hubs\":[\"h0#7\",\"h1#5\"]"));
	assert_null(strstr(b.commands, "peer_remove"));
	place(1, "9 prepare");
	run_for(SEC / 2);
	place(1, "9 switch");
	run_for(2 * SEC);
	assert_string_equal(b.hub.phase, "settled");
	assert_non_null(strstr(b.commands, "peer_remove,h2\nplacement,9,switch\n"));
}

/* What a hub has said it takes back when another is found to follow nothing. */
static void
a_hub_does_not_count_as_prepared_while_another_follows_nothing(void **state)
{
	(void)state;
	join_domain();
	place(1, "8 prepare");
	put("hubs/h2", NULL, 0);
	put("placed/h2", NULL, 0);
	run_for(7 * SEC);
	assert_string_equal(get("placement"), HANDOVER_8("prepare"));
	assert_null(get("placed/h0"));
	assert_string_equal(mcr_domain_state(b.domain), "connected; the handover waits for h2");
}

static void
a_drain_is_a_handover_at_once(void **state)
{
	(void)state;
	settle_domain();
	b.hub.is_draining = true;
	run_for(SEC / 2);
	assert_non_null(strstr(get("hubs/h0"), "\"draining\": true"));
	assert_string_equal(get("placement"),
		"{\"generation\":9,\"phase\":\"prepare\",\"hubs\":[\"h1#5\",\"h2#6\"],\"from\":" ALL
		"}");
	run_for(SEC);
	assert_string_equal(mcr_domain_state(b.domain), "connected; h0 drains");
}

/* One that came while the others settled may not have followed yet, and would be left behind. */
static void
a_handover_begins_when_all_have_ended_the_last_one(void **state)
{
	(void)state;
	settle_domain();
	put("placed/h2", NULL, 0);
	b.hub.is_draining = true;
	run_for(7 * SEC);
	assert_string_equal(get("placement"), SETTLED_8);
	assert_string_equal(
		mcr_domain_state(b.domain), "connected; h0 drains; the handover waits for h2");
	place(2, "8 settled");
	run_for(2 * SEC);
	assert_non_null(strstr(get("placement"), "\"generation\":9,\"phase\":\"prepare\""));
	assert_string_equal(mcr_domain_state(b.domain), "connected; h0 drains");
}

static void
who_loses_a_race_goes_on_from_what_the_winner_wrote(void **state)
{
	(void)state;
	settle_domain();
	b.races = SETTLED_8;
	b.hub.is_draining = true;
	run_for(SEC);
	assert_null(b.races);
	assert_string_equal(get("placement"),
		"{\"generation\":9,\"phase\":\"prepare\",\"hubs\":[\"h1#5\",\"h2#6\"],\"from\":" ALL
		"}");
}

/* With many hubs its event may take seconds, and all of them would ask etcd meanwhile. */
static void
who_is_not_the_first_asks_no_more_until_the_watch_says_so(void **state)
{
	(void)state;
	put("placement", NULL, 0);
	run_for(SEC / 2);
	b.is_watch_late = true;
	put("placement", SETTLED_7, 0);
	run_for(3 * SEC);
	assert_int_equal(b.moves, 1);
	assert_string_equal(get("placement"), SETTLED_7);
	b.is_watch_late = false;
	run_for(3 * SEC);
	assert_string_equal(get("placement"), HANDOVER_8("prepare"));
}

static void
a_hub_that_is_not_registered_asks_ever_later(void **state)
{
	(void)state;
	b.sneaks = SETTLED_8;
	b.is_watch_late = true;
	run_for(3 * SEC);
	assert_null(b.sneaks);
	assert_null(get("hubs/h0"));
	assert_in_range(b.records, 2, 9);
	b.is_watch_late = false;
	run_for(SEC);
	assert_non_null(get("hubs/h0"));
}

static void
nothing_is_handed_over_when_all_drain(void **state)
{
	(void)state;
	b.hub.is_draining = true;
	put_hub(1, DRAINING);
	put_hub(2, DRAINING);
	run_for(5 * SEC);
	assert_string_equal(get("placement"), SETTLED_7);
	assert_string_equal(mcr_domain_state(b.domain), "connected; h0 and 2 more drain");
}

static void
a_hub_that_restarts_is_of_the_set_no_more(void **state)
{
	(void)state;
	settle_domain();
	put("hubs/h1",
		"{\"address\":\"10.0.0.2\",\"encap\":\"gre\",\"epoch\":\"55\",\"published\":true,"
		"\"members\":\"shared\",\"networks\":\"10.1.0.0/16\",\"digest\":\"0a\"}",
		OTHERS_LEASE);
	run_for(3 * SEC);
	assert_string_equal(get("placement"),
		"{\"generation\":9,\"phase\":\"prepare\",\"hubs\":[\"h0#7\",\"h1#55\",\"h2#6\"],"
		"\"from\":" ALL "}");
	assert_non_null(strstr(b.commands, "peer_serves,h0,3,7\npeer_serves,h1,2,55\n"
					   "peer_serves,h2,3,6\nplacement,9,prepare\n"));
}

/* Others take part in handovers, and serve nobody. */
static void
a_hub_of_its_own_members_follows_and_serves_nobody(void **state)
{
	(void)state;
	b.hub.shares = false;
	run_for(5 * SEC);
	assert_string_equal(get("placement"), SETTLED_7);
	assert_string_equal(b.hub.phase, "settled");
	put_hub(2, DRAINING);
	run_for(SEC / 2);
	place(1, "8 prepare");
	place(2, "8 prepare");
	run_for(SEC / 2);
	assert_non_null(strstr(get("placement"), "\"switch\",\"hubs\":[\"h1#5\"]"));
	assert_string_equal(get("placed/h0"), "8 switch");
}

static void
a_hub_that_follows_nothing_is_not_waited_for(void **state)
{
	(void)state;
	put_hub(2, "\"capacity\":1");
	run_for(3 * SEC);
	place(1, "8 prepare");
	run_for(SEC / 2);
	assert_string_equal(get("placement"),
		"{\"generation\":8,\"phase\":\"switch\",\"hubs\":[\"h0#7\",\"h1#5\"],\"from\":"
		"[\"h1#5\",\"h2#6\"]}");
}

static void
an_agent_that_restarts_goes_on(void **state)
{
	const char *before;

	(void)state;
	settle_domain();
	before = get("placement");
	start_agent();
	run_for(5 * SEC);
	assert_non_null(strstr(b.commands,
		"peer_serves,h0,1,7\npeer_serves,h1,1,5\npeer_reach,h1,10.1.0.0/16\n"
		"peer_serves,h2,1,6\npeer_reach,h2,10.2.0.0/16\nplacement,8,settled\n"));
	assert_ptr_equal(get("placement"), before);
}

static void
a_placement_that_etcd_has_lost_is_restored(void **state)
{
	(void)state;
	settle_domain();
	put("placement", NULL, 0);
	run_for(SEC / 2);
	assert_string_equal(get("placement"), SETTLED_8);
	assert_string_equal(b.commands, "");
}

static void
what_nobody_knows_any_more_is_handed_over_from_what_hubs_do(void **state)
{
	(void)state;
	settle_domain();
	put("placement", NULL, 0);
	start_agent();
	run_for(3 * SEC);
	assert_null(get("placement"));
	run_for(3 * SEC);
	assert_string_equal(get("placement"),
		"{\"generation\":9,\"phase\":\"prepare\",\"hubs\":" ALL ",\"from\":[]}");
	assert_non_null(strstr(b.commands, "peer_serves,h0,3,7\npeer_serves,h1,3,5\n"));
	assert_string_equal(b.hub.phase, "prepare");
}

static void
the_first_hubs_settle_on_themselves(void **state)
{
	(void)state;
	put("placement", NULL, 0);
	run_for(3 * SEC);
	assert_string_equal(
		get("placement"), "{\"generation\":1,\"phase\":\"settled\",\"hubs\":" ALL "}");
}

static void
values_that_are_not_of_an_agent_are_named_and_replaced(void **state)
{
	static const struct {
		const char *value;
		const char *line;
	} values[] = {
		{"hello", "etcd: placement: it is no JSON object: it is not used\n"},
		{"{\"generation\":8,\"phase\":\"soon\",\"hubs\":" ALL "}",
			"etcd: placement: it has no phase: it is not used\n"},
		{SETTLED_7,
			"etcd: placement: it goes back from generation 8 settled to 7 settled: it "
			"is not used\n"},
		{HANDOVER_8("prepare"),
			"etcd: placement: it goes back from generation 8 settled to 8 "
			"prepare: it is not used\n"},
		{"{\"generation\":8,\"phase\":\"settled\",\"hubs\":[\"h1#5\"]}",
			"etcd: placement: generation 8 has other hubs than before: it is not "
			"used\n"},
		{"{\"generation\":9007199254740992,\"phase\":\"settled\",\"hubs\":[\"h1#5\"]}",
			"etcd: placement: generation 9007199254740992 is far beyond 8: it is not "
			"used\n"},
	};

	(void)state;
	settle_domain();
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		b.log[0] = '\0';
		put("placement", values[i].value, 0);
		run();
		assert_string_equal(b.log, values[i].line);
		assert_string_equal(get("placement"), values[i].value);
		run_for(3 * SEC);
		assert_string_equal(get("placement"), SETTLED_8);
		assert_int_equal(mcr_domain_refused(b.domain), i + 1);
	}
	assert_string_equal(b.commands, "");
}

static void
keys_of_what_hubs_have_placed_are_checked(void **state)
{
	static const struct {
		const char *name;
		const char *value;
		int64_t lease;
		const char *line;
	} values[] = {
		{"placed/nobody", "8 prepare", OTHERS_LEASE,
			"etcd: placed/nobody: it has no record: it is not used\n"},
		{"placed/h1", "8 prepare", 0,
			"etcd: placed/h1: its key has no lease: it is not used\n"},
		{"placed/h1", "8", OTHERS_LEASE,
			"etcd: placed/h1: its value is no generation and phase: it is not used\n"},
		{"placed/h1", "9 prepare", OTHERS_LEASE,
			"etcd: placed/h1: it is beyond the placement: it is not used\n"},
	};

	(void)state;
	join_domain();
	place(2, "8 prepare");
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		b.log[0] = '\0';
		put(values[i].name, values[i].value, values[i].lease);
		run_for(SEC);
		assert_string_equal(b.log, values[i].line);
		assert_string_equal(get("placement"), HANDOVER_8("prepare"));
	}
	/* A hub's own is put right. */
	put("placed/h0", "99 settled", OTHERS_LEASE);
	run_for(SEC / 10);
	assert_string_equal(get("placed/h0"), "8 prepare");
}

/* Others have forgotten how far the hub is. */
static void
a_hub_whose_record_was_deleted_says_again_how_far_it_is(void **state)
{
	static const char *const values[] = {NULL, "hello"};

	(void)state;
	settle_domain();
	for (uint32_t i = 0; i < 2; i++) {
		const int64_t before = b.etcd.revision;

		put("hubs/h0", values[i], 0);
		run_for(SEC);
		assert_string_equal(get("placed/h0"), "8 settled");
		assert_true(model_get(&b.etcd, "/mcdpdk/d/placed/h0")->modified > before + 1);
	}
}

static void
a_set_with_a_hub_that_never_was_is_named_and_handed_over(void **state)
{
	(void)state;
	settle_domain();
	put("placement", "{\"generation\":9,\"phase\":\"settled\",\"hubs\":[\"h1#5\",\"ghost#1\"]}",
		0);
	place(1, "9 settled");
	place(2, "9 settled");
	run_for(3 * SEC);
	assert_non_null(
		strstr(b.log, "etcd: placement: hub ghost is not registered: it serves nobody\n"));
	assert_null(strstr(b.commands, "ghost"));
	assert_non_null(strstr(get("placement"), "\"prepare\",\"hubs\":" ALL));
}

static void
other_files_are_told_of(void **state)
{
	(void)state;
	settle_domain();
	put("hubs/h1",
		"{\"address\":\"10.0.0.2\",\"encap\":\"gre\",\"epoch\":\"5\",\"published\":true,"
		"\"members\":\"shared\",\"networks\":\"10.1.0.0/16\",\"digest\":\"0b\"}",
		OTHERS_LEASE);
	run_for(3 * SEC);
	assert_string_equal(b.log, "hub h1 has other members, groups or domain.members in its file "
				   "than this hub: shared members need the same in all\n");
	assert_string_equal(mcr_domain_state(b.domain),
		"connected; h1 has other members, groups or domain.members");
	assert_string_equal(get("placement"), SETTLED_8);
}

static void
a_hub_that_does_not_share_the_same_members_is_told_of(void **state)
{
	(void)state;
	settle_domain();
	put("hubs/h1",
		"{\"address\":\"10.0.0.2\",\"encap\":\"gre\",\"epoch\":\"5\",\"published\":true,"
		"\"members\":\"local\",\"digest\":\"0b\"}",
		OTHERS_LEASE);
	run_for(3 * SEC);
	assert_string_equal(mcr_domain_state(b.domain), "connected");
	put_hub(1, "\"members\":\"local\"");
	run_for(3 * SEC);
	assert_string_equal(mcr_domain_state(b.domain),
		"connected; h1 has other members, groups or domain.members");
	b.hub.shares = false;
	run_for(3 * SEC);
	assert_non_null(
		strstr(mcr_domain_state(b.domain), "; h2 has other members, groups or domain."));
}

/* As put_hub(), over IPv6 alone. */
static void
put_hub_over_ipv6(uint32_t i, const char *more)
{
	char key[32], text[256];

	snprintf(key, sizeof(key), "hubs/h%u", i);
	snprintf(text, sizeof(text),
		"{\"address6\":\"fd00::%u\",\"encap\":\"gre\",\"epoch\":\"%u\","
		"\"published\":true,\"networks6\":\"fd00:%u::/32\",\"digest\":\"0a\",%s}",
		i + 1, i + 4, i, more);
	put(key, text, OTHERS_LEASE);
}

static void
a_hub_over_ipv6_is_a_peer_of_a_hub_that_has_both(void **state)
{
	(void)state;
	b.hub.has_ipv6 = true;
	put_hub_over_ipv6(1, SHARED);
	run_for(2 * SEC);
	assert_non_null(strstr(b.commands, "peer_set,h1,fd00::2\n"));
	assert_non_null(strstr(b.commands, "peer_reach,h1,fd00:1::/32\n"));
	assert_non_null(strstr(b.commands, "peer_set,h2,10.0.0.3\n"));
}

/* It tells why, and what serves shared members is a set of hubs that have links. */
static void
a_hub_without_a_common_family_is_no_peer_and_is_told_of(void **state)
{
	(void)state;
	settle_domain();
	put_hub_over_ipv6(1, SHARED);
	run_for(SEC / 2);
	assert_string_equal(b.log,
		"hub h1: has IPv6 alone between hubs, and this hub has not: it is not used\n");
	assert_non_null(
		strstr(mcr_domain_state(b.domain), "; no link to h1, which has IPv6 alone"));
	assert_null(strstr(b.commands, "peer_set,h1"));
	assert_non_null(strstr(b.commands, "peer_remove,h1"));
	run_for(3 * SEC);
	assert_non_null(strstr(get("placement"),
		"\"generation\":9,\"phase\":\"prepare\",\"hubs\":[\"h0#7\","
		"\"h2#6\"],\"from\":" ALL));
}

/* h0 has both, and its peers IPv6 alone. */
static void
hubs_serve_that_have_the_family_which_more_have(void **state)
{
	(void)state;
	b.hub.has_ipv6 = true;
	put_hub_over_ipv6(1, SHARED);
	put_hub_over_ipv6(2, SHARED);
	settle_domain();
	/* Now as many have IPv4. */
	put_hub(2, SHARED);
	run_for(3 * SEC);
	assert_non_null(strstr(get("placement"), "\"hubs\":[\"h0#7\",\"h2#6\"]"));
}

/* An older hub knows no networks of IPv6. */
static void
a_hub_is_told_the_networks_that_it_understands(void **state)
{
	(void)state;
	put_hub(1, SHARED ",\"networks6\":\"fd00:1::/32\"");
	run_for(2 * SEC);
	assert_non_null(strstr(b.commands, "peer_reach,h1,10.1.0.0/16\n"));
	start_agent();
	b.hub.has_ipv6 = true;
	run_for(2 * SEC);
	assert_non_null(strstr(b.commands, "peer_reach,h1,10.1.0.0/16 fd00:1::/32\n"));
}

#define STEPS(test) cmocka_unit_test_setup_teardown(test, start, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STEPS(a_hub_is_told_the_generation_before_it_is_registered_and_has_peers),
		STEPS(a_hub_that_meanwhile_is_behind_is_not_registered),
		STEPS(a_hub_is_registered_with_the_generation_that_is_there_then),
		STEPS(a_hub_is_registered_a_phase_behind_and_waits_for_one_that_is_not),
		STEPS(a_hub_is_not_registered_two_phases_behind),
		STEPS(a_hub_that_is_not_registered_switches_when_it_knows_what_its_peers_want),
		STEPS(a_hub_that_is_not_registered_goes_on_without_those_that_are_not),
		STEPS(a_hub_that_comes_is_handed_its_members_phase_by_phase),
		STEPS(a_hub_has_prepared_when_its_lists_and_its_interest_are_there),
		STEPS(a_hub_switches_when_it_knows_what_all_peers_want),
		STEPS(a_hub_does_not_switch_when_others_are_not_prepared_any_more),
		STEPS(a_hub_that_restarts_is_told_the_generation_before_it_has_peers),
		STEPS(a_hub_has_its_peers_when_it_prepares),
		STEPS(a_peer_that_the_hub_refuses_delays_no_handover),
		STEPS(a_hub_has_its_peers_when_it_switches),
		STEPS(no_phase_is_skipped),
		STEPS(a_hub_whose_key_goes_is_waited_for_a_while),
		STEPS(a_dead_hub_is_removed_before_a_hub_switches),
		STEPS(a_hub_does_not_switch_before_others_while_its_agent_restarts),
		STEPS(a_handover_waits_for_a_hub_that_lives_without_its_agent),
		STEPS(a_hub_does_not_count_as_prepared_while_another_follows_nothing),
		STEPS(a_drain_is_a_handover_at_once),
		STEPS(a_handover_begins_when_all_have_ended_the_last_one),
		STEPS(who_loses_a_race_goes_on_from_what_the_winner_wrote),
		STEPS(who_is_not_the_first_asks_no_more_until_the_watch_says_so),
		STEPS(a_hub_that_is_not_registered_asks_ever_later),
		STEPS(nothing_is_handed_over_when_all_drain),
		STEPS(a_hub_that_restarts_is_of_the_set_no_more),
		STEPS(a_hub_of_its_own_members_follows_and_serves_nobody),
		STEPS(a_hub_that_follows_nothing_is_not_waited_for),
		STEPS(an_agent_that_restarts_goes_on),
		STEPS(a_placement_that_etcd_has_lost_is_restored),
		STEPS(what_nobody_knows_any_more_is_handed_over_from_what_hubs_do),
		STEPS(the_first_hubs_settle_on_themselves),
		STEPS(values_that_are_not_of_an_agent_are_named_and_replaced),
		STEPS(keys_of_what_hubs_have_placed_are_checked),
		STEPS(a_hub_whose_record_was_deleted_says_again_how_far_it_is),
		STEPS(a_set_with_a_hub_that_never_was_is_named_and_handed_over),
		STEPS(a_hub_over_ipv6_is_a_peer_of_a_hub_that_has_both),
		STEPS(a_hub_without_a_common_family_is_no_peer_and_is_told_of),
		STEPS(hubs_serve_that_have_the_family_which_more_have),
		STEPS(a_hub_is_told_the_networks_that_it_understands),
		STEPS(other_files_are_told_of),
		STEPS(a_hub_that_does_not_share_the_same_members_is_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
