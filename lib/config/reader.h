/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * How a section of the configuration is read: where one is in the text, what is wrong there, and
 * one function for each kind of value.
 *
 * A function that finds a value wrong appends an error and returns zero in its place; reading goes
 * on, so that all errors of a text are found. An entry that is wrong in what it is known by gets
 * the address 0, which no correct one has: the checks between entries leave it out.
 */

#ifndef MCR_CONFIG_READER_H
#define MCR_CONFIG_READER_H

#include <jansson.h>

#include <rte_debug.h>

#include "mcr_config.h"

/** Where in the text: a key, or an element of a list (key is NULL). A NULL path is the whole text.
 */
struct mcr_config_path {
	const struct mcr_config_path *parent;
	const char *key;
	size_t index;
};

struct mcr_config_reader {
	struct mcr_config *config; /**< what is being built; owns all that is allocated for it */
	const char *file;          /**< for messages */
	const json_t *root;        /**< what is being read, for the names in messages */
	struct mcr_config_messages *errors;
	uint64_t error_count; /**< found so far, whether or not a line could be kept */
	uint32_t *by_name;    /**< indices of all members, ordered by name */
	uint32_t *listed;     /**< for each member: its place in the list being read, plus 1 */
};

/** Reads one value into the structure that the key belongs to. */
typedef void
mcr_config_read_fn(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object);

/** A key of an object. A list of them ends with a NULL name. */
struct mcr_config_key {
	const char *name;
	mcr_config_read_fn *read;
	bool required;
};

/* messages.c */

void
mcr_config_add_error(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const char *format, ...) __attribute__((format(printf, 3, 4)));
void
mcr_config_add_warning(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const char *format, ...) __attribute__((format(printf, 3, 4)));
/** An error without a path, at a place in the text when line is not 0. */
void
mcr_config_add_text_error(struct mcr_config_reader *reader, int line, int column, const char *what);

/** All is read: say how many errors there was no room for. */
void
mcr_config_tell_rest(struct mcr_config_reader *reader);

/* text.c */

/** The whole file, to be freed; NULL with an error. */
char *
mcr_config_read_file(struct mcr_config_reader *reader, size_t *len);
/** The text's root; NULL with an error when it is not JSON. Duplicate keys are errors. */
json_t *
mcr_config_read_json(struct mcr_config_reader *reader, const char *text, size_t len);

/* duplicate.c */

/** Report every key that an object of this text, which must be JSON, has more than once. */
void
mcr_config_check_duplicates(struct mcr_config_reader *reader, const char *text, size_t len);

/* read.c */

/** Memory for the configuration, zeroed; NULL with an error, or for count 0. */
void *
mcr_config_alloc(struct mcr_config_reader *reader, size_t count, size_t size);
/** Read an object by its list of keys, in their order; unknown and missing keys are errors. */
void
mcr_config_read_object(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, const struct mcr_config_key *keys, void *object);
/** Read a list, each element by the same function into an entry of this size; NULL when empty. */
void *
mcr_config_read_list(struct mcr_config_reader *reader, const struct mcr_config_path *parent,
	json_t *value, mcr_config_read_fn *read, size_t size, uint32_t *count);
/** An error: this kind of value was expected, another one is there. */
void
mcr_config_add_mismatch(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const char *expected, const json_t *value);

/* scalar.c */

uint64_t
mcr_config_read_uint(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const json_t *value, uint64_t min, uint64_t max);
bool
mcr_config_read_bool(
	struct mcr_config_reader *reader, const struct mcr_config_path *at, const json_t *value);
/** 0.05 to 3600 seconds, in microseconds. */
uint64_t
mcr_config_read_seconds(
	struct mcr_config_reader *reader, const struct mcr_config_path *at, const json_t *value);
/** NULL with an error when it is not a string. Valid as long as the value. */
const char *
mcr_config_read_string(
	struct mcr_config_reader *reader, const struct mcr_config_path *at, const json_t *value);
/** A copy, owned by the configuration; NULL with an error, also for an empty string. */
char *
mcr_config_copy_string(
	struct mcr_config_reader *reader, const struct mcr_config_path *at, const json_t *value);
/** The index in a NULL-terminated list of words, or -1 with an error. */
int
mcr_config_read_choice(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const json_t *value, const char *const *choices);

/* address.c */

/** A unicast address. */
uint32_t
mcr_config_read_unicast(
	struct mcr_config_reader *reader, const struct mcr_config_path *at, const json_t *value);
/** A unicast address with its prefix length, host bits kept. */
struct mcr_config_prefix
mcr_config_read_interface(
	struct mcr_config_reader *reader, const struct mcr_config_path *at, const json_t *value);
/** A network, or an address for itself alone; host bits are an error. */
struct mcr_config_prefix
mcr_config_read_network(
	struct mcr_config_reader *reader, const struct mcr_config_path *at, const json_t *value);
/** As mcr_config_read_network(), within 224.0.0.0/4. */
struct mcr_config_prefix
mcr_config_read_group(
	struct mcr_config_reader *reader, const struct mcr_config_path *at, const json_t *value);
/** A unicast MAC that is not all zeros. */
struct rte_ether_addr
mcr_config_read_mac(
	struct mcr_config_reader *reader, const struct mcr_config_path *at, const json_t *value);
