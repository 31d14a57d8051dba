/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Files of EAL. What it leaves behind: huge pages in hugetlbfs, which stay allocated, and the
 * runtime directory, by which other processes attach: dpdk-dumpcap needs both until the end. After
 * a kill they stay; EAL's next start removes unused huge pages and takes over the runtime directory
 * of its prefix.
 */

#ifndef MCR_APP_EAL_FILES_H
#define MCR_APP_EAL_FILES_H

/** Remove the runtime directory at exit, also if EAL could not start, unless another primary
 * process uses it. Call before rte_eal_init(), so that EAL's exit handlers run first. */
void
mcr_eal_files_remove_at_exit(void);

/** If the runtime directory is its group's, too, by its setgid bit, as mcdpdk.service makes it: let
 * the group use the telemetry socket. EAL runs. */
void
mcr_eal_files_share(void);

/** Remove huge page files unless EAL's options have --huge-unlink=never. Call before
 * rte_eal_cleanup(); memory stays usable. */
void
mcr_eal_files_remove_pages(int argc, char *const *argv);

#endif
