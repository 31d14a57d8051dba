/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <rte_common.h>
#include <rte_debug.h>

#include "state.h"

/* Of a page, some 2 MB of JSON; fewer after a failure, for values may be large. */
#define LIST_LIMIT 5000
#define LIST_LIMIT_MIN 20
/* Well below the lease: a short absence of etcd must not end it. */
#define BACKOFF_MIN (SECOND / 10)
#define BACKOFF_MAX (3 * SECOND)
/* An endpoint that was well for so long is tried again at once. */
#define WELL_AFTER (5 * SECOND)
/* The watch shows this agent's own writes; one that does not is dead. */
#define BEHIND_MAX (5 * SECOND)
#define REMIND (60 * SECOND)

bool
mcr_session_waits_for(const struct mcr_domain *domain, enum purpose purpose)
{
	for (uint32_t i = 0; i < MCR_DOMAIN_REQUESTS_MAX; i++)
		if (domain->session.pending[i].purpose == purpose)
			return true;
	return false;
}

static uint32_t
next_id(struct session *session)
{
	session->last_id++;
	if (session->last_id == 0)
		session->last_id++;
	return session->last_id;
}

struct pending *
mcr_session_request(struct mcr_domain *domain, enum purpose purpose,
	enum mcr_domain_request_type type, struct mcr_domain_action *action)
{
	struct pending *pending = domain->session.pending;

	while (pending->purpose != FOR_NOTHING)
		if (++pending == domain->session.pending + MCR_DOMAIN_REQUESTS_MAX)
			return NULL;
	pending->purpose = purpose;
	pending->id = next_id(&domain->session);
	pending->count = 0;
	pending->lease = 0;
	action->type = MCR_DOMAIN_REQUEST;
	action->request = (struct mcr_domain_request){.type = type, .id = pending->id};
	return pending;
}

static void
drop_all(struct mcr_domain *domain)
{
	struct session *session = &domain->session;

	for (uint32_t i = 0; i < MCR_DOMAIN_REQUESTS_MAX; i++) {
		if (session->pending[i].purpose != FOR_NOTHING)
			mcr_own_drop(domain, &session->pending[i]);
		session->pending[i].purpose = FOR_NOTHING;
	}
	session->watch = 0;
	session->behind_since = 0;
}

static void
start_list(struct mcr_domain *domain)
{
	struct session *session = &domain->session;

	session->step = STEP_LIST;
	session->watch = 0;
	session->revision = 0;
	session->list_revision = 0;
	snprintf(session->list_key, sizeof(session->list_key), "%s", domain->prefix);
	mcr_own_begin_list(domain);
	mcr_peers_begin_list(domain);
	mcr_placement_begin_list(domain);
}

static void
connect_next(struct mcr_domain *domain, struct mcr_domain_action *action)
{
	struct session *session = &domain->session;

	action->type = MCR_DOMAIN_CONNECT;
	action->endpoint = session->endpoint;
	domain->own.keep_at = 0;
	if (session->revision > 0)
		session->step = STEP_LOOK;
	else
		start_list(domain);
}

static bool
ask_look(struct mcr_domain *domain, struct mcr_domain_action *action)
{
	if (mcr_session_waits_for(domain, FOR_LOOK) ||
		mcr_session_request(domain, FOR_LOOK, MCR_DOMAIN_LIST, action) == NULL)
		return false;
	action->request.key = domain->own_key;
	action->request.limit = 1;
	/* Fails if more was compacted than the agent has seen. A watch from the very revision that
	 * was compacted does not fail, but misses its deletions (etcd 3.4, 3.5). */
	if (domain->session.step == STEP_LOOK)
		action->request.revision = domain->session.revision;
	return true;
}

static bool
ask_list(struct mcr_domain *domain, struct mcr_domain_action *action)
{
	if (mcr_session_waits_for(domain, FOR_LIST) ||
		mcr_session_request(domain, FOR_LIST, MCR_DOMAIN_LIST, action) == NULL)
		return false;
	action->request.key = domain->session.list_key;
	action->request.end = domain->prefix_end;
	if (domain->session.list_limit == 0)
		domain->session.list_limit = LIST_LIMIT;
	action->request.limit = domain->session.list_limit;
	action->request.revision = domain->session.list_revision;
	return true;
}

