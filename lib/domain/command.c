/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdio.h>
#include <string.h>

#include <rte_common.h>
#include <rte_debug.h>

#include "state.h"

#define RETRY_AFTER (10 * SECOND)
/* When keys found no room in the hub, all are sent once more after this. */
#define AGAIN_AFTER (60 * SECOND)
/* When nothing happens, what time brings (retries) is found as late at most. */
#define IDLE_MAX (SECOND / 10)

void
mcr_command_restart(struct mcr_domain *domain)
{
	struct hub *hub = &domain->hub;

	if (hub->asked == ASK_KEYS)
		for (uint32_t i = 0; i < hub->asked_count; i++)
			mcr_interest_done(
				&hub->asked_of->interest, hub->asked_keys[i], VALUE_UNKNOWN);
	hub->asked = ASK_NOTHING;
	hub->asked_of = NULL;
	mcr_serve_restart(domain);
	for (uint32_t i = 0; i < domain->peers.count; i++) {
		domain->peers.at[i]->state = PEER_ABSENT;
		domain->peers.at[i]->is_refused = false;
		domain->peers.at[i]->retry_at = 0;
		domain->peers.at[i]->told[0] = '\0';
		domain->peers.at[i]->link_is_up = false;
	}
}

static void
ask(struct mcr_domain *domain, struct peer *peer, enum question question,
	struct mcr_domain_action *action)
{
	domain->hub.asked = question;
	domain->hub.asked_of = peer;
	action->type = MCR_DOMAIN_ASK;
	action->text = domain->text;
}

static void
ask_set(struct mcr_domain *domain, struct peer *peer, struct mcr_domain_action *action)
{
	const struct record *record = &peer->record;
	char address[ADDRESS_TEXT_MAX];
	int len = snprintf(domain->text, sizeof(domain->text), "/mcdpdk/peer_set,%s,%s", peer->name,
		mcr_domain_address_format(&peer->reached_at, address));

	if (record->is_gre_udp)
		snprintf(domain->text + len, sizeof(domain->text) - len, ",%u", record->udp_port);
	peer->address = peer->reached_at;
	peer->udp_port = record->udp_port;
	peer->set_at = domain->peers.survey;
	ask(domain, peer, ASK_SET, action);
}

static void
ask_sync(struct mcr_domain *domain, struct peer *peer, enum question question,
	struct mcr_domain_action *action)
{
	snprintf(domain->text, sizeof(domain->text), "/mcdpdk/peer_sync,%s,%s", peer->name,
		question == ASK_BEGIN ? "begin" : "end");
	ask(domain, peer, question, action);
}

static void
ask_remove(struct mcr_domain *domain, struct peer *peer, struct mcr_domain_action *action)
{
	snprintf(domain->text, sizeof(domain->text), "/mcdpdk/peer_remove,%s", peer->name);
	ask(domain, peer, ASK_REMOVE, action);
}

static char
sign_of(enum value value)
{
	if (value == VALUE_NONE)
		return '-';
	return value == VALUE_WANTS ? '+' : '!';
}

static bool
ask_keys(struct mcr_domain *domain, struct peer *peer, struct mcr_domain_action *action)
{
	struct hub *hub = &domain->hub;
	int len;

	/* Of most peers there is nothing to tell, most of the time. */
	if (peer->interest.queued == 0)
		return false;
	len = snprintf(domain->text, sizeof(domain->text), "/mcdpdk/peer_interest,%s,", peer->name);
	hub->asked_count = 0;
	while (hub->asked_count < KEYS_MAX && len + 1 + KEY_TEXT_MAX < MCR_DOMAIN_ASK_MAX) {
		const uint32_t id = mcr_interest_take(&peer->interest), i = hub->asked_count;
		const struct entry *entry;

		if (id == NONE)
			break;
		entry = &peer->interest.entries[id];
		if (i > 0)
			domain->text[len++] = ' ';
		domain->text[len++] = sign_of(entry->target);
		len += mcr_domain_key_format(&entry->key, domain->text + len);
		hub->asked_keys[i] = id;
		hub->asked_values[i] = entry->target;
		hub->asked_count++;
	}
	if (hub->asked_count == 0)
		return false;
	ask(domain, peer, ASK_KEYS, action);
	return true;
}

