/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * domain_bench [OPTIONS] [HUBS...]: the agents of so many hubs, each with receivers for --groups
 * groups, against a model of etcd, in virtual time. All start within a second; then one hub joins a
 * group, one drains and comes back, one dies and comes back. With more hubs than --free-start-above
 * etcd costs nothing until all have started, as that takes long.
 *
 * etcd works on one request at a time and answers them in order. Beside that it sends to one watch
 * at a time, in turns, all that this one does not have yet. What each costs is measured by
 * `scripts/bench domain scale`, which passes it on (--costs REQUEST,LISTED,LINE,EVENT,KILOBYTE, in
 * microseconds). Requests time out as those of the agent do.
 *
 * CPU time is that of one agent's calls of the library, without JSON of etcd's gateway and HTTP.
 * The other agents empty its caches meanwhile, so it is what an agent takes at most.
 */

#include <getopt.h>
#include <malloc.h>
#include <time.h>

#define MODEL_PAGE 5000
#include "model_crowd.h"
#include "model_queue.h"
#include "model_request.h"

#define MS UINT64_C(1000)
#define SEC (1000 * MS)

/* Of which CPU time and memory are shown. */
#define MEASURED 0
/* Bytes of JSON around a line of the watch, and around an event's key and value. */
#define LINE_BYTES 150
#define EVENT_BYTES 110
#define REQUEST_MAX (5 * SEC)
#define LIST_MAX (20 * SEC)
/* A phase that takes longer never ends. */
#define PATIENCE (600 * SEC)

enum event_type {
	RUN_AGENT,
	START_AGENT,
	HUB_ANSWERS,
	ETCD_GETS,
	ETCD_SERVES,
	ETCD_REPLIES,
	ETCD_FAILS,
	ETCD_SENDS,
	WATCH_DELIVERS,
};

/* In microseconds. */
static struct costs {
	double round_trip;
	double request;
	double listed; /* a key in a list */
	double line;
	double event;
	double kilobyte; /* of JSON to a watch */
} costs = {
	.round_trip = 2000,
	.request = 100,
	.listed = 2,
	.line = 20,
	.event = 4,
	.kilobyte = 5,
};

struct agent {
	struct mcr_domain *domain;
	uint32_t life;
	uint32_t session;
	uint64_t wake;
	uint32_t watch;    /* id, or 0 */
	uint32_t position; /* in the history: sent up to here */
	struct model_list snapshot;
};

struct delivery {
	uint32_t from;
	uint32_t to;
};

static struct world {
	uint64_t now;
	uint64_t seed;
	struct model_queue queue;
	struct model_etcd etcd;
	struct crowd crowd;
	struct agent *agents;
	double free_at; /* etcd, for requests */
	double *bytes;  /* of the history, see count_bytes() */
	uint32_t counted;
	bool is_sending;
	uint32_t turn; /* whose watch is next */
	uint64_t next_expiry;
} w;

/* Of a phase. */
static struct tally {
	uint64_t begun;
	uint32_t history;
	uint64_t writes;
	uint64_t refused;
	uint64_t failures;
	uint64_t lines;
	uint64_t delivered;
	double bytes;
	double cpu;
	uint64_t reached[4]; /* by phase of the placement */
} tally;

static uint32_t
below(uint32_t n)
{
	w.seed = w.seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (w.seed >> 33) % n;
}

static void
push(double delay, enum event_type type, uint32_t who, void *data)
{
	model_push(&w.queue, (struct model_event){.time = w.now + (uint64_t)delay,
				     .type = type,
				     .who = who,
				     .life = w.agents[who].life,
				     .session = w.agents[who].session,
				     .data = data});
}

static double
cpu_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return time.tv_sec + time.tv_nsec * 1e-9;
}

/* Around all that an agent does. */
static double
enter(uint32_t who)
{
	return who == MEASURED ? cpu_now() : 0;
}

static void
leave(uint32_t who, double entered)
{
	if (who == MEASURED)
		tally.cpu += cpu_now() - entered;
}

/* Agents. */

static void
wake_at(uint32_t who, uint64_t time)
{
	struct agent *agent = &w.agents[who];

	if (time == UINT64_MAX || (agent->wake > w.now && agent->wake <= time))
		return;
	agent->wake = RTE_MAX(time, w.now + 1);
	push(agent->wake - w.now, RUN_AGENT, who, NULL);
}

