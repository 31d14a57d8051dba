/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* The parts of an agent. Each part's next() gives its next action, if it has one. */

#ifndef MCR_DOMAIN_STATE_H
#define MCR_DOMAIN_STATE_H

#include "handover.h"
#include "interest.h"
#include "key.h"
#include "mcr_domain.h"
#include "record.h"

#define SECOND UINT64_C(1000000)

/* Longer keys are nobody's. */
#define ETCD_KEY_MAX 256

#define LINES_MAX 64
#define LINE_LEN 400

/* Lines to log, and the pace of those that others cause. */
struct lines {
	char *at[LINES_MAX];
	enum mcr_domain_level levels[LINES_MAX];
	uint32_t head;
	uint32_t count;
	char *shown; /* the last one given out */
	uint64_t refused;
	uint64_t pace_end;
	uint32_t paced;   /* complaints before pace_end */
	uint32_t unshown; /* of them without a line */
};

enum purpose {
	FOR_NOTHING, /* free */
	FOR_LOOK,    /* this hub's own record */
	FOR_LIST,
	FOR_LEASE,
	FOR_KEEP,
	FOR_ADOPT, /* a lease of an earlier life */
	FOR_RECORD,
	FOR_INTEREST,
	FOR_PLACEMENT,
	FOR_PLACED, /* this hub's key */
};

struct pending {
	enum purpose purpose;
	uint32_t id;
	int64_t lease;
	uint32_t count;
	uint32_t entries[MCR_DOMAIN_WRITES_MAX];
	uint8_t values[MCR_DOMAIN_WRITES_MAX];
	struct stage stage; /* that it says this hub has placed */
	int64_t seen;       /* last event of the placement, before a move of it */
};

enum step {
	STEP_WAIT,
	STEP_LOOK, /* does etcd still have the history? */
	STEP_LIST,
	STEP_SERVE,
};

/* Of a reason why etcd does not answer; the rest does not tell it from others. */
#define TOLD_MAX 128

/* The conversation with one endpoint of etcd. */
struct session {
	enum step step;
	uint32_t endpoint;
	uint32_t failures; /* in a row */
	uint64_t wait_end;
	uint64_t served_since;
	uint64_t down_since; /* 0: it is well */
	uint64_t told_down;  /* when a line said so */
	uint32_t told_count; /* reasons that lines have given since */
	char told[4][TOLD_MAX];
	uint32_t last_id;
	uint32_t watch; /* id of the request; 0: none */
	struct pending pending[MCR_DOMAIN_REQUESTS_MAX];
	uint64_t cluster;
	int64_t revision; /* all before is known; 0: nothing */
	int64_t written;  /* highest revision of a write */
	uint64_t behind_since;
	bool is_listed; /* once, at least */
	int64_t list_revision;
	uint32_t list_limit; /* keys of a page */
	char list_key[ETCD_KEY_MAX + 2];
};

/* This hub in etcd. */
struct own {
	bool exists; /* the record; what follows is of it */
	bool is_valid;
	struct record record;
	int64_t created;
	int64_t modified;
	int64_t lease;

	int64_t lease_id; /* of this agent; 0: none */
	int64_t dead_lease;
	int64_t known_lease; /* of which `known` of interest tells */
	uint64_t keep_at;
	bool must_look;
	uint64_t record_at; /* not written before */
	uint8_t doubled;    /* the time between, so often */
	bool is_published;
	bool held;       /* the record had the epoch of the hub as it runs now */
	int64_t told_of; /* modification of the foreign record that a line told of */
	bool was_registered;
	bool is_listed;

	struct interest interest;
	uint32_t batch; /* entries of the batch that are not sent */
	uint64_t batch_at;
};

/* In which generations a hub serves shared members; bit 0: of an even one, bit 1: of an odd one. */
#define SERVICE_UNKNOWN 0xff
struct service {
	uint8_t bits;
	char epoch[EPOCH_MAX]; /* of the hub that does; another is in no set */
};

enum peer_state {
	PEER_ABSENT, /* the hub does not know it */
	PEER_BEGIN,  /* it knows the peer, not its interest */
	PEER_SYNC,   /* it gets the interest, and forgets nothing meanwhile */
	PEER_READY,
};

