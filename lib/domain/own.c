/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdio.h>
#include <string.h>

#include <rte_common.h>
#include <rte_debug.h>

#include "state.h"

#define KEEP_INTERVAL (MCR_DOMAIN_LEASE_S * SECOND / 3)
/* Nobody vouches for a hub that is away for so long, or is there and has not answered (it may be
 * loading a large configuration; hellos tell whether it lives): its lease ends. */
#define HUB_AWAY_MAX (5 * SECOND)
#define HUB_SILENT_MAX (60 * SECOND)
/* The start of a batch; what changes meanwhile goes with the next one. */
#define BATCH_INTERVAL (SECOND / 20)
/* Transactions that are under way at a time. */
#define WRITES_UNDER_WAY 8
/* A record that was refused is written again after this, as the watch may be late; each time after
 * twice as long, as etcd then has much to do. */
#define AGAIN_AFTER (SECOND / 50)
#define AGAIN_DOUBLED_MAX 5

static bool
is_same_hub(const struct record *a, const struct record *b)
{
	return mcr_domain_record_shares_address(a, b) && strcmp(a->epoch, b->epoch) == 0;
}

const struct record *
mcr_own_find_holder(const struct mcr_domain *domain)
{
	const struct own *own = &domain->own;
	const struct record *hub = &domain->hub.record;

	if (!own->exists || !own->is_valid || !domain->hub.is_known)
		return NULL;
	/* This hub had another address before, if its lease is ours. */
	if (!mcr_domain_record_shares_address(&own->record, hub))
		return own->lease_id == 0 || own->lease != own->lease_id ? &own->record : NULL;
	/* Another has taken over what was ours already. */
	return own->held && !is_same_hub(&own->record, hub) ? &own->record : NULL;
}

bool
mcr_own_is_registered(const struct mcr_domain *domain)
{
	const struct own *own = &domain->own;

	return own->exists && own->lease_id != 0 && own->lease == own->lease_id &&
	       mcr_own_find_holder(domain) == NULL;
}

bool
mcr_own_counts(const struct mcr_domain *domain)
{
	return domain->own.exists && domain->own.is_valid && mcr_own_find_holder(domain) == NULL;
}

void
mcr_own_see_record(struct mcr_domain *domain, const struct mcr_domain_kv *kv)
{
	struct own *own = &domain->own;

	if (kv->modified < own->modified)
		return;
	own->modified = kv->modified;
	own->is_listed = true;
	mcr_placement_review_later(domain);
	own->exists = kv->value != NULL;
	if (!own->exists) {
		own->is_published = false;
		mcr_placement_doubt_placed(domain);
		return;
	}
	own->created = kv->created;
	own->lease = kv->lease;
	/* One without a lease was not written by an agent, and would stay for ever. */
	own->is_valid = kv->lease != 0 && mcr_domain_record_parse(kv->value, &own->record) == NULL;
	if (!own->is_valid)
		mcr_placement_doubt_placed(domain);
	else if (domain->hub.is_known && is_same_hub(&own->record, &domain->hub.record))
		own->held = true;
	if (own->lease_id == 0)
		own->known_lease = own->lease;
}

void
mcr_own_see_interest(struct mcr_domain *domain, const char *key, const struct mcr_domain_kv *kv)
{
	struct own *own = &domain->own;
	struct mcr_group_key parsed;
	struct entry *entry;

	/* What is no key was not written by an agent, and nobody reads it. */
	if (!mcr_domain_key_parse(key, &parsed))
		return;
	entry = kv->value == NULL ? mcr_interest_find(&own->interest, &parsed)
	                          : mcr_interest_get(&own->interest, &parsed);
	mcr_domain_key_drop(&parsed);
	if (entry == NULL || kv->modified < entry->modified)
		return;
	entry->modified = kv->modified;
	entry->in_etcd = kv->value != NULL;
	if (kv->value == NULL)
		entry->known = VALUE_NONE;
	else if (kv->lease != own->known_lease)
		entry->known = VALUE_UNKNOWN;
	else if (strcmp(kv->value, "1") == 0)
		entry->known = VALUE_WANTS;
	else
		entry->known = strcmp(kv->value, "0") == 0 ? VALUE_EMPTY : VALUE_UNKNOWN;
	mcr_interest_settle(&own->interest, entry);
}

void
mcr_own_forget_revisions(struct mcr_domain *domain)
{
	struct own *own = &domain->own;

	own->modified = 0;
	for (uint32_t id = 0; id < own->interest.used; id++)
		own->interest.entries[id].modified = 0;
}

void
mcr_own_see_hub(struct mcr_domain *domain)
{
	struct own *own = &domain->own;

	own->held = own->exists && own->is_valid && is_same_hub(&own->record, &domain->hub.record);
}

