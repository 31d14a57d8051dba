/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* The record of a hub in etcd. */

#ifndef MCR_DOMAIN_RECORD_H
#define MCR_DOMAIN_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAME_MAX_LEN 63
/* Of the text, with the terminating zero. */
#define RECORD_TEXT_MAX 1024
#define EPOCH_MAX 24
/* Likewise; as long as a string of DPDK's telemetry. */
#define NETWORKS_MAX 128
#define DIGEST_MAX 65

struct record {
	uint32_t address; /* underlay */
	bool is_gre_udp;
	uint16_t udp_port;     /* of gre-udp, else 0 */
	char epoch[EPOCH_MAX]; /* the start of the hub, a random number */
	bool published;        /* all of its interest is in etcd */
	uint64_t capacity_pps; /* that it may send; 0: unknown */

	bool follows;                /* handovers; an older hub does not, and has nothing below */
	bool is_shared;              /* it takes part in serving shared members */
	bool is_draining;            /* it shall serve none of them */
	char networks[NETWORKS_MAX]; /* that it reaches, A.B.C.D/N, separated by spaces */
	char digest[DIGEST_MAX];     /* of its members and groups, hex */
};

/** Valid names of hubs are of 1 to NAME_MAX_LEN letters, digits, '_', '.' and '-'. */
bool
mcr_domain_is_name(const char *text, size_t len);

/** Digits of a number of 64 bits, which a hub can take. */
bool
mcr_domain_is_epoch(const char *text);

/** @return NULL, or what is wrong with the text. */
const char *
mcr_domain_record_parse(const char *text, struct record *record);

void
mcr_domain_record_format(const struct record *record, const char *version, char *text);

/** Texts as a record has them; networks are one or more. */
bool
mcr_domain_are_networks(const char *text);
bool
mcr_domain_is_digest(const char *text);

bool
mcr_domain_record_equals(const struct record *a, const struct record *b);

#endif
