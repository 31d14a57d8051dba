/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * Any agent may move the placement on, and none is a leader: each decides by what etcd has, and
 * writes if nobody else has since. All decide alike, but for hubs that are not registered: only
 * those that have a link to one know that it lives. They keep it in the set, and do not say that
 * they have followed a handover, so that it waits.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_debug.h>

#include "state.h"

/* A set that differs for so long is the next one; a restart of a hub or two are one handover. */
#define PREPARE_AFTER SECOND
/* What was sent by the old generation has arrived. */
#define SETTLE_AFTER SECOND
/* A value that is not ours is overwritten only so often. */
#define REPAIR_AFTER SECOND
/* Agents that know the placement come back before one without is made up. */
#define CREATE_AFTER SECOND
#define CREATE_LATE_AFTER (5 * SECOND)
/* Those that have a link to a hub whose key is gone have said so by then. */
#define UNREST SECOND
/* Agents write one after the other, so that all but the first see that there is no need to. */
#define SPREAD (SECOND / 1000)
#define SPREAD_MAX 500
#define LATE_AFTER (5 * SECOND)

void
mcr_placement_free(struct placement *placement)
{
	mcr_handover_free(&placement->handover);
	free(placement->wanted.at);
	placement->wanted = (struct servers){0};
}

void
mcr_placement_review_later(struct mcr_domain *domain)
{
	domain->placement.must_review = domain->placement.must_want = true;
}

bool
mcr_placement_names(const struct mcr_domain *domain, const char *name)
{
	const struct handover *handover = &domain->placement.handover;

	return mcr_servers_find(&handover->hubs, name) != NULL ||
	       mcr_servers_find(&handover->from, name) != NULL;
}

/* What may be done about it? */

/* What is beyond the placement was not written by an agent. */
static bool
has_placed(const struct mcr_domain *domain, const struct stage *placed, const struct stage *stage)
{
	return mcr_stage_compare(placed, stage) >= 0 &&
	       placed->generation <= domain->placement.handover.stage.generation;
}

/* @return A hub that has not got as far as a stage, or NULL. */
static const char *
find_late(const struct mcr_domain *domain, const struct stage *stage)
{
	const struct placement *placement = &domain->placement;

	if (placement->counts && !has_placed(domain, &placement->placed, stage))
		return domain->hub_name;
	for (uint32_t i = 0; i < domain->peers.count; i++) {
		const struct peer *peer = domain->peers.at[i];

		if (peer->counts && !has_placed(domain, &peer->placed, stage))
			return peer->name;
	}
	return NULL;
}

bool
mcr_placement_is_followed(const struct mcr_domain *domain, const struct stage *stage)
{
	return !domain->placement.must_review && find_late(domain, stage) == NULL &&
	       mcr_placement_find_stray(domain) == NULL;
}

bool
mcr_placement_is_late(const struct mcr_domain *domain)
{
	const struct placement *placement = &domain->placement;

	return placement->waits_for[0] != '\0' &&
	       domain->now >= placement->waits_since + LATE_AFTER;
}

static void
wait_for(struct mcr_domain *domain, const char *late)
{
	struct placement *placement = &domain->placement;

	if (late != NULL && placement->waits_for[0] == '\0')
		placement->waits_since = domain->now;
	snprintf(
		placement->waits_for, sizeof(placement->waits_for), "%s", late == NULL ? "" : late);
}

/* The hub has followed what etcd knows nothing of: an old copy of it was restored, or it was lost
 * and somebody began anew. */
static bool
is_behind_hub(const struct mcr_domain *domain)
{
	const struct following *following = &domain->hub.following;

	return domain->hub.is_known && following->is_known &&
	       mcr_stage_compare(&following->stage, &domain->placement.handover.stage) > 0;
}

