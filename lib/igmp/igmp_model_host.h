/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* The model of hosts behind a member, for immediate leave. */

#ifndef MCR_IGMP_MODEL_HOST_H
#define MCR_IGMP_MODEL_HOST_H

#include "igmp_model_state.h"

static inline bool
model_is_other(const struct model *m, const struct model_group *g, uint32_t host)
{
	return host != m->reporter && g->hosts[host].end > m->now;
}

/* The sources that hosts other than the reporter may want. */
static inline uint32_t
model_wanted(const struct model *m, const struct model_group *g)
{
	uint32_t set = 0;

	if (!m->immediate_leave || g->unknown_end > m->now)
		return MODEL_ALL;
	for (uint32_t i = 0; i < MODEL_HOSTS; i++) {
		const struct model_host *host = &g->hosts[i];

		if (model_is_other(m, g, i))
			set |= host->exclude || host->many ? MODEL_ALL : host->set;
	}
	return set;
}

static inline bool
model_is_last(const struct model *m, const struct model_group *g)
{
	for (uint32_t i = 0; i < MODEL_HOSTS; i++) {
		if (model_is_other(m, g, i))
			return false;
	}
	return m->immediate_leave && g->unknown_end <= m->now;
}

static inline void
model_follow_host(struct model_host *host, int type, uint32_t set)
{
	if (type == MCR_IGMP_IS_EX || type == MCR_IGMP_TO_EX)
		*host = (struct model_host){.end = host->end, .exclude = true};
	else if (type == MCR_IGMP_TO_IN && (host->exclude || set == 0))
		*host = (struct model_host){.end = host->end};
	if (host->exclude || host->many)
		return;
	host->set = type == MCR_IGMP_BLOCK ? host->set & ~set : host->set | set;
	host->many = __builtin_popcount(host->set) > MODEL_LISTED;
	if (host->set == 0)
		host->end = 0;
}

static inline void
model_note_host(struct model *m, const struct model_link *link, struct model_group *g, int type,
	uint32_t set)
{
	const bool asks = type == MCR_IGMP_IS_EX || type == MCR_IGMP_TO_EX ||
	                  (type != MCR_IGMP_BLOCK && set != 0);
	const bool is_known =
		m->reporter != MODEL_UNKNOWN_HOST && g->hosts[m->reporter].end > m->now;
	uint32_t count = 0;

	for (uint32_t i = 0; i < MODEL_HOSTS; i++)
		count += g->hosts[i].end > m->now;
	if (!m->immediate_leave || (!asks && !is_known))
		return;
	if (!is_known && (m->reporter == MODEL_UNKNOWN_HOST || count == MODEL_MAX_HOSTS)) {
		g->unknown_end = m->now + model_gmi(m, link);
		return;
	}
	if (!is_known)
		g->hosts[m->reporter] = (struct model_host){0};
	g->hosts[m->reporter].end = m->now + model_gmi(m, link);
	model_follow_host(&g->hosts[m->reporter], type, set);
}

/* All hosts become unknown. */
static inline void
model_reload(struct model *m, bool immediate_leave)
{
	for (uint32_t i = 0; i < MODEL_MEMBERS * MODEL_GROUPS; i++) {
		const struct model_link *link = &m->links[i / MODEL_GROUPS];
		struct model_group *g = &m->links[i / MODEL_GROUPS].groups[i % MODEL_GROUPS];

		if (m->immediate_leave == immediate_leave || (!g->exclude && g->known == 0))
			continue;
		memset(g->hosts, 0, sizeof(g->hosts));
		g->unknown_end = m->now + model_gmi(m, link);
	}
	m->immediate_leave = immediate_leave;
}

#endif
