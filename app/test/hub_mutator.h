/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Mutations of a pcap file that stays one: mutations of bytes alone destroy the lengths of records,
 * and what comes behind is seldom a frame any more. Records are repeated, left out and exchanged;
 * in one record, bytes or the fields are changed that decide where a frame goes.
 */

#ifndef MCR_TEST_HUB_MUTATOR_H
#define MCR_TEST_HUB_MUTATOR_H

#include <stdint.h>
#include <string.h>

#include <rte_common.h>

#define MUTATOR_FILE_HEADER 24
#define MUTATOR_RECORD_HEADER 16
#define MUTATOR_RECORDS 128
#define MUTATOR_FRAME_MAX 2048

size_t
LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

struct mutator_record {
	const uint8_t *header;
	uint32_t length; /* with the header */
};

/* xorshift: libFuzzer wants the same mutation for the same seed. */
static uint32_t
mutator_draw(uint32_t *state, uint32_t below)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state % below;
}

static uint32_t
mutator_read_le32(const uint8_t *at)
{
	return at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
}

static void
mutator_write_le32(uint8_t *at, uint32_t value)
{
	for (unsigned int i = 0; i < 4; i++)
		at[i] = value >> (8 * i);
}

/* What follows the last whole record is left out. */
static uint32_t
mutator_find_records(
	const uint8_t *data, size_t size, struct mutator_record records[MUTATOR_RECORDS])
{
	size_t at = MUTATOR_FILE_HEADER;
	uint32_t count = 0;

	while (count < MUTATOR_RECORDS && at + MUTATOR_RECORD_HEADER < size) {
		const uint32_t frame = mutator_read_le32(data + at + 8);

		if (frame == 0 || frame > size - at - MUTATOR_RECORD_HEADER)
			break;
		records[count++] =
			(struct mutator_record){data + at, MUTATOR_RECORD_HEADER + frame};
		at += MUTATOR_RECORD_HEADER + frame;
	}
	return count;
}

/* Offsets in a frame over IPv4 or IPv6, and behind GRE, VXLAN or UDP: types, lengths, TTL,
 * protocol, addresses, ports. */
static void
mutator_change_field(uint8_t *frame, uint32_t length, uint32_t *state)
{
	static const uint8_t fields[] = {12, 13, 14, 15, 16, 17, 18, 20, 21, 22, 23, 26, 29, 30, 33,
		34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 46, 47, 50, 53, 54, 55, 57, 58, 62, 66, 69,
		70, 74, 78};
	static const uint8_t values[] = {0, 1, 2, 4, 6, 8, 17, 41, 44, 47, 58, 64, 224, 232, 239,
		0x11, 0x16, 0x17, 0x22, 0x45, 0x46, 0x60, 0x7f, 0x80, 0xfd, 0xfe, 0xff};
	const uint32_t at = fields[mutator_draw(state, RTE_DIM(fields))];

	if (at >= length)
		return;
	if (mutator_draw(state, 3) == 0)
		frame[at] += mutator_draw(state, 2) == 0 ? 1 : 0xff;
	else
		frame[at] = values[mutator_draw(state, RTE_DIM(values))];
}

/* @return The length of the frame. */
static uint32_t
mutator_change_record(uint8_t *header, uint32_t frame_length, uint32_t room, uint32_t *state)
{
	uint8_t *const frame = header + MUTATOR_RECORD_HEADER;

	switch (mutator_draw(state, 8)) {
	case 0: /* the configuration, or the agent's turn */
		header[0] ^= 1u << (mutator_draw(state, 3) & 2 ? 2 : 0);
		break;
	case 1: /* where the second segment begins */
		mutator_write_le32(header + 12, mutator_draw(state, frame_length + 1));
		break;
	case 2: /* each truncated length */
		frame_length = 1 + mutator_draw(state, frame_length);
		break;
	case 3:
	case 4:
	case 5:
		for (uint32_t i = mutator_draw(state, 3) + 1; i > 0; i--)
			mutator_change_field(frame, frame_length, state);
		break;
	default:
		frame_length = LLVMFuzzerMutate(frame, frame_length, room);
		if (frame_length == 0)
			frame_length = 1;
	}
	mutator_write_le32(header + 8, frame_length);
	return frame_length;
}

/* A frame grows as long as a driver's buffers hold it. */
static uint32_t
mutator_room(size_t left, uint32_t frame)
{
	const size_t room = RTE_MIN(left, (size_t)MUTATOR_FRAME_MAX);

	return RTE_MAX(room, (size_t)frame);
}

/* The records, of which one is left out, written twice, replaced by another, or changed. */
static size_t
mutator_write(uint8_t *out, size_t room, const struct mutator_record *records, uint32_t count,
	uint32_t *state)
{
	const uint32_t chosen = mutator_draw(state, count), how = mutator_draw(state, 8);
	size_t size = 0;

	for (uint32_t i = 0; i < count; i++) {
		const struct mutator_record *record = &records[i];
		uint32_t times = 1;

		if (how == 0 && i == chosen)
			times = count > 1 ? 0 : 1;
		else if (how == 1 && i == chosen)
			times = 2;
		else if (how == 2 && i == chosen)
			record = &records[mutator_draw(state, count)];
		for (; times > 0 && size + record->length <= room; times--) {
			uint8_t *header = out + size;
			uint32_t frame = record->length - MUTATOR_RECORD_HEADER;

			memcpy(header, record->header, record->length);
			if (how > 2 && i == chosen)
				frame = mutator_change_record(header, frame,
					mutator_room(room - size - MUTATOR_RECORD_HEADER, frame),
					state);
			size += MUTATOR_RECORD_HEADER + frame;
		}
	}
	return size;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	static uint8_t copy[1 << 20];
	struct mutator_record records[MUTATOR_RECORDS];
	uint32_t state = seed | 1, count;

	/* Some break the file, as any program may. */
	if (size > sizeof(copy) || size < MUTATOR_FILE_HEADER || max_size < size ||
		mutator_draw(&state, 16) == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	memcpy(copy, data, size);
	count = mutator_find_records(copy, size, records);
	if (count == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	return MUTATOR_FILE_HEADER + mutator_write(data + MUTATOR_FILE_HEADER,
					     max_size - MUTATOR_FILE_HEADER, records, count,
					     &state);
}

#endif
