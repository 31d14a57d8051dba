/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#ifndef MCR_IMMINTRIN_H
#define MCR_IMMINTRIN_H

/**
 * @file
 * Found before the compiler's header of this name, which rte_vect.h includes: more than 60,000
 * lines, most for AVX-512, took gcc 0.9 of the 1.1 s of a usual file. Without AVX, DPDK's headers
 * use nothing beyond SSE 4.2, the time stamp counter and transactions.
 */

#ifdef __AVX__
#include_next <immintrin.h>
#else
#include <nmmintrin.h>
#include <x86gprintrin.h>
#endif

#endif
