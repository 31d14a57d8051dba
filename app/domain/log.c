/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "domain/log.h"

/* systemd.exec(5): the device and inode of what the journal reads. */
static bool
is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long device, inode;
	struct stat status;

	return stream != NULL && sscanf(stream, "%lu:%lu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &status) == 0 && status.st_dev == device &&
	       status.st_ino == inode;
}

void
mcr_agent_log(enum mcr_domain_level level, const char *format, ...)
{
	/* In the order of the levels; those of syslog(3) for the journal. */
	static const char *const words[] = {"error: ", "warning: ", ""};
	static const char *const numbers[] = {"<3>", "<4>", "<5>"};
	const bool to_journal = is_journal();
	char line[1024];
	va_list args;

	va_start(args, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): what va_start() began */
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	dprintf(STDERR_FILENO, "%smcdpdk-domain: %s%s\n", to_journal ? numbers[level] : "",
		to_journal ? "" : words[level], line);
}
