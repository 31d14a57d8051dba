/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "mcr_address.h"

#define MANY 100000

static struct in6_addr
parse(const char *text)
{
	struct in6_addr address;

	assert_int_equal(inet_pton(AF_INET6, text, &address), 1);
	return address;
}

static uint32_t
get(const char *text, uint8_t length)
{
	const struct in6_addr address = parse(text);

	return mcr_address_get(&address, length);
}

static uint32_t
match(const char *text)
{
	return mcr_address_match(parse(text).s6_addr);
}

static int
forget_all(void **state)
{
	(void)state;
	mcr_address_reclaim(NULL);
	return mcr_address_count() == 0 ? 0 : -1;
}

static void
equal_addresses_have_one_number(void **state)
{
	const uint32_t first = get("ff05::1", 128), other = get("ff05::2", 128);

	(void)state;
	assert_true(mcr_address_is_ipv6(first));
	assert_int_not_equal(first, other);
	assert_int_equal(get("ff05:0::0:1", 128), first);
	assert_int_equal(mcr_address_find(parse("ff05::1").s6_addr), first);
	assert_int_equal(mcr_address_count(), 2);
	mcr_address_drop(first);
	assert_int_equal(mcr_address_find(parse("ff05::1").s6_addr), first);
	mcr_address_drop(first);
	assert_int_equal(mcr_address_find(parse("ff05::1").s6_addr), MCR_ADDRESS_NONE);
	assert_int_equal(mcr_address_find(parse("ff05::2").s6_addr), other);
	mcr_address_drop(other);
}

static void
an_ipv4_address_is_itself(void **state)
{
	(void)state;
	assert_false(mcr_address_is_ipv6(0));
	assert_true(mcr_address_is_ipv6(1));
	assert_true(mcr_address_is_ipv6(MCR_ADDRESS_IPV6_MAX));
	assert_false(mcr_address_is_ipv6(MCR_ADDRESS_IPV6_MAX + 1));
	assert_false(mcr_address_is_ipv6(UINT32_MAX));
	mcr_address_hold(0xef010101);
	mcr_address_drop(0xef010101);
	mcr_address_drop(0xef010101);
	assert_int_equal(mcr_address_count(), 0);
}

static void
host_bits_do_not_count(void **state)
{
	const uint32_t wide = get("ff05:1234:5678::1", 33), narrow = get("ff05:1234:5678::1", 34);

	(void)state;
	assert_int_not_equal(wide, narrow);
	assert_int_equal(get("ff05:1234:7fff:ffff::", 33), wide);
	assert_int_equal(mcr_address_length(wide), 33);
	assert_memory_equal(mcr_address_ipv6(wide), parse("ff05:1234::").s6_addr, 16);
	assert_memory_equal(mcr_address_ipv6(narrow), parse("ff05:1234:4000::").s6_addr, 16);
	mcr_address_drop(wide);
	mcr_address_drop(wide);
	mcr_address_drop(narrow);
}

static void
the_longest_prefix_matches(void **state)
{
	static const uint8_t lengths[] = {8, 12, 32, 63, 64, 65, 96, 127};
	uint32_t prefixes[sizeof(lengths)];
	const uint32_t host = get("ff15::1", 128);

	(void)state;
	for (unsigned int i = 0; i < sizeof(lengths); i++) {
		prefixes[i] = get("ff15::", lengths[i]);
		assert_int_equal(match("ff15::"), prefixes[i]);
	}
	assert_int_equal(match("ff15::1"), host);
	assert_int_equal(match("ff15::2"), prefixes[6]);
	assert_int_equal(match("ff15::8000:0:0:0"), prefixes[4]);
	assert_int_equal(match("ff15:0:0:1::"), prefixes[3]);
	assert_int_equal(match("ff15:1::"), prefixes[1]);
	assert_int_equal(match("ff25::"), prefixes[0]);
	assert_int_equal(match("fe80::1"), MCR_ADDRESS_NONE);
	assert_int_equal(mcr_address_cover(host), prefixes[7]);
	for (unsigned int i = sizeof(lengths); i-- > 1;)
		assert_int_equal(mcr_address_cover(prefixes[i]), prefixes[i - 1]);
	assert_int_equal(mcr_address_cover(prefixes[0]), MCR_ADDRESS_NONE);
	mcr_address_drop(prefixes[6]);
	assert_int_equal(match("ff15::2"), prefixes[5]);
	for (unsigned int i = 0; i < sizeof(lengths); i++)
		if (i != 6)
			mcr_address_drop(prefixes[i]);
	mcr_address_drop(host);
	assert_int_equal(match("ff15::1"), MCR_ADDRESS_NONE);
}

