/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <rte_common.h>

#include <cmocka.h>

#include "mcr_address.h"

static struct in6_addr address;
static uint8_t length;

static void
take(const char *text, const char *form)
{
	char again[MCR_ADDRESS_TEXT];

	assert_true(mcr_address_parse_ipv6(text, &address, &length));
	assert_string_equal(mcr_address_format_ipv6(&address, length, again), form);
}

static void
text_is_read_in_any_form_and_written_in_that_of_rfc5952(void **state)
{
	(void)state;
	take("FF05::0:1", "ff05::1");
	take("ff05:0000:0:0:0:0:0:0001", "ff05::1");
	take("ff05:0:0:1:0:0:0:1/128", "ff05:0:0:1::1");
	take("64:ff9b::192.0.2.33", "64:ff9b::c000:221");
	take("::ffff:192.0.2.33", "::ffff:192.0.2.33");
	take("FF00::/8", "ff00::/8");
	take("ff05::1/16", "ff05::1/16");
	take("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/127",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/127");
}

static void
anything_else_is_no_address(void **state)
{
	static const char *const texts[] = {
		"",
		":",
		"/8",
		"ff05",
		"ff05::/",
		"ff05::/0",
		"ff05::/016",
		"ff05::/129",
		"ff05::/+16",
		"ff05::/16/16",
		"ff05::/384",
		" ff05::1",
		"ff05::1 ",
		"ff05::1::",
		"ff05:::1",
		"ff05::12345",
		"ff05::g",
		"1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9",
		"fe80::1%eth0",
		"[ff05::1]",
		"239.1.1.1",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	};

	(void)state;
	for (size_t i = 0; i < RTE_DIM(texts); i++)
		if (mcr_address_parse_ipv6(texts[i], &address, &length))
			fail_msg("\"%s\" is taken", texts[i]);
}

static bool
is_group(const char *text)
{
	assert_true(mcr_address_parse_ipv6(text, &address, &length));
	return mcr_address_refuse_group(&address, length) == NULL;
}

static void
groups_of_a_host_and_of_neighbour_discovery_are_refused(void **state)
{
	static const char *const good[] = {"ff00::/8", "ff00::/12", "ff00::/14", "ff02::/16",
		"ff02::2", "ff02::fb", "ff02::1:ff00:0/103", "ff02::1:fe00:1", "ff02::1:0:0/96",
		"ff12::1", "ff05::1:ff00:1", "ff0f::1", "ff3e::8000:1", "ff10::/12"};
	static const char *const bad[] = {"::/8", "fe00::/7", "fe80::1", "ff00::1", "ff01::/16",
		"ff00::/15", "ff10::/15", "ff11::fb", "ff31::/96", "fff0::1", "ff02::1",
		"ff02::1:ff00:0/104", "ff02::1:ff12:3456", "ff02::1:ff12:3400/120",
		"::ffff:239.1.1.1"};

	(void)state;
	for (size_t i = 0; i < RTE_DIM(good); i++)
		if (!is_group(good[i]))
			fail_msg("%s is refused", good[i]);
	for (size_t i = 0; i < RTE_DIM(bad); i++)
		if (is_group(bad[i]))
			fail_msg("%s is taken", bad[i]);
}

static bool
is_source(const char *text)
{
	assert_true(mcr_address_parse_ipv6(text, &address, &length));
	return mcr_address_refuse_source(&address) == NULL;
}

static void
a_source_is_an_address_of_a_host(void **state)
{
	(void)state;
	assert_true(is_source("2001:db8::1"));
	assert_true(is_source("fd00::1"));
	assert_true(is_source("fe80::1"));
	assert_true(is_source("64:ff9b::192.0.2.33"));
	assert_false(is_source("::"));
	assert_false(is_source("::1"));
	assert_false(is_source("ff05::1"));
	assert_false(is_source("::ffff:10.0.0.1"));
}

static uint32_t
get(const char *text)
{
	assert_true(mcr_address_parse_ipv6(text, &address, &length));
	return mcr_address_get(&address, length);
}

static void
a_source_is_of_its_groups_family_and_scope(void **state)
{
	const uint32_t site = get("ff05::1"), link = get("ff12::1");
	const uint32_t global = get("2001:db8::1"), local = get("fe80::1");

	(void)state;
	assert_true(mcr_address_takes_source(0xef010101, 0x0a000001));
	assert_true(mcr_address_takes_source(site, global));
	assert_true(mcr_address_takes_source(link, global));
	assert_true(mcr_address_takes_source(link, local));
	assert_false(mcr_address_takes_source(site, local));
	assert_false(mcr_address_takes_source(site, 0x0a000001));
	assert_false(mcr_address_takes_source(0xef010101, global));
	mcr_address_drop(local);
	mcr_address_drop(global);
	mcr_address_drop(link);
	mcr_address_drop(site);
	assert_int_equal(mcr_address_count(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_read_in_any_form_and_written_in_that_of_rfc5952),
		cmocka_unit_test(anything_else_is_no_address),
		cmocka_unit_test(groups_of_a_host_and_of_neighbour_discovery_are_refused),
		cmocka_unit_test(a_source_is_an_address_of_a_host),
		cmocka_unit_test(a_source_is_of_its_groups_family_and_scope),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
