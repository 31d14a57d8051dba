/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "igmp_fixture.h"

static struct mcr_igmp_config config;

static int
reset_config(void **unused __rte_unused)
{
	family_default_config(&config);
	return 0;
}

static void
add_other_member(struct fixture *f)
{
	assert_int_equal(mcr_igmp_add_member(f->igmp, OTHER_MEMBER,
				 &(struct mcr_igmp_member){.address = HUB}, f->now),
		0);
}

static void
join(struct fixture *f, uint32_t member, uint32_t group)
{
	assert_int_equal(report_of(f, member, MCR_IGMP_TO_EX, group, NOTHING), MCR_IGMP_ACCEPTED);
}

static void
a_member_has_no_more_groups_than_its_share(void **unused __rte_unused)
{
	struct fixture *f;

	config.max_groups_per_member = 3;
	f = fixture_create_settled(&config);
	add_other_member(f);
	for (uint32_t i = 0; i < 5; i++)
		join(f, MEMBER, GROUP + i);
	assert_int_equal(f->limited, 2);
	assert_int_equal(f->bound, MCR_IGMP_REJECT_MEMBER_GROUPS);
	assert_int_equal(rejected(f, MCR_IGMP_REJECT_MEMBER_GROUPS), 2);
	assert_true(receives_of(f, MEMBER, GROUP + 2, SOURCE(1)));
	assert_false(receives_of(f, MEMBER, GROUP + 3, SOURCE(1)));
	join(f, OTHER_MEMBER, GROUP + 3);
	assert_true(receives_of(f, OTHER_MEMBER, GROUP + 3, SOURCE(1)));
	assert_int_equal(mcr_igmp_count_groups(f->igmp), 4);
	fixture_free(f);
}

static void
a_full_member_can_refresh_and_leave(void **unused __rte_unused)
{
	struct fixture *f;

	config.max_groups_per_member = 1;
	config.immediate_leave = true;
	f = fixture_create_settled(&config);
	join(f, MEMBER, GROUP);
	pass(f, 100 * SECOND);
	join(f, MEMBER, GROUP);
	assert_state(f, "EXCLUDE | G=270");
	join(f, MEMBER, GROUP + 1);
	assert_int_equal(f->limited, 1);
	report(f, MCR_IGMP_TO_IN, NOTHING);
	join(f, MEMBER, GROUP + 1);
	assert_true(receives_of(f, MEMBER, GROUP + 1, SOURCE(1)));
	assert_int_equal(f->limited, 1);
	fixture_free(f);
}

static void
all_members_together_have_a_bound(void **unused __rte_unused)
{
	struct fixture *f;

	config.max_groups = 2;
	f = fixture_create_settled(&config);
	add_other_member(f);
	join(f, MEMBER, GROUP);
	join(f, OTHER_MEMBER, GROUP);
	join(f, OTHER_MEMBER, GROUP + 1);
	assert_int_equal(f->bound, MCR_IGMP_REJECT_TOTAL_GROUPS);
	assert_int_equal(mcr_igmp_remove_member(f->igmp, MEMBER, f->now), 0);
	join(f, OTHER_MEMBER, GROUP + 1);
	assert_int_equal(f->limited, 1);
	fixture_free(f);
}

static void
a_group_has_no_more_sources_than_its_share(void **unused __rte_unused)
{
	struct fixture *f;

	config.max_sources_per_group = 2;
	f = fixture_create_settled(&config);
	report(f, MCR_IGMP_IS_IN, LIST(1, 2, 3));
	assert_state(f, "INCLUDE 1=270 2=270");
	assert_int_equal(f->limited, 1);
	assert_int_equal(f->bound, MCR_IGMP_REJECT_GROUP_SOURCES);
	fixture_free(f);
}

static void
a_member_has_no_more_sources_than_its_share(void **unused __rte_unused)
{
	struct mcr_igmp_querier querier;
	struct fixture *f;

	config.max_sources_per_member = 3;
	f = fixture_create_settled(&config);
	add_other_member(f);
	for (uint32_t i = 0; i < 3; i++)
		report_of(f, MEMBER, MCR_IGMP_IS_IN, GROUP + i, LIST(1, 2));
	assert_int_equal(rejected(f, MCR_IGMP_REJECT_MEMBER_SOURCES), 3);
	assert_int_equal(mcr_igmp_count_sources(f->igmp), 3);
	assert_int_equal(mcr_igmp_count_groups(f->igmp), 2);
	assert_true(mcr_igmp_get_querier(f->igmp, MEMBER, f->now, &querier));
	assert_int_equal(querier.groups, 2);
	assert_int_equal(querier.sources, 3);
	assert_int_equal(
		report_of(f, OTHER_MEMBER, MCR_IGMP_IS_IN, GROUP, LIST(1)), MCR_IGMP_ACCEPTED);
	assert_true(receives_of(f, OTHER_MEMBER, GROUP, SOURCE(1)));
	fixture_free(f);
}

