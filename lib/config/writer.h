/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * JSON written as people write it: an entry of a list on a line of its own, what is inside on the
 * same line. Nothing is kept in memory. A key of NULL is for an element of a list.
 */

#ifndef MCR_CONFIG_WRITER_H
#define MCR_CONFIG_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "mcr_config.h"

struct mcr_config_writer {
	FILE *out;
	unsigned int depth;
	bool is_first; /* in the object or list that is open */
	int error;     /* 0, or the first -errno */
};

/** Open an object or a list: '{' or '['. */
void
mcr_config_write_open(struct mcr_config_writer *writer, const char *key, char bracket);
/** Close it: '}' or ']'. */
void
mcr_config_write_close(struct mcr_config_writer *writer, char bracket);
void
mcr_config_write_uint(struct mcr_config_writer *writer, const char *key, uint64_t value);
void
mcr_config_write_bool(struct mcr_config_writer *writer, const char *key, bool value);
/** In seconds. */
void
mcr_config_write_seconds(struct mcr_config_writer *writer, const char *key, uint64_t us);
/** Any text in UTF-8. */
void
mcr_config_write_string(struct mcr_config_writer *writer, const char *key, const char *text);
/** A string that needs no escapes. */
void
mcr_config_write_format(struct mcr_config_writer *writer, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void
mcr_config_write_address(struct mcr_config_writer *writer, const char *key, uint32_t address);
void
mcr_config_write_prefix(
	struct mcr_config_writer *writer, const char *key, const struct mcr_config_prefix *prefix);
/** A list of prefixes. */
void
mcr_config_write_prefixes(struct mcr_config_writer *writer, const char *key,
	const struct mcr_config_prefix *prefixes, uint32_t count);
void
mcr_config_write_mac(
	struct mcr_config_writer *writer, const char *key, const struct rte_ether_addr *mac);

/* dump_entry.c: the lists that refer to each other */

void
mcr_config_dump_ports(struct mcr_config_writer *writer, const struct mcr_config *config);
void
mcr_config_dump_members(struct mcr_config_writer *writer, const struct mcr_config *config);
void
mcr_config_dump_groups(struct mcr_config_writer *writer, const struct mcr_config *config);
/** What may be joined, where it is given, under the key "join". */
void
mcr_config_dump_join(struct mcr_config_writer *writer, const struct mcr_config_join *join);
/** A list of receivers under the key "members". */
void
mcr_config_dump_receivers(struct mcr_config_writer *writer, const struct mcr_config *config,
	const struct mcr_config_names *names);

#endif /* MCR_CONFIG_WRITER_H */
