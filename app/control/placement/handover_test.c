/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "control/placement/handover.h"

static void
names_of_phases_are_read_as_they_are_written(void **state)
{
	enum mcr_handover_phase phase;

	(void)state;
	for (int i = MCR_HANDOVER_PREPARE; i <= MCR_HANDOVER_SETTLED; i++) {
		assert_true(mcr_handover_parse_phase(mcr_handover_phase_name(i), &phase));
		assert_int_equal(phase, i);
	}
	assert_false(mcr_handover_parse_phase("none", &phase));
	assert_false(mcr_handover_parse_phase("", &phase));
	assert_false(mcr_handover_parse_phase("settled ", &phase));
}

struct expected {
	struct mcr_handover handover;
	uint8_t tags;
	uint8_t tag;
	bool filters;
	uint8_t masks[4]; /* by whom the hub serves: nobody, of tag 0, of tag 1, of both */
};

/* Generation 6 begins: its tag is 0, that of generation 5 is 1. */
static void
each_phase_has_its_tags_and_masks(void **state)
{
	static const struct expected rows[] = {
		{{0, MCR_HANDOVER_NONE}, 1, 0, false, {0, 3, 0, 3}},
		{{5, MCR_HANDOVER_SETTLED}, 2, 1, false, {0, 0, 3, 3}},
		{{6, MCR_HANDOVER_PREPARE}, 3, 1, true, {0, 1, 2, 3}},
		{{6, MCR_HANDOVER_SWITCH}, 3, 0, true, {0, 1, 2, 3}},
		{{6, MCR_HANDOVER_SETTLED}, 1, 0, false, {0, 3, 0, 3}},
		{{7, MCR_HANDOVER_PREPARE}, 3, 0, true, {0, 1, 2, 3}},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct mcr_handover *handover = &rows[i].handover;

		assert_int_equal(mcr_handover_tags(handover), rows[i].tags);
		assert_int_equal(mcr_handover_tag(handover), rows[i].tag);
		assert_int_equal(mcr_handover_filters(handover), rows[i].filters);
		for (uint8_t serves = 0; serves < 4; serves++)
			assert_int_equal(
				mcr_handover_mask(handover, serves), rows[i].masks[serves]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_phases_are_read_as_they_are_written),
		cmocka_unit_test(each_phase_has_its_tags_and_masks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
