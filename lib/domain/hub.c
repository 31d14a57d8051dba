/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include <rte_common.h>
#include <rte_debug.h>

#include "state.h"

/* What a join waits for at most until the agent sees it. */
#define INTEREST_INTERVAL (SECOND / 50)
#define PEERS_INTERVAL (SECOND / 4)
#define DOMAIN_INTERVAL SECOND
/* A hub that drains is waited for by whoever wants to stop it. */
#define SHARED_INTERVAL (SECOND / 5)
#define STATE_INTERVAL SECOND
/* The hub gives as many changes at most: there may be more. */
#define CHANGES_MAX 400
/* The hub starts, ends or is busy: it is asked again after this, and a line is written after that.
 */
#define PUT_OFF (SECOND / 5)
#define TELL_UNWELL_AFTER (5 * SECOND)

void
mcr_domain_hub_connected(struct mcr_domain *domain, uint64_t now)
{
	domain->hub = (struct hub){.is_connected = true, .heard = now};
	mcr_command_look_again(domain);
	mcr_command_restart(domain);
	mcr_links_restart(domain);
}

void
mcr_domain_hub_lost(struct mcr_domain *domain, uint64_t now, const char *why)
{
	RTE_SET_USED(now);
	if (domain->hub.is_connected)
		mcr_domain_log(domain, MCR_DOMAIN_WARNING, "the hub is away: %.200s", why);
	mcr_command_restart(domain);
	domain->hub.is_connected = domain->hub.is_known = domain->hub.is_complete = false;
}

static void
ask(struct mcr_domain *domain, enum question question, struct mcr_domain_action *action)
{
	domain->hub.asked = question;
	domain->hub.was_timed = true;
	action->type = MCR_DOMAIN_ASK;
	action->text = domain->text;
}

static void
ask_paged(struct mcr_domain *domain, enum question question, const char *command, uint32_t offset,
	struct mcr_domain_action *action)
{
	const int len = snprintf(domain->text, sizeof(domain->text), "%s", command);

	if (offset > 0)
		snprintf(domain->text + len, sizeof(domain->text) - len, ",%u", offset);
	ask(domain, question, action);
}

static bool
ask_interest(struct mcr_domain *domain, struct mcr_domain_action *action)
{
	struct following *following = &domain->hub.following;
	char command[64];

	if (following->reading == READ_WANTED && domain->hub.interest_offset == 0)
		following->reading = READ_ASKED;
	snprintf(command, sizeof(command), "/mcdpdk/interest,%" PRIu64, domain->hub.since);
	ask_paged(domain, ASK_INTEREST, command, domain->hub.interest_offset, action);
	return true;
}

static bool
ask_state(struct mcr_domain *domain, uint64_t now, struct mcr_domain_action *action)
{
	struct hub *hub = &domain->hub;
	char state[sizeof(hub->state)];

	hub->state_at = now + STATE_INTERVAL;
	mcr_domain_write_state(domain, state, sizeof(state));
	if (strcmp(state, hub->state) == 0)
		return false;
	strcpy(hub->state, state);
	snprintf(domain->text, sizeof(domain->text), "/mcdpdk/domain_state,%s", state);
	ask(domain, ASK_STATE, action);
	return true;
}

/* What time brings: at most one question of each kind in its interval. */
static bool
ask_timed(struct mcr_domain *domain, uint64_t now, struct mcr_domain_action *action)
{
	struct hub *hub = &domain->hub;

	if (now >= hub->domain_at) {
		hub->domain_at = now + (hub->record.is_shared ? SHARED_INTERVAL : DOMAIN_INTERVAL);
		ask_paged(domain, ASK_DOMAIN, "/mcdpdk/domain", 0, action);
		return true;
	}
	if (!hub->is_known)
		return false;
	if (hub->record.follows && now >= hub->following.at) {
		ask_paged(domain, ASK_PLACEMENT, "/mcdpdk/placement", 0, action);
		return true;
	}
	if (now >= hub->interest_at)
		return ask_interest(domain, action);
	if (now >= hub->state_at && ask_state(domain, now, action))
		return true;
	if (now < hub->peers_at)
		return false;
	if (hub->peers_offset == 0) {
		domain->peers.survey++;
		hub->survey_counts = domain->session.is_listed;
	}
	ask_paged(domain, ASK_PEERS, "/mcdpdk/peers", hub->peers_offset, action);
	return true;
}

