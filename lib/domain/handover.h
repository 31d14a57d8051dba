/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* The value of the key `placement`: which hubs serve shared members, and how far the handover to
 * them has got. */

#ifndef MCR_DOMAIN_HANDOVER_H
#define MCR_DOMAIN_HANDOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "record.h"

/* Of hubs in a set: more than a hub may have peers. */
#define SERVERS_MAX 2048
/* Some more than two sets of the longest names need. */
#define HANDOVER_TEXT_MAX (SERVERS_MAX * 2 * (NAME_MAX_LEN + EPOCH_MAX + 4) + 128)
/* Numbers that a double has exactly, as the hub's answers are read. */
#define GENERATION_MAX (UINT64_C(1) << 53)

enum phase {
	PHASE_NONE,
	PHASE_PREPARE, /* members that arrive are served beside those that leave */
	PHASE_SWITCH,  /* each hub sends by the new generation when it is ready to */
	PHASE_SETTLED,
};

/* How far a hub, or the domain, is. */
struct stage {
	uint64_t generation; /* 0: none */
	enum phase phase;
};

struct server {
	char name[NAME_MAX_LEN + 1];
	char epoch[EPOCH_MAX];
};

/* Each hub once, by name. */
struct servers {
	struct server *at;
	uint32_t count;
};

struct handover {
	struct stage stage;
	struct servers hubs; /* of the generation */
	struct servers from; /* of the one before; empty when settled, or unknown */
};

/** @return NULL, or what is wrong with the text. Freed by the caller, if it is right. */
const char *
mcr_handover_parse(const char *text, struct handover *handover);

/** @return Freed by the caller. NULL: no memory. */
char *
mcr_handover_format(const struct handover *handover);

void
mcr_handover_free(struct handover *handover);

/** "GENERATION PHASE". */
#define STAGE_TEXT_MAX 32
void
mcr_stage_format(const struct stage *stage, char *text);
/** Only the text that mcr_stage_format() writes of a phase is one. */
bool
mcr_stage_parse(const char *text, struct stage *stage);

/** @return Below, at or above 0: `a` is before, the same as, or after `b`. */
int
mcr_stage_compare(const struct stage *a, const struct stage *b);

/** @return "none", "prepare", "switch" or "settled". */
const char *
mcr_phase_name(enum phase phase);
/** @return Whether the text is the name of a phase. */
bool
mcr_phase_parse(const char *text, enum phase *phase);

/** @return NULL: it is not in the set. */
const struct server *
mcr_servers_find(const struct servers *servers, const char *name);
bool
mcr_servers_equal(const struct servers *a, const struct servers *b);
/** Put in order what was added. */
void
mcr_servers_sort(struct servers *servers);
/** @return false: no memory. */
bool
mcr_servers_copy(const struct servers *from, struct servers *to);

#endif
