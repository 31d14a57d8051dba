/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * 100 hubs (30 under sanitizers) with 100 members each, their agents and etcd, in virtual time.
 * Members join and leave at random; hubs end, die and come back, some with another address; agents
 * are killed, cut off from etcd and from their hubs; etcd restarts, is compacted, loses all its
 * data; links between hubs are cut. Most hubs share members, and drain, too; some are older and
 * know nothing of it.
 *
 * After each quiet moment each hub must have exactly the interest that each other hub has: then a
 * packet goes to each hub that has receivers for it, once. And at no time does a hub whose link is
 * up lose what it always wants, whatever happens to agents and to etcd.
 *
 * At no time is there a packet that a shared member would get twice. While hubs only come, drain
 * and end when they have drained, whatever happens to agents and to etcd, it gets each packet once,
 * even one that is under way for long. And after each quiet moment it does.
 *
 * MCR_DOMAIN_MODEL_ROUNDS and MCR_DOMAIN_MODEL_SEED choose another run.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <mcr_address.h>

#include "model_etcd.h"
#include "model_hub.h"
#include "model_placement.h"
#include "model_queue.h"
#include "model_request.h"

#define MS UINT64_C(1000)
#define SEC (1000 * MS)

enum event_type {
	RUN_AGENT,
	START_AGENT,
	HUB_ENDS,
	CONNECT_HUB,
	HUB_ANSWERS,
	ETCD_GETS,
	ETCD_REPLIES,
	ETCD_FAILS,
	WATCH_DELIVERS,
	PACKET_ARRIVES,
};

/* To a shared member, from a member of a hub. */
struct packet {
	uint64_t sent;
	uint32_t from;
	uint32_t member;
	uint32_t tag;
	uint32_t under_way; /* copies to hubs */
	uint32_t received;  /* by the member */
};

struct agent {
	struct mcr_domain *domain; /* NULL: killed */
	uint32_t life;
	uint32_t etcd_session;
	uint32_t hub_session;
	bool is_connected; /* to its hub */
	bool is_cut;       /* from etcd */
	bool is_down;      /* nobody restarts it */
	uint64_t wake;
	uint32_t watch; /* id, or 0 */
	uint32_t position;
	bool delivers;
	struct model_list snapshot;
};

static struct world {
	uint64_t now;
	uint64_t seed;
	struct model_queue queue;
	struct model_etcd etcd;
	struct model_hub hubs[HUBS];
	struct agent agents[HUBS];
	uint64_t cut_until[HUBS][HUBS]; /* links */
	struct model_links links;
	bool links_changed;
	uint64_t next_link_up;    /* a cut ends */
	bool has_sent_from[HUBS]; /* a hub that has been there for all of the stage */
	uint64_t packets;
	uint64_t next_expiry;
	bool is_verbose;
} w;

static uint32_t
below(uint32_t n)
{
	w.seed = w.seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (w.seed >> 33) % n;
}

static void
push(uint64_t delay, enum event_type type, uint32_t who, uint32_t session, void *data)
{
	model_push(&w.queue, (struct model_event){.time = w.now + delay,
				     .type = type,
				     .who = who,
				     .life = w.agents[who].life,
				     .session = session,
				     .data = data});
}

/* Hubs and their links. */

/* Until when the link between two hubs is cut. */
static uint64_t *
cut_between(uint32_t a, uint32_t b)
{
	return a < b ? &w.cut_until[a][b] : &w.cut_until[b][a];
}

static uint64_t
link_up_since(uint32_t a, uint32_t b)
{
	const struct model_hub *hub = &w.hubs[a], *other = &w.hubs[b];
	uint64_t since;

	if (!hub->is_up || !other->is_up || !hub->peers[b].is_set || !other->peers[a].is_set ||
		hub->peers[b].address != other->address ||
		other->peers[a].address != hub->address || w.now < *cut_between(a, b))
		return UINT64_MAX;
	since = RTE_MAX(hub->peers[b].set_since, other->peers[a].set_since);
	return RTE_MAX(since, *cut_between(a, b));
}

static bool
link_is_up(uint32_t a, uint32_t b)
{
	return link_up_since(a, b) <= w.now;
}

static void
change_links(void)
{
	w.links_changed = true;
}

/* Who is alive, as hubs see it now. */
static const struct model_links *
links_now(void)
{
	if (!w.links_changed && w.now < w.next_link_up)
		return &w.links;
	w.links_changed = false;
	w.next_link_up = UINT64_MAX;
	memset(&w.links, 0, sizeof(w.links));
	for (uint32_t a = 0; a < HUBS; a++) {
		for (uint32_t b = 0; b < a; b++) {
			const uint64_t cut_until = w.cut_until[b][a];

			if (link_is_up(a, b)) {
				model_add(&w.links.up[a], b);
				model_add(&w.links.up[b], a);
			}
			if (cut_until > w.now)
				w.next_link_up = RTE_MIN(w.next_link_up, cut_until);
		}
		w.hubs[a].is_stale = true;
	}
	model_find_alive(w.hubs, &w.links);
	return &w.links;
}

