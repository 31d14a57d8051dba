/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "siphash.h"

static uint8_t key[SIPHASH_KEY_LEN], message[64];

/* Appendix A: key 00..0f, message 00..0e. */
static void
the_papers_example_comes_out(void **state)
{
	(void)state;
	assert_int_equal(siphash(key, message, 15), 0xa129ca6149be45e5);
}

/* Vectors of the reference implementation. */
static void
other_lengths_come_out(void **state)
{
	(void)state;
	assert_int_equal(siphash(key, message, 0), 0x726fdb47dd0e0e31);
	assert_int_equal(siphash(key, message, 1), 0x74f839c593dc67fd);
	assert_int_equal(siphash(key, message, 8), 0x93f5f5799a932462);
	assert_int_equal(siphash(key, message, 63), 0x958a324ceb064572);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_papers_example_comes_out),
		cmocka_unit_test(other_lengths_come_out),
	};

	for (unsigned int i = 0; i < sizeof(key); i++)
		key[i] = i;
	for (unsigned int i = 0; i < sizeof(message); i++)
		message[i] = i;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
