/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* The record of a hub in etcd. */

#ifndef MCR_DOMAIN_RECORD_H
#define MCR_DOMAIN_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"

#define NAME_MAX_LEN 63
/* Of the text, with the terminating zero. */
#define RECORD_TEXT_MAX 1024
#define EPOCH_MAX 24
/* Likewise; as long as a string of DPDK's telemetry. */
#define NETWORKS_MAX 128
#define DIGEST_MAX 65

struct record {
	struct in6_addr address;  /* underlay, of IPv4, or none */
	struct in6_addr address6; /* of IPv6, or none; there is one of the two */
	bool is_gre_udp;
	uint16_t udp_port;     /* of gre-udp, else 0 */
	char epoch[EPOCH_MAX]; /* the start of the hub, a random number */
	bool published;        /* all of its interest is in etcd */
	uint64_t capacity_pps; /* that it may send; 0: unknown */

	bool follows;                 /* handovers; an older hub does not, and has nothing below */
	bool is_shared;               /* it takes part in serving shared members */
	bool is_draining;             /* it shall serve none of them */
	char networks[NETWORKS_MAX];  /* that it reaches, A.B.C.D/N, separated by spaces */
	char networks6[NETWORKS_MAX]; /* of IPv6; there is one of either family */
	char digest[DIGEST_MAX];      /* of its members and groups, hex */
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

/** The address by which a hub is told from others: that of IPv4, if it has one. */
const struct in6_addr *
mcr_domain_record_address(const struct record *record);

/** Whether two records have an address in common. */
bool
mcr_domain_record_shares_address(const struct record *a, const struct record *b);

/** Where hubs with these records reach the latter: over IPv4 if both have it, else over IPv6. Both
 * ends of a link find the same family. @return All zeros: they have no family in common. */
const struct in6_addr *
mcr_domain_record_link_address(const struct record *own, const struct record *other);

/** Texts as a record has them, where "" are none. */
bool
mcr_domain_are_networks(const char *text, bool are_ipv6);
bool
mcr_domain_is_digest(const char *text);

bool
mcr_domain_record_equals(const struct record *a, const struct record *b);

#endif
