/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Base64 of RFC 4648, section 4. */

#ifndef MCR_DOMAIN_BASE64_H
#define MCR_DOMAIN_BASE64_H

/** @return Freed by the caller. NULL: no memory. */
char *
mcr_base64_encode(const char *text);

/** @return A string, freed by the caller. NULL: no memory, or not base64. */
char *
mcr_base64_decode(const char *text);

#endif
