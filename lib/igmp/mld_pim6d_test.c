/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * A router that we did not write: FRR 10.3's pim6d, on a Linux kernel, beside a host. tcpdump
 * captured its packets at the host, which had joined ff1e::10, and ff3e::10 of fd00::a, and left
 * both. pim6d had "ipv6 pim", "ipv6 mld" and "ipv6 mld join ff0e::77" on its interface, then also
 * "ipv6 mld version 1". Its kernel reports what it listens to. Unlike kernels, pim6d sets flow
 * labels, and pads the hop-by-hop options by Pad1.
 */

#include <arpa/inet.h>

#define FAMILY_IPV6
#include "igmp_fixture.h"

#define PIM6D "fe80000000000000000000fffeff000a"
#define ALL_NODES "ff020000000000000000000000000001"
#define OF_ANY "ff1e0000000000000000000000000010"
#define OF_SOURCE "ff3e0000000000000000000000000010"
#define JOINED "ff0e0000000000000000000000000077"
#define SOLICITED "ff0200000000000000000001ff00000a"
#define REPORTS "ff020000000000000000000000000016"
#define ANY "00000000000000000000000000000000"
#define SOURCE_OF_IT "fd00000000000000000000000000000a"
#define OPTIONS "3a00050200000000"

#define V2_GENERAL "6001ad0f00240001" PIM6D ALL_NODES OPTIONS "820079b603e80000" ANY "027d0000"
#define V2_OF_GROUP "600004e800240001" PIM6D OF_ANY OPTIONS "82007a5c03e80000" OF_ANY "027d0000"
#define V2_OF_GROUP_AND_SOURCE                                                  \
	"6009182700340001" PIM6D OF_SOURCE OPTIONS "82007d0003e80000" OF_SOURCE \
	"027d0001" SOURCE_OF_IT
#define V1_GENERAL "6001ad0f00200001" PIM6D ALL_NODES OPTIONS "82007c3703e80000" ANY
#define V1_OF_GROUP "600004e800200001" PIM6D OF_ANY OPTIONS "82007cdd03e80000" OF_ANY

/* Of ff02::d, all routers that speak PIM, of ff02::16 and of what it was told to join. */
#define V2_REPORT                                           \
	"60000000004c0001" PIM6D REPORTS "3a00050200000100" \
	"8f00692c00000003"                                  \
	"04000000ff02000000000000000000000000000d"          \
	"04000000" REPORTS "04000000" JOINED
#define V1_REPORT                                          \
	"6000000000200001" PIM6D JOINED "3a00050200000100" \
	"83007f1700000000" JOINED
#define V1_REPORT_SOLICITED                                   \
	"6000000000200001" PIM6D SOLICITED "3a00050200000100" \
	"8300820500000000" SOLICITED

static uint32_t
number_of(const char *text)
{
	struct in6_addr address;
	uint32_t number;

	assert_int_equal(inet_pton(AF_INET6, text, &address), 1);
	number = mcr_address_get(&address, MCR_IPV6_LENGTH);
	assert_int_not_equal(number, MCR_ADDRESS_NONE);
	return number;
}

