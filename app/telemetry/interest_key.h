/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file How the keys of interest are written, as the agent has them in etcd: mcdpdk-domain(8). */

#ifndef MCR_TELEMETRY_INTEREST_KEY_H
#define MCR_TELEMETRY_INTEREST_KEY_H

#include <stdbool.h>

#include "control/interest.h"
#include "telemetry/group_key.h"

/** A sign, a key, and the terminating zero. */
#define MCR_INTEREST_TEXT_SIZE (MCR_GROUP_TEXT_SIZE + 1)

/** Write the sign and the key: "+239.1.1.1". */
void
mcr_telemetry_format_interest(
	const struct mcr_interest_change *change, char text[MCR_INTEREST_TEXT_SIZE]);

/** Read them. @param[out] key Unless it is something else, the caller gives it back to
 * mcr_telemetry_drop_interest(). @return false: it is something else. */
bool
mcr_telemetry_parse_interest(
	const char *text, struct mcr_interest_key *key, enum mcr_interest *interest);

/** Drop the numbers of a key that mcr_telemetry_parse_interest() has read. */
void
mcr_telemetry_drop_interest(const struct mcr_interest_key *key);

#endif
