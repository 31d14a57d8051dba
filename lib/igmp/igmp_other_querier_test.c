/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Beside a querier with a lower address (RFC 4286, RFC 9776 6.6). */

#include "igmp_fixture.h"

#define LOWER (HUB - 1)

static void
a_router_that_lost_keeps_its_general_queries(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();
	struct mcr_igmp_message message;

	for (uint32_t i = 0; i < 50; i++) {
		hear_general(f, LOWER);
		pass(f, 10 * SECOND);
	}
	assert_false(querier(f).querier);
	assert_queries(f, "Q() Q() Q() Q()");
	assert_int_equal(family_parse(f->packet, f->packet_len, &message), MCR_IGMP_ACCEPTED);
	assert_int_equal(message.sender, HUB);
	assert_false(message.suppress);
	assert_int_equal(message.robustness, 3);
	assert_int_equal(message.query_interval_ms, 60000);
	fixture_free(f);
}

/* RFC 4286 4.1, 4.2: three soon, then one every 20 s with jitter. */
static void
advertisements_leave_while_another_is_present(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();
	uint64_t last;

	assert_int_equal(f->advertised, 0);
	hear_general(f, LOWER);
	assert_int_equal(f->advertised, 1);
	pass(f, 4 * SECOND);
	assert_int_equal(f->advertised, 3);
	for (uint32_t i = 4; i <= 10; i++) {
		last = f->last_advertised_at;
		hear_general(f, LOWER);
		pass(f, last + 20500 - f->now);
		assert_int_equal(f->advertised, i);
		assert_in_range(f->last_advertised_at - last, 19500, 20500);
	}
	assert_int_equal(mcr_igmp_get_counters(f->igmp)->advertisements, 10);
	pass(f, 185 * SECOND);
	assert_true(querier(f).querier);
	last = f->advertised;
	pass(f, 185 * SECOND);
	assert_int_equal(f->advertised, last);
	fixture_free(f);
}

#ifndef FAMILY_IPV6
/* RFC 4286 3.2. */
static void
an_advertisement_is_right_to_the_byte(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();
	const uint8_t *packet = f->advertisement;

	hear_general(f, LOWER);
	assert_memory_equal(packet, "\x46\xc0\x00\x20\x00\x00\x40\x00\x01\x02", 10);
	assert_memory_equal(packet + 12, "\x0a\xff\x00\x64\xe0\x00\x00\x6a\x94\x04\x00\x00", 12);
	assert_memory_equal(packet + 24, "\x30\x14", 2);
	assert_memory_equal(packet + 28, "\x00\x3c\x00\x03", 4);
	assert_int_equal(mcr_checksum(packet, 24), 0);
	assert_int_equal(mcr_checksum(packet + 24, 8), 0);
	fixture_free(f);
}

#endif

/* The announced interval stays in RFC 4286's range. */
static void
advertisements_are_no_rarer_than_queries(void **unused __rte_unused)
{
	struct mcr_igmp_config config;
	struct fixture *f;

	family_default_config(&config);
	config.query_interval_ms = 1000;
	f = fixture_create_with(&config);
	hear_general(f, LOWER);
	pass(f, 10 * SECOND);
	assert_in_range(f->advertised, 10, 12);
	assert_int_equal(f->advertisement[FAMILY_HEADERS_LEN + 1], 4);
	fixture_free(f);
}

/* "always". */
static void
always_querier_yields_to_no_other(void **unused __rte_unused)
{
	struct mcr_igmp_config config;
	struct fixture *f;

	family_default_config(&config);
	config.always_querier = true;
	f = fixture_create_settled(&config);
	for (uint32_t i = 0; i < 25; i++) {
		hear_general(f, LOWER);
		pass(f, 10 * SECOND);
		assert_true(querier(f).querier);
		assert_int_equal(querier(f).address, HUB);
		assert_int_equal(querier(f).query_interval_ms, 125000);
	}
	assert_queries(f, "Q() Q()");
	assert_in_range(f->advertised, 13, 16);
	report(f, MCR_IGMP_IS_EX, NOTHING);
	report(f, MCR_IGMP_TO_IN, NOTHING);
	pass(f, 2 * SECOND);
	assert_queries(f, "Q(G) Q(G)");
	assert_state(f, "none");
	assert_int_equal(mcr_igmp_get_counters(f->igmp)->elections_lost, 0);
	fixture_free(f);
}

