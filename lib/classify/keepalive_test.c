/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "frame.h"

static uint32_t outer, inner, inside;

static void
put_keepalive(uint32_t source, uint32_t destination, uint16_t flags, uint16_t protocol)
{
	frame_len = 0;
	put_ethernet(hub_mac, RTE_ETHER_TYPE_IPV4);
	outer = put_ipv4(SENDER, HUB, IPPROTO_GRE);
	put_gre(0, RTE_ETHER_TYPE_IPV4);
	inner = put_ipv4(source, destination, IPPROTO_GRE);
	inside = put_gre(flags, protocol);
	if ((flags & MCR_GRE_CHECKSUM_PRESENT) != 0)
		put_zeros(4);
	if ((flags & MCR_GRE_KEY_PRESENT) != 0)
		put_bytes("\0\0\0\7", 4);
	if ((flags & MCR_GRE_CHECKSUM_PRESENT) != 0)
		fix_checksum(inside, frame_len - inside, inside + 4);
	end_ipv4(inner);
	end_ipv4(outer);
}

static void
a_keepalive_is_punted(void **state)
{
	static const uint16_t flags[] = {0, MCR_GRE_KEY_PRESENT, MCR_GRE_CHECKSUM_PRESENT};
	struct mcr_packet packet;

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(flags); i++) {
		put_keepalive(HUB, SENDER, flags[i], 0);
		packet = classify();
		assert_int_equal(packet.verdict, MCR_VERDICT_PUNT);
		assert_int_equal(packet.punt, MCR_PUNT_KEEPALIVE);
		assert_int_equal(packet.encap, MCR_ENCAP_GRE);
		assert_int_equal(packet.outer_source, SENDER);
		assert_int_equal(packet.inner_offset, inner);
		assert_int_equal(packet.inner_len, frame_len - inner);
	}
}

static void
only_gre_from_the_hub_to_the_sender_is_a_keepalive(void **state)
{
	(void)state;
	put_keepalive(HUB, SENDER + 1, 0, 0);
	assert_verdict(UNICAST);
	put_keepalive(SENDER, SENDER, 0, 0);
	assert_verdict(UNICAST);
	put_keepalive(HUB, HUB, 0, 0);
	assert_verdict(UNICAST);
}

static void
other_gre_to_the_sender_is_no_keepalive(void **state)
{
	(void)state;
	put_keepalive(HUB, SENDER, 0, RTE_ETHER_TYPE_IPV4);
	assert_verdict(UNICAST);
	put_keepalive(HUB, SENDER, 0, 0);
	frame[inner + 9] = IPPROTO_UDP;
	fix_ipv4_checksum(inner);
	assert_verdict(UNICAST);
	put_keepalive(HUB, SENDER, 0, 0);
	mcr_write_be16(frame + inner + 6, RTE_IPV4_HDR_MF_FLAG);
	fix_ipv4_checksum(inner);
	assert_verdict(UNICAST);
}

static void
a_damaged_keepalive_is_refused(void **state)
{
	(void)state;
	put_keepalive(HUB, SENDER, 1, 0);
	assert_drop(MALFORMED);
	put_keepalive(HUB, SENDER, 0, 0);
	mcr_write_be16(frame + inner + 2, 23);
	fix_ipv4_checksum(inner);
	assert_drop(MALFORMED);
	put_keepalive(HUB, SENDER, MCR_GRE_CHECKSUM_PRESENT, 0);
	frame[inside + 4] ^= 1;
	assert_drop(BAD_CHECKSUM);
	put_keepalive(HUB, SENDER, 0, 0);
	frame[inner + 8]++;
	assert_drop(BAD_CHECKSUM);
	put_keepalive(HUB, SENDER, 0, 0);
	frame[outer + 8]++;
	assert_drop(BAD_CHECKSUM);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up_frame)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_keepalive_is_punted),
		TEST(only_gre_from_the_hub_to_the_sender_is_a_keepalive),
		TEST(other_gre_to_the_sender_is_no_keepalive),
		TEST(a_damaged_keepalive_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
