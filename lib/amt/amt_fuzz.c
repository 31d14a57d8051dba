/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* libFuzzer: one message over IPv4 and over IPv6, as it is and with the right Response MAC. */

#include <stdlib.h>

#include <mcr_address.h>

#include "wire.h"

int
LLVMFuzzerInitialize(int *argc, char ***argv);
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct mcr_amt_relay relay = {
	.config = {.igmp = {.interval_ms = 125000, .response_interval_ms = 10000, .robustness = 2},
		.joins_ipv6 = true},
	.secret = "a secret",
};

static const uint8_t router[16] = {0xfe, 0x80, [15] = 1};
static const uint8_t relay6[16] = {0xfd, [15] = 0x10}, gateway6[16] = {0xfd, [15] = 0x11};

static void
must(bool condition)
{
	if (!condition)
		abort();
}

static void
must_be_sent(const struct mcr_amt_datagram *datagram, const struct mcr_amt_verdict *verdict)
{
	uint8_t packet[MCR_AMT_PACKET_MAX];
	uint32_t len;

	must(verdict->answer_len <= MCR_AMT_ANSWER_MAX);
	len = mcr_amt_write_packet(
		packet, &datagram->relay, &datagram->gateway, verdict->answer, verdict->answer_len);
	must(len <= sizeof(packet));
}

static struct mcr_amt_verdict
judge(const uint8_t *message, size_t len, bool is_ipv6)
{
	const struct mcr_amt_datagram datagram = {
		.gateway = is_ipv6 ? mcr_amt_ipv6_endpoint(gateway6, 2268)
	                           : mcr_amt_ipv4_endpoint(MCR_IPV4(10, 5, 0, 6), 2268),
		.relay = is_ipv6 ? mcr_amt_ipv6_endpoint(relay6, 2268)
	                         : mcr_amt_ipv4_endpoint(MCR_IPV4(10, 0, 0, 10), 2268),
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
		must_be_sent(&datagram, &verdict);
		break;
	case MCR_AMT_FOLLOW:
		must(verdict.packet + verdict.packet_len == message + len);
		break;
	case MCR_AMT_CLOSE:
		break;
	}
	/* What a report of MLD numbered is given back. */
	must(mcr_address_count() == 1);
	return verdict;
}

/* The fuzzer does not guess the 48 bits of a MAC. */
static void
judge_forged(const uint8_t *data, size_t size, bool is_ipv6)
{
	const struct mcr_amt_verdict verdict = judge(data, size, is_ipv6);

	must(verdict.action == MCR_AMT_REFUSE || verdict.action == MCR_AMT_SEND);
}

static void
judge_authentic(uint8_t *message, size_t size, bool is_ipv6)
{
	struct mcr_amt_endpoint gateway =
		is_ipv6 ? mcr_amt_ipv6_endpoint(gateway6, 2268)
			: mcr_amt_ipv4_endpoint(MCR_IPV4(10, 5, 0, 6), 2268);

	if (size < WIRE_HEADER_LEN)
		return;
	if (message[0] == WIRE_TEARDOWN && size >= WIRE_TEARDOWN_LEN)
		gateway = amt_read_endpoint(message + WIRE_HEADER_LEN);
	amt_make_mac(relay.secret, &gateway, message + 8, message + 2);
	judge(message, size, is_ipv6);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct in6_addr address;

	(void)argc;
	(void)argv;
	memcpy(&address, router, sizeof(address));
	relay.config.mld = relay.config.igmp;
	relay.config.mld.source = mcr_address_get(&address, MCR_IPV6_LENGTH);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *message = malloc(size > 0 ? size : 1);

	for (int is_ipv6 = 0; is_ipv6 < 2; is_ipv6++) {
		if (size > 0)
			memcpy(message, data, size);
		judge_forged(message, size, is_ipv6);
		judge_authentic(message, size, is_ipv6);
	}
	free(message);
	return 0;
}
