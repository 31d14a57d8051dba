/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_ip.h>

#include <cmocka.h>

#include "handover.h"
#include "key.h"
#include "record.h"

static void
a_key_has_one_text(void **state)
{
	static const struct {
		const char *text;
		struct mcr_group_key key;
	} keys[] = {
		{"239.1.1.1", {RTE_IPV4(239u, 1, 1, 1), 0, 32}},
		{"232.8.8.8,10.0.0.9", {RTE_IPV4(232u, 8, 8, 8), RTE_IPV4(10, 0, 0, 9), 32}},
		{"239.192.0.0/16", {RTE_IPV4(239u, 192, 0, 0), 0, 16}},
		{"224.0.0.0/4", {RTE_IPV4(224u, 0, 0, 0), 0, 4}},
		{"255.255.255.255", {MCR_GROUP_BROADCAST, 0, 32}},
		{"0.0.0.0/0", {MCR_GROUP_FALLBACK, 0, 0}},
		{"vni/0", {0, 0, KEY_VNI}},
		{"vni/16777215", {16777215, 0, KEY_VNI}},
		{"host/192.168.10.13", {RTE_IPV4(192u, 168, 10, 13), 0, KEY_HOST}},
		{"comes/00c0ffee/1", {0xc0ffee, 1, KEY_COMES}},
		{"comes/ffffffff/4294967295", {UINT32_MAX, UINT32_MAX, KEY_COMES}},
		{"left/00000000/17", {0, 17, KEY_LEFT}},
	};
	struct mcr_group_key key;
	char text[KEY_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < RTE_DIM(keys); i++) {
		assert_true(mcr_domain_key_parse(keys[i].text, &key));
		assert_int_equal(key.group, keys[i].key.group);
		assert_int_equal(key.source, keys[i].key.source);
		assert_int_equal(key.length, keys[i].key.length);
		mcr_domain_key_format(&key, text);
		mcr_domain_key_drop(&key);
		assert_string_equal(text, keys[i].text);
	}
}

static void
a_key_of_ipv6_has_one_text(void **state)
{
	static const char *const texts[] = {"ff05::1", "ff00::/8", "ff02::/16", "ff05::/127",
		"ff3e::8000:1,2001:db8::1", "ff02::fb,fe80::1", "ff05:0:0:1::1",
		/* The longest. */
		"ff05:1111:2222:3333:4444:5555:6666:7777,2001:1111:2222:3333:4444:5555:6666:7777"};
	struct mcr_group_key key;
	char text[KEY_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < RTE_DIM(texts); i++) {
		assert_true(mcr_domain_key_parse(texts[i], &key));
		assert_true(mcr_address_is_ipv6(key.group));
		assert_int_equal(key.length, mcr_address_length(key.group));
		assert_int_equal(mcr_domain_key_format(&key, text), strlen(texts[i]));
		assert_string_equal(text, texts[i]);
		mcr_domain_key_drop(&key);
		assert_int_equal(mcr_address_count(), 0);
	}
}

static void
a_host_of_ipv6_has_one_text(void **state)
{
	static const char *const wrong[] = {"host/FD00::1", "host/fd00:0::1", "host/fd00::1/128",
		"host/fe80::1", "host/ff05::1", "host/::1", "host/::", "host/::ffff:10.0.0.1",
		"host/fd00::1,fd00::2", "host/"};
	struct mcr_group_key key;
	char text[KEY_TEXT_MAX];

	(void)state;
	assert_true(mcr_domain_key_parse("host/fd00:1::b", &key));
	assert_int_equal(key.length, KEY_HOST);
	mcr_domain_key_hold(&key);
	mcr_domain_key_drop(&key);
	mcr_domain_key_format(&key, text);
	assert_string_equal(text, "host/fd00:1::b");
	mcr_domain_key_drop(&key);
	for (size_t i = 0; i < RTE_DIM(wrong); i++)
		assert_false(mcr_domain_key_parse(wrong[i], &key));
	assert_int_equal(mcr_address_count(), 0);
}