struct peer {
	char name[NAME_MAX_LEN + 1];
	bool is_present; /* it has a good record in etcd */
	bool is_listed;
	/* No other hub has its address, and links to it have this hub's encap and a family. */
	bool is_usable;
	bool counts; /* a handover waits for it */
	struct record record;
	struct in6_addr reached_at; /* by this hub; none: they have no family in common */
	int64_t created;
	enum peer_state state;
	bool link_is_up;
	uint32_t seen;           /* by a survey of the hub's peers */
	uint32_t set_at;         /* survey at which it was set */
	struct in6_addr address; /* as the hub knows it */
	uint16_t udp_port;       /* likewise */
	bool is_refused;         /* by the hub, which has no room for it, say */
	uint64_t retry_at;       /* 0: at once */
	uint64_t again_at;       /* when all its keys are sent once more; 0: never */
	uint32_t refused;        /* keys, since all were sent */
	char refusal[101];       /* why the first of them was */
	char told[224];          /* what a line said of the hub's last refusal */
	struct interest interest;

	struct stage placed;    /* by its key; none: it has none, or a useless one */
	struct service service; /* as this hub was told */
	bool reach_is_told;
	bool serves_now; /* in the generation in force, as the hub says */
};

struct peers {
	struct peer **at; /* by name */
	uint32_t count;
	uint32_t room;
	uint32_t turn;     /* whose commands are next */
	uint32_t survey;   /* of the hub's peers */
	uint32_t keys;     /* of all of them */
	uint64_t idle_end; /* before it, there is nothing to tell the hub of them */
};

enum told {
	TOLD_NOTHING,
	TOLD_DOWN,
	TOLD_UP,
};

/* The link to another hub: as the hub has it, and what was notified of it. */
struct link {
	char name[NAME_MAX_LEN + 1];
	struct in6_addr address;
	bool is_up;
	bool is_seen;   /* by the survey that is going on */
	uint64_t since; /* it has been as it is */
	enum told told;
	struct in6_addr told_address;
};

struct links {
	struct link *at;
	uint32_t count;
	uint32_t room;
	uint32_t next;     /* place of the one that the hub is likely to list next */
	uint32_t turn;     /* whose notification is next */
	uint64_t patience; /* with a link that has never been up */
	uint64_t ready_at;
	bool has_surveyed;
	bool is_listed;              /* so were the hubs in etcd, when the last survey began */
	bool is_told;                /* a notification is under way */
	bool told_own;               /* that this hub is up */
	char *up;                    /* of the last notification */
	char text[ADDRESS_TEXT_MAX]; /* likewise */
};

enum question {
	ASK_NOTHING,
	ASK_DOMAIN,
	ASK_INTEREST,
	ASK_STATE,
	ASK_PEERS,
	ASK_PLACEMENT,
	ASK_SET,
	ASK_REMOVE,
	ASK_BEGIN,
	ASK_KEYS,
	ASK_END,
	/* Of placement. */
	ASK_SERVES,
	ASK_REACH,
	ASK_STAGE,
};

/* More than the shortest keys that fit into one request. */
#define KEYS_MAX 128

enum reading {
	READ_NOT,
	READ_WANTED, /* with the next question */
	READ_ASKED,
	READ_DONE, /* what was not in etcd by then is owed */
};

/* How far the hub has followed the placement. */
struct following {
	bool is_known;
	bool is_applied; /* `stage` */
	struct stage stage;
	struct stage applied;
	uint64_t at; /* when it is asked again */
	uint64_t retry_at;
	uint32_t turn;          /* the first peer that it may not have been told all of */
	struct service own;     /* what it was told of itself */
	struct service telling; /* what it is being told of a hub */
	struct stage asked;
	struct stage described; /* by services */
	bool serves_now;        /* some members */
	bool must_apply;        /* services were told since the stage was */
	enum reading reading;   /* of its interest, after it has prepared for */
	uint64_t read_generation;
	char told[224]; /* what a line said of its last refusal */
};

struct hub {
	bool is_connected;
	bool is_known;      /* what follows is right, as it last was */
	bool has_surveyed;  /* since it is connected */
	bool survey_counts; /* etcd was listed when it began */
	struct record record;
	bool takes_ipv6; /* networks; an older hub does not */
	uint64_t heard;  /* when it last answered well */
	bool told_unwell;

	enum question asked;
	struct peer *asked_of;
	uint32_t asked_keys[KEYS_MAX];
	uint8_t asked_values[KEYS_MAX];
	uint32_t asked_count;
	bool was_timed; /* the last question was one of those that time brings */