/* What a hub does now. */
static struct model_hub *
hub_now(uint32_t who)
{
	const struct model_links *links = links_now();
	struct model_hub *hub = &w.hubs[who];

	model_apply(hub, w.now);
	if (hub->is_stale && hub->is_up && hub->is_shared)
		model_update_shared(w.hubs, links, who);
	hub->is_stale = false;
	return hub;
}

/* Packets go to a peer when others have had the time to know that they do. */
#define CARRIES_AFTER (150 * MS)

static bool
carries(uint32_t from, uint32_t to)
{
	const uint64_t since = link_up_since(from, to);

	return since != UINT64_MAX && since + CARRIES_AFTER <= w.now;
}

/* A survey a quarter of a second old may have seen the link down. */
static bool
link_is_well(uint32_t a, uint32_t b)
{
	return link_is_up(a, b) && link_up_since(a, b) + SEC <= w.now;
}

static void
require_nothing_lost(uint32_t who, uint32_t peer, const char *command)
{
	const struct model_peer *known = &w.hubs[who].peers[peer];

	if (!known->is_set || known->interest[ALWAYS] != WANTS)
		fail_msg("%.3f s: hub %u lost the interest of hub %u: %s", w.now / 1e6, who, peer,
			command);
}

static void
answer_peers(uint32_t who, char *answer)
{
	const struct model_hub *hub = &w.hubs[who];
	int len = sprintf(answer, "{\"/mcdpdk/peers\":{\"total\":0,\"next\":0");

	for (uint32_t i = 0, row = 0; i < HUBS; i++)
		if (hub->peers[i].is_set)
			len += sprintf(answer + len,
				",\"r%u\":{\"name\":\"h%u\",\"address\":\"10.0.0.%u\",\"state\":\"%"
				"s\",\"serves\":%d}",
				row++, i, hub->peers[i].address, link_is_up(who, i) ? "up" : "down",
				model_serves(hub, i));
	strcpy(answer + len, "}}");
}

static const char *
set_peer(uint32_t who, uint32_t id, uint32_t address)
{
	struct model_hub *hub = &w.hubs[who];
	struct model_peer *peer = &hub->peers[id];

	if (address == hub->address)
		return "the address is the hub's own";
	for (uint32_t i = 0; i < HUBS; i++)
		if (i != id && hub->peers[i].is_set && hub->peers[i].address == address)
			return "another peer has the address";
	if (peer->is_set && peer->address == address)
		return NULL;
	change_links();
	*peer = (struct model_peer){.is_set = true, .set_since = w.now, .address = address};
	memset(peer->interest, GONE, sizeof(peer->interest));
	return NULL;
}

static const char *
do_command(uint32_t who, const char *name, char *rest)
{
	char *comma = strchr(rest, ',');
	const uint32_t id = atoi(rest + 1);
	struct model_peer *peer = &w.hubs[who].peers[id];
	const bool knew = peer->is_set && peer->interest[ALWAYS] == WANTS;
	const char *wrong = NULL;

	assert_true(rest[0] == 'h' && id < HUBS && id != who);
	if (strcmp(name, "peer_set") == 0) {
		assert_non_null(strstr(comma, ",4754"));
		return set_peer(who, id, atoi(strrchr(comma, '.') + 1));
	}
	if (!peer->is_set)
		return "no such peer";
	if (strcmp(name, "peer_remove") == 0) {
		if (link_is_well(who, id))
			fail_msg("%.3f s: hub %u removed hub %u", w.now / 1e6, who, id);
		peer->is_set = false;
		change_links();
	} else if (strcmp(name, "peer_sync") == 0) {
		model_sync(peer, strcmp(comma, ",begin") == 0);
	} else if (!model_set_interest(peer, comma + 1)) {
		wrong = "bad key";
	}
	if (knew && link_is_well(who, id))
		require_nothing_lost(who, id, name);
	return wrong;
}

static const char *
tell_service(struct model_hub *hub, const char *text)
{
	unsigned int id, bits;
	unsigned long epoch;

	if (sscanf(text, "h%u,%u,%lu", &id, &bits, &epoch) != 3 || id >= HUBS || bits > 3)
		return "bad service";
	hub->staged[id] = (struct model_service){bits, epoch};
	return NULL;
}

static const char *
tell_reach(struct model_hub *hub, const char *text)
{
	const uint32_t id = atoi(text + 1);

	assert_true(id < HUBS);
	hub->reach[id] = model_read_networks(strchr(text, ',') + 1);
	hub->is_stale = true;
	return hub->reach[id] == 0 ? "bad networks" : NULL;
}