/* What follows from what etcd has, when all have followed that. @return MOVE_NONE: nothing. */
static enum move
find_next_move(const struct placement *placement)
{
	const struct handover *handover = &placement->handover;

	if (handover->stage.phase == PHASE_PREPARE)
		return MOVE_SWITCH;
	if (handover->stage.phase == PHASE_SWITCH)
		return MOVE_SETTLE;
	return placement->wanted.count == 0 ||
	                       mcr_servers_equal(&placement->wanted, &handover->hubs)
	               ? MOVE_NONE
	               : MOVE_PREPARE;
}

/* That a hub has settled nobody waits for, but a handover begins when none is in the last one. One
 * that is not registered can be in the next set. */
static const char *
find_late_for_move(const struct mcr_domain *domain)
{
	struct stage stage = domain->placement.handover.stage;
	const struct peer *stray = NULL;

	if (stage.phase == PHASE_SETTLED)
		stage.phase = PHASE_SWITCH;
	else
		stray = mcr_placement_find_stray(domain);
	return stray != NULL ? stray->name : find_late(domain, &stage);
}

static enum move
find_move(struct mcr_domain *domain)
{
	const struct placement *placement = &domain->placement;
	const bool is_known =
		placement->handover.stage.phase != PHASE_NONE && !is_behind_hub(domain);
	const char *late = NULL;
	enum move move = MOVE_NONE;

	if (placement->counts && is_known && placement->is_good) {
		move = find_next_move(placement);
		late = move == MOVE_NONE ? NULL : find_late_for_move(domain);
	} else if (placement->counts && is_known) {
		move = MOVE_RESTORE;
	} else if (placement->counts && domain->hub.following.is_known &&
		   placement->wanted.count > 0) {
		move = MOVE_CREATE;
	}
	wait_for(domain, late);
	return late == NULL ? move : MOVE_NONE;
}

static uint64_t
delay_of(const struct mcr_domain *domain, enum move move)
{
	const struct placement *placement = &domain->placement;

	switch (move) {
	case MOVE_RESTORE:
		return placement->exists ? REPAIR_AFTER : 0;
	case MOVE_CREATE:
		return domain->hub.following.stage.generation == 0 ? CREATE_AFTER
		                                                   : CREATE_LATE_AFTER;
	case MOVE_PREPARE:
		return placement->drains ? 0 : PREPARE_AFTER;
	case MOVE_SETTLE:
		return SETTLE_AFTER;
	default:
		return 0;
	}
}

/* Since when all hubs have switched, if this one has. */
static void
review_switch(struct mcr_domain *domain, uint64_t now)
{
	struct placement *placement = &domain->placement;
	const struct stage *stage = &domain->hub.following.stage;

	if (stage->phase != PHASE_SWITCH || !mcr_placement_is_followed(domain, stage))
		placement->switched_generation = 0;
	else if (placement->switched_generation != stage->generation) {
		placement->switched_generation = stage->generation;
		placement->switched_at = now;
	}
}

bool
mcr_placement_is_over(const struct mcr_domain *domain, const struct stage *stage, uint64_t now)
{
	const struct placement *placement = &domain->placement;

	return mcr_placement_is_followed(domain, stage) &&
	       placement->switched_generation == stage->generation &&
	       now >= placement->switched_at + SETTLE_AFTER;
}

static void
review(struct mcr_domain *domain, uint64_t now)
{
	struct placement *placement = &domain->placement;
	enum move move;

	if (!placement->must_review)
		return;
	placement->must_review = false;
	if (placement->has_lost) {
		placement->has_lost = false;
		placement->unrest_end = now + UNREST;
		placement->move = MOVE_NONE;
	}
	if (placement->must_want)
		mcr_placement_want(domain);
	placement->must_want = false;
	review_switch(domain, now);
	mcr_placement_tell_digests(domain, now);
	move = find_move(domain);
	if (move == placement->move)
		return;
	placement->move = move;
	placement->move_at = now + delay_of(domain, move);
	if (move != MOVE_RESTORE && !(move == MOVE_PREPARE && placement->drains))
		placement->move_at = RTE_MAX(placement->move_at, placement->unrest_end);
	placement->move_at += mcr_domain_random(
		domain, SPREAD * RTE_MIN(placement->count, (uint32_t)SPREAD_MAX) + 1);
}

