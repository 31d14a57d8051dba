/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * The agents of the three hubs of protocol_hubs.h, and etcd. What an agent sees of etcd is all of
 * it at some time; between two looks it acts on what it saw.
 */

#ifndef MCR_PLACEMENT_PROTOCOL_AGENTS_H
#define MCR_PLACEMENT_PROTOCOL_AGENTS_H

#include "protocol_hubs.h"

static bool
is_registered(const struct state *s, uint32_t who)
{
	return s->hubs[who].life != 0 && s->etcd.lives[who] == s->hubs[who].life;
}

/* By what its agent knows, maybe as it ran before: others wait for it. */
static bool
counts(const struct state *s, uint32_t who)
{
	return s->seen[who].lives[who] != 0;
}

/* A hub that lives and whose agent does not. */
static bool
is_stray(const struct state *s, uint32_t who, uint32_t whom)
{
	return who != whom && is_up(s, who, whom) && s->seen[who].lives[whom] == 0;
}

static bool
sees_stray(const struct state *s, uint32_t who)
{
	for (uint32_t i = 0; i < HUBS; i++)
		if (is_stray(s, who, i))
			return true;
	return false;
}

/* Or one that is dead, as far as this hub knows. */
static bool
has_lost_peer(const struct state *s, uint32_t who)
{
	for (uint32_t i = 0; i < HUBS; i++)
		if ((s->hubs[who].peers >> i & 1) != 0 && s->seen[who].lives[i] == 0 &&
			!is_up(s, who, i))
			return true;
	return false;
}

static bool
has_all_peers(const struct state *s, uint32_t who)
{
	for (uint32_t i = 0; i < HUBS; i++)
		if (i != who && s->seen[who].lives[i] != 0 && (s->hubs[who].peers >> i & 1) == 0)
			return false;
	return true;
}

static bool
sees_all_at(const struct state *s, uint32_t who, stage_t stage)
{
	const struct store *seen = &s->seen[who];

	for (uint32_t i = 0; i < HUBS; i++)
		if (seen->lives[i] != 0 && seen->placed[i] < stage)
			return false;
	return true;
}

/* The next set. @return False: it is as it was, or nobody is left. */
static bool
find_wanted(const struct state *s, uint32_t who, uint8_t wanted[HUBS])
{
	const struct store *seen = &s->seen[who];
	const uint8_t *set = s->sets[generation_of(seen->stage)];
	const uint8_t nobody[HUBS] = {0};

	memset(wanted, 0, HUBS);
	for (uint32_t i = 0; i < HUBS; i++) {
		if (((scenario.local | seen->drains) >> i & 1) != 0)
			continue;
		wanted[i] = is_stray(s, who, i) ? set[i] : seen->lives[i];
	}
	return memcmp(wanted, set, HUBS) != 0 && memcmp(wanted, nobody, HUBS) != 0;
}

/* Sent by a hub that has switched since: it did so a second ago. */
static bool
is_old_under_way(const struct state *s, uint32_t who, uint32_t generation)
{
	return s->was_sent && s->tag != (generation & 1) && s->seen[who].lives[s->sender] != 0;
}

/* etcd takes it only if nobody else has written since. */
static void
move(const struct state *s, uint32_t who)
{
	const stage_t stage = s->etcd.stage;
	const bool all_follow = sees_all_at(s, who, is_settled(stage) ? stage - 1 : stage);
	struct state next = *s;
	enum event event;

	if (s->seen[who].stage != stage || s->seen[who].lives[who] != s->hubs[who].life ||
		(!is_settled(stage) && sees_stray(s, who) && keeps(WAITS_FOR_STRAYS)))
		return;
	next.etcd.stage = stage + 1;
	if (is_settled(stage)) {
		event = PREPARES;
		if (generation_of(stage) == scenario.generations ||
			(!all_follow && keeps(ENDS_FIRST)) ||
			!find_wanted(s, who, next.sets[generation_of(stage) + 1]))
			return;
	} else if (is_prepare(stage)) {
		event = SWITCHES;
		if (!all_follow)
			return;
	} else {
		event = SETTLES;
		if (!all_follow ||
			(is_old_under_way(s, who, generation_of(stage)) && keeps(SETTLES_LATE)))
			return;
	}
	offer(&next, event, who, who);
}

/* Of all others, or of those that are its peers already. */
static bool
knows_interest(const struct state *s, uint32_t who, uint8_t others)
{
	return (s->seen[who].interest & ~s->hubs[who].wants & others & ~BIT(who)) == 0 ||
	       !keeps(INTEREST_FIRST);
}