/* @return Whether it was a command of placement. */
static bool
tell_placement(uint32_t who, const char *name, const char **wrong)
{
	struct model_hub *hub = &w.hubs[who];

	if (strncmp(name, "peer_serves,", 12) == 0)
		*wrong = tell_service(hub, name + 12);
	else if (strncmp(name, "peer_reach,", 11) == 0)
		*wrong = tell_reach(hub, name + 11);
	else if (strncmp(name, "placement,", 10) == 0)
		*wrong = model_tell_stage(hub, name + 10, w.now, below(APPLY_WITHIN));
	else
		return false;
	if (*wrong != NULL)
		fail_msg("%.3f s: hub %u: %s: %s", w.now / 1e6, who, name, *wrong);
	return true;
}

static void
answer_command(uint32_t who, char *name, char *answer)
{
	char *comma = strchr(name, ',');
	const char *wrong;

	if (tell_placement(who, name, &wrong)) {
		sprintf(answer, "{\"\":{\"status\":\"ok\",\"message\":\"\"}}");
		return;
	}
	if (strncmp(name, "domain_state", 12) == 0) {
		strcpy(answer, "{\"/mcdpdk/domain_state\":{\"status\":\"ok\",\"message\":\"\"}}");
		return;
	}
	*comma = '\0';
	wrong = do_command(who, name, comma + 1);
	sprintf(answer, "{\"/mcdpdk/%s\":{\"status\":\"%s\",\"message\":\"%s\",\"refused\":0}}",
		name, wrong == NULL ? "ok" : "error", wrong == NULL ? "" : wrong);
}

static void
answer_domain(uint32_t who, const struct model_hub *hub, char *answer)
{
	int len = sprintf(answer,
		"{\"/mcdpdk/domain\":{\"name\":\"d\",\"hub\":\"h%u\",\"epoch\":%lu,"
		"\"encap\":\"gre-udp\",\"address\":\"10.0.0.%u\",\"udp_port\":4754",
		who, (unsigned long)hub->epoch, hub->address);

	if (hub->follows)
		len += sprintf(answer + len,
			",\"members\":\"%s\",\"draining\":%d,\"networks\":\"%s\","
			"\"digest\":\"0a\"",
			hub->is_shared ? "shared" : "local", hub->is_draining,
			model_networks[hub->networks]);
	strcpy(answer + len, "}}");
}

static char *
answer(uint32_t who, const char *text)
{
	char *result = malloc(ANSWER_MAX), *copy = strdup(text), *name = copy + strlen("/mcdpdk/");
	struct model_hub *hub = hub_now(who);

	assert_true(strlen(text) <= MCR_DOMAIN_ASK_MAX);
	if (!hub->is_ending && w.now < hub->up_since + NULL_FOR)
		sprintf(result, "{\"%.*s\":null}", (int)strcspn(text, ","), text);
	else if (hub->is_ending || w.now < hub->up_since + ERROR_FOR)
		sprintf(result, "{\"%.*s\":{\"error\":\"the hub is starting or ending\"}}",
			(int)strcspn(text, ","), text);
	else if (strcmp(name, "domain") == 0)
		answer_domain(who, hub, result);
	else if (strcmp(name, "placement") == 0)
		model_answer_placement(hub, w.now, result);
	else if (strncmp(name, "interest,", 9) == 0)
		model_answer_interest(hub, name + 9, result);
	else if (strcmp(name, "peers") == 0)
		answer_peers(who, result);
	else
		answer_command(who, name, result);
	free(copy);
	return result;
}

/* Agents. */

static void
run_agent(uint32_t who);

static void
wake_agent_at(uint32_t who, uint64_t time)
{
	struct agent *agent = &w.agents[who];

	if (time == UINT64_MAX || (agent->wake > w.now && agent->wake <= time))
		return;
	agent->wake = RTE_MAX(time, w.now + 1);
	push(agent->wake - w.now, RUN_AGENT, who, 0, NULL);
}

static void
send_request(uint32_t who, const struct mcr_domain_request *request)
{
	struct agent *agent = &w.agents[who];

	if (agent->is_cut)
		push(2 * SEC + below(SEC), ETCD_FAILS, who, agent->etcd_session, NULL);
	else if (!w.etcd.is_up)
		push(MS, ETCD_FAILS, who, agent->etcd_session, NULL);
	else
		push(MS / 4 + below(2 * MS), ETCD_GETS, who, agent->etcd_session,
			model_copy_request(request));
}

/* But a hub may take an address sooner than the one that had it has registered another. */
static bool
is_unexpected(const char *line)
{
	return strstr(line, "refuses") != NULL ||
	       (strstr(line, "not used") != NULL && strstr(line, "claims the address of") == NULL);
}

