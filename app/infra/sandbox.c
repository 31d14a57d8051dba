/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <ucontext.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_errno.h>

#include "infra/fiber_sanitizer.h"
#include "infra/log.h"
#include "infra/sandbox.h"

/* Whatever their arguments. Files and sockets are open to it as its user's rights are; what drivers
 * do by ioctl() is up to their devices. */
static const char *const allowed[] = {
	/* files */
	"access",
	"chmod",
	"close",
	"close_range",
	"creat",
	"dup",
	"dup2",
	"dup3",
	"faccessat",
	"faccessat2",
	"fadvise64",
	"fallocate",
	"fchmod",
	"fchmodat",
	"fcntl",
	"fdatasync",
	"flock",
	"fstat",
	"fstatfs",
	"fsync",
	"ftruncate",
	"getcwd",
	"getdents",
	"getdents64",
	"link",
	"linkat",
	"lseek",
	"lstat",
	"mkdir",
	"mkdirat",
	"newfstatat",
	"open",
	"openat",
	"pipe",
	"pipe2",
	"pread64",
	"preadv",
	"preadv2",
	"pwrite64",
	"pwritev",
	"pwritev2",
	"read",
	"readlink",
	"readlinkat",
	"readv",
	"rename",
	"renameat",
	"renameat2",
	"rmdir",
	"stat",
	"statfs",
	"statx",
	"sync_file_range",
	"umask",
	"unlink",
	"unlinkat",
	"write",
	"writev",
	/* devices, events */
	"epoll_create",
	"epoll_create1",
	"epoll_ctl",
	"epoll_pwait",
	"epoll_pwait2",
	"epoll_wait",
	"eventfd",
	"eventfd2",
	"inotify_add_watch",
	"inotify_init1",
	"inotify_rm_watch",
	"ioctl",
	"poll",
	"ppoll",
	"pselect6",
	"select",
	"timerfd_create",
	"timerfd_gettime",
	"timerfd_settime",
	/* sockets that exist */
	"accept",
	"accept4",
	"bind",
	"connect",
	"getpeername",
	"getsockname",
	"getsockopt",
	"listen",
	"recvfrom",
	"recvmmsg",
	"recvmsg",
	"sendmmsg",
	"sendmsg",
	"sendto",
	"setsockopt",
	"shutdown",
	/* memory */
	"brk",
	"get_mempolicy",
	"madvise",
	"mbind",
	"memfd_create",
	"mincore",
	"mlock",
	"mlock2",
	"mlockall",
	"mmap",
	"move_pages",
	"mprotect",
	"mremap",
	"msync",
	"munlock",
	"munlockall",
	"munmap",
	"set_mempolicy",
	/* time */
	"clock_getres",
	"clock_gettime",
	"clock_nanosleep",
	"gettimeofday",
	"nanosleep",
	"setitimer",
	"time",
	"timer_create",
	"timer_delete",
	"timer_settime",
	/* threads, signals */
	"exit",
	"exit_group",
	"futex",
	"futex_waitv",
	"get_robust_list",
	"getcpu",
	"membarrier",
	"restart_syscall",
	"rseq",
	"rt_sigaction",
	"rt_sigpending",
	"rt_sigprocmask",
	"rt_sigreturn",
	"rt_sigsuspend",
	"rt_sigtimedwait",
	"sched_get_priority_max",
	"sched_get_priority_min",
	"sched_getaffinity",
	"sched_getparam",
	"sched_getscheduler",
	"sched_setaffinity",
	"sched_setscheduler",
	"sched_yield",
	"set_robust_list",
	"set_tid_address",
	"sigaltstack",
	/* about itself and the machine */
	"arch_prctl",
	"capget",
	"getegid",
	"geteuid",
	"getgid",
	"getgroups",
	"getpid",
	"getppid",
	"getpriority",
	"getrandom",
	"getresgid",
	"getresuid",
	"getrlimit",
	"getrusage",
	"gettid",
	"getuid",
	"prctl",
	"prlimit64",
	"setpriority",
	"sysinfo",
	"times",
	"uname",
};

/* Of the kernel's network, but none that leads to other machines or to a hypervisor. */
static const int domains[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_XDP};

/* Of a register, as much as the kernel takes. */
#define INT UINT32_MAX

#define THREAD (CLONE_VM | CLONE_SIGHAND | CLONE_THREAD)

