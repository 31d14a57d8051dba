/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* What the hubs of protocol_model.h do, and what happens to them, their links and the packet. */

#ifndef MCR_PLACEMENT_PROTOCOL_HUBS_H
#define MCR_PLACEMENT_PROTOCOL_HUBS_H

#include "mcr_link.h"
#include "mcr_placement.h"
#include "mcr_session.h"
#include "protocol_model.h"

/* Stages. */

static uint32_t
generation_of(stage_t stage)
{
	return (stage + 2) / 3;
}

static bool
is_settled(stage_t stage)
{
	return stage % 3 == 0;
}

static bool
is_prepare(stage_t stage)
{
	return stage % 3 == 1;
}

static uint8_t
tag_of(stage_t stage)
{
	return (generation_of(stage) - is_prepare(stage)) & 1;
}

/* Who serves? */

/* A member that weighs A most and C least. */
static void
choose_servers(void)
{
	struct mcr_placement_hub hubs[HUBS] = {{.id = 'A'}, {.id = 'B'}, {.id = 'C'}};
	struct mcr_placement_member member = {0};

	while (mcr_placement_weight('A', member.hash) < mcr_placement_weight('B', member.hash) ||
		mcr_placement_weight('B', member.hash) < mcr_placement_weight('C', member.hash))
		member.hash++;
	for (uint32_t eligible = 0; eligible <= ALL; eligible++) {
		for (uint32_t i = 0; i < HUBS; i++) {
			hubs[i].is_alive = (eligible >> i & 1) != 0;
			hubs[i].serves = 1;
			hubs[i].network_count = 1;
		}
		server_of[eligible] = mcr_placement_choose(hubs, HUBS, &member, 0);
	}
}

static bool
is_up(const struct state *s, uint32_t who, uint32_t whom)
{
	return s->sides[who][whom].state == MCR_LINK_UP;
}

static uint8_t
list_of(const struct state *s, uint32_t who)
{
	uint8_t list = 0;

	if ((scenario.local >> who & 1) != 0 && !keeps(ALL_SEND_LISTS))
		return 0;
	for (uint32_t i = 0; i < HUBS; i++)
		if (i != who && is_up(s, who, i))
			list |= BIT(i);
	return list;
}

static bool
is_alive_at(const struct state *s, uint32_t who, uint32_t whom, const uint8_t set[HUBS])
{
	if (set[whom] == 0)
		return false;
	if (who == whom)
		return set[who] == s->hubs[who].life;
	if (is_up(s, who, whom))
		return s->sides[who][whom].heard == set[whom] || !keeps(SETS_NAME_LIVES);
	for (uint32_t i = 0; i < HUBS; i++)
		if (i != who && is_up(s, who, i) && (s->sides[who][i].list >> whom & 1) != 0)
			return true;
	return false;
}

static bool
is_server(const struct state *s, uint32_t who, uint32_t generation)
{
	uint32_t eligible = 0;

	for (uint32_t i = 0; i < HUBS; i++)
		if (is_alive_at(s, who, i, s->sets[generation]))
			eligible |= BIT(i);
	return eligible != 0 && server_of[eligible] == who;
}

/* The tags of the packets that a hub has to give to the member. */
static uint8_t
duty_of(const struct state *s, uint32_t who)
{
	const stage_t stage = s->hubs[who].stage;
	const uint32_t generation = generation_of(stage);
	uint8_t duty = 0;

	if (stage == 0)
		return 0;
	if (is_settled(stage))
		return is_server(s, who, generation) ? 3 : 0;
	if (is_server(s, who, generation))
		duty |= BIT(generation & 1);
	if (is_server(s, who, generation - 1))
		duty |= BIT((generation - 1) & 1);
	return duty;
}

static bool
serves_too_much(const struct state *s, uint32_t who)
{
	return (s->hubs[who].serves & ~duty_of(s, who)) != 0;
}

static bool
has_applied(const struct state *s, uint32_t who)
{
	return s->hubs[who].serves == duty_of(s, who) || !keeps(APPLIES_FIRST);
}

/* Links. */

static void
lose_link(struct state *s, uint32_t who, uint32_t whom)
{
	s->sides[who][whom] = (struct side){.state = MCR_LINK_DOWN};
	s->hubs[who].carries &= ~BIT(whom);
	s->hubs[who].takes &= ~BIT(whom);
}

static bool
may_take(const struct state *s, uint32_t who, uint32_t whom)
{
	const bool is_under_way = s->was_sent && s->sender == whom && (s->pending >> who & 1) != 0;

	return is_up(s, who, whom) && (s->hubs[who].takes >> whom & 1) == 0 &&
	       (!keeps(TAKES_LATE) || (!is_under_way && !serves_too_much(s, who)));
}