static bool
ask_watch(struct mcr_domain *domain, struct mcr_domain_action *action)
{
	struct session *session = &domain->session;

	if (session->watch != 0)
		return false;
	session->watch = next_id(session);
	action->type = MCR_DOMAIN_REQUEST;
	action->request = (struct mcr_domain_request){
		.type = MCR_DOMAIN_WATCH,
		.id = session->watch,
		.key = domain->prefix,
		.end = domain->prefix_end,
		.revision = session->revision + 1,
	};
	return true;
}

bool
mcr_session_next(struct mcr_domain *domain, uint64_t now, struct mcr_domain_action *action)
{
	struct session *session = &domain->session;

	if (session->behind_since != 0 && now >= session->behind_since + BEHIND_MAX)
		mcr_domain_etcd_failed(domain, now, "the watch does not advance");
	if (session->step != STEP_WAIT && mcr_own_keep(domain, now, action))
		return true;
	switch (session->step) {
	case STEP_WAIT:
		if (now < session->wait_end)
			return false;
		connect_next(domain, action);
		return true;
	case STEP_LOOK:
		return ask_look(domain, action);
	case STEP_LIST:
		return ask_list(domain, action);
	default:
		if (ask_watch(domain, action))
			return true;
		if (domain->own.must_look)
			return ask_look(domain, action);
		return mcr_own_next(domain, now, action) || mcr_placement_next(domain, now, action);
	}
}

uint64_t
mcr_session_wake(const struct mcr_domain *domain)
{
	const struct session *session = &domain->session;
	uint64_t wake =
		session->behind_since == 0 ? UINT64_MAX : session->behind_since + BEHIND_MAX;

	if (session->step == STEP_WAIT)
		return session->wait_end;
	wake = RTE_MIN(wake, mcr_own_keep_wake(domain));
	if (session->step != STEP_SERVE)
		return wake;
	wake = RTE_MIN(wake, mcr_own_wake(domain));
	return RTE_MIN(wake, mcr_placement_wake(domain));
}

static void
serve(struct mcr_domain *domain, uint64_t now)
{
	struct session *session = &domain->session;

	session->step = STEP_SERVE;
	session->served_since = now;
	if (session->down_since != 0)
		mcr_domain_log(domain, MCR_DOMAIN_NOTICE, "etcd answers again, after %" PRIu64 " s",
			(now - session->down_since) / SECOND);
	session->down_since = 0;
}

/* The rest of the key behind the prefix of the domain and a word like "hubs/", or NULL. */
static const char *
behind(const struct mcr_domain *domain, const char *key, const char *word)
{
	const size_t len = strlen(domain->prefix);

	if (strncmp(key, domain->prefix, len) != 0 || strncmp(key + len, word, strlen(word)) != 0)
		return NULL;
	return key + len + strlen(word);
}

static const char *
behind_own(const struct mcr_domain *domain, const char *rest)
{
	const size_t len = strlen(domain->hub_name);

	return strncmp(rest, domain->hub_name, len) == 0 && rest[len] == '/' ? rest + len + 1
	                                                                     : NULL;
}

static void
see_interest(
	struct mcr_domain *domain, uint64_t now, const char *rest, const struct mcr_domain_kv *kv)
{
	const char *own = behind_own(domain, rest);

	if (own != NULL)
		mcr_own_see_interest(domain, own, kv);
	else
		mcr_peers_see_interest(domain, now, rest, kv);
}

static void
see(struct mcr_domain *domain, uint64_t now, const struct mcr_domain_kv *kv)
{
	const char *hub = behind(domain, kv->key, "hubs/");
	const char *interest = behind(domain, kv->key, "interest/");
	const char *placed = behind(domain, kv->key, "placed/");

	if (strcmp(kv->key, domain->own_key) == 0) {
		if (kv->value != NULL && kv->lease == 0)
			mcr_domain_complain(domain, now,
				"hub %s: its record, which is of this hub's name, has no lease: it "
				"is replaced",
				domain->hub_name);
		mcr_own_see_record(domain, kv);
	} else if (hub != NULL) {
		mcr_peers_see_record(domain, now, hub, kv);
	} else if (interest != NULL) {
		see_interest(domain, now, interest, kv);
	} else if (placed != NULL) {
		mcr_placement_see_placed(domain, now, placed, kv);
	} else if (strcmp(kv->key, domain->placement_key) == 0) {
		mcr_placement_see(domain, now, kv);
	} else if (kv->value != NULL) {
		mcr_domain_complain(domain, now, "etcd: %.120s is no key of mcdpdk", kv->key);
	}
}

