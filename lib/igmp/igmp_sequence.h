/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * Runs bytes as messages and steps of time on the library and the model, and aborts when they
 * differ in a state, timer, route or query.
 */

#ifndef MCR_IGMP_SEQUENCE_H
#define MCR_IGMP_SEQUENCE_H

#include <stdio.h>
#include <stdlib.h>

#include <rte_common.h>

#include "igmp_model.h"
#include "family_fixture.h"

#define TICK 100u

struct sequence {
	struct mcr_igmp *igmp;
	struct mcr_igmp_config config;
	struct model model;
	enum mcr_igmp_route routes[MODEL_MEMBERS][MODEL_GROUPS][MODEL_SOURCES + 1];
	uint32_t sent[MODEL_MAX_SENT];
	uint32_t sent_count;
	const uint8_t *data, *end;
};

#define MUST(condition)                                                                 \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                        \
		}                                                                       \
	} while (0)

static inline uint8_t
take(struct sequence *q)
{
	return q->data < q->end ? *q->data++ : 0;
}

static inline uint64_t
now_ms(const struct sequence *q)
{
	return q->model.now * TICK;
}

static inline int
sequence_send(void *arg, uint32_t member, const uint8_t *packet, uint32_t len)
{
	struct sequence *q = arg;
	struct mcr_igmp_message message;
	uint32_t sources = 0;

	if (packet[FAMILY_HEADERS_LEN] == FAMILY_ADVERTISEMENT) {
		MUST(q->model.links[member].other_querier != 0);
		return 0;
	}
	MUST(family_parse(packet, len, &message) == MCR_IGMP_ACCEPTED);
	for (uint16_t i = 0; i < message.count; i++)
		sources |= 1u << (family_read_address(message.body + FAMILY_ADDRESS_LEN * i) -
				   SOURCE(1));
	if (q->sent_count < MODEL_MAX_SENT)
		q->sent[q->sent_count++] =
			model_query(member, message.group == 0 ? 0 : message.group - GROUP + 1,
				message.suppress, sources);
	return 0;
}

static inline int
sequence_changed(void *arg, uint32_t member, uint32_t group, uint32_t source,
	enum mcr_igmp_route before, enum mcr_igmp_route after)
{
	struct sequence *q = arg;
	enum mcr_igmp_route *route =
		&q->routes[member][group - GROUP][source == 0 ? MODEL_SOURCES : source - SOURCE(1)];

	MUST(*route == before && before != after);
	MUST(source != 0 || after != MCR_IGMP_ROUTE_EXCLUDE);
	*route = after;
	return 0;
}

static inline void
sequence_limited(void *arg __rte_unused, uint32_t member __rte_unused, uint32_t group __rte_unused,
	enum mcr_igmp_rejection bound __rte_unused)
{
	MUST(false);
}

static inline void
sequence_start(struct sequence *q)
{
	static const struct mcr_igmp_ops ops = {
		.send = sequence_send,
		.changed = sequence_changed,
		.limited = sequence_limited,
	};
	const struct mcr_igmp_member member = {.address = HUB};
	const uint8_t choice = take(q);
	struct mcr_igmp_config *config = &q->config;

	q->model.robustness = 1 + choice % 3;
	q->model.query_interval = 40;
	q->model.response_interval = 10;
	q->model.last_member_interval = 5;
	q->model.immediate_leave = (choice & 0x80) != 0;
	q->model.always_querier = (choice & 0x40) != 0;
	q->model.address = HUB;
	q->model.now = 1000;
	family_default_config(config);
	config->query_interval_ms = q->model.query_interval * TICK;
	config->query_response_interval_ms = q->model.response_interval * TICK;
	config->last_member_query_interval_ms = q->model.last_member_interval * TICK;
	config->robustness = (uint8_t)q->model.robustness;
	config->immediate_leave = q->model.immediate_leave;
	config->always_querier = q->model.always_querier;
	config->max_members = MODEL_MEMBERS;
	config->max_groups = 16;
	config->max_sources = 64;
	config->max_hosts_per_group = MODEL_MAX_HOSTS;
	q->igmp = mcr_igmp_create(config, &ops, q);
	MUST(q->igmp != NULL);
	for (uint32_t i = 0; i < MODEL_MEMBERS; i++)
		MUST(mcr_igmp_add_member(q->igmp, i, &member, now_ms(q)) == 0);
	mcr_igmp_run(q->igmp, now_ms(q));
	model_start(&q->model);
}

