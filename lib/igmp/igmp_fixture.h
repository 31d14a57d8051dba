/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * A router on a virtual clock that records its callbacks. States and queries are compared as text,
 * sources by their last octet:
 *
 *   INCLUDE 1=260 2=270          source timers in seconds
 *   EXCLUDE 1=260 | 3 4 G=270    requested, excluded, group timer
 *   Q() Q(G) Q(G,1,2) Q(G)/S     general, specific, with the S flag
 */

#ifndef MCR_IGMP_FIXTURE_H
#define MCR_IGMP_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_common.h>

#include <mcr_address.h>

#include "mcr_igmp.h"

#include "family_fixture.h"

#define MEMBER 7
#define OTHER_MEMBER 8
#define SECOND 1000ull
#define MAX_ROUTES 4096

struct fixture_route {
	uint32_t member, group, source;
	enum mcr_igmp_route route;
};

struct fixture {
	struct mcr_igmp *igmp;
	uint64_t now;
	struct fixture_route routes[MAX_ROUTES];
	uint32_t route_count;
	uint32_t changes;
	char queries[1024];
	uint32_t queries_sent;
	uint32_t advertised;
	uint64_t last_advertised_at;
	uint8_t advertisement[FAMILY_ADVERTISEMENT_LEN];
	uint64_t last_query_at;
	uint8_t packet[FAMILY_QUERY_MAX_LEN];
	uint32_t packet_len;
	uint32_t limited;
	enum mcr_igmp_rejection bound;
	uint32_t refused;
	uint32_t refused_group;
	enum mcr_igmp_rejection refusal;
	uint32_t room; /* routes that may be in force at once; 0: any number */
	int lack;      /* -errno of a change without room */
	int send_error;
};

static inline void
append(char *text, size_t size, const char *format, ...)
{
	const size_t used = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + used, size - used, format, args);
	va_end(args);
}

static inline int
fixture_send(void *arg, uint32_t member_id __rte_unused, const uint8_t *packet, uint32_t len)
{
	struct fixture *f = arg;
	const uint8_t *message = packet + FAMILY_HEADERS_LEN;
	/* Behind the group and the list of sources' own header of 4 bytes. */
	const uint8_t *sources = message + FAMILY_QUERY_LEN, *flags = sources - 4;
	bool is_general = true;
	uint32_t count;

	if (f->send_error != 0)
		return f->send_error;
	if (message[0] == FAMILY_ADVERTISEMENT) {
		assert_int_equal(len, sizeof(f->advertisement));
		memcpy(f->advertisement, packet, len);
		f->advertised++;
		f->last_advertised_at = f->now;
		return 0;
	}
	count = flags[2] << 8 | flags[3];
	assert_int_equal(len, FAMILY_HEADERS_LEN + FAMILY_QUERY_LEN + FAMILY_ADDRESS_LEN * count);
	for (uint32_t i = 1; i <= FAMILY_ADDRESS_LEN; i++)
		is_general &= flags[-(int)i] == 0;
	memcpy(f->packet, packet, len);
	f->packet_len = len;
	f->queries_sent++;
	f->last_query_at = f->now;
	append(f->queries, sizeof(f->queries), "%sQ(%s", f->queries[0] == 0 ? "" : " ",
		is_general ? "" : "G");
	for (uint32_t n = 1; n < 256; n++) {
		for (uint32_t i = 0; i < count; i++) {
			if (sources[FAMILY_ADDRESS_LEN * (i + 1) - 1] == n)
				append(f->queries, sizeof(f->queries), ",%u", n);
		}
	}
	append(f->queries, sizeof(f->queries), "%s", flags[0] & 8 ? ")/S" : ")");
	return 0;
}

static inline struct fixture_route *
fixture_route(struct fixture *f, uint32_t member, uint32_t group, uint32_t source)
{
	for (uint32_t i = 0; i < f->route_count; i++) {
		struct fixture_route *route = &f->routes[i];

		if (route->member == member && route->group == group && route->source == source)
			return route;
	}
	assert_true(f->route_count < MAX_ROUTES);
	f->routes[f->route_count] =
		(struct fixture_route){member, group, source, MCR_IGMP_ROUTE_NONE};
	return &f->routes[f->route_count++];
}

