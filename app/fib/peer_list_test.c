/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fib/peer_list.h"

#define EPOCH 0x1234
#define ID(index) (1000 + 10 * (uint32_t)(index)) /* of a peer */

static struct mcr_peer_ids ids;
static struct mcr_peer_list list;
static uint8_t bytes[MCR_PEERS_MAX * sizeof(uint32_t)];

/* Peers of the indexes 0, 2, 4, 6 and 8. */
static int
set_up(void **state)
{
	struct mcr_peer_ids before = {.count = 0};

	(void)state;
	memset(&list, 0, sizeof(list));
	for (uint16_t i = 0; i <= 8; i += 2) {
		mcr_peer_ids_add(&ids, &before, ID(i), i);
		before = ids;
	}
	ids.generation = 1;
	return 0;
}

static struct mcr_link_page
make_page(uint32_t first, uint32_t last, uint16_t version, uint16_t count, const uint32_t *of)
{
	for (uint16_t i = 0; i < count; i++)
		mcr_write_be32(bytes + i * sizeof(uint32_t), of[i]);
	return (struct mcr_link_page){
		.first = first, .last = last, .version = version, .count = count, .ids = bytes};
}

static int
read_ids(uint32_t first, uint32_t last, uint16_t version, uint16_t count, const uint32_t *of)
{
	const struct mcr_link_page page = make_page(first, last, version, count, of);

	return mcr_peer_list_read(&list, EPOCH, 1, &ids, &page);
}

#define READ(first, last, version, ...)                                                            \
	read_ids(first, last, version, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t), \
		(const uint32_t[]){__VA_ARGS__})
#define READ_ALL(version, ...) READ(0, UINT32_MAX, version, __VA_ARGS__)

/* The ids of the page do not ascend, so it is well only if nobody looks at them. */
static bool
is_skipped(uint32_t first, uint32_t last, uint16_t version)
{
	const int ret = READ(first, last, version, last, first);

	assert_true(ret == 0 || ret == -EINVAL);
	return ret == 0;
}

static void
assert_carries(const char *indexes)
{
	for (uint16_t i = 0; i < 10; i++)
		assert_int_equal(mcr_peer_list_has(&list, i), indexes[i] == '1');
}

static void
a_peer_carries_to_those_of_its_list(void **state)
{
	(void)state;
	assert_int_equal(READ_ALL(1, ID(0), ID(4), 77777), 1);
	assert_carries("1000100000");
	assert_int_equal(READ_ALL(2, 1, ID(4), ID(8)), 1);
	assert_carries("0000100010");
	assert_int_equal(READ_ALL(3, ID(3), ID(4), ID(8)), 0);
	assert_carries("0000100010");
}

static void
a_page_says_nothing_of_ids_beyond_its_range(void **state)
{
	(void)state;
	READ_ALL(1, ID(0), ID(2), ID(4), ID(6), ID(8));
	assert_int_equal(READ(ID(2), ID(6), 2, ID(4)), 1);
	assert_carries("1000100010");
	assert_int_equal(READ(ID(6), ID(6), 3, ID(6)), 1);
	assert_carries("1000101010");
	assert_int_equal(READ(ID(2) + 1, ID(4) - 1, 4, ID(3)), 0);
	assert_carries("1000101010");
}

static void
what_was_read_is_not_read_again(void **state)
{
	(void)state;
	assert_false(is_skipped(0, UINT32_MAX, 0));
	READ_ALL(0, ID(0));
	assert_true(is_skipped(0, UINT32_MAX, 0));
	assert_true(is_skipped(5, 9, 0));
	assert_false(is_skipped(0, UINT32_MAX, 1));
}

/* The pages come in turn, beginning with any of them. */
static void
of_many_pages_none_is_read_twice_after_two_rounds(void **state)
{
	static const uint32_t starts[] = {0, 1000, 2000, 3000};

	(void)state;
	for (unsigned int from = 0; from < 4; from++) {
		set_up(NULL);
		for (unsigned int i = from; i < from + 8; i++) {
			const uint32_t first = starts[i % 4];

			READ(first, i % 4 == 3 ? UINT32_MAX : first + 999, 9, first);
		}
		assert_true(is_skipped(0, UINT32_MAX, 9));
	}
}

/* One was lost. */
static void
pages_that_do_not_adjoin_leave_a_gap(void **state)
{
	(void)state;
	READ(0, 10, 9, 1);
	READ(12, 20, 9, 13);
	assert_true(is_skipped(12, 20, 9));
	assert_false(is_skipped(11, 11, 9));
	assert_false(is_skipped(0, 20, 9));
	READ(18, 30, 9, 19);
	assert_true(is_skipped(12, 30, 9));
}

