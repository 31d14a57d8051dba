/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* A hub is told who serves in which generation, what they reach, and then the generation and phase.
 * It takes phases in order; after a restart, its own or the agent's, it goes on with what is. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <rte_common.h>
#include <rte_debug.h>

#include "state.h"

#define RETRY_AFTER SECOND
/* Work on a stage may go on. */
#define ASK_AGAIN (SECOND / 50)

static bool
follows(const struct mcr_domain *domain)
{
	return domain->hub.is_known && domain->hub.record.follows;
}

static uint8_t
bit_of(uint64_t generation)
{
	return 1 << (generation & 1);
}

void
mcr_serve_tell_later(struct mcr_domain *domain)
{
	domain->hub.following.turn = 0;
}

void
mcr_serve_restart(struct mcr_domain *domain)
{
	for (uint32_t i = 0; i < domain->peers.count; i++) {
		domain->peers.at[i]->service = (struct service){.bits = SERVICE_UNKNOWN};
		domain->peers.at[i]->reach_is_told = false;
	}
	domain->hub.following = (struct following){.own.bits = SERVICE_UNKNOWN};
}

/* Whether the hub cannot get there phase by phase: it has no generation, or one that others have
 * not waited for. */
static bool
must_jump(const struct mcr_domain *domain)
{
	const struct stage *to = &domain->placement.handover.stage;
	const struct stage *at = &domain->hub.following.stage;

	return at->phase == PHASE_NONE || at->generation + 1 < to->generation ||
	       (at->generation + 1 == to->generation &&
		       (at->phase == PHASE_PREPARE || to->phase == PHASE_SETTLED));
}

static bool
has_nothing_to_follow(const struct mcr_domain *domain)
{
	return !follows(domain) || domain->placement.handover.stage.phase == PHASE_NONE;
}

bool
mcr_serve_is_current(const struct mcr_domain *domain)
{
	const struct following *following = &domain->hub.following;

	return has_nothing_to_follow(domain) ||
	       (following->is_known && !must_jump(domain) &&
		       mcr_stage_compare(&following->applied, &following->stage) == 0);
}

/* Others may be a phase ahead of it: they wait for it there. */
bool
mcr_serve_is_ready(const struct mcr_domain *domain)
{
	const struct stage *stage = &domain->placement.handover.stage;
	const struct stage *applied = &domain->hub.following.applied;

	return has_nothing_to_follow(domain) ||
	       (mcr_serve_is_current(domain) &&
		       (mcr_stage_compare(applied, stage) >= 0 ||
			       (applied->generation == stage->generation &&
				       applied->phase + 1 >= stage->phase)));
}

/* The hub has the peers that members may go to. */
static bool
are_all_set(const struct mcr_domain *domain)
{
	for (uint32_t i = 0; i < domain->peers.count; i++) {
		const struct peer *peer = domain->peers.at[i];

		if (peer->is_usable && peer->state == PEER_ABSENT && !peer->is_refused)
			return false;
	}
	return true;
}

static bool
is_told(const struct mcr_domain *domain, const struct peer *peer)
{
	if (!peer->is_usable)
		return true;
	/* The hub does not take it, which a line says, or gets it when it is registered. */
	if (peer->state == PEER_ABSENT && (peer->is_refused || !mcr_own_counts(domain)))
		return true;
	return peer->interest.owed == 0 &&
	       (peer->state == PEER_READY ||
		       (peer->state == PEER_SYNC && mcr_interest_is_settled(&peer->interest)));
}

/* What all peers wanted when the domain switched. */
static bool
are_all_told(const struct mcr_domain *domain)
{
	for (uint32_t i = 0; i < domain->peers.count; i++)
		if (!is_told(domain, domain->peers.at[i]))
			return false;
	return true;
}

static bool
is_lost(const struct mcr_domain *domain, const struct stage *stage)
{
	const struct handover *handover = &domain->placement.handover;

	return stage->generation != handover->stage.generation && handover->from.count == 0;
}

