/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>

#include <rte_debug.h>

#include "control/background.h"
#include "control/rates.h"
#include "datapath/counters.h"

#define INTERVAL_MS UINT64_C(1000)

/* How long rates are kept for who asked. */
#define KEEP_MS 60000

/* Who reads pages asks for the next one after this time at most; together they take no longer. */
#define PAGE_MS 500
#define PAGES_MS 2000

/* Between two pauses, and with one time of the sample: some 5 us, with 64 lcores 100. */
#define STEP 64

/* One takes some 8 ns. With more of them the interval grows, to take 1 % of the time at most. */
#define READS_PER_MS 1000

#define RADIX_BITS 8
#define RADIX (1U << RADIX_BITS)

struct reading {
	uint64_t packets;
	uint64_t bytes;
	uint32_t generation; /* of the id */
};

struct meter {
	uint64_t packets;
	uint64_t bytes;
	uint64_t bps;
	uint32_t pps;
	uint32_t peak_pps;
	uint32_t generation;
	uint32_t pass; /* of the last reading */
};

struct rank {
	uint32_t id;
	uint32_t pps;
};

/* Memory is touched only up to the highest id in use, and only where somebody asks. */
struct table {
	struct meter *meters;   /* by id */
	uint64_t *steps_ms;     /* by id / STEP: when the last sample was taken */
	struct rank *ranks;     /* those that are not idle, in their order */
	struct rank *unsorted;  /* as long as ranks */
	uint32_t count;         /* of ranks */
	uint32_t pass;          /* number of the last sample */
	uint32_t samples;       /* since the rates are kept; 0: they are not kept */
	uint64_t kept_until_ms; /* 0: not asked for */
	uint64_t since_ms;
	uint64_t sampled_ms;
	uint64_t due_ms;
	uint64_t page_until_ms;
};

struct mcr_rates {
	struct table tables[MCR_RATE_KINDS];
};

/* Group and member ids end by the same value. */
static_assert(MCR_GROUP_NONE == UINT32_MAX && MCR_MEMBER_NONE == UINT32_MAX, "the last id");
#define NO_ID UINT32_MAX

static uint32_t
next_group(const struct mcr_fib *fib, uint32_t from)
{
	return mcr_group_next(fib->groups, from);
}

static uint32_t
next_member(const struct mcr_fib *fib, uint32_t from)
{
	return mcr_member_next(fib->members, from - 1);
}

static uint32_t
generation_of_group(const struct mcr_fib *fib, uint32_t id)
{
	return mcr_group_ref_of(fib->groups, id).generation;
}

static uint32_t
generation_of_member(const struct mcr_fib *fib, uint32_t id)
{
	return mcr_member_refer(fib->members, id).generation;
}

static struct reading
read_group(const struct mcr_controller *control, uint32_t id)
{
	const struct mcr_group_ref ref = mcr_group_ref_of(control->fib->groups, id);
	const struct mcr_group_counters counters = mcr_counters_of_group(control->workers, ref);

	return (struct reading){counters.packets, counters.bytes, ref.generation};
}

static struct reading
read_sender(const struct mcr_controller *control, uint32_t id)
{
	const struct mcr_member_counts counts = mcr_counters_of_member(control->workers, id);

	return (struct reading){
		counts.rx_packets, counts.rx_bytes, generation_of_member(control->fib, id)};
}

static struct reading
read_member(const struct mcr_controller *control, uint32_t id)
{
	const struct mcr_member_counts counts = mcr_counters_of_member(control->workers, id);

	return (struct reading){
		counts.tx_packets, counts.tx_bytes, generation_of_member(control->fib, id)};
}

static const struct {
	uint32_t (*next)(const struct mcr_fib *fib, uint32_t from);
	uint32_t (*generation)(const struct mcr_fib *fib, uint32_t id);
	struct reading (*read)(const struct mcr_controller *control, uint32_t id);
} kinds[MCR_RATE_KINDS] = {
	[MCR_RATE_GROUP] = {next_group, generation_of_group, read_group},
	[MCR_RATE_SENDER] = {next_member, generation_of_member, read_sender},
	[MCR_RATE_MEMBER] = {next_member, generation_of_member, read_member},
};

