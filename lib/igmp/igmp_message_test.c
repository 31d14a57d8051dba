/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "igmp_fixture.h"

#define IP_LEN 24

static struct mcr_igmp_message message;

/* IS_IN {192.0.2.1, 192.0.2.2} and TO_EX {}. */
static uint32_t
sample_report(uint8_t *packet)
{
	static const uint8_t sources[] = {192, 0, 2, 1, 192, 0, 2, 2};
	const struct mcr_igmp_record records[] = {
		{MCR_IGMP_IS_IN, GROUP, 2, sources},
		{MCR_IGMP_TO_EX, GROUP + 1, 0, NULL},
	};

	return fixture_build_report(HOST, records, 2, packet);
}

static void
assert_packet(const uint8_t *packet, uint32_t len, const uint8_t *expected, uint32_t expected_len)
{
	assert_int_equal(len, expected_len);
	assert_memory_equal(packet, expected, len);
}

/* RFC 9776 4, 4.1.12. The bytes are scapy's. */
static void
a_general_query_is_this_packet(void **unused __rte_unused)
{
	static const uint8_t expected[] = {0x46, 0xc0, 0x00, 0x24, 0x00, 0x00, 0x40, 0x00, 0x01,
		0x02, 0xfa, 0x08, 0x0a, 0x00, 0x00, 0x0a, 0xe0, 0x00, 0x00, 0x01, 0x94, 0x04, 0x00,
		0x00, 0x11, 0x64, 0xec, 0x1e, 0x00, 0x00, 0x00, 0x00, 0x02, 0x7d, 0x00, 0x00};
	const struct mcr_igmp_query query = {.sender = MCR_IPV4(10, 0, 0, 10),
		.robustness = 2,
		.query_interval_ms = 125000,
		.max_response_ms = 10000};
	uint8_t packet[MCR_IGMP_QUERY_MAX_LEN];

	assert_packet(packet, mcr_igmp_build_query(&query, packet), expected, sizeof(expected));
}

/* 4.1.12: specific queries go to the group. */
static void
a_group_and_source_query_is_this_packet(void **unused __rte_unused)
{
	static const uint8_t expected[] = {0x46, 0xc0, 0x00, 0x2c, 0x00, 0x00, 0x40, 0x00, 0x01,
		0x02, 0xea, 0xf7, 0x00, 0x00, 0x00, 0x00, 0xef, 0x0a, 0x0a, 0x0a, 0x94, 0x04, 0x00,
		0x00, 0x11, 0x0a, 0x67, 0x5d, 0xef, 0x0a, 0x0a, 0x0a, 0x0a, 0x7d, 0x00, 0x02, 0xc0,
		0x00, 0x02, 0x01, 0xc0, 0x00, 0x02, 0x02};
	static const uint32_t sources[] = {SOURCE(1), SOURCE(2)};
	const struct mcr_igmp_query query = {.group = GROUP,
		.suppress = true,
		.robustness = 2,
		.query_interval_ms = 125000,
		.max_response_ms = 1000,
		.sources = sources,
		.source_count = 2};
	uint8_t packet[MCR_IGMP_QUERY_MAX_LEN];

	assert_packet(packet, mcr_igmp_build_query(&query, packet), expected, sizeof(expected));
}

static void
the_largest_query_fits_the_smallest_mtu(void **unused __rte_unused)
{
	static uint32_t sources[MCR_IGMP_QUERY_MAX_SOURCES];
	const struct mcr_igmp_query query = {
		.group = GROUP,
		.sources = sources,
		.source_count = MCR_IGMP_QUERY_MAX_SOURCES,
	};
	uint8_t packet[MCR_IGMP_QUERY_MAX_LEN];

	assert_int_equal(mcr_igmp_build_query(&query, packet), sizeof(packet));
	assert_true(sizeof(packet) <= 576);
	assert_int_equal(mcr_igmp_parse(packet, sizeof(packet), &message), MCR_IGMP_ACCEPTED);
	assert_int_equal(message.count, MCR_IGMP_QUERY_MAX_SOURCES);
}

/* 4.1.1: exact to 127, then rounded down to a 4-bit mantissa. */
static void
times_are_encoded_exactly_or_lower(void **unused __rte_unused)
{
	for (uint32_t value = 0; value < 40000; value++) {
		const uint8_t code = mcr_igmp_encode_time(value);
		const uint32_t decoded = mcr_igmp_decode_time(code);

		assert_true(decoded <= value);
		assert_true(code == 255 || mcr_igmp_decode_time(code + 1) > value);
	}
	assert_int_equal(mcr_igmp_encode_time(127), 127);
	assert_int_equal(mcr_igmp_encode_time(128), 0x80);
	assert_int_equal(mcr_igmp_decode_time(0xff), 31744);
}

