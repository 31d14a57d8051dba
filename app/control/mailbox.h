/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Other threads' requests, carried out by the control lcore, the only writer. */

#ifndef MCR_CONTROL_MAILBOX_H
#define MCR_CONTROL_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

/** Runs on the control lcore. @return False: not finished; call it again in the next turn. */
typedef bool (*mcr_mailbox_call)(void *arg);

struct mcr_mailbox;

/** @return NULL with rte_errno. */
struct mcr_mailbox *
mcr_mailbox_create(void);

/** Free a closed mailbox without requests, or NULL. */
void
mcr_mailbox_free(struct mcr_mailbox *mailbox);

/**
 * Have a call carried out on the control lcore and wait for its end. Any thread but the control
 * lcore.
 * @param arg For the call. Unused after this function returns.
 * @return 0; -ETIMEDOUT: not started within two seconds, and never will be; -ESHUTDOWN: the
 * program ends, maybe between two calls.
 */
int
mcr_mailbox_request(struct mcr_mailbox *mailbox, mcr_mailbox_call call, void *arg);

/** Control lcore: how many requests wait, unfinished ones included. */
unsigned int
mcr_mailbox_waiting(const struct mcr_mailbox *mailbox);

/** How many requests were refused or given up. */
uint64_t
mcr_mailbox_refused(const struct mcr_mailbox *mailbox);

/** Control lcore: carry out, or go on with, the request that waits longest. If it does not finish,
 * the others come before its next call. @return 1 if it finished, else 0. */
unsigned int
mcr_mailbox_serve_one(struct mcr_mailbox *mailbox);

/** Control lcore: refuse waiting, unfinished and later requests. */
void
mcr_mailbox_close(struct mcr_mailbox *mailbox);

#endif
