/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Learned membership as a file, to survive a restart.
 *
 * Lines of text, a member by its identity and under it the port of its NAT where it is behind one,
 * the address of the hub that it sends to where the hub has several and nobody declared the member,
 * and a line for each of its groups; the first line says the version, the last one has a checksum
 * of all before it:
 *
 *   mcdpdk-state 1
 *   secret 00112233445566778899aabbccddeeff
 *   member gre 10.0.0.57 key 7
 *   hub 10.1.0.10
 *   exclude 239.1.1.1 10.0.0.11
 *   include 232.1.1.1 10.0.0.12 10.0.0.13
 *   member vxlan 10.0.0.30 id 42 port 4789
 *   nat 51234
 *   crc32c 8f3e01a7
 *
 * A file is replaced whole or not at all, and it is read whole or not at all.
 *
 * IPv4 addresses are in host byte order. No shared state: different texts and files may be worked
 * on by different threads.
 */

#ifndef MCR_STATE_H
#define MCR_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mcr_member.h>

/** Most sources that a group may have. */
#define MCR_STATE_SOURCES_MAX 256

/** What a member joined of one group. */
struct mcr_state_group {
	uint32_t group;
	bool exclude; /**< all sources but those listed; else only those listed */
	uint16_t source_count;
	const uint32_t *sources;
};

/** A file's text under construction. Starts with all zeros; ends with mcr_state_free(). */
struct mcr_state_text {
	char *bytes; /**< not terminated by zero */
	size_t length;
	size_t size;
	bool failed; /**< no memory; what is added from then on is ignored */
};

/** Begin a text, whatever it held before. */
void
mcr_state_begin(struct mcr_state_text *text);

/** Bytes of a secret. */
#define MCR_STATE_SECRET_LEN 16

/** Add the secret of the AMT relay, by which it knows its own Response MACs again. */
void
mcr_state_add_secret(struct mcr_state_text *text, const uint8_t secret[MCR_STATE_SECRET_LEN]);

/** Add a member; the groups that follow are its own. */
void
mcr_state_add_member(struct mcr_state_text *text, const struct mcr_member_identity *identity);

/** Add the UDP port at which a NAT passes packets on to the member added last. */
void
mcr_state_add_nat_port(struct mcr_state_text *text, uint16_t port);

/** Add the address of the hub that the member added last sends to. */
void
mcr_state_add_hub_address(struct mcr_state_text *text, uint32_t address);

/** Add a group; sources beyond MCR_STATE_SOURCES_MAX are left out. */
void
mcr_state_add_group(struct mcr_state_text *text, const struct mcr_state_group *group);

/** End the text with its checksum. @return 0, or -ENOMEM when something had no room. */
int
mcr_state_end(struct mcr_state_text *text);

void
mcr_state_free(struct mcr_state_text *text);

/** Who is told what a text says. */
struct mcr_state_ops {
	void (*secret)(void *arg, const uint8_t secret[MCR_STATE_SECRET_LEN]);
	void (*member)(void *arg, const struct mcr_member_identity *identity);
	/** Of the member told last; not 0. */
	void (*nat_port)(void *arg, uint16_t port);
	/** Of the member told last. */
	void (*hub_address)(void *arg, uint32_t address);
	/** Of the member told last. @param group Valid during the call only. */
	void (*group)(void *arg, const struct mcr_state_group *group);
};

/**
 * Read a text. All of it is checked before anything is told.
 *
 * @param[out] line
 *   The line that is wrong, counted from 1; 0: the text as a whole.
 * @return
 *   0; -EPROTONOSUPPORT when it is of another version; -EBADMSG when it is cut off, changed, or
 *   says what cannot be.
 */
int
mcr_state_read(const char *bytes, size_t length, const struct mcr_state_ops *ops, void *arg,
	uint32_t *line);

/**
 * Replace a file by this text: a reader, and the next start after a failure of the machine, find
 * the old one or the new one. What a program may not read of others is in it: mode 0600.
 *
 * @param path
 *   A file beside it, named PATH.new, is used on the way.
 * @return
 *   0 or -errno; then the file is as it was.
 *
 * Waits for the disk.
 */
int
mcr_state_save(const char *path, const char *bytes, size_t length);

/**
 * Read a file into memory.
 *
 * @param[out] bytes
 *   To be freed with free() when 0 was returned.
 * @return
 *   0, -ENOENT when there is none, another -errno; -EFBIG above 1 GiB.
 */
int
mcr_state_load(const char *path, char **bytes, size_t *length);

/** Rename a file to PATH.broken, in place of one that may be there. @return 0 or -errno. */
int
mcr_state_set_aside(const char *path);

#endif