static void
restart_list(struct mcr_domain *domain)
{
	for (uint32_t i = 0; i < MCR_DOMAIN_REQUESTS_MAX; i++)
		if (domain->session.pending[i].purpose == FOR_LIST)
			domain->session.pending[i].purpose = FOR_NOTHING;
	start_list(domain);
}

static void
end_list(struct mcr_domain *domain, uint64_t now)
{
	struct session *session = &domain->session;

	session->revision = session->list_revision;
	session->is_listed = true;
	mcr_own_end_list(domain);
	mcr_peers_end_list(domain);
	mcr_placement_end_list(domain);
	serve(domain, now);
}

/* The next page begins behind this key. Keys have no characters below \001, and all that begin like
 * one that is too long are too long. */
static void
list_behind(struct session *session, const char *key)
{
	size_t len = strnlen(key, ETCD_KEY_MAX);

	memcpy(session->list_key, key, len);
	if (key[len] == '\0') {
		session->list_key[len++] = '\001';
	} else {
		while (len > 1 && (unsigned char)session->list_key[len - 1] == 0xff)
			len--;
		session->list_key[len - 1]++;
	}
	session->list_key[len] = '\0';
}

static void
take_page(struct mcr_domain *domain, uint64_t now, const struct mcr_domain_reply *reply)
{
	struct session *session = &domain->session;

	if (reply->result == MCR_DOMAIN_COMPACTED) {
		restart_list(domain);
		return;
	}
	if (session->list_revision == 0)
		session->list_revision = reply->revision;
	for (uint32_t i = 0; i < reply->count; i++)
		see(domain, now, &reply->kvs[i]);
	if (!reply->more || reply->count == 0) {
		end_list(domain, now);
		return;
	}
	session->list_limit = RTE_MIN(2 * session->list_limit, (uint32_t)LIST_LIMIT);
	list_behind(session, reply->kvs[reply->count - 1].key);
}

static const char compacted[] = "etcd was compacted while the agent was away: all is listed anew";

/* Of a store whose revisions are others. */
static void
start_over(struct mcr_domain *domain)
{
	drop_all(domain);
	domain->session.written = 0;
	mcr_own_forget_revisions(domain);
	mcr_placement_forget_revisions(domain);
	start_list(domain);
}

/* A store that was made anew or restored starts with other revisions. */
static void
take_look(struct mcr_domain *domain, uint64_t now, const struct mcr_domain_reply *reply)
{
	struct session *session = &domain->session;
	const struct mcr_domain_kv none = {.key = domain->own_key,
		.modified = session->step == STEP_LOOK ? session->revision : reply->revision};

	domain->own.must_look = false;
	if (reply->result == MCR_DOMAIN_COMPACTED) {
		mcr_domain_log(domain, MCR_DOMAIN_NOTICE, "%s", compacted);
		start_over(domain);
		return;
	}
	mcr_own_see_record(domain, reply->count > 0 ? &reply->kvs[0] : &none);
	if (session->step != STEP_LOOK)
		return;
	if (reply->revision < session->revision) {
		mcr_domain_log(domain, MCR_DOMAIN_WARNING,
			"etcd has lost its latest changes: all is listed anew");
		start_over(domain);
		return;
	}
	serve(domain, now);
}

/* @return Whether the reply is of the cluster that the agent knows. */
static bool
check_cluster(struct mcr_domain *domain, uint64_t cluster)
{
	struct session *session = &domain->session;

	/* An error does not say of which cluster it is. */
	if (cluster == 0)
		return true;
	if (session->cluster == cluster || session->cluster == 0) {
		session->cluster = cluster;
		return true;
	}
	mcr_domain_log(domain, MCR_DOMAIN_WARNING, "etcd is another cluster: all is listed anew");
	session->cluster = cluster;
	start_over(domain);
	return false;
}

void
mcr_domain_replied(
	struct mcr_domain *domain, uint64_t now, uint32_t id, const struct mcr_domain_reply *reply)
{
	struct session *session = &domain->session;
	struct pending done, *pending = session->pending;

