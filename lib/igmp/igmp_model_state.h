/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#ifndef MCR_IGMP_MODEL_STATE_H
#define MCR_IGMP_MODEL_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "mcr_igmp.h"

#define MODEL_MEMBERS 2
#define MODEL_GROUPS 2
#define MODEL_SOURCES 5
#define MODEL_ALL ((1u << MODEL_SOURCES) - 1)
#define MODEL_MAX_SENT 4096
#define MODEL_HOSTS 3
#define MODEL_UNKNOWN_HOST MODEL_HOSTS
#define MODEL_MAX_HOSTS 2
#define MODEL_LISTED 4 /* tracked sources of a host */

/* A.2. */
struct model_host {
	uint64_t end;
	bool exclude, many;
	uint32_t set;
};

struct model_group {
	bool exclude;
	uint32_t known;
	uint64_t source_end[MODEL_SOURCES];
	uint64_t group_end; /* in EXCLUDE mode */
	uint64_t v1_end, v2_end;
	uint32_t group_queries;
	uint32_t source_queries[MODEL_SOURCES];
	uint64_t next_query; /* 0: none pending */
	struct model_host hosts[MODEL_HOSTS];
	uint64_t unknown_end;
};

struct model_link {
	bool querier;
	uint32_t other_querier; /* 0: none present */
	uint32_t robustness, query_interval, startup_queries_left;
	uint64_t next;
	uint64_t other_querier_end;
	struct model_group groups[MODEL_GROUPS];
};

struct model {
	uint32_t robustness, query_interval, response_interval, last_member_interval;
	bool immediate_leave, always_querier;
	uint32_t reporter; /* MODEL_UNKNOWN_HOST: older, or without an address */
	uint32_t address;
	uint64_t now;
	struct model_link links[MODEL_MEMBERS];
	uint32_t sent[MODEL_MAX_SENT]; /* see model_note_query() */
	uint32_t sent_count;
};

static inline uint64_t
model_gmi(const struct model *m, const struct model_link *link)
{
	return link->robustness * link->query_interval + 2 * m->response_interval;
}

#endif
