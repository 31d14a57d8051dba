/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>

#include <rte_common.h>

#include "domain/request_time.h"

static void
set_wait(struct mcr_request_time *time, long ms)
{
	ms = RTE_MAX(ms, MCR_REQUEST_TIME_MIN_MS);
	time->wait_ms = RTE_MIN(ms, MCR_REQUEST_TIME_MAX_MS);
}

long
mcr_request_time_wait_ms(const struct mcr_request_time *time)
{
	return RTE_MAX(time->wait_ms, MCR_REQUEST_TIME_MIN_MS);
}

/* RFC 6298, 2.2 and 2.3. */
void
mcr_request_time_answered(struct mcr_request_time *time, long ms)
{
	if (time->wait_ms == 0) {
		time->smoothed_ms = ms;
		time->variation_ms = ms / 2;
	} else {
		time->variation_ms = (3 * time->variation_ms + labs(time->smoothed_ms - ms)) / 4;
		time->smoothed_ms = (7 * time->smoothed_ms + ms) / 8;
	}
	set_wait(time, time->smoothed_ms + 4 * time->variation_ms);
}

/* RFC 6298, 5.5. */
void
mcr_request_time_expired(struct mcr_request_time *time)
{
	set_wait(time, 2 * mcr_request_time_wait_ms(time));
}