static void
send_request(uint32_t who, const struct mcr_domain_request *request)
{
	struct model_request *copy = model_copy_request(request);

	copy->sent = w.now;
	push(costs.round_trip / 2, ETCD_GETS, who, copy);
}

static void
carry_out(uint32_t who, const struct mcr_domain_action *action)
{
	struct agent *agent = &w.agents[who];

	switch (action->type) {
	case MCR_DOMAIN_CONNECT:
		agent->session++;
		agent->watch = 0;
		break;
	case MCR_DOMAIN_REQUEST:
		send_request(who, &action->request);
		break;
	case MCR_DOMAIN_ASK:
		push(MS / 10 + below(MS / 2), HUB_ANSWERS, who, strdup(action->text));
		break;
	default:
		if (getenv("MCR_DOMAIN_MODEL_VERBOSE") != NULL)
			printf("%9.3f %u: %s\n", w.now / 1e6, who, action->text);
		break;
	}
}

static void
run_agent(uint32_t who)
{
	struct mcr_domain *domain = w.agents[who].domain;
	struct mcr_domain_action action;
	double entered;
	uint64_t wake;
	bool is_action;

	for (;;) {
		entered = enter(who);
		is_action = mcr_domain_next(domain, w.now, &action);
		leave(who, entered);
		if (!is_action)
			break;
		carry_out(who, &action);
	}
	wake = mcr_domain_wake(domain);
	RTE_VERIFY(wake > w.now);
	wake_at(who, wake);
}

static void
start_agent(uint32_t who)
{
	struct agent *agent = &w.agents[who];
	char hub[16];
	const struct mcr_domain_config config = {
		.name = "d", .hub = hub, .endpoint_count = 3, .version = "1", .seed = who + 1};

	crowd_name(who, hub);
	agent->domain = mcr_domain_create(&config);
	mcr_domain_hub_connected(agent->domain, w.now);
	run_agent(who);
}

static void
kill_agent(uint32_t who)
{
	struct agent *agent = &w.agents[who];

	mcr_domain_free(agent->domain);
	agent->domain = NULL;
	agent->life++;
	agent->session++;
	agent->watch = 0;
	agent->wake = 0;
}

static void
hub_answers(uint32_t who, const char *asked)
{
	static char answer[CROWD_ANSWER_MAX];
	double entered;

	crowd_answer(&w.crowd, who, w.now, asked, answer);
	entered = enter(who);
	mcr_domain_hub_answered(w.agents[who].domain, w.now, answer, strlen(answer));
	leave(who, entered);
	run_agent(who);
}

/* etcd: watches. */

/* What the history is as JSON, up to each event. */
static void
count_bytes(void)
{
	const struct model_list *history = &w.etcd.history;

	w.bytes = reallocarray(w.bytes, history->room + 1, sizeof(*w.bytes));
	for (; w.counted < history->count; w.counted++) {
		const struct mcr_domain_kv *kv = history->at[w.counted];
		const size_t len = strlen(kv->key) + (kv->value == NULL ? 0 : strlen(kv->value));
		const double before = w.counted == 0 ? 0 : w.bytes[w.counted];

		w.bytes[w.counted + 1] = before + EVENT_BYTES + len * 4 / 3;
	}
}

static void
tell_watches(void)
{
	count_bytes();
	if (w.is_sending)
		return;
	w.is_sending = true;
	push(0, ETCD_SENDS, 0, NULL);
}

static bool
must_send(uint32_t who)
{
	return w.agents[who].watch != 0 && w.agents[who].position < w.etcd.history.count;
}

/* To the next watch that does not have all. */
static void
etcd_sends(void)
{
	struct delivery *delivery;
	double bytes, cost;
	uint32_t who = w.turn;

	w.is_sending = false;
	for (uint32_t i = 0; i < w.crowd.count && !must_send(who); i++)
		who = (who + 1) % w.crowd.count;
	if (!must_send(who))
		return;
	w.is_sending = true;
	w.turn = (who + 1) % w.crowd.count;
	delivery = malloc(sizeof(*delivery));
	*delivery = (struct delivery){w.agents[who].position, w.etcd.history.count};
	w.agents[who].position = delivery->to;
	bytes = LINE_BYTES + w.bytes[delivery->to] - w.bytes[delivery->from];
	cost = costs.line + costs.event * (delivery->to - delivery->from) +
	       costs.kilobyte * bytes / 1000;
	tally.lines++;
	tally.delivered += delivery->to - delivery->from;
	tally.bytes += bytes;
	push(cost + costs.round_trip / 2, WATCH_DELIVERS, who, delivery);
	push(cost, ETCD_SENDS, 0, NULL);
}

