/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "protocol.h"
#include "record.h"

static uint32_t
record_len(const uint8_t *record, uint8_t address_len)
{
	const uint32_t addresses = 1u + mcr_read_be16(record + 2);

	return IGMP_RECORD_HEADER_LEN + address_len * addresses + 4u * record[1];
}

bool
igmp_records_fit(const uint8_t *records, uint32_t len, uint16_t count, uint8_t address_len)
{
	for (uint16_t i = 0; i < count; i++) {
		if (len < IGMP_RECORD_HEADER_LEN || record_len(records, address_len) > len)
			return false;
		len -= record_len(records, address_len);
		records += record_len(records, address_len);
	}
	return true;
}

const uint8_t *
igmp_read_record(const uint8_t **records, uint8_t address_len, struct mcr_igmp_record *record)
{
	const uint8_t *bytes = *records, *group = bytes + IGMP_RECORD_HEADER_LEN;

	*record = (struct mcr_igmp_record){
		.type = bytes[0],
		.source_count = mcr_read_be16(bytes + 2),
		.sources = group + address_len,
	};
	*records += record_len(bytes, address_len);
	return group;
}

void
mcr_igmp_read_record(const uint8_t **records, struct mcr_igmp_record *record)
{
	const uint8_t *group = igmp_read_record(records, sizeof(record->group), record);

	record->group = mcr_read_be32(group);
}

uint32_t
mcr_igmp_read_source(const uint8_t *sources, uint16_t i)
{
	return mcr_read_be32(sources + 4u * i);
}

bool
mcr_igmp_record_joins(const struct mcr_igmp_record *record)
{
	if (record->type == MCR_IGMP_IS_EX || record->type == MCR_IGMP_TO_EX)
		return true;
	return record->type != MCR_IGMP_BLOCK && record->source_count > 0;
}

/* Kernels report solicited-node groups whether programs join or not. */
static bool
is_learned(const struct mcr_igmp_message *message, const uint8_t *group)
{
	const struct igmp_protocol *protocol =
		message->address_len == mld_protocol.address_len ? &mld_protocol : &igmp_protocol;

	return protocol->check_group(group) == MCR_IGMP_ACCEPTED;
}

bool
mcr_igmp_joins(const struct mcr_igmp_message *message)
{
	const uint8_t *records = message->body, *group;
	struct mcr_igmp_record record;

	if (message->type != MCR_IGMP_V3_REPORT)
		return message->type == MCR_IGMP_V1_REPORT || message->type == MCR_IGMP_V2_REPORT;
	RTE_ASSERT(message->address_len != 0);
	for (uint16_t i = 0; i < message->count; i++) {
		group = igmp_read_record(&records, message->address_len, &record);
		if (mcr_igmp_record_joins(&record) && is_learned(message, group))
			return true;
	}
	return false;
}