/* The VNI, the hash and N look like numbers of IPv6 addresses. */
static void
only_keys_of_ipv6_addresses_hold_numbers(void **state)
{
	static const char *const formats[] = {"vni/%u", "comes/%08x/1", "left/%08x/1",
		"comes/00000000/%u", "host/10.0.0.%u", "239.1.1.%u"};
	const struct in6_addr address = {.s6_addr = {0xff, 5, [15] = 1}};
	const uint32_t number = mcr_address_get(&address, 128);
	struct mcr_group_key key;
	char text[KEY_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < RTE_DIM(formats); i++) {
		snprintf(text, sizeof(text), formats[i], number);
		assert_true(mcr_domain_key_parse(text, &key));
		mcr_domain_key_hold(&key);
		mcr_domain_key_drop(&key);
		mcr_domain_key_drop(&key);
		assert_int_equal(mcr_address_find(address.s6_addr), number);
	}
	mcr_address_drop(number);
	assert_int_equal(mcr_address_count(), 0);
}

static void
other_texts_are_no_keys(void **state)
{
	static const char *const texts[] = {"", "239.1.1", "239.1.1.1.1", "239.1.1.01",
		"239.1.1.1 ", " 239.1.1.1", "239.1.1.1/32", "239.1.1.1/31", "239.192.0.0/",
		"239.192.0.0/016", "239.192.0.0/16,10.0.0.1", "239.192.0.0/-1", "239.192.0.0/99",
		"224.0.0.0/3", "0.0.0.0/1", "0.0.0.0", "10.0.0.1", "255.255.255.255,10.0.0.1",
		"239.1.1.1,", "239.1.1.1,0.0.0.0", "239.1.1.1,239.1.1.1", "239.1.1.1,10.0.0.1,",
		"239.1.1.1,127.0.0.1", "239.1.1.1,010.0.0.1", "*", "vni/", "vni/16777216", "vni/01",
		"vni/-1", "vni/1 ", "vni/4294967296", "vni/x", "host/", "host/239.1.1.1",
		"host/0.0.0.0", "host/10.0.0.01", "host/10.0.0.1/32", "comes/", "comes/00c0ffee",
		"comes/00c0ffee/", "comes/00c0ffee/0", "comes/00c0ffee/01", "comes/00C0FFEE/1",
		"comes/c0ffee/1", "comes/100c0ffee/1", "comes/00c0ffee/4294967296",
		"left/00c0ffee/1/", "left/00c0ffee/-1", "left/0x00c0ff/1", "left/ 0c0ffee/1",
		"FF05::1", "ff05::0:1", "ff05:0:0:0:0:0:0:1", "ff05::1/128", "ff05::1/16",
		"ff05::/016", "ff05::/", "ff05::/129", "ff00::/7", "::/0", "fd00::1",
		"::", "ff01::1", "ff02::1", "ff02::1:ff00:0/104", "ff02::1:ff00:1", "ff05::1%eth0",
		"ff05::1,", "ff05::1,10.0.0.1", "ff05::1,ff05::2", "ff05::1,::", "ff05::1,::1",
		"ff05::1,fe80::1", "ff05::1,2001:DB8::1", "ff05::1,::ffff:10.0.0.1",
		"ff05::/16,fd00::1", "ff05::1,fd00::1,", "ff05::1,fd00::/64", "239.1.1.1,fd00::1",
		"239.1.1.1,0.0.0.5", "0.0.0.5", "0.0.0.5/24", "host/fd00::1/", "host/0.0.0.5",
		"ff05::1::", "::ffff:239.1.1.1",
		"239.1.1.1111111111111111111111111111111111111111111111111111111111111111111"};
	struct mcr_group_key key;

	(void)state;
	for (size_t i = 0; i < RTE_DIM(texts); i++)
		if (mcr_domain_key_parse(texts[i], &key))
			fail_msg("\"%s\" is a key", texts[i]);
	assert_int_equal(mcr_address_count(), 0);
}

/* The longest that there are. */
#define NETWORKS                                                              \
	"0.0.0.0/0 255.255.255.252/32 255.255.255.253/32 255.255.255.254/32 " \
	"255.255.255.255/32 255.255.255.255/32"
#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

#define NETWORKS6                                                                       \
	"::/0 2001:db8:ffff:ffff::/64 2001:db8:ffff:fffe::/64 2001:db8:ffff:fffd::/64 " \
	"2001:db8:ffff:fffc::/64 2001:db8:ffff::/48"

static struct in6_addr
read_address(const char *text)
{
	struct in6_addr address;

	assert_int_equal(mcr_domain_address_parse(text, &address), text[0] != '\0');
	return address;
}