static void
watch_delivers(uint32_t who, const struct delivery *delivery)
{
	struct agent *agent = &w.agents[who];
	const uint32_t count = delivery->to - delivery->from;
	struct mcr_domain_kv *kvs;
	double entered;

	if (agent->watch == 0)
		return;
	kvs = malloc(count * sizeof(*kvs));
	for (uint32_t i = 0; i < count; i++)
		kvs[i] = *w.etcd.history.at[delivery->from + i];
	entered = enter(who);
	mcr_domain_watched(agent->domain, w.now, agent->watch, kvs, count);
	leave(who, entered);
	free(kvs);
	run_agent(who);
}

/* etcd: requests. */

static void
etcd_gets(uint32_t who, struct model_event *event)
{
	const struct model_request *request = event->data;
	struct agent *agent = &w.agents[who];

	if (request->request.type == MCR_DOMAIN_WATCH) {
		agent->watch = request->request.id;
		agent->position = model_watch_from(&w.etcd, request->request.revision);
		tell_watches();
		return;
	}
	w.free_at = RTE_MAX(w.free_at, (double)w.now) + costs.request;
	push(w.free_at - w.now, ETCD_SERVES, who, event->data);
	event->data = NULL;
}

static void
note_write(const struct model_request *request)
{
	const bool is_refused = request->reply.result != MCR_DOMAIN_OK;
	struct handover handover;

	tally.writes++;
	tally.refused += is_refused;
	if (is_refused || strcmp(request->writes[0].key, "/mcdpdk/d/placement") != 0)
		return;
	RTE_VERIFY(mcr_handover_parse(request->writes[0].value, &handover) == NULL);
	tally.reached[handover.stage.phase] = w.now;
	mcr_handover_free(&handover);
}

static void
etcd_serves(uint32_t who, struct model_event *event)
{
	struct model_request *request = event->data;
	const bool is_list = request->request.type == MCR_DOMAIN_LIST;
	double cost = 0;

	model_serve(&w.etcd, w.now, &w.agents[who].snapshot, request);
	if (is_list)
		cost = costs.listed * request->reply.count;
	if (request->request.type == MCR_DOMAIN_WRITE) {
		note_write(request);
		tell_watches();
	}
	w.free_at += cost;
	if (w.now + cost + costs.round_trip / 2 >
		request->sent + (is_list ? LIST_MAX : REQUEST_MAX)) {
		push(0, ETCD_FAILS, who, NULL);
		return;
	}
	push(cost + costs.round_trip / 2, ETCD_REPLIES, who, request);
	event->data = NULL;
}

static void
etcd_replies(uint32_t who, const struct model_request *request)
{
	const double entered = enter(who);

	mcr_domain_replied(w.agents[who].domain, w.now, request->request.id, &request->reply);
	leave(who, entered);
	run_agent(who);
}

static void
etcd_fails(uint32_t who)
{
	tally.failures++;
	w.agents[who].watch = 0;
	mcr_domain_etcd_failed(w.agents[who].domain, w.now, "it does not answer in time");
	run_agent(who);
}

/* The world. */

static bool
is_of_etcd(enum event_type type)
{
	return type >= ETCD_GETS && type != ETCD_SENDS;
}

static void
dispatch(struct model_event *event)
{
	const uint32_t who = event->who;
	const struct agent *agent = &w.agents[who];

	if (event->type == START_AGENT) {
		start_agent(who);
	} else if (event->type == ETCD_SENDS) {
		etcd_sends();
	} else if (agent->domain == NULL || event->life != agent->life ||
		   (is_of_etcd(event->type) && event->session != agent->session)) {
		return;
	} else if (event->type == RUN_AGENT) {
		run_agent(who);
	} else if (event->type == HUB_ANSWERS) {
		hub_answers(who, event->data);
	} else if (event->type == ETCD_GETS) {
		etcd_gets(who, event);
	} else if (event->type == ETCD_SERVES) {
		etcd_serves(who, event);
	} else if (event->type == ETCD_REPLIES) {
		etcd_replies(who, event->data);
	} else if (event->type == ETCD_FAILS) {
		etcd_fails(who);
	} else {
		watch_delivers(who, event->data);
	}
}

