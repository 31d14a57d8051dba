/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Numbers of IPv6 addresses: each state holds its own, and nothing else does. */

#define FAMILY_IPV6

#include "igmp_fixture.h"

#define MANY 500

static struct mcr_igmp_config config;
static uint32_t numbers; /* before the test */

static int
set_up(void **unused __rte_unused)
{
	mcr_mld_default_config(&config);
	numbers = mcr_address_count();
	return 0;
}

/* Addresses that the fixture has not numbered. */
static void
write_strange(uint8_t *at, uint8_t first, uint8_t second, uint32_t which)
{
	memcpy(at, (const uint8_t[MCR_IPV6_ADDRESS_LEN]){first, second, [10] = 0x77},
		MCR_IPV6_ADDRESS_LEN);
	mcr_write_be32(at + 12, which);
}

static uint32_t
new_numbers(void)
{
	return mcr_address_count() - numbers;
}

struct strange {
	uint32_t host, group, source;
	uint16_t source_count;
	uint8_t type;
};

/* A report of hosts, groups and sources that are new. */
static enum mcr_igmp_rejection
report_strange(struct fixture *f, const struct strange *strange)
{
	static const uint8_t routers[MCR_IPV6_ADDRESS_LEN] = {0xff, 2, [15] = MLD_V2_ROUTERS};
	uint8_t packet[MLD_HEADERS_LEN + 8 + 20 + 16 * MANY] = {0};
	uint8_t *mld = packet + MLD_HEADERS_LEN, *record = mld + 8;
	uint8_t *end = record + 20 + MCR_IPV6_ADDRESS_LEN * strange->source_count;
	uint32_t len;

	mld[0] = MLD_V2_REPORT;
	mld[7] = 1;
	record[0] = strange->type;
	mcr_write_be16(record + 2, strange->source_count);
	write_strange(record + 4, 0xff, 0x1e, strange->group);
	for (uint16_t i = 0; i < strange->source_count; i++)
		write_strange(record + 20 + MCR_IPV6_ADDRESS_LEN * i, 0x20, 1, strange->source + i);
	len = mld_finish_packet(packet, HOST, routers, end);
	write_strange(packet + MCR_IPV6_SOURCE, 0xfe, 0x80, strange->host);
	mld_fix_checksum(packet, len);
	return receive(f, packet, len);
}

static void
join_many_groups(struct fixture *f)
{
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(
			report_strange(f, &(struct strange){.group = i, .type = MCR_IGMP_TO_EX}),
			MCR_IGMP_ACCEPTED);
}

static void
groups_beyond_the_limit_get_no_number(void **unused __rte_unused)
{
	struct fixture *f;

	config.max_groups_per_member = 10;
	f = fixture_create_settled(&config);
	join_many_groups(f);
	assert_int_equal(mcr_igmp_count_groups(f->igmp), 10);
	assert_int_equal(new_numbers(), 10);
	assert_int_equal(rejected(f, MCR_IGMP_REJECT_MEMBER_GROUPS), MANY - 10);
	pass(f, 270 * SECOND);
	assert_int_equal(new_numbers(), 0);
	fixture_free(f);
}

static void
groups_that_are_not_permitted_get_no_number(void **unused __rte_unused)
{
	struct fixture *f;

	config.group_count = 0;
	f = fixture_create_settled(&config);
	join_many_groups(f);
	assert_int_equal(rejected(f, MCR_IGMP_REJECT_NOT_PERMITTED), MANY);
	assert_int_equal(new_numbers(), 0);
	fixture_free(f);
}

static void
sources_beyond_the_limit_get_no_number(void **unused __rte_unused)
{
	const struct strange strange = {.source_count = MANY, .type = MCR_IGMP_ALLOW};
	const struct strange block = {.source = MANY, .source_count = MANY, .type = MCR_IGMP_BLOCK};
	struct fixture *f;

	config.max_sources_per_group = 10;
	f = fixture_create_settled(&config);
	assert_int_equal(report_strange(f, &strange), MCR_IGMP_ACCEPTED);
	assert_int_equal(mcr_igmp_count_sources(f->igmp), 10);
	assert_int_equal(new_numbers(), 1 + 10);
	assert_int_equal(report_strange(f, &block), MCR_IGMP_ACCEPTED);
	assert_int_equal(new_numbers(), 1 + 10);
	fixture_free(f);
	assert_int_equal(new_numbers(), 0);
}