	while (pending->purpose == FOR_NOTHING || pending->id != id)
		if (++pending == session->pending + MCR_DOMAIN_REQUESTS_MAX)
			return;
	mcr_command_look_again(domain);
	if (!check_cluster(domain, reply->cluster))
		return;
	done = *pending;
	pending->purpose = FOR_NOTHING;
	if (done.purpose == FOR_LOOK)
		take_look(domain, now, reply);
	else if (done.purpose == FOR_LIST)
		take_page(domain, now, reply);
	else if (done.purpose == FOR_PLACEMENT)
		mcr_placement_reply(domain, &done, reply);
	else
		mcr_own_reply(domain, now, &done, reply);
	if (done.purpose == FOR_PLACED)
		mcr_placement_reply(domain, &done, reply);
	if (done.purpose >= FOR_RECORD && reply->result == MCR_DOMAIN_OK &&
		reply->revision > session->written)
		session->written = reply->revision;
	if (session->written > session->revision && session->step == STEP_SERVE &&
		session->behind_since == 0)
		session->behind_since = now;
}

void
mcr_domain_watched(struct mcr_domain *domain, uint64_t now, uint32_t id,
	const struct mcr_domain_kv *events, uint32_t count)
{
	struct session *session = &domain->session;

	if (id != session->watch || id == 0)
		return;
	mcr_command_look_again(domain);
	/* A lease that ends takes the record of its hub with all its interest: see the record
	 * first. */
	for (uint32_t i = 0; i < count; i++)
		if (events[i].value == NULL && behind(domain, events[i].key, "hubs/") != NULL)
			see(domain, now, &events[i]);
	for (uint32_t i = 0; i < count; i++) {
		see(domain, now, &events[i]);
		session->revision = RTE_MAX(session->revision, events[i].modified);
	}
	if (session->revision >= session->written)
		session->behind_since = 0;
	else if (count > 0 && session->behind_since != 0)
		session->behind_since = now;
}

void
mcr_domain_compacted(struct mcr_domain *domain, uint64_t now, uint32_t id)
{
	RTE_SET_USED(now);
	if (id != domain->session.watch || id == 0)
		return;
	mcr_command_look_again(domain);
	mcr_domain_log(domain, MCR_DOMAIN_NOTICE, "%s", compacted);
	start_list(domain);
}

static uint64_t
backoff(struct mcr_domain *domain)
{
	const uint32_t rounds = domain->session.failures / domain->endpoint_count;
	uint64_t wait;

	if (rounds == 0)
		return 0;
	wait = rounds > 8 ? BACKOFF_MAX : RTE_MIN(BACKOFF_MIN << (rounds - 1), BACKOFF_MAX);
	return wait * 3 / 4 + mcr_domain_random(domain, wait / 2);
}

/* The truer reason may come after others, or from another endpoint. @return Whether a line said it
 * in the last minute; else one will now. */
static bool
was_told(struct session *session, uint64_t now, const char *why)
{
	if (session->down_since == 0 || now >= session->told_down + REMIND) {
		session->told_down = now;
		session->told_count = 0;
	}
	for (uint32_t i = 0; i < session->told_count; i++)
		if (strncmp(session->told[i], why, TOLD_MAX - 1) == 0)
			return true;
	if (session->told_count == RTE_DIM(session->told))
		return true;
	snprintf(session->told[session->told_count++], TOLD_MAX, "%s", why);
	return false;
}

void
mcr_domain_etcd_failed(struct mcr_domain *domain, uint64_t now, const char *why)
{
	struct session *session = &domain->session;

	if (session->step == STEP_WAIT)
		return;
	if (session->step == STEP_SERVE && now >= session->served_since + WELL_AFTER)
		session->failures = 0;
	session->failures++;
	if (mcr_session_waits_for(domain, FOR_LIST))
		session->list_limit = RTE_MAX(session->list_limit / 2, (uint32_t)LIST_LIMIT_MIN);
	drop_all(domain);
	session->step = STEP_WAIT;
	session->endpoint = (session->endpoint + 1) % domain->endpoint_count;
	session->wait_end = now + backoff(domain);
	if (was_told(session, now, why))
		return;
	if (session->down_since == 0)
		session->down_since = now;
	mcr_domain_log(domain, MCR_DOMAIN_ERROR, "etcd: %.300s", why);
}
