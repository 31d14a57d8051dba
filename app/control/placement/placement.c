/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_debug.h>

#include "control/background.h"
#include "control/placement/placement.h"
#include "control/placement/serving.h"
#include "fib/peers.h"
#include "fib/placement.h"
#include "infra/log.h"

struct mcr_placements {
	struct mcr_hubs *hubs;
	struct mcr_handover told;    /* by the agent */
	struct mcr_handover decided; /* members are placed by it */
	struct mcr_handover applied;
	uint64_t told_ms;
	uint32_t views;    /* of mcr_peers_views(), when hubs were looked at */
	bool must_take;    /* what was told */
	bool must_look;    /* at hubs */
	bool must_publish; /* what was decided is not in force */
	bool must_tell;
	bool all_filter; /* the filter is on, and all readers know */
};

int
mcr_placements_create(struct mcr_controller *control)
{
	const struct mcr_peers *peers = control->fib->peers;
	struct mcr_placements *placements;

	if (control->fib->placement == NULL || peers == NULL || peers->ids == NULL)
		return 0;
	placements = calloc(1, sizeof(*placements));
	control->placements = placements;
	if (placements == NULL)
		return -ENOMEM;
	placements->hubs = mcr_hubs_create(peers->id, peers->epoch, control->config);
	return placements->hubs == NULL ? -ENOMEM : 0;
}

void
mcr_placements_free(struct mcr_controller *control)
{
	if (control->placements == NULL)
		return;
	mcr_hubs_free(control->placements->hubs);
	free(control->placements);
	control->placements = NULL;
}

struct mcr_hubs *
mcr_placements_hubs(const struct mcr_controller *control)
{
	return control->placements != NULL ? control->placements->hubs : NULL;
}

void
mcr_placements_follow_peers(struct mcr_controller *control)
{
	if (control->placements != NULL)
		control->placements->must_look = true;
}

void
mcr_placements_follow_networks(struct mcr_controller *control)
{
	control->placements->must_look = true;
}

static bool
is_same(const struct mcr_handover *a, const struct mcr_handover *b)
{
	return a->generation == b->generation && a->phase == b->phase;
}

void
mcr_placements_take(struct mcr_controller *control, const struct mcr_handover *handover)
{
	struct mcr_placements *placements = control->placements;

	RTE_ASSERT(handover->phase != MCR_HANDOVER_NONE);
	if (!is_same(&placements->told, handover))
		MCR_LOG(INFO, "placement %" PRIu64 ": %s", handover->generation,
			mcr_handover_phase_name(handover->phase));
	if (!is_same(&placements->told, handover))
		placements->told_ms = control->now_ms;
	placements->told = *handover;
	placements->must_take = true;
}

const struct mcr_handover *
mcr_placements_told(const struct mcr_controller *control)
{
	return &control->placements->told;
}

const struct mcr_handover *
mcr_placements_get(const struct mcr_controller *control)
{
	return &control->placements->decided;
}

bool
mcr_placements_names_self(const struct mcr_controller *control)
{
	const struct mcr_placements *placements = control->placements;

	return (mcr_hubs_serves(placements->hubs, MCR_HUBS_SELF) &
		       mcr_handover_tags(&placements->decided)) != 0;
}

/* A hub that comes is registered before its link is up everywhere; a dead one holds up nobody for
 * long: twice the time that a link takes to carry. */
static bool
awaits_links(const struct mcr_controller *control)
{
	const struct mcr_config_domain *domain = &control->config->domain;
	const uint64_t patience_ms = 2 * domain->hello_ms * (domain->hello_multiplier + 3u);

	return control->now_ms - control->placements->told_ms < patience_ms;
}

bool
mcr_placements_is_applied(const struct mcr_controller *control)
{
	const struct mcr_placements *placements = control->placements;

	if (placements->told.phase == MCR_HANDOVER_NONE || placements->must_take ||
		!is_same(&placements->told, &placements->applied))
		return false;
	return placements->told.phase != MCR_HANDOVER_PREPARE ||
	       mcr_hubs_are_carried_to(placements->hubs, control->fib->peers,
		       mcr_handover_new_tag(&placements->told), awaits_links(control));
}

