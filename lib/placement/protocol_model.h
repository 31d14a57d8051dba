/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * Three hubs, one shared member and one packet on its way, for placement_protocol_test.c. The
 * member weighs hub A most and C least, so each case of other weights is one with other names.
 *
 * There is no clock. Whatever may take a while takes any while: a hello that is lost or late is one
 * that does not happen, and a hub may take its peer for dead at any time. What a time is to ensure
 * is a condition, each of which is an assumption about times, named in enum rule.
 *
 * The sessions are lib/link's, and the choice is lib/placement's.
 */

#ifndef MCR_PLACEMENT_PROTOCOL_MODEL_H
#define MCR_PLACEMENT_PROTOCOL_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>

#define HUBS 3
#define ALL (BIT(HUBS) - 1)
#define BIT(n) (1u << (n))
#define GENERATIONS 3

/* What the protocol rests on. A test leaves one out, and something must go wrong. */
enum rule {
	/* A hub takes data of a peer only while its own session with it is up, */
	TAKES_OF_PEERS_UP,
	/* and has been for so long that what was sent before has arrived, and that it has given up
	 * what others have to serve by the peer's list: the detection time. */
	TAKES_LATE,
	/* It carries to a peer when all others know that by its lists, or have taken it for dead,
	 * and have acted on it: a detection time and two intervals. */
	CARRIES_LATE,
	/* It serves what it takes over when what was sent before has arrived: 20 ms. */
	SERVES_LATE,
	/* Hubs with members of their own, too, list to whom they carry. */
	ALL_SEND_LISTS,
	/* A hub that restarted is none of a set that names its former life. */
	SETS_NAME_LIVES,
	/* Packets have tags. */
	TAGS,
	/* A hub follows a handover only while all hubs to which it has a link are registered, */
	WAITS_FOR_STRAYS,
	/* and after it has forgotten the peers that are not and are out of reach, */
	FORGETS_FIRST,
	/* and all that are have followed so far, by what it knows itself; */
	CHECKS_AGAIN,
	/* one phase after the other, */
	IN_ORDER,
	/* when its lists say so. */
	APPLIES_FIRST,
	/* A hub follows a phase when what it wants is in etcd, and it knows what others want. */
	INTEREST_FIRST,
	/* A handover begins when all that are registered have followed the last one. */
	ENDS_FIRST,
	/* Hubs of the next set get what is sent to them before that is relied on. */
	CARRIES_FIRST,
	/* Old tags have arrived when the old set ends: a second. */
	SETTLES_LATE,
	/* A hub that registers has followed to where etcd is, but for a phase of the generation, in
	 * one transaction. */
	FOLLOWS_FIRST,
	/* One that is not registered follows without peers that are not either. */
	FORGETS_STRAYS,
	/* What a hub wanted counts until all that it wants now is in etcd. */
	KEEPS_INTEREST,
};

/* Which phase of which generation: settled(g) is 3 g, then come prepare(g + 1), switch(g + 1). */
typedef uint8_t stage_t;

struct store {
	stage_t stage;
	uint8_t lives[HUBS];  /* registered; 0: not */
	stage_t placed[HUBS]; /* 0: none */
	uint8_t drains;       /* hubs; so are the next ones */
	uint8_t published;
	uint8_t interest;
};

struct hub {
	uint8_t life;    /* 0: dead */
	stage_t stage;   /* 0: none */
	uint8_t serves;  /* the member, by tags */
	uint8_t peers;   /* that it was told of */
	uint8_t wants;   /* peers that want the member's group, as it was told */
	uint8_t carries; /* to peers */
	uint8_t takes;   /* data of peers */
};

/* What one hub knows of another. */
struct side {
	uint8_t state; /* enum mcr_link_state */
	uint8_t heard; /* life; 0: unknown */
	uint8_t list;
};

