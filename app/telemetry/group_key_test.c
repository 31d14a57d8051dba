/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <rte_common.h>

#include "telemetry/interest_key.h"

/* The longest text of an address. */
#define LONG(first) first ":1111:2222:3333:4444:5555:6666:7777"

static int
check_numbers(void **state)
{
	(void)state;
	mcr_address_reclaim(NULL);
	return mcr_address_count() == 0 ? 0 : -1;
}

static void
take(const char *text, const char *form)
{
	struct mcr_group_key key;
	char again[MCR_GROUP_TEXT_SIZE];

	if (!mcr_telemetry_parse_group(text, &key))
		fail_msg("%s is no group", text);
	mcr_telemetry_format_group(&key, again);
	assert_string_equal(again, form);
	assert_int_equal(mcr_telemetry_is_host_group(&key), strchr(form, '/') == NULL);
	mcr_telemetry_drop_group(&key);
}

static void
a_group_of_either_family_is_read_and_written(void **state)
{
	(void)state;
	take("239.1.1.1", "239.1.1.1");
	take("239.1.1.1/32", "239.1.1.1");
	take("239.0.0.0/8", "239.0.0.0/8");
	take("232.8.8.8,10.0.0.9", "232.8.8.8,10.0.0.9");
	take("FF05::0:1", "ff05::1");
	take("ff05::1/128", "ff05::1");
	take("ff05::/16", "ff05::/16");
	take("ff00::/8", "ff00::/8");
	take("ff02::1", "ff02::1");
	take("ff3e::8000:1,2001:DB8::0:1", "ff3e::8000:1,2001:db8::1");
	take("ff02::fb,fe80::1", "ff02::fb,fe80::1");
	take(LONG("ff05") "," LONG("2001"), LONG("ff05") "," LONG("2001"));
}

static void
anything_else_is_no_group(void **state)
{
	static const char *const texts[] = {"", ",", "10.0.0.1", "239.1.1", "239.0.0.0/3",
		"239.1.0.0/8", "239.0.0.0/33", "239.0.0.0/8,10.0.0.1", "239.1.1.1,", "239.1.1.1,x",
		"239.1.1.1,0.0.0.0", "239.1.1.1,0.0.0.5", "0.0.0.5", "0.0.0.5/8",
		"239.1.1.1,fd00::1", "fd00::1", "ff05", "ff05::/129", "ff05::/7", "ff00::/7",
		"::/0", "::/8", "ff05::1/16", "ff05::1%eth0", "ff05::1,", "ff05::1,10.0.0.1",
		"ff05::1,fe80::1", "ff05::1,fd00::/64", "ff05::1,fd00::1,", "ff05::/16,fd00::1",
		"ff05::1,fd00::1/128", "::ffff:239.1.1.1",
		LONG("ff05") "," LONG("2001") ",000000000000000000000000000"};
	struct mcr_group_key key;

	(void)state;
	for (size_t i = 0; i < RTE_DIM(texts); i++)
		if (mcr_telemetry_parse_group(texts[i], &key))
			fail_msg("\"%s\" is a group", texts[i]);
	assert_int_equal(mcr_address_count(), 0);
}

static const char *
refusal_of(const char *text)
{
	struct mcr_group_key key;
	const char *refusal;

	assert_true(mcr_telemetry_parse_group(text, &key));
	refusal = mcr_telemetry_refuse_group(&key);
	mcr_telemetry_drop_group(&key);
	return refusal;
}

static void
groups_that_nobody_may_join_are_refused(void **state)
{
	(void)state;
	assert_null(refusal_of("224.0.0.1"));
	assert_null(refusal_of("ff02::fb"));
	assert_null(refusal_of("ff05::1,fd00::1"));
	assert_non_null(refusal_of("ff02::1"));
	assert_non_null(refusal_of("ff01::fb"));
	assert_non_null(refusal_of("ff02::1:ff00:1"));
	assert_non_null(refusal_of("ff05::1,::1"));
}

static void
interest_is_read_as_it_is_written(void **state)
{
	static const char *const texts[] = {"+239.1.1.1", "-239.0.0.0/8", "!0.0.0.0/0",
		"+255.255.255.255", "+vni/1", "+host/10.0.0.1", "+comes/00000001/1",
		"-left/00000001/2", "+host/fd00::1", "-host/2001:db8::2", "+ff05::1", "-ff02::/16",
		"!ff3e::8,2001:db8::1", "+" LONG("ff05") "," LONG("2001")};
	struct mcr_interest_change change;
	char text[MCR_INTEREST_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < RTE_DIM(texts); i++) {
		assert_true(mcr_telemetry_parse_interest(texts[i], &change.key, &change.interest));
		mcr_telemetry_format_interest(&change, text);
		assert_string_equal(text, texts[i]);
		mcr_telemetry_drop_interest(&change.key);
	}
}

static void
no_hub_has_interest_in_anything_else(void **state)
{
	static const char *const texts[] = {"", "+", "239.1.1.1", "+10.0.0.1", "+host/0.0.0.5",
		"+host/fe80::1", "+host/fd00::1/128", "+host/ff05::1", "+host/::1",
		"+host/fd00:::1", "+host/::ffff:10.0.0.1", "+fd00::1", "+ff01::1", "+ff02::1",
		"+ff02::1:ff00:0/104", "+ff05::1,::1", "+0.0.0.5", "+0.0.0.0/8"};
	struct mcr_interest_key key;
	enum mcr_interest interest;

	(void)state;
	for (size_t i = 0; i < RTE_DIM(texts); i++)
		if (mcr_telemetry_parse_interest(texts[i], &key, &interest))
			fail_msg("\"%s\" is interest", texts[i]);
	assert_int_equal(mcr_address_count(), 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, check_numbers)
	const struct CMUnitTest tests[] = {
		TEST(a_group_of_either_family_is_read_and_written),
		TEST(anything_else_is_no_group),
		TEST(groups_that_nobody_may_join_are_refused),
		TEST(interest_is_read_as_it_is_written),
		TEST(no_hub_has_interest_in_anything_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
