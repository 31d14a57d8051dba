/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Messages of MLD. Those of hosts are a Linux kernel's, those of a querier a Linux bridge's. */

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_common.h>

#include <mcr_address.h>

#include "mld.h"
#include "protocol.h"
#include "record.h"

#define HEADERS_LEN 48
#define MAX_LEN MCR_MLD_QUERY_MAX_LEN

/* fe80::ff:fe00:2, and :: before duplicate address detection is over. */
#define HEADERS(payload, source, destination) \
	"60000000" payload "0001" source destination "3a00050200000100"
#define KERNEL "fe80000000000000000000fffe000002"
#define NOBODY "00000000000000000000000000000000"
#define ALL_NODES "ff020000000000000000000000000001"
#define ALL_ROUTERS "ff020000000000000000000000000002"
#define V2_ROUTERS "ff020000000000000000000000000016"
#define GROUP "ff1e0000000000000000000000000010"
#define SSM_GROUP "ff3e0000000000000000000000000020"
#define SOURCE "20010db8000000000000000000000001"
#define SOLICITED "ff0200000000000000000001ff000002"

#define V2_JOIN HEADERS("0024", KERNEL, V2_ROUTERS) "8f0070dd0000000104000000" GROUP
#define V2_JOIN_SOURCE \
	HEADERS("0034", KERNEL, V2_ROUTERS) "8f0041e20000000105000001" SSM_GROUP SOURCE
#define V2_LEAVE_BOTH                       \
	HEADERS("0048", KERNEL, V2_ROUTERS) \
	"8f003e9e0000000206000001" SSM_GROUP SOURCE "03000000" GROUP
#define V2_FROM_NOBODY HEADERS("0024", NOBODY, V2_ROUTERS) "8f006f880000000104000000" SOLICITED
#define V2_SOLICITED HEADERS("0024", KERNEL, V2_ROUTERS) "8f0072050000000104000000" SOLICITED
#define V1_REPORT                      \
	HEADERS("0020", KERNEL, GROUP) \
	"8300"                         \
	"80cc"                         \
	"00000000" GROUP
#define V1_SOLICITED                       \
	HEADERS("0020", KERNEL, SOLICITED) \
	"8300"                             \
	"831c"                             \
	"00000000" SOLICITED
#define V1_DONE                              \
	HEADERS("0020", KERNEL, ALL_ROUTERS) \
	"8400"                               \
	"7ff6"                               \
	"00000000" GROUP

#define BRIDGE "fe80000000000000000000fffe000003"
#define V2_GENERAL HEADERS("0024", BRIDGE, ALL_NODES) "82007b3703e80000" NOBODY "02020000"
#define V2_SPECIFIC HEADERS("0024", BRIDGE, GROUP) "820073dd03e80000" GROUP "0a020000"
#define V2_OF_SOURCE \
	HEADERS("0034", BRIDGE, SSM_GROUP) "82004db203e80000" SSM_GROUP "02020001" SOURCE
#define V1_GENERAL HEADERS("0020", BRIDGE, ALL_NODES) "82007d3d03e80000" NOBODY
#define V1_SPECIFIC HEADERS("0020", BRIDGE, ALL_NODES) "82007e0e03e80000" GROUP

static struct mcr_igmp_message message;