static void
carry_out(uint32_t who, const struct mcr_domain_action *action)
{
	struct agent *agent = &w.agents[who];

	switch (action->type) {
	case MCR_DOMAIN_CONNECT:
		agent->etcd_session++;
		agent->watch = 0;
		break;
	case MCR_DOMAIN_REQUEST:
		send_request(who, &action->request);
		break;
	case MCR_DOMAIN_ASK:
		push(MS / 10 + below(MS / 2), HUB_ANSWERS, who, agent->hub_session,
			strdup(action->text));
		break;
	case MCR_DOMAIN_LOG:
		if (w.is_verbose)
			printf("%9.3f h%u: %s\n", w.now / 1e6, who, action->text);
		if (is_unexpected(action->text))
			fail_msg("%.3f s: hub %u: %s", w.now / 1e6, who, action->text);
		break;
	case MCR_DOMAIN_NOTIFY:
		fail();
	}
}

static void
run_agent(uint32_t who)
{
	struct agent *agent = &w.agents[who];
	struct mcr_domain_action action;

	if (agent->domain == NULL)
		return;
	while (mcr_domain_next(agent->domain, w.now, &action))
		carry_out(who, &action);
	/* An agent that wants to be woken at once would never sleep. */
	assert_true(mcr_domain_wake(agent->domain) > w.now);
	wake_agent_at(who, mcr_domain_wake(agent->domain));
}

static void
start_agent(uint32_t who)
{
	struct agent *agent = &w.agents[who];
	char hub[8];
	const struct mcr_domain_config config = {
		.name = "d",
		.hub = hub,
		.endpoint_count = 2,
		.version = "1",
		.seed = below(1000000),
	};

	snprintf(hub, sizeof(hub), "h%u", who);
	if (agent->domain != NULL || agent->is_down)
		return;
	agent->domain = mcr_domain_create(&config);
	agent->is_connected = false;
	agent->wake = 0;
	push(below(MS), CONNECT_HUB, who, 0, NULL);
	run_agent(who);
}

static void
kill_agent(uint32_t who)
{
	struct agent *agent = &w.agents[who];

	mcr_domain_free(agent->domain);
	agent->domain = NULL;
	agent->life++;
	agent->watch = 0;
	agent->delivers = false;
}

static void
connect_hub(uint32_t who)
{
	struct agent *agent = &w.agents[who];

	if (agent->is_connected)
		return;
	if (!w.hubs[who].is_up) {
		push(SEC / 5, CONNECT_HUB, who, 0, NULL);
		return;
	}
	agent->is_connected = true;
	agent->hub_session++;
	mcr_domain_hub_connected(agent->domain, w.now);
	run_agent(who);
}

static void
lose_hub(uint32_t who)
{
	struct agent *agent = &w.agents[who];

	if (agent->domain == NULL || !agent->is_connected)
		return;
	agent->is_connected = false;
	agent->hub_session++;
	mcr_domain_hub_lost(agent->domain, w.now, "test");
	push(SEC / 5, CONNECT_HUB, who, 0, NULL);
	run_agent(who);
}

static void
end_hub(uint32_t who)
{
	w.hubs[who].is_up = w.hubs[who].is_ending = false;
	w.has_sent_from[who] = false;
	change_links();
	lose_hub(who);
}

static void
hub_answers(uint32_t who, const struct model_event *event)
{
	char *text;

	if (!w.hubs[who].is_up || event->session != w.agents[who].hub_session)
		return;
	text = answer(who, event->data);
	mcr_domain_hub_answered(w.agents[who].domain, w.now, text, strlen(text));
	free(text);
	run_agent(who);
}

/* etcd. */

static void
tell_watches(void)
{
	for (uint32_t i = 0; i < HUBS; i++) {
		struct agent *agent = &w.agents[i];

		if (agent->watch == 0 || agent->delivers)
			continue;
		agent->delivers = true;
		push(MS / 4 + below(3 * MS), WATCH_DELIVERS, i, agent->etcd_session, NULL);
	}
}

static void
watch_delivers(uint32_t who, const struct model_event *event)
{
	struct agent *agent = &w.agents[who];
	struct mcr_domain_kv *kvs;
	uint32_t count;

	agent->delivers = false;
	if (event->session != agent->etcd_session || agent->watch == 0 || agent->is_cut ||
		!w.etcd.is_up || w.etcd.history.count == agent->position)
		return;
	count = w.etcd.history.count - agent->position;
	kvs = malloc(count * sizeof(*kvs));
	for (uint32_t i = 0; i < count; i++)
		kvs[i] = *w.etcd.history.at[agent->position + i];
	agent->position = w.etcd.history.count;
	mcr_domain_watched(agent->domain, w.now, agent->watch, kvs, count);
	free(kvs);
	run_agent(who);
}

