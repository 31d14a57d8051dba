/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stddef.h>

#include "mcr_igmp.h"

#define X_NAME(id, name) name,

static const char *const message_names[] = {MCR_IGMP_MESSAGES(X_NAME)};
static const char *const query_names[] = {MCR_IGMP_QUERIES(X_NAME)};
static const char *const record_names[] = {"none", MCR_IGMP_RECORDS(X_NAME)};
static const char *const rejection_names[] = {"accepted", MCR_IGMP_REJECTIONS(X_NAME)};

const char *
mcr_igmp_message_name(enum mcr_igmp_message_type type)
{
	return (unsigned int)type < MCR_IGMP_MESSAGE_TYPES ? message_names[type] : NULL;
}

const char *
mcr_mld_message_name(enum mcr_igmp_message_type type)
{
	static const char *const names[MCR_IGMP_MESSAGE_TYPES] = {
		[MCR_IGMP_V2_REPORT] = "v1_report",
		[MCR_IGMP_V2_LEAVE] = "v1_done",
		[MCR_IGMP_V3_REPORT] = "v2_report",
		[MCR_IGMP_V2_QUERY] = "v1_query",
		[MCR_IGMP_V3_QUERY] = "v2_query",
	};

	return (unsigned int)type < MCR_IGMP_MESSAGE_TYPES ? names[type] : NULL;
}

const char *
mcr_igmp_query_name(enum mcr_igmp_query_kind kind)
{
	return (unsigned int)kind < MCR_IGMP_QUERY_KINDS ? query_names[kind] : NULL;
}

const char *
mcr_igmp_record_name(enum mcr_igmp_record_type type)
{
	return (unsigned int)type < MCR_IGMP_RECORD_TYPES ? record_names[type] : NULL;
}

const char *
mcr_igmp_rejection_name(enum mcr_igmp_rejection rejection)
{
	return (unsigned int)rejection < MCR_IGMP_REJECTION_COUNT ? rejection_names[rejection]
	                                                          : NULL;
}