static void
a_number_is_reused_after_a_grace_period(void **state)
{
	struct mcr_rcu *rcu = mcr_rcu_create(1);
	const uint32_t old = get("ff05::1", 128);
	uint32_t other, later;

	(void)state;
	mcr_rcu_online(rcu, 0);
	mcr_address_drop(old);
	mcr_address_reclaim(rcu);
	mcr_rcu_reclaim(rcu);
	other = get("ff05::2", 128);
	assert_int_not_equal(other, old);
	assert_memory_equal(mcr_address_ipv6(old), parse("ff05::1").s6_addr, 16);
	mcr_rcu_quiescent(rcu, 0);
	mcr_rcu_reclaim(rcu);
	later = get("ff05::3", 128);
	assert_int_equal(later, old);
	mcr_address_drop(other);
	mcr_address_drop(later);
	mcr_rcu_offline(rcu, 0);
	mcr_rcu_free(rcu);
}

static void
many_addresses_are_found(void **state)
{
	uint32_t *numbers = calloc(MANY, sizeof(*numbers));
	struct in6_addr address = parse("ff05::");

	(void)state;
	for (uint32_t i = 0; i < MANY; i++) {
		address.s6_addr32[3] = htonl(i);
		numbers[i] = mcr_address_get(&address, 128);
		assert_true(mcr_address_is_ipv6(numbers[i]));
	}
	assert_int_equal(mcr_address_count(), MANY);
	for (uint32_t i = 0; i < MANY; i++) {
		address.s6_addr32[3] = htonl(i);
		assert_int_equal(mcr_address_find(address.s6_addr), numbers[i]);
		mcr_address_drop(numbers[i]);
		assert_int_equal(mcr_address_find(address.s6_addr), MCR_ADDRESS_NONE);
	}
	free(numbers);
}

static void
assert_text(uint32_t address, uint8_t length, const char *expected)
{
	char text[MCR_ADDRESS_TEXT];

	assert_string_equal(mcr_address_format_prefix(address, length, text), expected);
}

static void
assert_ipv6_text(const char *in, uint8_t length, const char *expected)
{
	const uint32_t number = get(in, length);

	assert_text(number, length, expected);
	mcr_address_drop(number);
}

static void
text_is_that_of_rfc5952(void **state)
{
	(void)state;
	assert_ipv6_text("FF05:0:0:0:0:0:0:1", 128, "ff05::1");
	assert_ipv6_text("2001:db8:0:0:1:0:0:1", 128, "2001:db8::1:0:0:1");
	assert_ipv6_text("2001:db8:0:1:1:1:1:1", 128, "2001:db8:0:1:1:1:1:1");
	assert_ipv6_text("ff02:0:0:0:0:1:ff00:0", 104, "ff02::1:ff00:0/104");
	assert_ipv6_text("1111:2222:3333:4444:5555:6666:7777:8888", 127,
		"1111:2222:3333:4444:5555:6666:7777:8888/127");
	assert_text(0xefffffff, 32, "239.255.255.255");
	assert_text(0xef000000, 8, "239.0.0.0/8");
	assert_text(0, 0, "0.0.0.0/0");
}