static void
look_at_hubs(struct mcr_controller *control)
{
	struct mcr_placements *placements = control->placements;
	bool has_changed;

	placements->views = mcr_peers_views(control->fib->peers);
	placements->must_look = false;
	has_changed = mcr_hubs_look(placements->hubs, control->fib->peers, control->now_ms);
	if (control->serving != NULL && mcr_serving_follow_hubs(control, has_changed))
		mcr_placement_set_filters(control->fib->placement, true);
}

void
mcr_placements_watch(struct mcr_controller *control)
{
	const struct mcr_placements *placements = control->placements;

	if (placements != NULL &&
		(placements->must_look ||
			mcr_peers_views(control->fib->peers) != placements->views ||
			control->now_ms >= mcr_hubs_due_ms(placements->hubs)))
		look_at_hubs(control);
}

static void
release_nothing(void *arg, void *object)
{
	RTE_SET_USED(arg);
	RTE_SET_USED(object);
}

/* A lcore that does not end its turn sends nothing either. */
static void
pass_grace_period(struct mcr_controller *control)
{
	if (mcr_rcu_reserve(control->fib->rcu, 1) != 0)
		return;
	mcr_rcu_retire(control->fib->rcu, release_nothing, NULL, NULL);
	(void)mcr_background_await_readers(control);
}

/* Lists are as before. */
static void
begin_filter(struct mcr_controller *control)
{
	struct mcr_placements *placements = control->placements;

	mcr_serving_set_masks(control, false);
	mcr_placement_set_filters(control->fib->placement, true);
	if (!placements->all_filter)
		pass_grace_period(control);
	placements->all_filter = true;
}

/* Lists have those members alone that stay, unless one was given up meanwhile. @return -EAGAIN
 * then. */
static int
end_filter(struct mcr_controller *control)
{
	struct mcr_placement *placement = control->fib->placement;

	if (mcr_placement_filters(placement))
		pass_grace_period(control);
	mcr_serving_set_masks(control, false);
	if (mcr_serving_gave_up(control))
		return -EAGAIN;
	mcr_placement_set_filters(placement, false);
	control->placements->all_filter = false;
	return 0;
}

/* @return 0 or -errno: it is not in force, and the next turn goes on. */
static int
apply(struct mcr_controller *control, const struct mcr_handover *handover)
{
	const bool filters = mcr_handover_filters(handover);
	int ret;

	if (filters)
		begin_filter(control);
	else
		mcr_serving_set_masks(control, true);
	ret = mcr_serving_publish(control);
	return ret != 0 || filters ? ret : end_filter(control);
}

/* What this hub serves no more by plan is not given up at once but in order. @return Whether the
 * placement is another one. */
static bool
take_told(struct mcr_controller *control)
{
	struct mcr_placements *placements = control->placements;
	const bool is_new = !is_same(&placements->told, &placements->decided);

	placements->must_take = false;
	placements->decided = placements->told;
	mcr_hubs_apply(placements->hubs);
	(void)mcr_hubs_look(placements->hubs, control->fib->peers, control->now_ms);
	if (control->serving != NULL)
		mcr_serving_follow_placement(control);
	return is_new;
}

static void
decide(struct mcr_controller *control, bool is_new)
{
	struct mcr_placements *placements = control->placements;

	placements->must_publish |= is_new || mcr_serving_gave_up(control);
	if (!is_new && !mcr_serving_is_due(control))
		return;
	if (is_new || mcr_serving_must_choose(control))
		mcr_serving_choose(control);
	placements->must_publish |= mcr_serving_decide(control, is_new);
	placements->must_tell = true;
}

void
mcr_placements_run(struct mcr_controller *control)
{
	struct mcr_placements *placements = control->placements;
	struct mcr_handover handover;
	bool is_new;

	if (placements == NULL)
		return;
	is_new = placements->must_take && take_told(control);
	if (control->serving != NULL)
		decide(control, is_new);
	handover = placements->decided;
	if (placements->must_publish && apply(control, &handover) != 0)
		return;
	placements->must_publish = false;
	mcr_placement_set_tag(control->fib->placement, mcr_handover_tag(&handover));
	if (placements->must_tell)
		mcr_serving_tell(control);
	placements->must_tell = false;
	placements->applied = handover;
}
