/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Reading the configuration. A function that finds a wrong value appends an error and returns zero;
 * reading continues, so all errors are found. An entry with a wrong identity gets the address 0,
 * which no correct entry has: checks between entries skip it.
 */

#ifndef MCR_CONFIG_READER_H
#define MCR_CONFIG_READER_H

#include <jansson.h>

#include <rte_debug.h>

#include "mcr_config.h"

/** A key, or an element of a list (key is NULL). A NULL path is the whole text. */
struct mcr_config_path {
	const struct mcr_config_path *parent;
	const char *key;
	size_t index;
};

struct mcr_config_reader {
	struct mcr_config *config; /**< under construction; owns what is allocated for it */
	const char *file;
	const json_t *root; /**< for the names in messages */
	struct mcr_config_messages *errors;
	uint64_t error_count; /**< including errors beyond the last line kept */
	uint32_t *by_name;    /**< member indices, sorted by name */
	uint32_t *listed;     /**< by member: its position in the current list plus 1, or 0 */
};

/** Read a value into the object, which is zeroed or has the default. */
typedef void
mcr_config_read_fn(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object);

/** A key of an object. A list of keys ends with a NULL name. */
struct mcr_config_key {
	const char *name;
	mcr_config_read_fn *read; /**< NULL: a choice of words, or else a number */
	size_t offset;            /**< what read() fills, in the object; 0: the object itself */
	size_t size;
	bool required;
	const char *words[3]; /**< for a bool: the word for false, the word for true, NULL */
	uint32_t min;         /**< of a number; its field is unsigned */
	uint32_t max;
};

/** The field that a key fills. */
#define MCR_CONFIG_FIELD(type, field) \
	.offset = offsetof(type, field), .size = sizeof(((type *)0)->field)

/* messages.c */

void
mcr_config_add_error(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const char *format, ...) __attribute__((format(printf, 3, 4)));
void
mcr_config_add_warning(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const char *format, ...) __attribute__((format(printf, 3, 4)));
/** An error without a path, at a line and column unless both are 0. */
void
mcr_config_add_text_error(struct mcr_config_reader *reader, int line, int column, const char *what);

void
mcr_config_report_unkept(struct mcr_config_reader *reader);

/* text.c */

/** The whole file, freed by the caller; NULL with an error. */
char *
mcr_config_read_file(struct mcr_config_reader *reader, size_t *len);
/** The root; NULL with an error when the text is not JSON. Reports duplicate keys. */
json_t *
mcr_config_read_json(struct mcr_config_reader *reader, const char *text, size_t len);

/** duplicate.c: report every key that an object of this JSON text has more than once. */
void
mcr_config_check_duplicates(struct mcr_config_reader *reader, const char *text, size_t len);

/* read.c */

/** Zeroed memory; NULL with an error, or for count 0. */
void *
mcr_config_alloc(struct mcr_config_reader *reader, size_t count, size_t size);
/** Read an object in the order of its list of keys. Unknown and missing keys are errors. */
void
mcr_config_read_object(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, const struct mcr_config_key *keys, void *object);
/** Read each element of a list into an entry of this size; NULL when empty. */
void *
mcr_config_read_list(struct mcr_config_reader *reader, const struct mcr_config_path *parent,
	json_t *value, mcr_config_read_fn *read, size_t size, uint32_t *count);
void
mcr_config_add_mismatch(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const char *expected, const json_t *value);

/* scalar.c */

uint64_t
mcr_config_read_uint(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const json_t *value, uint64_t min, uint64_t max);
mcr_config_read_fn mcr_config_read_bool; /**< into a bool */
/** From 0.05 to 3600 seconds to microseconds, a uint64_t. */
mcr_config_read_fn mcr_config_read_seconds;
/** NULL with an error when it is not a string. Lives as long as the value. */
const char *
mcr_config_read_string(
	struct mcr_config_reader *reader, const struct mcr_config_path *at, const json_t *value);
/** A copy owned by the configuration, into a char *; NULL with an error, as for an empty string. */
mcr_config_read_fn mcr_config_copy_string;
/** A name, into a char[MCR_CONFIG_NAME_MAX + 1]; empty with an error. */
mcr_config_read_fn mcr_config_read_name;
/** The index in a NULL-terminated list of words, or -1 with an error. */
int
mcr_config_read_choice(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const json_t *value, const char *const *choices);