static inline uint16_t
list_sources(uint32_t set, uint8_t *sources)
{
	uint16_t count = 0;

	for (uint32_t s = 0; s < MODEL_SOURCES; s++) {
		if ((set >> s & 1) != 0)
			family_write_address(sources + FAMILY_ADDRESS_LEN * count++, SOURCE(1) + s);
	}
	return count;
}

static inline void
receive(struct sequence *q, uint32_t member, const uint8_t *packet, uint32_t len,
	enum mcr_igmp_rejection expected)
{
	MUST(mcr_igmp_receive(q->igmp, member, packet, len, now_ms(q)) == expected);
	mcr_igmp_run(q->igmp, now_ms(q));
	model_settle(&q->model);
}

static inline void
do_report(struct sequence *q, uint32_t member)
{
#ifdef FAMILY_IPV6
	static const uint8_t hosts[] = {0, 0, 0, 1, 1, 1, 2, 2};
#else
	static const uint8_t hosts[] = {0, 0, 0, 1, 1, 1, 2, MODEL_UNKNOWN_HOST};
#endif
	uint8_t packet[512], sources[2][FAMILY_ADDRESS_LEN * MODEL_SOURCES];
	struct mcr_igmp_record records[2];
	const uint8_t shape = take(q);
	const uint16_t count = 1 + shape % 2;
	const uint32_t host = hosts[shape >> 1 & 7];

	q->model.reporter = host;

	for (uint16_t i = 0; i < count; i++) {
		const uint8_t what = take(q);
		const uint32_t set = take(q) & MODEL_ALL;
		const uint8_t type = MCR_IGMP_IS_IN + (what >> 1) % 6;

		records[i] = (struct mcr_igmp_record){
			type, GROUP + (what & 1), list_sources(set, sources[i]), sources[i]};
		model_record(&q->model, member, what & 1, type, set);
	}
	receive(q, member, packet,
		family_build_report(
			host == MODEL_UNKNOWN_HOST ? 0 : HOST + host, records, count, packet),
		MCR_IGMP_ACCEPTED);
}

static inline void
do_older(struct sequence *q, uint32_t member)
{
	static const enum mcr_igmp_message_type types[] = {
		FAMILY_OLDEST_REPORT,
		MCR_IGMP_V2_REPORT,
		MCR_IGMP_V2_LEAVE,
		MCR_IGMP_V2_LEAVE,
	};
	const uint8_t what = take(q);
	const uint32_t group = what & 1;
	const enum mcr_igmp_message_type type = types[what >> 1 & 3];
	enum mcr_igmp_rejection expected = MCR_IGMP_ACCEPTED;
	uint8_t packet[FAMILY_V2_LEN];

	q->model.reporter = MODEL_UNKNOWN_HOST;
	if (type != MCR_IGMP_V2_LEAVE)
		model_older_report(&q->model, member, group, type == MCR_IGMP_V1_REPORT ? 1 : 2);
	else if (!model_record(&q->model, member, group, MCR_IGMP_TO_IN, 0))
		expected = MCR_IGMP_REJECT_OLDER_HOST;
	receive(q, member, packet, family_build_v2(type, HOST, GROUP + group, packet), expected);
}

static inline void
do_query(struct sequence *q, uint32_t member)
{
	static const uint32_t senders[] = {
		FAMILY_NO_QUERIER, HUB - 1, HUB - 2, HUB, HUB + 1, HUB + 2, HUB - 1, HUB - 3};
	const uint8_t what = take(q), set = take(q) & MODEL_ALL;
	uint8_t packet[FAMILY_QUERY_MAX_LEN], raw[FAMILY_ADDRESS_LEN * MODEL_SOURCES];
	uint32_t sources[MODEL_SOURCES];
	struct mcr_igmp_query query = {
		.sender = senders[what & 7],
		.robustness = what >> 3 & 3,
		.query_interval_ms = 1000u * (1 + (what >> 5)),
		.suppress = (what & 0x20) != 0,
		.sources = sources,
	};

	if ((what & 0xc0) == 0) {
		model_hear_general(&q->model, member, query.sender, query.robustness,
			query.query_interval_ms / TICK);
	} else {
		const uint32_t group = what >> 6 & 1;

		query.group = GROUP + group;
		query.source_count = list_sources(set, raw);
		for (uint16_t i = 0; i < query.source_count; i++)
			sources[i] = family_read_address(raw + FAMILY_ADDRESS_LEN * i);
		if (!query.suppress && query.sender != HUB)
			model_hear_specific(&q->model, member, group, set);
	}
	receive(q, member, packet, family_build_query(&query, packet), MCR_IGMP_ACCEPTED);
}

