/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Group records (RFC 9776 4.2.4) and multicast address records (RFC 9777 5.2.4). */

#ifndef MCR_IGMP_RECORD_H
#define MCR_IGMP_RECORD_H

#include <mcr_encap.h>

#include "mcr_igmp.h"

/* Of a report, before its records; of a record, before its group. */
#define IGMP_REPORT_HEADER_LEN 8
#define IGMP_RECORD_HEADER_LEN 4

/* Whether so many records lie inside the bytes; what is behind the last is ignored. */
bool
igmp_records_fit(const uint8_t *records, uint32_t len, uint16_t count, uint8_t address_len);

/* Read the record at *records without its group, and advance. Return the bytes of the group. */
const uint8_t *
igmp_read_record(const uint8_t **records, uint8_t address_len, struct mcr_igmp_record *record);

#endif