static void
start_watch(uint32_t who, const struct mcr_domain_request *request)
{
	struct agent *agent = &w.agents[who];
	const uint32_t position = model_watch_from(&w.etcd, request->revision);

	if (position == UINT32_MAX) {
		mcr_domain_compacted(agent->domain, w.now, request->id);
		run_agent(who);
		return;
	}
	agent->watch = request->id;
	agent->position = position;
	tell_watches();
}

static void
etcd_gets(uint32_t who, struct model_event *event)
{
	struct agent *agent = &w.agents[who];
	struct model_request *request = event->data;

	if (event->session != agent->etcd_session)
		return;
	if (!w.etcd.is_up || agent->is_cut) {
		push(MS, ETCD_FAILS, who, event->session, NULL);
		return;
	}
	if (request->request.type == MCR_DOMAIN_WATCH) {
		start_watch(who, &request->request);
		return;
	}
	model_serve(&w.etcd, w.now, &agent->snapshot, request);
	if (request->request.type == MCR_DOMAIN_WRITE)
		tell_watches();
	push(MS / 4 + below(2 * MS), ETCD_REPLIES, who, event->session, request);
	event->data = NULL;
}

static void
etcd_replies(uint32_t who, const struct model_event *event)
{
	const struct model_request *request = event->data;

	if (event->session != w.agents[who].etcd_session)
		return;
	if (!w.etcd.is_up || w.agents[who].is_cut) {
		push(MS, ETCD_FAILS, who, event->session, NULL);
		return;
	}
	mcr_domain_replied(w.agents[who].domain, w.now, request->request.id, &request->reply);
	run_agent(who);
}

static void
etcd_fails(uint32_t who, const struct model_event *event)
{
	struct agent *agent = &w.agents[who];

	if (event->session != agent->etcd_session)
		return;
	agent->watch = 0;
	mcr_domain_etcd_failed(agent->domain, w.now, "test");
	run_agent(who);
}

static void
stop_etcd(void)
{
	w.etcd.is_up = false;
	for (uint32_t i = 0; i < HUBS; i++)
		if (w.agents[i].watch != 0)
			push(MS, ETCD_FAILS, i, w.agents[i].etcd_session, NULL);
}

/* A new leader gives all leases their full time. */
static void
start_etcd(void)
{
	if (w.etcd.is_up)
		return;
	w.etcd.is_up = true;
	for (uint32_t i = 0; i < w.etcd.lease_count; i++)
		model_keep(&w.etcd, w.now, i + 1);
}

static void
compact(void)
{
	w.etcd.compacted = w.etcd.revision - below(5);
}

/* Packets to shared members. */

static void
verify_once(const struct packet *packet)
{
	if (packet->received != 1)
		fail_msg("%.3f s: shared member %u got a packet with tag %u that hub %u sent at "
			 "%.3f s %u times",
			w.now / 1e6, packet->member, packet->tag, packet->from, packet->sent / 1e6,
			packet->received);
}

static void
end_copy(struct packet *packet)
{
	if (--packet->under_way == 0)
		free(packet);
}

static void
packet_arrives(uint32_t who, struct packet *packet)
{
	hub_now(who);
	packet->received += model_mask(w.hubs, &w.links, who, packet->member) >> packet->tag & 1;
	if (packet->under_way == 1)
		verify_once(packet);
}

/* Copies are under way for so long at most. */
#define FLIGHT (300 * MS)

static void
send_packet(uint32_t from, uint32_t member)
{
	const struct model_hub *hub = hub_now(from);
	const uint32_t key = SHARED_KEY(member);
	struct packet *packet = calloc(1, sizeof(*packet));

	*packet = (struct packet){
		.sent = w.now, .from = from, .member = member, .tag = model_tag(hub)};
	for (uint32_t i = 0; i < HUBS; i++) {
		if (i != from && (!carries(from, i) || hub->peers[i].interest[key] != WANTS))
			continue;
		packet->under_way++;
		push(i == from ? 0 : below(FLIGHT), PACKET_ARRIVES, i, 0, packet);
	}
	w.packets++;
}

/* How many hubs would give a member a packet that one sends now, if they got it. */
static uint32_t
count_servers(uint32_t from, uint32_t member)
{
	const uint32_t tag = model_tag(hub_now(from));
	uint32_t count = 0;

	for (uint32_t i = 0; i < HUBS; i++) {
		if (i != from && !carries(from, i))
			continue;
		hub_now(i);
		count += model_mask(w.hubs, &w.links, i, member) >> tag & 1;
	}
	return count;
}

static void
verify_nobody_gets_it_twice(void)
{
	for (uint32_t i = 0; i < 5; i++) {
		const uint32_t from = below(HUBS), member = below(SHARED);

		if (w.hubs[from].is_up && w.hubs[from].follows && count_servers(from, member) > 1)
			fail_msg(
				"%.3f s: shared member %u has several servers for packets from hub "
				"%u",
				w.now / 1e6, member, from);
	}
}