/* What all that are registered have to have done before, and no other hub may undo. */
static bool
may_leave(const struct state *s, uint32_t who, stage_t stage)
{
	if (sees_stray(s, who) && keeps(WAITS_FOR_STRAYS))
		return false;
	if (has_lost_peer(s, who) && keeps(FORGETS_FIRST))
		return false;
	if (!sees_all_at(s, who, stage) && keeps(CHECKS_AGAIN))
		return false;
	if (is_prepare(stage))
		return knows_interest(s, who, ALL);
	return !is_old_under_way(s, who, generation_of(stage)) || !keeps(SETTLES_LATE);
}

/* Whether it cannot get there phase by phase: it has no generation, or one that others have not
 * waited for. */
static bool
must_jump(stage_t from, stage_t to)
{
	const uint32_t generation = generation_of(from), next = generation_of(to);

	return from == 0 || next > generation + 1 ||
	       (next == generation + 1 && (is_prepare(from) || is_settled(to)));
}

/* Others may be a phase ahead of it. */
static bool
is_ready(stage_t own, stage_t stage)
{
	return generation_of(own) == generation_of(stage) && own <= stage && own + 1 >= stage;
}

/* A hub that may register does so first. */
static bool
may_proceed(const struct state *s, uint32_t who)
{
	const stage_t own = s->hubs[who].stage;

	if (!has_applied(s, who))
		return false;
	if (!counts(s, who))
		return !is_ready(own, s->seen[who].stage) &&
		       (!is_prepare(own) || knows_interest(s, who, s->hubs[who].peers));
	return is_settled(own) ? has_all_peers(s, who) : may_leave(s, who, own);
}

/* Nobody waits for a hub that is not registered; and if it waited for others that are not either,
 * they might wait for it. */
static bool
must_forget(const struct state *s, uint32_t who)
{
	const stage_t own = s->hubs[who].stage, to = s->seen[who].stage;

	return !counts(s, who) && own < to && !is_ready(own, to) &&
	       (must_jump(own, to) || !is_settled(own)) && keeps(FORGETS_STRAYS);
}

static bool
has_strays(const struct state *s, uint32_t who)
{
	for (uint32_t i = 0; i < HUBS; i++)
		if ((s->hubs[who].peers >> i & 1) != 0 && s->seen[who].lives[i] == 0)
			return true;
	return false;
}

static void
follow(const struct state *s, uint32_t who)
{
	const stage_t own = s->hubs[who].stage, to = s->seen[who].stage;
	const bool jumps = must_jump(own, to);
	struct state next = *s;

	if (own >= to || (!jumps && !may_proceed(s, who)) ||
		(must_forget(s, who) && has_strays(s, who)))
		return;
	next.hubs[who].stage = jumps || !keeps(IN_ORDER) ? to : own + 1;
	offer(&next, FOLLOWS, who, who);
}

/* A set names it: others may have a link to it, and this hub must know that it lives. */
static bool
is_named(const struct state *s, uint32_t who, uint32_t whom)
{
	const stage_t to = s->seen[who].stage;
	const uint32_t generation = generation_of(to);

	return s->sets[generation][whom] != 0 ||
	       (!is_settled(to) && s->sets[generation - 1][whom] != 0);
}

/* All others have followed, so nobody has a link to those that are not registered. */
static bool
is_leaving(const struct state *s, uint32_t who)
{
	const stage_t own = s->hubs[who].stage;

	return !is_settled(own) && own < s->seen[who].stage && sees_all_at(s, who, own) &&
	       !sees_stray(s, who);
}

/* A peer whose key is gone stays as long as the link to it is up. */
static bool
may_forget(const struct state *s, uint32_t who, uint32_t whom)
{
	return (!is_up(s, who, whom) && (!is_named(s, who, whom) || is_leaving(s, who))) ||
	       must_forget(s, who);
}

/* Peers and what they want. */
static void
learn(const struct state *s, uint32_t who)
{
	const struct store *seen = &s->seen[who];
	const bool may_add = (s->were_registered >> who & 1) != 0 && has_applied(s, who) &&
	                     s->hubs[who].stage != 0 && !must_jump(s->hubs[who].stage, seen->stage);
	struct state next = *s;
	struct hub *hub = &next.hubs[who];

	for (uint32_t i = 0; i < HUBS; i++) {
		const bool is_published = (seen->published >> i & 1) != 0;

		if (i == who)
			continue;
		if (seen->lives[i] != 0 && may_add)
			hub->peers |= BIT(i);
		if ((hub->peers >> i & 1) == 0)
			continue;
		if (seen->lives[i] != 0) {
			if (is_published || !keeps(KEEPS_INTEREST))
				hub->wants &= ~BIT(i);
			hub->wants |= seen->interest & BIT(i);
		} else if (may_forget(s, who, i)) {
			hub->peers &= ~BIT(i);
			hub->wants &= ~BIT(i);
			lose_link(&next, who, i);
		}
	}
	offer(&next, LEARNS, who, who);
}