static void
a_record_is_read_as_it_was_written(void **state)
{
	static const struct {
		const char *address, *address6;
		struct record record;
	} records[] = {
		{"10.0.0.1", "",
			{.is_gre_udp = true,
				.udp_port = 4754,
				.epoch = "18446744073709551615",
				.published = true}},
		{"10.0.0.1", "fd00::1",
			{.epoch = "1",
				.published = true,
				.capacity_pps = 1000000,
				.is_draining = false}},
		{"", "2001:db8::1",
			{.epoch = "0",
				.follows = true,
				.is_shared = true,
				.networks6 = "2001:db8::/64 ::/0"}},
		{"192.168.255.254", "",
			{.epoch = "0",
				.follows = true,
				.is_shared = true,
				.networks = "10.0.0.0/8 0.0.0.0/0",
				.digest = "0123456789abcdef"}},
		{"223.255.255.255", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
			{.is_gre_udp = true,
				.udp_port = 65535,
				.epoch = "18446744073709551615",
				.capacity_pps = INT64_MAX,
				.follows = true,
				.is_shared = true,
				.is_draining = true,
				.networks = NETWORKS,
				.networks6 = NETWORKS6,
				.digest = DIGEST}},
	};
	char text[RECORD_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < RTE_DIM(records); i++) {
		struct record expected = records[i].record, record;

		expected.address = read_address(records[i].address);
		expected.address6 = read_address(records[i].address6);
		mcr_domain_record_format(&expected, "0.1.0", text);
		assert_null(mcr_domain_record_parse(text, &record));
		assert_true(mcr_domain_record_equals(&record, &expected));
		assert_int_equal(strstr(text, "address6") != NULL, records[i].address6[0] != '\0');
	}
}

/* IPv4 if both have it, else IPv6: from both ends. */
static void
two_hubs_find_the_same_family(void **state)
{
	static const struct {
		const char *a, *a6, *b, *b6, *to_b, *to_a;
	} cases[] = {
		{"10.0.0.1", "", "10.0.0.2", "", "10.0.0.2", "10.0.0.1"},
		{"10.0.0.1", "fd00::1", "10.0.0.2", "fd00::2", "10.0.0.2", "10.0.0.1"},
		{"10.0.0.1", "fd00::1", "", "fd00::2", "fd00::2", "fd00::1"},
		{"", "fd00::1", "", "fd00::2", "fd00::2", "fd00::1"},
		{"10.0.0.1", "", "", "fd00::2", "", ""},
		{"10.0.0.1", "", "10.0.0.2", "fd00::2", "10.0.0.2", "10.0.0.1"},
	};
	char text[ADDRESS_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		const struct record a = {
			.address = read_address(cases[i].a), .address6 = read_address(cases[i].a6)};
		const struct record b = {
			.address = read_address(cases[i].b), .address6 = read_address(cases[i].b6)};

		assert_string_equal(
			mcr_domain_address_format(mcr_domain_record_link_address(&a, &b), text),
			cases[i].to_b);
		assert_string_equal(
			mcr_domain_address_format(mcr_domain_record_link_address(&b, &a), text),
			cases[i].to_a);
	}
}

static void
an_address_is_one_that_hubs_reach(void **state)
{
	static const char *const wrong[] = {"", "::", "::1", "fe80::1", "ff02::1",
		"::ffff:10.0.0.1", "fd00::1%eth0", "fd00::1/64", "10.0.0", "10.0.0.1/32", "0.0.0.7",
		"host"};
	struct in6_addr address;
	char text[ADDRESS_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < RTE_DIM(wrong); i++) {
		assert_false(mcr_domain_address_parse(wrong[i], &address));
		assert_true(mcr_domain_address_is_none(&address));
	}
	assert_true(mcr_domain_address_parse("FD00:0:0::0A", &address));
	assert_string_equal(mcr_domain_address_format(&address, text), "fd00::a");
}

static void
a_record_without_the_words_of_sharing_is_of_an_older_hub(void **state)
{
	struct record record;

	(void)state;
	assert_null(mcr_domain_record_parse("{\"address\": \"10.0.0.1\", \"encap\": \"gre\", "
					    "\"epoch\": \"1\", \"published\": true}",
		&record));
	assert_false(record.follows || record.is_shared || record.is_draining);
	assert_string_equal(record.networks, "");
}

