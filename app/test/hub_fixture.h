/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * A whole hub without main(), for tests and the fuzzer: EAL without huge pages, ports
 * net_ring_wire0, net_ring_wire1, ..., and all lcores polled by one thread.
 */

#ifndef MCR_TEST_HUB_FIXTURE_H
#define MCR_TEST_HUB_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "hub.h"

#define FIXTURE_PORTS_MAX 2
#define FIXTURE_QUEUES_MAX 4

/** Size of wire_pool. */
#define FIXTURE_BUFFERS 4095

/** IP protocol of data, which the hub does not interpret. */
#define FIXTURE_PROTOCOL 112

struct hub_fixture {
	const char *config; /**< JSON */
	uint16_t ports;
	uint16_t tx_queues; /**< of each port, at most FIXTURE_QUEUES_MAX; 0: one */
	uint32_t wire_size; /**< frames on their way to or from a port; 0: 1024 */
	uint16_t lcores;    /**< including the control lcore 0 */
	uint32_t log_level; /**< 0: RTE_LOG_ERR */
	bool loops_back;    /**< a port receives what it sends */
	/** Called for each frame that leaves; may be NULL. */
	void (*on_sent)(const struct rte_mbuf *frame);
};

extern struct mcr_hub hub;
extern struct rte_mempool *wire_pool; /**< of incoming frames */

/** @return 0 or -1. */
int
fixture_start(const struct hub_fixture *fixture);

int
fixture_end(void **state);

/** @return NULL after an error, which is printed. */
struct mcr_config *
fixture_parse(const char *text);

/** @return An Ethernet header to the port; the address's last byte ends the source MAC. */
struct rte_mbuf *
fixture_make_frame(uint16_t port, uint32_t sender);

struct rte_mbuf *
fixture_make_arp_request(uint16_t port, uint32_t sender, uint32_t target);

/** @param payload Bytes that the caller will append. */
void
fixture_append_ipv4(struct rte_mbuf *frame, uint32_t source, uint32_t destination, uint8_t protocol,
	uint16_t payload, uint16_t id);

/** Append outer IPv4 and GRE headers, to the port. */
void
fixture_append_gre(struct rte_mbuf *frame, uint16_t port, uint32_t source, uint16_t payload);

/** @return A plain frame, without payload. */
struct rte_mbuf *
fixture_make_packet(uint16_t port, uint32_t source, uint32_t group, uint16_t id);

/** The port receives the frame at the next poll. */
void
fixture_put_on_wire(uint16_t port, struct rte_mbuf *frame);

/** Another frame may be put on the wire. */
bool
fixture_has_room(uint16_t port);

/** Free all frames that were sent. @return How many there were. */
unsigned int
fixture_take_sent(void);

/** One turn of an lcore, without reporting a quiescent state. @return 0 if it was idle. */
unsigned int
fixture_poll(uint16_t lcore);

void
fixture_receive(void);

void
fixture_pass_grace_period(void);

/** Poll all lcores until they are idle. */
void
fixture_settle(void);

/** The control lcore's clock of what work costs, unless a test sets another: nothing pauses. */
uint64_t
fixture_stand_still(void);

/** The control lcore's clock: real time plus what the test skipped. */
uint64_t
fixture_now_ms(void);

void
fixture_pass_ms(uint64_t ms);

/** Advance the clock; silent admitted members expire. */
void
fixture_pass_minutes(unsigned int minutes);

/** Takes ownership of config. @return 0 or -errno. */
int
fixture_reload(struct mcr_config *config);

/** @return The id, or MCR_MEMBER_NONE. */
uint32_t
fixture_member_named(const char *name);

uint32_t
fixture_member_at(uint32_t address, enum mcr_encap encap);

#endif