void
mcr_own_begin_list(struct mcr_domain *domain)
{
	struct own *own = &domain->own;

	own->is_listed = false;
	for (uint32_t id = 0; id < own->interest.used; id++)
		own->interest.entries[id].in_etcd = false;
}

void
mcr_own_end_list(struct mcr_domain *domain)
{
	struct own *own = &domain->own;
	const int64_t revision = domain->session.list_revision;
	const struct mcr_domain_kv none = {.key = domain->own_key, .modified = revision};

	if (!own->is_listed)
		mcr_own_see_record(domain, &none);
	for (uint32_t id = 0; id < own->interest.used; id++) {
		struct entry *entry = &own->interest.entries[id];

		if (entry->in_etcd || entry->key.length == UINT8_MAX || entry->busy ||
			entry->modified > revision)
			continue;
		entry->known = VALUE_NONE;
		mcr_interest_settle(&own->interest, entry);
	}
}

void
mcr_own_want(struct mcr_domain *domain, const struct mcr_group_key *key, enum value value)
{
	struct interest *interest = &domain->own.interest;
	struct entry *entry = value == VALUE_NONE ? mcr_interest_find(interest, key)
	                                          : mcr_interest_get(interest, key);

	if (entry == NULL)
		return;
	entry->target = value;
	mcr_interest_mark(interest, entry, value != VALUE_NONE);
	mcr_interest_settle(interest, entry);
}

static void
take_lease(struct mcr_domain *domain, uint64_t now, int64_t lease)
{
	struct own *own = &domain->own;

	own->lease_id = lease;
	own->keep_at = now + KEEP_INTERVAL;
	if (own->known_lease == lease)
		return;
	own->known_lease = lease;
	mcr_interest_doubt(&own->interest);
}

static void
lose_lease(struct mcr_domain *domain)
{
	struct own *own = &domain->own;

	if (own->lease_id != 0)
		mcr_domain_log(domain, MCR_DOMAIN_WARNING,
			"the lease of this hub has ended in etcd: registering anew");
	own->dead_lease = own->lease_id;
	own->lease_id = 0;
	own->is_published = false;
}

/* What the record should say. */
static struct record
describe_hub(const struct mcr_domain *domain)
{
	struct record record = domain->hub.record;

	record.published = domain->own.is_published;
	return record;
}

static bool
ask_record(struct mcr_domain *domain, struct mcr_domain_action *action)
{
	struct own *own = &domain->own;
	const bool is_registered = mcr_own_is_registered(domain);
	struct record record;
	struct pending *pending = mcr_session_request(domain, FOR_RECORD, MCR_DOMAIN_WRITE, action);

	if (pending == NULL)
		return false;
	if (!is_registered)
		own->is_published = false;
	record = describe_hub(domain);
	mcr_domain_record_format(&record, domain->version, domain->value);
	domain->writes[0] = (struct mcr_domain_write){domain->own_key, domain->value};
	pending->lease = own->lease_id;
	action->request.guards[0] =
		(struct mcr_domain_guard){domain->own_key, own->exists ? own->created : 0, false};
	action->request.guard_count = 1;
	/* It comes with the generation that the domain is in. */
	if (!is_registered && record.follows)
		action->request.guards[action->request.guard_count++] = (struct mcr_domain_guard){
			domain->placement_key, mcr_placement_revision(domain), true};
	action->request.lease = own->lease_id;
	action->request.writes = domain->writes;
	action->request.count = 1;
	return true;
}

static bool
ask_lease(struct mcr_domain *domain, enum purpose purpose, int64_t lease,
	struct mcr_domain_action *action)
{
	struct pending *pending = mcr_session_request(
		domain, purpose, purpose == FOR_LEASE ? MCR_DOMAIN_GRANT : MCR_DOMAIN_KEEP, action);

	if (pending == NULL)
		return false;
	pending->lease = lease;
	action->request.lease = lease;
	return true;
}

static void
tell_holder(struct mcr_domain *domain, const struct record *holder)
{
	struct own *own = &domain->own;
	char address[ADDRESS_TEXT_MAX];

	if (own->told_of == own->modified)
		return;
	own->told_of = own->modified;
	mcr_domain_log(domain, MCR_DOMAIN_ERROR,
		"the name %s is taken by the hub at %s%s: this hub stays out of the domain until "
		"the name is free",
		domain->hub_name,
		mcr_domain_address_format(mcr_domain_record_address(holder), address),
		own->held ? ", started later" : "");
}

static bool
is_registering(const struct mcr_domain *domain)
{
	return mcr_session_waits_for(domain, FOR_LEASE) ||
	       mcr_session_waits_for(domain, FOR_ADOPT) ||
	       mcr_session_waits_for(domain, FOR_RECORD);
}