/* One of a former life is taken over as it is, with its lease. */
static bool
may_register(const struct state *s, uint32_t who)
{
	return s->etcd.lives[who] != 0 || !keeps(FOLLOWS_FIRST) ||
	       (has_applied(s, who) && is_ready(s->hubs[who].stage, s->etcd.stage));
}

static void
register_hub(const struct state *s, uint32_t who)
{
	const uint8_t drains = s->drains & BIT(who);
	struct state next = *s;

	if (!is_registered(s, who) && !may_register(s, who))
		return;
	if (s->etcd.lives[who] == 0)
		next.etcd.published &= ~BIT(who);
	next.etcd.lives[who] = next.seen[who].lives[who] = s->hubs[who].life;
	next.etcd.drains = (s->etcd.drains & ~BIT(who)) | drains;
	next.were_registered |= BIT(who);
	offer(&next, REGISTERS, who, who);
}

/* What a hub wants follows from what it serves. */
static void
publish(const struct state *s, uint32_t who)
{
	const bool wants = s->hubs[who].serves != 0;
	struct state next = *s;

	if (wants != (s->etcd.interest >> who & 1)) {
		next.etcd.interest ^= BIT(who);
		offer(&next, PUBLISHES, who, who);
		return;
	}
	next.etcd.published |= BIT(who);
	offer(&next, IS_PUBLISHED, who, who);
}

/* Links between hubs that live are up before a handover goes on. */
static bool
carries_to_next(const struct state *s, uint32_t who)
{
	const uint8_t *set = s->sets[generation_of(s->hubs[who].stage)];

	for (uint32_t i = 0; i < HUBS; i++)
		if (i != who && set[i] != 0 && set[i] == s->hubs[i].life && !are_apart(who, i) &&
			(s->hubs[who].carries >> i & 1) == 0)
			return false;
	return true;
}

static bool
has_prepared(const struct state *s, uint32_t who)
{
	const bool wants = s->hubs[who].serves != 0;

	return has_applied(s, who) && (carries_to_next(s, who) || !keeps(CARRIES_FIRST)) &&
	       (wants == (s->etcd.interest >> who & 1) || !keeps(INTEREST_FIRST));
}

/* How far a hub is. That it has settled is of no use to those who know that it has switched. What
 * it has said it takes back when it sees one that follows nothing. */
static void
place(const struct state *s, uint32_t who)
{
	const stage_t own = s->hubs[who].stage, to = s->seen[who].stage;
	const bool waits =
		sees_stray(s, who) && !(is_settled(to) && own == to) && keeps(WAITS_FOR_STRAYS);
	struct state next = *s;

	if (own > to || generation_of(own) != generation_of(to) || !has_prepared(s, who) ||
		(is_settled(own) && own == s->etcd.placed[who] + 1))
		return;
	next.etcd.placed[who] = waits ? 0 : own;
	offer(&next, PLACES, who, who);
}

static void
act(const struct state *s, uint32_t who)
{
	struct state next = *s;

	next.seen[who] = s->etcd;
	offer(&next, SEES, who, who);
	if (s->seen[who].stage == 0)
		return;
	register_hub(s, who);
	follow(s, who);
	learn(s, who);
	if (!is_registered(s, who))
		return;
	publish(s, who);
	place(s, who);
	move(s, who);
}

static void
end_lease(const struct state *s, uint32_t who)
{
	struct state next = *s;

	next.etcd.lives[who] = next.etcd.placed[who] = 0;
	next.etcd.interest &= ~BIT(who);
	next.etcd.published &= ~BIT(who);
	next.etcd.drains &= ~BIT(who);
	offer(&next, LEASE_ENDS, who, who);
}