static uint32_t
read_hex(const char *hex, uint8_t *bytes)
{
	uint32_t len = 0;

	for (; hex[0] != '\0'; hex += 2) {
		const char pair[] = {hex[0], hex[1], '\0'};

		assert_true(len < MAX_LEN);
		bytes[len++] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return len;
}

static void
assert_address(uint32_t number, const char *text)
{
	char formatted[MCR_ADDRESS_TEXT];

	assert_true(mcr_address_is_ipv6(number));
	assert_string_equal(mcr_address_format(number, formatted), text);
}

static uint32_t
number_of(const char *text)
{
	struct in6_addr address;

	assert_int_equal(inet_pton(AF_INET6, text, &address), 1);
	return mcr_address_get(&address, MCR_IPV6_LENGTH);
}

/* In a buffer of exact size: sanitizers see a read beyond it. */
static enum mcr_igmp_rejection
parse(const uint8_t *packet, uint32_t len)
{
	uint8_t *exact = malloc(len + 1);
	enum mcr_igmp_rejection rejection;

	assert_non_null(exact);
	memcpy(exact + 1, packet, len);
	mcr_mld_release(&message);
	rejection = mcr_mld_parse(exact + 1, len, &message);
	free(exact);
	return rejection;
}

static enum mcr_igmp_rejection
parse_hex(const char *hex)
{
	uint8_t packet[MAX_LEN];
	const uint32_t len = read_hex(hex, packet);

	return parse(packet, len);
}

static void
fix_checksum(uint8_t *packet, uint32_t len)
{
	uint16_t checksum;

	memset(packet + HEADERS_LEN + 2, 0, 2);
	checksum =
		mcr_ipv6_checksum(packet, packet + HEADERS_LEN, len - HEADERS_LEN, IPPROTO_ICMPV6);
	memcpy(packet + HEADERS_LEN + 2, &checksum, 2);
}

static void
assert_record(const uint8_t **records, uint8_t type, const char *group, uint16_t sources)
{
	struct mcr_igmp_record record;
	uint8_t bytes[MAX_LEN];
	const uint8_t *at = igmp_read_record(records, MCR_IPV6_ADDRESS_LEN, &record);

	read_hex(group, bytes);
	assert_int_equal(record.type, type);
	assert_memory_equal(at, bytes, MCR_IPV6_ADDRESS_LEN);
	assert_int_equal(record.source_count, sources);
}

static void
a_kernels_reports_of_version_2_are_read(void **unused __rte_unused)
{
	uint8_t packet[MAX_LEN], source[MCR_IPV6_ADDRESS_LEN];
	struct mcr_igmp_record record;
	const uint8_t *records;
	uint32_t len = read_hex(V2_JOIN, packet);

	assert_int_equal(mcr_mld_parse(packet, len, &message), MCR_IGMP_ACCEPTED);
	assert_int_equal(message.type, MCR_IGMP_V3_REPORT);
	assert_address(message.sender, "fe80::ff:fe00:2");
	assert_int_equal(message.count, 1);
	assert_true(mcr_igmp_joins(&message));
	records = message.body;
	assert_record(&records, MCR_IGMP_TO_EX, GROUP, 0);

	mcr_mld_release(&message);
	len = read_hex(V2_JOIN_SOURCE, packet);
	assert_int_equal(mcr_mld_parse(packet, len, &message), MCR_IGMP_ACCEPTED);
	assert_true(mcr_igmp_joins(&message));
	records = message.body;
	igmp_read_record(&records, MCR_IPV6_ADDRESS_LEN, &record);
	assert_int_equal(record.type, MCR_IGMP_ALLOW);
	read_hex(SOURCE, source);
	assert_memory_equal(record.sources, source, sizeof(source));

	mcr_mld_release(&message);
	len = read_hex(V2_LEAVE_BOTH, packet);
	assert_int_equal(mcr_mld_parse(packet, len, &message), MCR_IGMP_ACCEPTED);
	assert_int_equal(message.count, 2);
	assert_false(mcr_igmp_joins(&message));
	records = message.body;
	assert_record(&records, MCR_IGMP_BLOCK, SSM_GROUP, 1);
	assert_record(&records, MCR_IGMP_TO_IN, GROUP, 0);
}

static void
a_kernels_messages_of_version_1_are_read(void **unused __rte_unused)
{
	assert_int_equal(parse_hex(V1_REPORT), MCR_IGMP_ACCEPTED);
	assert_int_equal(message.type, MCR_IGMP_V2_REPORT);
	assert_address(message.group, "ff1e::10");
	assert_true(mcr_igmp_joins(&message));
	assert_int_equal(parse_hex(V1_DONE), MCR_IGMP_ACCEPTED);
	assert_int_equal(message.type, MCR_IGMP_V2_LEAVE);
	assert_address(message.group, "ff1e::10");
	assert_false(mcr_igmp_joins(&message));
}

static void
a_bridges_queries_are_read(void **unused __rte_unused)
{
	assert_int_equal(parse_hex(V2_GENERAL), MCR_IGMP_ACCEPTED);
	assert_int_equal(message.type, MCR_IGMP_V3_QUERY);
	assert_address(message.sender, "fe80::ff:fe00:3");
	assert_int_equal(message.group, MCR_ADDRESS_NONE);
	assert_int_equal(message.max_response_ms, 1000);
	assert_int_equal(message.robustness, 2);
	assert_int_equal(message.query_interval_ms, 2000);
	assert_int_equal(parse_hex(V2_SPECIFIC), MCR_IGMP_ACCEPTED);
	assert_address(message.group, "ff1e::10");
	assert_true(message.suppress);
	assert_int_equal(parse_hex(V2_OF_SOURCE), MCR_IGMP_ACCEPTED);
	assert_false(message.suppress);
	assert_int_equal(message.count, 1);
	assert_int_equal(parse_hex(V1_GENERAL), MCR_IGMP_ACCEPTED);
	assert_int_equal(message.type, MCR_IGMP_V2_QUERY);
	assert_int_equal(message.group, MCR_ADDRESS_NONE);
	assert_int_equal(parse_hex(V1_SPECIFIC), MCR_IGMP_ACCEPTED);
	assert_address(message.group, "ff1e::10");
}

/* Each kernel sends these when an interface comes up; they are no faults. */
static void
what_neighbour_discovery_needs_is_told_apart(void **unused __rte_unused)
{
	uint8_t packet[MAX_LEN];
	uint32_t len;

	assert_int_equal(parse_hex(V2_FROM_NOBODY), MCR_IGMP_REJECT_NO_SENDER);
	assert_int_equal(parse_hex(V1_SOLICITED), MCR_IGMP_REJECT_ALL_SYSTEMS);
	mcr_mld_release(&message);
	len = read_hex(V2_SOLICITED, packet);
	assert_int_equal(mcr_mld_parse(packet, len, &message), MCR_IGMP_ACCEPTED);
	assert_false(mcr_igmp_joins(&message));
	len = read_hex(SOLICITED, packet);
	assert_int_equal(len, MCR_IPV6_ADDRESS_LEN);
	assert_int_equal(mld_protocol.check_group(packet), MCR_IGMP_REJECT_ALL_SYSTEMS);
}

static void
groups_within_a_node_and_of_all_nodes_are_not_learned(void **unused __rte_unused)
{
	static const struct {
		const char *group;
		enum mcr_igmp_rejection rejection;
	} cases[] = {
		{"ff00::1", MCR_IGMP_REJECT_ALL_SYSTEMS},
		{"ff01::1234", MCR_IGMP_REJECT_ALL_SYSTEMS},
		{"ff11::1234", MCR_IGMP_REJECT_ALL_SYSTEMS},
		{"ff02::1", MCR_IGMP_REJECT_ALL_SYSTEMS},
		{"ff02::1:ff12:3456", MCR_IGMP_REJECT_ALL_SYSTEMS},
		{"ff02::1:fe12:3456", MCR_IGMP_ACCEPTED},
		{"ff02::fb", MCR_IGMP_ACCEPTED},
		{"ff02::1:1", MCR_IGMP_ACCEPTED},
		{"ff12::1", MCR_IGMP_ACCEPTED},
		{"ff05::1", MCR_IGMP_ACCEPTED},
		{"ff3e::8000:1", MCR_IGMP_ACCEPTED},
		{"fe80::1", MCR_IGMP_REJECT_NOT_MULTICAST},
		{"2001:db8::1", MCR_IGMP_REJECT_NOT_MULTICAST},
		{"::", MCR_IGMP_REJECT_NOT_MULTICAST},
	};

	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		struct in6_addr group;

		print_message("%s\n", cases[i].group);
		assert_int_equal(inet_pton(AF_INET6, cases[i].group, &group), 1);
		assert_int_equal(mld_protocol.check_group(group.s6_addr), cases[i].rejection);
	}
}