static void
an_older_list_is_ignored(void **state)
{
	(void)state;
	READ_ALL(0xffff, ID(0));
	assert_int_equal(READ_ALL(0xfffe, ID(2)), 0);
	assert_carries("1000000000");
	assert_int_equal(READ_ALL(0, ID(4)), 1);
	assert_int_equal(READ_ALL(0xffff, ID(2)), 0);
	assert_carries("0000100000");
}

/* A cut may be longer than half of the versions. */
static void
versions_that_have_gone_round_are_taken(void **state)
{
	(void)state;
	READ_ALL(1, ID(0));
	for (unsigned int i = 0; i < MCR_PEER_LIST_LATE_MAX - 1; i++)
		assert_int_equal(READ_ALL(0xff00, ID(2)), 0);
	assert_int_equal(READ_ALL(2, ID(4)), 1);
	for (unsigned int i = 0; i < MCR_PEER_LIST_LATE_MAX; i++)
		assert_int_equal(READ_ALL(0xff00, ID(2)), 0);
	assert_carries("0000100000");
	assert_int_equal(READ_ALL(0xff00, ID(2)), 1);
	assert_carries("0010000000");
	assert_int_equal(READ_ALL(0xff01, ID(0)), 1);
}

static void
a_malformed_page_changes_nothing_however_often_it_comes(void **state)
{
	(void)state;
	READ_ALL(1, ID(0));
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(READ_ALL(2, ID(4), ID(2)), -EINVAL);
	assert_carries("1000000000");
	assert_true(is_skipped(0, UINT32_MAX, 1));
	assert_int_equal(READ_ALL(2, ID(2), ID(4)), 1);
}

static void
words_of_another_session_are_void(void **state)
{
	const struct mcr_link_page none = make_page(ID(0), ID(0), 1, 0, NULL);

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		set_up(NULL);
		READ_ALL(1, ID(2), ID(4));
		assert_true(mcr_peer_list_is_of(&list, EPOCH, 1));
		assert_false(mcr_peer_list_is_of(&list, EPOCH + 1, 1));
		assert_false(mcr_peer_list_is_of(&list, EPOCH, 2));
		mcr_peer_list_read(&list, EPOCH + i, 2 - i, &ids, &none);
		assert_true(mcr_peer_list_is_of(&list, EPOCH + i, 2 - i));
		assert_carries("0000000000");
	}
}

/* A hub that restarted may come to any version again; one that did not has no older list. */
static void
versions_begin_anew_with_a_restart(void **state)
{
	const uint32_t id = ID(6);
	struct mcr_link_page page;

	(void)state;
	for (uint16_t version = 8; version <= 9; version++) {
		set_up(NULL);
		READ_ALL(9, ID(2), ID(4));
		page = make_page(0, UINT32_MAX, version, 1, &id);
		assert_int_equal(mcr_peer_list_read(&list, EPOCH, 2, &ids, &page), version == 9);
		assert_carries(version == 9 ? "0000001000" : "0000000000");
		set_up(NULL);
		READ_ALL(9, ID(2), ID(4));
		page = make_page(0, UINT32_MAX, version, 1, &id);
		assert_int_equal(mcr_peer_list_read(&list, EPOCH + 1, 2, &ids, &page), 1);
		assert_carries("0000001000");
	}
}

/* From the first page on; meanwhile the list may change. */
static void
a_list_is_whole_when_all_of_it_was_heard(void **state)
{
	(void)state;
	READ(0, 10, 1, 1);
	READ(12, UINT32_MAX, 1, 12);
	assert_false(mcr_peer_list_is_whole(&list));
	READ(11, 20, 2, 12);
	assert_false(mcr_peer_list_is_whole(&list));
	READ(21, UINT32_MAX, 3, 21);
	assert_true(mcr_peer_list_is_whole(&list));
	READ(0, 10, 4, 1);
	assert_true(mcr_peer_list_is_whole(&list));
	assert_int_equal(mcr_peer_list_read(&list, EPOCH, 2, &ids,
				 &(struct mcr_link_page){.last = 5, .version = 5}),
		0);
	assert_false(mcr_peer_list_is_whole(&list));
}

static void
a_peer_without_a_list_may_carry_to_all(void **state)
{
	const uint32_t twice[] = {5, 5};
	struct mcr_link_page malformed;

	(void)state;
	assert_int_equal(mcr_peer_list_read(&list, EPOCH, 1, &ids, NULL), 1);
	assert_int_equal(mcr_peer_list_read(&list, EPOCH, 1, &ids, NULL), 0);
	assert_true(mcr_peer_list_is_whole(&list));
	assert_carries("1111111111");
	assert_int_equal(READ_ALL(1, ID(3)), 1);
	assert_carries("0000000000");
	mcr_peer_list_read(&list, EPOCH, 1, &ids, NULL);
	malformed = make_page(0, UINT32_MAX, 1, 2, twice);
	assert_int_equal(mcr_peer_list_read(&list, EPOCH, 2, &ids, &malformed), -EINVAL);
	assert_carries("0000000000");
}

