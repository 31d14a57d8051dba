/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "mcr_refused.h"

#define TICKS_PER_S UINT64_C(1000000)
#define HONEST UINT32_C(0x0a000042)
#define FLOODED_PER_S 100000

static struct mcr_refused table;
static struct mcr_refused_record records[MCR_REFUSED_PLACES];
static uint64_t now;
static uint32_t next_forged;

static int
set_up(void **state)
{
	(void)state;
	memset(&table, 0, sizeof(table));
	table.ticks_per_s = TICKS_PER_S;
	now = UINT64_C(1) << 40;
	next_forged = UINT32_C(0x0b000000);
	return 0;
}

static void
note(uint32_t address)
{
	const struct mcr_refused_sender sender = {.address = address, .encap = MCR_ENCAP_L2};
	const struct mcr_refused_packet last = {.destination = address + 1};

	mcr_refused_note(&table, MCR_DROP_SOURCE_DENIED, &sender, &last, now);
}

static const struct mcr_refused_record *
find(unsigned int reason, uint32_t address)
{
	const uint32_t count = mcr_refused_read(&table, reason, records);

	for (uint32_t i = 0; i < count; i++) {
		if (records[i].sender.address == address)
			return &records[i];
	}
	return NULL;
}

static uint64_t
count_of(uint32_t address)
{
	const struct mcr_refused_record *record = find(MCR_DROP_SOURCE_DENIED, address);

	return record == NULL ? 0 : record->count;
}

/* A second of flood: one packet from each of many addresses that never return. */
static void
flood_for_a_second(void)
{
	for (uint32_t i = 0; i < FLOODED_PER_S; i++) {
		note(next_forged++);
		now += TICKS_PER_S / FLOODED_PER_S;
	}
}

static void
a_sender_is_found_with_its_count_and_its_last_packet(void **state)
{
	const struct mcr_refused_record *record;

	(void)state;
	note(HONEST);
	now += TICKS_PER_S;
	note(HONEST);
	record = find(MCR_DROP_SOURCE_DENIED, HONEST);
	assert_non_null(record);
	assert_int_equal(record->reason, MCR_DROP_SOURCE_DENIED);
	assert_int_equal(record->count, 2);
	assert_int_equal(record->seen, now);
	assert_int_equal(record->last.destination, HONEST + 1);
	assert_null(find(MCR_DROP_SENDER_DENIED, HONEST));
}

static void
the_last_packet_may_be_of_either_version(void **state)
{
	const struct mcr_refused_sender sender = {.address = HONEST};
	const struct mcr_refused_packet last = {
		.ipv6_destination.s6_addr = {0xff, 0x1e, [7] = 1, [8] = 2, [15] = 3}};
	const struct mcr_refused_record *record;

	(void)state;
	mcr_refused_note(&table, MCR_DROP_NO_RECEIVER, &sender, &last, now);
	record = find(MCR_DROP_NO_RECEIVER, HONEST);
	assert_int_equal(record->last.destination, 0);
	assert_memory_equal(&record->last.ipv6_destination, &last.ipv6_destination, 16);
	mcr_refused_note(&table, MCR_DROP_NO_RECEIVER, &sender,
		&(struct mcr_refused_packet){.destination = 7}, now);
	record = find(MCR_DROP_NO_RECEIVER, HONEST);
	assert_int_equal(record->last.destination, 7);
	assert_true(IN6_IS_ADDR_UNSPECIFIED(&record->last.ipv6_destination));
	assert_int_equal(record->count, 2);
}

/* Some of them share a set. */
#define IPV6_SENDERS 12

static struct mcr_refused_sender
ipv6_sender(uint8_t i)
{
	return (struct mcr_refused_sender){.ipv6.s6_addr = {0xfd, [7] = i % 2, [15] = i / 2}};
}

static void
senders_over_ipv6_are_known_by_their_bytes(void **state)
{
	const struct mcr_refused_packet last = {.destination = 7};

	(void)state;
	for (uint8_t i = 0; i < 2 * IPV6_SENDERS; i++) {
		const struct mcr_refused_sender sender = ipv6_sender(i % IPV6_SENDERS);

		mcr_refused_note(&table, MCR_DROP_SOURCE_DENIED, &sender, &last, now);
	}
	assert_int_equal(mcr_refused_read(&table, MCR_DROP_SOURCE_DENIED, records), IPV6_SENDERS);
	assert_int_equal(mcr_refused_merge(records, IPV6_SENDERS), IPV6_SENDERS);
	for (uint8_t i = 0; i < IPV6_SENDERS; i++) {
		const uint8_t *bytes = records[i].sender.ipv6.s6_addr;
		const struct mcr_refused_sender sender = ipv6_sender(2 * bytes[15] + bytes[7]);

		assert_memory_equal(&records[i].sender, &sender, sizeof(sender));
		assert_int_equal(records[i].count, 2);
	}
}

