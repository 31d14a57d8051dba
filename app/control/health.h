/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file A fixed set of health reasons, the state of each, and when to log a change. Pure; the
 * clock is passed in. */

#ifndef MCR_CONTROL_HEALTH_H
#define MCR_CONTROL_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

/** A telemetry string has room for 127 characters. */
#define MCR_HEALTH_TEXT_SIZE 192

/** A list of names; the rest of the text has room beside it. */
#define MCR_HEALTH_NAMES_SIZE 72

/** A reason is logged at most this often, in milliseconds: its beginning, or a changed count. Its
 * end is logged once. */
#define MCR_HEALTH_REPEAT_MS 10000

/** Reasons: X(constant, name, degrades, log, delay_ms). A reason is logged after delay_ms. Reasons
 * without a log are logged elsewhere or are no fault. 3000 ms suffice to send several ARP requests
 * to each of 4096 members. */
#define MCR_HEALTH_REASONS(X)                               \
	X(NOT_READY, not_ready, true, false, 0)             \
	X(GATEWAY, gateway_unresolved, true, true, 3000)    \
	X(UNRESOLVED, members_unresolved, true, true, 3000) \
	X(CONFLICT, address_conflict, true, true, 0)        \
	X(KERNEL, kernel_address, true, true, 0)            \
	X(DEVICE, device_gone, true, true, 0)               \
	X(RESET, port_reset, true, false, 0)                \
	X(LINK, link_down, true, false, 0)                  \
	X(QUEUES, queues_unread, true, true, 0)             \
	X(STALLED, port_stalled, true, true, 0)             \
	X(MISSED, rx_missed, true, true, 0)                 \
	X(NO_MBUF, no_mbuf, true, true, 0)                  \
	X(RING_FULL, ring_full, true, true, 0)              \
	X(TX_DROPS, tx_drops, true, true, 0)                \
	X(SHED, copies_shed, true, true, 0)                 \
	X(PEERS, peer_down, true, false, 0)                 \
	X(AGENT, agent_away, true, true, 0)                 \
	X(ETCD, etcd_away, true, true, 0)                   \
	X(UNSERVED, members_unserved, true, true, 3000)     \
	X(LCORE, lcore_stuck, true, false, 0)               \
	X(STATE_FILE, state_file, true, false, 0)           \
	X(RELOAD, reload_refused, true, false, 0)           \
	X(JOINS, joins_waiting, true, false, 0)             \
	X(SAME_MAC, same_mac, false, true, 0)               \
	X(SILENT, members_silent, false, false, 0)          \
	X(DRAINING, draining, false, false, 0)

enum mcr_health_reason {
#define X(constant, ...) MCR_HEALTH_##constant,
	MCR_HEALTH_REASONS(X)
#undef X
		MCR_HEALTH_COUNT
};

struct mcr_health_finding {
	uint32_t count; /**< faults; 0: none */
	char text[MCR_HEALTH_TEXT_SIZE];
};

/** A reason since it began. */
struct mcr_health_state {
	struct mcr_health_finding now;
	uint64_t since_ms; /**< when it began or ended */
	uint64_t logged_ms;
	uint32_t logged_count; /**< last logged; 0: not since it began */
};

enum mcr_health_news {
	MCR_HEALTH_NO_NEWS,
	MCR_HEALTH_BEGAN,
	MCR_HEALTH_CHANGED,
	MCR_HEALTH_ENDED, /**< state->now has the last text where the finding has none */
};

/** The name in telemetry. */
const char *
mcr_health_name(enum mcr_health_reason reason);

/** Whether the reason degrades the hub; else it is a note. */
bool
mcr_health_degrades(enum mcr_health_reason reason);

bool
mcr_health_is_logged(enum mcr_health_reason reason);

/**
 * Take a finding.
 * @param[in,out] state All zeros at first.
 * @param now_ms Not 0.
 * @return What to log: the beginning or a changed count (at most every MCR_HEALTH_REPEAT_MS), or
 * the end of what was logged.
 */
enum mcr_health_news
mcr_health_take(enum mcr_health_reason reason, struct mcr_health_state *state,
	const struct mcr_health_finding *finding, uint64_t now_ms);

/** A counter of losses. Recent growth is a fault. */
struct mcr_health_growth {
	uint64_t value;
	uint64_t start;    /**< the value before it began to grow */
	uint64_t grown_ms; /**< when it was last seen to grow; 0: never */
};

/** How long growth is a fault, in milliseconds. */
#define MCR_HEALTH_GROWTH_MS 60000

/** Take a counter's new value. A lower value means that the counter was reset.
 * @return The growth since it began; 0 after MCR_HEALTH_GROWTH_MS without growth. */
uint64_t
mcr_health_grow(struct mcr_health_growth *growth, uint64_t value, uint64_t now_ms);

/** Append a name to the list "a, b". ", ..." replaces names that do not fit. @param place From
 * 0. */
void
mcr_health_list(char list[MCR_HEALTH_NAMES_SIZE], uint32_t place, const char *name);

#endif