/* To "always" at once, back to "auto" with the next query heard. */
static void
a_reload_changes_who_yields(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();
	struct mcr_igmp_config config;

	family_default_config(&config);
	hear_general(f, LOWER);
	config.always_querier = true;
	assert_int_equal(mcr_igmp_reconfigure(f->igmp, &config, f->now), 0);
	assert_true(querier(f).querier);
	assert_int_equal(querier(f).robustness, 2);
	pass(f, 0);
	assert_queries(f, "Q()");
	hear_general(f, LOWER);
	assert_true(querier(f).querier);
	config.always_querier = false;
	assert_int_equal(mcr_igmp_reconfigure(f->igmp, &config, f->now), 0);
	hear_general(f, LOWER);
	assert_false(querier(f).querier);
	assert_int_equal(mcr_igmp_get_counters(f->igmp)->elections_lost, 2);
	fixture_free(f);
}

/* Bridges follow a query that the router rejects. */
static void
a_query_without_election_starts_advertisements(void **unused __rte_unused)
{
	const struct mcr_igmp_query query = {
		.sender = LOWER, .robustness = 3, .query_interval_ms = 60000};
	uint8_t packet[FAMILY_QUERY_MAX_LEN];
	struct fixture *f = fixture_create();
	uint32_t len = family_build_query(&query, packet);

	packet[FAMILY_HOP_LIMIT] = 64;
	family_fix_checksums(packet, len);
	assert_int_equal(receive(f, packet, len), MCR_IGMP_REJECT_BAD_TTL);
	assert_int_equal(f->advertised, 1);
	pass(f, 185 * SECOND);
	f->advertised = 0;
	packet[FAMILY_HOP_LIMIT] = 1;
	len = family_strip_router_alert(packet, len);
	assert_int_equal(receive(f, packet, len), MCR_IGMP_REJECT_NO_ROUTER_ALERT);
	assert_int_equal(f->advertised, 1);
	assert_true(querier(f).querier);
	assert_int_equal(mcr_igmp_get_counters(f->igmp)->elections_lost, 0);
	fixture_free(f);
}

/* Each timer sends one message. */
static void
no_more_advertisements_leave_than_asked_for(void **unused __rte_unused)
{
	const struct mcr_igmp_query query = {
		.sender = LOWER, .robustness = 3, .query_interval_ms = 60000};
	const struct mcr_igmp_member member = {.address = HUB};
	struct fixture *f = fixture_create();
	uint8_t packet[FAMILY_QUERY_MAX_LEN];
	uint32_t sent;

	for (uint32_t id = MEMBER + 1; id < MEMBER + 5; id++) {
		assert_int_equal(mcr_igmp_add_member(f->igmp, id, &member, f->now), 0);
		receive_from(f, id, packet, family_build_query(&query, packet));
	}
	assert_int_equal(f->advertised, 4);
	f->now += 60 * SECOND;
	sent = f->queries_sent + f->advertised;
	mcr_igmp_run_some(f->igmp, f->now, 3);
	assert_int_equal(f->queries_sent + f->advertised, sent + 3);
	fixture_free(f);
}

/* The second query of a leave still follows. */
static void
a_router_that_loses_finishes_its_queries(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	report(f, MCR_IGMP_IS_IN, LIST(1));
	report(f, MCR_IGMP_TO_IN, NOTHING);
	assert_queries(f, "Q(G,1)");
	hear_general(f, LOWER);
	pass(f, SECOND);
	assert_queries(f, "Q(G,1)");
	pass(f, SECOND);
	assert_state(f, "none");
	fixture_free(f);
}

/* With the other querier's robustness of 1, our timers would look answered (S flag). */
static void
a_leave_under_way_keeps_its_times(void **unused __rte_unused)
{
	const struct mcr_igmp_query query = {.sender = LOWER, .robustness = 1};
	struct mcr_igmp_config config;
	struct fixture *f;

	family_default_config(&config);
	config.robustness = 3;
	f = fixture_create_with(&config);
	pass(f, 63 * SECOND);
	forget_queries(f);
	report(f, MCR_IGMP_IS_EX, NOTHING);
	report(f, MCR_IGMP_TO_IN, NOTHING);
	assert_int_equal(hear(f, &query), MCR_IGMP_ACCEPTED);
	pass(f, SECOND);
	assert_queries(f, "Q(G) Q(G)");
	pass(f, SECOND);
	assert_queries(f, "Q(G)");
	pass(f, SECOND);
	assert_state(f, "none");
	fixture_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_router_that_lost_keeps_its_general_queries),
		cmocka_unit_test(advertisements_leave_while_another_is_present),
#ifndef FAMILY_IPV6
		cmocka_unit_test(an_advertisement_is_right_to_the_byte),
#endif
		cmocka_unit_test(advertisements_are_no_rarer_than_queries),
		cmocka_unit_test(always_querier_yields_to_no_other),
		cmocka_unit_test(a_reload_changes_who_yields),
		cmocka_unit_test(a_query_without_election_starts_advertisements),
		cmocka_unit_test(no_more_advertisements_leave_than_asked_for),
		cmocka_unit_test(a_router_that_loses_finishes_its_queries),
		cmocka_unit_test(a_leave_under_way_keeps_its_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
