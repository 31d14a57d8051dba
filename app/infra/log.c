/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

#include <rte_errno.h>

#include "infra/log.h"
#include "infra/log_queue.h"

/* The longest line that is written whole; it may contain configured names. */
#define LINE_MAX_LEN 16384
#define KEPT 3
#define KEPT_LEN 256

int mcr_logtype;

static bool to_syslog;
static bool to_journal;
/* Written by one thread at a time: fflush() locks the stream. */
static char kept[KEPT][KEPT_LEN];
static unsigned int kept_count;

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

static const char *
level_word(uint32_t level)
{
	if (level <= RTE_LOG_ERR)
		return "error: ";
	return level == RTE_LOG_WARNING ? "warning: " : "";
}

static struct iovec
part_of(const char *text, size_t len)
{
	return (struct iovec){.iov_base = (void *)(uintptr_t)text, .iov_len = len};
}

/* The level follows the first word, which names the program. Not by stdio: exit() flushes what
 * another thread could not write, and would wait for the reader. */
static void
print_line(uint32_t level, const char *line, int len)
{
	const char *colon = memmem(line, len, ": ", 2);
	const int head = colon == NULL || to_journal ? 0 : (int)(colon + 2 - line);
	char number[8];
	const char *word = to_journal ? number : level_word(level);
	struct iovec parts[4];

	if (to_syslog) {
		syslog((int)level - 1, "%.*s", len, line);
		return;
	}
	snprintf(number, sizeof(number), "<%u>", level - 1);
	parts[0] = part_of(line, head);
	parts[1] = part_of(word, strlen(word));
	parts[2] = part_of(line + head, len - head);
	parts[3] = part_of("\n", 1);
	/* There is nowhere to report a failure. */
	RTE_SET_USED(writev(STDERR_FILENO, parts, RTE_DIM(parts)) < 0);
}

static void
keep_error(const char *line, int len)
{
	const char *colon = memmem(line, len, ": ", 2);
	const int head = colon == NULL ? 0 : (int)(colon + 2 - line);

	snprintf(kept[kept_count++ % KEPT], KEPT_LEN, "%.*s", len - head, line + head);
}

static ssize_t
write_lines(void *cookie, const char *text, size_t size)
{
	const int level = rte_log_cur_msg_loglevel();
	const uint32_t known = level < 1 ? RTE_LOG_INFO : (uint32_t)level;

	RTE_SET_USED(cookie);
	for (size_t at = 0; at < size;) {
		const char *end = memchr(text + at, '\n', size - at);
		const int len = end == NULL ? (int)(size - at) : (int)(end - text - at);

		if (known <= RTE_LOG_ERR)
			keep_error(text + at, len);
		if (!mcr_log_queue_put(known, text + at, len))
			print_line(known, text + at, len);
		at += len + 1;
	}
	return size;
}

void
mcr_log_open(bool syslog_wanted)
{
	static const cookie_io_functions_t functions = {.write = write_lines};
	static char buffer[LINE_MAX_LEN];
	FILE *stream = fopencookie(NULL, "w", functions);

	to_syslog = syslog_wanted;
	to_journal = is_journal();
	if (stream == NULL)
		return;
	setvbuf(stream, buffer, _IOFBF, sizeof(buffer));
	rte_openlog_stream(stream);
}

void
mcr_log_start(void)
{
	const int ret = mcr_log_queue_start(print_line);

	if (ret != 0)
		MCR_LOG(WARNING, "no thread for the log, which may delay the hub: %s",
			rte_strerror(-ret));
}

void
mcr_log_await(void)
{
	mcr_log_queue_await();
}

void
mcr_log_end(void)
{
	mcr_log_queue_stop();
}

void
mcr_log_print(uint32_t level, const char *format, ...)
{
	va_list args;

	if (is_journal())
		fprintf(stderr, "<%u>", level - 1);
	va_start(args, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): what va_start() began */
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

const char *
mcr_log_get_error(unsigned int age)
{
	if (age >= RTE_MIN(kept_count, KEPT + 0U))
		return NULL;
	return kept[(kept_count - 1 - age) % KEPT];
}
