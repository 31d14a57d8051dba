/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Every place expires at once. All fields derive from one number, so a torn read is detected. */

#include <string.h>

#include <stress_run.h>

#include "mcr_refused.h"

#define ENOUGH 5000000

static struct mcr_refused table = {.ticks_per_s = 1};

static struct mcr_refused_sender
sender_of(uint32_t number)
{
	return (struct mcr_refused_sender){
		.address = number,
		.key = ~number,
		.mac = {{number >> 24, number >> 16, number >> 8, number, 0, 2}},
		.encap = number % MCR_ENCAP_COUNT,
		.has_key = true,
		.ipv6.s6_addr32 = {number, number, ~number, number},
	};
}

/* Each sender's packets go to one address; those of every third sender are IPv6. */
static struct mcr_refused_packet
packet_of(uint32_t number)
{
	struct mcr_refused_packet packet = {0};

	if (number % 3 != 0)
		packet.destination = number;
	else
		for (unsigned int i = 0; i < 4; i++)
			packet.ipv6_destination.s6_addr32[i] = number;
	return packet;
}

static void
write_sender(void)
{
	static uint64_t now = 1000;
	const uint32_t number = now / 100;
	const struct mcr_refused_sender sender = sender_of(number);
	const struct mcr_refused_packet last = packet_of(number);

	/* Some send twice: the second packet changes no sender. */
	for (unsigned int i = 0; i <= number % 2; i++)
		mcr_refused_note(&table, MCR_DROP_SOURCE_DENIED, &sender, &last, now);
	now += 100;
}

static bool
is_whole(const struct mcr_refused_record *record)
{
	const struct mcr_refused_sender sender = sender_of(record->sender.address);
	const struct mcr_refused_packet last = packet_of(record->sender.address);

	return memcmp(&sender, &record->sender, sizeof(sender)) == 0 &&
	       record->last.destination == last.destination &&
	       memcmp(&record->last.ipv6_destination, &last.ipv6_destination,
		       sizeof(last.ipv6_destination)) == 0 &&
	       record->count >= 1 && record->count <= 2;
}

static void
write_senders(uint64_t *seed)
{
	(void)seed;
	for (unsigned int i = 0; i < 64; i++)
		write_sender();
}

static void
read_senders(uint64_t *seed)
{
	struct mcr_refused_record records[MCR_REFUSED_PLACES];
	const uint32_t count = mcr_refused_read(&table, MCR_DROP_SOURCE_DENIED, records);

	(void)seed;
	for (uint32_t i = 0; i < count; i++)
		check(is_whole(&records[i]));
	atomic_fetch_add(&stress.found, count);
	atomic_fetch_add(&stress.missed, MCR_REFUSED_PLACES - count);
}

static enum verdict
run(int flaw)
{
	enum verdict verdict;

	start_stress(flaw, ENOUGH);
	verdict = run_stress(write_senders, read_senders, read_senders);
	mcr_rcu_free(stress.rcu);
	return verdict;
}

static void
no_record_is_torn(void **state)
{
	(void)state;
	assert_sound(run);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_record_is_torn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
