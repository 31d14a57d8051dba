/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_debug.h>

#include "control/checkup.h"
#include "control/control_watch.h"
#include "control/service.h"
#include "control/survey.h"
#include "control/watchdog.h"
#include "infra/notify.h"

#define STATUS_MS 5000
#define STATUS_MAX 256

/* The manager is told this often in the time that it allows, or at each look of the thread. */
#define FEEDS 4

/* Of the control lcore, for the thread: each is written atomically. */
struct noted {
	uint64_t rx_packets;
	uint64_t copies;
	uint32_t members;
	uint32_t reasons; /* bit by enum mcr_health_reason: why the hub is degraded */
	uint32_t reloads; /* begun */
	uint32_t reloaded;
	uint64_t reload_us; /* when the last one began, CLOCK_MONOTONIC */
};

_Static_assert(MCR_HEALTH_COUNT <= 32, "a bit for each reason");

/* Of the thread alone. */
struct told {
	bool is_ready;
	uint32_t reloads;
	uint32_t reloaded;
	uint64_t fed_ms;
	uint64_t status_ms;
	uint64_t rx_packets;
	uint64_t copies;
};

struct mcr_service {
	struct noted noted;
	struct told told;
	uint64_t watchdog_ms; /* 0: it has no watchdog */
};

static uint64_t
monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * UINT64_C(1000000) + now.tv_nsec / 1000;
}

struct mcr_service *
mcr_service_create(void)
{
	struct mcr_service *service = calloc(1, sizeof(*service));

	if (service != NULL)
		service->watchdog_ms = mcr_notify_watchdog_ms();
	return service;
}

static uint32_t
find_reasons(const struct mcr_controller *control)
{
	const struct mcr_health_state *states = mcr_checkup_get(control);
	uint32_t reasons = 0;

	for (unsigned int i = 0; i < MCR_HEALTH_COUNT; i++) {
		if (mcr_health_degrades(i) && states[i].now.count != 0)
			reasons |= UINT32_C(1) << i;
	}
	return reasons;
}

void
mcr_service_note_state(struct mcr_controller *control, const struct mcr_stats *stats)
{
	struct noted *noted = &control->service->noted;

	__atomic_store_n(&noted->rx_packets, stats->counts[MCR_STAT_RX_PACKETS], __ATOMIC_RELAXED);
	__atomic_store_n(&noted->copies, stats->counts[MCR_STAT_COPIES], __ATOMIC_RELAXED);
	__atomic_store_n(&noted->members, mcr_survey_get(control)->members, __ATOMIC_RELAXED);
	__atomic_store_n(&noted->reasons, find_reasons(control), __ATOMIC_RELAXED);
}

void
mcr_service_note_reload(struct mcr_controller *control)
{
	struct noted *noted = &control->service->noted;

	__atomic_store_n(&noted->reload_us, monotonic_us(), __ATOMIC_RELAXED);
	__atomic_store_n(&noted->reloads, noted->reloads + 1, __ATOMIC_RELEASE);
	mcr_control_watch_wake();
}

void
mcr_service_note_reloaded(struct mcr_controller *control)
{
	struct noted *noted = &control->service->noted;

	RTE_ASSERT(noted->reloaded != noted->reloads);
	__atomic_store_n(&noted->reloaded, noted->reloads, __ATOMIC_RELEASE);
	mcr_control_watch_wake();
}

static bool
is_each_lcore_in_its_loop(const struct mcr_workers *workers)
{
	for (uint16_t i = 0; i < workers->count; i++) {
		if (__atomic_load_n(&workers->lcores[i].loops, __ATOMIC_RELAXED) == 0)
			return false;
	}
	return true;
}

static void
tell_ready(const struct mcr_controller *control)
{
	struct told *told = &control->service->told;

	if (told->is_ready || !is_each_lcore_in_its_loop(control->workers))
		return;
	told->is_ready = true;
	mcr_notify_send("READY=1\nSTATUS=serving packets");
}

/* Also of a reload that is over already: the manager waits for both messages (systemd.service(5),
 * Type=notify-reload). */
static void
tell_reload(struct mcr_service *service)
{
	const uint32_t reloaded = __atomic_load_n(&service->noted.reloaded, __ATOMIC_ACQUIRE);
	const uint32_t reloads = __atomic_load_n(&service->noted.reloads, __ATOMIC_ACQUIRE);

	if (reloads != service->told.reloads)
		mcr_notify_send("RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
			__atomic_load_n(&service->noted.reload_us, __ATOMIC_RELAXED));
	service->told.reloads = reloads;
	if (reloaded == reloads && reloaded != service->told.reloaded) {
		service->told.reloaded = reloaded;
		mcr_notify_send("READY=1");
	}
}

static void
list_reasons(uint32_t reasons, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (unsigned int i = 0; i < MCR_HEALTH_COUNT; i++) {
		if ((reasons & UINT32_C(1) << i) != 0 && used < size)
			used += snprintf(text + used, size - used, "%s%s",
				used == 0 ? "; degraded: " : ", ", mcr_health_name(i));
	}
}

static uint64_t
per_second(uint64_t now, uint64_t before, uint64_t ms)
{
	return now < before || ms == 0 ? 0 : (now - before) * 1000 / ms;
}

static void
tell_status(struct mcr_service *service, uint64_t now_ms)
{
	const uint64_t ms = now_ms - service->told.status_ms;
	const uint64_t received = __atomic_load_n(&service->noted.rx_packets, __ATOMIC_RELAXED);
	const uint64_t copies = __atomic_load_n(&service->noted.copies, __ATOMIC_RELAXED);
	const uint32_t members = __atomic_load_n(&service->noted.members, __ATOMIC_RELAXED);
	char reasons[STATUS_MAX];

	if (service->told.status_ms != 0 && ms < STATUS_MS)
		return;
	list_reasons(__atomic_load_n(&service->noted.reasons, __ATOMIC_RELAXED), reasons,
		sizeof(reasons));
	mcr_notify_send("STATUS=%u member%s, %" PRIu64 " packets/s received, %" PRIu64
			" copies/s%s",
		members, members == 1 ? "" : "s",
		per_second(received, service->told.rx_packets, ms),
		per_second(copies, service->told.copies, ms), reasons);
	service->told.status_ms = now_ms;
	service->told.rx_packets = received;
	service->told.copies = copies;
}

static void
feed_watchdog(struct mcr_service *service, uint64_t now_ms)
{
	if (service->watchdog_ms == 0 ||
		now_ms - service->told.fed_ms < service->watchdog_ms / FEEDS)
		return;
	service->told.fed_ms = now_ms;
	mcr_notify_send("WATCHDOG=1");
}

void
mcr_service_tell(const struct mcr_controller *control, bool control_runs)
{
	struct mcr_service *service = control->service;
	const uint64_t now_ms = monotonic_us() / 1000;

	if (!mcr_notify_is_wanted())
		return;
	tell_ready(control);
	if (!service->told.is_ready)
		return;
	tell_reload(service);
	tell_status(service, now_ms);
	if (control_runs && mcr_watchdog_sees_progress(control))
		feed_watchdog(service, now_ms);
}

bool
mcr_service_awaits_lcores(const struct mcr_controller *control)
{
	return mcr_notify_is_wanted() && !control->service->told.is_ready;
}

void
mcr_service_tell_end(void)
{
	if (mcr_notify_is_wanted())
		mcr_notify_send("STOPPING=1\nSTATUS=ending");
}
