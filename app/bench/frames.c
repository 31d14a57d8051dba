/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* mcdpdk_frames DEVICE RATE FRAME sends the frame (hexadecimal) RATE times a second, or with 0 as
 * fast as possible, until it is killed. It does not make up for frames that were late. */

#include <arpa/inet.h>
#include <err.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BURST 32
#define FRAME_MAX 9216
#define TICKS 1000 /* per second */
#define NS 1000000000L

static uint8_t frame[FRAME_MAX];

static size_t
read_hex(const char *text)
{
	const size_t length = strlen(text) / 2;

	if (length == 0 || length > FRAME_MAX)
		errx(2, "a frame of %zu bytes", length);
	for (size_t i = 0; i < length; i++) {
		const char digits[] = {text[2 * i], text[2 * i + 1], 0};
		char *end;

		frame[i] = strtoul(digits, &end, 16);
		if (*end != 0)
			errx(2, "not hexadecimal: %s", digits);
	}
	return length;
}

static int
open_device(const char *device)
{
	const struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_ifindex = if_nametoindex(device),
	};
	const int yes = 1, fd = socket(AF_PACKET, SOCK_RAW, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
		setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof(yes)) != 0)
		err(1, "%s", device);
	return fd;
}

static void
send_frames(int fd, size_t length, uint32_t count)
{
	struct iovec data = {frame, length};
	struct mmsghdr messages[BURST];

	memset(messages, 0, sizeof(messages));
	for (uint32_t i = 0; i < BURST; i++)
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &data, .msg_iovlen = 1};
	while (count > 0) {
		const uint32_t burst = count < BURST ? count : BURST;

		/* A full device loses frames, as a wire does. */
		sendmmsg(fd, messages, burst, 0);
		count -= burst;
	}
}

static void
await_tick(struct timespec *tick)
{
	struct timespec now;

	tick->tv_nsec += NS / TICKS;
	if (tick->tv_nsec >= NS) {
		tick->tv_nsec -= NS;
		tick->tv_sec++;
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec > tick->tv_sec ||
		(now.tv_sec == tick->tv_sec && now.tv_nsec > tick->tv_nsec))
		*tick = now;
	else
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, tick, NULL);
}

int
main(int argc, char **argv)
{
	struct timespec tick;
	uint32_t rate;
	size_t length;
	int fd;

	if (argc != 4)
		errx(2, "usage: %s DEVICE RATE FRAME", argv[0]);
	fd = open_device(argv[1]);
	rate = strtoul(argv[2], NULL, 10);
	length = read_hex(argv[3]);
	clock_gettime(CLOCK_MONOTONIC, &tick);
	for (;;) {
		send_frames(fd, length, rate == 0 ? BURST : rate / TICKS);
		if (rate != 0)
			await_tick(&tick);
	}
}