static bool
may_move(const struct mcr_domain *domain)
{
	const struct placement *placement = &domain->placement;

	return placement->move != MOVE_NONE && placement->modified >= placement->written &&
	       domain->hub.is_known && domain->hub.record.follows &&
	       mcr_own_is_registered(domain) && !mcr_session_waits_for(domain, FOR_PLACEMENT);
}

/* Borrows the sets. */
static struct handover
describe_move(const struct mcr_domain *domain)
{
	const struct placement *placement = &domain->placement;
	struct handover next = placement->handover;
	const uint64_t hub = domain->hub.following.stage.generation;

	switch (placement->move) {
	case MOVE_CREATE:
		/* Each hub knows its part in its generation, even if nobody knows that of all. */
		next.stage.generation = RTE_MAX(next.stage.generation, hub) + 1;
		next.stage.phase = hub == 0 ? PHASE_SETTLED : PHASE_PREPARE;
		next.from = (struct servers){0};
		next.hubs = placement->wanted;
		break;
	case MOVE_PREPARE:
		next.stage.generation++;
		next.stage.phase = PHASE_PREPARE;
		next.from = next.hubs;
		next.hubs = placement->wanted;
		break;
	case MOVE_SWITCH:
		next.stage.phase = PHASE_SWITCH;
		break;
	case MOVE_SETTLE:
		next.stage.phase = PHASE_SETTLED;
		break;
	default:
		break;
	}
	return next;
}

static bool
ask_move(struct mcr_domain *domain, uint64_t now, struct mcr_domain_action *action)
{
	struct placement *placement = &domain->placement;
	struct handover next;
	struct pending *pending;

	if (!may_move(domain) || now < placement->move_at)
		return false;
	pending = mcr_session_request(domain, FOR_PLACEMENT, MCR_DOMAIN_WRITE, action);
	if (pending == NULL)
		return false;
	pending->seen = placement->modified;
	next = describe_move(domain);
	free(domain->long_value);
	domain->long_value = mcr_handover_format(&next);
	domain->writes[0] = (struct mcr_domain_write){domain->placement_key, domain->long_value};
	action->request.guards[0] = (struct mcr_domain_guard){
		domain->placement_key, mcr_placement_revision(domain), true};
	action->request.guard_count = 1;
	action->request.writes = domain->writes;
	action->request.count = 1;
	return true;
}

/* How far is this hub? */

static void
tell_waiting(struct mcr_domain *domain, const struct peer *stray)
{
	struct placement *placement = &domain->placement;
	const uint64_t generation = placement->handover.stage.generation;

	if (placement->told_waiting == generation)
		return;
	placement->told_waiting = generation;
	mcr_domain_log(domain, MCR_DOMAIN_WARNING,
		"the handover to generation %" PRIu64 " waits: hub %s is not registered, but the "
		"link to it is up",
		generation, stray->name);
}

static bool
has_published(const struct mcr_domain *domain)
{
	const struct own *own = &domain->own;
	const struct following *following = &domain->hub.following;

	return own->record.published && following->reading == READ_DONE &&
	       following->read_generation == domain->placement.handover.stage.generation &&
	       own->interest.owed == 0;
}

/* There is nothing left to follow. */
static bool
has_settled(const struct mcr_domain *domain)
{
	const struct stage *stage = &domain->placement.handover.stage;

	return stage->phase == PHASE_SETTLED &&
	       mcr_stage_compare(&domain->hub.following.applied, stage) == 0;
}