static inline bool
fixture_is_full(const struct fixture *f)
{
	uint32_t used = 0;

	for (uint32_t i = 0; i < f->route_count; i++)
		used += f->routes[i].route != MCR_IGMP_ROUTE_NONE;
	return f->room != 0 && used >= f->room;
}

static inline int
fixture_changed(void *arg, uint32_t member_id, uint32_t group, uint32_t source,
	enum mcr_igmp_route before, enum mcr_igmp_route after)
{
	struct fixture *f = arg;
	struct fixture_route *route = fixture_route(f, member_id, group, source);

	assert_int_equal(route->route, before);
	assert_int_not_equal(before, after);
	f->changes++;
	route->route = MCR_IGMP_ROUTE_NONE;
	if (after != MCR_IGMP_ROUTE_NONE && fixture_is_full(f))
		return f->lack;
	route->route = after;
	return 0;
}

static inline void
fixture_limited(void *arg, uint32_t member_id __rte_unused, uint32_t group __rte_unused,
	enum mcr_igmp_rejection bound)
{
	struct fixture *f = arg;

	f->limited++;
	f->bound = bound;
}

static inline void
fixture_refused(void *arg, uint32_t member_id __rte_unused, uint32_t group,
	enum mcr_igmp_rejection rejection)
{
	struct fixture *f = arg;

	f->refused++;
	f->refused_group = group;
	f->refusal = rejection;
}

static const struct mcr_igmp_ops fixture_ops = {
	.send = fixture_send,
	.changed = fixture_changed,
	.limited = fixture_limited,
	.refused = fixture_refused,
};

static inline bool
receives_of(struct fixture *f, uint32_t member, uint32_t group, uint32_t source)
{
	const enum mcr_igmp_route route = fixture_route(f, member, group, source)->route;

	if (route != MCR_IGMP_ROUTE_NONE)
		return route == MCR_IGMP_ROUTE_JOIN;
	return fixture_route(f, member, group, 0)->route == MCR_IGMP_ROUTE_JOIN;
}

/* Whether the member receives packets from SOURCE(n) to GROUP. */
static inline bool
receives(struct fixture *f, uint8_t n)
{
	return receives_of(f, MEMBER, GROUP, SOURCE(n));
}

static inline struct fixture *
fixture_create_with(const struct mcr_igmp_config *config)
{
	const struct mcr_igmp_member member = {.address = HUB};
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->now = 1000000;
	f->igmp = mcr_igmp_create(config, &fixture_ops, f);
	assert_non_null(f->igmp);
	assert_int_equal(mcr_igmp_add_member(f->igmp, MEMBER, &member, f->now), 0);
	return f;
}

static inline void
fixture_free(struct fixture *f)
{
	mcr_igmp_free(f->igmp);
	free(f);
}

static inline void
pass(struct fixture *f, uint64_t ms)
{
	const uint64_t end = f->now + ms;
	uint64_t next = mcr_igmp_run(f->igmp, f->now);

	while (next <= end) {
		f->now = next;
		next = mcr_igmp_run(f->igmp, f->now);
	}
	f->now = end;
}

static inline void
forget_queries(struct fixture *f)
{
	f->queries[0] = 0;
	f->queries_sent = 0;
}

#define assert_queries(f, text)                          \
	do {                                             \
		assert_string_equal((f)->queries, text); \
		forget_queries(f);                       \
	} while (0)

static inline struct fixture *
fixture_create_settled(const struct mcr_igmp_config *config)
{
	struct fixture *f = fixture_create_with(config);

	pass(f, 32 * SECOND);
	assert_queries(f, "Q() Q()");
	return f;
}

static inline struct fixture *
fixture_create(void)
{
	struct mcr_igmp_config config;

	family_default_config(&config);
	return fixture_create_settled(&config);
}

static inline enum mcr_igmp_rejection
receive_from(struct fixture *f, uint32_t member, const uint8_t *packet, uint32_t len)
{
	const enum mcr_igmp_rejection rejection =
		mcr_igmp_receive(f->igmp, member, packet, len, f->now);

	mcr_igmp_run(f->igmp, f->now);
	return rejection;
}

static inline enum mcr_igmp_rejection
receive(struct fixture *f, const uint8_t *packet, uint32_t len)
{
	return receive_from(f, MEMBER, packet, len);
}