static bool
create_table(struct table *table, uint32_t ids)
{
	table->meters = calloc(ids, sizeof(*table->meters));
	table->steps_ms = calloc(ids / STEP + 1, sizeof(*table->steps_ms));
	table->ranks = calloc(ids, sizeof(*table->ranks));
	table->unsorted = calloc(ids, sizeof(*table->unsorted));
	table->pass = 1; /* a meter without a reading has 0 */
	return table->meters != NULL && table->steps_ms != NULL && table->ranks != NULL &&
	       table->unsorted != NULL;
}

struct mcr_rates *
mcr_rates_create(uint32_t group_ids, uint32_t max_members)
{
	struct mcr_rates *rates = calloc(1, sizeof(*rates));

	if (rates == NULL)
		return NULL;
	for (unsigned int kind = 0; kind < MCR_RATE_KINDS; kind++) {
		if (!create_table(&rates->tables[kind],
			    kind == MCR_RATE_GROUP ? group_ids : max_members)) {
			mcr_rates_free(rates);
			return NULL;
		}
	}
	return rates;
}

void
mcr_rates_free(struct mcr_rates *rates)
{
	if (rates == NULL)
		return;
	for (unsigned int kind = 0; kind < MCR_RATE_KINDS; kind++) {
		free(rates->tables[kind].meters);
		free(rates->tables[kind].steps_ms);
		free(rates->tables[kind].ranks);
		free(rates->tables[kind].unsorted);
	}
	free(rates);
}

static uint64_t
per_second(uint64_t count, uint64_t ms)
{
	RTE_ASSERT(ms != 0);
	return (count * 1000 + ms - 1) / ms;
}

/* A new entry has its first rate after a whole interval. */
static void
note_reading(struct table *table, uint32_t id, const struct reading *reading, uint64_t ms)
{
	struct meter *meter = &table->meters[id];

	if (meter->pass != table->pass - 1 || meter->generation != reading->generation) {
		*meter = (struct meter){.generation = reading->generation};
	} else {
		RTE_ASSERT(reading->packets >= meter->packets && reading->bytes >= meter->bytes);
		meter->pps = per_second(reading->packets - meter->packets, ms);
		meter->bps = per_second(8 * (reading->bytes - meter->bytes), ms);
		meter->peak_pps = RTE_MAX(meter->peak_pps, meter->pps);
	}
	meter->packets = reading->packets;
	meter->bytes = reading->bytes;
	meter->pass = table->pass;
	if (meter->peak_pps != 0)
		table->ranks[table->count++] = (struct rank){id, meter->pps};
}

/* @return The first id behind the step. */
static uint32_t
sample_step(struct mcr_controller *control, enum mcr_rate_kind kind, uint32_t id, uint32_t *reads)
{
	struct table *table = &control->rates->tables[kind];
	const uint32_t step = id / STEP, end = (step + 1) * STEP;
	const uint64_t ms = control->now_ms - table->steps_ms[step];

	for (; id < end; id = kinds[kind].next(control->fib, id + 1)) {
		const struct reading reading = kinds[kind].read(control, id);

		note_reading(table, id, &reading, ms);
		++*reads;
	}
	table->steps_ms[step] = control->now_ms;
	return end;
}

static bool
pauses_at(struct mcr_controller *control, uint32_t i)
{
	return i % STEP != 0 || mcr_background_pause(control);
}

static unsigned int
digit_of(const struct rank *rank, unsigned int shift)
{
	return ~rank->pps >> shift & (RADIX - 1);
}

/* One digit of a radix sort: unlike qsort() it pauses, and equal rates stay in the order of ids.
 * @return False: the hub ends. */
static bool
sort_by_digit(struct mcr_controller *control, struct table *table, unsigned int shift)
{
	uint32_t counts[RADIX] = {0}, places[RADIX] = {0};
	struct rank *sorted = table->unsorted;

	for (uint32_t i = 0; i < table->count; i++) {
		counts[digit_of(&table->ranks[i], shift)]++;
		if (!pauses_at(control, i))
			return false;
	}
	for (unsigned int digit = 1; digit < RADIX; digit++)
		places[digit] = places[digit - 1] + counts[digit - 1];
	for (uint32_t i = 0; i < table->count; i++) {
		sorted[places[digit_of(&table->ranks[i], shift)]++] = table->ranks[i];
		if (!pauses_at(control, i))
			return false;
	}
	table->unsorted = table->ranks;
	table->ranks = sorted;
	return true;
}