/* A link to a hub that follows nothing may come back at any time, while it is a peer. */
static bool
has_strays(const struct mcr_domain *domain)
{
	for (uint32_t i = 0; i < domain->peers.count; i++)
		if (domain->peers.at[i]->state != PEER_ABSENT &&
			mcr_placement_is_stray(domain, domain->peers.at[i]))
			return true;
	return false;
}

/* Nobody waits for a hub that is not registered. If it waited for others that are not either, they
 * might wait for it. Of what etcd has lost the same is true for all. */
static bool
follows_alone(const struct mcr_domain *domain)
{
	const struct stage *stage = &domain->hub.following.stage;

	return !mcr_own_counts(domain) && domain->placement.is_good &&
	       !mcr_serve_is_ready(domain) && (must_jump(domain) || stage->phase != PHASE_SETTLED);
}

/* Those that are just coming back may register first. */
bool
mcr_serve_must_forget(const struct mcr_domain *domain)
{
	const struct following *following = &domain->hub.following;
	const struct placement *placement = &domain->placement;

	return follows(domain) && following->is_known && follows_alone(domain) &&
	       mcr_stage_compare(&following->stage, &placement->handover.stage) < 0 &&
	       !placement->has_lost && domain->now >= placement->unrest_end;
}

static bool
may_leave(const struct mcr_domain *domain, uint64_t now)
{
	const struct stage *stage = &domain->hub.following.stage;

	return !has_strays(domain) && mcr_placement_is_followed(domain, stage) &&
	       (stage->phase == PHASE_PREPARE || mcr_placement_is_over(domain, stage, now));
}

bool
mcr_serve_is_leaving(const struct mcr_domain *domain)
{
	const struct following *following = &domain->hub.following;
	const struct stage *stage = &following->stage;

	return follows(domain) && following->is_known &&
	       (stage->phase == PHASE_PREPARE || stage->phase == PHASE_SWITCH) &&
	       mcr_stage_compare(stage, &domain->placement.handover.stage) < 0 &&
	       mcr_placement_is_followed(domain, stage);
}

/* @return Whether the hub must be told this stage next; else it is the one that the hub has. */
static bool
find_stage(const struct mcr_domain *domain, uint64_t now, struct stage *stage)
{
	const struct following *following = &domain->hub.following;
	const struct stage *to = &domain->placement.handover.stage;

	*stage = following->stage;
	if (mcr_stage_compare(stage, to) >= 0 || (follows_alone(domain) && has_strays(domain)))
		return false;
	if (must_jump(domain)) {
		*stage = *to;
		return true;
	}
	/* Others wait for it when it is registered, which it may be here. */
	if (!following->is_applied || (!mcr_own_counts(domain) && mcr_serve_is_ready(domain)))
		return false;
	if (stage->phase == PHASE_SETTLED) {
		if (mcr_own_counts(domain) && !are_all_set(domain))
			return false;
		stage->generation++;
		stage->phase = PHASE_PREPARE;
		return true;
	}
	/* What was true when the next phase was written may not be any more. Of a generation that
	 * etcd has lost nothing is known. */
	if (mcr_own_counts(domain) && !is_lost(domain, stage) && !may_leave(domain, now))
		return false;
	if (stage->phase == PHASE_PREPARE && !are_all_told(domain))
		return false;
	stage->phase++;
	return true;
}

/* Which sets the stage has is known. */
static bool
can_describe(const struct mcr_domain *domain, const struct stage *stage)
{
	const struct stage *known = &domain->placement.handover.stage;

	if (stage->generation == known->generation)
		return stage->phase == PHASE_SETTLED || known->phase != PHASE_SETTLED;
	return stage->generation + 1 == known->generation && stage->phase == PHASE_SETTLED &&
	       domain->placement.handover.from.count > 0;
}

/* After etcd has lost its data nobody may know the generation before but the hub. */
static struct service
add_unknown(const struct mcr_domain *domain, const struct peer *peer, struct service service)
{
	const struct following *following = &domain->hub.following;
	const struct service *told = peer == NULL ? &following->own : &peer->service;
	const uint8_t bit = bit_of(domain->placement.handover.stage.generation - 1);
	const bool serves_now = peer == NULL ? following->serves_now : peer->serves_now;

	if (told->bits == SERVICE_UNKNOWN ? serves_now : (told->bits & bit) != 0)
		service.bits |= bit;
	if (service.epoch[0] == '\0' && service.bits != 0)
		strcpy(service.epoch, told->epoch[0] != '\0' ? told->epoch
				      : peer == NULL         ? domain->hub.record.epoch
							     : peer->record.epoch);
	return service;
}