static bool
ask_registration(struct mcr_domain *domain, struct mcr_domain_action *action)
{
	struct own *own = &domain->own;
	const struct record wanted = describe_hub(domain);
	const struct record *holder = mcr_own_find_holder(domain);

	if (is_registering(domain) || !domain->hub.is_known || domain->now < own->record_at)
		return false;
	if (holder != NULL) {
		tell_holder(domain, holder);
		return false;
	}
	if (mcr_own_is_registered(domain))
		return (!own->is_valid || !mcr_domain_record_equals(&own->record, &wanted)) &&
		       ask_record(domain, action);
	/* After a restart of the agent the hub's own lease goes on, with all its keys. */
	if (own->exists && own->is_valid && own->lease != 0 && own->lease != own->dead_lease &&
		own->lease != own->lease_id)
		return ask_lease(domain, FOR_ADOPT, own->lease, action);
	/* Others reach the hub as soon as it is registered: it must not be behind them. */
	if (!mcr_serve_is_ready(domain))
		return false;
	if (own->lease_id == 0)
		return ask_lease(domain, FOR_LEASE, 0, action);
	return ask_record(domain, action);
}

static bool
must_keep(const struct mcr_domain *domain)
{
	return domain->own.lease_id != 0 && !domain->hub.told_mismatch &&
	       mcr_own_find_holder(domain) == NULL && !mcr_session_waits_for(domain, FOR_KEEP) &&
	       !mcr_session_waits_for(domain, FOR_ADOPT);
}

static uint64_t
vouched_until(const struct mcr_domain *domain)
{
	const struct hub *hub = &domain->hub;

	return hub->heard + (hub->is_connected ? HUB_SILENT_MAX : HUB_AWAY_MAX);
}

bool
mcr_own_keep(struct mcr_domain *domain, uint64_t now, struct mcr_domain_action *action)
{
	return must_keep(domain) && now >= domain->own.keep_at && now < vouched_until(domain) &&
	       ask_lease(domain, FOR_KEEP, domain->own.lease_id, action);
}

uint64_t
mcr_own_keep_wake(const struct mcr_domain *domain)
{
	const uint64_t at = RTE_MAX(domain->own.keep_at, domain->now);

	return must_keep(domain) && at < vouched_until(domain) ? at : UINT64_MAX;
}

static const char *
value_text(enum value value)
{
	if (value == VALUE_NONE)
		return NULL;
	return value == VALUE_WANTS ? "1" : "0";
}

static void
fill_writes(struct mcr_domain *domain, struct pending *pending)
{
	struct own *own = &domain->own;
	char text[KEY_TEXT_MAX];

	while (own->batch > 0 && pending->count < MCR_DOMAIN_WRITES_MAX) {
		const uint32_t id = mcr_interest_take(&own->interest), i = pending->count;

		own->batch--;
		if (id == NONE) {
			own->batch = 0;
			return;
		}
		pending->entries[i] = id;
		pending->values[i] = own->interest.entries[id].target;
		mcr_domain_key_format(&own->interest.entries[id].key, text);
		snprintf(domain->keys[i], sizeof(domain->keys[i]), "%sinterest/%s/%s",
			domain->prefix, domain->hub_name, text);
		domain->writes[i] =
			(struct mcr_domain_write){domain->keys[i], value_text(pending->values[i])};
		pending->count++;
	}
}

static bool
may_publish(const struct mcr_domain *domain)
{
	return mcr_own_is_registered(domain) && domain->hub.is_complete &&
	       domain->own.interest.queued > 0;
}

static bool
is_full(const struct mcr_domain *domain)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < MCR_DOMAIN_REQUESTS_MAX; i++)
		count += domain->session.pending[i].purpose == FOR_INTEREST;
	return count >= WRITES_UNDER_WAY;
}

static bool
ask_interest(struct mcr_domain *domain, uint64_t now, struct mcr_domain_action *action)
{
	struct own *own = &domain->own;
	struct pending *pending;

	if (!may_publish(domain) || is_full(domain))
		return false;
	if (own->batch == 0) {
		if (now < own->batch_at)
			return false;
		own->batch_at = now + BATCH_INTERVAL;
		own->batch = own->interest.queued;
	}
	pending = mcr_session_request(domain, FOR_INTEREST, MCR_DOMAIN_WRITE, action);
	if (pending == NULL)
		return false;
	fill_writes(domain, pending);
	if (pending->count == 0) {
		pending->purpose = FOR_NOTHING;
		return false;
	}
	pending->lease = own->lease_id;
	action->request.guards[0] = (struct mcr_domain_guard){domain->own_key, own->created, false};
	action->request.guard_count = 1;
	action->request.lease = own->lease_id;
	action->request.writes = domain->writes;
	action->request.count = pending->count;
	return true;
}