/* Whether a hub acts on what this one's list says, or has taken it for dead. */
static bool
knows_list(const struct state *s, uint32_t who, uint32_t of)
{
	const struct side *side = &s->sides[who][of];
	const uint8_t list = list_of(s, of) & ~BIT(who);

	if (s->hubs[who].life == 0 || side->state != MCR_LINK_UP || side->heard != s->hubs[of].life)
		return true;
	return (list & ~side->list) == 0 && !serves_too_much(s, who);
}

static bool
may_carry(const struct state *s, uint32_t who, uint32_t whom)
{
	if (!is_up(s, who, whom) || (s->hubs[who].carries >> whom & 1) != 0)
		return false;
	if (!keeps(CARRIES_LATE))
		return true;
	for (uint32_t i = 0; i < HUBS; i++)
		if (i != who && !knows_list(s, i, who))
			return false;
	return !serves_too_much(s, who) && (s->hubs[whom].takes >> who & 1) != 0;
}

static void
hear(struct state *s, uint32_t who, uint32_t whom)
{
	const uint8_t life = s->hubs[who].life, other = s->hubs[whom].life;
	struct side *side = &s->sides[who][whom];
	struct mcr_link_session session = {
		.self = {.discriminator = life, .interval = 1, .multiplier = 3, .epoch = life},
		.state = side->state,
		.peer = {.my_discriminator = side->heard, .epoch = side->heard},
	};
	const struct mcr_link_hello hello = {
		.state = s->sides[whom][who].state,
		.multiplier = 3,
		.my_discriminator = other,
		.your_discriminator = s->sides[whom][who].heard,
		.interval = 1,
		.epoch = other,
	};
	const unsigned int events = mcr_session_receive(&session, &hello, 1);

	if ((events & MCR_LINK_DISCARDED) != 0)
		return;
	if (session.state != MCR_LINK_UP || (events & MCR_LINK_WENT_DOWN) != 0)
		lose_link(s, who, whom);
	side->state = session.state;
	side->heard = other;
	if (side->state == MCR_LINK_UP)
		side->list = list_of(s, whom) & ~BIT(who);
}

static bool
are_apart(uint32_t a, uint32_t b)
{
	return (scenario.apart & (BIT(a) | BIT(b))) != 0;
}

static bool
are_peers(const struct state *s, uint32_t a, uint32_t b)
{
	return !are_apart(a, b) && s->hubs[a].life != 0 && s->hubs[b].life != 0 &&
	       (s->hubs[a].peers >> b & 1) != 0 && (s->hubs[b].peers >> a & 1) != 0;
}

/* Without hellos a link comes up at both ends, and lists are known at once. */
static void
connect_hubs(struct state *s, uint32_t who, uint32_t whom)
{
	if (who > whom || s->sides[who][whom].state == MCR_LINK_UP ||
		s->sides[whom][who].state == MCR_LINK_UP)
		return;
	s->sides[who][whom] = (struct side){MCR_LINK_UP, s->hubs[whom].life, 0};
	s->sides[whom][who] = (struct side){MCR_LINK_UP, s->hubs[who].life, 0};
}

/* Without hellos this says also what they would say. */
static bool
is_gone(const struct state *s, uint32_t who, uint32_t whom)
{
	const uint8_t heard = s->sides[who][whom].heard;

	return heard != 0 &&
	       (heard != s->hubs[whom].life || (!scenario.has_hellos && !is_up(s, whom, who)));
}

static bool
may_miss(const struct state *s, uint32_t who, uint32_t whom)
{
	const uint8_t both = BIT(who) | BIT(whom);

	return s->sides[who][whom].heard != 0 && (scenario.cut & both) != 0;
}

static void
proceed_link(const struct state *s, uint32_t who, uint32_t whom)
{
	struct state next = *s;

	if (are_peers(s, who, whom)) {
		if (scenario.has_hellos)
			hear(&next, who, whom);
		else
			connect_hubs(&next, who, whom);
		offer(&next, HEARS, who, whom);
	}
	if (may_carry(s, who, whom)) {
		next = *s;
		next.hubs[who].carries |= BIT(whom);
		offer(&next, CARRIES, who, whom);
	}
	if (is_gone(s, who, whom) || may_miss(s, who, whom)) {
		next = *s;
		lose_link(&next, who, whom);
		offer(&next, is_gone(s, who, whom) ? LOST : MISSES, who, whom);
	}
}

static void
share_lists(struct state *s)
{
	for (uint32_t i = 0; i < HUBS; i++)
		for (uint32_t j = 0; j < HUBS; j++)
			if (is_up(s, i, j) && s->sides[i][j].heard == s->hubs[j].life)
				s->sides[i][j].list = list_of(s, j) & ~BIT(i);
}

/* Hubs. */

static bool
may_serve(const struct state *s, uint32_t who)
{
	return !keeps(SERVES_LATE) || (s->pending & s->early & BIT(who)) == 0;
}

static void
start_hub(struct state *s, uint32_t who, uint8_t life)
{
	s->hubs[who] = (struct hub){.life = life};
	/* Without agents that follow, it is told of all peers, and of no generation. */
	if (life != 0 && scenario.generations == 1)
		s->hubs[who].peers = ALL & ~BIT(who);
	s->drains &= ~BIT(who);
	for (uint32_t i = 0; i < HUBS; i++)
		s->sides[who][i] = (struct side){.state = MCR_LINK_DOWN};
}

