/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Writes JSON, one line for each list entry. The key is NULL for an element of a list. */

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

void
mcr_config_write_open(struct mcr_config_writer *writer, const char *key, char bracket);
void
mcr_config_write_close(struct mcr_config_writer *writer, char bracket);
void
mcr_config_write_uint(struct mcr_config_writer *writer, const char *key, uint64_t value);
void
mcr_config_write_bool(struct mcr_config_writer *writer, const char *key, bool value);
void
mcr_config_write_seconds(struct mcr_config_writer *writer, const char *key, uint64_t us);
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
void
mcr_config_write_prefixes(struct mcr_config_writer *writer, const char *key,
	const struct mcr_config_prefix *prefixes, uint32_t count);
void
mcr_config_write_mac(
	struct mcr_config_writer *writer, const char *key, const struct rte_ether_addr *mac);

void
mcr_config_dump_ports(struct mcr_config_writer *writer, const struct mcr_config *config);
void
mcr_config_dump_members(struct mcr_config_writer *writer, const struct mcr_config *config);
void
mcr_config_dump_groups(struct mcr_config_writer *writer, const struct mcr_config *config);
void
mcr_config_dump_rate(
	struct mcr_config_writer *writer, const char *key, const struct mcr_config_rate *rate);
void
mcr_config_dump_join(struct mcr_config_writer *writer, const struct mcr_config_join *join);
void
mcr_config_dump_receivers(struct mcr_config_writer *writer, const struct mcr_config *config,
	const struct mcr_config_names *names);

#endif
