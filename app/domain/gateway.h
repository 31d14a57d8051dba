/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The texts of etcd's v3 JSON gateway: bodies of requests, and what the answers say. Keys and
 * values are base64, 64-bit numbers may be strings, and what is zero is left out.
 */

#ifndef MCR_DOMAIN_GATEWAY_H
#define MCR_DOMAIN_GATEWAY_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include <mcr_domain.h>

/** @param[out] path Static. @return The body, freed by the caller. NULL: no memory. */
char *
mcr_gateway_write(const struct mcr_domain_request *request, const char **path);

/** The body of a request for a token, freed by the caller. NULL: they are not UTF-8. */
char *
mcr_gateway_write_login(const char *user, const char *password);

enum mcr_gateway_fault {
	MCR_GATEWAY_NONE,
	MCR_GATEWAY_TOKEN, /**< it is not valid any more: log in again */
	MCR_GATEWAY_OTHER,
};

/** What one text says. */
struct mcr_gateway_answer {
	enum mcr_gateway_fault fault;
	char message[256]; /**< of the fault */
	struct mcr_domain_reply reply;
	struct mcr_domain_kv *kvs; /**< those of `reply`, or events of a watch */
	uint32_t count;
	bool has_succeeded; /**< a transaction: its guards held */
	bool is_canceled;   /**< the watch has ended */
	bool is_compacted;  /**< because its revision is gone */
	char *token;        /**< of a login */
	json_t *root;
	char **texts; /**< decoded; owns what kvs point to */
	uint32_t text_count;
};

/** @param watched An answer of a watch. The caller calls mcr_gateway_release(). */
void
mcr_gateway_read(const char *text, size_t len, bool watched, struct mcr_gateway_answer *answer);

void
mcr_gateway_release(struct mcr_gateway_answer *answer);

#endif