static void
proceed_life(const struct state *s, uint32_t who)
{
	struct state next = *s;

	if (s->hubs[who].life != 0 && (scenario.dying & ~s->died & BIT(who)) != 0) {
		start_hub(&next, who, 0);
		next.died |= BIT(who);
		offer(&next, DIES, who, who);
	}
	if (s->hubs[who].life == 0 &&
		((scenario.returning | scenario.arriving) & ~s->restarted & BIT(who)) != 0) {
		next = *s;
		start_hub(&next, who, 2);
		next.restarted |= BIT(who);
		offer(&next, STARTS, who, who);
	}
	if (s->hubs[who].life != 0 && (scenario.draining & ~s->drains & BIT(who)) != 0) {
		next = *s;
		next.drains |= BIT(who);
		offer(&next, DRAINS, who, who);
	}
}

static void
proceed_hub(const struct state *s, uint32_t who)
{
	const uint8_t duty = duty_of(s, who);
	struct state next = *s;

	proceed_life(s, who);
	if (serves_too_much(s, who)) {
		next.hubs[who].serves &= duty;
		offer(&next, GIVES_UP, who, who);
	}
	if ((duty & ~s->hubs[who].serves) != 0 && may_serve(s, who)) {
		next = *s;
		next.hubs[who].serves |= duty;
		offer(&next, TAKES_OVER, who, who);
	}
}

/* A packet. */

static uint8_t
copies_at(const struct state *s, uint32_t who)
{
	if (!keeps(TAGS))
		return s->hubs[who].serves != 0;
	return s->hubs[who].serves >> s->tag & 1;
}

static void
send_packet(const struct state *s, uint32_t who)
{
	struct state next = *s;

	if ((scenario.senders >> who & 1) == 0 || s->hubs[who].life == 0)
		return;
	next.was_sent = true;
	next.sender = who;
	next.tag = tag_of(s->hubs[who].stage);
	next.pending = s->hubs[who].carries & s->hubs[who].wants;
	next.received = copies_at(&next, who);
	offer(&next, SENDS, who, who);
}

static void
receive_packet(const struct state *s, uint32_t who)
{
	const uint8_t takes = keeps(TAKES_OF_PEERS_UP) ? s->hubs[who].takes : ALL;
	const bool is_taken = s->hubs[who].life != 0 && (takes >> s->sender & 1) != 0;
	struct state next = *s;

	if ((s->pending >> who & 1) == 0)
		return;
	next.pending &= ~BIT(who);
	next.early &= ~BIT(who);
	if (is_taken)
		next.received += copies_at(s, who);
	offer(&next, is_taken ? RECEIVES : LOSES, who, who);
}

static void
proceed_packet(const struct state *s)
{
	for (uint32_t i = 0; i < HUBS; i++)
		if (s->was_sent)
			receive_packet(s, i);
		else
			send_packet(s, i);
}

static void
end_packet(struct state *s)
{
	const bool is_wrong = s->received > 1 || (scenario.loses_nothing && s->received == 0);

	if (s->was_sent && s->pending == 0 && !is_wrong)
		s->was_sent = s->sender = s->tag = s->early = s->received = 0;
}

/*
 * Who takes over, takes data and carries as soon as it may does most to make a duplicate: what
 * could happen later is left out where only duplicates are looked for.
 */
static void
hurry(struct state *s)
{
	for (uint32_t i = 0; i < HUBS; i++)
		if (!scenario.loses_nothing && s->hubs[i].life != 0 && may_serve(s, i))
			s->hubs[i].serves |= duty_of(s, i);
	for (uint32_t i = 0; i < HUBS * HUBS; i++)
		if (may_take(s, i / HUBS, i % HUBS))
			s->hubs[i / HUBS].takes |= BIT(i % HUBS);
	for (uint32_t i = 0; i < HUBS * HUBS; i++)
		if (!scenario.loses_nothing && may_carry(s, i / HUBS, i % HUBS))
			s->hubs[i / HUBS].carries |= BIT(i % HUBS);
}

static void
complete(struct state *s)
{
	if (!scenario.has_hellos)
		share_lists(s);
	for (uint32_t i = 0; i < HUBS; i++)
		if ((scenario.prompt & s->agents & BIT(i)) != 0)
			s->seen[i] = s->etcd;
	for (uint32_t i = 0; i < HUBS; i++)
		if ((duty_of(s, i) & ~s->hubs[i].serves) != 0)
			s->early |= s->pending & BIT(i);
	hurry(s);
	end_packet(s);
}

static const char *
find_fault(const struct state *s)
{
	if (s->received > 1)
		return "twice";
	return s->was_sent && s->pending == 0 && s->received == 0 ? "lost" : NULL;
}

#endif
