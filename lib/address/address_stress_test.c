/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* A writer gets and drops addresses all the time; readers that find one see its own bytes, also of
 * what is dropped meanwhile, and always find those that stay, and the prefix that covers all. */

#include <arpa/inet.h>
#include <string.h>

#include <stress_run.h>

#include "mcr_address.h"

#define ADDRESSES 64
#define LASTING 4 /* of these */
#define ENOUGH 100000

enum { NO_WAIT = OWN_FLAWS };

static uint32_t held[ADDRESSES];
static uint32_t cover;

static struct in6_addr
address_of(uint32_t i)
{
	struct in6_addr address = {.s6_addr = {0xff, 0x05}};

	address.s6_addr32[3] = htonl(i);
	return address;
}

static void
change_one(uint64_t *seed)
{
	const uint32_t i = LASTING + next_random(seed) % (ADDRESSES - LASTING);
	const struct in6_addr address = address_of(i);

	if (held[i] == MCR_ADDRESS_NONE) {
		held[i] = mcr_address_get(&address, MCR_IPV6_LENGTH);
	} else {
		mcr_address_drop(held[i]);
		held[i] = MCR_ADDRESS_NONE;
	}
	mcr_address_reclaim(stress.flaw == NO_WAIT ? NULL : stress.rcu);
}

static void
find_one(uint64_t *seed)
{
	const uint32_t i = next_random(seed) % ADDRESSES;
	const struct in6_addr address = address_of(i);
	const uint32_t number = mcr_address_find(address.s6_addr);

	if (number == MCR_ADDRESS_NONE) {
		check(i >= LASTING);
		count_one(&stress.missed);
		return;
	}
	for (int again = 0; again < 16; again++)
		check(memcmp(mcr_address_ipv6(number), &address, sizeof(address)) == 0);
	count_one(&stress.found);
}

static void
match_one(uint64_t *seed)
{
	const struct in6_addr address = address_of(next_random(seed) % ADDRESSES);
	const uint32_t number = mcr_address_match(address.s6_addr);

	check(number != MCR_ADDRESS_NONE);
	if (number != cover)
		check(memcmp(mcr_address_ipv6(number), &address, sizeof(address)) == 0 &&
			mcr_address_cover(number) == cover);
}

static enum verdict
run(int flaw)
{
	struct in6_addr address = address_of(0);

	start_stress(flaw, ENOUGH);
	cover = mcr_address_get(&address, 16);
	for (uint32_t i = 0; i < LASTING; i++) {
		address = address_of(i);
		held[i] = mcr_address_get(&address, MCR_IPV6_LENGTH);
	}
	return run_stress(change_one, find_one, match_one);
}

static void
readers_see_whole_addresses(void **state)
{
	(void)state;
	assert_sound(run);
}

static void
without_waiting_it_fails(void **state)
{
	(void)state;
	assert_falls(run, NO_WAIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readers_see_whole_addresses),
		cmocka_unit_test(without_waiting_it_fails),
		cmocka_unit_test(without_grace_periods_it_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
