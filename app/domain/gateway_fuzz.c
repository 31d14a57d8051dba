/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Whatever etcd, or whoever pretends to be etcd, answers is read without harm. */

#include <string.h>

#include "../../lib/fuzz.h"
#include "domain/gateway.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mcr_gateway_answer answer;

	for (int watched = 0; watched < 2; watched++) {
		mcr_gateway_read((const char *)data, size, watched, &answer);
		for (uint32_t i = 0; i < answer.count; i++)
			require(strlen(answer.kvs[i].key) <= size);
		mcr_gateway_release(&answer);
	}
	return 0;
}