/* rate.c: into a struct mcr_config_rate */

mcr_config_read_fn mcr_config_read_allowance;
mcr_config_read_fn mcr_config_read_rate_limit;

/* address.c */

mcr_config_read_fn mcr_config_read_unicast; /**< into a uint32_t */
/** A unicast address with its prefix length, host bits kept, into a struct mcr_config_prefix. */
mcr_config_read_fn mcr_config_read_interface;
/** A unicast address of either family, into a uint32_t. */
mcr_config_read_fn mcr_config_read_host;
/** A network or a single address of either family, into a zeroed struct mcr_config_prefix; host
 * bits are an error. */
mcr_config_read_fn mcr_config_read_network;
/** A group or prefix of either family, into a struct mcr_config_prefix. */
mcr_config_read_fn mcr_config_read_group;
mcr_config_read_fn mcr_config_read_ipv4_group;
/** A unicast MAC that is not all zeros, into a struct rte_ether_addr. */
mcr_config_read_fn mcr_config_read_mac;
/** Like inet_pton(); adds no error. */
bool
mcr_config_parse_ipv4(const char *text, uint32_t *address);
/** Whether one prefix is within the other; not if they differ in family. */
bool
mcr_config_covers(const struct mcr_config_prefix *wide, const struct mcr_config_prefix *narrow);
/** Whether one of two prefixes is within the other. */
bool
mcr_config_overlaps(const struct mcr_config_prefix *a, const struct mcr_config_prefix *b);
/** Whether it is the network or broadcast address of an IPv4 subnet. */
bool
mcr_config_is_subnet_address(const struct mcr_config_prefix *subnet, uint32_t address);

/** The least that a link of IPv6 carries (RFC 8200 5). */
#define MCR_CONFIG_IPV6_MTU_MIN 1280

#define MCR_CONFIG_IPV4 "%u.%u.%u.%u"
#define MCR_CONFIG_IPV4_BYTES(a) (a) >> 24, (a) >> 16 & 0xff, (a) >> 8 & 0xff, (a)&0xff

/* ipv6.c: each number that is read is held. */

/** Whether a string is meant to be an address of IPv6. */
bool
mcr_config_looks_like_ipv6(const json_t *value);
/** @param expected What to say of something else. */
void
mcr_config_read_group_of_ipv6(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const char *expected, const json_t *value, struct mcr_config_prefix *group);
mcr_config_read_fn mcr_config_read_ipv6_group;
mcr_config_read_fn mcr_config_read_ipv6_host;    /**< unicast, into a uint32_t */
mcr_config_read_fn mcr_config_read_ipv6_network; /**< as mcr_config_read_network() */
/** An address inside a tunnel: unicast, but not link-local, into a uint32_t. */
mcr_config_read_fn mcr_config_read_ipv6_overlay;
/** The hub's address inside a tunnel with the length of its subnet, into a struct
 * mcr_config_prefix, whose address is the host's number. Both are 0 after an error. */
mcr_config_read_fn mcr_config_read_ipv6_hub_overlay;
/** Whether an address is in the subnet of such a host. */
bool
mcr_config_shares_ipv6_subnet(const struct mcr_config_prefix *host, uint32_t address);
/** Whether it is the anycast address of the routers of its subnet (RFC 4291 2.6.1), which no host
 * has. */
bool
mcr_config_is_ipv6_anycast(const struct in6_addr *address, uint8_t length);
/** The hub's own address with its prefix length. Both are 0 after an error. */
void
mcr_config_read_ipv6_interface(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const json_t *value, uint32_t *host, uint32_t *network);
/** Drop an address of either family, which becomes 0. */
void
mcr_config_drop(uint32_t *address);
/** Free a list with what it holds. */
void
mcr_config_free_prefixes(struct mcr_config_prefix *prefixes, uint32_t count);

const char *
mcr_config_find_nearest(const char *word, const struct mcr_config_key *keys);

/* names.c */