struct damage {
	const char *what;
	const char *packet;
	uint8_t offset, value;
	bool keep_checksum;
	enum mcr_igmp_rejection rejection;
};

static const struct damage damages[] = {
	{"IP version", V2_JOIN, 0, 0x40, false, MCR_IGMP_REJECT_MALFORMED},
	{"payload above what is there", V2_JOIN, 5, 0x25, false, MCR_IGMP_REJECT_MALFORMED},
	{"payload below the message", V2_JOIN, 5, 0x23, true, MCR_IGMP_REJECT_BAD_CHECKSUM},
	{"payload below the options", V2_JOIN, 5, 7, true, MCR_IGMP_REJECT_MALFORMED},
	{"payload below a message", V2_JOIN, 5, 15, true, MCR_IGMP_REJECT_MALFORMED},
	{"hop limit 2", V2_JOIN, 7, 2, false, MCR_IGMP_REJECT_BAD_TTL},
	{"hop limit 0", V2_JOIN, 7, 0, false, MCR_IGMP_REJECT_BAD_TTL},
	{"global sender", V2_JOIN, 8, 0x20, false, MCR_IGMP_REJECT_BAD_SENDER},
	{"site-local sender", V2_JOIN, 9, 0xc0, false, MCR_IGMP_REJECT_BAD_SENDER},
	{"multicast sender", V2_JOIN, 8, 0xff, false, MCR_IGMP_REJECT_BAD_SENDER},
	{"another sender", V2_JOIN, 23, 3, true, MCR_IGMP_REJECT_BAD_CHECKSUM},
	{"no hop-by-hop header", V2_JOIN, 6, 58, true, MCR_IGMP_REJECT_BAD_CHECKSUM},
	{"destination options", V2_JOIN, 6, 60, true, MCR_IGMP_REJECT_NOT_IGMP},
	{"a fragment", V2_JOIN, 40, 44, true, MCR_IGMP_REJECT_FRAGMENT},
	{"UDP", V2_JOIN, 40, 17, true, MCR_IGMP_REJECT_NOT_IGMP},
	{"options beyond the packet", V2_JOIN, 41, 4, true, MCR_IGMP_REJECT_MALFORMED},
	{"another option", V2_JOIN, 42, 6, false, MCR_IGMP_REJECT_NO_ROUTER_ALERT},
	{"a longer option", V2_JOIN, 43, 4, false, MCR_IGMP_REJECT_NO_ROUTER_ALERT},
	{"an option beyond the header", V2_JOIN, 43, 5, false, MCR_IGMP_REJECT_NO_ROUTER_ALERT},
	{"Router Alert of RSVP", V2_JOIN, 45, 1, false, MCR_IGMP_REJECT_NO_ROUTER_ALERT},
	{"checksum", V2_JOIN, HEADERS_LEN + 2, 0x77, true, MCR_IGMP_REJECT_BAD_CHECKSUM},
	{"neighbour solicitation", V2_JOIN, HEADERS_LEN, 135, false, MCR_IGMP_REJECT_UNKNOWN_TYPE},
	{"more records than bytes", V2_JOIN, HEADERS_LEN + 7, 2, false, MCR_IGMP_REJECT_MALFORMED},
	{"more sources than bytes", V2_JOIN, HEADERS_LEN + 11, 1, false, MCR_IGMP_REJECT_MALFORMED},
	{"more auxiliary data than bytes", V2_JOIN, HEADERS_LEN + 9, 1, false,
		MCR_IGMP_REJECT_MALFORMED},
	{"a v2 report to all routers", V2_JOIN, 39, 2, false, MCR_IGMP_REJECT_BAD_DESTINATION},
	{"a v1 report to another group", V1_REPORT, 39, 0x11, false,
		MCR_IGMP_REJECT_BAD_DESTINATION},
	{"a v1 report for another group", V1_REPORT, HEADERS_LEN + 23, 0x11, false,
		MCR_IGMP_REJECT_BAD_DESTINATION},
	{"a done to all nodes", V1_DONE, 39, 1, false, MCR_IGMP_REJECT_BAD_DESTINATION},
	{"a done for a host", V1_DONE, HEADERS_LEN + 8, 0xfe, false, MCR_IGMP_REJECT_NOT_MULTICAST},
};