/* Its list is the same as before, but it meant nobody. */
static void
a_new_peer_is_found_in_the_list_that_was_read(void **state)
{
	const struct mcr_peer_ids before = ids;

	(void)state;
	READ_ALL(1, ID(2), ID(3));
	mcr_peer_ids_add(&ids, &before, ID(3), 3);
	ids.generation = 2;
	assert_int_equal(READ_ALL(1, ID(2), ID(3)), 1);
	assert_carries("0011000000");
	assert_true(is_skipped(0, UINT32_MAX, 1));
}

static void
a_peer_that_is_gone_is_taken_out(void **state)
{
	(void)state;
	READ_ALL(1, ID(2), ID(4));
	mcr_peer_list_take_out(&list, 2);
	assert_carries("0000100000");
}

static void
a_page_that_another_lcore_reads_is_left_to_it(void **state)
{
	(void)state;
	rte_spinlock_lock(&list.lock);
	assert_int_equal(READ_ALL(1, ID(2)), 0);
	rte_spinlock_unlock(&list.lock);
	assert_carries("0000000000");
	assert_int_equal(READ_ALL(1, ID(2)), 1);
	assert_false(rte_spinlock_is_locked(&list.lock));
}

static void
ids_stay_in_order_as_peers_come_and_go(void **state)
{
	struct mcr_peer_ids before = {.count = 0}, after;
	bool is_in[64] = {false};

	(void)state;
	srand(1);
	for (unsigned int i = 0; i < 5000; i++) {
		const uint16_t index = rand() % 64;
		const uint32_t id = (index * 37u) % 64;
		uint16_t count = 0;

		if (is_in[index])
			mcr_peer_ids_remove(&after, &before, index);
		else
			mcr_peer_ids_add(&after, &before, id, index);
		is_in[index] = !is_in[index];
		for (uint16_t k = 0; k < 64; k++) {
			count += is_in[k];
			assert_int_equal(mcr_peer_ids_find(&after, (k * 37u) % 64),
				is_in[k] ? k : MCR_PEERS_MAX);
		}
		assert_int_equal(after.count, count);
		before = after;
	}
}

/* Against what was said, id by id: pages of any cut, that get lost, of lists that change. */
static void
the_words_are_those_of_the_last_pages(void **state)
{
	enum { PEERS = 60 };
	struct mcr_peer_ids before = {.count = 0};
	bool lists[PEERS], said[PEERS] = {false};

	(void)state;
	srand(2);
	memset(&list, 0, sizeof(list));
	for (uint16_t i = 0; i < PEERS; i++) {
		mcr_peer_ids_add(&ids, &before, i * 3u + 1, PEERS - 1 - i);
		before = ids;
		lists[i] = rand() % 2;
	}
	ids.generation = 5;
	for (uint16_t version = 65500; version != 200; version++) {
		lists[rand() % PEERS] ^= true;
		for (unsigned int pages = rand() % 6; pages > 0; pages--) {
			const uint32_t first = rand() % (3 * PEERS);
			const uint32_t last = first + rand() % (3 * PEERS);
			bool differs = false;
			uint32_t of[PEERS];
			uint16_t count = 0;

			for (uint16_t i = 0; i < PEERS; i++) {
				const uint32_t id = i * 3u + 1;

				if (id < first || id > last)
					continue;
				if (lists[i])
					of[count++] = id;
				differs |= said[i] != lists[i];
				said[i] = lists[i];
			}
			assert_int_equal(read_ids(first, last, version, count, of), differs);
			for (uint16_t i = 0; i < PEERS; i++)
				assert_int_equal(mcr_peer_list_has(&list, PEERS - 1 - i), said[i]);
		}
	}
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_peer_carries_to_those_of_its_list),
		TEST(a_page_says_nothing_of_ids_beyond_its_range),
		TEST(what_was_read_is_not_read_again),
		TEST(of_many_pages_none_is_read_twice_after_two_rounds),
		TEST(pages_that_do_not_adjoin_leave_a_gap),
		TEST(an_older_list_is_ignored),
		TEST(versions_that_have_gone_round_are_taken),
		TEST(a_malformed_page_changes_nothing_however_often_it_comes),
		TEST(words_of_another_session_are_void),
		TEST(versions_begin_anew_with_a_restart),
		TEST(a_list_is_whole_when_all_of_it_was_heard),
		TEST(a_peer_without_a_list_may_carry_to_all),
		TEST(a_new_peer_is_found_in_the_list_that_was_read),
		TEST(a_peer_that_is_gone_is_taken_out),
		TEST(a_page_that_another_lcore_reads_is_left_to_it),
		TEST(ids_stay_in_order_as_peers_come_and_go),
		TEST(the_words_are_those_of_the_last_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
