/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * The source-filter cases of the Linux bridge (tools/testing/selftests/net/forwarding/
 * bridge_igmp.sh) as packets: same records for 239.10.10.10, checksums and forwarding.
 */

#include "igmp_fixture.h"

struct packet {
	uint16_t checksum; /* of the published payload */
	uint8_t type;
	const uint8_t *sources;
};

static const struct packet is_in = {0x9dde, MCR_IGMP_IS_IN, LIST(1, 2, 3)};
static const struct packet is_in_2 = {0x9dc3, MCR_IGMP_IS_IN, LIST(10, 11, 12)};
static const struct packet is_in_3 = {0x5fb4, MCR_IGMP_IS_IN, LIST(20, 30)};
static const struct packet allow = {0x99c3, MCR_IGMP_ALLOW, LIST(10, 11, 12)};
static const struct packet allow_2 = {0x5bb4, MCR_IGMP_ALLOW, LIST(20, 30)};
static const struct packet is_ex = {0xdab6, MCR_IGMP_IS_EX, LIST(1, 2, 20, 21)};
static const struct packet is_ex_2 = {0x5eb4, MCR_IGMP_IS_EX, LIST(20, 30)};
static const struct packet to_ex = {0x9ab1, MCR_IGMP_TO_EX, LIST(1, 20, 30)};
static const struct packet block = {0x98b1, MCR_IGMP_BLOCK, LIST(1, 20, 30)};

struct bridge_case {
	const char *name;
	const struct packet *packets[3];
	uint32_t wait_ms;
	const uint8_t *forwarded;
	const uint8_t *refused;
	enum mcr_igmp_filter_mode mode;
};

/* No report names source 100. The bridge uses the times of RFC 3376, so waits differ. */
static const struct bridge_case cases[] = {
	{"include", {&is_in}, 0, LIST(1, 2, 3), LIST(100), MCR_IGMP_INCLUDE},
	{"include -> allow", {&is_in, &allow}, 0, LIST(1, 2, 3, 10, 11, 12), LIST(100),
		MCR_IGMP_INCLUDE},
	{"include -> is_include", {&is_in, &is_in_2}, 0, LIST(1, 2, 3, 10, 11, 12), LIST(100),
		MCR_IGMP_INCLUDE},
	{"include -> is_exclude", {&is_in, &is_ex}, 0, LIST(1, 2, 3, 100), LIST(20, 21),
		MCR_IGMP_EXCLUDE},
	{"include -> to_exclude", {&is_in, &to_ex}, 0, LIST(1, 2, 3, 100), LIST(20, 30),
		MCR_IGMP_EXCLUDE},
	{"exclude -> allow", {&is_in, &is_ex, &allow_2}, 0, LIST(1, 2, 20, 30, 100), LIST(21),
		MCR_IGMP_EXCLUDE},
	{"exclude -> is_include", {&is_in, &is_ex, &is_in_3}, 0, LIST(1, 2, 20, 30, 100), LIST(21),
		MCR_IGMP_EXCLUDE},
	{"exclude -> is_exclude", {&is_in, &is_ex, &is_ex_2}, 0, LIST(30, 100, 1, 21), LIST(20),
		MCR_IGMP_EXCLUDE},
	{"exclude -> to_exclude", {&is_in, &is_ex, &to_ex}, 0, LIST(1, 30, 100), LIST(20),
		MCR_IGMP_EXCLUDE},
	{"include -> block", {&is_in, &block}, 2000, LIST(2, 3), LIST(1, 100), MCR_IGMP_INCLUDE},
	{"exclude -> block", {&is_in, &is_ex, &block}, 0, LIST(1, 2, 30, 100), LIST(20, 21),
		MCR_IGMP_EXCLUDE},
	{"exclude -> block, unanswered", {&is_in, &is_ex, &block}, 2000, LIST(2, 100),
		LIST(1, 20, 21, 30), MCR_IGMP_EXCLUDE},
};

static void
send_packet(struct fixture *f, const struct packet *packet)
{
	const uint16_t count = (uint16_t)strlen((const char *)packet->sources);
	uint8_t bytes[128], sources[64];
	const struct mcr_igmp_record record = {packet->type, GROUP, count, sources};
	uint32_t len;

	for (uint16_t i = 0; i < count; i++)
		memcpy(sources + 4 * i, (const uint8_t[]){192, 0, 2, packet->sources[i]}, 4);
	len = family_build_report(HOST, &record, 1, bytes);
	assert_int_equal(bytes[26] << 8 | bytes[27], packet->checksum);
	assert_int_equal(receive(f, bytes, len), MCR_IGMP_ACCEPTED);
}

static enum mcr_igmp_filter_mode
mode_of(struct fixture *f)
{
	struct mcr_igmp_state state;

	assert_true(mcr_igmp_get_state(f->igmp, MEMBER, GROUP, f->now, &state));
	return state.mode;
}

static void
every_published_case_forwards_as_published(void **unused __rte_unused)
{
	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		const struct bridge_case *test = &cases[i];
		struct fixture *f = fixture_create();

		print_message("%s\n", test->name);
		for (size_t j = 0; j < RTE_DIM(test->packets) && test->packets[j] != NULL; j++)
			send_packet(f, test->packets[j]);
		pass(f, test->wait_ms);
		assert_int_equal(mode_of(f), test->mode);
		for (const uint8_t *n = test->forwarded; *n != 0; n++)
			assert_true(receives(f, *n));
		for (const uint8_t *n = test->refused; *n != 0; n++)
			assert_false(receives(f, *n));
		fixture_free(f);
	}
}

/* Query and response interval: 1 s when the group is created, 5 s when sources are allowed. */
static void
exclude_times_out_to_include(void **unused __rte_unused)
{
	struct mcr_igmp_config config;
	struct fixture *f;

	family_default_config(&config);
	config.query_interval_ms = 1000;
	config.query_response_interval_ms = 1000;
	f = fixture_create_with(&config);
	send_packet(f, &is_in);
	send_packet(f, &is_ex);
	config.query_interval_ms = 5000;
	config.query_response_interval_ms = 5000;
	assert_int_equal(mcr_igmp_reconfigure(f->igmp, &config, f->now), 0);
	send_packet(f, &allow_2);
	pass(f, 4 * SECOND);
	assert_state(f, "INCLUDE 20=16 30=16");
	assert_true(receives(f, 20));
	assert_true(receives(f, 30));
	assert_false(receives(f, 1));
	assert_false(receives(f, 100));
	fixture_free(f);
}

static void
a_v2_report_and_leave_make_and_end_the_group(void **unused __rte_unused)
{
	struct fixture *f = fixture_create();

	assert_int_equal(older(f, MCR_IGMP_V2_REPORT), MCR_IGMP_ACCEPTED);
	assert_true(receives(f, 1));
	assert_int_equal(older(f, MCR_IGMP_V2_LEAVE), MCR_IGMP_ACCEPTED);
	pass(f, 5 * SECOND);
	assert_state(f, "none");
	assert_false(receives(f, 1));
	fixture_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_published_case_forwards_as_published),
		cmocka_unit_test(exclude_times_out_to_include),
		cmocka_unit_test(a_v2_report_and_leave_make_and_end_the_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