/* The world. */

static void
dispatch(struct model_event *event)
{
	const uint32_t who = event->who;

	if (event->type == START_AGENT) {
		start_agent(who);
	} else if (event->type == PACKET_ARRIVES) {
		packet_arrives(who, event->data);
	} else if (event->type == HUB_ENDS) {
		if (w.hubs[who].is_ending)
			end_hub(who);
	} else if (event->life != w.agents[who].life || w.agents[who].domain == NULL) {
		if (event->type == WATCH_DELIVERS && event->life == w.agents[who].life)
			w.agents[who].delivers = false;
	} else if (event->type == RUN_AGENT) {
		run_agent(who);
	} else if (event->type == CONNECT_HUB) {
		connect_hub(who);
	} else if (event->type == HUB_ANSWERS) {
		hub_answers(who, event);
	} else if (event->type == ETCD_GETS) {
		etcd_gets(who, event);
	} else if (event->type == ETCD_REPLIES) {
		etcd_replies(who, event);
	} else if (event->type == ETCD_FAILS) {
		etcd_fails(who, event);
	} else {
		watch_delivers(who, event);
	}
}

static void
drop(struct model_event *event)
{
	if (event->data == NULL)
		return;
	if (event->type == HUB_ANSWERS)
		free(event->data);
	else if (event->type == PACKET_ARRIVES)
		end_copy(event->data);
	else
		model_free_request(event->data);
}

static void
run_for(uint64_t time)
{
	const uint64_t end = w.now + time;

	while (w.queue.count > 0 && w.queue.at[0].time <= end) {
		struct model_event event = model_pop(&w.queue);

		assert_true(event.time >= w.now);
		w.now = event.time;
		if (w.etcd.is_up && w.now >= w.next_expiry) {
			w.next_expiry = w.now + SEC / 2;
			if (model_expire(&w.etcd, w.now))
				tell_watches();
		}
		dispatch(&event);
		drop(&event);
	}
	w.now = end;
}

static void
join_something(uint32_t who)
{
	struct model_hub *hub = &w.hubs[who];
	uint32_t *joined = &hub->members[below(MEMBERS)];
	const uint32_t before = *joined;

	/* Few keys are popular, so that others come and go. */
	*joined = below(3) == 0 ? KEYS : below(1 + below(KEYS));
	if (!hub->is_up)
		return;
	if (before < KEYS)
		model_update_key(hub, before);
	if (*joined < KEYS)
		model_update_key(hub, *joined);
}

/* More changes than a page has, some of them while the agent reads the pages. */
static void
join_many(uint32_t who)
{
	for (uint32_t i = 0; i < 60; i++) {
		join_something(who);
		if (i % 3 == 0)
			run_for(MS / 3);
	}
}

static bool
is_taken(uint32_t address)
{
	for (uint32_t i = 0; i < HUBS; i++)
		if (w.hubs[i].address == address)
			return true;
	return false;
}

/* A third of them with another address, which may have been another's before. */
static void
start_hub(uint32_t who)
{
	struct model_hub *hub = &w.hubs[who];
	const uint32_t address = 1 + below(2 * HUBS);

	if (below(3) == 0 && !is_taken(address))
		hub->address = address;
	model_start_hub(hub, w.now, 1 + below(1u << 30));
	change_links();
}

/* @return Whether it was one of these. */
static bool
disturb_hub(uint32_t who, uint32_t what)
{
	struct model_hub *hub = &w.hubs[who];

	if (what == 0 || what == 16) {
		if (!hub->is_up)
			return true;
		end_hub(who);
		if (what == 16)
			start_hub(who);
	} else if (what == 1 || what == 2) {
		if (!hub->is_up)
			start_hub(who);
	} else if (what == 15) {
		if (hub->is_up && !hub->is_ending) {
			hub->is_ending = true;
			push(below(SEC), HUB_ENDS, who, 0, NULL);
		}
	} else if (what == 17) {
		model_forget_keys(hub);
	} else {
		return false;
	}
	return true;
}

static bool
disturb_agent(uint32_t who, uint32_t what)
{
	struct agent *agent = &w.agents[who];

	switch (what) {
	case 3:
	case 4:
		if (agent->domain != NULL) {
			kill_agent(who);
			push(below(20 * SEC), START_AGENT, who, 0, NULL);
		}
		return true;
	case 5:
		lose_hub(who);
		return true;
	case 6:
		agent->is_cut = true;
		return true;
	case 7:
	case 8:
		agent->is_cut = false;
		return true;
	case 13:
		join_many(who);
		return true;
	case 14:
		join_many(who);
		run_for(50 * MS + below(5 * MS));
		agent->is_cut = true;
		return true;
	default:
		return false;
	}
}