static void
each_damage_has_its_rejection(void **unused __rte_unused)
{
	uint32_t numbers;

	mcr_mld_release(&message);
	numbers = mcr_address_count();
	for (size_t i = 0; i < RTE_DIM(damages); i++) {
		const struct damage *damage = &damages[i];
		uint8_t packet[MAX_LEN];
		const uint32_t len = read_hex(damage->packet, packet);

		print_message("%s\n", damage->what);
		packet[damage->offset] = damage->value;
		if (!damage->keep_checksum)
			fix_checksum(packet, len);
		assert_int_equal(parse(packet, len), damage->rejection);
		mcr_mld_release(&message);
		assert_int_equal(mcr_address_count(), numbers);
	}
}

/* RFC 9777 5.2.15: useful for debugging. */
static void
messages_to_a_unicast_address_are_accepted(void **unused __rte_unused)
{
	static const char *const messages[] = {V2_JOIN, V1_REPORT, V1_DONE};

	for (size_t i = 0; i < RTE_DIM(messages); i++) {
		uint8_t packet[MAX_LEN];
		const uint32_t len = read_hex(messages[i], packet);

		memcpy(packet + MCR_IPV6_DESTINATION, packet + MCR_IPV6_SOURCE, 16);
		fix_checksum(packet, len);
		assert_int_equal(parse(packet, len), MCR_IGMP_ACCEPTED);
	}
}