static void
a_group_without_room_for_its_source_is_not_kept(void **unused __rte_unused)
{
	struct fixture *f;

	config.max_sources = 1;
	f = fixture_create_settled(&config);
	report(f, MCR_IGMP_IS_IN, LIST(1));
	assert_int_equal(
		report_of(f, MEMBER, MCR_IGMP_IS_IN, GROUP + 1, LIST(1)), MCR_IGMP_ACCEPTED);
	assert_int_equal(f->bound, MCR_IGMP_REJECT_TOTAL_SOURCES);
	assert_int_equal(mcr_igmp_count_groups(f->igmp), 1);
	fixture_free(f);
}

static void
only_permitted_groups_are_joined(void **unused __rte_unused)
{
	static const struct mcr_igmp_prefix prefixes[] = {
		{PREFIX_OTHERS, PREFIX_OTHERS_LENGTH},
		{SSM_GROUP, GROUP_LENGTH},
	};
	static const struct {
		uint32_t group;
		enum mcr_igmp_rejection rejection;
	} cases[] = {
		{GROUP - 1, MCR_IGMP_ACCEPTED},
		{GROUP, MCR_IGMP_REJECT_NOT_PERMITTED},
		{SSM_GROUP, MCR_IGMP_ACCEPTED},
		{SSM_GROUP + 1, MCR_IGMP_REJECT_NOT_PERMITTED},
		{HOST, MCR_IGMP_REJECT_NOT_MULTICAST},
		{SOURCE(1), MCR_IGMP_REJECT_NOT_MULTICAST},
		{0, MCR_IGMP_REJECT_NOT_MULTICAST},
		{ALL_SYSTEMS, MCR_IGMP_REJECT_ALL_SYSTEMS},
	};
	struct fixture *f;

	config.groups = prefixes;
	config.group_count = RTE_DIM(prefixes);
	f = fixture_create_settled(&config);
	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		const uint64_t before = rejected(f, cases[i].rejection);

		join(f, MEMBER, cases[i].group);
		assert_int_equal(receives_of(f, MEMBER, cases[i].group, SOURCE(1)),
			cases[i].rejection == MCR_IGMP_ACCEPTED);
		assert_int_equal(rejected(f, cases[i].rejection) - before,
			cases[i].rejection != MCR_IGMP_ACCEPTED);
		if (cases[i].rejection == MCR_IGMP_ACCEPTED)
			continue;
		assert_int_equal(f->refused_group, cases[i].group);
		assert_int_equal(f->refusal, cases[i].rejection);
	}
	assert_int_equal(f->refused, 6);
	report_of(f, MEMBER, MCR_IGMP_TO_IN, GROUP, NOTHING);
	assert_int_equal(f->refused, 6);
	fixture_free(f);
}

/* Hosts report the groups of mDNS and VRRP. */
static void
link_local_groups_are_joined_like_others(void **unused __rte_unused)
{
	struct fixture *f = fixture_create_settled(&config);

	join(f, MEMBER, LINK_GROUP);
	assert_true(receives_of(f, MEMBER, LINK_GROUP, SOURCE(1)));
	fixture_free(f);
}

