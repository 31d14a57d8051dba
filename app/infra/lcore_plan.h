/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The roles of the lcores, and the queues of each. Pure.
 */

#ifndef MCR_INFRA_LCORE_PLAN_H
#define MCR_INFRA_LCORE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_config.h>

#include "infra/driver_rules.h"

struct mcr_lcore_input {
	unsigned int id;
	int node;
};

struct mcr_port_input {
	struct mcr_queue_rules rules;
	int node;
};

struct mcr_lcore_plan_input {
	struct mcr_lcore_input main;
	const struct mcr_lcore_input *workers;
	uint16_t worker_count;
	const struct mcr_port_input *ports;
	uint16_t port_count;
	/** Configured lcore ids; rx_count 0: choose. An id in both receives and sends. */
	const uint32_t *rx;
	const uint32_t *tx;
	uint32_t rx_count;
	uint32_t tx_count;
	/** As numa_distance(): 10 is local, 0 unknown. */
	int (*distance)(int from, int to);
};

struct mcr_rx_queue {
	uint16_t port; /**< place in the input's ports */
	uint16_t queue;
};

struct mcr_lcore_role {
	unsigned int id;
	int node;
	bool is_control;
	bool is_rx;
	bool is_tx;
	uint16_t tx_queue; /**< on every port; TX lcore 0 sends injected frames */
	uint16_t rx_count;
	struct mcr_rx_queue *rx;
};

/** Roles: the control lcore first, then workers without the idle ones. */
struct mcr_lcore_plan {
	uint16_t count;
	struct mcr_lcore_role *roles;
	struct mcr_queue_count queues[RTE_MAX_ETHPORTS]; /**< by place in the input's ports */
	struct mcr_rx_queue *rx_queues;
	uint16_t rx_lcores;
	uint16_t tx_lcores;
	uint16_t idle;
	bool has_rings; /**< jobs cross from lcore to lcore */
};

enum mcr_lcore_plan_error {
	MCR_PLAN_OK,
	MCR_PLAN_NO_SUCH_LCORE,
	MCR_PLAN_NO_MEMORY,
};

/**
 * Give every lcore its role.
 *
 * Without workers the main lcore does everything; one worker receives and sends. Of more, a third
 * receives (at least one, at most one a queue) and the others send, as far as ports have queues.
 * Lcores near the ports come first.
 * @param[out] plan Free with mcr_lcore_plan_free(), also after an error.
 * @param[out] culprit The lcore id of the error.
 */
enum mcr_lcore_plan_error
mcr_lcore_plan(
	const struct mcr_lcore_plan_input *input, struct mcr_lcore_plan *plan, uint32_t *culprit);

void
mcr_lcore_plan_free(struct mcr_lcore_plan *plan);

uint16_t
mcr_lcore_plan_rx_queues(const struct mcr_lcore_plan *plan, uint16_t port);

/** TX queues of a port: one for each TX lcore, and what its driver demands beyond. */
uint16_t
mcr_lcore_plan_tx_queues(const struct mcr_lcore_plan *plan, uint16_t port);

#endif