static void
every_truncation_is_refused(void **unused __rte_unused)
{
	uint8_t packet[MAX_LEN];
	const uint32_t len = read_hex(V2_LEAVE_BOTH, packet);

	for (uint32_t i = 0; i < len; i++)
		assert_int_equal(parse(packet, i), MCR_IGMP_REJECT_MALFORMED);
	assert_int_equal(parse(packet, len), MCR_IGMP_ACCEPTED);
}

/* The hop-by-hop header may have more, and Router Alert anywhere in it. */
static void
router_alert_is_found_behind_other_options(void **unused __rte_unused)
{
	static const uint8_t options[] = {58, 1, 0, 1, 2, 0, 0, 0x1e, 1, 0xaa, 5, 2, 0, 0, 1, 0};
	uint8_t packet[MAX_LEN];
	const uint32_t len = read_hex(V2_JOIN, packet);

	memmove(packet + HEADERS_LEN + 8, packet + HEADERS_LEN, len - HEADERS_LEN);
	memcpy(packet + MCR_IPV6_HEADER_LEN, options, sizeof(options));
	packet[5] += 8;
	assert_int_equal(parse(packet, len + 8), MCR_IGMP_ACCEPTED);
	packet[MCR_IPV6_HEADER_LEN + 10] = 0x25;
	assert_int_equal(parse(packet, len + 8), MCR_IGMP_REJECT_NO_ROUTER_ALERT);
}