/* A Max Resp Code of 0 means a v1 query, a QQIC of 0 the default. */
static void
short_intervals_are_never_encoded_as_zero(void **unused __rte_unused)
{
	const struct mcr_igmp_query query = {.query_interval_ms = 50, .max_response_ms = 50};
	uint8_t packet[MCR_IGMP_QUERY_MAX_LEN];

	mcr_igmp_build_query(&query, packet);
	assert_int_equal(packet[IP_LEN + 1], 1);
	assert_int_equal(packet[IP_LEN + 9], 1);
}

static void
a_v3_report_is_read_as_it_was_written(void **unused __rte_unused)
{
	struct mcr_igmp_record record;
	const uint8_t *records;
	uint8_t packet[128];

	assert_int_equal(
		mcr_igmp_parse(packet, sample_report(packet), &message), MCR_IGMP_ACCEPTED);
	assert_int_equal(message.type, MCR_IGMP_V3_REPORT);
	assert_int_equal(message.sender, HOST);
	assert_int_equal(message.destination, WIRE_V3_ROUTERS);
	assert_int_equal(message.count, 2);
	records = message.body;
	mcr_igmp_read_record(&records, &record);
	assert_int_equal(record.type, MCR_IGMP_IS_IN);
	assert_int_equal(record.group, GROUP);
	assert_int_equal(record.source_count, 2);
	assert_int_equal(mcr_igmp_read_source(record.sources, 1), SOURCE(2));
	mcr_igmp_read_record(&records, &record);
	assert_int_equal(record.type, MCR_IGMP_TO_EX);
	assert_int_equal(record.group, GROUP + 1);
	assert_int_equal(record.source_count, 0);
}

/* 7.1: 8 bytes with and without Max Resp Code are v2 and v1; 12 and more are v3. */
static void
the_version_of_a_query_shows_in_its_length(void **unused __rte_unused)
{
	static const struct {
		uint8_t igmp_len, code;
		enum mcr_igmp_rejection rejection;
		enum mcr_igmp_message_type type;
		uint32_t max_response_ms;
	} cases[] = {
		{8, 0, MCR_IGMP_ACCEPTED, MCR_IGMP_V1_QUERY, 10000},
		{8, 200, MCR_IGMP_ACCEPTED, MCR_IGMP_V2_QUERY, 20000},
		{10, 100, MCR_IGMP_REJECT_MALFORMED, 0, 0},
		{12, 0, MCR_IGMP_ACCEPTED, MCR_IGMP_V3_QUERY, 0},
		{12, 0x8f, MCR_IGMP_ACCEPTED, MCR_IGMP_V3_QUERY, 24800},
		{16, 100, MCR_IGMP_ACCEPTED, MCR_IGMP_V3_QUERY, 10000},
	};

	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		const struct mcr_igmp_query query = {.robustness = 3, .query_interval_ms = 60000};
		uint8_t packet[MCR_IGMP_QUERY_MAX_LEN] = {0};
		const uint32_t len = IP_LEN + cases[i].igmp_len;

		mcr_igmp_build_query(&query, packet);
		packet[3] = (uint8_t)len;
		packet[IP_LEN + 1] = cases[i].code;
		fix_checksums(packet, len);
		assert_int_equal(mcr_igmp_parse(packet, len, &message), cases[i].rejection);
		if (cases[i].rejection != MCR_IGMP_ACCEPTED)
			continue;
		assert_int_equal(message.type, cases[i].type);
		assert_int_equal(message.max_response_ms, cases[i].max_response_ms);
		if (message.type == MCR_IGMP_V3_QUERY) {
			assert_int_equal(message.robustness, 3);
			assert_int_equal(message.query_interval_ms, 60000);
		}
	}
}

/* 4.2.8, 4.2.10, 4.2.11: the checksum covers them. */
static void
auxiliary_and_additional_data_are_skipped(void **unused __rte_unused)
{
	struct mcr_igmp_record record;
	const uint8_t *records;
	uint8_t packet[128];
	uint32_t len = sample_report(packet);

	memmove(packet + 52, packet + 48, len - 48);
	memset(packet + 48, 0xa5, 4);
	packet[IP_LEN + 8 + 1] = 1;
	len += 4;
	memset(packet + len, 0x5a, 5);
	len += 5;
	packet[3] = (uint8_t)len;
	fix_checksums(packet, len);
	assert_int_equal(mcr_igmp_parse(packet, len, &message), MCR_IGMP_ACCEPTED);
	records = message.body;
	mcr_igmp_read_record(&records, &record);
	mcr_igmp_read_record(&records, &record);
	assert_int_equal(record.group, GROUP + 1);
	packet[len - 1] ^= 1;
	assert_int_equal(mcr_igmp_parse(packet, len, &message), MCR_IGMP_REJECT_BAD_CHECKSUM);
}

