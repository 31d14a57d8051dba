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
	for (uint32_t i = 0; i < domain->peers.count; i++) {
		domain->peers.at[i]->state = PEER_ABSENT;
		domain->peers.at[i]->retry_at = 0;
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
	int len = snprintf(domain->text, sizeof(domain->text), "/mcdpdk/peer_set,%s,%u.%u.%u.%u",
		peer->name, record->address >> 24, record->address >> 16 & 0xff,
		record->address >> 8 & 0xff, record->address & 0xff);

	if (record->is_gre_udp)
		snprintf(domain->text + len, sizeof(domain->text) - len, ",%u", record->udp_port);
	peer->address = record->address;
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
	int len = snprintf(
		domain->text, sizeof(domain->text), "/mcdpdk/peer_interest,%s,", peer->name);

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

static bool
is_changed(const struct peer *peer)
{
	return peer->address != peer->record.address || peer->udp_port != peer->record.udp_port;
}

/* What the hub still serves, while nobody knows better. */
static bool
is_gone(const struct mcr_domain *domain, const struct peer *peer)
{
	if (peer->is_usable || !domain->session.is_listed || !domain->hub.has_surveyed)
		return false;
	/* Of one that was set since the last survey, nobody has said yet that its link is down. */
	return peer->is_present || (!peer->link_is_up && peer->seen > peer->set_at);
}

static bool
is_waiting(const struct mcr_domain *domain, const struct peer *peer)
{
	return peer->is_usable && domain->own.was_registered &&
	       mcr_own_find_holder(domain) == NULL &&
	       (peer->state == PEER_ABSENT || is_changed(peer));
}

static bool
ask_of(struct mcr_domain *domain, uint64_t now, struct peer *peer, struct mcr_domain_action *action)
{
	if (now < peer->retry_at)
		return false;
	if (is_waiting(domain, peer)) {
		ask_set(domain, peer, action);
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

bool
mcr_command_next(struct mcr_domain *domain, uint64_t now, struct mcr_domain_action *action)
{
	struct peers *peers = &domain->peers;

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
	return false;
}

bool
mcr_command_was_asked(const struct mcr_domain *domain)
{
	return domain->hub.asked >= ASK_SET;
}

static void
end_keys(struct mcr_domain *domain, bool is_done)
{
	struct hub *hub = &domain->hub;
	struct interest *interest = &hub->asked_of->interest;

	for (uint32_t i = 0; i < hub->asked_count; i++)
		mcr_interest_done(interest, hub->asked_keys[i],
			is_done ? hub->asked_values[i] : VALUE_UNKNOWN);
}

static void
succeed(struct mcr_domain *domain, struct peer *peer, enum question question)
{
	switch (question) {
	case ASK_SET:
		peer->state = PEER_BEGIN;
		break;
	case ASK_REMOVE:
		peer->state = PEER_ABSENT;
		peer->link_is_up = false;
		mcr_interest_restart(&peer->interest);
		break;
	case ASK_BEGIN:
		peer->state = PEER_SYNC;
		mcr_interest_restart(&peer->interest);
		break;
	case ASK_KEYS:
		end_keys(domain, true);
		break;
	default:
		peer->state = PEER_READY;
		break;
	}
}

void
mcr_command_answered(struct mcr_domain *domain, uint64_t now, const char *message, uint32_t refused)
{
	struct hub *hub = &domain->hub;
	struct peer *peer = hub->asked_of;
	const enum question question = hub->asked;
	const bool is_over = question == ASK_REMOVE || message == NULL;

	hub->asked = ASK_NOTHING;
	if (is_over)
		succeed(domain, peer, question);
	else if (question == ASK_KEYS)
		end_keys(domain, false);
	hub->asked_of = NULL;
	if (message == NULL && refused == 0)
		return;
	if (!is_over) {
		peer->state = PEER_ABSENT;
		peer->retry_at = now + (question == ASK_SET ? RETRY_AFTER : SECOND);
	}
	if (refused > 0 && peer->again_at == 0) {
		peer->again_at = now + AGAIN_AFTER;
		mcr_domain_log(domain, MCR_DOMAIN_WARNING,
			"the hub has no room for %u keys of hub %s", refused, peer->name);
	}
	if (message != NULL)
		mcr_domain_log(domain, MCR_DOMAIN_WARNING, "the hub refuses hub %s: %.200s",
			peer->name, message);
}