static void
note_progress(struct mcr_domain *domain)
{
	struct own *own = &domain->own;

	if (!mcr_own_is_registered(domain))
		return;
	if (!own->was_registered)
		mcr_domain_log(domain, MCR_DOMAIN_NOTICE, "hub %s is registered in domain %s",
			domain->hub_name, domain->name);
	own->was_registered = true;
	if (domain->hub.is_complete && mcr_interest_is_settled(&own->interest))
		own->is_published = true;
}

bool
mcr_own_next(struct mcr_domain *domain, uint64_t now, struct mcr_domain_action *action)
{
	note_progress(domain);
	return ask_registration(domain, action) || ask_interest(domain, now, action);
}

uint64_t
mcr_own_wake(const struct mcr_domain *domain)
{
	uint64_t wake = UINT64_MAX;

	if (domain->own.must_look)
		return wake;
	if (domain->own.record_at > domain->now)
		wake = domain->own.record_at;
	if (may_publish(domain) && domain->own.batch == 0 && !is_full(domain))
		wake = RTE_MIN(wake, domain->own.batch_at);
	return wake;
}

static void
take_keep(struct mcr_domain *domain, uint64_t now, const struct pending *pending, bool is_alive)
{
	struct own *own = &domain->own;

	if (pending->purpose == FOR_ADOPT && is_alive) {
		take_lease(domain, now, pending->lease);
		own->is_published = own->is_valid && own->record.published;
	} else if (pending->purpose == FOR_ADOPT) {
		own->dead_lease = pending->lease;
	} else if (pending->lease == own->lease_id && is_alive) {
		own->keep_at = now + KEEP_INTERVAL;
	} else if (pending->lease == own->lease_id) {
		lose_lease(domain);
	}
}

static void
take_record(struct mcr_domain *domain, const struct pending *pending,
	const struct mcr_domain_reply *reply)
{
	struct own *own = &domain->own;
	const struct mcr_domain_kv kv = {
		.key = domain->own_key,
		.value = domain->value,
		.created = own->exists ? own->created : reply->revision,
		.modified = reply->revision,
		.lease = pending->lease,
	};

	if (reply->result == MCR_DOMAIN_REFUSED) {
		own->must_look = true;
		own->record_at = domain->now + (AGAIN_AFTER << own->doubled);
		own->doubled = RTE_MIN(own->doubled + 1, AGAIN_DOUBLED_MAX);
	}
	if (reply->result != MCR_DOMAIN_OK)
		return;
	own->doubled = 0;
	mcr_own_see_record(domain, &kv);
}

static void
take_interest(
	struct mcr_domain *domain, struct pending *pending, const struct mcr_domain_reply *reply)
{
	struct own *own = &domain->own;
	const bool is_done = reply->result == MCR_DOMAIN_OK && pending->lease == own->known_lease;

	if (reply->result == MCR_DOMAIN_REFUSED)
		own->must_look = true;
	for (uint32_t i = 0; i < pending->count; i++) {
		struct entry *entry = &own->interest.entries[pending->entries[i]];
		const bool is_newest = is_done && reply->revision >= entry->modified;

		if (is_newest) {
			entry->modified = reply->revision;
			entry->in_etcd = pending->values[i] != VALUE_NONE;
		}
		mcr_interest_done(&own->interest, pending->entries[i],
			is_newest ? pending->values[i]
			: is_done ? entry->known
				  : VALUE_UNKNOWN);
	}
}

void
mcr_own_reply(struct mcr_domain *domain, uint64_t now, struct pending *pending,
	const struct mcr_domain_reply *reply)
{
	struct own *own = &domain->own;

	switch (pending->purpose) {
	case FOR_LEASE:
		take_lease(domain, now, reply->lease);
		break;
	case FOR_KEEP:
	case FOR_ADOPT:
		take_keep(domain, now, pending, reply->result == MCR_DOMAIN_OK && reply->ttl > 0);
		break;
	case FOR_RECORD:
		take_record(domain, pending, reply);
		break;
	case FOR_PLACED:
		break;
	default:
		take_interest(domain, pending, reply);
		break;
	}
	if (reply->result == MCR_DOMAIN_NO_LEASE && pending->lease == own->lease_id &&
		pending->purpose != FOR_ADOPT)
		lose_lease(domain);
}

void
mcr_own_drop(struct mcr_domain *domain, struct pending *pending)
{
	struct own *own = &domain->own;

	for (uint32_t i = 0; i < pending->count; i++)
		mcr_interest_done(&own->interest, pending->entries[i], VALUE_UNKNOWN);
	pending->count = 0;
	own->batch = 0;
}