/** An address alone, without an error: whether the text is one. */
bool
mcr_config_parse_ipv4(const char *text, uint32_t *address);
/** Whether one prefix has all of another. */
bool
mcr_config_covers(const struct mcr_config_prefix *wide, const struct mcr_config_prefix *narrow);
/** Whether two prefixes have an address in common. */
bool
mcr_config_overlaps(const struct mcr_config_prefix *a, const struct mcr_config_prefix *b);
/** Whether it stands for the subnet itself or for all of its hosts. */
bool
mcr_config_is_subnet_address(const struct mcr_config_prefix *subnet, uint32_t address);

/** For printf: "%u.%u.%u.%u" with the four bytes of an address. */
#define MCR_CONFIG_IPV4 "%u.%u.%u.%u"
#define MCR_CONFIG_IPV4_BYTES(a) (a) >> 24, (a) >> 16 & 0xff, (a) >> 8 & 0xff, (a)&0xff

/* nearest.c */

/** The known word that the given one was most likely meant to be. */
const char *
mcr_config_find_nearest(const char *word, const struct mcr_config_key *keys);

/* names.c */

/** Order the members by name and report names given twice; what names.c resolves with. */
void
mcr_config_index_names(struct mcr_config_reader *reader);
/** Append the member of this name, at->index being its place; false when there is none. */
bool
mcr_config_append_name(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const char *name, struct mcr_config_names *names);
/** A list is complete: to be called once after its names were appended. */
void
mcr_config_finish_names(struct mcr_config_reader *reader, struct mcr_config_names *names);
/** A list of members that are to receive; those of role sender are left out with a warning. */
void
mcr_config_read_receivers(struct mcr_config_reader *reader, const struct mcr_config_path *parent,
	json_t *value, struct mcr_config_names *names);
/** Make `receivers`, what "*" stands for. */
void
mcr_config_collect_receivers(struct mcr_config_reader *reader);

/* unique.c */

/** Negative, 0 or positive, as qsort() wants it. */
static inline int
mcr_config_compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

typedef int
mcr_config_compare_fn(const struct mcr_config *config, uint32_t a, uint32_t b);
typedef void
mcr_config_report_fn(struct mcr_config_reader *reader, uint32_t first, uint32_t again);

/** Sort these indices by what compare says; equal ones stay in ascending order. */
void
mcr_config_sort(const struct mcr_config *config, uint32_t *indices, uint32_t count,
	mcr_config_compare_fn *compare);
/** Sort these indices, and report every one that equals an earlier. */
void
mcr_config_check_unique(struct mcr_config_reader *reader, uint32_t *indices, uint32_t count,
	mcr_config_compare_fn *compare, mcr_config_report_fn *report);

/* join.c */

/** A list of groups and prefixes, into a struct mcr_config_join that is all zeros. */
mcr_config_read_fn mcr_config_read_join;

/* One for each section: port.c, member.c, group.c, igmp.c, amt.c, admit.c, lcores.c, limits.c */

mcr_config_read_fn mcr_config_read_ports;
mcr_config_read_fn mcr_config_read_members;
mcr_config_read_fn mcr_config_read_groups;
mcr_config_read_fn mcr_config_read_igmp;
mcr_config_read_fn mcr_config_read_amt;
mcr_config_read_fn mcr_config_read_admits;
mcr_config_read_fn mcr_config_read_lcores;
mcr_config_read_fn mcr_config_read_limits;
mcr_config_read_fn mcr_config_read_tuning;

/** The words for enum mcr_encap and enum mcr_config_role, in their order; end with NULL. */
extern const char *const mcr_config_encap_names[];
extern const char *const mcr_config_role_names[];

/** What holds when `igmp` is absent; false with an error. */
bool
mcr_config_set_igmp_defaults(struct mcr_config_reader *reader);

/* Checks that need more than one entry or section; run after all are read. */

void
mcr_config_check_ports(struct mcr_config_reader *reader);
void
mcr_config_check_members(struct mcr_config_reader *reader);
void
mcr_config_check_groups(struct mcr_config_reader *reader);
void
mcr_config_check_admits(struct mcr_config_reader *reader);
void
mcr_config_check_udp_ports(struct mcr_config_reader *reader);

/* finding.c */

/** Entries of a list that the same may be said of: one line names the first and counts the rest. */
struct mcr_config_finding {
	uint32_t count;
	uint32_t index; /**< of the first */
	uint32_t other; /**< what it clashes with, where that is an entry */
};

void
mcr_config_find(struct mcr_config_finding *finding, uint32_t index, uint32_t other);
/** A warning at LIST[index].KEY, or at LIST[index] for a NULL key; none when nothing was found. */
void
mcr_config_add_finding(struct mcr_config_reader *reader, const char *list, const char *key,
	const struct mcr_config_finding *finding, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* warn.c, warn_member.c, warn_group.c, warn_learning.c */

/** Warn of what is allowed, but likely not meant. The configuration has no errors. */
void
mcr_config_warn(struct mcr_config_reader *reader);
void
mcr_config_warn_members(struct mcr_config_reader *reader);
void
mcr_config_warn_groups(struct mcr_config_reader *reader);
void
mcr_config_warn_learning(struct mcr_config_reader *reader);

/* state_folder.c */

/** Warn when the state file cannot be kept here: looks at the file system. */
void
mcr_config_warn_state_file(struct mcr_config_reader *reader);

#endif /* MCR_CONFIG_READER_H */