/* Atomic: 1 and the number of a call that was refused and not logged yet, of several the first; 0:
 * none. */
static uint32_t refused;
static uint32_t refused_count; /* atomic */

/* As if the kernel had returned it. */
static void
set_result(void *context, int error)
{
	ucontext_t *registers = context;

#if defined(__aarch64__)
	registers->uc_mcontext.regs[0] = -error;
#else
	registers->uc_mcontext.gregs[REG_RAX] = -error;
#endif
}

static void
note_refused(int signal_number, siginfo_t *info, void *context)
{
	uint32_t none = 0;

	RTE_SET_USED(signal_number);
	__atomic_fetch_add(&refused_count, 1, __ATOMIC_RELAXED);
	__atomic_compare_exchange_n(
		&refused, &none, info->si_syscall + 1, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	set_result(context, EPERM);
}

/* A call that this architecture or this version of the library does not know is left out. */
static int
allow(scmp_filter_ctx filter, const char *name)
{
	const int number = seccomp_syscall_resolve_name(name);

	return number == __NR_SCMP_ERROR ? 0 : seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
}

static int
allow_all(scmp_filter_ctx filter, bool bpf)
{
	int ret = bpf ? allow(filter, "bpf") : 0;

	for (size_t i = 0; i < RTE_DIM(allowed) && ret == 0; i++)
		ret = allow(filter, allowed[i]);
	return ret;
}

static int
allow_sockets(scmp_filter_ctx filter)
{
	int ret = 0;

	for (size_t i = 0; i < RTE_DIM(domains) && ret == 0; i++)
		ret = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
			SCMP_A0(SCMP_CMP_MASKED_EQ, INT, domains[i]));
	if (ret == 0)
		ret = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socketpair), 1,
			SCMP_A0(SCMP_CMP_MASKED_EQ, INT, AF_UNIX));
	return ret;
}

/* clone3() has its flags in memory, where a filter does not look; then the C library uses clone().
 */
static int
allow_threads(scmp_filter_ctx filter)
{
	int ret = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
		SCMP_A0(SCMP_CMP_MASKED_EQ, THREAD, THREAD));

	return ret != 0 ? ret
	                : seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

static int
allow_own_signals(scmp_filter_ctx filter)
{
	int ret = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
		SCMP_A0(SCMP_CMP_MASKED_EQ, INT, getpid()));

	return ret != 0 ? ret
	                : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(kill), 1,
				  SCMP_A0(SCMP_CMP_MASKED_EQ, INT, getpid()));
}

static int
load(scmp_filter_ctx filter, bool bpf)
{
	int ret = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

	if (ret == 0)
		ret = allow_all(filter, bpf);
	if (ret == 0)
		ret = allow_sockets(filter);
	if (ret == 0)
		ret = allow_threads(filter);
	if (ret == 0)
		ret = allow_own_signals(filter);
	/* A tree of comparisons instead of a list. */
	if (ret == 0)
		ret = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return ret != 0 ? ret : seccomp_load(filter);
}

/* At its end a sanitizer looks at the program from another process. */
static bool
is_watched_by_a_sanitizer(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return true;
#else
	return false;
#endif
}

void
mcr_sandbox_enter(bool bpf)
{
	struct sigaction action = {.sa_sigaction = note_refused, .sa_flags = SA_SIGINFO};
	scmp_filter_ctx filter;
	int ret = -ENOMEM;

	if (is_watched_by_a_sanitizer())
		return;
	sigaction(SIGSYS, &action, NULL);
	filter = seccomp_init(SCMP_ACT_TRAP);
	if (filter != NULL)
		ret = load(filter, bpf);
	seccomp_release(filter);
	if (ret != 0)
		MCR_LOG(WARNING, "system calls are not filtered: %s", rte_strerror(-ret));
}

void
mcr_sandbox_log_refused(void)
{
	const uint32_t call = __atomic_exchange_n(&refused, 0, __ATOMIC_RELAXED);
	const uint32_t count =
		call == 0 ? 0 : __atomic_exchange_n(&refused_count, 0, __ATOMIC_RELAXED);
	char *name;

	if (call == 0)
		return;
	name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call - 1);
	MCR_LOG(ERR, "refused a system call that the hub has no use for: %s (%u)%s",
		name != NULL ? name : "unknown", call - 1, count > 1 ? ", and others" : "");
	free(name);
}
