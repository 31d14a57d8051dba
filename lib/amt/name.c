/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "mcr_amt.h"

#define NAME(id, name) name,

const char *
mcr_amt_message_name(enum mcr_amt_message_type type)
{
	static const char *const names[] = {MCR_AMT_MESSAGES(NAME)};

	RTE_ASSERT(type < MCR_AMT_MESSAGE_TYPES);
	return names[type];
}

const char *
mcr_amt_answer_name(enum mcr_amt_answer_type type)
{
	static const char *const names[] = {MCR_AMT_ANSWERS(NAME)};

	RTE_ASSERT(type < MCR_AMT_ANSWER_TYPES);
	return names[type];
}

const char *
mcr_amt_rejection_name(enum mcr_amt_rejection rejection)
{
	static const char *const names[] = {"accepted", MCR_AMT_REJECTIONS(NAME)};

	RTE_ASSERT(rejection < MCR_AMT_REJECTION_COUNT);
	return names[rejection];
}
