/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Requests of other threads that the control lcore carries out: it is the only writer of
 * everything, so nobody else needs to look at what changes.
 */

#ifndef MCR_CONTROL_MAILBOX_H
#define MCR_CONTROL_MAILBOX_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/queue.h>

/** What a request does, on the control lcore. */
typedef void (*mcr_mailbox_call)(void *arg);

struct mcr_mailbox_request;

struct mcr_mailbox {
	pthread_mutex_t lock;
	pthread_cond_t done;
	STAILQ_HEAD(, mcr_mailbox_request) requests;
	bool waiting; /**< there may be a request; lets the control lcore look without the lock */
	bool closed;
};

int
mcr_mailbox_init(struct mcr_mailbox *mailbox);

/**
 * Have a call carried out on the control lcore and wait for its end.
 *
 * @param arg
 *   For the call. Not used any more when this returns, whatever it returns.
 * @return
 *   0; -ETIMEDOUT when the control lcore did not start it within two seconds: it will not be
 * carried out; -ESHUTDOWN when the program ends.
 *
 * Any thread but the control lcore.
 */
int
mcr_mailbox_request(struct mcr_mailbox *mailbox, mcr_mailbox_call call, void *arg);

/** Control lcore: carry out what waits. @return How many requests there were. */
unsigned int
mcr_mailbox_serve(struct mcr_mailbox *mailbox);

/** Refuse what waits and what still comes. */
void
mcr_mailbox_close(struct mcr_mailbox *mailbox);

#endif
