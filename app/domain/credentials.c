/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "domain/credentials.h"

const char *
mcr_credentials_read(const char *path, char text[MCR_CREDENTIALS_MAX], char **password)
{
	FILE *file = fopen(path, "re");
	bool is_read;

	if (file == NULL)
		return strerror(errno);
	/* The password is in one place only, which is wiped. */
	setvbuf(file, NULL, _IONBF, 0);
	is_read = fgets(text, MCR_CREDENTIALS_MAX, file) != NULL;
	fclose(file);
	if (is_read && strlen(text) == MCR_CREDENTIALS_MAX - 1)
		return "its line is too long";
	if (is_read)
		text[strcspn(text, "\r\n")] = '\0';
	*password = is_read ? strchr(text, ':') : NULL;
	if (*password == NULL || *password == text)
		return "it has no line USER:PASSWORD";
	*(*password)++ = '\0';
	return NULL;
}
