/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "mcr_encap.h"

static void
every_encapsulation_is_found_by_its_name(void **state)
{
	static const char *const names[] = {
		"l2", "gre", "gre-udp", "vxlan", "gretap", "udp", "amt", "link", "link-udp"};

	(void)state;
	assert_int_equal(RTE_DIM(names), MCR_ENCAP_COUNT);
	for (unsigned int i = 0; i < MCR_ENCAP_COUNT; i++) {
		enum mcr_encap encap = MCR_ENCAP_COUNT;

		assert_string_equal(mcr_encap_name(i), names[i]);
		assert_true(mcr_encap_from_name(names[i], &encap));
		assert_int_equal(encap, i);
	}
}

static void
an_unknown_name_is_refused(void **state)
{
	enum mcr_encap encap = MCR_ENCAP_VXLAN;

	(void)state;
	assert_false(mcr_encap_from_name("ipip", &encap));
	assert_false(mcr_encap_from_name("gre-ud", &encap));
	assert_false(mcr_encap_from_name("", &encap));
	assert_int_equal(encap, MCR_ENCAP_VXLAN);
}

static void
overhead_is_the_distance_of_the_ip_headers(void **state)
{
	(void)state;
	assert_int_equal(mcr_encap_overhead(MCR_ENCAP_L2, false, false), 0);
	assert_int_equal(mcr_encap_overhead(MCR_ENCAP_UDP, false, false), 0);
	assert_int_equal(mcr_encap_overhead(MCR_ENCAP_GRE, false, false), 24);
	assert_int_equal(mcr_encap_overhead(MCR_ENCAP_GRE, true, false), 28);
	assert_int_equal(mcr_encap_overhead(MCR_ENCAP_GRE_UDP, false, false), 32);
	assert_int_equal(mcr_encap_overhead(MCR_ENCAP_GRE_UDP, true, false), 36);
	assert_int_equal(mcr_encap_overhead(MCR_ENCAP_VXLAN, false, false), 50);
	assert_int_equal(mcr_encap_overhead(MCR_ENCAP_GRETAP, false, false), 38);
	assert_int_equal(mcr_encap_overhead(MCR_ENCAP_GRETAP, true, false), 42);
	assert_int_equal(mcr_encap_overhead(MCR_ENCAP_AMT, false, false), 30);
	assert_int_equal(mcr_encap_overhead(MCR_ENCAP_LINK, false, false), 44);
	assert_int_equal(mcr_encap_overhead(MCR_ENCAP_LINK_UDP, false, false), 52);
	assert_int_equal(mcr_encap_overhead(MCR_ENCAP_L2, false, true), 0);
	assert_int_equal(mcr_encap_overhead(MCR_ENCAP_UDP, false, true), 0);
	assert_int_equal(mcr_encap_overhead(MCR_ENCAP_GRE, true, true), 48);
	assert_int_equal(mcr_encap_overhead(MCR_ENCAP_GRE_UDP, false, true), 52);
	assert_int_equal(mcr_encap_overhead(MCR_ENCAP_VXLAN, false, true), 70);
	assert_int_equal(mcr_encap_overhead(MCR_ENCAP_AMT, false, true), 50);
}

static void
only_links_lead_to_hubs_and_only_frames_have_segments(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < MCR_ENCAP_COUNT; i++) {
		assert_int_equal(mcr_encap_is_link(i), strncmp(mcr_encap_name(i), "link", 4) == 0);
		assert_int_equal(
			mcr_encap_has_segment(i), i == MCR_ENCAP_VXLAN || i == MCR_ENCAP_GRETAP);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_encapsulation_is_found_by_its_name),
		cmocka_unit_test(an_unknown_name_is_refused),
		cmocka_unit_test(overhead_is_the_distance_of_the_ip_headers),
		cmocka_unit_test(only_links_lead_to_hubs_and_only_frames_have_segments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
