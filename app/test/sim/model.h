/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * What every host must get, and what it may. Whatever changes is in doubt until all is quiet: a
 * packet may have been received before the change, and its copy made after it.
 */

#ifndef MCR_TEST_SIM_MODEL_H
#define MCR_TEST_SIM_MODEL_H

#include <stdbool.h>
#include <stdint.h>

void
sim_model_start(void);

/** A host sends a packet, and its frame reaches the hub. @return The packet's number. */
uint32_t
sim_model_send(unsigned int host, unsigned int group);

/** Fails unless the host may get this copy now, for the first time, in order. */
void
sim_model_receive(unsigned int host, unsigned int group, uint32_t number);

/** Of the host's own will. @return Whether it is in the group, afterwards. */
void
sim_model_join(unsigned int host, unsigned int group, bool joins);

bool
sim_model_has_joined(unsigned int host, unsigned int group);

/** @return False: another reload goes on. */
bool
sim_model_reload(unsigned int config);

bool
sim_model_reloads(void);

/** Nothing reaches the host for sure until all is quiet. */
void
sim_model_doubt(unsigned int host);

bool
sim_model_is_in_doubt(unsigned int host);

/** Nothing is on its way any more: forget all doubts.
 * @param has_losses The hub has counted some, so a missing copy is no error. */
void
sim_model_quiet(bool has_losses);

/** Hosts that send, in the configuration in force. */
bool
sim_model_may_send(unsigned int host, unsigned int group);

bool
sim_model_is_member(unsigned int host);

#endif