/* RFC 4604. Off by default, as real programs join 232/8 from any source. */
static void
strict_ssm_refuses_any_source_membership(void **unused __rte_unused)
{
	const uint32_t ssm = SSM_GROUP;
	struct fixture *f = fixture_create_settled(&config);
	uint8_t packet[FAMILY_V2_LEN];

	join(f, MEMBER, ssm);
	assert_true(receives_of(f, MEMBER, ssm, SOURCE(1)));
	fixture_free(f);

	config.strict_ssm = true;
	f = fixture_create_settled(&config);
	join(f, MEMBER, ssm);
	assert_int_equal(report_of(f, MEMBER, MCR_IGMP_IS_EX, ssm, LIST(3)), MCR_IGMP_ACCEPTED);
	assert_int_equal(rejected(f, MCR_IGMP_REJECT_SSM_ANY_SOURCE), 2);
	assert_int_equal(receive(f, packet, family_build_v2(MCR_IGMP_V2_REPORT, HOST, ssm, packet)),
		MCR_IGMP_REJECT_SSM_ANY_SOURCE);
	assert_int_equal(f->refused, 3);
	assert_int_equal(receive(f, packet, family_build_v2(MCR_IGMP_V2_LEAVE, HOST, ssm, packet)),
		MCR_IGMP_REJECT_SSM_ANY_SOURCE);
	assert_int_equal(f->refused, 3);
	assert_int_equal(mcr_igmp_count_groups(f->igmp), 0);
	assert_int_equal(report_of(f, MEMBER, MCR_IGMP_ALLOW, ssm, LIST(1)), MCR_IGMP_ACCEPTED);
	assert_true(receives_of(f, MEMBER, ssm, SOURCE(1)));
	join(f, MEMBER, GROUP);
	assert_true(receives(f, 1));
	fixture_free(f);
}

static void
a_bad_record_is_refused_alone(void **unused __rte_unused)
{
	uint8_t bad[2 * FAMILY_ADDRESS_LEN], good[FAMILY_ADDRESS_LEN];
	const struct mcr_igmp_record records[] = {
		{MCR_IGMP_ALLOW, GROUP, 2, bad},
		{7, GROUP, 1, good},
		{0, GROUP, 1, good},
		{MCR_IGMP_ALLOW, GROUP, 1, good},
	};
	struct fixture *f = fixture_create_settled(&config);
	uint8_t packet[256];

	family_write_address(bad, SOURCE(1));
	family_write_address(bad + FAMILY_ADDRESS_LEN, GROUP);
	family_write_address(good, SOURCE(2));
	assert_int_equal(receive(f, packet, family_build_report(HOST, records, 4, packet)),
		MCR_IGMP_ACCEPTED);
	assert_state(f, "INCLUDE 2=270");
	assert_int_equal(rejected(f, MCR_IGMP_REJECT_BAD_SOURCE), 1);
	assert_int_equal(rejected(f, MCR_IGMP_REJECT_UNKNOWN_RECORD), 2);
	assert_int_equal(mcr_igmp_get_counters(f->igmp)->records[MCR_IGMP_ALLOW], 1);
	fixture_free(f);
}

static void
members_come_and_go(void **unused __rte_unused)
{
	const struct mcr_igmp_member member = {.address = HUB};
	struct fixture *f = fixture_create_settled(&config);

	assert_int_equal(mcr_igmp_add_member(f->igmp, MEMBER, &member, f->now), -EEXIST);
	assert_int_equal(
		mcr_igmp_add_member(f->igmp, config.max_members, &member, f->now), -ERANGE);
	assert_int_equal(report_of(f, OTHER_MEMBER, MCR_IGMP_IS_EX, GROUP, NOTHING),
		MCR_IGMP_REJECT_UNKNOWN_MEMBER);
	add_other_member(f);
	join(f, OTHER_MEMBER, GROUP);
	report(f, MCR_IGMP_IS_EX, LIST(3));
	assert_int_equal(mcr_igmp_remove_member(f->igmp, OTHER_MEMBER, f->now), 0);
	assert_false(receives_of(f, OTHER_MEMBER, GROUP, SOURCE(1)));
	assert_int_equal(mcr_igmp_remove_member(f->igmp, MEMBER, f->now), 0);
	assert_false(receives(f, 1));
	assert_false(receives(f, 3));
	assert_int_equal(mcr_igmp_remove_member(f->igmp, MEMBER, f->now), -ENOENT);
	assert_int_equal(mcr_igmp_count_groups(f->igmp), 0);
	assert_int_equal(mcr_igmp_count_sources(f->igmp), 0);
	assert_int_equal(mcr_igmp_add_member(f->igmp, MEMBER, &member, f->now), 0);
	fixture_free(f);
}