void
mcr_config_index_names(struct mcr_config_reader *reader);
/** Append the member of this name at position at->index; false when there is none. */
bool
mcr_config_append_name(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const char *name, struct mcr_config_names *names);
void
mcr_config_finish_names(struct mcr_config_reader *reader, struct mcr_config_names *names);
/** Into a struct mcr_config_names; members of role sender are left out with a warning. */
mcr_config_read_fn mcr_config_read_receivers;
/** Likewise of a group of this family: that a member takes none is an error, "*" leaves it out. */
mcr_config_read_fn mcr_config_read_ipv4_receivers;
mcr_config_read_fn mcr_config_read_ipv6_receivers;
/** Fill config->receivers and, of each family, the meaning of "*". */
void
mcr_config_collect_receivers(struct mcr_config_reader *reader);

/* unique.c */

static inline int
mcr_config_compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

typedef int
mcr_config_compare_fn(const struct mcr_config *config, uint32_t a, uint32_t b);
typedef void
mcr_config_report_fn(struct mcr_config_reader *reader, uint32_t first, uint32_t again);

/** Sort indices by compare(); equal ones in ascending order. */
void
mcr_config_sort(const struct mcr_config *config, uint32_t *indices, uint32_t count,
	mcr_config_compare_fn *compare);
/** Sort indices and report each one that equals an earlier one. */
void
mcr_config_check_unique(struct mcr_config_reader *reader, uint32_t *indices, uint32_t count,
	mcr_config_compare_fn *compare, mcr_config_report_fn *report);

/* Sections: port.c, member.c, group.c, igmp.c, amt.c, admit.c, lcores.c, limits.c, domain.c */

/** igmp.c: a list of groups and prefixes, into a zeroed struct mcr_config_join. */
mcr_config_read_fn mcr_config_read_join;

mcr_config_read_fn mcr_config_read_ports;
mcr_config_read_fn mcr_config_read_members;
mcr_config_read_fn mcr_config_read_groups;
mcr_config_read_fn mcr_config_read_igmp; /**< `igmp` or `mld` */
mcr_config_read_fn mcr_config_read_amt;
mcr_config_read_fn mcr_config_read_admits;
mcr_config_read_fn mcr_config_read_lcores;
mcr_config_read_fn mcr_config_read_limits;
mcr_config_read_fn mcr_config_read_tuning;
mcr_config_read_fn mcr_config_read_domain;

/** The words for enum mcr_encap and enum mcr_config_role, in their order, then NULL. */
extern const char *const mcr_config_encap_names[];
extern const char *const mcr_config_role_names[];

/** The configuration without `igmp` and `mld`; false with an error. */
bool
mcr_config_set_igmp_defaults(struct mcr_config_reader *reader);

/* Checks across entries and sections, after all are read. */

void
mcr_config_check_ports(struct mcr_config_reader *reader);
/** A port with a wrong address or gateway has neither address: see above. */
bool
mcr_config_is_port_wrong(const struct mcr_config_port *port);
void
mcr_config_check_members(struct mcr_config_reader *reader);
void
mcr_config_check_groups(struct mcr_config_reader *reader);
void
mcr_config_check_admits(struct mcr_config_reader *reader);
void
mcr_config_check_udp_ports(struct mcr_config_reader *reader);

/* finding.c */

/** Entries with the same warning: one line names the first and counts the others. */
struct mcr_config_finding {
	uint32_t count;
	uint32_t index;
	uint32_t other; /**< the entry or number that it conflicts with */
};

void
mcr_config_find(struct mcr_config_finding *finding, uint32_t index, uint32_t other);
/** A warning at LIST[index].KEY, or at LIST[index] for a NULL key; nothing if count is 0. */
void
mcr_config_add_finding(struct mcr_config_reader *reader, const char *list, const char *key,
	const struct mcr_config_finding *finding, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/** warn*.c: warn of what is allowed but probably a mistake. The configuration has no errors. */
void
mcr_config_warn(struct mcr_config_reader *reader);
void
mcr_config_warn_members(struct mcr_config_reader *reader);
void
mcr_config_warn_groups(struct mcr_config_reader *reader);
void
mcr_config_warn_learning(struct mcr_config_reader *reader);

/** domain.c */
void
mcr_config_warn_domain(struct mcr_config_reader *reader);
/** Of what hubs with shared members have in common. */
void
mcr_config_digest(struct mcr_config_reader *reader);

/** state_folder.c: warn when the file system does not allow the state file. */
void
mcr_config_warn_state_file(struct mcr_config_reader *reader);

#endif
