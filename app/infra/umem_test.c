/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include "infra/umem.h"

#define COUNT 4096
#define CACHE_SIZE 256
#define ROOM (RTE_PKTMBUF_HEADROOM + 2048)
#define HOLES 512
#define HOLE_SIZE 20000

/* The memory that the driver registers for a pool, and how many buffers lie in it. */
struct view {
	uintptr_t page;
	uintptr_t start;
	uintptr_t end;
	uint32_t inside;
	uint32_t in_one_page;
};

static void
look_at_buffer(struct rte_mempool *pool, void *arg, void *buffer, unsigned int index)
{
	struct view *view = arg;
	const uintptr_t start = (uintptr_t)buffer - pool->header_size;
	const uintptr_t last =
		(uintptr_t)buffer + sizeof(struct rte_mbuf) + rte_pktmbuf_data_room_size(pool) - 1;

	RTE_SET_USED(index);
	view->inside += start >= view->start && last < view->end;
	view->in_one_page += start / view->page == last / view->page;
}

/* DPDK 22.11's net_af_xdp: from the page of the first buffer on. */
static struct view
look_at_pool(struct rte_mempool *pool)
{
	const uintptr_t first = (uintptr_t)STAILQ_FIRST(&pool->mem_list)->addr;
	struct view view = {.page = sysconf(_SC_PAGESIZE)};

	view.start = first / view.page * view.page;
	view.end = first + (uintptr_t)pool->populated_size *
	                           rte_mempool_calc_obj_size(pool->elt_size, pool->flags, NULL);
	rte_mempool_obj_iter(pool, look_at_buffer, &view);
	return view;
}

static void
assert_usable(struct rte_mempool *pool, uint32_t count)
{
	struct view view;

	assert_non_null(pool);
	view = look_at_pool(pool);
	assert_int_equal(pool->populated_size, count);
	assert_int_equal(view.inside, count);
	assert_int_equal(view.in_one_page, count);
	rte_mempool_free(pool);
}

/* Shows that the tests below can fail. */
static void
a_usual_pool_is_not_where_the_driver_looks(void **state)
{
	struct rte_mempool *pool =
		rte_pktmbuf_pool_create("usual", COUNT, CACHE_SIZE, 0, ROOM, SOCKET_ID_ANY);

	RTE_SET_USED(state);
	assert_non_null(pool);
	assert_true(look_at_pool(pool).inside < COUNT);
	rte_mempool_free(pool);
}

static void
every_buffer_is_where_the_driver_looks(void **state)
{
	static const uint32_t counts[] = {1024, 1025, COUNT};
	static const uint16_t rooms[] = {ROOM, ROOM + 64, 3000, 3840};

	RTE_SET_USED(state);
	for (unsigned int i = 0; i < RTE_DIM(counts); i++)
		for (unsigned int k = 0; k < RTE_DIM(rooms); k++)
			assert_usable(
				mcr_umem_create_pool("umem", counts[i], CACHE_SIZE, rooms[k], 0),
				counts[i]);
}

static void
a_buffer_has_the_room_that_is_asked_for(void **state)
{
	struct rte_mempool *pool = mcr_umem_create_pool("umem", COUNT, CACHE_SIZE, ROOM, 0);
	struct rte_mbuf *packet;

	RTE_SET_USED(state);
	assert_non_null(pool);
	assert_true(rte_pktmbuf_data_room_size(pool) >= ROOM);
	packet = rte_pktmbuf_alloc(pool);
	assert_non_null(packet);
	assert_int_equal(rte_pktmbuf_headroom(packet), RTE_PKTMBUF_HEADROOM);
	assert_true(rte_pktmbuf_tailroom(packet) >= ROOM - RTE_PKTMBUF_HEADROOM);
	assert_int_equal(packet->pkt_len, 0);
	rte_pktmbuf_free(packet);
	rte_mempool_free(pool);
}

static void
holes_in_the_heap_do_not_matter(void **state)
{
	void *taken[HOLES];

	RTE_SET_USED(state);
	for (unsigned int i = 0; i < HOLES; i++)
		assert_non_null(taken[i] = rte_malloc(NULL, HOLE_SIZE, 0));
	for (unsigned int i = 0; i < HOLES; i += 2)
		rte_free(taken[i]);
	assert_usable(mcr_umem_create_pool("umem", COUNT, CACHE_SIZE, ROOM, 0), COUNT);
	for (unsigned int i = 1; i < HOLES; i += 2)
		rte_free(taken[i]);
}

static void
too_little_memory_is_an_error_that_leaves_nothing_behind(void **state)
{
	RTE_SET_USED(state);
	assert_null(mcr_umem_create_pool("umem", 100 * COUNT, CACHE_SIZE, ROOM, 0));
	assert_int_equal(rte_errno, ENOMEM);
	assert_null(rte_mempool_lookup("umem"));
	assert_usable(mcr_umem_create_pool("umem", COUNT, CACHE_SIZE, ROOM, 0), COUNT);
}

static void
no_buffer_is_longer_than_a_page(void **state)
{
	const long page = sysconf(_SC_PAGESIZE);

	RTE_SET_USED(state);
	if (page < UINT16_MAX) {
		assert_null(mcr_umem_create_pool("umem", COUNT, CACHE_SIZE, page, 0));
		assert_int_equal(rte_errno, EMSGSIZE);
	}
	assert_int_equal(mcr_umem_buffer_size(ROOM), 4096);
}

static int
start_eal(void **state)
{
	char *args[] = {"umem_test", "--no-huge", "--no-pci", "--no-shconf", "--no-telemetry",
		"-m128", "--lcores=0@0", "--log-level=error"};

	RTE_SET_USED(state);
	return rte_eal_init(RTE_DIM(args), args) < 0 ? -1 : 0;
}

static int
end_eal(void **state)
{
	RTE_SET_USED(state);
	return rte_eal_cleanup();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_usual_pool_is_not_where_the_driver_looks),
		cmocka_unit_test(every_buffer_is_where_the_driver_looks),
		cmocka_unit_test(a_buffer_has_the_room_that_is_asked_for),
		cmocka_unit_test(holes_in_the_heap_do_not_matter),
		cmocka_unit_test(too_little_memory_is_an_error_that_leaves_nothing_behind),
		cmocka_unit_test(no_buffer_is_longer_than_a_page),
	};

	return cmocka_run_group_tests(tests, start_eal, end_eal);
}
