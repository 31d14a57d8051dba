/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Requests to etcd by HTTP, and what comes of them told to the agent. Logs in where there are
 * credentials, and again when a token ends.
 */

#ifndef MCR_DOMAIN_ETCD_H
#define MCR_DOMAIN_ETCD_H

#include <curl/curl.h>

#include <mcr_config.h>
#include <mcr_domain.h>

struct mcr_etcd;

/** Both must outlive it. @return NULL: no memory. */
struct mcr_etcd *
mcr_etcd_create(const struct mcr_config_domain *config, struct mcr_domain *domain);

/** NULL is allowed. */
void
mcr_etcd_free(struct mcr_etcd *etcd);

/** Drop all requests and use this endpoint from now on. */
void
mcr_etcd_connect(struct mcr_etcd *etcd, uint32_t endpoint);

/** The answer, or the failure, is told to the agent from mcr_etcd_poll(). */
void
mcr_etcd_send(struct mcr_etcd *etcd, const struct mcr_domain_request *request);

/** Move on what can move, without waiting. */
void
mcr_etcd_poll(struct mcr_etcd *etcd, uint64_t now);

/** Wait for etcd, for one of these or for a time. */
void
mcr_etcd_wait(struct mcr_etcd *etcd, struct curl_waitfd *others, unsigned int count, int ms);

#endif