static inline struct mcr_igmp_querier
querier(struct fixture *f)
{
	struct mcr_igmp_querier state;

	assert_true(mcr_igmp_get_querier(f->igmp, MEMBER, f->now, &state));
	return state;
}

static inline enum mcr_igmp_rejection
hear(struct fixture *f, const struct mcr_igmp_query *query)
{
	uint8_t packet[FAMILY_QUERY_MAX_LEN];

	return receive(f, packet, family_build_query(query, packet));
}

/* Another querier: robustness 3, query interval 60 s, response interval 5 s. */
static inline void
hear_general(struct fixture *f, uint32_t sender)
{
	const struct mcr_igmp_query query = {.sender = sender,
		.robustness = 3,
		.query_interval_ms = 60000,
		.max_response_ms = 5000};

	assert_int_equal(hear(f, &query), MCR_IGMP_ACCEPTED);
}

static inline enum mcr_igmp_rejection
report_by(struct fixture *f, uint32_t member, uint32_t host, uint8_t type, uint32_t group,
	const uint8_t *list)
{
	const uint16_t count = (uint16_t)strlen((const char *)list);
	uint8_t packet[8192], sources[256 * FAMILY_ADDRESS_LEN];
	struct mcr_igmp_record record = {
		.type = type,
		.group = group,
		.source_count = count,
		.sources = sources,
	};

	for (uint16_t i = 0; i < count; i++)
		family_write_address(sources + FAMILY_ADDRESS_LEN * i, SOURCE(list[i]));
	return receive_from(f, member, packet, family_build_report(host, &record, 1, packet));
}

static inline enum mcr_igmp_rejection
report_of(struct fixture *f, uint32_t member, uint8_t type, uint32_t group, const uint8_t *list)
{
	return report_by(f, member, HOST, type, group, list);
}

/* LIST(1, 2): sources by their last octet, 0 ends. */
#define LIST(...) ((const uint8_t[]){__VA_ARGS__, 0})
#define NOTHING ((const uint8_t[]){0})

static inline void
report(struct fixture *f, uint8_t type, const uint8_t *list)
{
	assert_int_equal(report_of(f, MEMBER, type, GROUP, list), MCR_IGMP_ACCEPTED);
}

static inline enum mcr_igmp_rejection
older(struct fixture *f, enum mcr_igmp_message_type type)
{
	uint8_t packet[FAMILY_V2_LEN];

	return receive(f, packet, family_build_v2(type, HOST, GROUP, packet));
}

static inline int
compare_sources(const void *a, const void *b)
{
	const struct mcr_igmp_source *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

static inline void
append_seconds(char *text, size_t size, const char *what, uint64_t ms)
{
	append(text, size, ms % SECOND == 0 ? " %s=%u" : " %s=%u.%03u", what,
		(unsigned int)(ms / SECOND), (unsigned int)(ms % SECOND));
}

static inline const char *
state_of(struct fixture *f)
{
	static char text[1024];
	struct mcr_igmp_source sources[64];
	struct mcr_igmp_state state;
	char name[16];
	uint32_t count;

	if (!mcr_igmp_get_state(f->igmp, MEMBER, GROUP, f->now, &state))
		return "none";
	count = mcr_igmp_get_sources(f->igmp, MEMBER, GROUP, f->now, sources, RTE_DIM(sources));
	qsort(sources, count, sizeof(*sources), compare_sources);
	strcpy(text, state.mode == MCR_IGMP_INCLUDE ? "INCLUDE" : "EXCLUDE");
	for (uint32_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%u", sources[i].address & 0xff);
		if (sources[i].forward)
			append_seconds(text, sizeof(text), name, sources[i].expires_ms);
	}
	if (state.mode == MCR_IGMP_INCLUDE)
		return text;
	append(text, sizeof(text), " |");
	for (uint32_t i = 0; i < count; i++) {
		if (!sources[i].forward)
			append(text, sizeof(text), " %u", sources[i].address & 0xff);
	}
	append_seconds(text, sizeof(text), "G", state.expires_ms);
	return text;
}

#define assert_state(f, text) assert_string_equal(state_of(f), text)

static inline uint64_t
rejected(struct fixture *f, enum mcr_igmp_rejection rejection)
{
	return mcr_igmp_get_counters(f->igmp)->rejected[rejection];
}

#endif
