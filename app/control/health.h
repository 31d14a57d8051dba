/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * What is wrong with the hub now: a fixed set of reasons, each with its state, and when a change is
 * worth a line of the log. Pure; the clock is passed in.
 */

#ifndef MCR_CONTROL_HEALTH_H
#define MCR_CONTROL_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

/** A telemetry string has room for 127 characters. */
#define MCR_HEALTH_TEXT_SIZE 128

/** Names in a text: the longest one, and room for what is said of them. */
#define MCR_HEALTH_NAMES_SIZE 72

/** While a reason lasts, a changed count is logged at most this often, in milliseconds. */
#define MCR_HEALTH_REPEAT_MS 10000

/**
 * Reasons: X(constant, name, degrades, log, delay_ms). The log waits until a reason has lasted for
 * delay_ms. Reasons without a log have one elsewhere, or are no fault.
 *
 * In the delay of the two that wait for ARP, 4096 members have been asked several times.
 */
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
	X(LCORE, lcore_stuck, true, false, 0)               \
	X(STATE_FILE, state_file, true, false, 0)           \
	X(RELOAD, reload_refused, true, false, 0)           \
	X(JOINS, joins_waiting, true, false, 0)             \
	X(SAME_MAC, same_mac, false, true, 0)               \
	X(SILENT, members_silent, false, false, 0)

enum mcr_health_reason {
#define X(constant, ...) MCR_HEALTH_##constant,
	MCR_HEALTH_REASONS(X)
#undef X
		MCR_HEALTH_COUNT
};

/** What a look at one reason came to. */
struct mcr_health_finding {
	uint32_t count; /**< of what is wrong; 0: nothing */
	char text[MCR_HEALTH_TEXT_SIZE];
};

/** A reason since it began. */
struct mcr_health_state {
	struct mcr_health_finding now;
	uint64_t since_ms; /**< when it began, or ended */
	uint64_t logged_ms;
	uint32_t logged_count; /**< as last logged; 0: not since it began */
};

enum mcr_health_news {
	MCR_HEALTH_NO_NEWS,
	MCR_HEALTH_BEGAN,
	MCR_HEALTH_CHANGED,
	MCR_HEALTH_ENDED, /**< state->now has the last text where the finding has none */
};

/** The word that telemetry uses. */
const char *
mcr_health_name(enum mcr_health_reason reason);

/** Whether a hub with this reason is degraded; else the reason is a note. */
bool
mcr_health_degrades(enum mcr_health_reason reason);

/** Whether changes of this reason are to be logged. */
bool
mcr_health_is_logged(enum mcr_health_reason reason);

/**
 * Take a finding.
 *
 * @param[in,out] state
 *   Of this reason; all zeros at first.
 * @param now_ms
 *   Milliseconds, not 0.
 * @return
 *   What is worth a line: the beginning, the end of what was reported, and a changed count in
 *   between, the last at most every MCR_HEALTH_REPEAT_MS.
 */
enum mcr_health_news
mcr_health_take(enum mcr_health_reason reason, struct mcr_health_state *state,
	const struct mcr_health_finding *finding, uint64_t now_ms);

/** A counter of losses, which counts as a fault while it grew a short time ago. */
struct mcr_health_growth {
	uint64_t value;
	uint64_t start;    /**< the value before it began to grow */
	uint64_t grown_ms; /**< when it was last seen to grow; 0: never */
};

/** How long growth is a fault, in milliseconds. */
#define MCR_HEALTH_GROWTH_MS 60000

/**
 * Take a counter's new value. One that went back was reset, and starts anew.
 *
 * @return
 *   How much it has grown since that began; 0 when it has not for MCR_HEALTH_GROWTH_MS.
 */
uint64_t
mcr_health_grow(struct mcr_health_growth *growth, uint64_t value, uint64_t now_ms);

/**
 * Add a name to a list, "a, b, ...".
 *
 * @param[in,out] list
 *   A string. Names that do not fit are left out behind ", ...".
 * @param place
 *   Of the name in the list, from 0 on.
 */
void
mcr_health_list(char list[MCR_HEALTH_NAMES_SIZE], uint32_t place, const char *name);

#endif
