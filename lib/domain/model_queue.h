/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Events in virtual time: a binary heap. Those of one time keep their order. */

#ifndef MCR_DOMAIN_MODEL_QUEUE_H
#define MCR_DOMAIN_MODEL_QUEUE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct model_event {
	uint64_t time;
	uint64_t order; /* set by model_push() */
	uint32_t type;
	uint32_t who;
	uint32_t life;    /* of the agent; another: the event is void */
	uint32_t session; /* with etcd, or with the hub */
	void *data;
};

struct model_queue {
	struct model_event *at;
	uint32_t count;
	uint32_t room;
	uint64_t order;
};

static bool
model_is_before(const struct model_event *a, const struct model_event *b)
{
	return a->time < b->time || (a->time == b->time && a->order < b->order);
}

static void
model_push(struct model_queue *queue, struct model_event event)
{
	uint32_t at = queue->count++;

	event.order = queue->order++;
	if (queue->count > queue->room) {
		queue->room = queue->room == 0 ? 1024 : 2 * queue->room;
		queue->at = reallocarray(queue->at, queue->room, sizeof(*queue->at));
	}
	for (; at > 0 && model_is_before(&event, &queue->at[(at - 1) / 2]); at = (at - 1) / 2)
		queue->at[at] = queue->at[(at - 1) / 2];
	queue->at[at] = event;
}

static struct model_event
model_pop(struct model_queue *queue)
{
	const struct model_event first = queue->at[0], last = queue->at[--queue->count];
	uint32_t at = 0, child;

	for (; (child = 2 * at + 1) < queue->count; at = child) {
		if (child + 1 < queue->count &&
			model_is_before(&queue->at[child + 1], &queue->at[child]))
			child++;
		if (!model_is_before(&queue->at[child], &last))
			break;
		queue->at[at] = queue->at[child];
	}
	queue->at[at] = last;
	return first;
}

#endif
