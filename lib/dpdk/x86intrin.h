/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#ifndef MCR_X86INTRIN_H
#define MCR_X86INTRIN_H

/**
 * @file
 * The name by which rte_vect.h includes immintrin.h, which see, with gcc.
 */

#ifdef __AVX__
#include_next <x86intrin.h>
#else
#include <immintrin.h>
#endif

#endif
