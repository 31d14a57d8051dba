/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reader.h"

/* The hub replaces the state file by a new file in the same folder. */
static void
check_folder(struct mcr_config_reader *reader, const char *folder)
{
	const struct mcr_config_path at = {.key = "state_file"};
	struct stat status;

	if (stat(folder, &status) != 0)
		mcr_config_add_warning(
			reader, &at, "its folder, %.200s: %s", folder, strerror(errno));
	else if (!S_ISDIR(status.st_mode))
		mcr_config_add_warning(reader, &at, "%.200s is not a folder", folder);
	else if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) != 0)
		mcr_config_add_warning(reader, &at,
			"its folder, %.200s, cannot be written to by user %u: %s", folder,
			(unsigned int)geteuid(), strerror(errno));
}

void
mcr_config_warn_state_file(struct mcr_config_reader *reader)
{
	const struct mcr_config_path at = {.key = "state_file"};
	const char *path = reader->config->state_file;
	struct stat status;
	char *copy;

	RTE_ASSERT(reader->error_count == 0);
	if (path == NULL)
		return;
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
		mcr_config_add_warning(reader, &at, "%.200s is not a file", path);
		return;
	}
	copy = strdup(path);
	if (copy != NULL)
		check_folder(reader, dirname(copy));
	free(copy);
}