static void
sort(struct mcr_controller *control, struct table *table)
{
	for (unsigned int shift = 0; shift < 32; shift += RADIX_BITS) {
		if (!sort_by_digit(control, table, shift))
			return;
	}
}

static void
sample(struct mcr_controller *control, enum mcr_rate_kind kind)
{
	struct table *table = &control->rates->tables[kind];
	uint32_t id = 0, reads = 0;

	table->sampled_ms = control->now_ms;
	table->count = 0;
	table->pass++;
	while ((id = kinds[kind].next(control->fib, id)) != NO_ID) {
		id = sample_step(control, kind, id, &reads);
		if (!mcr_background_pause(control))
			return;
	}
	sort(control, table);
	if (table->samples++ == 0)
		table->since_ms = table->sampled_ms;
	table->due_ms =
		table->sampled_ms +
		RTE_MAX(INTERVAL_MS, (uint64_t)reads * control->workers->count / READS_PER_MS);
	/* The machine may have stood still meanwhile, and a rate needs time. */
	table->due_ms = RTE_MAX(table->due_ms, control->now_ms + INTERVAL_MS / 2);
}

/* What was read before a gap is not the last pass. */
static void
forget(struct table *table)
{
	table->pass++;
	table->samples = 0;
	table->count = 0;
	table->due_ms = 0;
	table->page_until_ms = 0;
	table->kept_until_ms = 0;
}

static bool
is_read(const struct table *table, uint64_t now_ms)
{
	return now_ms < table->page_until_ms && now_ms < table->due_ms + PAGES_MS;
}

void
mcr_rates_run(struct mcr_controller *control)
{
	for (unsigned int kind = 0; kind < MCR_RATE_KINDS; kind++) {
		struct table *table = &control->rates->tables[kind];

		if (table->kept_until_ms == 0)
			continue;
		if (control->now_ms >= table->kept_until_ms)
			forget(table);
		else if (control->now_ms >= table->due_ms && !is_read(table, control->now_ms))
			sample(control, kind);
	}
}

bool
mcr_rates_ask(struct mcr_controller *control, enum mcr_rate_kind kind)
{
	struct table *table = &control->rates->tables[kind];

	RTE_ASSERT(kind < MCR_RATE_KINDS);
	table->kept_until_ms = control->now_ms + KEEP_MS;
	return table->samples >= 2;
}

uint32_t
mcr_rates_count(const struct mcr_controller *control, enum mcr_rate_kind kind)
{
	return control->rates->tables[kind].count;
}

bool
mcr_rates_get(const struct mcr_controller *control, enum mcr_rate_kind kind, uint32_t place,
	struct mcr_rate *rate)
{
	const struct table *table = &control->rates->tables[kind];
	const uint32_t id = table->ranks[place].id;
	const struct meter *meter = &table->meters[id];

	RTE_ASSERT(place < table->count);
	*rate = (struct mcr_rate){
		.id = id, .pps = meter->pps, .peak_pps = meter->peak_pps, .bps = meter->bps};
	return kinds[kind].next(control->fib, id) == id &&
	       kinds[kind].generation(control->fib, id) == meter->generation;
}

struct mcr_rate_times
mcr_rates_times(const struct mcr_controller *control, enum mcr_rate_kind kind)
{
	const struct table *table = &control->rates->tables[kind];

	if (table->samples == 0)
		return (struct mcr_rate_times){0};
	return (struct mcr_rate_times){
		control->now_ms - table->since_ms, control->now_ms - table->sampled_ms};
}

void
mcr_rates_note_page(struct mcr_controller *control, enum mcr_rate_kind kind, bool more)
{
	control->rates->tables[kind].page_until_ms = more ? control->now_ms + PAGE_MS : 0;
}