static void
what_an_agent_may_add_later_is_ignored(void **state)
{
	struct record record;

	(void)state;
	assert_null(mcr_domain_record_parse("{\"address\": \"10.0.0.1\", \"encap\": \"gre\", "
					    "\"epoch\": \"1\", \"capacity_pps\": -5,"
					    "\"drains\": true}",
		&record));
	assert_false(record.published);
	assert_int_equal(record.capacity_pps, 0);
}

#define RECORD(address, encap, epoch) \
	"{\"address\": " address ", \"encap\": " encap ", \"epoch\": " epoch "}"
#define SHARED(members, networks)                                            \
	"{\"address\": \"10.0.0.1\", \"encap\": \"gre\", \"epoch\": \"1\", " \
	"\"members\": " members ", \"networks\": \"" networks "\"}"

static void
a_wrong_record_is_refused(void **state)
{
	static const struct {
		const char *text;
		const char *wrong;
	} records[] = {
		{"", "its record is no JSON object"},
		{"{", "its record is no JSON object"},
		{"[]", "its record is no JSON object"},
		{"\"x\"", "its record is no JSON object"},
		{"{\"address\": \"10.0.0.1\", \"address\": \"10.0.0.2\"}",
			"its record is no JSON object"},
		{"{}", "its record has no unicast address"},
		{RECORD("1", "\"gre\"", "\"1\""), "its record has no unicast address"},
		{RECORD("\"239.0.0.1\"", "\"gre\"", "\"1\""), "its record has no unicast address"},
		{RECORD("\"0.0.0.0\"", "\"gre\"", "\"1\""), "its record has no unicast address"},
		{RECORD("\"127.0.0.1\"", "\"gre\"", "\"1\""), "its record has no unicast address"},
		{RECORD("\"255.255.255.255\"", "\"gre\"", "\"1\""),
			"its record has no unicast address"},
		{RECORD("\"fd00::1\"", "\"gre\"", "\"1\""), "its record has no unicast address"},
		{RECORD("\"10.0.0.1\", \"address6\": \"10.0.0.1\"", "\"gre\"", "\"1\""),
			"its record has no unicast address"},
		{RECORD("\"10.0.0.1\", \"address6\": \"fe80::1\"", "\"gre\"", "\"1\""),
			"its record has no unicast address"},
		{RECORD("\"10.0.0.1\"", "\"vxlan\"", "\"1\""),
			"its record has no encapsulation between hubs"},
		{RECORD("\"10.0.0.1\"", "\"gre-udp\"", "\"1\""),
			"its record has no encapsulation between hubs"},
		{RECORD("\"10.0.0.1\"", "\"gre-udp\", \"udp_port\": 65536", "\"1\""),
			"its record has no encapsulation between hubs"},
		{SHARED("\"shared\"", ""), "its record says no networks of shared members"},
		{SHARED("\"shared\"", "10.0.0.0"), "its record says no networks of shared members"},
		{SHARED("\"shared\"", "10.0.0.0/33"),
			"its record says no networks of shared members"},
		{SHARED("\"shared\"", "10.0.0.0/8,10.0.0.0/9"),
			"its record says no networks of shared members"},
		{SHARED("\"shared\"", "10.0.0.0/8 "),
			"its record says no networks of shared members"},
		{SHARED("\"shared\"", "10.0.0.0/8  11.0.0.0/8"),
			"its record says no networks of shared members"},
		{SHARED("\"shared\"", "10.0.0.0/08"),
			"its record says no networks of shared members"},
		{SHARED("\"shared\"", "fd00::/64"),
			"its record says no networks of shared members"},
		{SHARED("\"shared\"", "10.0.0.0/8\", \"networks6\": \"10.0.0.0/8"),
			"its record says no networks of shared members"},
		{SHARED("\"shared\"", "10.0.0.0/8\", \"networks6\": \"fd00::1"),
			"its record says no networks of shared members"},
		{SHARED("\"shared\"", "10.0.0.0/8\", \"networks6\": \"fd00::/64 "),
			"its record says no networks of shared members"},
		{SHARED("\"mine\"", "10.0.0.0/8"),
			"its record has neither local nor shared members"},
		{SHARED("5", "10.0.0.0/8"), "its record has neither local nor shared members"},
		{"{\"address\": \"10.0.0.1\", \"encap\": \"gre\", \"epoch\": \"1\", "
		 "\"digest\": \"no hex\"}",
			"its record has no digest"},
		{RECORD("\"10.0.0.1\"", "\"gre\"", "1"), "its record has no epoch"},
		{RECORD("\"10.0.0.1\"", "\"gre\"", "\"x\""), "its record has no epoch"},
		{RECORD("\"10.0.0.1\"", "\"gre\"", "\"123456789012345678901234\""),
			"its record has no epoch"},
	};
	char text[2 * RECORD_TEXT_MAX];
	struct record record;

	(void)state;
	for (size_t i = 0; i < RTE_DIM(records); i++) {
		const char *wrong = mcr_domain_record_parse(records[i].text, &record);

		if (wrong == NULL || strcmp(wrong, records[i].wrong) != 0)
			fail_msg("%s: %s", records[i].text, wrong == NULL ? "accepted" : wrong);
	}
	memset(text, ' ', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_string_equal(mcr_domain_record_parse(text, &record), "its record is too long");
}

static void
a_placement_is_read_as_it_was_written(void **state)
{
	static const char *const texts[] = {
		"{\"generation\":7,\"phase\":\"settled\",\"hubs\":[\"a#5\",\"b#"
		"18446744073709551615\"]}",
		("{\"generation\":9007199254740992,\"phase\":\"prepare\",\"hubs\":[\"a#5\"],"
		 "\"from\":[\"a#4\",\"c-1.x_Y#0\"]}"),
		"{\"generation\":1,\"phase\":\"switch\",\"hubs\":[\"a#5\"],\"from\":[]}",
	};
	struct handover handover;
	char *text;

	(void)state;
	for (size_t i = 0; i < RTE_DIM(texts); i++) {
		assert_null(mcr_handover_parse(texts[i], &handover));
		text = mcr_handover_format(&handover);
		assert_string_equal(text, texts[i]);
		free(text);
		mcr_handover_free(&handover);
	}
}

static void
hubs_of_a_placement_are_found_in_any_order(void **state)
{
	struct handover handover;

	(void)state;
	assert_null(mcr_handover_parse("{\"generation\": 7, \"phase\": \"settled\", \"more\": 1, "
				       "\"hubs\": [\"c#1\", \"a#2\", \"b#3\"]}",
		&handover));
	assert_string_equal(mcr_servers_find(&handover.hubs, "a")->epoch, "2");
	assert_string_equal(mcr_servers_find(&handover.hubs, "b")->epoch, "3");
	assert_string_equal(mcr_servers_find(&handover.hubs, "c")->epoch, "1");
	assert_null(mcr_servers_find(&handover.hubs, "d"));
	assert_null(mcr_servers_find(&handover.from, "a"));
	mcr_handover_free(&handover);
}

#define HUBS(hubs) "{\"generation\": 7, \"phase\": \"settled\", \"hubs\": " hubs "}"

static void
a_wrong_placement_is_refused(void **state)
{
	static const struct {
		const char *text;
		const char *wrong;
	} texts[] = {
		{"", "it is no JSON object"},
		{"[]", "it is no JSON object"},
		{"{\"generation\": 1, \"generation\": 2}", "it is no JSON object"},
		{"{}", "it has no generation"},
		{"{\"generation\": \"7\"}", "it has no generation"},
		{"{\"generation\": 0}", "it has no generation"},
		{"{\"generation\": -7}", "it has no generation"},
		{"{\"generation\": 1.5}", "it has no generation"},
		{"{\"generation\": 9007199254740993}", "it has no generation"},
		{"{\"generation\": 7}", "it has no phase"},
		{"{\"generation\": 7, \"phase\": \"none\"}", "it has no phase"},
		{"{\"generation\": 7, \"phase\": \"Settled\"}", "it has no phase"},
		{"{\"generation\": 7, \"phase\": 3}", "it has no phase"},
		{"{\"generation\": 7, \"phase\": \"settled\"}", "it has no hubs"},
		{HUBS("\"a#5\""), "it has no hubs"},
		{HUBS("[]"), "it has no hubs"},
		{HUBS("[5]"), "it has no hubs"},
		{HUBS("[\"a\"]"), "it has no hubs"},
		{HUBS("[\"a#\"]"), "it has no hubs"},
		{HUBS("[\"#5\"]"), "it has no hubs"},
		{HUBS("[\"a b#5\"]"), "it has no hubs"},
		{HUBS("[\"a#x\"]"), "it has no hubs"},
		{HUBS("[\"a#123456789012345678901234\"]"), "it has no hubs"},
		{HUBS("[\"a#5\", \"b#6\", \"a#5\"]"), "it has no hubs"},
		{"{\"generation\": 7, \"phase\": \"switch\", \"hubs\": [\"a#5\"]}",
			"it does not say from which hubs"},
		{"{\"generation\": 7, \"phase\": \"switch\", \"hubs\": [\"a#5\"], "
		 "\"from\": [\"b\"]}",
			"it does not say from which hubs"},
	};
	struct handover handover;
	char *text = malloc(HANDOVER_TEXT_MAX + 1);

	(void)state;
	for (size_t i = 0; i < RTE_DIM(texts); i++) {
		const char *wrong = mcr_handover_parse(texts[i].text, &handover);

		if (wrong == NULL || strcmp(wrong, texts[i].wrong) != 0)
			fail_msg("%s: %s", texts[i].text, wrong == NULL ? "accepted" : wrong);
	}
	memset(text, ' ', HANDOVER_TEXT_MAX);
	text[HANDOVER_TEXT_MAX] = '\0';
	assert_string_equal(mcr_handover_parse(text, &handover), "it is too long");
	free(text);
}

/* The longest names that there are. */
static void
the_largest_placement_fits(void **state)
{
	struct server servers[SERVERS_MAX];
	const struct handover handover = {
		{GENERATION_MAX, PHASE_PREPARE}, {servers, SERVERS_MAX}, {servers, SERVERS_MAX}};
	struct handover again;
	char *text;

	(void)state;
	for (uint32_t i = 0; i < SERVERS_MAX; i++) {
		memset(servers[i].name, 'x', NAME_MAX_LEN);
		snprintf(servers[i].name + NAME_MAX_LEN - 4, 5, "%04u", i);
		strcpy(servers[i].epoch, "18446744073709551615");
	}
	text = mcr_handover_format(&handover);
	assert_null(mcr_handover_parse(text, &again));
	assert_true(mcr_servers_equal(&again.hubs, &handover.hubs));
	assert_true(mcr_servers_equal(&again.from, &handover.from));
	mcr_handover_free(&again);
	free(text);
}

static void
a_stage_has_one_text(void **state)
{
	static const char *const wrong[] = {"", "7", "prepare", "7 none", "7 Prepare", "7  prepare",
		"07 prepare", "7 prepare ", "-7 prepare", "0 prepare", "9007199254740993 prepare",
		"18446744073709551617 prepare", "+7 prepare", " 7 prepare"};
	struct stage stage;

	(void)state;
	assert_true(mcr_stage_parse("7 prepare", &stage));
	assert_int_equal(stage.generation, 7);
	assert_int_equal(stage.phase, PHASE_PREPARE);
	assert_true(mcr_stage_parse("9007199254740992 settled", &stage));
	for (size_t i = 0; i < RTE_DIM(wrong); i++)
		if (mcr_stage_parse(wrong[i], &stage))
			fail_msg("\"%s\" is a stage", wrong[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_has_one_text),
		cmocka_unit_test(a_key_of_ipv6_has_one_text),
		cmocka_unit_test(only_keys_of_ipv6_addresses_hold_numbers),
		cmocka_unit_test(a_host_of_ipv6_has_one_text),
		cmocka_unit_test(other_texts_are_no_keys),
		cmocka_unit_test(a_record_is_read_as_it_was_written),
		cmocka_unit_test(two_hubs_find_the_same_family),
		cmocka_unit_test(an_address_is_one_that_hubs_reach),
		cmocka_unit_test(a_record_without_the_words_of_sharing_is_of_an_older_hub),
		cmocka_unit_test(what_an_agent_may_add_later_is_ignored),
		cmocka_unit_test(a_wrong_record_is_refused),
		cmocka_unit_test(a_placement_is_read_as_it_was_written),
		cmocka_unit_test(hubs_of_a_placement_are_found_in_any_order),
		cmocka_unit_test(a_wrong_placement_is_refused),
		cmocka_unit_test(the_largest_placement_fits),
		cmocka_unit_test(a_stage_has_one_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