static void
a_packet_without_hop_by_hop_header_lacks_router_alert(void **unused __rte_unused)
{
	uint8_t packet[MAX_LEN];
	const uint32_t len = read_hex(V1_REPORT, packet);

	memmove(packet + MCR_IPV6_HEADER_LEN, packet + HEADERS_LEN, len - HEADERS_LEN);
	packet[5] -= 8;
	packet[6] = 58;
	assert_int_equal(parse(packet, len - 8), MCR_IGMP_REJECT_NO_ROUTER_ALERT);
	assert_address(message.group, "ff1e::10");
}

/* RFC 9777 5.2.8, 5.2.10, 5.2.11: the checksum covers them. */
static void
auxiliary_and_additional_data_are_skipped(void **unused __rte_unused)
{
	uint8_t packet[MAX_LEN];
	uint32_t len = read_hex(V2_LEAVE_BOTH, packet);
	const uint32_t second = HEADERS_LEN + 8 + 36;
	const uint8_t *records;

	memmove(packet + second + 4, packet + second, len - second);
	memset(packet + second, 0xa5, 4);
	packet[HEADERS_LEN + 9] = 1;
	len += 4;
	memset(packet + len, 0x5a, 5);
	len += 5;
	packet[5] += 9;
	fix_checksum(packet, len);
	mcr_mld_release(&message);
	assert_int_equal(mcr_mld_parse(packet, len, &message), MCR_IGMP_ACCEPTED);
	records = message.body;
	assert_record(&records, MCR_IGMP_BLOCK, SSM_GROUP, 1);
	assert_record(&records, MCR_IGMP_TO_IN, GROUP, 0);
}

static void
padding_behind_the_packet_is_ignored(void **unused __rte_unused)
{
	uint8_t packet[MAX_LEN];
	const uint32_t len = read_hex(V1_REPORT, packet);

	memset(packet + len, 0xff, 10);
	assert_int_equal(parse(packet, len + 10), MCR_IGMP_ACCEPTED);
}

static void
assert_bytes(const uint8_t *packet, uint32_t len, const char *hex)
{
	uint8_t expected[MAX_LEN];

	assert_int_equal(len, read_hex(hex, expected));
	assert_memory_equal(packet, expected, len);
}

/* RFC 9777 5.1. */
static void
a_query_is_this_packet(void **unused __rte_unused)
{
	const uint32_t sources[] = {number_of("2001:db8::1"), number_of("2001:db8::2")};
	struct mcr_igmp_query query = {.sender = number_of("fe80::ff:fe00:2"),
		.robustness = 2,
		.query_interval_ms = 125000,
		.max_response_ms = 10000};
	uint8_t packet[MAX_LEN];
	uint32_t len = mcr_mld_build_query(&query, packet);

	assert_bytes(packet, len,
		HEADERS("0024", KERNEL, ALL_NODES) "8200579527100000" NOBODY "027d0000");
	query.group = number_of("ff1e::10");
	query.suppress = true;
	query.max_response_ms = 1000;
	query.sources = sources;
	query.source_count = 2;
	len = mcr_mld_build_query(&query, packet);
	assert_bytes(packet, len,
		HEADERS("0044", KERNEL, GROUP) "820017cc03e80000" GROUP "0a7d0002" SOURCE
					       "20010db8000000000000000000000002");
	assert_int_equal(parse(packet, len), MCR_IGMP_ACCEPTED);
	assert_int_equal(message.type, MCR_IGMP_V3_QUERY);
	assert_true(message.suppress);
	assert_int_equal(message.robustness, 2);
	assert_int_equal(message.query_interval_ms, 125000);
	assert_int_equal(message.max_response_ms, 1000);
	assert_int_equal(message.count, 2);
	assert_int_equal(message.sender, query.sender);
	assert_int_equal(message.group, query.group);
}

/* RFC 4286 3. */
static void
an_advertisement_is_this_packet(void **unused __rte_unused)
{
	const struct mcr_igmp_advertisement advertisement = {
		.sender = number_of("fe80::ff:fe00:2"),
		.interval_ms = 20000,
		.query_interval_ms = 125000,
		.robustness = 2,
	};
	uint8_t packet[MCR_MLD_ADVERTISEMENT_LEN];

	assert_bytes(packet, mcr_mld_build_advertisement(&advertisement, packet),
		HEADERS("0010", KERNEL, "ff02000000000000000000000000006a") "97146b3a007d0002");
}

