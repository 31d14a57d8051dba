/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <rte_ip.h>

#include "table.h"

#define PORTS 4
#define ADDRESSES 32
#define FIRST RTE_IPV4(10, 0, 0, 0)
#define CAPACITY 16
#define STEPS 20000

/* Ports on which the same address falls into the same bucket. */
static uint16_t
number(unsigned int port)
{
	return port * CAPACITY;
}

struct bench {
	struct mcr_neigh_table table;
	uint32_t entries[PORTS][ADDRESSES]; /* reference */
	unsigned int count;
};

static int
setup(void **state)
{
	static struct bench bench;

	bench.count = 0;
	for (unsigned int port = 0; port < PORTS; port++)
		for (unsigned int address = 0; address < ADDRESSES; address++)
			bench.entries[port][address] = MCR_NEIGH_NO_ENTRY;
	*state = &bench;
	return mcr_neigh_table_init(&bench.table, CAPACITY);
}

static int
teardown(void **state)
{
	struct bench *bench = *state;

	mcr_neigh_table_free(&bench->table);
	return 0;
}

static void
add(struct bench *bench, unsigned int port, uint32_t address)
{
	const uint32_t entry = mcr_neigh_table_add(&bench->table, number(port), FIRST + address);

	assert_int_equal(entry == MCR_NEIGH_NO_ENTRY, bench->count == CAPACITY);
	if (entry == MCR_NEIGH_NO_ENTRY)
		return;
	assert_in_range(entry, 0, CAPACITY - 1);
	bench->entries[port][address] = entry;
	bench->count++;
}

static void
change(struct bench *bench, unsigned int port, uint32_t address)
{
	uint32_t *entry = &bench->entries[port][address];

	if (*entry == MCR_NEIGH_NO_ENTRY) {
		add(bench, port, address);
		return;
	}
	mcr_neigh_table_remove(&bench->table, *entry);
	*entry = MCR_NEIGH_NO_ENTRY;
	bench->count--;
}

static void
assert_same(const struct bench *bench)
{
	for (unsigned int port = 0; port < PORTS; port++)
		for (unsigned int address = 0; address < ADDRESSES; address++)
			assert_int_equal(
				mcr_neigh_table_find(&bench->table, number(port), FIRST + address),
				bench->entries[port][address]);
}

static void
exactly_the_added_addresses_are_found(void **state)
{
	struct bench *bench = *state;

	srand(1);
	for (unsigned int step = 0; step < STEPS; step++) {
		change(bench, rand() % PORTS, rand() % ADDRESSES);
		assert_same(bench);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			exactly_the_added_addresses_are_found, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
