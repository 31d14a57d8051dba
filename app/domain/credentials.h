/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file The credentials of etcd: a file with one line, USER:PASSWORD. */

#ifndef MCR_DOMAIN_CREDENTIALS_H
#define MCR_DOMAIN_CREDENTIALS_H

/** The longest line, with its end. */
#define MCR_CREDENTIALS_MAX 512

/**
 * Read them.
 * @param[out] text The user; the password is behind it. The caller wipes it, whatever is returned.
 * @param[out] password Points into text.
 * @return NULL, or what is wrong: valid until the next call.
 */
const char *
mcr_credentials_read(const char *path, char text[MCR_CREDENTIALS_MAX], char **password);

#endif
