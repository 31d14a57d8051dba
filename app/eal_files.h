/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Files that EAL leaves behind: huge pages in hugetlbfs, which stay allocated, and the runtime
 * directory that other processes attach by.
 *
 * dpdk-dumpcap needs them until the end. After a kill they stay: EAL's next start removes unused
 * huge pages and takes over the runtime directory of its prefix.
 */

#ifndef MCR_APP_EAL_FILES_H
#define MCR_APP_EAL_FILES_H

/** Remove the runtime directory at exit, also if EAL could not start, but not the files of
 * another primary process. Call before rte_eal_init(): EAL's exit handlers must run first. */
void
mcr_eal_files_remove_at_exit(void);

/** Remove huge page files at a clean end, before rte_eal_cleanup(). Memory stays usable. @param
 * argc, argv EAL's options: --huge-unlink=never keeps the pages. */
void
mcr_eal_files_remove_pages(int argc, char *const *argv);

#endif /* MCR_APP_EAL_FILES_H */
