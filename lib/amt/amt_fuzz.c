/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* libFuzzer: one message, as it is and with the right Response MAC. */

#include <stdlib.h>

#include "wire.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define GATEWAY MCR_IPV4(10, 5, 0, 6)

static struct mcr_amt_relay relay = {
	.config = {.query_interval_ms = 125000,
		.query_response_interval_ms = 10000,
		.robustness = 2},
	.secret = "a secret",
};

static void
must(bool condition)
{
	if (!condition)
		abort();
}

static struct mcr_amt_verdict
judge(const uint8_t *message, size_t len)
{
	const struct mcr_amt_datagram datagram = {
		.gateway = {GATEWAY, 2268},
		.relay_address = MCR_IPV4(10, 0, 0, 10),
		.may_join = true,
		.message = message,
		.len = len,
	};
	struct mcr_amt_verdict verdict = {.action = MCR_AMT_REFUSE};
	const struct mcr_amt_config before = relay.config;

	mcr_amt_receive(&relay, &datagram, &verdict);
	must(memcmp(&before, &relay.config, sizeof(before)) == 0);
	switch (verdict.action) {
	case MCR_AMT_REFUSE:
		must(verdict.rejection != MCR_AMT_ACCEPTED);
		break;
	case MCR_AMT_SEND:
		must(verdict.answer_len <= MCR_AMT_ANSWER_MAX);
		break;
	case MCR_AMT_FOLLOW:
		must(verdict.packet + verdict.packet_len == message + len);
		break;
	case MCR_AMT_CLOSE:
		break;
	}
	return verdict;
}

/* The fuzzer does not guess the 48 bits of a MAC. */
static void
judge_forged(const uint8_t *data, size_t size)
{
	const struct mcr_amt_verdict verdict = judge(data, size);

	must(verdict.action == MCR_AMT_REFUSE || verdict.action == MCR_AMT_SEND);
}

static void
judge_authentic(uint8_t *message, size_t size)
{
	struct mcr_amt_endpoint gateway = {GATEWAY, 2268};

	if (size < WIRE_HEADER_LEN)
		return;
	if (message[0] == WIRE_TEARDOWN && size >= WIRE_TEARDOWN_LEN) {
		gateway.port = mcr_read_be16(message + 12);
		gateway.address = mcr_read_be32(message + 26);
	}
	amt_make_mac(relay.secret, &gateway, message + 8, message + 2);
	judge(message, size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *message = malloc(size > 0 ? size : 1);

	if (size > 0)
		memcpy(message, data, size);
	judge_forged(message, size);
	judge_authentic(message, size);
	free(message);
	return 0;
}
