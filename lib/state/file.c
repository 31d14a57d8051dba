/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mcr_state.h"

#define LENGTH_MAX (1u << 30)

static int
append_suffix(char path[PATH_MAX], const char *file, const char *suffix)
{
	const int length = snprintf(path, PATH_MAX, "%s%s", file, suffix);

	return length < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static int
write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		const ssize_t written = write(fd, bytes, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		bytes += written;
		length -= written;
	}
	return fsync(fd) == 0 ? 0 : -errno;
}

/* Replaces a link of this name, and does not follow it. */
static int
write_new(const char *path, const char *bytes, size_t length)
{
	int fd, ret;

	if (unlink(path) != 0 && errno != ENOENT)
		return -errno;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
	if (fd < 0)
		return -errno;
	ret = write_all(fd, bytes, length);
	if (close(fd) != 0 && ret == 0)
		ret = -errno;
	return ret;
}

/* A rename is durable when its folder is. */
static void
sync_folder(const char *file)
{
	char path[PATH_MAX];
	int fd;

	if (append_suffix(path, file, "") != 0)
		return;
	fd = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

int
mcr_state_save(const char *path, const char *bytes, size_t length)
{
	char fresh[PATH_MAX];
	int ret = append_suffix(fresh, path, ".new");

	if (ret != 0)
		return ret;
	ret = write_new(fresh, bytes, length);
	if (ret == 0 && rename(fresh, path) != 0)
		ret = -errno;
	if (ret != 0)
		unlink(fresh);
	else
		sync_folder(path);
	return ret;
}

static int
read_all(int fd, char *bytes, size_t length)
{
	while (length > 0) {
		const ssize_t got = read(fd, bytes, length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EIO;
		bytes += got;
		length -= got;
	}
	return 0;
}

static int
load_regular_file(int fd, char **bytes, size_t *length)
{
	struct stat status;
	int ret;

	if (fstat(fd, &status) != 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	if (status.st_size > LENGTH_MAX)
		return -EFBIG;
	*length = status.st_size;
	*bytes = malloc(*length + 1);
	if (*bytes == NULL)
		return -ENOMEM;
	ret = read_all(fd, *bytes, *length);
	if (ret != 0)
		free(*bytes);
	return ret;
}

int
mcr_state_load(const char *path, char **bytes, size_t *length)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int ret;

	if (fd < 0)
		return -errno;
	ret = load_regular_file(fd, bytes, length);
	close(fd);
	return ret;
}

int
mcr_state_set_aside(const char *path)
{
	char aside[PATH_MAX];
	const int ret = append_suffix(aside, path, ".broken");

	if (ret != 0)
		return ret;
	return rename(path, aside) == 0 ? 0 : -errno;
}