struct state {
	struct hub hubs[HUBS];
	struct side sides[HUBS][HUBS];
	uint8_t sets[GENERATIONS + 1][HUBS]; /* life of a hub in the set; 0: not in it */
	struct store etcd;
	struct store seen[HUBS]; /* what an agent knows of etcd; stage 0: nothing */
	uint8_t agents;          /* alive */
	uint8_t were_registered; /* hubs, by their agents, which have lived since */
	uint8_t drains;          /* hubs */
	uint8_t died;            /* hubs */
	uint8_t restarted;
	uint8_t agents_died;
	uint8_t was_sent; /* the packet is on its way */
	uint8_t sender;   /* the first hub */
	uint8_t tag;
	uint8_t pending; /* hubs that will get it */
	uint8_t early;   /* of them, those that take the member over since it was sent */
	uint8_t received;
};

/* What may happen. Masks are of hubs. */
struct scenario {
	uint8_t set; /* the first one */
	uint8_t generations;
	uint8_t senders;
	uint8_t local;     /* they serve no shared member */
	uint8_t arriving;  /* dead at first */
	uint8_t absent;    /* dead for good */
	uint8_t cut;       /* at any time they and others take each other for dead */
	uint8_t apart;     /* they have no links */
	uint8_t dying;     /* once */
	uint8_t returning; /* then */
	uint8_t draining;
	uint8_t agents_dying;  /* once */
	uint8_t prompt;        /* their agents see at once what etcd has */
	bool has_hellos;       /* each hello counts; else links are up when both hubs are */
	bool loses_nothing;    /* each packet arrives */
	uint32_t broken_rules; /* bits of enum rule */
};

enum event {
	HEARS,
	MISSES,
	LOST,
	CARRIES,
	DIES,
	STARTS,
	GIVES_UP,
	TAKES_OVER,
	DRAINS,
	SENDS,
	RECEIVES,
	LOSES,
	SEES,
	REGISTERS,
	PREPARES,
	SWITCHES,
	SETTLES,
	FOLLOWS,
	LEARNS,
	PUBLISHES,
	IS_PUBLISHED,
	PLACES,
	AGENT_DIES,
	AGENT_STARTS,
	LEASE_ENDS,
};

static const char *const event_names[] = {
	[HEARS] = "hears a hello of",
	[MISSES] = "takes for dead",
	[LOST] = "misses, as it should,",
	[CARRIES] = "carries to",
	[DIES] = "dies",
	[STARTS] = "starts",
	[GIVES_UP] = "gives the member up",
	[TAKES_OVER] = "takes the member over",
	[DRAINS] = "drains",
	[SENDS] = "sends a packet",
	[RECEIVES] = "receives it",
	[LOSES] = "does not take it",
	[SEES] = "sees what etcd has",
	[REGISTERS] = "registers",
	[PREPARES] = "writes prepare",
	[SWITCHES] = "writes switch",
	[SETTLES] = "writes settled",
	[FOLLOWS] = "is told the phase",
	[LEARNS] = "is told of its peers",
	[PUBLISHES] = "publishes its interest",
	[IS_PUBLISHED] = "has published it all",
	[PLACES] = "says that it follows",
	[AGENT_DIES] = "loses its agent",
	[AGENT_STARTS] = "has an agent again",
	[LEASE_ENDS] = "is not registered",
};

#include "explore.h"

static const char *
name_event(uint8_t event)
{
	return event_names[event];
}

static struct scenario scenario;
/* By eligible hubs: the one that serves. */
static uint8_t server_of[ALL + 1];

static bool
keeps(enum rule rule)
{
	return (scenario.broken_rules & BIT(rule)) == 0;
}

static void
offer(const struct state *next, enum event event, uint32_t who, uint32_t whom)
{
	const bool is_forced = event != DIES && event != DRAINS && event != SENDS &&
	                       event != AGENT_DIES && event != MISSES;

	explore_offer(*next, (struct label){event, who, whom, is_forced});
}

#endif