static void
what_the_bits_say(void **state)
{
	const uint32_t link = get("ff02::fb", 128), link_transient = get("ff12::1", 128);
	const uint32_t all = get("ff00::", 8), ssm = get("ff3e::8000:1", 128);
	const uint32_t host = get("2001:db8::1", 128), embedded = get("ff7e::1", 128);
	const uint32_t of_network = get("ff3e:30:2001:db8::1", 128), wide = get("ff3e::", 16);

	(void)state;
	assert_true(mcr_address_is_multicast(link) && mcr_address_is_multicast(all));
	assert_false(mcr_address_is_multicast(host));
	assert_true(mcr_address_is_multicast(0xe0000001) && mcr_address_is_multicast(0xefffffff));
	assert_false(mcr_address_is_multicast(0xdfffffff) || mcr_address_is_multicast(0xf0000000));
	assert_true(mcr_address_is_link_local_group(link));
	assert_true(mcr_address_is_link_local_group(link_transient));
	assert_false(mcr_address_is_link_local_group(all) || mcr_address_is_link_local_group(host));
	assert_true(mcr_address_is_link_local_group(0xe00000fb));
	assert_false(mcr_address_is_link_local_group(0xe0000100));
	assert_true(mcr_address_is_source_specific(ssm));
	assert_false(
		mcr_address_is_source_specific(embedded) || mcr_address_is_source_specific(all));
	assert_false(
		mcr_address_is_source_specific(of_network) || mcr_address_is_source_specific(wide));
	assert_true(mcr_address_is_source_specific(0xe8000001));
	assert_false(mcr_address_is_source_specific(0xe9000001));
	mcr_address_drop(link);
	mcr_address_drop(link_transient);
	mcr_address_drop(all);
	mcr_address_drop(ssm);
	mcr_address_drop(host);
	mcr_address_drop(embedded);
	mcr_address_drop(of_network);
	mcr_address_drop(wide);
}

static void
a_prefix_covers_its_own_family(void **state)
{
	const uint32_t odd = get("ff05:8000::", 17), in = get("ff05:8001::1", 128);
	const uint32_t out = get("ff05:7fff::1", 128), wider = get("ff05::", 16);

	(void)state;
	assert_true(mcr_address_covers(odd, 17, in) && mcr_address_covers(odd, 17, odd));
	assert_false(mcr_address_covers(odd, 17, out) || mcr_address_covers(odd, 17, wider));
	assert_true(mcr_address_covers(wider, 16, odd));
	assert_true(mcr_address_covers(0, 0, in) && mcr_address_covers(0, 0, 0xef010101));
	assert_true(mcr_address_covers(0xef000000, 8, 0xefffffff));
	assert_false(mcr_address_covers(0xef000000, 8, 0xee010101));
	assert_false(
		mcr_address_covers(0x01000000, 7, in) || mcr_address_covers(odd, 17, 1u << 31));
	mcr_address_drop(odd);
	mcr_address_drop(in);
	mcr_address_drop(out);
	mcr_address_drop(wider);
}

static void
order_is_that_of_the_bytes(void **state)
{
	const uint32_t high = get("ff05::2", 128), low = get("ff05::1", 128);
	const uint32_t wide = get("ff05::", 16), narrow = get("ff05::", 17);

	(void)state;
	assert_true(mcr_address_compare(low, high) < 0 && mcr_address_compare(high, low) > 0);
	assert_int_equal(mcr_address_compare(low, low), 0);
	assert_true(mcr_address_compare(wide, narrow) < 0 && mcr_address_compare(narrow, low) < 0);
	assert_true(mcr_address_compare(UINT32_MAX, low) < 0);
	assert_true(mcr_address_compare(0xe0000001, 0xef000001) < 0);
	mcr_address_drop(high);
	mcr_address_drop(low);
	mcr_address_drop(wide);
	mcr_address_drop(narrow);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, forget_all, forget_all)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(equal_addresses_have_one_number),
		TEST(an_ipv4_address_is_itself),
		TEST(host_bits_do_not_count),
		TEST(the_longest_prefix_matches),
		TEST(a_number_is_reused_after_a_grace_period),
		TEST(many_addresses_are_found),
		TEST(text_is_that_of_rfc5952),
		TEST(what_the_bits_say),
		TEST(a_prefix_covers_its_own_family),
		TEST(order_is_that_of_the_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