bool
mcr_hub_next(struct mcr_domain *domain, uint64_t now, struct mcr_domain_action *action)
{
	struct hub *hub = &domain->hub;

	if (!hub->is_connected || hub->asked != ASK_NOTHING)
		return false;
	/* In turns, so that neither waits for the other. */
	if (hub->was_timed && hub->is_known && mcr_command_next(domain, now, action)) {
		hub->was_timed = false;
		return true;
	}
	if (ask_timed(domain, now, action))
		return true;
	return hub->is_known && mcr_command_next(domain, now, action);
}

uint64_t
mcr_hub_wake(const struct mcr_domain *domain)
{
	const struct hub *hub = &domain->hub;
	uint64_t wake;

	if (!hub->is_connected || hub->asked != ASK_NOTHING)
		return UINT64_MAX;
	wake = hub->domain_at;
	if (!hub->is_known)
		return wake;
	wake = RTE_MIN(wake, hub->interest_at);
	wake = RTE_MIN(wake, hub->state_at);
	if (hub->record.follows)
		wake = RTE_MIN(wake, hub->following.at);
	return RTE_MIN(wake, hub->peers_at);
}

static const char *
get_text(const json_t *answer, const char *key)
{
	const char *text = json_string_value(json_object_get(answer, key));

	return text == NULL ? "" : text;
}

/* Numbers are read as real ones: an epoch has 64 bits, more than Jansson's integers. */
static uint64_t
get_number(const json_t *answer, const char *key)
{
	const double number = json_number_value(json_object_get(answer, key));

	return number > 0 && number < 1e18 ? (uint64_t)number : 0;
}

/* A hub without these words is an older one. */
static void
read_sharing(const json_t *answer, struct record *record)
{
	const char *members = get_text(answer, "members");
	const char *networks = get_text(answer, "networks");
	const char *networks6 = get_text(answer, "networks6");
	const char *digest = get_text(answer, "digest");

	record->follows = members[0] != '\0';
	record->is_draining = record->follows && get_number(answer, "draining") != 0;
	record->is_shared = strcmp(members, "shared") == 0 && strlen(networks) < NETWORKS_MAX &&
	                    strlen(networks6) < NETWORKS_MAX &&
	                    mcr_domain_are_networks(networks, false) &&
	                    mcr_domain_are_networks(networks6, true) &&
	                    networks[0] + networks6[0] != 0 && mcr_domain_is_digest(digest);
	if (record->follows && mcr_domain_is_digest(digest))
		strcpy(record->digest, digest);
	if (!record->is_shared)
		return;
	strcpy(record->networks, networks);
	strcpy(record->networks6, networks6);
}

static bool
read_record(const json_t *answer, struct record *record)
{
	*record = (struct record){
		.is_gre_udp = strcmp(get_text(answer, "encap"), "gre-udp") == 0,
	};
	(void)mcr_domain_address_parse(get_text(answer, "address"), &record->address);
	(void)mcr_domain_address_parse(get_text(answer, "address6"), &record->address6);
	if (mcr_domain_address_is_none(mcr_domain_record_address(record)))
		return false;
	if (record->is_gre_udp)
		record->udp_port = get_number(answer, "udp_port");
	snprintf(record->epoch, sizeof(record->epoch), "%.0f",
		json_number_value(json_object_get(answer, "epoch")));
	record->capacity_pps = get_number(answer, "capacity_pps");
	read_sharing(answer, record);
	return true;
}

static void
mismatch(struct mcr_domain *domain, const json_t *answer)
{
	struct hub *hub = &domain->hub;

	hub->is_known = false;
	if (hub->told_mismatch)
		return;
	hub->told_mismatch = true;
	if (get_text(answer, "hub")[0] == '\0')
		mcr_domain_log(domain, MCR_DOMAIN_ERROR, "the hub that runs has no domain");
	else
		mcr_domain_log(domain, MCR_DOMAIN_ERROR,
			"the hub that runs is %.63s of domain %.63s, not %s of %s: one of the two "
			"goes by an older file: reload the agent (SIGHUP) or restart the hub",
			get_text(answer, "hub"), get_text(answer, "name"), domain->hub_name,
			domain->name);
}

static void
take_domain(struct mcr_domain *domain, const json_t *answer)
{
	struct hub *hub = &domain->hub;
	struct record record;

	if (strcmp(get_text(answer, "name"), domain->name) != 0 ||
		strcmp(get_text(answer, "hub"), domain->hub_name) != 0 ||
		!read_record(answer, &record)) {
		mismatch(domain, answer);
		return;
	}
	mcr_links_see_detection(domain, get_number(answer, "hello_ms") *
						get_number(answer, "hello_multiplier") *
						(SECOND / 1000));
	hub->takes_ipv6 = json_object_get(answer, "networks6") != NULL;
	if (hub->is_known && mcr_domain_record_equals(&record, &hub->record))
		return;
	hub->record = record;
	hub->is_known = true;
	hub->told_mismatch = false;
	mcr_own_see_hub(domain);
	mcr_peers_review(domain);
}