static void
drop(struct model_event *event)
{
	if (event->data == NULL)
		return;
	if (event->type == HUB_ANSWERS || event->type == WATCH_DELIVERS)
		free(event->data);
	else
		model_free_request(event->data);
}

static void
run_for(uint64_t time)
{
	const uint64_t end = w.now + time;

	while (w.queue.count > 0 && w.queue.at[0].time <= end) {
		struct model_event event = model_pop(&w.queue);

		w.now = event.time;
		if (w.now >= w.next_expiry) {
			w.next_expiry = w.now + SEC / 2;
			if (model_expire(&w.etcd, w.now))
				tell_watches();
		}
		dispatch(&event);
		drop(&event);
	}
	w.now = end;
}

/* It and its agent end, and at once its lease, which would last for 15 s. */
static void
end_hub(uint32_t who)
{
	char key[32] = "/mcdpdk/d/hubs/";
	const struct mcr_domain_kv *record;

	crowd_name(who, key + strlen(key));
	record = model_get(&w.etcd, key);
	RTE_VERIFY(record != NULL);
	w.etcd.leases[record->lease - 1].end = w.now;
	w.next_expiry = w.now;
	w.crowd.hubs[who].is_up = false;
	kill_agent(who);
}

/* Phases. */

static bool
has_settled_with(uint32_t servers)
{
	static uint32_t last; /* who was not, is likely not to be yet */
	const struct mcr_domain_kv *kv = model_get(&w.etcd, "/mcdpdk/d/placement");
	uint32_t named = 0;

	if (kv == NULL || strstr(kv->value, "\"settled\"") == NULL)
		return false;
	for (const char *at = strchr(kv->value, '#'); at != NULL; at = strchr(at + 1, '#'))
		named++;
	for (uint32_t i = 0; named == servers && i < w.crowd.count; i++) {
		const uint32_t who = (last + i) % w.crowd.count;

		if (w.agents[who].domain == NULL || mcr_domain_is_settled(w.agents[who].domain))
			continue;
		last = who;
		return false;
	}
	return named == servers;
}

static bool
have_all_heard(uint32_t unused)
{
	RTE_SET_USED(unused);
	for (uint32_t i = 1; i < w.crowd.count; i++)
		if (!w.crowd.hubs[i].heard)
			return false;
	return true;
}

static void
begin_phase(void)
{
	tally = (struct tally){.begun = w.now, .history = w.etcd.history.count};
}

static double
since_begun(uint64_t time)
{
	return time < tally.begun ? 0 : (time - tally.begun) / 1e6;
}

static void
end_phase(const char *name, bool (*is_over)(uint32_t), uint32_t servers)
{
	const uint32_t hubs = w.crowd.count;

	while (!is_over(servers)) {
		run_for(5 * MS);
		if (w.now > tally.begun + PATIENCE) {
			printf("%5u  %-22s is not over after %.0f s\n", hubs, name, PATIENCE / 1e6);
			exit(1);
		}
	}
	printf("%5u  %-22s %8" PRIu64 " %7" PRIu64 " %7" PRIu64 " %8u %10" PRIu64 " %9.1f %8.1f "
	       "%7.2f",
		hubs, name, tally.writes, tally.refused, tally.failures,
		w.etcd.history.count - tally.history, tally.delivered,
		(double)tally.delivered / RTE_MAX(tally.lines, UINT64_C(1)), tally.bytes / 1e6,
		tally.cpu * 1e3);
	for (enum phase phase = PHASE_PREPARE; phase <= PHASE_SETTLED; phase++)
		printf(" %7.2f", since_begun(tally.reached[phase]));
	printf(" %7.2f\n", since_begun(w.now));
	fflush(stdout);
}

