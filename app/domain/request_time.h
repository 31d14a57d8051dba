/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * How long an answer of etcd is waited for: as TCP waits for an acknowledgement, by what answers
 * took lately (RFC 6298). After the end of their leader, etcd's nodes pass requests on to it for a
 * second or two, and those are never answered: to wait for them is time lost. A busy etcd answers
 * late, and requests that are repeated too early would keep it busy.
 */

#ifndef MCR_DOMAIN_REQUEST_TIME_H
#define MCR_DOMAIN_REQUEST_TIME_H

/** An etcd that takes longer than this would lose its leader, by its own default. */
#define MCR_REQUEST_TIME_MIN_MS 1000L
#define MCR_REQUEST_TIME_MAX_MS 10000L

/** All zero: nothing is known. */
struct mcr_request_time {
	long smoothed_ms;
	long variation_ms;
	long wait_ms; /**< 0: MCR_REQUEST_TIME_MIN_MS */
};

long
mcr_request_time_wait_ms(const struct mcr_request_time *time);

/** @param ms What the answer took. */
void
mcr_request_time_answered(struct mcr_request_time *time, long ms);

/** No answer came within the time. */
void
mcr_request_time_expired(struct mcr_request_time *time);

#endif