static bool
take_change(struct mcr_domain *domain, const char *text)
{
	struct mcr_group_key key;

	if (text == NULL || !mcr_domain_key_parse(text + (text[0] != '\0'), &key))
		return false;
	if (text[0] == '-')
		mcr_own_want(domain, &key, VALUE_NONE);
	else
		mcr_own_want(domain, &key, text[0] == '!' ? VALUE_EMPTY : VALUE_WANTS);
	mcr_domain_key_drop(&key);
	return true;
}

static void
end_interest(struct mcr_domain *domain, bool is_all)
{
	struct hub *hub = &domain->hub;

	if (is_all && hub->following.reading == READ_ASKED) {
		hub->following.reading = READ_DONE;
		mcr_interest_owe(&domain->own.interest);
	}
	if (hub->is_whole)
		mcr_interest_sweep(&domain->own.interest);
	hub->since = hub->list_version;
	hub->is_complete = true;
}

/* Changes of IPv6 groups fill an answer sooner than their greatest number. An older hub does not
 * say whether there are more. */
static bool
has_more(const json_t *answer, const json_t *changes)
{
	return get_number(answer, "more") != 0 || json_array_size(changes) >= CHANGES_MAX;
}

/* Pages of a list, or changes, which are one page. */
static void
take_interest(struct mcr_domain *domain, uint64_t now, const json_t *answer)
{
	struct hub *hub = &domain->hub;
	const json_t *changes = json_object_get(answer, "changes"), *change;
	bool is_all;
	size_t i;

	if (hub->interest_offset == 0) {
		hub->list_version = get_number(answer, "version");
		hub->is_whole = hub->since == 0 || get_number(answer, "reset") != 0;
		if (hub->is_whole)
			mcr_interest_unmark(&domain->own.interest);
	}
	/* The hub may have answered with a list instead of changes: go on with that. */
	if (hub->is_whole)
		hub->since = 0;
	json_array_foreach (changes, i, change)
		if (!take_change(domain, json_string_value(change)))
			mcr_domain_complain(domain, now, "the hub has interest in %.64s",
				json_is_string(change) ? json_string_value(change) : "?");
	hub->interest_offset = hub->is_whole ? get_number(answer, "next") : 0;
	if (hub->interest_offset != 0)
		return;
	is_all = hub->is_whole || !has_more(answer, changes);
	if (is_all)
		hub->interest_at = now + INTEREST_INTERVAL;
	end_interest(domain, is_all);
}

static void
set_link(struct mcr_domain *domain, struct peer *peer, bool is_up)
{
	if (peer->link_is_up != is_up)
		mcr_placement_review_later(domain);
	peer->link_is_up = is_up;
}

static void
take_peer(struct mcr_domain *domain, uint64_t now, const json_t *row)
{
	const char *name = get_text(row, "name");
	const bool is_up = strcmp(get_text(row, "state"), "up") == 0;
	struct in6_addr address;
	struct peer *peer;

	if (!mcr_domain_is_name(name, strlen(name)))
		return;
	(void)mcr_domain_address_parse(get_text(row, "address"), &address);
	mcr_links_see(domain, now, name, &address, is_up);
	/* Before etcd is listed, who is unknown is not yet a stranger. */
	if (!domain->hub.survey_counts)
		return;
	peer = mcr_peers_get(domain, name);
	if (peer == NULL)
		return;
	peer->seen = domain->peers.survey;
	set_link(domain, peer, is_up);
	peer->serves_now = get_number(row, "serves") != 0;
	if (peer->state == PEER_ABSENT) {
		mcr_serve_tell_later(domain);
		peer->state = PEER_BEGIN;
		peer->is_refused = false;
		peer->address = address;
		/* It is set again, in any case. */
		peer->udp_port = 0;
	}
}

/* A peer that the hub does not list, though it was set before the list began, is lost. */
static void
end_peers(struct mcr_domain *domain, uint64_t now)
{
	struct peers *peers = &domain->peers;

	domain->hub.peers_at = now + PEERS_INTERVAL;
	mcr_links_end_survey(domain, now);
	if (!domain->hub.survey_counts)
		return;
	domain->hub.has_surveyed = true;
	for (uint32_t i = 0; i < peers->count; i++)
		if (peers->at[i]->seen != peers->survey && peers->at[i]->set_at != peers->survey)
			peers->at[i]->state = PEER_ABSENT;
}

