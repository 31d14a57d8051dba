/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file How groups are written in parameters and answers: "G", "G/LENGTH" or "G,S". */

#ifndef MCR_TELEMETRY_GROUP_KEY_H
#define MCR_TELEMETRY_GROUP_KEY_H

#include <stdbool.h>

#include <mcr_address.h>
#include <mcr_group.h>

#define MCR_GROUP_TEXT_SIZE (2 * MCR_ADDRESS_TEXT)

/**
 * Read a group of either family, IPv6 not only in the form of RFC 5952.
 * @param[out] key If it is one, the caller gives it back to mcr_telemetry_drop_group().
 */
bool
mcr_telemetry_parse_group(const char *text, struct mcr_group_key *key);

/** Drop the numbers of a key that mcr_telemetry_parse_group() has read. */
void
mcr_telemetry_drop_group(const struct mcr_group_key *key);

/** Whether it is no prefix. */
bool
mcr_telemetry_is_host_group(const struct mcr_group_key *key);

/** Why no member or peer receives the group. @return NULL: one may; else words that follow it. */
const char *
mcr_telemetry_refuse_group(const struct mcr_group_key *key);

/** IPv6 in the form of RFC 5952. */
void
mcr_telemetry_format_group(const struct mcr_group_key *key, char text[MCR_GROUP_TEXT_SIZE]);

#endif
