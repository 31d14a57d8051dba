/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * A model of what hubs do with shared members, in the plainest way: who serves one is found each
 * time, by asking all hubs in the order of the member's choice.
 */

#ifndef MCR_DOMAIN_MODEL_PLACEMENT_H
#define MCR_DOMAIN_MODEL_PLACEMENT_H

#include "model_hub.h"

/* Members are in one of two networks. */
#define NETWORK_OF(member) (1u << ((member)&1))
#define NOBODY UINT32_MAX
/* A hub takes so long at most to commit its lists. */
#define APPLY_WITHIN (UINT64_C(60) * 1000)

/* A set of hubs, bit by bit. */
#define SET_WORDS ((HUBS + 63) / 64)
struct model_set {
	uint64_t words[SET_WORDS];
};

/* What hubs know at once, as if hellos took no time. */
struct model_links {
	struct model_set up[HUBS];
	struct model_set alive[HUBS]; /* by a link, or by a peer's */
};

static uint32_t model_choices[SHARED][HUBS]; /* of each member, best first */

static bool
model_has(const struct model_set *set, uint32_t hub)
{
	return (set->words[hub / 64] >> (hub % 64) & 1) != 0;
}

static void
model_add(struct model_set *set, uint32_t hub)
{
	set->words[hub / 64] |= UINT64_C(1) << (hub % 64);
}

static const char *const model_networks[] = {
	"", "10.1.0.0/16", "10.2.0.0/16", "0.0.0.0/0 10.1.0.0/16"};

static uint8_t
model_read_networks(const char *text)
{
	for (uint8_t i = 1; i < RTE_DIM(model_networks); i++)
		if (strcmp(text, model_networks[i]) == 0)
			return i;
	return 0;
}

static void
model_find_alive(const struct model_hub *hubs, struct model_links *links)
{
	for (uint32_t i = 0; i < HUBS; i++) {
		struct model_set peers = {0}, *alive = &links->alive[i];

		*alive = links->up[i];
		for (uint32_t by = 0; by < HUBS; by++) {
			if (hubs[i].peers[by].is_set)
				model_add(&peers, by);
			for (uint32_t word = 0; model_has(&links->up[i], by) && word < SET_WORDS;
				word++)
				alive->words[word] |= links->up[by].words[word];
		}
		/* Hellos name hubs by what their receiver knows of them. */
		for (uint32_t word = 0; word < SET_WORDS; word++)
			alive->words[word] &= peers.words[word];
		model_add(alive, i);
	}
}

static uint32_t
model_weight(uint32_t hub, uint32_t member)
{
	uint64_t x = (hub + 1) * UINT64_C(0x9e3779b97f4a7c15) ^
	             (member + 1) * UINT64_C(0xc2b2ae3d27d4eb4f);

	x ^= x >> 29;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	return x >> 32;
}

/* By weights. */
static void
model_choose(void)
{
	for (uint32_t member = 0; member < SHARED; member++) {
		uint32_t *choices = model_choices[member];

		for (uint32_t i = 0; i < HUBS; i++) {
			uint32_t at = i;

			for (; at > 0 &&
				model_weight(choices[at - 1], member) < model_weight(i, member);
				at--)
				choices[at] = choices[at - 1];
			choices[at] = i;
		}
	}
}

/* @return Who serves the member by the sets of a parity, as hub `at` sees it, or NOBODY. */
static uint32_t
model_server(const struct model_hub *hubs, const struct model_links *links, uint32_t at,
	uint32_t member, uint32_t parity)
{
	const struct model_hub *hub = &hubs[at];

	for (uint32_t choice = 0; choice < HUBS; choice++) {
		const uint32_t i = model_choices[member][choice];
		const struct model_service *service = &hub->applied.services[i];

		if ((service->bits >> parity & 1) != 0 && service->epoch == hubs[i].epoch &&
			model_has(&links->alive[at], i) &&
			((i == at ? hub->networks : hub->reach[i]) & NETWORK_OF(member)) != 0)
			return i;
	}
	return NOBODY;
}

/* @return Bit t: hub `at` gives the member packets of tag t. */
static uint8_t
model_mask(
	const struct model_hub *hubs, const struct model_links *links, uint32_t at, uint32_t member)
{
	const struct model_stage *stage = &hubs[at].applied;
	uint8_t mask = 0;

	if (!hubs[at].is_up || !hubs[at].is_shared || stage->phase == 0)
		return 0;
	if (stage->phase == 3)
		return model_server(hubs, links, at, member, stage->generation & 1) == at ? 3 : 0;
	for (uint32_t tag = 0; tag < 2; tag++)
		if (model_server(hubs, links, at, member, tag) == at)
			mask |= 1 << tag;
	return mask;
}

/* The tag of packets of a hub's own members. */
static uint32_t
model_tag(const struct model_hub *hub)
{
	return (hub->applied.generation - (hub->applied.phase == 1)) & 1;
}

static void
model_apply(struct model_hub *hub, uint64_t now)
{
	if (!hub->is_applied && now >= hub->apply_at) {
		hub->applied = hub->told;
		hub->is_applied = true;
		hub->is_stale = true;
	}
}

static const char *const model_phases[] = {"none", "prepare", "switch", "settled"};

/* @return What is wrong with it, or NULL. */
static const char *
model_tell_stage(struct model_hub *hub, const char *text, uint64_t now, uint64_t delay)
{
	const struct model_stage *last = &hub->told;
	const uint64_t generation = strtoull(text, NULL, 10);
	uint32_t phase = 1;

	while (phase < 4 && strcmp(strchr(text, ',') + 1, model_phases[phase]) != 0)
		phase++;
	if (phase == 4 || !hub->follows)
		return "no phase";
	if (generation < last->generation ||
		(generation == last->generation && phase < last->phase))
		return "it goes back";
	if (generation == last->generation && phase > last->phase + 1)
		return "it skips a phase";
	if (generation == last->generation + 1 && last->phase != 0 &&
		!(last->phase == 3 && phase == 1) && phase != 3 && last->phase != 1)
		return "the generation before is not settled";
	hub->told.generation = generation;
	hub->told.phase = phase;
	memcpy(hub->told.services, hub->staged, sizeof(hub->staged));
	hub->is_applied = false;
	hub->apply_at = now + delay;
	return NULL;
}

/* Whether a hub serves in the generation that is in force at this one. */
static bool
model_serves(const struct model_hub *hub, uint32_t who)
{
	return (hub->applied.services[who].bits >> model_tag(hub) & 1) != 0;
}

static void
model_answer_placement(struct model_hub *hub, uint64_t now, char *answer)
{
	uint32_t serves = 0;

	model_apply(hub, now);
	for (uint32_t i = 0; i < SHARED; i++)
		serves += hub->serves[i];
	sprintf(answer,
		"{\"/mcdpdk/placement\":{\"generation\":%lu,\"phase\":\"%s\",\"applied\":%d,"
		"\"serves\":%u}}",
		(unsigned long)hub->told.generation, model_phases[hub->told.phase], hub->is_applied,
		serves);
}

static void
model_update_shared(struct model_hub *hubs, const struct model_links *links, uint32_t at)
{
	for (uint32_t i = 0; i < SHARED; i++) {
		hubs[at].serves[i] = model_mask(hubs, links, at, i) != 0;
		model_update_key(&hubs[at], SHARED_KEY(i));
	}
}

#endif
