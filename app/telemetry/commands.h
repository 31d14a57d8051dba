/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The commands /mcdpdk/... of the DPDK telemetry socket.
 *
 * Telemetry has threads of its own; a command is carried out on the control lcore, by the mailbox.
 *
 * DPDK 22.11 cuts answers at 16 kB, arrays at 512 and dictionaries at 256 entries, so lists come in
 * pages; and no array holds objects, so records are objects named r0, r1, ...
 */

#ifndef MCR_TELEMETRY_COMMANDS_H
#define MCR_TELEMETRY_COMMANDS_H

#include <mcr_dpdk.h>

#include "control/context.h"

/** @param params What follows the command and its comma; "" without. */
typedef void (*mcr_telemetry_handler)(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer);

/** Offer the commands. @return 0 or -errno. */
int
mcr_telemetry_start(struct mcr_controller *control);

/** No command is carried out any more when this returns. */
void
mcr_telemetry_stop(struct mcr_controller *control);

/** Make the whole answer {"error": ...}. */
void
mcr_telemetry_error(struct rte_tel_data *answer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** Make the answer {"status": ..., "message": ...}. @param error NULL when all went well. */
void
mcr_telemetry_status(struct rte_tel_data *answer, const char *error);

/** Add the record rN to an answer. @param record From rte_tel_data_alloc(), consumed. */
void
mcr_telemetry_add_record(struct rte_tel_data *answer, uint32_t n, struct rte_tel_data *record);

/** Write a MAC as Linux does. */
void
mcr_telemetry_format_mac(const struct rte_ether_addr *mac, char text[RTE_ETHER_ADDR_FMT_SIZE]);

/** Add what every page of a list has. @param next The offset behind this page's last record. */
void
mcr_telemetry_add_page(struct rte_tel_data *answer, uint32_t total, uint32_t next);

/** The MAC that frames to a member carry; "" when its next hop is not resolved. */
void
mcr_telemetry_format_next_hop(
	const struct mcr_fib *fib, uint32_t member, char mac[RTE_ETHER_ADDR_FMT_SIZE]);

/** Add an array of the names of origins, from bits of enum mcr_origin. */
void
mcr_telemetry_add_origins(struct rte_tel_data *answer, unsigned int origins);

/**
 * Read an offset, which may be missing ("").
 *
 * @return
 *   The character after it: the end or a comma; NULL when it is no number.
 */
const char *
mcr_telemetry_parse_offset(const char *params, uint32_t *offset);

/**
 * Read a group as telemetry writes it: "G", "G/LENGTH" or "G,S".
 *
 * @return
 *   Whether it is one; nothing may follow it.
 */
bool
mcr_telemetry_parse_group(const char *text, struct mcr_group_key *key);

/**
 * Whether somebody may send from an address, as the configuration has it of `sources`.
 *
 * @param source
 *   NULL: any source, which is well.
 * @param[out] error
 *   What is wrong with it, of RTE_TEL_MAX_STRING_LEN.
 */
bool
mcr_telemetry_check_source(const struct mcr_controller *control, const char *source, char *error);

/** Room for a group as text. */
#define MCR_GROUP_TEXT_SIZE 40

void
mcr_telemetry_format_group(const struct mcr_group_key *key, char text[MCR_GROUP_TEXT_SIZE]);

/** Handlers, by file. */
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
mcr_telemetry_igmp(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_stations(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_amt(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_explain(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_reload(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_join(struct mcr_controller *, const char *, struct rte_tel_data *);
void
mcr_telemetry_leave(struct mcr_controller *, const char *, struct rte_tel_data *);

#endif
