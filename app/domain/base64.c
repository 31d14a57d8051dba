/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "domain/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *
mcr_base64_encode(const char *text)
{
	const size_t len = strlen(text);
	char *out = malloc((len + 2) / 3 * 4 + 1), *at = out;

	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < len; i += 3) {
		const size_t left = len - i;
		const uint32_t bits = (uint32_t)(unsigned char)text[i] << 16 |
		                      (left > 1 ? (uint32_t)(unsigned char)text[i + 1] << 8 : 0) |
		                      (left > 2 ? (uint32_t)(unsigned char)text[i + 2] : 0);

		*at++ = digits[bits >> 18];
		*at++ = digits[bits >> 12 & 63];
		*at++ = left > 1 ? digits[bits >> 6 & 63] : '=';
		*at++ = left > 2 ? digits[bits & 63] : '=';
	}
	*at = '\0';
	return out;
}

static int
value_of(char digit)
{
	const char *place = digit == '\0' ? NULL : strchr(digits, digit);

	return place == NULL ? -1 : (int)(place - digits);
}

char *
mcr_base64_decode(const char *text)
{
	const size_t len = strcspn(text, "=");
	char *out = malloc(len / 4 * 3 + 4), *at = out;
	uint32_t bits = 0;

	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		const int value = value_of(text[i]);

		if (value < 0) {
			free(out);
			return NULL;
		}
		bits = bits << 6 | (uint32_t)value;
		if (i % 4 != 0)
			*at++ = (char)(bits >> (6 - 2 * (i % 4)) & 0xff);
	}
	*at = '\0';
	return out;
}
