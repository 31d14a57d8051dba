/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The one connection to the hub's telemetry socket: a greeting, then an answer to each request. It
 * connects again when the hub was away.
 */

#ifndef MCR_DOMAIN_SOCKET_H
#define MCR_DOMAIN_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

#include <mcr_domain.h>

struct mcr_socket;

/** Whether a path is short enough for the address of a socket. */
bool
mcr_socket_takes(const char *path);

/** Both must outlive it. @param path One that mcr_socket_takes(). @return NULL: no memory. */
struct mcr_socket *
mcr_socket_create(const char *path, struct mcr_domain *domain);

/** NULL is allowed. */
void
mcr_socket_free(struct mcr_socket *client);

void
mcr_socket_ask(struct mcr_socket *client, uint64_t now, const char *text);

/** Connect, read what has come; the agent is told. */
void
mcr_socket_poll(struct mcr_socket *client, uint64_t now);

/** -1: not connected. */
int
mcr_socket_fd(const struct mcr_socket *client);

/** When mcr_socket_poll() has something to do without any input. */
uint64_t
mcr_socket_wake(const struct mcr_socket *client);

#endif
