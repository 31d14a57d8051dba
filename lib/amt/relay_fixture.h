/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* A relay that receives messages of one gateway over IPv4, for tests. */

#ifndef AMT_RELAY_FIXTURE_H
#define AMT_RELAY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "wire.h"

#define RELAY MCR_IPV4(10, 0, 0, 10)
#define GATEWAY MCR_IPV4(10, 5, 0, 6)
#define PORT 51234
#define RELAY_PORT 2268
#define NONCE 0xde, 0xad, 0xbe, 0xef

static struct mcr_amt_relay relay;
static struct mcr_amt_datagram datagram;
static struct mcr_amt_verdict verdict;
static const uint8_t nonce[] = {NONCE};

static const uint8_t discovery[] = {1, 0, 0, 0, NONCE};
static const uint8_t request[] = {3, 0, 0, 0, NONCE};

static inline int
start_over(void **state)
{
	static const uint8_t secret[MCR_AMT_SECRET_LEN] = "first secret";

	(void)state;
	memset(&relay, 0, sizeof(relay));
	relay.config.igmp = (struct mcr_amt_query){
		.source = RELAY,
		.interval_ms = 125000,
		.response_interval_ms = 10000,
		.robustness = 2,
	};
	mcr_amt_set_secret(&relay, secret);
	datagram = (struct mcr_amt_datagram){
		.gateway = mcr_amt_ipv4_endpoint(GATEWAY, PORT),
		.relay = mcr_amt_ipv4_endpoint(RELAY, RELAY_PORT),
		.may_join = true,
	};
	return 0;
}

/* In a buffer of exact size, freed by the next call: sanitizers see a read beyond it. The last call
 * of a test program receives nothing. */
static inline void
receive(const void *message, uint32_t len)
{
	static uint8_t *copy;

	free(copy);
	copy = malloc(len > 0 ? len : 1);
	memcpy(copy, message, len);
	memset(&verdict, 0xa5, sizeof(verdict));
	datagram.message = copy;
	datagram.len = len;
	mcr_amt_receive(&relay, &datagram, &verdict);
	if (len == 0) {
		free(copy);
		copy = NULL;
	}
}

static inline void
assert_refused(enum mcr_amt_rejection rejection)
{
	assert_int_equal(verdict.action, MCR_AMT_REFUSE);
	assert_int_equal(verdict.rejection, rejection);
	assert_int_equal(relay.rejected[rejection], 1);
	relay.rejected[rejection] = 0;
}

/* An Update with the right MAC for the nonce. */
static uint8_t update[256];
static uint32_t update_len;

static inline void
make_update(const uint8_t *packet, uint32_t len)
{
	update[0] = WIRE_UPDATE;
	update[1] = 0;
	amt_make_mac(relay.secret, &datagram.gateway, nonce, update + 2);
	memcpy(update + 8, nonce, sizeof(nonce));
	memcpy(update + WIRE_HEADER_LEN, packet, len);
	update_len = WIRE_HEADER_LEN + len;
}

#define relay_test(test) cmocka_unit_test_setup(test, start_over)

#endif
