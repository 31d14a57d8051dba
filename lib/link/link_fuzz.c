/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Records lie inside the input one behind the other, and what is read is written back as it was.
 * The ids of a page ascend within its range. No hello leads a session out of its states. */

#include <stdlib.h>
#include <string.h>

#include <fuzz.h>

#include "mcr_link.h"

static const struct mcr_link_self self = {
	.discriminator = 0x22222222,
	.interval = 50000,
	.multiplier = 3,
	.epoch = 1,
};

static void
check_session(const struct mcr_link_session *session, uint64_t now)
{
	require(session->state == MCR_LINK_DOWN || session->state == MCR_LINK_INIT ||
		session->state == MCR_LINK_UP);
	require(session->state == MCR_LINK_DOWN || session->peer.my_discriminator != 0);
	require(mcr_session_hello(session).your_discriminator == session->peer.my_discriminator);
	require(session->detect_at == UINT64_MAX ||
		(session->detect_at > now &&
			session->detect_at <= session->heard + MCR_LINK_DETECTION_MAX));
	require(session->send_at > now && session->send_at <= now + self.interval);
}

/* What is valid can be written again, as it was. */
static void
read_page(const uint8_t *body, uint32_t len)
{
	uint8_t written[UINT16_MAX];
	struct mcr_link_page page;

	if (!mcr_link_has_page(len) || !mcr_link_read_page(body, len, &page))
		return;
	require(page.first <= page.last);
	require(page.ids + page.count * sizeof(uint32_t) <= body + len);
	mcr_link_write_page(written, &page);
	require(memcmp(written, body + MCR_LINK_HELLO_LEN, mcr_link_page_len(page.count)) == 0);
	if (!mcr_link_page_is_valid(&page))
		return;
	for (uint16_t i = 0; i < page.count; i++) {
		const uint32_t id = mcr_link_page_id(&page, i);

		require(id >= page.first && id <= page.last);
		require(i == 0 || id > mcr_link_page_id(&page, i - 1));
	}
}

/* Time passes by what the input says, as far as 16 seconds. */
static void
receive_hello(struct mcr_link_session *session, const uint8_t *body, uint32_t len, uint64_t *now)
{
	uint8_t written[MCR_LINK_HELLO_LEN];
	struct mcr_link_hello hello;

	if (!mcr_link_read_hello(body, len, &hello))
		return;
	mcr_link_write_hello(written, &hello);
	require(memcmp(written, body, 2) == 0 && memcmp(written + 4, body + 4, 20) == 0);
	read_page(body, len);
	mcr_session_receive(session, &hello, *now);
	mcr_session_run(session, *now, hello.interval);
	check_session(session, *now);
	*now += mcr_read_be16(body + 2) * UINT64_C(256);
	mcr_session_run(session, *now, 0);
	check_session(session, *now);
}

/* Nobody here knows an address of IPv6, and 0.0.0.N is no member's. */
static void
write_again(const uint8_t *from, const struct mcr_link_record *record)
{
	uint8_t written[MCR_LINK_RECORD_MAX];

	require(!mcr_address_is_ipv6(record->member));
	mcr_link_write_record(written, record);
	if (from[0] >> 4 == MCR_LINK_VERSION)
		require(memcmp(written, from, 4) == 0);
	if (record->member != 0)
		require(memcmp(written + 4, from + 4, 4) == 0);
	require(memcmp(written + 8, from + 8, 4) == 0);
}

static void
read_records(const uint8_t *bytes, uint32_t size)
{
	struct mcr_link_session session;
	uint64_t now = 1;
	uint32_t at = 0, from = 0;
	struct mcr_link_record record;

	mcr_session_begin(&session, &self, now);
	while (at < size && mcr_link_read_record(bytes, &at, size, &record)) {
		require(record.offset == from + (bytes[from] >> 4 == MCR_LINK_VERSION
								? MCR_LINK_RECORD_LEN
								: MCR_LINK_RECORD_MAX));
		require(at == (uint32_t)record.offset + record.length && at <= size);
		write_again(bytes + from, &record);
		if (record.kind == MCR_LINK_HELLO)
			receive_hello(&session, bytes + record.offset, record.length, &now);
		from = at;
	}
	require(at == from);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes;

	if (size > UINT16_MAX)
		return 0;
	bytes = malloc(size);
	memcpy(bytes, data, size);
	read_records(bytes, size);
	free(bytes);
	return 0;
}