static void
the_largest_query_fits_the_smallest_mtu(void **unused __rte_unused)
{
	static uint32_t sources[MCR_MLD_QUERY_MAX_SOURCES];
	const struct mcr_igmp_query query = {
		.sender = number_of("fe80::1"),
		.group = number_of("ff1e::10"),
		.sources = sources,
		.source_count = MCR_MLD_QUERY_MAX_SOURCES,
	};
	uint8_t packet[MCR_MLD_QUERY_MAX_LEN];

	for (size_t i = 0; i < RTE_DIM(sources); i++)
		sources[i] = query.sender;
	assert_int_equal(mcr_mld_build_query(&query, packet), sizeof(packet));
	assert_true(sizeof(packet) <= 1280);
	assert_int_equal(parse(packet, sizeof(packet)), MCR_IGMP_ACCEPTED);
	assert_int_equal(message.count, MCR_MLD_QUERY_MAX_SOURCES);
}

/* RFC 9777 5.1.3: exact below 32768, then rounded down to a 12-bit mantissa. */
static void
times_are_encoded_exactly_or_lower(void **unused __rte_unused)
{
	for (uint32_t value = 0; value < 10000000; value += value < 70000 ? 1 : 997) {
		const uint16_t code = mcr_mld_encode_time(value);

		assert_true(mcr_mld_decode_time(code) <= value);
		assert_true(code == 0xffff || mcr_mld_decode_time(code + 1) > value);
	}
	assert_int_equal(mcr_mld_encode_time(32767), 0x7fff);
	assert_int_equal(mcr_mld_encode_time(32768), 0x8000);
	assert_int_equal(mcr_mld_decode_time(0xffff), 8387584);
	assert_int_equal(mcr_mld_encode_time(UINT32_MAX), 0xffff);
}

/* RFC 9777 8.1: 24 bytes are version 1, 28 and more version 2. */
static void
the_version_of_a_query_shows_in_its_length(void **unused __rte_unused)
{
	static const struct {
		uint8_t len;
		enum mcr_igmp_rejection rejection;
		enum mcr_igmp_message_type type;
	} cases[] = {
		{24, MCR_IGMP_ACCEPTED, MCR_IGMP_V2_QUERY},
		{26, MCR_IGMP_REJECT_MALFORMED, 0},
		{28, MCR_IGMP_ACCEPTED, MCR_IGMP_V3_QUERY},
		{32, MCR_IGMP_ACCEPTED, MCR_IGMP_V3_QUERY},
	};
	const struct mcr_igmp_query query = {
		.sender = number_of("fe80::1"), .robustness = 2, .max_response_ms = 40000};

	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		uint8_t packet[MAX_LEN] = {0};

		mcr_mld_build_query(&query, packet);
		packet[5] = 8 + cases[i].len;
		fix_checksum(packet, HEADERS_LEN + cases[i].len);
		assert_int_equal(parse(packet, HEADERS_LEN + cases[i].len), cases[i].rejection);
		if (cases[i].rejection != MCR_IGMP_ACCEPTED)
			continue;
		assert_int_equal(message.type, cases[i].type);
		/* A code of version 1 is plain milliseconds. */
		assert_int_equal(message.max_response_ms,
			cases[i].type == MCR_IGMP_V2_QUERY ? mcr_mld_encode_time(40000) : 40000);
	}
}