/* 2 x 31.25 s of startup queries and 10 s for the last answer. */
static void
restored_state_lasts_until_startup_queries_are_answered(void **unused __rte_unused)
{
	uint8_t source[FAMILY_ADDRESS_LEN];
	const struct mcr_igmp_record include = {MCR_IGMP_IS_IN, GROUP, 1, source};
	const struct mcr_igmp_record exclude = {MCR_IGMP_IS_EX, GROUP, 1, source};
	struct fixture *f = fixture_create_settled(&config);

	family_write_address(source, SOURCE(1));
	assert_int_equal(
		mcr_igmp_restore_record(f->igmp, MEMBER, &include, f->now), MCR_IGMP_ACCEPTED);
	assert_true(receives(f, 1));
	assert_state(f, "INCLUDE 1=72.500");
	assert_int_equal(
		mcr_igmp_restore_record(f->igmp, MEMBER, &exclude, f->now), MCR_IGMP_ACCEPTED);
	assert_state(f, "EXCLUDE 1=72.500 | G=72.500");
	assert_int_equal(mcr_igmp_restore_record(f->igmp, 99, &include, f->now),
		MCR_IGMP_REJECT_UNKNOWN_MEMBER);
	fixture_free(f);
}

static void
restored_state_stays_when_reported_again(void **unused __rte_unused)
{
	const struct mcr_igmp_record exclude = {MCR_IGMP_IS_EX, GROUP, 0, NULL};
	struct fixture *f = fixture_create_settled(&config);

	mcr_igmp_restore_record(f->igmp, MEMBER, &exclude, f->now);
	assert_state(f, "EXCLUDE | G=72.500");
	join(f, MEMBER, GROUP);
	assert_state(f, "EXCLUDE | G=270");
	fixture_free(f);
}

static void
restored_state_of_a_passive_member_lasts_a_membership_interval(void **unused __rte_unused)
{
	const struct mcr_igmp_member passive = {.address = HUB, .passive = true};
	const struct mcr_igmp_record exclude = {MCR_IGMP_IS_EX, GROUP, 0, NULL};
	struct fixture *f = fixture_create_settled(&config);

	assert_int_equal(mcr_igmp_update_member(f->igmp, MEMBER, &passive, f->now), 0);
	mcr_igmp_restore_record(f->igmp, MEMBER, &exclude, f->now);
	assert_state(f, "EXCLUDE | G=270");
	fixture_free(f);
}

static bool
note_state(void *arg, const struct mcr_igmp_state *state)
{
	uint32_t *seen = arg;

	assert_int_equal(state->member_id, MEMBER);
	*seen |= 1u << (state->group - GROUP);
	return *seen != 7;
}

static void
states_can_be_visited(void **unused __rte_unused)
{
	struct fixture *f = fixture_create_settled(&config);
	uint32_t seen = 0;

	for (uint32_t i = 0; i < 3; i++)
		join(f, MEMBER, GROUP + i);
	assert_int_equal(mcr_igmp_visit_member(f->igmp, MEMBER, f->now, note_state, &seen), 3);
	assert_int_equal(seen, 7);
	assert_int_equal(
		mcr_igmp_visit_member(f->igmp, OTHER_MEMBER, f->now, note_state, &seen), 0);
	fixture_free(f);
}

static void
values_out_of_range_are_refused(void **unused __rte_unused)
{
	const struct mcr_igmp_config good = config;

	config.robustness = 0;
	assert_null(mcr_igmp_create(&config, &fixture_ops, NULL));
	assert_int_equal(errno, EINVAL);
	config = good;
	config.robustness = 8;
	assert_null(mcr_igmp_create(&config, &fixture_ops, NULL));
	config = good;
	config.query_interval_ms = 0;
	assert_null(mcr_igmp_create(&config, &fixture_ops, NULL));
	config = good;
	config.last_member_query_interval_ms = 0;
	assert_null(mcr_igmp_create(&config, &fixture_ops, NULL));
}

#define bound_test(test) cmocka_unit_test_setup(test, reset_config)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		bound_test(a_member_has_no_more_groups_than_its_share),
		bound_test(a_full_member_can_refresh_and_leave),
		bound_test(all_members_together_have_a_bound),
		bound_test(a_group_has_no_more_sources_than_its_share),
		bound_test(a_member_has_no_more_sources_than_its_share),
		bound_test(a_group_without_room_for_its_source_is_not_kept),
		bound_test(only_permitted_groups_are_joined),
		bound_test(link_local_groups_are_joined_like_others),
		bound_test(strict_ssm_refuses_any_source_membership),
		bound_test(a_bad_record_is_refused_alone),
		bound_test(members_come_and_go),
		bound_test(restored_state_lasts_until_startup_queries_are_answered),
		bound_test(restored_state_stays_when_reported_again),
		bound_test(restored_state_of_a_passive_member_lasts_a_membership_interval),
		bound_test(states_can_be_visited),
		bound_test(values_out_of_range_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