static void
take_placement(struct mcr_domain *domain, uint64_t now, const json_t *answer)
{
	struct stage stage = {.generation = get_number(answer, "generation")};

	if (!mcr_phase_parse(get_text(answer, "phase"), &stage.phase))
		mcr_domain_complain(
			domain, now, "the hub is in a phase %.20s", get_text(answer, "phase"));
	domain->hub.following.serves_now = get_number(answer, "serves") != 0;
	mcr_serve_take(domain, now, &stage, get_number(answer, "applied") != 0);
}

static void
take_peers(struct mcr_domain *domain, uint64_t now, json_t *answer)
{
	json_t *row;
	const char *key;

	json_object_foreach (answer, key, row)
		if (key[0] == 'r' && json_is_object(row))
			take_peer(domain, now, row);
	domain->hub.peers_offset = get_number(answer, "next");
	if (domain->hub.peers_offset == 0)
		end_peers(domain, now);
}

/* What a command has changed for the worse, or NULL. */
static const char *
find_message(const json_t *answer)
{
	const bool is_refused = get_number(answer, "refused") > 0;

	return strcmp(get_text(answer, "status"), "ok") == 0 && !is_refused
	               ? NULL
	               : get_text(answer, "message");
}

/* @return What makes it no answer to what was asked, or NULL. */
static const char *
find_error(const json_t *answer)
{
	if (!json_is_object(answer))
		return "it does not know the agent's commands";
	return json_string_value(json_object_get(answer, "error"));
}

/* Nothing has changed by it, but pages are read from the first one again. */
static void
put_off(struct mcr_domain *domain, uint64_t now, const json_t *answer, const char *error)
{
	struct hub *hub = &domain->hub;
	const uint64_t until = now + PUT_OFF;

	if (strstr(error, "in no domain") != NULL)
		mismatch(domain, answer);
	else if (!hub->told_unwell && now >= hub->heard + TELL_UNWELL_AFTER) {
		hub->told_unwell = true;
		mcr_domain_log(domain, MCR_DOMAIN_WARNING,
			"the hub does not serve its agent: %.200s", error);
	}
	if (mcr_command_was_asked(domain)) {
		mcr_command_put_off(domain, until);
		return;
	}
	if (mcr_serve_was_asked(domain)) {
		mcr_serve_put_off(domain, until);
		return;
	}
	if (hub->asked == ASK_STATE)
		hub->state[0] = '\0';
	hub->asked = ASK_NOTHING;
	if (hub->following.reading == READ_ASKED)
		hub->following.reading = READ_WANTED;
	hub->interest_offset = hub->peers_offset = 0;
	hub->domain_at = RTE_MAX(hub->domain_at, until);
	hub->interest_at = RTE_MAX(hub->interest_at, until);
	hub->peers_at = RTE_MAX(hub->peers_at, until);
	hub->following.at = RTE_MAX(hub->following.at, until);
	hub->state_at = RTE_MAX(hub->state_at, until);
	if (!hub->is_known)
		hub->domain_at = until;
}

static void
take_answer(struct mcr_domain *domain, uint64_t now, json_t *answer)
{
	const enum question question = domain->hub.asked;
	const char *error = find_error(answer);

	if (question != ASK_INTEREST)
		mcr_command_look_again(domain);
	if (error != NULL) {
		put_off(domain, now, answer, error);
		return;
	}
	domain->hub.heard = now;
	domain->hub.told_unwell = false;
	if (mcr_command_was_asked(domain)) {
		mcr_command_answered(
			domain, now, find_message(answer), get_number(answer, "refused"));
		return;
	}
	if (mcr_serve_was_asked(domain)) {
		mcr_serve_answered(domain, now, find_message(answer));
		return;
	}
	domain->hub.asked = ASK_NOTHING;
	if (question == ASK_DOMAIN)
		take_domain(domain, answer);
	else if (question == ASK_INTEREST)
		take_interest(domain, now, answer);
	else if (question == ASK_PEERS)
		take_peers(domain, now, answer);
	else if (question == ASK_PLACEMENT)
		take_placement(domain, now, answer);
}

void
mcr_domain_hub_answered(struct mcr_domain *domain, uint64_t now, const char *text, size_t len)
{
	json_t *root = json_loadb(text, len, JSON_DECODE_INT_AS_REAL, NULL);
	void *first = json_object_iter(root);

	if (domain->hub.asked != ASK_NOTHING)
		take_answer(domain, now, first == NULL ? NULL : json_object_iter_value(first));
	json_decref(root);
}