/* Of the newest generation that names the hub; by another epoch it is another hub. */
static struct service
describe(const struct mcr_domain *domain, const struct stage *stage, const struct peer *peer)
{
	const char *name = peer == NULL ? domain->hub_name : peer->name;
	const struct handover *handover = &domain->placement.handover;
	const struct server *now = NULL, *before = NULL;
	struct service service = {0};

	if (stage->generation == handover->stage.generation)
		now = mcr_servers_find(&handover->hubs, name);
	if (stage->generation != handover->stage.generation || stage->phase != PHASE_SETTLED)
		before = mcr_servers_find(&handover->from, name);
	if (now != NULL || before != NULL)
		strcpy(service.epoch, now != NULL ? now->epoch : before->epoch);
	if (now != NULL)
		service.bits = bit_of(handover->stage.generation);
	if (before != NULL && strcmp(before->epoch, service.epoch) == 0)
		service.bits |= bit_of(handover->stage.generation - 1);
	if (handover->from.count == 0 && stage->phase != PHASE_SETTLED)
		return add_unknown(domain, peer, service);
	return service;
}

static bool
is_same(const struct service *a, const struct service *b)
{
	return a->bits == b->bits && strcmp(a->epoch, b->epoch) == 0;
}

static void
ask(struct mcr_domain *domain, enum question question, struct peer *peer,
	struct mcr_domain_action *action)
{
	domain->hub.asked = question;
	domain->hub.asked_of = peer;
	action->type = MCR_DOMAIN_ASK;
	action->text = domain->text;
}

/* @return Whether it has to be told. */
static bool
ask_service(struct mcr_domain *domain, const struct stage *stage, struct peer *peer,
	const struct service *told, struct mcr_domain_action *action)
{
	const char *name = peer == NULL ? domain->hub_name : peer->name;
	struct service service;

	if (!can_describe(domain, stage))
		return false;
	service = describe(domain, stage, peer);
	if (is_same(&service, told))
		return false;
	domain->hub.following.telling = service;
	snprintf(domain->text, sizeof(domain->text), "/mcdpdk/peer_serves,%s,%u,%s", name,
		service.bits, service.epoch[0] == '\0' ? "0" : service.epoch);
	ask(domain, ASK_SERVES, peer, action);
	return true;
}

/* Only of those that serve it matters what they reach. */
static bool
ask_reach(struct mcr_domain *domain, struct peer *peer, struct mcr_domain_action *action)
{
	const struct record *record = &peer->record;
	/* An older hub would refuse all. */
	const bool has_ipv6 = domain->hub.takes_ipv6 && record->networks6[0] != '\0';

	if (peer->reach_is_told || !peer->is_present || !record->is_shared ||
		peer->service.bits == 0 || peer->service.bits == SERVICE_UNKNOWN)
		return false;
	snprintf(domain->text, sizeof(domain->text), "/mcdpdk/peer_reach,%s,%s%s%s", peer->name,
		record->networks, has_ipv6 && record->networks[0] != '\0' ? " " : "",
		has_ipv6 ? record->networks6 : "");
	ask(domain, ASK_REACH, peer, action);
	return true;
}

/* A hub of which neither etcd nor the hub knows is nobody. */
static bool
is_known(const struct peer *peer)
{
	return peer->is_present || peer->state != PEER_ABSENT ||
	       (peer->service.bits != 0 && peer->service.bits != SERVICE_UNKNOWN);
}

static bool
ask_of_hubs(struct mcr_domain *domain, const struct stage *stage, struct mcr_domain_action *action)
{
	struct following *following = &domain->hub.following;

	if (following->turn == 0 && ask_service(domain, stage, NULL, &following->own, action))
		return true;
	for (; following->turn < domain->peers.count; following->turn++) {
		struct peer *peer = domain->peers.at[following->turn];

		if (is_known(peer) && (ask_service(domain, stage, peer, &peer->service, action) ||
					      ask_reach(domain, peer, action)))
			return true;
	}
	return false;
}

