/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* One agent, step by step: what it asks after a certain answer. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mcr_domain.h"

#define MS UINT64_C(1000)
#define SEC (1000 * MS)
#define REQUESTS 16
#define DOMAIN_ANSWER                                                                           \
	"{\"/mcdpdk/domain\":{\"name\":\"d\",\"hub\":\"h0\",\"epoch\":7,\"encap\":\"gre-udp\"," \
	"\"address\":\"10.0.0.1\",\"udp_port\":4754}}"

static struct agent {
	struct mcr_domain *domain;
	uint64_t now;
	char asked[MCR_DOMAIN_ASK_MAX + 1]; /* of the hub; empty: nothing */
	struct mcr_domain_request requests[REQUESTS];
	char list_key[512];
	uint32_t count; /* of requests to etcd that are not answered */
	char log[2000];
} a;

static void
take_request(const struct mcr_domain_request *request)
{
	assert_true(a.count < REQUESTS);
	if (request->type == MCR_DOMAIN_LIST)
		snprintf(a.list_key, sizeof(a.list_key), "%s", request->key);
	a.requests[a.count++] = *request;
}

/* All that the agent has to do now. */
static void
run(void)
{
	struct mcr_domain_action action;

	while (mcr_domain_next(a.domain, a.now, &action)) {
		if (action.type == MCR_DOMAIN_CONNECT)
			a.count = 0;
		else if (action.type == MCR_DOMAIN_REQUEST)
			take_request(&action.request);
		else if (action.type == MCR_DOMAIN_ASK)
			strcpy(a.asked, action.text);
		else
			strncat(a.log, action.text, sizeof(a.log) - strlen(a.log) - 1);
	}
}

static void
run_after(uint64_t time)
{
	a.now += time;
	run();
}

static void
answer(const char *text)
{
	a.asked[0] = '\0';
	mcr_domain_hub_answered(a.domain, a.now, text, strlen(text));
	run();
}

/* What else is asked is answered by the way. */
static void
await_interest(void)
{
	for (uint32_t i = 0; i < 1000 && strncmp(a.asked, "/mcdpdk/interest,", 17) != 0; i++) {
		if (strcmp(a.asked, "/mcdpdk/domain") == 0)
			answer(DOMAIN_ANSWER);
		else if (strcmp(a.asked, "/mcdpdk/peers") == 0)
			answer("{\"/mcdpdk/peers\":{\"total\":0,\"next\":0}}");
		else if (a.asked[0] != '\0')
			answer("{\"\":{\"status\":\"ok\"}}");
		else
			run_after(MS);
	}
}

static void
expect_interest(const char *asked)
{
	await_interest();
	assert_string_equal(a.asked, asked);
}

static void
answer_changes(uint64_t version, bool reset, uint32_t next, uint32_t count)
{
	char *text = malloc(count * 32 + 256);
	int len = sprintf(text, "{\"\":{\"version\":%lu,\"reset\":%d,\"next\":%u,\"changes\":[",
		(unsigned long)version, reset, next);

	for (uint32_t i = 0; i < count; i++)
		len += sprintf(text + len, "%s\"+239.1.%u.%u\"", i > 0 ? "," : "", i >> 8, i & 255);
	strcpy(text + len, "]}}");
	answer(text);
	free(text);
}

/* @return The request of a type that waits for its reply, or NULL. */
static const struct mcr_domain_request *
find_request(enum mcr_domain_request_type type)
{
	for (uint32_t i = 0; i < a.count; i++)
		if (a.requests[i].type == type)
			return &a.requests[i];
	return NULL;
}

static void
reply(enum mcr_domain_request_type type, struct mcr_domain_reply reply)
{
	const struct mcr_domain_request *request = find_request(type);
	const uint32_t id = request == NULL ? 0 : request->id;

	assert_non_null(request);
	a.requests[request - a.requests] = a.requests[--a.count];
	reply.cluster = 1;
	mcr_domain_replied(a.domain, a.now, id, &reply);
	run();
}

static int
start(void **state)
{
	const struct mcr_domain_config config = {
		.name = "d", .hub = "h0", .endpoint_count = 1, .version = "1"};

	(void)state;
	memset(&a, 0, sizeof(a));
	a.now = SEC;
	a.domain = mcr_domain_create(&config);
	mcr_domain_hub_connected(a.domain, a.now);
	run();
	return 0;
}

static int
end(void **state)
{
	(void)state;
	mcr_domain_free(a.domain);
	return 0;
}