static bool
disturb_etcd(uint32_t what)
{
	if (what == 10) {
		if (below(4) == 0)
			stop_etcd();
	} else if (what == 11) {
		start_etcd();
	} else if (what == 12) {
		compact();
	} else {
		return false;
	}
	return true;
}

static void
disturb(void)
{
	const uint32_t who = below(HUBS), other = below(HUBS), what = below(60);

	if (what == 9) {
		if (who != other)
			*cut_between(who, other) = w.now + below(5 * SEC);
		change_links();
	} else if (!disturb_hub(who, what) && !disturb_agent(who, what) && !disturb_etcd(what)) {
		join_something(who);
	}
}

/* Nobody needs it any more. */
static bool
is_drained(uint32_t who)
{
	const struct model_hub *hub = hub_now(who);

	for (uint32_t i = 0; i < SHARED; i++)
		if (hub->serves[i])
			return false;
	return hub->applied.phase == 3;
}

/* What loses no packet: some hubs, which reach all, stay. */
#define HUBS_THAT_STAY 4

static void
move(void)
{
	const uint32_t who = below(HUBS);
	struct model_hub *hub = &w.hubs[who];

	switch (below(40)) {
	case 0:
	case 1:
		if (!hub->is_up)
			start_hub(who);
		break;
	case 2:
	case 3:
		hub->is_draining = who >= HUBS_THAT_STAY;
		break;
	case 4:
	case 5:
		if (hub->is_draining && hub->is_up && is_drained(who))
			end_hub(who);
		break;
	case 6:
		hub->is_draining = false;
		break;
	case 7:
		if (w.agents[who].domain != NULL) {
			kill_agent(who);
			push(below(20 * SEC), START_AGENT, who, 0, NULL);
		}
		break;
	case 8:
		lose_hub(who);
		break;
	case 9:
		w.agents[who].is_cut = true;
		break;
	case 10:
	case 11:
		w.agents[who].is_cut = false;
		break;
	case 12:
		if (below(4) == 0)
			stop_etcd();
		break;
	case 13:
	case 14:
		start_etcd();
		break;
	case 15:
		compact();
		break;
	default:
		join_something(who);
		break;
	}
}

static void
send_something(void)
{
	const uint32_t who = below(HUBS);

	if (w.has_sent_from[who])
		send_packet(who, below(SHARED));
}

static void
begin_moves(void)
{
	for (uint32_t i = 0; i < HUBS; i++)
		w.has_sent_from[i] = w.hubs[i].is_up && w.hubs[i].follows;
}

/* No agent knows any more what etcd has lost. */
static void
forget_all(void)
{
	for (uint32_t i = 0; i < HUBS; i++) {
		kill_agent(i);
		push(below(2 * SEC), START_AGENT, i, 0, NULL);
	}
}

static void
end_trouble(void)
{
	start_etcd();
	for (uint32_t i = 0; i < HUBS; i++) {
		for (uint32_t j = 0; j < HUBS; j++)
			w.cut_until[i][j] = RTE_MIN(w.cut_until[i][j], w.now);
		change_links();
		w.agents[i].is_cut = false;
		start_agent(i);
	}
}

static void
verify_pair(uint32_t who, uint32_t of)
{
	const struct model_peer *known = &w.hubs[who].peers[of];
	const struct model_hub *hub = &w.hubs[of];

	if (known->is_set != hub->is_up)
		fail_msg("%.3f s: hub %u has hub %u %s", w.now / 1e6, who, of,
			hub->is_up ? "not" : "still");
	if (!hub->is_up)
		return;
	if (known->address != hub->address)
		fail_msg("%.3f s: hub %u has hub %u at 10.0.0.%u, not at 10.0.0.%u", w.now / 1e6,
			who, of, known->address, hub->address);
	for (uint32_t k = 0; k < KEYS; k++)
		if (known->interest[k] != hub->interest[k])
			fail_msg("%.3f s: hub %u has '%c' for %s of hub %u, not '%c'", w.now / 1e6,
				who, known->interest[k], model_keys[k], of, hub->interest[k]);
}

/* A hub that could serve a member when all is quiet. */
static bool
could_serve(uint32_t who, uint32_t member)
{
	const struct model_hub *hub = &w.hubs[who];

	return hub->is_up && hub->is_shared && !hub->is_draining &&
	       (hub->networks & NETWORK_OF(member)) != 0;
}

