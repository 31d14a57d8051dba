/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * A reference model of RFC 9776's router side: sets are bit masks, the tables stand as the RFC
 * prints them, and time passes in ticks of 100 ms.
 */

#ifndef MCR_IGMP_MODEL_H
#define MCR_IGMP_MODEL_H

#include "igmp_model_host.h"

/* A query as a number, to sort and compare. */
static inline uint32_t
model_query(uint32_t member, uint32_t group, bool suppress, uint32_t sources)
{
	return member << 24 | group << 16 | (uint32_t)suppress << 8 | sources;
}

static inline void
model_note_query(struct model *m, const struct model_link *link, uint32_t group, bool suppress,
	uint32_t sources)
{
	if (m->sent_count < MODEL_MAX_SENT)
		m->sent[m->sent_count++] =
			model_query((uint32_t)(link - m->links), group, suppress, sources);
}

static inline uint64_t
model_lmqt(const struct model *m, const struct model_link *link)
{
	return link->robustness * m->last_member_interval;
}

/* The set A or X: records whose timers run. */
static inline uint32_t
model_running(const struct model *m, const struct model_group *g)
{
	uint32_t set = 0;

	for (uint32_t s = 0; s < MODEL_SOURCES; s++) {
		if ((g->known >> s & 1) != 0 && g->source_end[s] > m->now)
			set |= 1u << s;
	}
	return set;
}

static inline void
model_set_timers(struct model_group *g, uint32_t set, uint64_t end)
{
	for (uint32_t s = 0; s < MODEL_SOURCES; s++) {
		if ((set >> s & 1) != 0)
			g->source_end[s] = end;
	}
	g->known |= set;
}

static inline void
model_delete(struct model_group *g, uint32_t set)
{
	for (uint32_t s = 0; s < MODEL_SOURCES; s++) {
		if ((set >> s & 1) == 0)
			continue;
		g->source_end[s] = 0;
		g->source_queries[s] = 0;
	}
	g->known &= ~set;
}

/* INCLUDE {} has no record. */
static inline void
model_forget_empty(struct model_group *g)
{
	if (!g->exclude && g->known == 0)
		memset(g, 0, sizeof(*g));
}

static inline void
model_switch_to_include(struct model *m, struct model_group *g)
{
	model_delete(g, g->known & ~model_running(m, g));
	g->exclude = false;
	g->group_end = 0;
	g->group_queries = 0;
}

static inline uint64_t
model_own_lmqt(const struct model *m)
{
	return m->robustness * m->last_member_interval;
}

static inline void
model_ask_sources(struct model *m, struct model_link *link, struct model_group *g, uint32_t set)
{
	const uint32_t wanted = model_wanted(m, g);

	for (uint32_t s = 0; s < MODEL_SOURCES; s++) {
		if ((set >> s & 1) == 0)
			continue;
		if ((wanted >> s & 1) == 0) {
			g->source_end[s] = 0;
			g->source_queries[s] = 0;
			if (!g->exclude)
				model_delete(g, 1u << s);
		} else if (link->querier && g->source_end[s] > m->now + model_lmqt(m, link)) {
			g->source_end[s] = m->now + model_lmqt(m, link);
			g->source_queries[s] = link->robustness;
			g->next_query = m->now;
		}
	}
}

static inline void
model_ask_group(struct model *m, struct model_link *link, struct model_group *g)
{
	if (model_is_last(m, g)) {
		model_switch_to_include(m, g);
		return;
	}
	if (!link->querier)
		return;
	if (g->group_end > m->now + model_lmqt(m, link))
		g->group_end = m->now + model_lmqt(m, link);
	g->group_queries = link->robustness;
	g->next_query = m->now;
}

/* 6.4.1 and 6.4.2, INCLUDE (A). */
static inline void
model_record_in_include(
	struct model *m, struct model_link *link, struct model_group *g, int type, uint32_t b)
{
	const uint64_t gmi = m->now + model_gmi(m, link);
	const uint32_t a = model_running(m, g);