static void
a_list_instead_of_changes_is_read_on_as_a_list(void **state)
{
	(void)state;
	expect_interest("/mcdpdk/interest,0");
	answer_changes(1000, true, 0, 1);
	expect_interest("/mcdpdk/interest,1000");
	answer_changes(2000, true, 400, 400);
	expect_interest("/mcdpdk/interest,0,400");
	answer_changes(2003, true, 0, 10);
	/* What changed behind the first page comes again. */
	expect_interest("/mcdpdk/interest,2000");
}

static void
a_full_page_of_changes_is_followed_by_the_next_at_once(void **state)
{
	uint64_t before;

	(void)state;
	expect_interest("/mcdpdk/interest,0");
	answer_changes(1000, true, 0, 1);
	expect_interest("/mcdpdk/interest,1000");
	before = a.now;
	answer_changes(1400, false, 0, 400);
	expect_interest("/mcdpdk/interest,1400");
	assert_int_equal(a.now, before);
	answer_changes(1500, false, 0, 100);
	expect_interest("/mcdpdk/interest,1500");
	assert_true(a.now > before);
}

static void
pages_are_read_anew_after_an_error(void **state)
{
	static const char *const errors[] = {"{\"/mcdpdk/interest\":null}",
		"{\"\":{\"error\":\"the control lcore is busy\"}}", "?"};

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		const uint64_t before = a.now;

		expect_interest("/mcdpdk/interest,0");
		answer_changes(1000, true, 400, 400);
		expect_interest("/mcdpdk/interest,0,400");
		answer(errors[i]);
		expect_interest("/mcdpdk/interest,0");
		assert_true(a.now > before + 100 * MS);
	}
	assert_string_equal(a.log, "");
}

static void
a_hub_in_no_domain_is_told_of_and_one_that_is_busy_for_long(void **state)
{
	(void)state;
	answer("{\"\":{\"error\":\"the hub is in no domain: its configuration has none\"}}");
	assert_string_equal(a.log, "the hub that runs has no domain");
	a.log[0] = '\0';
	for (uint32_t i = 0; i < 20; i++) {
		run_after(SEC);
		answer("{\"\":{\"error\":\"the hub is starting or ending\"}}");
	}
	assert_string_equal(
		a.log, "the hub does not serve its agent: the hub is starting or ending");
}

static void
a_list_of_etcd_passes_long_keys_and_shrinks_after_a_failure(void **state)
{
	char key[400];
	const struct mcr_domain_kv kv = {.key = key, .value = "1", .created = 1, .modified = 1};
	struct mcr_domain_reply page = {.revision = 1, .kvs = &kv, .count = 1, .more = true};
	uint32_t limit;

	(void)state;
	memset(key, 'k', sizeof(key));
	memcpy(key, "/mcdpdk/d/", 10);
	key[sizeof(key) - 1] = '\0';
	limit = find_request(MCR_DOMAIN_LIST)->limit;
	reply(MCR_DOMAIN_LIST, page);
	assert_true(strcmp(a.list_key, key) > 0);
	mcr_domain_etcd_failed(a.domain, a.now, "too large");
	run_after(4 * SEC);
	assert_int_equal(find_request(MCR_DOMAIN_LIST)->limit, limit / 2);
	reply(MCR_DOMAIN_LIST, page);
	assert_int_equal(find_request(MCR_DOMAIN_LIST)->limit, limit);
}

static void
the_lease_is_kept_alive_while_etcd_is_listed(void **state)
{
	(void)state;
	expect_interest("/mcdpdk/interest,0");
	answer_changes(1000, true, 0, 1);
	reply(MCR_DOMAIN_LIST, (struct mcr_domain_reply){.revision = 1});
	reply(MCR_DOMAIN_GRANT, (struct mcr_domain_reply){.revision = 1, .lease = 9});
	mcr_domain_compacted(a.domain, a.now, find_request(MCR_DOMAIN_WATCH)->id);
	run_after(MCR_DOMAIN_LEASE_S * SEC / 3);
	assert_non_null(find_request(MCR_DOMAIN_LIST));
	assert_non_null(find_request(MCR_DOMAIN_KEEP));
	assert_int_equal(find_request(MCR_DOMAIN_KEEP)->lease, 9);
}

#define STEPS(test) cmocka_unit_test_setup_teardown(test, start, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STEPS(a_list_instead_of_changes_is_read_on_as_a_list),
		STEPS(a_full_page_of_changes_is_followed_by_the_next_at_once),
		STEPS(pages_are_read_anew_after_an_error),
		STEPS(a_hub_in_no_domain_is_told_of_and_one_that_is_busy_for_long),
		STEPS(a_list_of_etcd_passes_long_keys_and_shrinks_after_a_failure),
		STEPS(the_lease_is_kept_alive_while_etcd_is_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
