/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "datapath/fanout.h"

#define LONGEST 9

/* Members 0, 1, ... by address; `own` of them, from `first` on, have the sender's, 95. */
static struct mcr_receivers *
make_list(uint32_t count, uint32_t first, uint32_t own)
{
	struct mcr_receivers *list = malloc(sizeof(*list) + LONGEST * sizeof(list->at[0]));

	assert_non_null(list);
	list->count = count;
	for (uint32_t i = 0; i < count; i++) {
		list->at[i].member = i;
		list->at[i].address = i < first ? 10 + i : i < first + own ? 95 : 100 + i;
	}
	return list;
}

static void
check_rotation(const struct mcr_fanout *fanout, uint32_t rotation, uint32_t first, uint32_t own)
{
	const uint32_t count = mcr_fanout_count(fanout);
	struct mcr_fanout_piece pieces[MCR_FANOUT_PIECES];
	struct mcr_receiver gathered[LONGEST];

	mcr_fanout_from(fanout, rotation, pieces);
	assert_int_equal(mcr_fanout_gather(pieces, gathered), count);
	for (uint32_t i = 0; i < count; i++) {
		const uint32_t place = (rotation + i) % count;

		assert_int_equal(gathered[i].member, place < first ? place : place + own);
	}
}

static void
check_list(uint32_t count, uint32_t first, uint32_t own)
{
	struct mcr_receivers *list = make_list(count, first, own);
	const struct mcr_fanout fanout = mcr_fanout_without(list, 95);

	assert_int_equal(mcr_fanout_count(&fanout), count - own);
	for (uint32_t rotation = 0; rotation < count - own; rotation++)
		check_rotation(&fanout, rotation, first, own);
	free(list);
}

static void
each_receiver_but_the_sender_is_first_once(void **state)
{
	(void)state;
	for (uint32_t count = 0; count <= LONGEST; count++) {
		for (uint32_t first = 0; first <= count; first++) {
			for (uint32_t own = 0; first + own <= count; own++)
				check_list(count, first, own);
		}
	}
}

/* Whatever masks three members have, and whatever tag it is. */
static void
those_whose_mask_has_the_tag_receive_in_order(void **state)
{
	struct mcr_placement *placement = calloc(1, sizeof(*placement) + 3);
	struct mcr_receivers *list = make_list(3, 3, 0), *out = make_list(3, 3, 0);

	(void)state;
	assert_non_null(placement);
	placement->members = 3;
	for (uint32_t masks = 0; masks < 2 * 64; masks++) {
		const uint8_t tag = masks >> 6;
		uint32_t count = 0;

		for (uint32_t i = 0; i < 3; i++)
			mcr_placement_set_mask(placement, i, masks >> 2 * i & 3);
		mcr_fanout_filter(placement, tag, list, out);
		for (uint32_t i = 0; i < 3; i++) {
			if ((masks >> (2 * i + tag) & 1) == 0)
				continue;
			assert_true(count < out->count);
			assert_int_equal(out->at[count].member, i);
			assert_int_equal(out->at[count++].address, list->at[i].address);
		}
		assert_int_equal(out->count, count);
	}
	free(list);
	free(out);
	free(placement);
}

static void
without_a_list_nobody_receives(void **state)
{
	const struct mcr_fanout fanout = {0};

	(void)state;
	assert_int_equal(mcr_fanout_count(&fanout), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_receiver_but_the_sender_is_first_once),
		cmocka_unit_test(those_whose_mask_has_the_tag_receive_in_order),
		cmocka_unit_test(without_a_list_nobody_receives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