	switch (type) {
	case MCR_IGMP_IS_IN:
	case MCR_IGMP_ALLOW:
		model_set_timers(g, b, gmi);
		break;
	case MCR_IGMP_IS_EX:
	case MCR_IGMP_TO_EX:
		g->exclude = true;
		model_set_timers(g, b & ~a, 0);
		model_delete(g, a & ~b);
		if (type == MCR_IGMP_TO_EX)
			model_ask_sources(m, link, g, a & b);
		g->group_end = gmi;
		break;
	case MCR_IGMP_TO_IN:
		model_set_timers(g, b, gmi);
		model_ask_sources(m, link, g, a & ~b);
		break;
	case MCR_IGMP_BLOCK:
		model_ask_sources(m, link, g, a & b);
		break;
	}
}

/* 6.4.1 and 6.4.2, EXCLUDE (X,Y). */
static inline void
model_record_in_exclude(
	struct model *m, struct model_link *link, struct model_group *g, int type, uint32_t a)
{
	const uint64_t gmi = m->now + model_gmi(m, link);
	const uint32_t x = model_running(m, g);
	const uint32_t y = g->known & ~x;

	switch (type) {
	case MCR_IGMP_IS_IN:
	case MCR_IGMP_ALLOW:
		model_set_timers(g, a, gmi);
		break;
	case MCR_IGMP_IS_EX:
		model_set_timers(g, a & ~x & ~y, gmi);
		model_delete(g, (x & ~a) | (y & ~a));
		g->group_end = gmi;
		break;
	case MCR_IGMP_TO_EX:
		model_set_timers(g, a & ~x & ~y, g->group_end);
		model_delete(g, (x & ~a) | (y & ~a));
		model_ask_sources(m, link, g, a & ~y);
		g->group_end = gmi;
		break;
	case MCR_IGMP_TO_IN:
		model_set_timers(g, a, gmi);
		model_ask_sources(m, link, g, x & ~a);
		model_ask_group(m, link, g);
		break;
	case MCR_IGMP_BLOCK:
		model_set_timers(g, a & ~x & ~y, g->group_end);
		model_ask_sources(m, link, g, a & ~y);
		break;
	}
}

/* 7.3.2. */
static inline uint32_t
model_version(const struct model *m, const struct model_group *g)
{
	return g->v1_end > m->now ? 1 : g->v2_end > m->now ? 2 : 3;
}

/* @return false when an older host forbids it. */
static inline bool
model_record(struct model *m, uint32_t member, uint32_t group, int type, uint32_t set)
{
	struct model_link *link = &m->links[member];
	struct model_group *g = &link->groups[group];
	const uint32_t version = model_version(m, g);

	if (version < 3 && type == MCR_IGMP_BLOCK)
		return false;
	if (version < 2 && type == MCR_IGMP_TO_IN)
		return false;
	if (version < 3 && type == MCR_IGMP_TO_EX)
		set = 0;
	model_note_host(m, link, g, type, set);
	if (g->exclude)
		model_record_in_exclude(m, link, g, type, set);
	else
		model_record_in_include(m, link, g, type, set);
	model_forget_empty(g);
	return true;
}

static inline void
model_older_report(struct model *m, uint32_t member, uint32_t group, uint32_t version)
{
	struct model_link *link = &m->links[member];
	struct model_group *g = &link->groups[group];
	const uint64_t end =
		m->now + link->robustness * link->query_interval + m->response_interval;

	model_record(m, member, group, MCR_IGMP_IS_EX, 0);
	if (version == 1)
		g->v1_end = end;
	else
		g->v2_end = end;
}

/* 6.6.1. */
static inline void
model_hear_specific(struct model *m, uint32_t member, uint32_t group, uint32_t set)
{
	struct model_link *link = &m->links[member];
	struct model_group *g = &link->groups[group];
	const uint64_t end = m->now + model_lmqt(m, link);

	if (set == 0 && g->exclude && g->group_end > end)
		g->group_end = end;
	for (uint32_t s = 0; s < MODEL_SOURCES; s++) {
		if ((set >> s & 1) != 0 && g->source_end[s] > end)
			g->source_end[s] = end;
	}
}

