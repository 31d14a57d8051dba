/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_memory.h>

#include "eal_files.h"
#include "infra/log.h"

/* EAL locks a part of the file while its process lives. The file stays open here until exit. */
static bool
is_taken_by_another_primary(int dir)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	const int config = openat(dir, "config", O_RDWR | O_CLOEXEC);

	return config >= 0 && fcntl(config, F_SETLK, &whole) != 0;
}

/* Arrays of attached processes end with _PID. */
static bool
is_own_array(const char *name)
{
	static const char prefix[] = "fbarray_";
	const size_t length = sizeof(prefix) - 1;

	return strncmp(name, prefix, length) == 0 && strchr(name + length, '_') == NULL;
}

static void
remove_files(int dir, DIR *entries)
{
	struct dirent *entry;

	while ((entry = readdir(entries)) != NULL) {
		if (is_own_array(entry->d_name))
			unlinkat(dir, entry->d_name, 0);
	}
	unlinkat(dir, "hugepage_info", 0);
	unlinkat(dir, "mp_socket", 0);
	unlinkat(dir, "config", 0);
}

static void
remove_runtime_dir(void)
{
	const char *runtime_dir = rte_eal_get_runtime_dir();
	const bool is_own = rte_eal_process_type() == RTE_PROC_PRIMARY;
	DIR *entries = is_own ? opendir(runtime_dir) : NULL;

	if (entries == NULL)
		return;
	if (!is_taken_by_another_primary(dirfd(entries)))
		remove_files(dirfd(entries), entries);
	closedir(entries);
	rmdir(runtime_dir);
}

void
mcr_eal_files_remove_at_exit(void)
{
	atexit(remove_runtime_dir);
}

void
mcr_eal_files_share(void)
{
	const char *folder = rte_eal_get_runtime_dir();
	char socket[PATH_MAX];
	struct stat status;

	if (stat(folder, &status) != 0 || (status.st_mode & S_ISGID) == 0)
		return;
	snprintf(socket, sizeof(socket), "%s/dpdk_telemetry.v2", folder);
	if (chmod(socket, S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP) != 0 && errno != ENOENT)
		MCR_LOG(WARNING, "%s is not for the group: %s", socket, strerror(errno));
}

/* With --in-memory and --huge-unlink=always files have no name. */
static void
unlink_open_file(int fd)
{
	char self[64], path[PATH_MAX];
	struct stat status;
	ssize_t length;

	if (fstat(fd, &status) != 0 || status.st_nlink == 0)
		return;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	length = readlink(self, path, sizeof(path) - 1);
	if (length < 0)
		return;
	path[length] = '\0';
	unlink(path);
}

static int
unlink_page(const struct rte_memseg_list *list, const struct rte_memseg *page, void *arg)
{
	const int fd = rte_memseg_get_fd_thread_unsafe(page);

	RTE_SET_USED(list);
	RTE_SET_USED(arg);
	if (fd >= 0)
		unlink_open_file(fd);
	return 0;
}

/* getopt_long() accepts the abbreviation. */
static bool
keeps_pages(int argc, char *const *argv)
{
	for (int i = 1; i < argc; i++) {
		if (fnmatch("--huge-u*=never", argv[i], 0) == 0)
			return true;
	}
	return false;
}

/* Without huge pages one unnamed file backs very many pages: no walk. */
void
mcr_eal_files_remove_pages(int argc, char *const *argv)
{
	if (rte_eal_process_type() == RTE_PROC_PRIMARY && rte_eal_has_hugepages() &&
		!keeps_pages(argc, argv))
		rte_memseg_walk(unlink_page, NULL);
}