/* Whether the hub has another peer at this one's address. */
static bool
is_address_taken(const struct peers *peers, const struct peer *peer)
{
	for (uint32_t i = 0; i < peers->count; i++)
		if (peers->at[i] != peer && peers->at[i]->state != PEER_ABSENT &&
			mcr_domain_address_equals(&peers->at[i]->address, &peer->reached_at))
			return true;
	return false;
}

static bool
is_changed(const struct peer *peer)
{
	return !mcr_domain_address_equals(&peer->address, &peer->reached_at) ||
	       peer->udp_port != peer->record.udp_port;
}

static bool
has_successor(const struct peers *peers, const struct peer *peer)
{
	for (uint32_t i = 0; i < peers->count; i++) {
		if (peers->at[i]->is_usable &&
			mcr_domain_address_equals(&peers->at[i]->reached_at, &peer->address))
			return true;
	}
	return false;
}

/* What the hub still serves, while nobody knows better. */
static bool
is_gone(const struct mcr_domain *domain, const struct peer *peer)
{
	if (peer->is_usable || !domain->session.is_listed || !domain->hub.has_surveyed)
		return false;
	if (peer->is_present ||
		(mcr_placement_is_stray(domain, peer) && mcr_serve_must_forget(domain)))
		return true;
	/* Others may have a link to it, and this hub must know that it lives, until all say that
	 * they have none. */
	if (domain->hub.record.follows && mcr_placement_names(domain, peer->name) &&
		!mcr_serve_is_leaving(domain) && !has_successor(&domain->peers, peer))
		return false;
	/* Of one that was set since the last survey, nobody has said yet that its link is down. */
	return !peer->link_is_up && peer->seen > peer->set_at;
}

static bool
is_waiting(const struct mcr_domain *domain, const struct peer *peer)
{
	return peer->is_usable && domain->own.was_registered &&
	       mcr_own_find_holder(domain) == NULL && mcr_serve_is_current(domain) &&
	       (peer->state == PEER_ABSENT || is_changed(peer));
}

static bool
ask_of(struct mcr_domain *domain, uint64_t now, struct peer *peer, struct mcr_domain_action *action)
{
	if (now < peer->retry_at)
		return false;
	if (is_waiting(domain, peer) && !is_address_taken(&domain->peers, peer)) {
		ask_set(domain, peer, action);
		return true;
	}
	/* Two may have changed places: give way. */
	if (is_waiting(domain, peer) && peer->state != PEER_ABSENT &&
		!mcr_domain_address_equals(&peer->address, &peer->reached_at)) {
		ask_remove(domain, peer, action);
		return true;
	}
	if (peer->state == PEER_ABSENT)
		return false;
	if (is_gone(domain, peer)) {
		ask_remove(domain, peer, action);
		return true;
	}
	if (peer->again_at != 0 && now >= peer->again_at && peer->state == PEER_READY) {
		peer->again_at = 0;
		peer->state = PEER_BEGIN;
	}
	/* Of a peer that was there before this agent, only etcd knows the interest. */
	if (!peer->is_present && peer->state == PEER_BEGIN)
		return false;
	if (peer->state == PEER_BEGIN) {
		ask_sync(domain, peer, ASK_BEGIN, action);
		return true;
	}
	if (ask_keys(domain, peer, action))
		return true;
	if (peer->state != PEER_SYNC || !peer->is_present || !peer->record.published)
		return false;
	ask_sync(domain, peer, ASK_END, action);
	return true;
}

void
mcr_command_look_again(struct mcr_domain *domain)
{
	domain->peers.idle_end = 0;
}

/* Of a thousand peers there is nothing to tell most of the time, and to find that each time the hub
 * has answered that it wants nothing new is what an agent would do most. */
static bool
is_idle(const struct peers *peers, uint64_t now)
{
	return now < peers->idle_end;
}

bool
mcr_command_next(struct mcr_domain *domain, uint64_t now, struct mcr_domain_action *action)
{
	struct peers *peers = &domain->peers;

	if (mcr_serve_next(domain, now, action))
		return true;
	if (is_idle(peers, now))
		return false;
	for (uint32_t i = 0; i < peers->count; i++) {
		struct peer *peer = peers->at[(peers->turn + i) % peers->count];

		if (mcr_peers_forget(domain, peer)) {
			i--;
			continue;
		}
		if (ask_of(domain, now, peer, action)) {
			peers->turn = (peers->turn + i) % peers->count;
			return true;
		}
	}
	peers->idle_end = now + IDLE_MAX;
	return false;
}