/* What its key should say. */
static struct stage
find_placed(struct mcr_domain *domain)
{
	const struct stage *stage = &domain->placement.handover.stage;
	const struct following *following = &domain->hub.following;
	const struct peer *stray;
	struct stage placed = {0};

	if (!following->is_known || following->applied.generation != stage->generation ||
		!has_published(domain))
		return placed;
	stray = mcr_placement_find_stray(domain);
	if (stray != NULL && !has_settled(domain)) {
		tell_waiting(domain, stray);
		return placed;
	}
	placed.generation = stage->generation;
	placed.phase = RTE_MIN(following->applied.phase, stage->phase);
	return placed;
}

static bool
must_place(struct mcr_domain *domain, struct stage *stage)
{
	const struct placement *placement = &domain->placement;
	const struct own *own = &domain->own;
	const struct stage *to = &placement->handover.stage;
	const bool has_key = placement->placed_lease != 0;

	*stage = (struct stage){0};
	if (!mcr_own_is_registered(domain) || !own->is_valid)
		return false;
	if (!domain->hub.is_known || !own->record.follows)
		return has_key && domain->hub.is_known;
	/* What others do not find in etcd has to be restored before. */
	if (to->phase == PHASE_NONE || !placement->is_good)
		return false;
	/* Who was not there when it settled has to say that it has: others wait for that. */
	if (has_settled(domain) && placement->placed.generation == to->generation &&
		placement->placed.phase >= PHASE_SWITCH && placement->placed_lease == own->lease_id)
		return false;
	*stage = find_placed(domain);
	if (stage->phase == PHASE_NONE)
		return has_key && placement->placed.generation == to->generation;
	return mcr_stage_compare(stage, &placement->placed) != 0 ||
	       placement->placed_lease != own->lease_id;
}

static bool
ask_place(struct mcr_domain *domain, struct mcr_domain_action *action)
{
	const struct own *own = &domain->own;
	struct pending *pending;
	struct stage stage;

	if (mcr_session_waits_for(domain, FOR_PLACED) || !must_place(domain, &stage))
		return false;
	pending = mcr_session_request(domain, FOR_PLACED, MCR_DOMAIN_WRITE, action);
	if (pending == NULL)
		return false;
	mcr_stage_format(&stage, domain->value);
	domain->writes[0] = (struct mcr_domain_write){
		domain->placed_key, stage.phase == PHASE_NONE ? NULL : domain->value};
	pending->lease = own->lease_id;
	pending->stage = stage;
	action->request.guards[0] = (struct mcr_domain_guard){domain->own_key, own->created, false};
	action->request.guard_count = 1;
	action->request.lease = own->lease_id;
	action->request.writes = domain->writes;
	action->request.count = 1;
	return true;
}

bool
mcr_placement_next(struct mcr_domain *domain, uint64_t now, struct mcr_domain_action *action)
{
	review(domain, now);
	return ask_place(domain, action) || ask_move(domain, now, action);
}

uint64_t
mcr_placement_wake(const struct mcr_domain *domain)
{
	return may_move(domain) ? domain->placement.move_at : UINT64_MAX;
}

static void
take_placed(struct mcr_domain *domain, const struct pending *pending, int64_t revision)
{
	struct placement *placement = &domain->placement;

	if (revision < placement->placed_modified)
		return;
	placement->placed_modified = revision;
	placement->placed = pending->stage;
	placement->placed_lease = pending->stage.phase == PHASE_NONE ? 0 : pending->lease;
	placement->must_review = true;
}

void
mcr_placement_reply(struct mcr_domain *domain, const struct pending *pending,
	const struct mcr_domain_reply *reply)
{
	struct placement *placement = &domain->placement;

	if (pending->purpose == FOR_PLACED) {
		if (reply->result == MCR_DOMAIN_REFUSED)
			domain->own.must_look = true;
		if (reply->result == MCR_DOMAIN_OK)
			take_placed(domain, pending, reply->revision);
	} else if (reply->result == MCR_DOMAIN_OK) {
		placement->written = reply->revision;
	} else if (reply->result == MCR_DOMAIN_REFUSED) {
		/* Somebody else was first: the watch will say, or has said before. */
		placement->written = RTE_MAX(placement->written, pending->seen + 1);
	}
}
