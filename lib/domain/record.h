/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* The record of a hub in etcd. */

#ifndef MCR_DOMAIN_RECORD_H
#define MCR_DOMAIN_RECORD_H

#include <stdbool.h>
#include <stdint.h>

/* Of the text, with the terminating zero. */
#define RECORD_TEXT_MAX 512
#define EPOCH_MAX 24

struct record {
	uint32_t address; /* underlay */
	bool is_gre_udp;
	uint16_t udp_port;     /* of gre-udp, else 0 */
	char epoch[EPOCH_MAX]; /* the start of the hub, a random number */
	bool published;        /* all of its interest is in etcd */
};

/** @return NULL, or what is wrong with the text. */
const char *
mcr_domain_record_parse(const char *text, struct record *record);

void
mcr_domain_record_format(const struct record *record, const char *version, char *text);

bool
mcr_domain_record_equals(const struct record *a, const struct record *b);

#endif