static enum mcr_igmp_rejection
receive_hex(struct fixture *f, uint32_t member, const char *hex)
{
	uint8_t packet[FAMILY_QUERY_MAX_LEN];
	uint32_t len = 0;

	for (; hex[0] != '\0'; hex += 2) {
		const char pair[] = {hex[0], hex[1], '\0'};

		packet[len++] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return receive_from(f, member, packet, len);
}

/* A hub that leaves the queries to pim6d: its own address is higher. */
static struct fixture *
create_higher(void)
{
	const struct mcr_igmp_member member = {.address = number_of("fe80::200:0:0:1")};
	struct fixture *f = fixture_create();

	assert_int_equal(mcr_igmp_add_member(f->igmp, OTHER_MEMBER, &member, f->now), 0);
	pass(f, 32 * SECOND);
	forget_queries(f);
	return f;
}

static struct mcr_igmp_querier
querier_of_other(struct fixture *f)
{
	struct mcr_igmp_querier state;

	assert_true(mcr_igmp_get_querier(f->igmp, OTHER_MEMBER, f->now, &state));
	return state;
}

static uint64_t
expires_ms(struct fixture *f, const char *group)
{
	struct mcr_igmp_state state;

	if (!mcr_igmp_get_state(f->igmp, OTHER_MEMBER, number_of(group), f->now, &state))
		return 0;
	return state.expires_ms;
}

static void
pim6d_with_the_lower_address_is_the_querier(void **unused __rte_unused)
{
	struct fixture *f = create_higher();

	assert_true(querier_of_other(f).querier);
	assert_int_equal(receive_hex(f, OTHER_MEMBER, V2_GENERAL), MCR_IGMP_ACCEPTED);
	assert_false(querier_of_other(f).querier);
	assert_int_equal(querier_of_other(f).address, number_of("fe80::ff:feff:a"));
	assert_int_equal(querier_of_other(f).query_interval_ms, 125000);
	assert_int_equal(querier_of_other(f).robustness, 2);
	/* RFC 9777 9.5: 2 x 125 s and half of the own response interval of 10 s. */
	pass(f, 254 * SECOND);
	assert_false(querier_of_other(f).querier);
	pass(f, SECOND);
	assert_true(querier_of_other(f).querier);
	fixture_free(f);
}

static void
pim6d_with_the_higher_address_is_not(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	assert_int_equal(receive_hex(f, MEMBER, V2_GENERAL), MCR_IGMP_ACCEPTED);
	assert_int_equal(receive_hex(f, MEMBER, V1_GENERAL), MCR_IGMP_ACCEPTED);
	assert_true(querier(f).querier);
	fixture_free(f);
}

static void
pim6d_of_version_1_is_the_querier_and_an_older_one(void **unused __rte_unused)
{
	struct fixture *f = create_higher();

	assert_int_equal(receive_hex(f, OTHER_MEMBER, V1_GENERAL), MCR_IGMP_ACCEPTED);
	assert_false(querier_of_other(f).querier);
	assert_int_equal(mcr_igmp_get_counters(f->igmp)->older_queriers, 1);
	fixture_free(f);
}

/* Its specific queries shorten the timers of who is not the querier (RFC 9777 7.6.1). */
static void
queries_of_pim6d_shorten_timers(void **unused __rte_unused)
{
	static const char *const of_group[] = {V2_OF_GROUP, V1_OF_GROUP};
	const uint32_t group = number_of("ff1e::10"), of_source = number_of("ff3e::10");
	struct mcr_igmp_source source;

	for (unsigned int i = 0; i < RTE_DIM(of_group); i++) {
		struct fixture *f = create_higher();

		receive_hex(f, OTHER_MEMBER, V2_GENERAL);
		report_of(f, OTHER_MEMBER, MCR_IGMP_TO_EX, group, NOTHING);
		assert_int_equal(expires_ms(f, "ff1e::10"), 270 * SECOND);
		assert_int_equal(receive_hex(f, OTHER_MEMBER, of_group[i]), MCR_IGMP_ACCEPTED);
		assert_int_equal(expires_ms(f, "ff1e::10"), 2 * SECOND);
		fixture_free(f);
	}
	struct fixture *f = create_higher();
	struct mcr_igmp_record record = {.type = MCR_IGMP_ALLOW, .group = of_source};
	const struct in6_addr *address = mcr_address_ipv6(number_of("fd00::a"));
	uint8_t packet[256];

	receive_hex(f, OTHER_MEMBER, V2_GENERAL);
	record.source_count = 1;
	record.sources = address->s6_addr;
	assert_int_equal(receive_from(f, OTHER_MEMBER, packet,
				 family_build_report(HOST, &record, 1, packet)),
		MCR_IGMP_ACCEPTED);
	assert_int_equal(receive_hex(f, OTHER_MEMBER, V2_OF_GROUP_AND_SOURCE), MCR_IGMP_ACCEPTED);
	assert_int_equal(
		mcr_igmp_get_sources(f->igmp, OTHER_MEMBER, of_source, f->now, &source, 1), 1);
	assert_int_equal(source.address, number_of("fd00::a"));
	assert_int_equal(source.expires_ms, 2 * SECOND);
	fixture_free(f);
}

/* Of a router's groups those that a host may join, too. */
static void
reports_of_its_kernel_are_joins(void **unused __rte_unused)
{
	static const char *const reports[] = {V2_REPORT, V1_REPORT};

	for (unsigned int i = 0; i < RTE_DIM(reports); i++) {
		struct fixture *f = create_higher();

		assert_int_equal(receive_hex(f, OTHER_MEMBER, V1_REPORT_SOLICITED),
			MCR_IGMP_REJECT_ALL_SYSTEMS);
		assert_int_equal(receive_hex(f, OTHER_MEMBER, reports[i]), MCR_IGMP_ACCEPTED);
		assert_int_equal(expires_ms(f, "ff0e::77"), 270 * SECOND);
		assert_true(receives_of(f, OTHER_MEMBER, number_of("ff0e::77"), SOURCE(1)));
		fixture_free(f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pim6d_with_the_lower_address_is_the_querier),
		cmocka_unit_test(pim6d_with_the_higher_address_is_not),
		cmocka_unit_test(pim6d_of_version_1_is_the_querier_and_an_older_one),
		cmocka_unit_test(queries_of_pim6d_shorten_timers),
		cmocka_unit_test(reports_of_its_kernel_are_joins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