static void
report_store(void)
{
	const struct model_list *keys = &w.etcd.keys;
	struct mallinfo2 before = mallinfo2();
	double bytes = 0;

	for (uint32_t i = 0; i < keys->count; i++)
		bytes += strlen(keys->at[i]->key) + strlen(keys->at[i]->value);
	mcr_domain_free(w.agents[MEASURED].domain);
	w.agents[MEASURED].domain = NULL;
	printf("%5u  etcd: %u keys, %.2f MB; memory of an agent: %.2f MB\n", w.crowd.count,
		keys->count, bytes / 1e6, (before.uordblks - mallinfo2().uordblks) / 1e6);
}

static void
start_world(uint32_t hubs, uint32_t groups)
{
	memset(&w, 0, sizeof(w));
	w.seed = 1;
	w.now = SEC;
	w.etcd = (struct model_etcd){.is_up = true, .cluster = 1, .revision = 1};
	w.agents = calloc(hubs, sizeof(*w.agents));
	crowd_create(&w.crowd, hubs, groups, MEASURED);
	for (uint32_t i = 0; i < hubs; i++) {
		crowd_start(&w.crowd, i, UINT64_C(10000000000000000000) + i);
		push(below(SEC), START_AGENT, i, NULL);
	}
}

static void
end_world(void)
{
	while (w.queue.count > 0) {
		struct model_event event = model_pop(&w.queue);

		drop(&event);
	}
	for (uint32_t i = 0; i < w.crowd.count; i++) {
		kill_agent(i);
		free(w.agents[i].snapshot.at);
	}
	model_free(&w.etcd);
	free(w.agents);
	crowd_free(&w.crowd);
	free(w.bytes);
	free(w.queue.at);
}

static void
start_all(uint32_t hubs, bool is_free)
{
	const struct costs paid = costs;

	if (is_free)
		costs = (struct costs){.round_trip = paid.round_trip, .line = 1, .event = 0.01};
	begin_phase();
	end_phase(is_free ? "all start, etcd is free" : "all start", has_settled_with, hubs);
	run_for(SEC);
	costs = paid;
}

static void
run_phases(uint32_t hubs, uint32_t groups, bool starts_free)
{
	start_world(hubs, groups);
	start_all(hubs, starts_free);
	begin_phase();
	run_for(SEC);
	printf("%5u  an agent at rest: %.1f ms of CPU time a second\n", hubs, tally.cpu * 1e3);
	begin_phase();
	w.crowd.hubs[0].version = 2;
	end_phase("a join", have_all_heard, 0);
	begin_phase();
	w.crowd.hubs[1].is_draining = true;
	end_phase("a hub drains", has_settled_with, hubs - 1);
	begin_phase();
	w.crowd.hubs[1].is_draining = false;
	end_phase("it serves again", has_settled_with, hubs);
	begin_phase();
	end_hub(2);
	end_phase("a hub dies", has_settled_with, hubs - 1);
	begin_phase();
	crowd_start(&w.crowd, 2, 1);
	start_agent(2);
	end_phase("it starts again", has_settled_with, hubs);
	report_store();
	end_world();
}

int
main(int argc, char **argv)
{
	static const struct option names[] = {
		{"costs", required_argument, NULL, 'c'},
		{"groups", required_argument, NULL, 'g'},
		{"free-start-above", required_argument, NULL, 'f'},
		{NULL, 0, NULL, 0},
	};
	uint32_t groups = 20, free_above = 300;
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (option == 'g')
			groups = atoi(optarg);
		else if (option == 'f')
			free_above = atoi(optarg);
		else if (option != 'c' ||
			 sscanf(optarg, "%lf,%lf,%lf,%lf,%lf", &costs.request, &costs.listed,
				 &costs.line, &costs.event, &costs.kilobyte) != 5)
			return 2;
	}
	printf("round trip %.0f us; etcd, us: a request %.1f, a key listed %.1f, a line %.1f, an "
	       "event %.1f, a kB %.1f\n",
		costs.round_trip, costs.request, costs.listed, costs.line, costs.event,
		costs.kilobyte);
	printf(" hubs  phase                    writes refused timeout   events  delivered    a "
	       "line"
	       "       MB  CPU ms prepare  switch settled    over\n");
	if (optind == argc)
		run_phases(10, groups, false);
	for (; optind < argc; optind++) {
		const uint32_t hubs = atoi(argv[optind]);

		run_phases(hubs, groups, hubs > free_above);
	}
	return 0;
}
