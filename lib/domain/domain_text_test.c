/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <rte_common.h>
#include <rte_ip.h>

#include <cmocka.h>

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
		assert_string_equal(text, keys[i].text);
	}
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
		"host/0.0.0.0", "host/10.0.0.01", "host/10.0.0.1/32",
		"239.1.1.1111111111111111111111111111111111111111111111111111111111111111111"};
	struct mcr_group_key key;

	(void)state;
	for (size_t i = 0; i < RTE_DIM(texts); i++)
		if (mcr_domain_key_parse(texts[i], &key))
			fail_msg("\"%s\" is a key", texts[i]);
}

static void
a_record_is_read_as_it_was_written(void **state)
{
	const struct record records[] = {
		{RTE_IPV4(10, 0, 0, 1), true, 4754, "18446744073709551615", true},
		{RTE_IPV4(192, 168, 255, 254), false, 0, "0", false},
	};
	struct record record;
	char text[RECORD_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < RTE_DIM(records); i++) {
		mcr_domain_record_format(&records[i], "0.1.0", text);
		assert_null(mcr_domain_record_parse(text, &record));
		assert_true(mcr_domain_record_equals(&record, &records[i]));
	}
}

static void
what_an_agent_may_add_later_is_ignored(void **state)
{
	struct record record;

	(void)state;
	assert_null(mcr_domain_record_parse("{\"address\": \"10.0.0.1\", \"encap\": \"gre\", "
					    "\"epoch\": \"1\", \"capacity_pps\": 5,"
					    "\"drains\": true}",
		&record));
	assert_false(record.published);
}

#define RECORD(address, encap, epoch) \
	"{\"address\": " address ", \"encap\": " encap ", \"epoch\": " epoch "}"

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
		{RECORD("\"10.0.0.1\"", "\"vxlan\"", "\"1\""),
			"its record has no encapsulation between hubs"},
		{RECORD("\"10.0.0.1\"", "\"gre-udp\"", "\"1\""),
			"its record has no encapsulation between hubs"},
		{RECORD("\"10.0.0.1\"", "\"gre-udp\", \"udp_port\": 65536", "\"1\""),
			"its record has no encapsulation between hubs"},
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_has_one_text),
		cmocka_unit_test(other_texts_are_no_keys),
		cmocka_unit_test(a_record_is_read_as_it_was_written),
		cmocka_unit_test(what_an_agent_may_add_later_is_ignored),
		cmocka_unit_test(a_wrong_record_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