static inline void
do_pass(struct sequence *q)
{
	const uint8_t ticks = take(q);

	for (uint32_t i = 0; i < ticks; i++) {
		model_pass(&q->model, 1);
		mcr_igmp_run(q->igmp, now_ms(q));
	}
}

static inline void
do_reload(struct sequence *q)
{
	q->config.immediate_leave = (take(q) & 1) != 0;
	MUST(mcr_igmp_reconfigure(q->igmp, &q->config, now_ms(q)) == 0);
	model_reload(&q->model, q->config.immediate_leave);
}

static inline int
compare_numbers(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static inline void
check_queries(struct sequence *q)
{
	MUST(q->sent_count == q->model.sent_count);
	qsort(q->sent, q->sent_count, sizeof(q->sent[0]), compare_numbers);
	qsort(q->model.sent, q->sent_count, sizeof(q->sent[0]), compare_numbers);
	MUST(memcmp(q->sent, q->model.sent, q->sent_count * sizeof(q->sent[0])) == 0);
	q->sent_count = 0;
	q->model.sent_count = 0;
}

static inline void
check_source(struct sequence *q, uint32_t member, uint32_t group, uint32_t source)
{
	const struct model_group *g = &q->model.links[member].groups[group];
	const enum mcr_igmp_route *routes = q->routes[member][group];
	const bool known = (g->known >> source & 1) != 0;
	struct mcr_igmp_source state;
	bool forwards = routes[MODEL_SOURCES] == MCR_IGMP_ROUTE_JOIN;

	MUST(mcr_igmp_get_source(q->igmp, member, GROUP + group, SOURCE(1) + source, now_ms(q),
		     &state) == known);
	if (known && g->source_end[source] > q->model.now)
		MUST(state.forward &&
			state.expires_ms == (g->source_end[source] - q->model.now) * TICK);
	else if (known)
		MUST(!state.forward);
	if (routes[source] != MCR_IGMP_ROUTE_NONE)
		forwards = routes[source] == MCR_IGMP_ROUTE_JOIN;
	MUST(forwards == model_forwards(&q->model, member, group, source));
}

static inline void
check_group(struct sequence *q, uint32_t member, uint32_t group)
{
	const struct model_group *g = &q->model.links[member].groups[group];
	const bool exists = g->exclude || g->known != 0;
	struct mcr_igmp_state state;

	MUST(mcr_igmp_get_state(q->igmp, member, GROUP + group, now_ms(q), &state) == exists);
	for (uint32_t source = 0; source < MODEL_SOURCES; source++)
		check_source(q, member, group, source);
	if (!exists)
		return;
	MUST((state.mode == MCR_IGMP_EXCLUDE) == g->exclude);
	MUST(state.version == FAMILY_VERSION(model_version(&q->model, g)));
	MUST(state.source_count == (uint32_t)__builtin_popcount(g->known));
	MUST(!g->exclude || state.expires_ms == (g->group_end - q->model.now) * TICK);
}

static inline void
check(struct sequence *q)
{
	check_queries(q);
	for (uint32_t member = 0; member < MODEL_MEMBERS; member++) {
		const struct model_link *link = &q->model.links[member];
		struct mcr_igmp_querier querier;

		MUST(mcr_igmp_get_querier(q->igmp, member, now_ms(q), &querier));
		MUST(querier.querier == link->querier);
		MUST(querier.next_ms ==
			((link->querier ? link->next : link->other_querier_end) - q->model.now) *
				TICK);
		for (uint32_t group = 0; group < MODEL_GROUPS; group++)
			check_group(q, member, group);
	}
}

static inline void
run_sequence(const uint8_t *data, size_t size)
{
	struct sequence *q = calloc(1, sizeof(*q));

	MUST(q != NULL);
	q->data = data;
	q->end = data + size;
	sequence_start(q);
	while (q->data < q->end) {
		const uint8_t choice = take(q);
		const uint32_t member = choice >> 7;

		switch (choice % 16) {
		case 0:
		case 1:
		case 2:
			do_pass(q);
			break;
		case 3:
			do_older(q, member);
			break;
		case 4:
		case 5:
			do_query(q, member);
			break;
		case 6:
			do_reload(q);
			break;
		default:
			do_report(q, member);
			break;
		}
		check(q);
	}
	mcr_igmp_free(q->igmp);
	free(q);
}

#endif