static void
a_query_goes_to_all_nodes_or_to_its_group(void **unused __rte_unused)
{
	struct mcr_igmp_query query = {.sender = number_of("fe80::1")};
	uint8_t packet[MAX_LEN];
	uint32_t len = mcr_mld_build_query(&query, packet);

	packet[39] = 2;
	fix_checksum(packet, len);
	assert_int_equal(parse(packet, len), MCR_IGMP_REJECT_BAD_DESTINATION);
	query.group = number_of("ff1e::10");
	len = mcr_mld_build_query(&query, packet);
	packet[39] ^= 1;
	fix_checksum(packet, len);
	assert_int_equal(parse(packet, len), MCR_IGMP_REJECT_BAD_DESTINATION);
	query.sender = MCR_ADDRESS_NONE;
	len = mcr_mld_build_query(&query, packet);
	assert_int_equal(parse(packet, len), MCR_IGMP_REJECT_BAD_SENDER);
}

static void
a_general_query_with_sources_is_malformed(void **unused __rte_unused)
{
	const uint32_t source = number_of("2001:db8::1");
	const struct mcr_igmp_query query = {
		.sender = number_of("fe80::1"), .sources = &source, .source_count = 1};
	uint8_t packet[MAX_LEN];
	const uint32_t len = mcr_mld_build_query(&query, packet);

	assert_int_equal(parse(packet, len), MCR_IGMP_REJECT_MALFORMED);
}

static void
messages_have_the_names_of_mld(void **unused __rte_unused)
{
	assert_string_equal(mcr_mld_message_name(MCR_IGMP_V2_REPORT), "v1_report");
	assert_string_equal(mcr_mld_message_name(MCR_IGMP_V2_LEAVE), "v1_done");
	assert_string_equal(mcr_mld_message_name(MCR_IGMP_V3_REPORT), "v2_report");
	assert_null(mcr_mld_message_name(MCR_IGMP_V1_REPORT));
	assert_null(mcr_mld_message_name(MCR_IGMP_V1_QUERY));
	assert_null(mcr_mld_message_name(MCR_IGMP_MESSAGE_TYPES));
}

static bool
is_source(const char *text)
{
	struct in6_addr address;

	assert_int_equal(inet_pton(AF_INET6, text, &address), 1);
	return mld_protocol.is_source(address.s6_addr);
}

/* Else a member could want what its hub cannot tell the other hubs of its domain. */
static void
a_source_is_one_that_groups_may_have(void **unused __rte_unused)
{
	assert_true(is_source("fd00::1"));
	assert_true(is_source("fe80::1"));
	assert_false(is_source("::"));
	assert_false(is_source("::1"));
	assert_false(is_source("::ffff:10.0.0.1"));
	assert_false(is_source("ff05::1"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kernels_reports_of_version_2_are_read),
		cmocka_unit_test(a_kernels_messages_of_version_1_are_read),
		cmocka_unit_test(a_bridges_queries_are_read),
		cmocka_unit_test(what_neighbour_discovery_needs_is_told_apart),
		cmocka_unit_test(groups_within_a_node_and_of_all_nodes_are_not_learned),
		cmocka_unit_test(a_source_is_one_that_groups_may_have),
		cmocka_unit_test(each_damage_has_its_rejection),
		cmocka_unit_test(messages_to_a_unicast_address_are_accepted),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(router_alert_is_found_behind_other_options),
		cmocka_unit_test(a_packet_without_hop_by_hop_header_lacks_router_alert),
		cmocka_unit_test(auxiliary_and_additional_data_are_skipped),
		cmocka_unit_test(padding_behind_the_packet_is_ignored),
		cmocka_unit_test(a_query_is_this_packet),
		cmocka_unit_test(an_advertisement_is_this_packet),
		cmocka_unit_test(the_largest_query_fits_the_smallest_mtu),
		cmocka_unit_test(times_are_encoded_exactly_or_lower),
		cmocka_unit_test(the_version_of_a_query_shows_in_its_length),
		cmocka_unit_test(a_query_goes_to_all_nodes_or_to_its_group),
		cmocka_unit_test(a_general_query_with_sources_is_malformed),
		cmocka_unit_test(messages_have_the_names_of_mld),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
