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
	char notices[500]; /* the notices since the last look: "up h1 10.0.0.2 (h1); " */
} a;

static void
take_request(const struct mcr_domain_request *request)
{
	assert_true(a.count < REQUESTS);
	if (request->type == MCR_DOMAIN_LIST)
		snprintf(a.list_key, sizeof(a.list_key), "%s", request->key);
	a.requests[a.count++] = *request;
}

static void
take_notice(const struct mcr_domain_notice *notice)
{
	const size_t len = strlen(a.notices);

	snprintf(a.notices + len, sizeof(a.notices) - len, "%s %s %s (%s); ",
		notice->is_up ? "up" : "down", notice->hub, notice->address, notice->up);
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
		else if (action.type == MCR_DOMAIN_NOTIFY)
			take_notice(&action.notice);
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
answer_some(uint64_t version, bool reset, uint32_t next, bool more, uint32_t count)
{
	char *text = malloc(count * 32 + 256);
	int len = sprintf(text,
		"{\"\":{\"version\":%lu,\"reset\":%d,\"next\":%u,\"more\":%d,\"changes\":[",
		(unsigned long)version, reset, next, more);

	for (uint32_t i = 0; i < count; i++)
		len += sprintf(text + len, "%s\"+239.1.%u.%u\"", i > 0 ? "," : "", i >> 8, i & 255);
	strcpy(text + len, "]}}");
	answer(text);
	free(text);
}

static void
answer_changes(uint64_t version, bool reset, uint32_t next, uint32_t count)
{
	answer_some(version, reset, next, false, count);
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
begin(bool notifies)
{
	const struct mcr_domain_config config = {.name = "d",
		.hub = "h0",
		.endpoint_count = 1,
		.version = "1",
		.notifies = notifies};

	memset(&a, 0, sizeof(a));
	a.now = SEC;
	a.domain = mcr_domain_create(&config);
	mcr_domain_hub_connected(a.domain, a.now);
	run();
	return 0;
}

static int
start(void **state)
{
	(void)state;
	return begin(false);
}

static int
start_notifying(void **state)
{
	(void)state;
	return begin(true);
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

/* As long texts of IPv6 fill an answer. */
static void
a_hub_that_has_more_changes_is_asked_again_at_once(void **state)
{
	uint64_t before;

	(void)state;
	expect_interest("/mcdpdk/interest,0");
	answer_changes(1000, true, 0, 1);
	expect_interest("/mcdpdk/interest,1000");
	before = a.now;
	answer_some(1170, false, 0, true, 170);
	expect_interest("/mcdpdk/interest,1170");
	assert_int_equal(a.now, before);
	answer_some(1340, false, 0, false, 170);
	expect_interest("/mcdpdk/interest,1340");
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

/* The hub lists its peers: "h1 up, h2 down". What else is asked is answered by the way. */
static void
survey(const char *peers)
{
	char text[1000] = "{\"\":{\"next\":0", list[100], *rest = list, *row;
	char name[8], link[8];

	for (uint32_t i = 0; i < 1000 && strcmp(a.asked, "/mcdpdk/peers") != 0; i++) {
		if (strcmp(a.asked, "/mcdpdk/domain") == 0)
			answer(DOMAIN_ANSWER);
		else if (strncmp(a.asked, "/mcdpdk/interest,", 17) == 0)
			answer_changes(1, false, 0, 0);
		else if (a.asked[0] != '\0')
			answer("{\"\":{\"status\":\"ok\"}}");
		else
			run_after(MS);
	}
	strcpy(list, peers);
	while ((row = strsep(&rest, ",")) != NULL)
		if (sscanf(row, "%7s %7s", name, link) == 2)
			sprintf(text + strlen(text),
				",\"r%s\":{\"name\":\"%s\",\"address\":\"%s%c\",\"state\":\"%s\"}",
				name, name, name[0] == 's' ? "fd00::" : "10.0.0.", name[1], link);
	strcat(text, "}}");
	answer(text);
}

static void
survey_for(uint64_t time, const char *peers)
{
	const uint64_t until = a.now + time;

	while (a.now < until)
		survey(peers);
}

static void
expect_notices(const char *text)
{
	assert_string_equal(a.notices, text);
	a.notices[0] = '\0';
}

static void
end_notice(void)
{
	mcr_domain_notified(a.domain);
	run();
}

static void
list_etcd(void)
{
	reply(MCR_DOMAIN_LIST, (struct mcr_domain_reply){.revision = 1});
}

/* h1's link is up, h2's is not. */
static void
be_ready(void)
{
	survey_for(5 * SEC, "h1 up, h2 down");
	expect_notices("up h0 10.0.0.1 (h1); ");
	end_notice();
	expect_notices("up h1 10.0.0.1 (h1); ");
	end_notice();
	expect_notices("down h2 10.0.0.2 (h1); ");
	end_notice();
}

static void
what_the_agent_finds_is_notified_once_when_links_had_time_to_come_up(void **state)
{
	(void)state;
	list_etcd();
	survey_for(2 * SEC - 500 * MS, "h1 down, h2 down");
	survey_for(250 * MS, "h1 up, h2 down");
	expect_notices("");
	survey_for(SEC, "h1 up, h2 down");
	expect_notices("up h0 10.0.0.1 (h1); ");
	end_notice();
	expect_notices("up h1 10.0.0.1 (h1); ");
	end_notice();
	expect_notices("down h2 10.0.0.2 (h1); ");
	end_notice();
	survey_for(60 * SEC, "h1 up, h2 down");
	expect_notices("");
}

static void
a_link_over_ipv6_is_notified_with_its_address(void **state)
{
	(void)state;
	list_etcd();
	survey_for(5 * SEC, "s1 up");
	expect_notices("up h0 10.0.0.1 (s1); ");
	end_notice();
	expect_notices("up s1 fd00::1 (s1); ");
	end_notice();
	survey("s1 down");
	expect_notices("down s1 fd00::1 (); ");
}

static void
a_death_is_notified_at_once_and_a_return_too(void **state)
{
	(void)state;
	list_etcd();
	be_ready();
	survey("h1 down, h2 down");
	expect_notices("down h1 10.0.0.1 (); ");
	end_notice();
	survey("h1 up, h2 down");
	expect_notices("up h1 10.0.0.1 (h1); ");
}

static void
one_at_a_time_and_the_newest_state_wins(void **state)
{
	(void)state;
	list_etcd();
	be_ready();
	survey("h1 down, h2 down");
	expect_notices("down h1 10.0.0.1 (); ");
	survey("h1 up, h2 up");
	survey("h1 down, h2 up");
	survey("h1 up, h2 down");
	survey("h1 up, h2 up");
	expect_notices("");
	end_notice();
	expect_notices("up h2 10.0.0.2 (h1 h2); ");
	end_notice();
	expect_notices("up h1 10.0.0.1 (h1 h2); ");
	end_notice();
	expect_notices("");
}

static void
what_went_back_before_its_turn_is_not_notified(void **state)
{
	(void)state;
	list_etcd();
	be_ready();
	survey("h1 up, h2 up");
	expect_notices("up h2 10.0.0.2 (h1 h2); ");
	survey("h1 down, h2 up");
	survey("h1 up, h2 up");
	end_notice();
	survey_for(SEC, "h1 up, h2 up");
	expect_notices("");
}

static void
a_link_that_flaps_does_not_keep_others_waiting(void **state)
{
	(void)state;
	list_etcd();
	be_ready();
	survey("h1 down, h2 up");
	expect_notices("down h1 10.0.0.1 (h2); ");
	survey("h1 up, h2 up");
	end_notice();
	expect_notices("up h2 10.0.0.2 (h1 h2); ");
}

static void
a_new_hub_is_not_down_before_its_link_had_time_to_come_up(void **state)
{
	(void)state;
	list_etcd();
	be_ready();
	survey_for(SEC, "h1 up, h2 down, h3 down");
	expect_notices("");
	survey("h1 up, h2 down, h3 up");
	expect_notices("up h3 10.0.0.3 (h1 h3); ");
	end_notice();
	survey_for(5 * SEC, "h1 up, h2 down, h3 up, h4 down");
	expect_notices("down h4 10.0.0.4 (h1 h3); ");
}

static void
a_hub_that_is_not_listed_any_more_is_down(void **state)
{
	(void)state;
	list_etcd();
	be_ready();
	survey("h2 down");
	expect_notices("down h1 10.0.0.1 (); ");
	end_notice();
	survey_for(SEC, "h2 down");
	expect_notices("");
	survey("h2 down, h1 up");
	expect_notices("up h1 10.0.0.1 (h1); ");
}

static void
the_death_of_the_own_hub_is_none_of_the_others(void **state)
{
	(void)state;
	list_etcd();
	be_ready();
	a.asked[0] = '\0';
	mcr_domain_hub_lost(a.domain, a.now, "gone");
	run_after(20 * SEC);
	mcr_domain_hub_connected(a.domain, a.now);
	run();
	survey_for(SEC, "h1 down");
	expect_notices("");
	be_ready();
}

static void
without_etcd_the_hub_knows_who_is_up_but_not_whether_these_are_all(void **state)
{
	(void)state;
	survey_for(5 * SEC, "h1 up");
	expect_notices("up h1 10.0.0.1 (h1); ");
	end_notice();
	survey("h1 down");
	expect_notices("down h1 10.0.0.1 (); ");
	end_notice();
	list_etcd();
	survey_for(SEC, "h1 down");
	expect_notices("");
	survey_for(5 * SEC, "h1 up");
	expect_notices("up h0 10.0.0.1 (h1); ");
	end_notice();
	expect_notices("up h1 10.0.0.1 (h1); ");
}

static void
nobody_is_notified_unless_it_is_wanted(void **state)
{
	(void)state;
	list_etcd();
	survey_for(5 * SEC, "h1 up");
	survey("h1 down");
	expect_notices("");
}

#define STEPS(test) cmocka_unit_test_setup_teardown(test, start, end)
#define NOTICES(test) cmocka_unit_test_setup_teardown(test, start_notifying, end)

static void
each_reason_is_told_once_a_minute(void **state)
{
	(void)state;
	a.log[0] = '\0';
	for (unsigned int i = 0; i < 20; i++) {
		mcr_domain_etcd_failed(a.domain, a.now, i % 2 == 0 ? "silent" : "refused");
		run_after(2 * SEC);
	}
	assert_string_equal(a.log, "etcd: silentetcd: refused");
	run_after(30 * SEC);
	mcr_domain_etcd_failed(a.domain, a.now, "silent");
	run();
	assert_string_equal(a.log, "etcd: silentetcd: refusedetcd: silent");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STEPS(a_list_instead_of_changes_is_read_on_as_a_list),
		STEPS(a_full_page_of_changes_is_followed_by_the_next_at_once),
		STEPS(a_hub_that_has_more_changes_is_asked_again_at_once),
		STEPS(pages_are_read_anew_after_an_error),
		STEPS(a_hub_in_no_domain_is_told_of_and_one_that_is_busy_for_long),
		STEPS(a_list_of_etcd_passes_long_keys_and_shrinks_after_a_failure),
		STEPS(the_lease_is_kept_alive_while_etcd_is_listed),
		STEPS(each_reason_is_told_once_a_minute),
		NOTICES(what_the_agent_finds_is_notified_once_when_links_had_time_to_come_up),
		NOTICES(a_link_over_ipv6_is_notified_with_its_address),
		NOTICES(a_death_is_notified_at_once_and_a_return_too),
		NOTICES(one_at_a_time_and_the_newest_state_wins),
		NOTICES(what_went_back_before_its_turn_is_not_notified),
		NOTICES(a_link_that_flaps_does_not_keep_others_waiting),
		NOTICES(a_new_hub_is_not_down_before_its_link_had_time_to_come_up),
		NOTICES(a_hub_that_is_not_listed_any_more_is_down),
		NOTICES(the_death_of_the_own_hub_is_none_of_the_others),
		NOTICES(without_etcd_the_hub_knows_who_is_up_but_not_whether_these_are_all),
		STEPS(nobody_is_notified_unless_it_is_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