	uint64_t domain_at;
	uint64_t peers_at;
	uint32_t peers_offset;
	uint64_t interest_at;
	uint64_t since;
	uint64_t list_version;
	uint32_t interest_offset;
	bool is_whole; /* the list that is being read */
	bool is_complete;
	bool told_mismatch;
	char state[128];
	uint64_t state_at;
	struct following following;
};

enum move {
	MOVE_NONE,
	MOVE_RESTORE, /* the last good value */
	MOVE_CREATE,  /* etcd knows less than the hub: go on from there */
	MOVE_PREPARE,
	MOVE_SWITCH,
	MOVE_SETTLE,
};

/* Which hubs serve shared members, and what this agent may do about it. */
struct placement {
	struct handover handover; /* the last good value; stage none: there was none yet */
	bool exists;              /* in etcd */
	bool is_good;             /* what etcd has is `handover` */
	int64_t modified;         /* of the last event */
	int64_t written;          /* nothing is written before an event has shown this revision */

	struct stage placed; /* this hub's, in etcd */
	int64_t placed_modified;
	int64_t placed_lease;

	bool must_review; /* what follows */
	bool must_want;   /* of that, who counts and what is wanted: more than how far hubs are */
	bool counts;      /* this hub is one that a handover waits for */
	uint32_t count;   /* of such hubs */
	bool drains;      /* a hub of the set does */
	struct servers wanted;
	enum move move;
	uint64_t move_at;
	bool has_lost;       /* the record of a hub, since the last review */
	uint64_t unrest_end; /* of the time in which hubs that are gone may still be noticed */
	uint64_t switched_generation; /* of which all have switched; 0: of none */
	uint64_t switched_at;
	char waits_for[NAME_MAX_LEN + 1];
	uint64_t waits_since;
	uint64_t told_waiting;    /* generation, of a line */
	uint64_t told_digest_end; /* no further line before this */
};

struct mcr_domain {
	char name[NAME_MAX_LEN + 1];
	char hub_name[NAME_MAX_LEN + 1];
	char version[33];
	char prefix[NAME_MAX_LEN + 16]; /* of all keys of the domain */
	char prefix_end[NAME_MAX_LEN + 16];
	char own_key[2 * NAME_MAX_LEN + 32];
	char placement_key[NAME_MAX_LEN + 32];
	char placed_key[2 * NAME_MAX_LEN + 32];
	uint32_t endpoint_count;
	bool notifies;
	uint64_t wall_us;
	uint64_t random;
	uint64_t now; /* of the last call */

	struct lines lines;
	struct session session;
	struct own own;
	struct peers peers;
	struct links links;
	struct hub hub;
	struct placement placement;

	/* Of the last action. */
	char text[MCR_DOMAIN_ASK_MAX + 1];
	char value[RECORD_TEXT_MAX];
	char *long_value;
	char keys[MCR_DOMAIN_WRITES_MAX][ETCD_KEY_MAX];
	struct mcr_domain_write writes[MCR_DOMAIN_WRITES_MAX];
};

/* line.c */