bool
mcr_command_was_asked(const struct mcr_domain *domain)
{
	return domain->hub.asked >= ASK_SET && domain->hub.asked <= ASK_END;
}

static void
end_keys(struct mcr_domain *domain, struct peer *peer, bool is_done)
{
	struct hub *hub = &domain->hub;
	struct interest *interest = &peer->interest;

	for (uint32_t i = 0; i < hub->asked_count; i++)
		mcr_interest_done(interest, hub->asked_keys[i],
			is_done ? hub->asked_values[i] : VALUE_UNKNOWN);
}

/* A line only when it says something else than the last one. */
static void
tell(struct mcr_domain *domain, struct peer *peer, const char *text)
{
	if (strcmp(text, peer->told) == 0)
		return;
	snprintf(peer->told, sizeof(peer->told), "%s", text);
	domain->lines.refused++;
	mcr_domain_log(domain, MCR_DOMAIN_WARNING, "%s", text);
}

static void
tell_refused_keys(struct mcr_domain *domain, struct peer *peer)
{
	char text[sizeof(peer->told)];

	if (peer->refused == 0)
		return;
	snprintf(text, sizeof(text), "the hub refuses %u keys of hub %s: %s", peer->refused,
		peer->name, peer->refusal);
	peer->refused = 0;
	tell(domain, peer, text);
}

/* Keys beyond those of a listing are told of once, until all are sent again. */
static void
refuse_keys(struct mcr_domain *domain, uint64_t now, struct peer *peer, const char *message,
	uint32_t refused)
{
	const bool is_first = peer->again_at == 0;

	if (is_first)
		peer->again_at = now + AGAIN_AFTER;
	if (peer->refused == 0)
		snprintf(peer->refusal, sizeof(peer->refusal), "%s", message);
	peer->refused += refused;
	if (is_first && peer->state == PEER_READY)
		tell_refused_keys(domain, peer);
}

static void
succeed(struct mcr_domain *domain, struct peer *peer, enum question question)
{
	switch (question) {
	case ASK_SET:
		peer->state = PEER_BEGIN;
		peer->is_refused = false;
		peer->told[0] = '\0';
		break;
	case ASK_REMOVE:
		peer->state = PEER_ABSENT;
		peer->link_is_up = false;
		mcr_placement_review_later(domain);
		mcr_interest_restart(&peer->interest);
		break;
	case ASK_BEGIN:
		peer->state = PEER_SYNC;
		peer->refused = 0;
		mcr_interest_restart(&peer->interest);
		break;
	case ASK_KEYS:
		end_keys(domain, peer, true);
		break;
	default:
		peer->state = PEER_READY;
		tell_refused_keys(domain, peer);
		break;
	}
}

static void
refuse(struct mcr_domain *domain, uint64_t now, struct peer *peer, const char *message,
	bool was_set)
{
	char text[sizeof(peer->told)];

	peer->state = PEER_ABSENT;
	peer->is_refused = was_set;
	peer->retry_at = now + (was_set ? RETRY_AFTER : SECOND);
	snprintf(text, sizeof(text), "the hub refuses hub %s: %.100s", peer->name, message);
	tell(domain, peer, text);
}

void
mcr_command_answered(struct mcr_domain *domain, uint64_t now, const char *message, uint32_t refused)
{
	struct peer *peer = domain->hub.asked_of;
	const enum question question = domain->hub.asked;
	/* Keys that are refused are no reason to send the others again, nor is a removal of one
	 * that is gone. */
	const bool is_over =
		message == NULL || question == ASK_REMOVE || (question == ASK_KEYS && refused > 0);

	domain->hub.asked = ASK_NOTHING;
	domain->hub.asked_of = NULL;
	if (is_over)
		succeed(domain, peer, question);
	else if (question == ASK_KEYS)
		end_keys(domain, peer, false);
	if (!is_over)
		refuse(domain, now, peer, message, question == ASK_SET);
	else if (question == ASK_KEYS && refused > 0)
		refuse_keys(domain, now, peer, message, refused);
}

void
mcr_command_put_off(struct mcr_domain *domain, uint64_t until)
{
	struct peer *peer = domain->hub.asked_of;
	const enum question question = domain->hub.asked;

	domain->hub.asked = ASK_NOTHING;
	domain->hub.asked_of = NULL;
	if (question == ASK_KEYS)
		end_keys(domain, peer, false);
	else if (question == ASK_SET)
		/* It is not known whether it was set. */
		peer->udp_port = 0;
	peer->retry_at = until;
}
