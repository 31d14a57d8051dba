/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* What is followed by configuration: messages without Router Alert. */

#include "igmp_fixture.h"

static struct mcr_igmp_config config;

static int
set_up(void **unused __rte_unused)
{
	mcr_igmp_default_config(&config);
	return 0;
}

static enum mcr_igmp_rejection
receive_bare(struct fixture *f, enum mcr_igmp_message_type type)
{
	uint8_t packet[32];
	const uint32_t len = mcr_igmp_build_v2(type, HOST, GROUP, packet);

	return receive(f, packet, strip_router_alert(packet, len));
}

static enum mcr_igmp_rejection
receive_bare_v3(struct fixture *f, uint8_t type)
{
	const struct mcr_igmp_record record = {.type = type, .group = GROUP};
	uint8_t packet[64];
	const uint32_t len = mcr_igmp_build_report(HOST, &record, 1, packet);

	return receive(f, packet, strip_router_alert(packet, len));
}

static enum mcr_igmp_rejection
receive_bare_query(struct fixture *f)
{
	const struct mcr_igmp_query query = {.sender = HUB - 1, .max_response_ms = 1000};
	uint8_t packet[MCR_IGMP_QUERY_MAX_LEN];
	const uint32_t len = mcr_igmp_build_query(&query, packet);

	return receive(f, packet, strip_router_alert(packet, len));
}

static void
without_router_alert_nothing_is_followed_by_default(void **unused __rte_unused)
{
	struct fixture *f = fixture_create_settled(&config);

	assert_int_equal(receive_bare(f, MCR_IGMP_V2_REPORT), MCR_IGMP_REJECT_NO_ROUTER_ALERT);
	assert_int_equal(receive_bare_v3(f, MCR_IGMP_TO_EX), MCR_IGMP_REJECT_NO_ROUTER_ALERT);
	assert_state(f, "none");
	report(f, MCR_IGMP_TO_EX, NOTHING);
	assert_int_equal(receive_bare(f, MCR_IGMP_V2_LEAVE), MCR_IGMP_REJECT_NO_ROUTER_ALERT);
	assert_int_equal(receive_bare_query(f), MCR_IGMP_REJECT_NO_ROUTER_ALERT);
	assert_queries(f, "");
	assert_true(receives(f, 1));
	assert_int_equal(rejected(f, MCR_IGMP_REJECT_NO_ROUTER_ALERT), 4);
	fixture_free(f);
}

static void
router_alert_is_not_missed_where_it_is_ignored(void **unused __rte_unused)
{
	struct mcr_igmp_querier querier;
	struct fixture *f;

	config.ignore_router_alert = true;
	f = fixture_create_settled(&config);
	assert_int_equal(receive_bare(f, MCR_IGMP_V2_REPORT), MCR_IGMP_ACCEPTED);
	assert_true(receives(f, 1));
	assert_int_equal(receive_bare(f, MCR_IGMP_V2_LEAVE), MCR_IGMP_ACCEPTED);
	assert_queries(f, "Q(G)");
	assert_int_equal(receive_bare_v3(f, MCR_IGMP_TO_EX), MCR_IGMP_ACCEPTED);
	assert_int_equal(receive_bare_query(f), MCR_IGMP_ACCEPTED);
	assert_true(mcr_igmp_get_querier(f->igmp, MEMBER, f->now, &querier));
	assert_int_equal(querier.address, HUB - 1);
	assert_int_equal(rejected(f, MCR_IGMP_REJECT_NO_ROUTER_ALERT), 0);
	assert_int_equal(mcr_igmp_get_counters(f->igmp)->received[MCR_IGMP_V2_REPORT], 1);
	fixture_free(f);
}

static void
what_else_is_wrong_is_refused_without_router_alert_too(void **unused __rte_unused)
{
	uint8_t packet[32];
	struct fixture *f;
	uint32_t len;

	config.ignore_router_alert = true;
	f = fixture_create_settled(&config);
	len = mcr_igmp_build_v2(MCR_IGMP_V2_REPORT, HOST, GROUP, packet);
	len = strip_router_alert(packet, len);
	packet[8] = 2;
	fix_checksums(packet, len);
	assert_int_equal(receive(f, packet, len), MCR_IGMP_REJECT_BAD_TTL);
	len = mcr_igmp_build_v2(MCR_IGMP_V2_REPORT, GROUP, GROUP, packet);
	len = strip_router_alert(packet, len);
	assert_int_equal(receive(f, packet, len), MCR_IGMP_REJECT_BAD_SENDER);
	assert_state(f, "none");
	fixture_free(f);
}

static void
a_reload_may_ignore_router_alert_and_require_it_again(void **unused __rte_unused)
{
	struct fixture *f = fixture_create_settled(&config);

	config.ignore_router_alert = true;
	assert_int_equal(mcr_igmp_reconfigure(f->igmp, &config, f->now), 0);
	assert_int_equal(receive_bare(f, MCR_IGMP_V2_REPORT), MCR_IGMP_ACCEPTED);
	config.ignore_router_alert = false;
	assert_int_equal(mcr_igmp_reconfigure(f->igmp, &config, f->now), 0);
	assert_int_equal(receive_bare(f, MCR_IGMP_V2_REPORT), MCR_IGMP_REJECT_NO_ROUTER_ALERT);
	assert_true(receives(f, 1));
	fixture_free(f);
}

#define permission_test(f) cmocka_unit_test_setup(f, set_up)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		permission_test(without_router_alert_nothing_is_followed_by_default),
		permission_test(router_alert_is_not_missed_where_it_is_ignored),
		permission_test(what_else_is_wrong_is_refused_without_router_alert_too),
		permission_test(a_reload_may_ignore_router_alert_and_require_it_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
