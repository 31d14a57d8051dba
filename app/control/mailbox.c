/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/queue.h>

#include <rte_debug.h>
#include <rte_errno.h>

#include "control/mailbox.h"
#include "infra/deadline.h"

/* Requests wait for a reload, and the largest takes seconds beside a flood. */
#define TIMEOUT_MS 10000

enum state {
	WAITING,
	RUNNING,
	DONE,
	REFUSED,
};

struct mcr_mailbox_request {
	STAILQ_ENTRY(mcr_mailbox_request) next;
	mcr_mailbox_call call;
	void *arg;
	enum state state; /* RUNNING and in the list: to be called again */
};

struct mcr_mailbox {
	pthread_mutex_t lock;
	pthread_cond_t done;
	STAILQ_HEAD(, mcr_mailbox_request) requests;
	unsigned int waiting; /* atomic: length of the list; spares the control lcore the lock */
	uint64_t refused;     /* atomic */
	bool closed;
};

struct mcr_mailbox *
mcr_mailbox_create(void)
{
	struct mcr_mailbox *mailbox = calloc(1, sizeof(*mailbox));
	pthread_condattr_t attributes;

	if (mailbox == NULL || pthread_condattr_init(&attributes) != 0) {
		free(mailbox);
		rte_errno = ENOMEM;
		return NULL;
	}
	STAILQ_INIT(&mailbox->requests);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_mutex_init(&mailbox->lock, NULL);
	pthread_cond_init(&mailbox->done, &attributes);
	pthread_condattr_destroy(&attributes);
	return mailbox;
}

void
mcr_mailbox_free(struct mcr_mailbox *mailbox)
{
	if (mailbox == NULL)
		return;
	RTE_ASSERT(STAILQ_EMPTY(&mailbox->requests));
	free(mailbox);
}

/* A running request has no timeout, since its argument is in use. The caller holds the lock. */
static int
await(struct mcr_mailbox *mailbox, const struct mcr_mailbox_request *request)
{
	const struct timespec until = mcr_deadline_in_ms(TIMEOUT_MS);

	while (request->state == WAITING) {
		if (pthread_cond_timedwait(&mailbox->done, &mailbox->lock, &until) == ETIMEDOUT)
			break;
	}
	while (request->state == RUNNING)
		pthread_cond_wait(&mailbox->done, &mailbox->lock);
	switch (request->state) {
	case DONE:
		return 0;
	case REFUSED:
		return -ESHUTDOWN;
	default:
		return -ETIMEDOUT;
	}
}

static void
append(struct mcr_mailbox *mailbox, struct mcr_mailbox_request *request)
{
	STAILQ_INSERT_TAIL(&mailbox->requests, request, next);
	__atomic_store_n(&mailbox->waiting, mailbox->waiting + 1, __ATOMIC_RELEASE);
}

static void
withdraw(struct mcr_mailbox *mailbox, struct mcr_mailbox_request *request)
{
	RTE_ASSERT(mailbox->waiting != 0);
	STAILQ_REMOVE(&mailbox->requests, request, mcr_mailbox_request, next);
	__atomic_store_n(&mailbox->waiting, mailbox->waiting - 1, __ATOMIC_RELAXED);
}

int
mcr_mailbox_request(struct mcr_mailbox *mailbox, mcr_mailbox_call call, void *arg)
{
	struct mcr_mailbox_request request = {.call = call, .arg = arg, .state = WAITING};
	int ret = -ESHUTDOWN;

	RTE_ASSERT(call != NULL);
	pthread_mutex_lock(&mailbox->lock);
	if (!mailbox->closed) {
		append(mailbox, &request);
		ret = await(mailbox, &request);
		if (ret == -ETIMEDOUT)
			withdraw(mailbox, &request);
	}
	if (ret != 0)
		__atomic_fetch_add(&mailbox->refused, 1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&mailbox->lock);
	return ret;
}

static struct mcr_mailbox_request *
take_first(struct mcr_mailbox *mailbox)
{
	struct mcr_mailbox_request *request = STAILQ_FIRST(&mailbox->requests);

	if (request != NULL)
		withdraw(mailbox, request);
	return request;
}

/* The caller holds the lock, which is not held during the call. */
static bool
carry_out(struct mcr_mailbox *mailbox, struct mcr_mailbox_request *request)
{
	bool is_done;

	request->state = RUNNING;
	pthread_mutex_unlock(&mailbox->lock);
	is_done = request->call(request->arg);
	pthread_mutex_lock(&mailbox->lock);
	if (is_done) {
		request->state = DONE;
		pthread_cond_broadcast(&mailbox->done);
	}
	return is_done;
}

unsigned int
mcr_mailbox_waiting(const struct mcr_mailbox *mailbox)
{
	return __atomic_load_n(&mailbox->waiting, __ATOMIC_ACQUIRE);
}

uint64_t
mcr_mailbox_refused(const struct mcr_mailbox *mailbox)
{
	return __atomic_load_n(&mailbox->refused, __ATOMIC_RELAXED);
}

unsigned int
mcr_mailbox_serve_one(struct mcr_mailbox *mailbox)
{
	struct mcr_mailbox_request *request;
	unsigned int served = 0;

	pthread_mutex_lock(&mailbox->lock);
	request = take_first(mailbox);
	if (request != NULL && carry_out(mailbox, request))
		served = 1;
	else if (request != NULL)
		append(mailbox, request);
	pthread_mutex_unlock(&mailbox->lock);
	return served;
}

void
mcr_mailbox_close(struct mcr_mailbox *mailbox)
{
	struct mcr_mailbox_request *request;

	pthread_mutex_lock(&mailbox->lock);
	mailbox->closed = true;
	while ((request = take_first(mailbox)) != NULL)
		request->state = REFUSED;
	pthread_cond_broadcast(&mailbox->done);
	pthread_mutex_unlock(&mailbox->lock);
}
