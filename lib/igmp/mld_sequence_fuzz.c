/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* libFuzzer: sequences of MLD against the model of the RFC. */

#define FAMILY_IPV6

#include "igmp_sequence.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	run_sequence(data, size);
	return 0;
}