static void
verify_shared(uint32_t member)
{
	uint32_t server = NOBODY, could = 0;

	for (uint32_t i = 0; i < HUBS; i++) {
		const struct model_hub *hub = hub_now(i);
		const uint8_t mask = model_mask(w.hubs, &w.links, i, member);

		could += could_serve(i, member);
		if (mask == 0)
			continue;
		if (server != NOBODY || mask != 3 || !could_serve(i, member))
			fail_msg("%.3f s: hub %u serves shared member %u, by generation %lu %s "
				 "(%u), and hub %u does",
				w.now / 1e6, i, member, (unsigned long)hub->applied.generation,
				model_phases[hub->applied.phase], mask, server);
		server = i;
		assert_int_equal(hub->interest[SHARED_KEY(member)], WANTS);
	}
	if ((server == NOBODY) != (could == 0))
		fail_msg("%.3f s: nobody serves shared member %u", w.now / 1e6, member);
	for (uint32_t i = 0; i < HUBS; i++)
		if (w.hubs[i].is_up && could > 0 && count_servers(i, member) != 1)
			fail_msg("%.3f s: shared member %u gets nothing from hub %u: hub %u serves "
				 "it, tag %u, links %d %d",
				w.now / 1e6, member, i, server, model_tag(&w.hubs[i]),
				w.hubs[i].peers[server].is_set, w.hubs[server].peers[i].is_set);
}

static void
verify(void)
{
	for (uint32_t i = 0; i < SHARED; i++)
		verify_shared(i);
	for (uint32_t i = 0; i < HUBS; i++) {
		if (!w.hubs[i].is_up)
			continue;
		assert_true(mcr_domain_is_settled(w.agents[i].domain));
		for (uint32_t j = 0; j < HUBS; j++)
			if (i != j)
				verify_pair(i, j);
	}
}

static void
start_world(uint64_t seed)
{
	memset(&w, 0, sizeof(w));
	w.seed = seed;
	w.now = SEC;
	w.etcd = (struct model_etcd){.is_up = true, .cluster = 1, .revision = 1};
	w.is_verbose = getenv("MCR_DOMAIN_MODEL_VERBOSE") != NULL;
	model_name_keys();
	model_choose();
	for (uint32_t i = 0; i < HUBS; i++)
		w.hubs[i].address = 1 + i;
	for (uint32_t i = 0; i < HUBS; i++) {
		for (uint32_t m = 0; m < MEMBERS; m++)
			w.hubs[i].members[m] = KEYS;
		for (uint32_t m = 0; m < 20; m++)
			join_something(i);
		for (uint32_t k = 0; k < KEYS; k++)
			w.hubs[i].configured[k] = below(10) == 0;
		w.hubs[i].follows = i < HUBS_THAT_STAY || below(30) > 0;
		w.hubs[i].is_shared = i < HUBS_THAT_STAY || (w.hubs[i].follows && below(10) > 0);
		w.hubs[i].networks = i < HUBS_THAT_STAY ? 3 : 1 + below(3);
		if (i < HUBS_THAT_STAY || below(10) > 0)
			start_hub(i);
		push(below(SEC), START_AGENT, i, 0, NULL);
	}
}

static void
end_world(void)
{
	while (w.queue.count > 0) {
		struct model_event event = model_pop(&w.queue);

		drop(&event);
	}
	for (uint32_t i = 0; i < HUBS; i++) {
		kill_agent(i);
		free(w.agents[i].snapshot.at);
	}
	model_free(&w.etcd);
	free(w.queue.at);
}

static uint64_t
number_from(const char *variable, uint64_t number)
{
	const char *text = getenv(variable);

	return text == NULL ? number : strtoull(text, NULL, 0);
}

/* A hub that dies within a second is vouched for during 5 s, and its lease lasts 15 s more. */
#define QUIET (25 * SEC)

static void
move_for(uint32_t count)
{
	begin_moves();
	for (uint32_t i = 0; i < count; i++) {
		move();
		for (uint32_t k = 0; k < 4; k++) {
			send_something();
			run_for(below(10 * MS));
		}
		verify_nobody_gets_it_twice();
	}
}

static void
each_hub_has_the_interest_of_all_others_after_any_trouble(void **state)
{
	const uint64_t rounds = number_from("MCR_DOMAIN_MODEL_ROUNDS", 1);
	const uint64_t seed = number_from("MCR_DOMAIN_MODEL_SEED", 1);

	(void)state;
	for (uint64_t round = 0; round < rounds; round++) {
		print_message("seed %lu\n", (unsigned long)(seed + round));
		start_world(seed + round);
		run_for(5 * SEC);
		verify();
		move_for(400);
		end_trouble();
		run_for(QUIET);
		verify();
		/* One run has the trouble only that ends with the loss of all data. */
		for (uint32_t stage = rounds == 1; stage < 2; stage++) {
			for (uint32_t i = 0; i < 500; i++) {
				disturb();
				run_for(below(40 * MS));
				verify_nobody_gets_it_twice();
			}
			if (stage == 1) {
				stop_etcd();
				model_wipe(&w.etcd);
				if (w.seed % 2 == 0)
					forget_all();
				run_for(2 * SEC);
			}
			end_trouble();
			run_for(QUIET);
			verify();
		}
		end_world();
		assert_int_equal(mcr_address_count(), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_hub_has_the_interest_of_all_others_after_any_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
