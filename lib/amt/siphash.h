/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* SipHash-2-4 (Aumasson and Bernstein: "SipHash: a fast short-input PRF", 2012). */

#ifndef AMT_SIPHASH_H
#define AMT_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#define SIPHASH_KEY_LEN 16

uint64_t
siphash(const uint8_t key[SIPHASH_KEY_LEN], const uint8_t *data, size_t len);

#endif
