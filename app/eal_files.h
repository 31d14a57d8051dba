/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The files that EAL makes and leaves behind: huge pages in hugetlbfs, which stay taken, and what
 * other processes attach by in the runtime directory.
 *
 * They are needed until the end, by dpdk-dumpcap. After a kill they stay: the next start of EAL
 * removes huge pages that nobody uses, and takes the runtime directory of its prefix over.
 */

#ifndef MCR_APP_EAL_FILES_H
#define MCR_APP_EAL_FILES_H

/**
 * Remove the runtime directory at exit, also when EAL could not start; but not the files of another
 * primary process. To be called before rte_eal_init(): what EAL registers for the exit is done
 * first.
 */
void
mcr_eal_files_remove_at_exit(void);

/**
 * Remove the files of huge pages, at a clean end before rte_eal_cleanup(). Memory stays usable.
 *
 * @param argc, argv
 *   EAL's options: with --huge-unlink=never the operator wants to keep the pages.
 */
void
mcr_eal_files_remove_pages(int argc, char *const *argv);

#endif /* MCR_APP_EAL_FILES_H */
