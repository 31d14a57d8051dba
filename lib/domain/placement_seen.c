/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* The keys `placement` and `placed` of etcd: what of them is used, and what was not written by an
 * agent. */

#include <inttypes.h>
#include <string.h>

#include "state.h"

/* Nobody skips so many. */
#define GENERATIONS_SKIPPED_MAX (UINT64_C(1) << 32)
/* Of what this agent has not written. */
#define OTHERS_LEASE (-1)

int64_t
mcr_placement_revision(const struct mcr_domain *domain)
{
	return domain->placement.exists ? domain->placement.modified : 0;
}

void
mcr_placement_forget_revisions(struct mcr_domain *domain)
{
	struct placement *placement = &domain->placement;

	placement->modified = placement->written = placement->placed_modified = 0;
}

void
mcr_placement_begin_list(struct mcr_domain *domain)
{
	struct placement *placement = &domain->placement;

	placement->exists = placement->is_good = false;
	placement->placed = (struct stage){0};
	placement->placed_lease = 0;
	for (uint32_t i = 0; i < domain->peers.count; i++)
		domain->peers.at[i]->placed = (struct stage){0};
}

void
mcr_placement_end_list(struct mcr_domain *domain)
{
	struct placement *placement = &domain->placement;

	if (!placement->exists)
		placement->modified = domain->session.list_revision;
	/* Some may have gone meanwhile. */
	placement->has_lost = true;
	mcr_placement_review_later(domain);
}

/* A set may name a hub that has just gone; one that was never there is somebody's invention. */
static void
complain_of_strangers(struct mcr_domain *domain, uint64_t now, const struct handover *next)
{
	const struct handover *last = &domain->placement.handover;

	if (domain->session.step != STEP_SERVE || last->stage.phase == PHASE_NONE ||
		next->stage.generation == last->stage.generation)
		return;
	for (uint32_t i = 0; i < next->hubs.count; i++) {
		const char *name = next->hubs.at[i].name;
		const struct peer *peer = mcr_peers_find(&domain->peers, name);

		if (strcmp(name, domain->hub_name) == 0 || (peer != NULL && peer->is_present) ||
			mcr_servers_find(&last->hubs, name) != NULL)
			continue;
		mcr_domain_complain(domain, now,
			"etcd: placement: hub %s is not registered: it serves nobody", name);
		return;
	}
}

/* @return Whether it goes on from what is known. */
static bool
check(struct mcr_domain *domain, uint64_t now, const struct handover *next, bool is_change)
{
	const struct handover *last = &domain->placement.handover;
	const int order = mcr_stage_compare(&next->stage, &last->stage);

	if (last->stage.phase == PHASE_NONE)
		return true;
	/* After etcd has lost it an agent may have restored one that it knew. */
	if (order < 0 && !is_change)
		return false;
	if (order < 0)
		mcr_domain_complain(domain, now,
			"etcd: placement: it goes back from generation %" PRIu64 " %s to %" PRIu64
			" %s: it is not used",
			last->stage.generation, mcr_phase_name(last->stage.phase),
			next->stage.generation, mcr_phase_name(next->stage.phase));
	else if (next->stage.generation - last->stage.generation > GENERATIONS_SKIPPED_MAX)
		mcr_domain_complain(domain, now,
			"etcd: placement: generation %" PRIu64 " is far beyond %" PRIu64
			": it is not used",
			next->stage.generation, last->stage.generation);
	else if (order == 0 && !mcr_servers_equal(&next->hubs, &last->hubs))
		mcr_domain_complain(domain, now,
			"etcd: placement: generation %" PRIu64 " has other hubs than before: it is "
			"not used",
			next->stage.generation);
	else
		return true;
	return false;
}

static void
take(struct mcr_domain *domain, uint64_t now, struct handover *next)
{
	struct placement *placement = &domain->placement;

	complain_of_strangers(domain, now, next);
	/* What is known of peers' interest by now is told before this hub switches. */
	if (next->stage.phase == PHASE_SWITCH)
		for (uint32_t i = 0; i < domain->peers.count; i++)
			mcr_interest_owe(&domain->peers.at[i]->interest);
	mcr_handover_free(&placement->handover);
	placement->handover = *next;
	placement->is_good = true;
	placement->move = MOVE_NONE;
	placement->waits_since = now;
	mcr_serve_tell_later(domain);
	domain->hub.following.at = 0;
}

void
mcr_placement_see(struct mcr_domain *domain, uint64_t now, const struct mcr_domain_kv *kv)
{
	struct placement *placement = &domain->placement;
	const bool is_change = placement->is_good;
	struct handover next;
	const char *wrong;

	if (kv->modified < placement->modified)
		return;
	placement->modified = kv->modified;
	placement->exists = kv->value != NULL;
	placement->is_good = false;
	mcr_placement_review_later(domain);
	if (kv->value == NULL)
		return;
	wrong = mcr_handover_parse(kv->value, &next);
	if (wrong != NULL)
		mcr_domain_complain(domain, now, "etcd: placement: %s: it is not used", wrong);
	else if (check(domain, now, &next, is_change))
		take(domain, now, &next);
	else
		mcr_handover_free(&next);
}

static void
see_own_placed(struct mcr_domain *domain, const struct mcr_domain_kv *kv)
{
	struct placement *placement = &domain->placement;

	if (kv->modified < placement->placed_modified)
		return;
	placement->placed_modified = kv->modified;
	placement->placed_lease = kv->value == NULL ? 0 : kv->lease != 0 ? kv->lease : OTHERS_LEASE;
	if (kv->value == NULL || !mcr_stage_parse(kv->value, &placement->placed))
		placement->placed = (struct stage){0};
	placement->must_review = true;
}

/* Its key is another's now, until it is written anew. */
void
mcr_placement_doubt_placed(struct mcr_domain *domain)
{
	struct placement *placement = &domain->placement;

	if (placement->placed_lease != 0)
		placement->placed_lease = OTHERS_LEASE;
}

/* A list has the keys of the hubs before the placement. */
static const char *
find_fault(const struct mcr_domain *domain, const struct peer *peer, const struct mcr_domain_kv *kv,
	struct stage *stage)
{
	if (peer == NULL || !peer->is_present)
		return "it has no record";
	if (kv->lease == 0)
		return "its key has no lease";
	if (!mcr_stage_parse(kv->value, stage))
		return "its value is no generation and phase";
	/* Who has placed something knew of it. */
	return domain->session.step == STEP_SERVE && domain->placement.is_good &&
	                       mcr_stage_compare(stage, &domain->placement.handover.stage) > 0
	               ? "it is beyond the placement"
	               : NULL;
}

void
mcr_placement_see_placed(
	struct mcr_domain *domain, uint64_t now, const char *name, const struct mcr_domain_kv *kv)
{
	struct peer *peer = mcr_peers_find(&domain->peers, name);
	struct stage stage = {0};
	const char *fault = NULL;

	if (strcmp(name, domain->hub_name) == 0) {
		see_own_placed(domain, kv);
		return;
	}
	if (kv->value != NULL)
		fault = find_fault(domain, peer, kv, &stage);
	if (fault != NULL)
		mcr_domain_complain(
			domain, now, "etcd: placed/%.70s: %s: it is not used", name, fault);
	if (peer == NULL)
		return;
	peer->placed = fault == NULL ? stage : (struct stage){0};
	domain->placement.must_review = true;
}
