/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <string.h>

#include "test/hub_fixture.h"
#include "test/sim/clock.h"
#include "test/sim/fail.h"
#include "test/sim/frames.h"
#include "test/sim/model.h"
#include "test/sim/world.h"

#define LATE_MAX 16

/* A packet gets its number when it arrives: then the order of numbers is that of packets. */
struct event {
	uint32_t due;
	uint16_t host;
	uint16_t fill;
	uint16_t groups; /* a report: which groups */
	uint8_t group;
	enum { DATA, REPORT, ARP_REPLY, ARP_ANNOUNCEMENT } kind;
};

static struct event late[LATE_MAX];
static unsigned int late_count;
static unsigned int delay;
static bool loses;
static uint32_t now;
static uint64_t trace, frames;

void
sim_world_start(void)
{
	late_count = 0;
	delay = 0;
	loses = false;
	now = 0;
	trace = UINT64_C(0xcbf29ce484222325);
	frames = 0;
	sim_frames_start();
}

static void
note(const uint8_t *bytes, uint32_t length)
{
	for (uint32_t i = 0; i < length; i++)
		trace = (trace ^ bytes[i]) * UINT64_C(0x100000001b3);
	frames++;
}

static uint16_t
joined_groups(unsigned int host)
{
	uint16_t joined = 0;

	for (unsigned int i = 0; i < SIM_GROUPS; i++)
		joined |= sim_model_has_joined(host, i) ? 1u << i : 0;
	return joined;
}

static void
make_frame(struct sim_frame *frame, const struct event *event)
{
	switch (event->kind) {
	case DATA:
		sim_frame_data(frame, event->host, event->group,
			sim_model_send(event->host, event->group), event->fill);
		break;
	case REPORT:
		sim_frame_report(frame, event->host, event->groups, joined_groups(event->host));
		break;
	default:
		sim_frame_arp(frame, event->host, event->kind == ARP_REPLY);
		break;
	}
}

static void
arrive(const struct event *event)
{
	struct sim_frame frame;
	struct rte_mbuf *mbuf;

	/* What finds no room on the wire, or in the device, was never sent. */
	if (!fixture_has_room(0) || (mbuf = rte_pktmbuf_alloc(wire_pool)) == NULL)
		return;
	make_frame(&frame, event);
	if (frame.bytes[0] != 0xff)
		memcpy(frame.bytes, &hub.ports.at[0].mac, RTE_ETHER_ADDR_LEN);
	memcpy(rte_pktmbuf_append(mbuf, frame.length), frame.bytes, frame.length);
	fixture_put_on_wire(0, mbuf);
	note(frame.bytes, frame.length);
}

static void
transmit(struct event event)
{
	if (loses) {
		loses = false;
		return;
	}
	if (delay != 0 && late_count < LATE_MAX) {
		event.due = now + delay;
		delay = 0;
		late[late_count++] = event;
		return;
	}
	arrive(&event);
}

void
sim_world_send(unsigned int host, unsigned int group, uint16_t fill)
{
	transmit((struct event){.kind = DATA, .host = host, .group = group, .fill = fill});
}

void
sim_world_report(unsigned int host, uint16_t which)
{
	transmit((struct event){.kind = REPORT, .host = host, .groups = which});
}

void
sim_world_move(unsigned int host)
{
	sim_frame_move(host);
	sim_model_doubt(host);
	transmit((struct event){.kind = ARP_ANNOUNCEMENT, .host = host});
}

void
sim_world_delay_next(unsigned int steps)
{
	delay = steps;
}

void
sim_world_lose_next(void)
{
	loses = true;
}

static void
read_all(const struct rte_mbuf *sent, uint8_t *bytes)
{
	for (; sent != NULL; sent = sent->next) {
		memcpy(bytes, rte_pktmbuf_mtod(sent, const void *), sent->data_len);
		bytes += sent->data_len;
	}
}

void
sim_world_take(const struct rte_mbuf *sent)
{
	uint8_t bytes[SIM_FRAME_MAX];
	struct sim_sent what;
	const char *reason;

	SIM_REQUIRE(rte_mbuf_check(sent, 1, &reason) == 0, "broken buffer: %s", reason);
	SIM_REQUIRE(sent->pkt_len <= sizeof(bytes), "frame of %u bytes", sent->pkt_len);
	read_all(sent, bytes);
	note(bytes, sent->pkt_len);
	what = sim_frame_read(bytes, sent->pkt_len);
	if (what.kind == SIM_ARP_REQUEST && sim_hosts[what.host].is_on_link)
		transmit((struct event){.kind = ARP_REPLY, .host = what.host});
	if (what.kind != SIM_COPY)
		return;
	SIM_REQUIRE(!what.is_to_old_mac || sim_model_is_in_doubt(what.host),
		"packet %u for host %u goes to another MAC", what.number, what.host);
	if (!what.is_to_old_mac)
		sim_model_receive(what.host, what.group, what.number);
}

void
sim_world_step(void)
{
	unsigned int left = 0;

	now++;
	for (unsigned int i = 0; i < late_count; i++) {
		if (late[i].due <= now)
			arrive(&late[i]);
		else
			late[left++] = late[i];
	}
	late_count = left;
}

void
sim_world_calm(void)
{
	delay = 0;
	loses = false;
	for (unsigned int i = 0; i < late_count; i++)
		arrive(&late[i]);
	late_count = 0;
}

uint64_t
sim_world_trace(void)
{
	return (trace ^ sim_clock_read()) * UINT64_C(0x100000001b3);
}

uint64_t
sim_world_frames(void)
{
	return frames;
}
