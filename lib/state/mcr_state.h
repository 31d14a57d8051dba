/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Learned membership as a text file that survives a restart. The first line has the version, the
 * last one a checksum of all lines before. A member is followed by the port of its NAT, if any, the
 * hub's address that it sends to, if undeclared at a hub with several, and its groups:
 *
 *   mcdpdk-state 1
 *   secret 00112233445566778899aabbccddeeff
 *   member gre 10.0.0.57 key 7
 *   hub 10.1.0.10
 *   exclude 239.1.1.1 10.0.0.11
 *   include 232.1.1.1 10.0.0.12 10.0.0.13
 *   exclude ff1e::10
 *   member vxlan 10.0.0.30 id 42 port 4789
 *   nat 51234
 *   member gre fd00::57 key 7
 *   neighbour 10.0.0.10 10.0.0.57 02:00:00:00:00:01
 *   crc32c 8f3e01a7
 *
 * A neighbour is the hub's address on a port, an address that is on link there, and its MAC.
 *
 * A file is replaced and read as a whole or not at all. Addresses are those of mcr_address.h. No
 * shared state between different texts and files but the table of those addresses.
 */

#ifndef MCR_STATE_H
#define MCR_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mcr_member.h>
#include <rte_ether.h>

#define MCR_STATE_SOURCES_MAX 256

/** All of one family. */
struct mcr_state_group {
	uint32_t group;
	bool exclude; /**< all sources except those listed; else only those listed */
	uint16_t source_count;
	const uint32_t *sources;
};

/** A text being written. Initialized with zeros, released by mcr_state_free(). */
struct mcr_state_text {
	char *bytes; /**< without terminating zero */
	size_t length;
	size_t size;
	bool failed; /**< out of memory; later additions are ignored */
};

/** Begin a new text in place of any old one. */
void
mcr_state_begin(struct mcr_state_text *text);

#define MCR_STATE_SECRET_LEN 16

/** Add the secret of the AMT relay, so that Response MACs stay valid. */
void
mcr_state_add_secret(struct mcr_state_text *text, const uint8_t secret[MCR_STATE_SECRET_LEN]);

/** Add a member. Ports, hub addresses and groups added next are its own. */
void
mcr_state_add_member(struct mcr_state_text *text, const struct mcr_member_identity *identity);

/** Add the UDP port of the NAT in front of the member; not 0. */
void
mcr_state_add_nat_port(struct mcr_state_text *text, uint16_t port);

void
mcr_state_add_hub_address(struct mcr_state_text *text, uint32_t address);

/** Add a multicast group; omits sources beyond MCR_STATE_SOURCES_MAX. */
void
mcr_state_add_group(struct mcr_state_text *text, const struct mcr_state_group *group);

/** An address on the link of one of the hub's ports. */
struct mcr_state_neighbour {
	uint32_t hub; /**< the port's own address, of one of its families */
	uint32_t address;
	struct rte_ether_addr mac; /**< unicast, not zero */
};

/** Add a neighbour, anywhere. */
void
mcr_state_add_neighbour(struct mcr_state_text *text, const struct mcr_state_neighbour *neighbour);

/** Add the checksum. @return 0, or -ENOMEM when the text failed. */
int
mcr_state_end(struct mcr_state_text *text);

void
mcr_state_free(struct mcr_state_text *text);

/** Callbacks for the lines of a text; all are required. Addresses are valid during the call only
 * without another reference, and MCR_ADDRESS_NONE without memory for their numbers. */
struct mcr_state_ops {
	void (*secret)(void *arg, const uint8_t secret[MCR_STATE_SECRET_LEN]);
	void (*member)(void *arg, const struct mcr_member_identity *identity);
	/** Of the last member, as the next two; not 0. */
	void (*nat_port)(void *arg, uint16_t port);
	void (*hub_address)(void *arg, uint32_t address);
	/** Valid during the call only. */
	void (*group)(void *arg, const struct mcr_state_group *group);
	/** Of no member; valid during the call only. */
	void (*neighbour)(void *arg, const struct mcr_state_neighbour *neighbour);
};

/**
 * Read a text. No callback is called before all lines have been checked.
 * @param[out] line The wrong line, counted from 1; 0: the text as a whole.
 * @return 0; -EPROTONOSUPPORT: another version; -EBADMSG: truncated, changed or invalid.
 */
int
mcr_state_read(const char *bytes, size_t length, const struct mcr_state_ops *ops, void *arg,
	uint32_t *line);

/**
 * Replace a file by way of PATH.new, with mode 0600, and wait for the disk. Readers, also after a
 * crash of the machine, find the old or the new content.
 * @return 0; or -errno, and the file is unchanged.
 */
int
mcr_state_save(const char *path, const char *bytes, size_t length);

/**
 * Read a file into memory, which the caller frees with free() when 0 is returned.
 * @return 0 or -errno; -EFBIG above 1 GiB.
 */
int
mcr_state_load(const char *path, char **bytes, size_t *length);

/** Rename a file to PATH.broken, replacing any. @return 0 or -errno. */
int
mcr_state_set_aside(const char *path);

#endif