struct damage {
	const char *what;
	uint8_t offset, value;
	bool keep_checksum;
	enum mcr_igmp_rejection rejection;
};

static const struct damage damages[] = {
	{"IP version", 0, 0x56, false, MCR_IGMP_REJECT_MALFORMED},
	{"IP header length below 20", 0, 0x44, true, MCR_IGMP_REJECT_MALFORMED},
	{"total length above what is there", 3, 200, false, MCR_IGMP_REJECT_MALFORMED},
	{"total length below the header", 3, 20, true, MCR_IGMP_REJECT_MALFORMED},
	{"IP checksum", 10, 0x77, true, MCR_IGMP_REJECT_BAD_CHECKSUM},
	{"more fragments", 6, 0x20, false, MCR_IGMP_REJECT_FRAGMENT},
	{"fragment offset", 7, 1, false, MCR_IGMP_REJECT_FRAGMENT},
	{"protocol", 9, 17, false, MCR_IGMP_REJECT_NOT_IGMP},
	{"TTL 2", 8, 2, false, MCR_IGMP_REJECT_BAD_TTL},
	{"TTL 0", 8, 0, false, MCR_IGMP_REJECT_BAD_TTL},
	{"another option", 20, 0x44, false, MCR_IGMP_REJECT_NO_ROUTER_ALERT},
	{"end of options first", 20, 0, false, MCR_IGMP_REJECT_NO_ROUTER_ALERT},
	{"option beyond the header", 21, 5, false, MCR_IGMP_REJECT_NO_ROUTER_ALERT},
	{"option without length", 21, 0, false, MCR_IGMP_REJECT_NO_ROUTER_ALERT},
	{"multicast sender", 12, 224, false, MCR_IGMP_REJECT_BAD_SENDER},
	{"loopback sender", 12, 127, false, MCR_IGMP_REJECT_BAD_SENDER},
	{"IGMP checksum", IP_LEN + 2, 0x77, true, MCR_IGMP_REJECT_BAD_CHECKSUM},
	{"message type", IP_LEN, 0x13, false, MCR_IGMP_REJECT_UNKNOWN_TYPE},
	{"more records than bytes", IP_LEN + 7, 3, false, MCR_IGMP_REJECT_MALFORMED},
	{"more sources than bytes", IP_LEN + 11, 9, false, MCR_IGMP_REJECT_MALFORMED},
	{"more auxiliary data than bytes", IP_LEN + 9, 255, false, MCR_IGMP_REJECT_MALFORMED},
};

static void
each_damage_has_its_rejection(void **unused __rte_unused)
{
	for (size_t i = 0; i < RTE_DIM(damages); i++) {
		const struct damage *damage = &damages[i];
		uint8_t packet[128];
		const uint32_t len = sample_report(packet);

		print_message("%s\n", damage->what);
		packet[damage->offset] = damage->value;
		if (!damage->keep_checksum)
			fix_checksums(packet, len);
		assert_int_equal(mcr_igmp_parse(packet, len, &message), damage->rejection);
	}
}

/* In a buffer of exact size: sanitizers see a read beyond it. */
static void
every_truncation_is_refused(void **unused __rte_unused)
{
	uint8_t packet[128];
	const uint32_t len = sample_report(packet);

	for (uint32_t i = 0; i < len; i++) {
		uint8_t *part = malloc(i + 1);

		assert_non_null(part);
		memcpy(part + 1, packet, i);
		assert_int_equal(mcr_igmp_parse(part + 1, i, &message), MCR_IGMP_REJECT_MALFORMED);
		free(part);
	}
}

static void
padding_behind_the_packet_is_ignored(void **unused __rte_unused)
{
	uint8_t packet[128];
	const uint32_t len = fixture_build_v2(MCR_IGMP_V2_REPORT, HOST, GROUP, packet);

	memset(packet + len, 0xff, 60 - len);
	assert_int_equal(mcr_igmp_parse(packet, 60, &message), MCR_IGMP_ACCEPTED);
	assert_int_equal(message.type, MCR_IGMP_V2_REPORT);
	assert_int_equal(message.group, GROUP);
}

