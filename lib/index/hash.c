/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <sys/random.h>

#include "mcr_hash.h"

/* Digits of pi. */
struct mcr_hash_secret mcr_hash_secret = {
	UINT64_C(0x243f6a8885a308d3),
	UINT64_C(0x13198a2e03707345),
};

int
mcr_hash_choose_secret(void)
{
	uint64_t words[2];

	if (getrandom(words, sizeof(words), 0) != sizeof(words))
		return errno == 0 ? -EIO : -errno;
	mcr_hash_secret.first = words[0];
	/* Odd: for keys of one kind, different first words have different products. */
	mcr_hash_secret.second = words[1] | 1;
	return 0;
}
