/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Requests of other threads that the control lcore, the only writer, carries out.
 */

#ifndef MCR_CONTROL_MAILBOX_H
#define MCR_CONTROL_MAILBOX_H

/** What a request does, on the control lcore. */
typedef void (*mcr_mailbox_call)(void *arg);

struct mcr_mailbox;

/** @return NULL with rte_errno. */
struct mcr_mailbox *
mcr_mailbox_create(void);

/** It is closed, and no thread has a request in it any more. NULL is allowed. */
void
mcr_mailbox_free(struct mcr_mailbox *mailbox);

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