/* 6.6.2. Robustness or interval 0: our own. */
static inline void
model_hear_general(
	struct model *m, uint32_t member, uint32_t sender, uint32_t robustness, uint32_t interval)
{
	struct model_link *link = &m->links[member];

	if (sender == 0 || sender >= m->address ||
		(link->other_querier != 0 && sender > link->other_querier))
		return;
	robustness = robustness != 0 ? robustness : m->robustness;
	interval = interval != 0 ? interval : m->query_interval;
	link->other_querier = sender;
	link->other_querier_end = m->now + robustness * interval + m->response_interval / 2;
	if (m->always_querier)
		return;
	link->querier = false;
	link->startup_queries_left = 0;
	link->robustness = robustness;
	link->query_interval = interval;
}

static inline void
model_send_pending(struct model *m, struct model_link *link, uint32_t group)
{
	struct model_group *g = &link->groups[group];
	uint32_t high = 0, low = 0;
	bool left;

	if (g->group_queries > 0) {
		model_note_query(m, link, group + 1, g->group_end > m->now + model_own_lmqt(m), 0);
		g->group_queries--;
	}
	left = g->group_queries > 0;
	for (uint32_t s = 0; s < MODEL_SOURCES; s++) {
		if (g->source_queries[s] == 0)
			continue;
		if (g->source_end[s] > m->now + model_own_lmqt(m))
			high |= 1u << s;
		else
			low |= 1u << s;
		left |= --g->source_queries[s] > 0;
	}
	if (high != 0)
		model_note_query(m, link, group + 1, true, high);
	if (low != 0)
		model_note_query(m, link, group + 1, false, low);
	g->next_query = left ? m->now + m->last_member_interval : 0;
}

static inline void
model_run_querier(struct model *m, struct model_link *link)
{
	if (link->other_querier != 0 && link->other_querier_end <= m->now) {
		link->other_querier = 0;
		if (!link->querier) {
			link->querier = true;
			link->robustness = m->robustness;
			link->query_interval = m->query_interval;
			link->next = m->now;
		}
	}
	if (link->next > m->now)
		return;
	if (link->startup_queries_left > 0)
		link->startup_queries_left--;
	link->next = m->now +
	             (link->startup_queries_left > 0 ? m->query_interval / 4 : m->query_interval);
	model_note_query(m, link, 0, false, 0);
}

static inline void
model_expire(struct model *m, struct model_group *g)
{
	if (g->exclude && g->group_end <= m->now)
		model_switch_to_include(m, g);
	if (!g->exclude)
		model_delete(g, g->known & ~model_running(m, g));
	for (uint32_t s = 0; s < MODEL_SOURCES; s++) {
		if (g->source_end[s] <= m->now)
			g->source_queries[s] = 0;
	}
	model_forget_empty(g);
}

static inline void
model_settle(struct model *m)
{
	for (uint32_t i = 0; i < MODEL_MEMBERS; i++) {
		model_run_querier(m, &m->links[i]);
		for (uint32_t group = 0; group < MODEL_GROUPS; group++) {
			struct model_group *g = &m->links[i].groups[group];

			model_expire(m, g);
			if (g->next_query != 0 && g->next_query <= m->now)
				model_send_pending(m, &m->links[i], group);
		}
	}
}

static inline void
model_pass(struct model *m, uint32_t ticks)
{
	for (uint32_t i = 0; i < ticks; i++) {
		m->now++;
		model_settle(m);
	}
}

static inline void
model_start(struct model *m)
{
	for (uint32_t i = 0; i < MODEL_MEMBERS; i++) {
		m->links[i].querier = true;
		m->links[i].robustness = m->robustness;
		m->links[i].query_interval = m->query_interval;
		m->links[i].startup_queries_left = m->robustness;
		m->links[i].next = m->now;
	}
	model_settle(m);
}

/* 6.3. */
static inline bool
model_forwards(const struct model *m, uint32_t member, uint32_t group, uint32_t source)
{
	const struct model_group *g = &m->links[member].groups[group];
	const bool running = (model_running(m, g) >> source & 1) != 0;

	return g->exclude ? running || (g->known >> source & 1) == 0 : running;
}

#endif