void
mcr_domain_log(struct mcr_domain *domain, enum mcr_domain_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/** A key or value that is not used. */
void
mcr_domain_complain(struct mcr_domain *domain, uint64_t now, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool
mcr_domain_next_line(struct mcr_domain *domain, uint64_t now, struct mcr_domain_action *action);

/* session.c: what is asked of etcd, and in which order. */

bool
mcr_session_next(struct mcr_domain *domain, uint64_t now, struct mcr_domain_action *action);
uint64_t
mcr_session_wake(const struct mcr_domain *domain);
/** A request of this id and type in *action. @return NULL: as many as may be are under way. */
struct pending *
mcr_session_request(struct mcr_domain *domain, enum purpose purpose,
	enum mcr_domain_request_type type, struct mcr_domain_action *action);
bool
mcr_session_waits_for(const struct mcr_domain *domain, enum purpose purpose);

/* own.c: registration, and the interest of this hub on its way to etcd. */

bool
mcr_own_next(struct mcr_domain *domain, uint64_t now, struct mcr_domain_action *action);
uint64_t
mcr_own_wake(const struct mcr_domain *domain);
/** Keep the lease alive, whatever else is going on. */
bool
mcr_own_keep(struct mcr_domain *domain, uint64_t now, struct mcr_domain_action *action);
uint64_t
mcr_own_keep_wake(const struct mcr_domain *domain);
bool
mcr_own_is_registered(const struct mcr_domain *domain);
/** Whether others take the hub for registered: it has a record, if only of an agent before. */
bool
mcr_own_counts(const struct mcr_domain *domain);
/** The record that has this hub's name and is another's. NULL: it is free, or ours. */
const struct record *
mcr_own_find_holder(const struct mcr_domain *domain);
void
mcr_own_see_record(struct mcr_domain *domain, const struct mcr_domain_kv *kv);
void
mcr_own_see_interest(struct mcr_domain *domain, const char *key, const struct mcr_domain_kv *kv);
/** The store starts again with other revisions. */
void
mcr_own_forget_revisions(struct mcr_domain *domain);
/** The hub runs, or runs again: its record is new. */
void
mcr_own_see_hub(struct mcr_domain *domain);
void
mcr_own_begin_list(struct mcr_domain *domain);
void
mcr_own_end_list(struct mcr_domain *domain);
void
mcr_own_reply(struct mcr_domain *domain, uint64_t now, struct pending *pending,
	const struct mcr_domain_reply *reply);
/** A request is lost. */
void
mcr_own_drop(struct mcr_domain *domain, struct pending *pending);
/** The hub has a value for a key. */
void
mcr_own_want(struct mcr_domain *domain, const struct mcr_group_key *key, enum value value);

/* peer.c: the other hubs, as etcd has them. */

void
mcr_peers_free(struct peers *peers);
struct peer *
mcr_peers_find(const struct peers *peers, const char *name);
/** Find or add. @return NULL: no room. */
struct peer *
mcr_peers_get(struct mcr_domain *domain, const char *name);
void
mcr_peers_see_record(
	struct mcr_domain *domain, uint64_t now, const char *name, const struct mcr_domain_kv *kv);
void
mcr_peers_see_interest(
	struct mcr_domain *domain, uint64_t now, const char *rest, const struct mcr_domain_kv *kv);
void
mcr_peers_begin_list(struct mcr_domain *domain);
void
mcr_peers_end_list(struct mcr_domain *domain);
/** This hub's address is known, or another: who may be used? */
void
mcr_peers_review(struct mcr_domain *domain);
/** The first of the hubs to which there is no link, as neither family is common. */
const struct peer *
mcr_peers_find_apart(const struct mcr_domain *domain, uint32_t *count);
/** Forget a peer of which nothing is known any more. @return Whether it is gone. */
bool
mcr_peers_forget(struct mcr_domain *domain, struct peer *peer);

/* command.c: what the hub is told about the others. */

bool
mcr_command_next(struct mcr_domain *domain, uint64_t now, struct mcr_domain_action *action);
/** Something has happened that it may have to be told. */
void
mcr_command_look_again(struct mcr_domain *domain);
/** Whether what was asked was a command. */
bool
mcr_command_was_asked(const struct mcr_domain *domain);
/** @param message Why it is refused, all or in part; NULL: it is done. */
void
mcr_command_answered(
	struct mcr_domain *domain, uint64_t now, const char *message, uint32_t refused);
/** The hub starts, ends or is busy: nothing has changed. */
void
mcr_command_put_off(struct mcr_domain *domain, uint64_t until);
/** The hub has forgotten all, or is away. */
void
mcr_command_restart(struct mcr_domain *domain);

/* placement.c: which hubs serve shared members, and how far they have followed. */

bool
mcr_placement_next(struct mcr_domain *domain, uint64_t now, struct mcr_domain_action *action);
uint64_t
mcr_placement_wake(const struct mcr_domain *domain);
/** Something has changed that it follows from. */
void
mcr_placement_review_later(struct mcr_domain *domain);
void
mcr_placement_reply(struct mcr_domain *domain, const struct pending *pending,
	const struct mcr_domain_reply *reply);
/** Whether the handover waits for a hub longer than it should. */
bool
mcr_placement_is_late(const struct mcr_domain *domain);
/** Whether all have switched for so long that nothing of the generation before is under way. */
bool
mcr_placement_is_over(const struct mcr_domain *domain, const struct stage *stage, uint64_t now);
/** Whether all hubs that count have got as far as a stage, and none may have without saying. */
bool
mcr_placement_is_followed(const struct mcr_domain *domain, const struct stage *stage);
/** Whether a hub is one of those that serve, or that did before the handover. */
bool
mcr_placement_names(const struct mcr_domain *domain, const char *name);
void
mcr_placement_free(struct placement *placement);

/* placement_seen.c: what etcd has of it. */

void
mcr_placement_see(struct mcr_domain *domain, uint64_t now, const struct mcr_domain_kv *kv);
void
mcr_placement_see_placed(
	struct mcr_domain *domain, uint64_t now, const char *name, const struct mcr_domain_kv *kv);
/** This hub's record is gone, and what it has placed is void for others. */
void
mcr_placement_doubt_placed(struct mcr_domain *domain);
void
mcr_placement_begin_list(struct mcr_domain *domain);
void
mcr_placement_end_list(struct mcr_domain *domain);
void
mcr_placement_forget_revisions(struct mcr_domain *domain);
/** The revision of the last change of its key, for a guard. */
int64_t
mcr_placement_revision(const struct mcr_domain *domain);

/* wanted.c: which hubs should serve. */

/** Who counts, and the set that is wanted. */
void
mcr_placement_want(struct mcr_domain *domain);
/** Whether a hub is not registered, and would follow handovers if it was. */
bool
mcr_placement_is_stray(const struct mcr_domain *domain, const struct peer *peer);
/** @return One of them to which the link is up, or NULL. */
const struct peer *
mcr_placement_find_stray(const struct mcr_domain *domain);
/** @return The first hub with another file, or NULL. @param[out] count Of them. */
const char *
mcr_placement_find_other(const struct mcr_domain *domain, uint32_t *count);
void
mcr_placement_tell_digests(struct mcr_domain *domain, uint64_t now);

/* serve.c: what the hub is told of the placement. */

bool
mcr_serve_next(struct mcr_domain *domain, uint64_t now, struct mcr_domain_action *action);
/** Whether what was asked was one of its commands. */
bool
mcr_serve_was_asked(const struct mcr_domain *domain);
/** @param message Why it is refused; NULL: it is done. */
void
mcr_serve_answered(struct mcr_domain *domain, uint64_t now, const char *message);
/** The hub starts, ends or is busy: nothing has changed. */
void
mcr_serve_put_off(struct mcr_domain *domain, uint64_t until);
/** How far the hub says that it is. */
void
mcr_serve_take(struct mcr_domain *domain, uint64_t now, const struct stage *stage, bool is_applied);
/** Nothing is known of what the hub was told. */
void
mcr_serve_restart(struct mcr_domain *domain);
/** What the hub must be told may have changed. */
void
mcr_serve_tell_later(struct mcr_domain *domain);
/** Whether the hub may have peers: it is in the generation of the domain. */
bool
mcr_serve_is_current(const struct mcr_domain *domain);
/** Whether the hub is to leave a phase that all have followed. */
bool
mcr_serve_is_leaving(const struct mcr_domain *domain);
/** Whether the hub goes on without peers that are not registered. */
bool
mcr_serve_must_forget(const struct mcr_domain *domain);
/** Whether the hub may be a peer of others: it is where all of them may be. */
bool
mcr_serve_is_ready(const struct mcr_domain *domain);

/* links.c: the links to other hubs, and what is notified of them. */

void
mcr_links_free(struct links *links);
/** The hub is new, or was away. */
void
mcr_links_restart(struct mcr_domain *domain);
/** How long it takes the hub to detect that another one is dead. */
void
mcr_links_see_detection(struct mcr_domain *domain, uint64_t time);
/** A peer as a survey of the hub finds it. */
void
mcr_links_see(struct mcr_domain *domain, uint64_t now, const char *name,
	const struct in6_addr *address, bool is_up);
void
mcr_links_end_survey(struct mcr_domain *domain, uint64_t now);
bool
mcr_links_next(struct mcr_domain *domain, uint64_t now, struct mcr_domain_action *action);

/* hub.c: what the hub is asked. */

bool
mcr_hub_next(struct mcr_domain *domain, uint64_t now, struct mcr_domain_action *action);
uint64_t
mcr_hub_wake(const struct mcr_domain *domain);

/* agent.c */

uint64_t
mcr_domain_random(struct mcr_domain *domain, uint64_t below);
void
mcr_domain_write_state(const struct mcr_domain *domain, char *text, size_t size);

#endif
