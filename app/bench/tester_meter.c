/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "tester.h"

/* Members' MACs continue with the index of the receiver. */
static const uint8_t member_mac[] = {2, 0, 0, 1};

static void *
allocate(uint64_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (memory == NULL)
		err(1, "memory for %zu bytes", (size_t)count * size);
	return memory;
}

void
tester_meter_start(struct tester_meter *meter, const struct tester_plan *plan)
{
	const uint64_t flows = (uint64_t)plan->groups * (plan->receivers + plan->joiners);

	*meter = (struct tester_meter){
		.plan = plan,
		.next = allocate(flows, sizeof(*meter->next)),
		.first = allocate(plan->groups, sizeof(*meter->first)),
		.last = allocate(plan->groups, sizeof(*meter->last)),
	};
}

void
tester_meter_stop(struct tester_meter *meter)
{
	free(meter->next);
	free(meter->first);
	free(meter->last);
}

void
tester_meter_expect_news(struct tester_meter *meter)
{
	memset(meter->first, 0, meter->plan->groups * sizeof(*meter->first));
	memset(meter->last, 0, meter->plan->groups * sizeof(*meter->last));
	meter->first_count = 0;
}

static void
take_of_joiner(struct tester_meter *meter, const struct tester_mark *mark, uint64_t now)
{
	meter->joined++;
	meter->last[mark->group] = now;
	if (meter->first[mark->group] != 0)
		return;
	meter->first[mark->group] = now;
	meter->first_count++;
}

static void
take_copy(
	struct tester_meter *meter, const struct tester_mark *mark, uint32_t receiver, uint64_t now)
{
	const struct tester_plan *plan = meter->plan;
	const bool is_joiner = receiver >= plan->receivers;
	uint32_t *next =
		&meter->next[(uint64_t)mark->group * (plan->receivers + plan->joiners) + receiver];

	if (is_joiner && meter->first[mark->group] == 0)
		*next = mark->number;
	meter->misordered += mark->number != *next;
	*next = mark->number + 1;
	if (is_joiner) {
		take_of_joiner(meter, mark, now);
		return;
	}
	meter->copies++;
	mcr_latency_record(&meter->latency, now - mark->time);
}

void
tester_meter_take(struct tester_meter *meter, const uint8_t *frame, uint32_t length, uint64_t now)
{
	const struct tester_plan *plan = meter->plan;
	const uint32_t receiver = frame[4] << 8 | frame[5];
	struct tester_mark mark;

	memcpy(&mark, frame + plan->copy_inner + TESTER_MARK, sizeof(mark));
	if (length != plan->copy_length || memcmp(frame, member_mac, sizeof(member_mac)) != 0 ||
		receiver >= plan->receivers + plan->joiners || mark.group >= plan->groups)
		meter->others++;
	else
		take_copy(meter, &mark, receiver, now);
}