static void
only_v1_may_lack_router_alert(void **unused __rte_unused)
{
	static const struct {
		enum mcr_igmp_message_type type;
		enum mcr_igmp_rejection rejection;
	} cases[] = {
		{MCR_IGMP_V1_REPORT, MCR_IGMP_ACCEPTED},
		{MCR_IGMP_V2_REPORT, MCR_IGMP_REJECT_NO_ROUTER_ALERT},
		{MCR_IGMP_V2_LEAVE, MCR_IGMP_REJECT_NO_ROUTER_ALERT},
	};
	uint8_t packet[128];

	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		const uint32_t len = fixture_build_v2(cases[i].type, HOST, GROUP, packet);

		assert_int_equal(mcr_igmp_parse(packet, len, &message), MCR_IGMP_ACCEPTED);
		assert_int_equal(message.type, cases[i].type);
		assert_int_equal(mcr_igmp_parse(packet, strip_router_alert(packet, len), &message),
			cases[i].rejection);
	}
	assert_int_equal(
		mcr_igmp_parse(packet, strip_router_alert(packet, sample_report(packet)), &message),
		MCR_IGMP_REJECT_NO_ROUTER_ALERT);
}

/* 4.2.14: a host without an address yet. */
static void
reports_from_no_address_are_accepted(void **unused __rte_unused)
{
	uint8_t packet[32];

	assert_int_equal(mcr_igmp_parse(packet,
				 fixture_build_v2(MCR_IGMP_V2_REPORT, 0, GROUP, packet), &message),
		MCR_IGMP_ACCEPTED);
}

/* 9.1. */
static void
a_general_query_to_another_group_is_refused(void **unused __rte_unused)
{
	const struct mcr_igmp_query query = {.sender = HOST};
	uint8_t packet[MCR_IGMP_QUERY_MAX_LEN];
	const uint32_t len = mcr_igmp_build_query(&query, packet);

	packet[19] = 2;
	fix_checksums(packet, len);
	assert_int_equal(mcr_igmp_parse(packet, len, &message), MCR_IGMP_REJECT_BAD_DESTINATION);
	packet[16] = 10;
	fix_checksums(packet, len);
	assert_int_equal(mcr_igmp_parse(packet, len, &message), MCR_IGMP_ACCEPTED);
}

/* 4.1.9: a general query has no sources. */
static void
a_general_query_with_sources_is_malformed(void **unused __rte_unused)
{
	const uint32_t source = SOURCE(1);
	const struct mcr_igmp_query query = {.sender = HOST, .sources = &source, .source_count = 1};
	uint8_t packet[MCR_IGMP_QUERY_MAX_LEN];

	assert_int_equal(mcr_igmp_parse(packet, mcr_igmp_build_query(&query, packet), &message),
		MCR_IGMP_REJECT_MALFORMED);
}

static void
a_query_with_more_sources_than_bytes_is_malformed(void **unused __rte_unused)
{
	const uint32_t source = SOURCE(1);
	const struct mcr_igmp_query query = {.group = GROUP, .sources = &source, .source_count = 1};
	uint8_t *packet = malloc(MCR_IGMP_QUERY_MAX_LEN);
	uint32_t len;

	assert_non_null(packet);
	len = mcr_igmp_build_query(&query, packet);
	packet[IP_LEN + 11] = 2;
	fix_checksums(packet, len);
	assert_int_equal(mcr_igmp_parse(packet, len, &message), MCR_IGMP_REJECT_MALFORMED);
	free(packet);
}

/* 0.0.0.0/8 is where the numbers of IPv6 addresses are. */
static void
this_network_has_no_groups_sources_and_hosts(void **unused __rte_unused)
{
	static const uint8_t source[] = {0, 0, 0, 5};
	const struct mcr_igmp_query query = {.sender = HOST, .group = 5};
	const struct mcr_igmp_record records[] = {
		{MCR_IGMP_TO_EX, 5, 0, NULL},
		{MCR_IGMP_ALLOW, GROUP, 1, source},
	};
	struct fixture *f = fixture_create();
	uint8_t packet[MCR_IGMP_QUERY_MAX_LEN];

	assert_int_equal(receive(f, packet, fixture_build_v2(MCR_IGMP_V2_REPORT, HOST, 5, packet)),
		MCR_IGMP_REJECT_NOT_MULTICAST);
	assert_int_equal(receive(f, packet, mcr_igmp_build_query(&query, packet)),
		MCR_IGMP_REJECT_NOT_MULTICAST);
	assert_int_equal(receive(f, packet, fixture_build_v2(MCR_IGMP_V2_REPORT, 5, GROUP, packet)),
		MCR_IGMP_REJECT_BAD_SENDER);
	assert_int_equal(receive(f, packet, fixture_build_report(HOST, records, 2, packet)),
		MCR_IGMP_ACCEPTED);
	assert_int_equal(rejected(f, MCR_IGMP_REJECT_NOT_MULTICAST), 3);
	assert_int_equal(rejected(f, MCR_IGMP_REJECT_BAD_SOURCE), 1);
	assert_int_equal(f->refused, 2);
	assert_int_equal(mcr_igmp_count_groups(f->igmp), 0);
	fixture_free(f);
}