static void
ask_stage(struct mcr_domain *domain, const struct stage *stage, struct mcr_domain_action *action)
{
	domain->hub.following.asked = *stage;
	snprintf(domain->text, sizeof(domain->text), "/mcdpdk/placement,%" PRIu64 ",%s",
		stage->generation, mcr_phase_name(stage->phase));
	ask(domain, ASK_STAGE, NULL, action);
}

/* Which peers it has must be known: it may keep one that is not registered. */
static bool
is_ready(const struct mcr_domain *domain)
{
	return follows(domain) && domain->session.is_listed && domain->hub.has_surveyed &&
	       domain->hub.following.is_known &&
	       domain->placement.handover.stage.phase != PHASE_NONE;
}

bool
mcr_serve_next(struct mcr_domain *domain, uint64_t now, struct mcr_domain_action *action)
{
	struct following *following = &domain->hub.following;
	struct stage stage;
	bool is_new;

	if (!is_ready(domain) || now < following->retry_at)
		return false;
	is_new = find_stage(domain, now, &stage);
	if (stage.phase == PHASE_NONE)
		return false;
	if (mcr_stage_compare(&stage, &following->described) != 0)
		following->turn = 0;
	following->described = stage;
	if (ask_of_hubs(domain, &stage, action))
		return true;
	if (!is_new && !following->must_apply)
		return false;
	ask_stage(domain, &stage, action);
	return true;
}

bool
mcr_serve_was_asked(const struct mcr_domain *domain)
{
	return domain->hub.asked >= ASK_SERVES;
}

static void
succeed(struct mcr_domain *domain, uint64_t now, enum question question, struct peer *peer)
{
	struct following *following = &domain->hub.following;

	following->told[0] = '\0';
	if (question == ASK_REACH) {
		peer->reach_is_told = true;
	} else if (question == ASK_SERVES) {
		*(peer == NULL ? &following->own : &peer->service) = following->telling;
		following->must_apply = true;
		if (peer != NULL && peer->service.bits == 0)
			peer->reach_is_told = false;
	} else {
		following->must_apply = false;
		following->stage = following->asked;
		following->is_applied = false;
		following->at = now;
	}
}

static void
refuse(struct mcr_domain *domain, uint64_t now, const char *message)
{
	struct following *following = &domain->hub.following;
	char text[sizeof(following->told)];

	following->retry_at = now + RETRY_AFTER;
	snprintf(text, sizeof(text), "the hub refuses its placement: %.160s", message);
	if (strcmp(text, following->told) == 0)
		return;
	strcpy(following->told, text);
	domain->lines.refused++;
	mcr_domain_log(domain, MCR_DOMAIN_WARNING, "%s", text);
}

void
mcr_serve_answered(struct mcr_domain *domain, uint64_t now, const char *message)
{
	const enum question question = domain->hub.asked;
	struct peer *peer = domain->hub.asked_of;

	domain->hub.asked = ASK_NOTHING;
	domain->hub.asked_of = NULL;
	if (message == NULL)
		succeed(domain, now, question, peer);
	else
		refuse(domain, now, message);
}

void
mcr_serve_put_off(struct mcr_domain *domain, uint64_t until)
{
	domain->hub.asked = ASK_NOTHING;
	domain->hub.asked_of = NULL;
	domain->hub.following.retry_at = until;
}

void
mcr_serve_take(struct mcr_domain *domain, uint64_t now, const struct stage *stage, bool is_applied)
{
	struct following *following = &domain->hub.following;
	const struct stage *to = &domain->placement.handover.stage;

	following->is_known = true;
	following->stage = *stage;
	following->is_applied = is_applied;
	following->at = now + (is_applied ? SECOND : ASK_AGAIN);
	mcr_placement_review_later(domain);
	if (!is_applied)
		return;
	following->applied = *stage;
	/* What has arrived is in the hub's interest from now on. */
	if (stage->generation == to->generation && following->read_generation != to->generation) {
		following->read_generation = to->generation;
		following->reading = READ_WANTED;
	}
}
