/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Router Alert, and groups that may be joined. */

#include "igmp_fixture.h"

static struct mcr_igmp_config config;

static int
set_up(void **unused __rte_unused)
{
	family_default_config(&config);
	return 0;
}

static enum mcr_igmp_rejection
receive_bare(struct fixture *f, enum mcr_igmp_message_type type)
{
	uint8_t packet[FAMILY_V2_LEN];
	const uint32_t len = family_build_v2(type, HOST, GROUP, packet);

	return receive(f, packet, family_strip_router_alert(packet, len));
}

static enum mcr_igmp_rejection
receive_bare_v3(struct fixture *f, uint8_t type)
{
	const struct mcr_igmp_record record = {.type = type, .group = GROUP};
	uint8_t packet[128];
	const uint32_t len = family_build_report(HOST, &record, 1, packet);

	return receive(f, packet, family_strip_router_alert(packet, len));
}

static enum mcr_igmp_rejection
receive_bare_query(struct fixture *f)
{
	const struct mcr_igmp_query query = {.sender = HUB - 1, .max_response_ms = 1000};
	uint8_t packet[FAMILY_QUERY_MAX_LEN];
	const uint32_t len = family_build_query(&query, packet);

	return receive(f, packet, family_strip_router_alert(packet, len));
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
other_errors_are_refused_when_router_alert_is_ignored(void **unused __rte_unused)
{
	uint8_t packet[FAMILY_V2_LEN];
	struct fixture *f;
	uint32_t len;

	config.ignore_router_alert = true;
	f = fixture_create_settled(&config);
	len = family_build_v2(MCR_IGMP_V2_REPORT, HOST, GROUP, packet);
	len = family_strip_router_alert(packet, len);
	packet[FAMILY_HOP_LIMIT] = 2;
	family_fix_checksums(packet, len);
	assert_int_equal(receive(f, packet, len), MCR_IGMP_REJECT_BAD_TTL);
	len = family_build_v2(MCR_IGMP_V2_REPORT, GROUP, GROUP, packet);
	len = family_strip_router_alert(packet, len);
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

static const struct mcr_igmp_prefix list_of_group[] = {
	{PREFIX_SSM, PREFIX_SSM_LENGTH}, {GROUP, GROUP_LENGTH}};
static const struct mcr_igmp_prefix list_of_others[] = {{PREFIX_OTHERS, PREFIX_OTHERS_LENGTH}};
static const struct mcr_igmp_prefix configured[] = {{.length = 0}};

static void
join_both(struct fixture *f)
{
	report_of(f, MEMBER, MCR_IGMP_TO_EX, GROUP, NOTHING);
	report_of(f, OTHER_MEMBER, MCR_IGMP_TO_EX, GROUP, NOTHING);
}

static struct fixture *
create_with_other_member(const struct mcr_igmp_prefix *groups, uint32_t group_count)
{
	const struct mcr_igmp_member other = {
		.address = HUB, .groups = groups, .group_count = group_count};
	struct fixture *f = fixture_create_settled(&config);

	assert_int_equal(mcr_igmp_add_member(f->igmp, OTHER_MEMBER, &other, f->now), 0);
	return f;
}

static void
a_members_list_replaces_that_of_the_configuration(void **unused __rte_unused)
{
	struct fixture *f;

	config.groups = list_of_others;
	config.group_count = 1;
	f = create_with_other_member(list_of_group, RTE_DIM(list_of_group));
	join_both(f);
	assert_false(receives_of(f, MEMBER, GROUP, SOURCE(1)));
	assert_true(receives_of(f, OTHER_MEMBER, GROUP, SOURCE(1)));
	assert_int_equal(rejected(f, MCR_IGMP_REJECT_NOT_PERMITTED), 1);
	assert_int_equal(
		report_of(f, OTHER_MEMBER, MCR_IGMP_TO_EX, GROUP - 1, NOTHING), MCR_IGMP_ACCEPTED);
	assert_false(receives_of(f, OTHER_MEMBER, GROUP - 1, SOURCE(1)));
	assert_int_equal(f->refused, 2);
	assert_int_equal(f->refused_group, GROUP - 1);
	assert_int_equal(f->refusal, MCR_IGMP_REJECT_NOT_PERMITTED);
	fixture_free(f);
}

static void
an_empty_list_lets_nothing_be_joined(void **unused __rte_unused)
{
	struct fixture *f = create_with_other_member(list_of_group, 0);
	uint8_t packet[FAMILY_V2_LEN];

	join_both(f);
	assert_true(receives_of(f, MEMBER, GROUP, SOURCE(1)));
	assert_false(receives_of(f, OTHER_MEMBER, GROUP, SOURCE(1)));
	assert_int_equal(receive_from(f, OTHER_MEMBER, packet,
				 family_build_v2(MCR_IGMP_V2_REPORT, HOST, GROUP, packet)),
		MCR_IGMP_REJECT_NOT_PERMITTED);
	assert_int_equal(rejected(f, MCR_IGMP_REJECT_NOT_PERMITTED), 2);
	fixture_free(f);
}

static void
a_restored_group_must_be_permitted(void **unused __rte_unused)
{
	const struct mcr_igmp_record record = {.type = MCR_IGMP_IS_EX, .group = GROUP};
	struct fixture *f = create_with_other_member(list_of_others, 1);

	assert_int_equal(mcr_igmp_restore_record(f->igmp, OTHER_MEMBER, &record, f->now),
		MCR_IGMP_REJECT_NOT_PERMITTED);
	assert_int_equal(
		mcr_igmp_restore_record(f->igmp, MEMBER, &record, f->now), MCR_IGMP_ACCEPTED);
	fixture_free(f);
}

static void
a_narrower_list_withdraws_and_a_wider_one_lets_in(void **unused __rte_unused)
{
	struct fixture *f = create_with_other_member(list_of_group, RTE_DIM(list_of_group));

	join_both(f);
	assert_int_equal(mcr_igmp_permit(f->igmp, OTHER_MEMBER, list_of_others, 1), 0);
	assert_int_equal(mcr_igmp_reconfigure(f->igmp, &config, f->now), 0);
	assert_true(receives_of(f, MEMBER, GROUP, SOURCE(1)));
	assert_false(receives_of(f, OTHER_MEMBER, GROUP, SOURCE(1)));
	join_both(f);
	assert_false(receives_of(f, OTHER_MEMBER, GROUP, SOURCE(1)));
	assert_int_equal(mcr_igmp_permit(f->igmp, OTHER_MEMBER, NULL, 0), 0);
	assert_int_equal(mcr_igmp_reconfigure(f->igmp, &config, f->now), 0);
	join_both(f);
	assert_true(receives_of(f, OTHER_MEMBER, GROUP, SOURCE(1)));
	assert_int_equal(mcr_igmp_permit(f->igmp, OTHER_MEMBER + 1, NULL, 0), -ENOENT);
	fixture_free(f);
}

static void
a_group_that_both_lists_permit_is_not_interrupted(void **unused __rte_unused)
{
	struct fixture *f;
	uint32_t changes;

	config.group_count = 0;
	f = create_with_other_member(list_of_group, RTE_DIM(list_of_group));
	join_both(f);
	changes = f->changes;
	assert_int_equal(mcr_igmp_permit(f->igmp, OTHER_MEMBER, NULL, 0), 0);
	config.groups = configured;
	config.group_count = 1;
	assert_int_equal(mcr_igmp_reconfigure(f->igmp, &config, f->now), 0);
	assert_int_equal(
		mcr_igmp_permit(f->igmp, OTHER_MEMBER, list_of_group, RTE_DIM(list_of_group)), 0);
	config.group_count = 0;
	assert_int_equal(mcr_igmp_reconfigure(f->igmp, &config, f->now), 0);
	assert_int_equal(f->changes, changes);
	assert_true(receives_of(f, OTHER_MEMBER, GROUP, SOURCE(1)));
	fixture_free(f);
}

static void
a_changed_link_takes_its_list_along(void **unused __rte_unused)
{
	const struct mcr_igmp_member narrow = {
		.address = HUB, .groups = list_of_others, .group_count = 1};
	struct fixture *f = create_with_other_member(NULL, 0);

	join_both(f);
	assert_int_equal(mcr_igmp_update_member(f->igmp, OTHER_MEMBER, &narrow, f->now), 0);
	assert_true(receives_of(f, MEMBER, GROUP, SOURCE(1)));
	assert_false(receives_of(f, OTHER_MEMBER, GROUP, SOURCE(1)));
	fixture_free(f);
}

#define permission_test(f) cmocka_unit_test_setup(f, set_up)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		permission_test(without_router_alert_nothing_is_followed_by_default),
		permission_test(router_alert_is_not_missed_where_it_is_ignored),
		permission_test(other_errors_are_refused_when_router_alert_is_ignored),
		permission_test(a_reload_may_ignore_router_alert_and_require_it_again),
		permission_test(a_members_list_replaces_that_of_the_configuration),
		permission_test(an_empty_list_lets_nothing_be_joined),
		permission_test(a_restored_group_must_be_permitted),
		permission_test(a_narrower_list_withdraws_and_a_wider_one_lets_in),
		permission_test(a_group_that_both_lists_permit_is_not_interrupted),
		permission_test(a_changed_link_takes_its_list_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