static void
proceed_agent(const struct state *s, uint32_t who)
{
	const bool is_here = (s->agents >> who & 1) != 0;
	struct state next = *s;

	if (!is_here || s->hubs[who].life == 0)
		end_lease(s, who);
	if (!is_here) {
		next.agents |= BIT(who);
		offer(&next, AGENT_STARTS, who, who);
		return;
	}
	if ((scenario.agents_dying & ~s->agents_died & BIT(who)) != 0) {
		next.agents &= ~BIT(who);
		next.agents_died |= BIT(who);
		next.were_registered &= ~BIT(who);
		next.seen[who] = (struct store){0};
		offer(&next, AGENT_DIES, who, who);
	}
	if (s->hubs[who].life != 0)
		act(s, who);
}

static void
proceed(const struct state *s)
{
	for (uint32_t i = 0; i < HUBS; i++) {
		for (uint32_t j = 0; j < HUBS; j++)
			if (i != j && s->hubs[i].life != 0)
				proceed_link(s, i, j);
		proceed_hub(s, i);
		if (scenario.generations > 1)
			proceed_agent(s, i);
	}
	proceed_packet(s);
}

/* All have followed, and nobody wants another set. */
static bool
is_done(const struct state *s)
{
	uint8_t wanted[HUBS];

	for (uint32_t i = 0; i < HUBS; i++) {
		if (s->hubs[i].life == 0 || scenario.generations == 1)
			continue;
		if (s->hubs[i].stage != s->etcd.stage)
			return false;
		if (generation_of(s->etcd.stage) < scenario.generations &&
			find_wanted(s, i, wanted))
			return false;
	}
	return is_settled(s->etcd.stage);
}

static const char *
find_fault_at_rest(const struct state *s)
{
	uint32_t servers = 0;

	for (uint32_t i = 0; i < HUBS; i++)
		servers += s->hubs[i].serves == 3;
	if (!is_done(s))
		return "stuck";
	return servers == 1 || scenario.has_hellos || scenario.apart != 0 ? NULL
	                                                                  : "nobody or two serve";
}

static void
begin_links(struct state *s, uint32_t who)
{
	for (uint32_t i = 0; i < HUBS; i++) {
		if (i == who || s->hubs[i].life == 0)
			continue;
		s->hubs[who].peers |= BIT(i);
		if (are_apart(who, i))
			continue;
		s->sides[who][i] = (struct side){MCR_LINK_UP, s->hubs[i].life, 0};
		s->hubs[who].carries |= BIT(i);
	}
	s->hubs[who].takes = s->hubs[who].carries;
}

static void
begin_agents(struct state *s)
{
	for (uint32_t i = 0; i < HUBS; i++) {
		if (s->hubs[i].life == 0)
			continue;
		s->were_registered |= BIT(i);
		s->etcd.lives[i] = 1;
		s->etcd.placed[i] = s->etcd.stage;
		s->etcd.published |= BIT(i);
		if (s->hubs[i].serves != 0)
			s->etcd.interest |= BIT(i);
	}
	for (uint32_t i = 0; i < HUBS; i++) {
		if (s->hubs[i].life == 0)
			continue;
		s->seen[i] = s->etcd;
		s->hubs[i].wants = s->etcd.interest & ~BIT(i);
		/* Without agents that would follow, all hubs want the group. */
		if (scenario.generations == 1)
			s->hubs[i].wants = ALL & ~BIT(i);
	}
}

/* Generation 1 is settled. */
static void
begin(struct state *s)
{
	s->etcd.stage = 3;
	s->agents = ALL;
	for (uint32_t i = 0; i < HUBS; i++) {
		start_hub(s, i, ((scenario.arriving | scenario.absent) >> i & 1) == 0);
		s->hubs[i].stage = s->hubs[i].life != 0 ? s->etcd.stage : 0;
		s->sets[1][i] = scenario.set >> i & 1;
	}
	for (uint32_t i = 0; i < HUBS; i++)
		if (s->hubs[i].life != 0)
			begin_links(s, i);
	share_lists(s);
	for (uint32_t i = 0; i < HUBS; i++)
		s->hubs[i].serves = duty_of(s, i);
	begin_agents(s);
}

static void
print(const struct state *s)
{
	static const char phases[] = "spw";

	printf("etcd %u%c, hubs", generation_of(s->etcd.stage), phases[s->etcd.stage % 3]);
	for (uint32_t i = 0; i < HUBS; i++) {
		const struct hub *hub = &s->hubs[i];

		printf(" %c:%u%c serves %x to %x from %x,", 'A' + i, generation_of(hub->stage),
			phases[hub->stage % 3], hub->serves, hub->carries, hub->takes);
	}
	if (s->was_sent)
		printf(" packet of %c tag %u to %x received %u", 'A' + s->sender, s->tag,
			s->pending, s->received);
	printf("\n");
}

#endif
