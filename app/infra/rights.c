/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_debug.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include "infra/deadline.h"
#include "infra/log.h"
#include "infra/rights.h"

/* A thread that does not answer waits for a device. */
#define LONGEST_WAIT_MS 10000

#define RIGHT(capability) (UINT64_C(1) << (capability))
#define NET (RIGHT(CAP_NET_ADMIN) | RIGHT(CAP_NET_RAW))
/* The configuration and the state file may be another user's; VFIO counts pages that are pinned
 * later against a limit that only a unit lifts. */
#define ROOT                                                                        \
	(RIGHT(CAP_DAC_OVERRIDE) | RIGHT(CAP_DAC_READ_SEARCH) | RIGHT(CAP_FOWNER) | \
		RIGHT(CAP_IPC_LOCK))

struct need {
	const char *driver;
	uint64_t rights;
	bool bpf;
};

/* Drivers whose device is the kernel's. Those with a device of their own (vfio, uio) have mapped
 * it, and need nothing. */
static const struct need needs[] = {
	{.driver = "net_af_packet", .rights = NET},
	/* libxdp complains at the end that it may not open its program, which goes all the same. */
	{.driver = "net_af_xdp", .rights = NET, .bpf = true},
	{.driver = "net_tap", .rights = NET},
	{.driver = "net_tun", .rights = NET},
	{.driver = "net_pcap", .rights = NET},
	{.driver = "net_virtio_user", .rights = NET},
	/* A failsafe or netvsc port has others beneath it that come and go. */
	{.driver = "net_failsafe", .rights = NET | RIGHT(CAP_IPC_LOCK)},
	{.driver = "net_netvsc", .rights = NET | RIGHT(CAP_IPC_LOCK)},
	/* Queues are the kernel's, and their memory is pinned when a port starts again. */
	{.driver = "mlx5_pci", .rights = NET | RIGHT(CAP_IPC_LOCK)},
	{.driver = "net_mlx4", .rights = NET | RIGHT(CAP_IPC_LOCK)},
	{.driver = "net_mana", .rights = NET | RIGHT(CAP_IPC_LOCK)},
};

static const struct need *
find_need(const char *driver)
{
	for (size_t i = 0; i < RTE_DIM(needs); i++) {
		if (strcmp(needs[i].driver, driver) == 0)
			return &needs[i];
	}
	return NULL;
}

static const struct need *
need_of_port(uint16_t port)
{
	struct rte_eth_dev_info info;

	return rte_eth_dev_info_get(port, &info) == 0 ? find_need(info.driver_name) : NULL;
}

bool
mcr_rights_need_bpf(void)
{
	uint16_t port;

	RTE_ETH_FOREACH_DEV (port) {
		const struct need *need = need_of_port(port);

		if (need != NULL && need->bpf)
			return true;
	}
	return false;
}

static uint64_t
find_needed(void)
{
	uint64_t rights = geteuid() == 0 ? ROOT : 0;
	uint16_t port;

	RTE_ETH_FOREACH_DEV (port) {
		const struct need *need = need_of_port(port);

		if (need != NULL)
			rights |= need->rights;
	}
	return rights;
}

bool
mcr_rights_open_all(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	return syscall(SYS_capget, &header, data) == 0 &&
	       (data[0].effective & RIGHT(CAP_DAC_OVERRIDE)) != 0;
}

/* Of all threads, for the handler of the signal by which each of them is asked. */
static struct {
	uint64_t keep;
	sem_t answers;
	int error; /* atomic */
} drop;

/* Of the calling thread: what it has, as far as it is to keep that. Async-signal-safe. */
static int
set_capabilities(uint64_t keep)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data) != 0)
		return -errno;
	for (unsigned int i = 0; i < RTE_DIM(data); i++) {
		data[i].permitted &= (uint32_t)(keep >> (32 * i));
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	/* Lowers the ambient set as well. */
	return syscall(SYS_capset, &header, data) == 0 ? 0 : -errno;
}

/* While it is still allowed. Otherwise no_new_privs keeps a program from gaining anything. */
static void
shrink_bounding_set(uint64_t keep)
{
	for (unsigned int i = 0; i <= CAP_LAST_CAP; i++) {
		if ((keep & RIGHT(i)) == 0)
			prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
	}
}

static int
drop_in_this_thread(uint64_t keep)
{
	int ret;

	shrink_bounding_set(keep);
	ret = set_capabilities(keep);
	return ret != 0 ? ret : prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : -errno;
}

static void
drop_by_signal(int signal_number)
{
	const int before = errno;
	const int ret = drop_in_this_thread(drop.keep);

	RTE_SET_USED(signal_number);
	if (ret != 0)
		__atomic_store_n(&drop.error, ret, __ATOMIC_RELAXED);
	sem_post(&drop.answers);
	errno = before;
}

struct asked {
	pid_t *threads;
	size_t count;
};

static bool
is_asked(const struct asked *asked, pid_t thread)
{
	for (size_t i = 0; i < asked->count; i++) {
		if (asked->threads[i] == thread)
			return true;
	}
	return false;
}

static int
ask(struct asked *asked, pid_t thread, int signal_number)
{
	const struct timespec deadline = mcr_deadline_in_ms(LONGEST_WAIT_MS);
	pid_t *threads = realloc(asked->threads, (asked->count + 1) * sizeof(*threads));

	if (threads == NULL)
		return -ENOMEM;
	asked->threads = threads;
	threads[asked->count++] = thread;
	if (syscall(SYS_tgkill, getpid(), thread, signal_number) != 0)
		return errno == ESRCH ? 0 : -errno;
	if (mcr_deadline_wait(&drop.answers, &deadline))
		return 0;
	return syscall(SYS_tgkill, getpid(), thread, 0) != 0 ? 0 : -ETIMEDOUT;
}

/* @return How many threads were asked, or -errno. */
static int
ask_new_threads(struct asked *asked, int signal_number)
{
	DIR *tasks = opendir("/proc/self/task");
	struct dirent *entry;
	int count = 0, ret = 0;

	if (tasks == NULL)
		return -errno;
	while (ret == 0 && (entry = readdir(tasks)) != NULL) {
		const pid_t thread = atoi(entry->d_name);

		if (thread == 0 || thread == gettid() || is_asked(asked, thread))
			continue;
		ret = ask(asked, thread, signal_number);
		count++;
	}
	closedir(tasks);
	return ret != 0 ? ret : count;
}

/* Until no thread is new: one that was not asked yet may have made another. */
static int
ask_all_threads(int signal_number)
{
	struct asked asked = {0};
	int ret;

	do
		ret = ask_new_threads(&asked, signal_number);
	while (ret > 0);
	free(asked.threads);
	return ret;
}

static int
drop_in_other_threads(void)
{
	struct sigaction action = {.sa_handler = drop_by_signal, .sa_flags = SA_RESTART}, before;
	int ret;

	sem_init(&drop.answers, 0, 0);
	if (sigaction(SIGRTMIN, &action, &before) != 0)
		return -errno;
	ret = ask_all_threads(SIGRTMIN);
	/* A late answer of a thread would find no handler. */
	if (ret == 0)
		sigaction(SIGRTMIN, &before, NULL);
	return ret != 0 ? ret : __atomic_load_n(&drop.error, __ATOMIC_RELAXED);
}

int
mcr_rights_drop(void)
{
	int ret;

	drop.keep = find_needed();
	ret = drop_in_other_threads();
	if (ret == 0)
		ret = drop_in_this_thread(drop.keep);
	if (ret != 0)
		MCR_LOG(ERR, "a thread keeps its rights: %s", rte_strerror(-ret));
	return ret;
}