/* A host holds its address and up to IGMP_HOST_SOURCES sources, which it shares with the group. */
static void
hosts_beyond_the_limit_get_no_number(void **unused __rte_unused)
{
	struct fixture *f;

	config.immediate_leave = true;
	config.max_hosts_per_group = 10;
	config.max_sources_per_group = 1;
	f = fixture_create_settled(&config);
	for (uint32_t i = 0; i < MANY; i++) {
		const struct strange strange = {
			.host = i, .source = 4 * i, .source_count = 4, .type = MCR_IGMP_ALLOW};

		assert_int_equal(report_strange(f, &strange), MCR_IGMP_ACCEPTED);
	}
	assert_int_equal(mcr_igmp_count_hosts(f->igmp), 10);
	assert_int_equal(new_numbers(), 1 + 10 + 4 * 10);
	pass(f, 270 * SECOND);
	assert_int_equal(new_numbers(), 0);
	fixture_free(f);
}

static void
a_host_gives_back_the_sources_that_it_leaves(void **unused __rte_unused)
{
	const struct strange few = {.source_count = 4, .type = MCR_IGMP_ALLOW};
	const struct strange fewer = {.source = 2, .source_count = 2, .type = MCR_IGMP_BLOCK};
	const struct strange many = {.source = 4, .source_count = 2, .type = MCR_IGMP_ALLOW};
	const struct strange more = {.source = 6, .source_count = 1, .type = MCR_IGMP_ALLOW};
	struct fixture *f;

	config.immediate_leave = true;
	config.max_sources_per_group = 1;
	f = fixture_create_settled(&config);
	report_strange(f, &few);
	assert_int_equal(new_numbers(), 1 + 1 + 4);
	report_strange(f, &few);
	assert_int_equal(new_numbers(), 1 + 1 + 4);
	report_strange(f, &fewer);
	report_strange(f, &many);
	assert_int_equal(new_numbers(), 1 + 1 + 4);
	report_strange(f, &more);
	assert_int_equal(new_numbers(), 1 + 1 + 1);
	fixture_free(f);
	assert_int_equal(new_numbers(), 0);
}

static void
hear_strange(struct fixture *f, uint32_t which)
{
	const struct mcr_igmp_query query = {.sender = HOST, .robustness = 2};
	uint8_t packet[MCR_MLD_QUERY_MAX_LEN];
	const uint32_t len = mcr_mld_build_query(&query, packet);

	write_strange(packet + MCR_IPV6_SOURCE, 0xfe, 0x80, which);
	memset(packet + MCR_IPV6_SOURCE + 10, 0, 2);
	mld_fix_checksum(packet, len);
	assert_int_equal(receive(f, packet, len), MCR_IGMP_ACCEPTED);
}

static void
one_other_querier_has_a_number(void **unused __rte_unused)
{
	const struct in6_addr highest = {.s6_addr = {0xfe, 0xbf}};
	const uint32_t hub = mcr_address_get(&highest, MCR_IPV6_LENGTH);
	struct fixture *f = fixture_create_settled(&config);

	assert_int_equal(mcr_igmp_update_member(f->igmp, MEMBER,
				 &(struct mcr_igmp_member){.address = hub}, f->now),
		0);
	for (uint32_t i = MANY; i-- > 0;)
		hear_strange(f, 0x10000 + i);
	hear_strange(f, 0x10001);
	assert_false(querier(f).querier);
	assert_int_equal(mcr_address_ipv6(querier(f).address)->s6_addr[15], 0);
	assert_int_equal(new_numbers(), 2);
	pass(f, 260 * SECOND);
	assert_true(querier(f).querier);
	assert_int_equal(new_numbers(), 1);
	fixture_free(f);
	mcr_address_drop(hub);
	assert_int_equal(new_numbers(), 0);
}