static void
every_counter_has_a_name_of_its_own(void **unused __rte_unused)
{
	for (unsigned int i = 0; i < MCR_IGMP_REJECTION_COUNT; i++) {
		const char *name = mcr_igmp_rejection_name(i);

		assert_int_equal(
			strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"), strlen(name));
		for (unsigned int j = 0; j < i; j++)
			assert_string_not_equal(name, mcr_igmp_rejection_name(j));
	}
	assert_null(mcr_igmp_rejection_name(MCR_IGMP_REJECTION_COUNT));
	assert_string_equal(mcr_igmp_rejection_name(MCR_IGMP_REJECT_NO_MEMORY), "no_memory");
	assert_string_equal(mcr_igmp_message_name(MCR_IGMP_V3_QUERY), "v3_query");
	assert_string_equal(mcr_igmp_query_name(MCR_IGMP_QUERY_GROUP), "group_query");
	assert_string_equal(mcr_igmp_record_name(MCR_IGMP_BLOCK), "block");
	assert_null(mcr_igmp_message_name(MCR_IGMP_MESSAGE_TYPES));
	assert_null(mcr_igmp_query_name(MCR_IGMP_QUERY_KINDS));
	assert_null(mcr_igmp_record_name(MCR_IGMP_RECORD_TYPES));
}

static void
a_report_with_leaves_alone_joins_nothing(void **unused __rte_unused)
{
	static const uint8_t source[] = {192, 0, 2, 1};
	struct mcr_igmp_record records[] = {
		{MCR_IGMP_TO_IN, GROUP, 0, NULL},
		{MCR_IGMP_BLOCK, GROUP, 1, source},
		{MCR_IGMP_IS_IN, GROUP, 0, NULL},
		{MCR_IGMP_ALLOW, GROUP, 1, source},
	};
	uint8_t packet[256];

	for (uint16_t count = 1; count <= RTE_DIM(records); count++) {
		const uint32_t len = fixture_build_report(HOST, records, count, packet);

		assert_int_equal(mcr_igmp_parse(packet, len, &message), MCR_IGMP_ACCEPTED);
		assert_int_equal(mcr_igmp_joins(&message), count == RTE_DIM(records));
	}
	message.type = MCR_IGMP_V1_REPORT;
	assert_true(mcr_igmp_joins(&message));
	message.type = MCR_IGMP_V2_REPORT;
	assert_true(mcr_igmp_joins(&message));
	message.type = MCR_IGMP_V2_LEAVE;
	assert_false(mcr_igmp_joins(&message));
	message.type = MCR_IGMP_V3_QUERY;
	assert_false(mcr_igmp_joins(&message));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_general_query_is_this_packet),
		cmocka_unit_test(a_group_and_source_query_is_this_packet),
		cmocka_unit_test(the_largest_query_fits_the_smallest_mtu),
		cmocka_unit_test(times_are_encoded_exactly_or_lower),
		cmocka_unit_test(short_intervals_are_never_encoded_as_zero),
		cmocka_unit_test(a_v3_report_is_read_as_it_was_written),
		cmocka_unit_test(a_report_with_leaves_alone_joins_nothing),
		cmocka_unit_test(the_version_of_a_query_shows_in_its_length),
		cmocka_unit_test(auxiliary_and_additional_data_are_skipped),
		cmocka_unit_test(each_damage_has_its_rejection),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(padding_behind_the_packet_is_ignored),
		cmocka_unit_test(only_v1_may_lack_router_alert),
		cmocka_unit_test(reports_from_no_address_are_accepted),
		cmocka_unit_test(a_general_query_to_another_group_is_refused),
		cmocka_unit_test(a_general_query_with_sources_is_malformed),
		cmocka_unit_test(a_query_with_more_sources_than_bytes_is_malformed),
		cmocka_unit_test(this_network_has_no_groups_sources_and_hosts),
		cmocka_unit_test(every_counter_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
