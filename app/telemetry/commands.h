/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The commands /mcdpdk/... of the DPDK telemetry socket, which has its own threads: the mailbox
 * carries each command to the control lcore. Parameters are "" or the text after the comma.
 *
 * DPDK 22.11 truncates answers at 16 kB, arrays at 512 and dictionaries at 256 entries: lists are
 * returned in pages. An array cannot hold objects: records are objects named r0, r1, ...
 */

#ifndef MCR_TELEMETRY_COMMANDS_H
#define MCR_TELEMETRY_COMMANDS_H

#include <mcr_dpdk.h>

#include "control/context.h"
#include "telemetry/group_key.h"

typedef void (*mcr_telemetry_handler)(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer);

/** @return 0 or -errno. */
int
mcr_telemetry_start(struct mcr_controller *control);

/** The control lcore carries out no more commands, and no telemetry thread uses the controller. */
void
mcr_telemetry_stop(struct mcr_controller *control);

/** Replace the answer by {"error": ...}. */
void
mcr_telemetry_error(struct rte_tel_data *answer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** Make the answer {"status": ..., "message": ...}. @param error NULL: success. */
void
mcr_telemetry_status(struct rte_tel_data *answer, const char *error);

/** Add a record. @param record From rte_tel_data_alloc(), consumed; NULL adds nothing. */
void
mcr_telemetry_add_named(struct rte_tel_data *answer, const char *name, struct rte_tel_data *record);

/** Add a record as rN. @param record From rte_tel_data_alloc(), consumed; NULL adds nothing. */
void
mcr_telemetry_add_record(struct rte_tel_data *answer, uint32_t n, struct rte_tel_data *record);

void
mcr_telemetry_format_mac(const struct rte_ether_addr *mac, char text[RTE_ETHER_ADDR_FMT_SIZE]);

/** One page of a list: records, or names in one array. */
struct mcr_telemetry_page {
	struct rte_tel_data *answer;
	struct rte_tel_data *names; /**< NULL: the page holds records */
	uint32_t offset;
	uint32_t size; /**< entries that fit the answer; fewer names, if they are long */
	uint32_t room; /**< for names, in bytes */
	uint32_t seen; /**< entries passed to mcr_telemetry_is_on_page() */
	uint32_t count;
};

/**
 * Start a page at the parameters' offset (default 0).
 * @param subject Name of the parameter after the offset; NULL: there is none.
 * @return Text of that parameter, or ""; NULL: the answer is an error.
 */
const char *
mcr_telemetry_start_page(struct mcr_telemetry_page *page, struct rte_tel_data *answer,
	uint32_t size, const char *params, const char *subject);

/** Make it a page of names. @return false: no memory, the answer stays empty. */
bool
mcr_telemetry_start_names(struct mcr_telemetry_page *page);

/** Bytes of the answer's 16 kB for strings in one array. */
#define MCR_TELEMETRY_TEXTS_SIZE 16000

/** Take the room for a string in an array. @return false: it does not fit. */
bool
mcr_telemetry_take_room(uint32_t *room, const char *text);

/** Whether to add this entry. Call for each one from the start of the list. */
bool
mcr_telemetry_is_on_page(struct mcr_telemetry_page *page);

void
mcr_telemetry_add_to_page(struct mcr_telemetry_page *page, struct rte_tel_data *record);

void
mcr_telemetry_add_name(struct mcr_telemetry_page *page, const char *name);

/** Add the total, the offset of the next page (0: none) and, with names, their array as `key`. */
void
mcr_telemetry_end_page(struct mcr_telemetry_page *page, uint32_t total, const char *key);

/** Write the next hop's MAC; "" while it is not resolved. */
void
mcr_telemetry_format_next_hop(
	const struct mcr_fib *fib, uint32_t member, char mac[RTE_ETHER_ADDR_FMT_SIZE]);

/** @param group An address or prefix: what its hosts joined by has its name. */
void
mcr_telemetry_add_origins(struct rte_tel_data *answer, unsigned int origins, uint32_t group);

/**
 * Whether an address may be a group's source; NULL: any source, valid.
 * @param[out] error Why not; RTE_TEL_MAX_STRING_LEN bytes.
 */
bool
mcr_telemetry_check_source(struct mcr_controller *control, const char *source, char *error);

/** As mcr_group_next(), after a pause: before it, an entry and the numbers of its key may go in the
 * pause. */
uint32_t
mcr_telemetry_next_group(struct mcr_controller *control, uint32_t from);

/** Write the entry that decides about a packet; MCR_GROUP_NONE is "". */
void
mcr_telemetry_format_match(
	const struct mcr_fib *fib, struct mcr_group_ref match, char text[MCR_GROUP_TEXT_SIZE]);

/** Seconds since a time of the TSC. Clocks of cores differ, so it may lie in the future. At least
 * 1: 0 means never. */
uint64_t
mcr_telemetry_seconds_since(uint64_t ticks);

void
mcr_telemetry_info(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_health(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_stats(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_drops(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_refused(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_ports(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_lcores(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_control(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_latency(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_groups(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_group(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_group_table(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_receivers(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_members(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_member(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_member_table(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_member_groups(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_streams(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_igmp(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_mld(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_stations(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_amt(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_explain(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_domain(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_domain_state(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_interest(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_peers(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_peer_set(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_peer_remove(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_peer_interest(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_peer_sync(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_peer_serves(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_peer_reach(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_placement(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_drain(struct mcr_controller *, const char *, struct rte_tel_data *);
bool
mcr_telemetry_await_rates(struct mcr_controller *, const char *, uint64_t *asked_ms);
void
mcr_telemetry_rates(struct mcr_controller *, const char *, struct rte_tel_data *);
bool
mcr_telemetry_await_reload(struct mcr_controller *, uint32_t *reload);
void
mcr_telemetry_reload(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_join(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_leave(struct mcr_controller *, const char *, struct rte_tel_data *);

#endif