/* What is sent when an interface comes up is no refusal. */
static void
neighbour_discovery_is_no_join(void **unused __rte_unused)
{
	static const uint8_t routers[MCR_IPV6_ADDRESS_LEN] = {0xff, 2, [15] = MLD_V2_ROUTERS};
	static const uint8_t group[MCR_IPV6_ADDRESS_LEN] = {0xff, 2, [11] = 1, 0xff, 1, 2, 3};
	struct fixture *f = fixture_create_settled(&config);
	uint8_t packet[128] = {[MLD_HEADERS_LEN] = MLD_V2_REPORT,
		[MLD_HEADERS_LEN + 7] = 1,
		[MLD_HEADERS_LEN + 8] = MCR_IGMP_TO_EX};
	uint32_t len;

	memcpy(packet + MLD_HEADERS_LEN + 12, group, sizeof(group));
	len = mld_finish_packet(packet, HOST, routers, packet + MLD_HEADERS_LEN + 28);
	assert_int_equal(receive(f, packet, len), MCR_IGMP_ACCEPTED);
	assert_int_equal(f->refusal, MCR_IGMP_REJECT_ALL_SYSTEMS);
	assert_int_equal(f->refused_group, MCR_ADDRESS_NONE);
	assert_int_equal(rejected(f, MCR_IGMP_REJECT_ALL_SYSTEMS), 1);
	assert_int_equal(new_numbers(), 0);
	len = mld_finish_packet(packet, 0, routers, packet + MLD_HEADERS_LEN + 28);
	assert_int_equal(receive(f, packet, len), MCR_IGMP_REJECT_NO_SENDER);
	fixture_free(f);
}

/* The router's own, as long as it has the link or the configuration. */
static void
the_callers_addresses_are_held(void **unused __rte_unused)
{
	const struct in6_addr address = {.s6_addr = {0xfe, 0x80, [7] = 1, [15] = 1}};
	const struct in6_addr prefix = {.s6_addr = {0xff, 0x18}};
	struct mcr_igmp_member member = {.address = mcr_address_get(&address, MCR_IPV6_LENGTH)};
	const struct mcr_igmp_prefix permitted = {mcr_address_get(&prefix, 16), 16};
	struct fixture *f;

	config.groups = &permitted;
	f = fixture_create_settled(&config);
	assert_int_equal(mcr_igmp_add_member(f->igmp, OTHER_MEMBER, &member, f->now), 0);
	mcr_address_drop(member.address);
	mcr_address_drop(permitted.address);
	assert_int_equal(new_numbers(), 2);
	member.address = HUB;
	assert_int_equal(mcr_igmp_update_member(f->igmp, OTHER_MEMBER, &member, f->now), 0);
	assert_int_equal(new_numbers(), 1);
	mcr_mld_default_config(&config);
	assert_int_equal(mcr_igmp_reconfigure(f->igmp, &config, f->now), 0);
	assert_int_equal(new_numbers(), 0);
	fixture_free(f);
}

static void
prefixes_of_ipv4_are_refused(void **unused __rte_unused)
{
	const struct mcr_igmp_prefix ipv4 = {MCR_IPV4(239, 0, 0, 0), 8};
	const struct mcr_igmp_prefix wrong = {PREFIX_OTHERS, PREFIX_OTHERS_LENGTH - 1};

	config.groups = &ipv4;
	assert_null(mcr_igmp_create(&config, &fixture_ops, NULL));
	assert_int_equal(errno, EINVAL);
	config.groups = &wrong;
	assert_null(mcr_igmp_create(&config, &fixture_ops, NULL));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
	const struct CMUnitTest tests[] = {
		TEST(groups_beyond_the_limit_get_no_number),
		TEST(groups_that_are_not_permitted_get_no_number),
		TEST(sources_beyond_the_limit_get_no_number),
		TEST(hosts_beyond_the_limit_get_no_number),
		TEST(a_host_gives_back_the_sources_that_it_leaves),
		TEST(one_other_querier_has_a_number),
		TEST(neighbour_discovery_is_no_join),
		TEST(the_callers_addresses_are_held),
		TEST(prefixes_of_ipv4_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