/* These fields let an operator distinguish two faults of one address. */
static void
key_encapsulation_and_mac_distinguish_senders(void **state)
{
	const struct mcr_refused_packet last = {0};
	const struct mcr_refused_sender senders[] = {
		{.address = HONEST, .encap = MCR_ENCAP_GRE},
		{.address = HONEST, .encap = MCR_ENCAP_GRE, .has_key = true},
		{.address = HONEST, .encap = MCR_ENCAP_GRE, .has_key = true, .key = 8},
		{.address = HONEST, .encap = MCR_ENCAP_GRE_UDP},
		{.address = HONEST, .encap = MCR_ENCAP_GRE, .mac = {{2, 0, 0, 0, 0, 1}}},
	};

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(senders); i++)
		mcr_refused_note(&table, MCR_DROP_SOURCE_DENIED, &senders[i], &last, now);
	assert_int_equal(
		mcr_refused_read(&table, MCR_DROP_SOURCE_DENIED, records), RTE_DIM(senders));
	for (unsigned int i = 0; i < RTE_DIM(senders); i++)
		assert_int_equal(records[i].count, 1);
}

static void
a_flood_does_not_evict_a_persistent_sender(void **state)
{
	(void)state;
	for (unsigned int i = 1; i <= 120; i++) {
		note(HONEST);
		assert_int_equal(count_of(HONEST), i);
		if (i > 2)
			flood_for_a_second();
		else
			now += TICKS_PER_S;
	}
}

static void
forged_pairs_do_not_evict_a_persistent_sender(void **state)
{
	(void)state;
	for (unsigned int i = 1; i <= 120; i++) {
		note(HONEST);
		assert_int_equal(count_of(HONEST), i);
		now += TICKS_PER_S;
		for (uint32_t j = 0; i > 2 && j < FLOODED_PER_S; j++)
			note(next_forged + j / 2);
		next_forged += FLOODED_PER_S / 2;
	}
}

/* A fixed hundredth of the flood. */
static void
the_busiest_new_sender_gets_a_place_during_a_flood(void **state)
{
	(void)state;
	flood_for_a_second();
	for (unsigned int ms = 0; ms < 30000; ms++) {
		for (unsigned int i = 0; i < 100; i++)
			note(i == ms * 37 % 100 ? HONEST : next_forged++);
		now += TICKS_PER_S / 1000;
	}
	assert_true(count_of(HONEST) > 1000);
}

/* A flooding packet costs a search and seldom a store. */
static void
a_flood_writes_some_places_a_second(void **state)
{
	uint64_t changes = 0;

	(void)state;
	for (unsigned int second = 0; second < 10; second++)
		flood_for_a_second();
	for (unsigned int i = 0; i < MCR_REFUSED_PLACES; i++)
		changes += table.at[MCR_DROP_SOURCE_DENIED][i].version / 2;
	assert_in_range(changes, MCR_REFUSED_PLACES, 101 * MCR_REFUSED_PLACES);
}

static void
a_sender_silent_for_a_minute_makes_room(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 1000; i++)
		note(HONEST);
	now += 59 * TICKS_PER_S;
	flood_for_a_second();
	assert_int_equal(count_of(HONEST), 1000);
	flood_for_a_second();
	assert_int_equal(count_of(HONEST), 0);
}

static void
without_need_for_room_a_record_stays(void **state)
{
	(void)state;
	note(HONEST);
	now += 86400 * TICKS_PER_S;
	note(HONEST + 1);
	assert_int_equal(count_of(HONEST), 1);
}

static void
a_flood_of_one_reason_leaves_the_others_alone(void **state)
{
	const struct mcr_refused_sender sender = {.address = HONEST};
	const struct mcr_refused_packet last = {0};

	(void)state;
	mcr_refused_note(&table, MCR_DROP_SENDER_DENIED, &sender, &last, now);
	now += 100 * TICKS_PER_S;
	flood_for_a_second();
	assert_non_null(find(MCR_DROP_SENDER_DENIED, HONEST));
}

static void
every_reason_of_a_received_packet_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(mcr_refused_name(MCR_DROP_MALFORMED), "malformed");
	assert_string_equal(mcr_refused_name(MCR_DROP_REASSEMBLY), "reassembly");
	assert_string_equal(mcr_refused_name(MCR_REFUSED_JOIN), "join_refused");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			a_sender_is_found_with_its_count_and_its_last_packet, set_up),
		cmocka_unit_test_setup(the_last_packet_may_be_of_either_version, set_up),
		cmocka_unit_test_setup(key_encapsulation_and_mac_distinguish_senders, set_up),
		cmocka_unit_test_setup(senders_over_ipv6_are_known_by_their_bytes, set_up),
		cmocka_unit_test_setup(a_flood_does_not_evict_a_persistent_sender, set_up),
		cmocka_unit_test_setup(forged_pairs_do_not_evict_a_persistent_sender, set_up),
		cmocka_unit_test_setup(the_busiest_new_sender_gets_a_place_during_a_flood, set_up),
		cmocka_unit_test_setup(a_flood_writes_some_places_a_second, set_up),
		cmocka_unit_test_setup(a_sender_silent_for_a_minute_makes_room, set_up),
		cmocka_unit_test_setup(without_need_for_room_a_record_stays, set_up),
		cmocka_unit_test_setup(a_flood_of_one_reason_leaves_the_others_alone, set_up),
		cmocka_unit_test_setup(every_reason_of_a_received_packet_has_a_name, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
