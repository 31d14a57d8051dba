/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* The best relay without DPDK, for comparison: mcdpdk_relay GROUP PORT ADDRESS... receives
 * datagrams of a group in bursts and sends each to all addresses with one system call, until it is
 * killed. */

#include <arpa/inet.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BURST 32
#define DATAGRAM_MAX 9216
#define RECEIVERS_MAX 1024 /* UIO_MAXIOV */
#define RECEIVE_BUFFER (16 << 20)

static char datagrams[BURST][DATAGRAM_MAX];
static struct iovec inputs[BURST];
static struct mmsghdr received[BURST];
static struct sockaddr_in receivers[RECEIVERS_MAX];
static struct mmsghdr copies[RECEIVERS_MAX];

static struct sockaddr_in
make_address(const char *text, const char *port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(strtoul(port, NULL, 10)),
	};

	if (inet_pton(AF_INET, text, &address.sin_addr) != 1)
		errx(2, "not an address: %s", text);
	return address;
}

static int
join_group(const struct sockaddr_in *group)
{
	const struct ip_mreqn request = {.imr_multiaddr = group->sin_addr};
	const int buffer = RECEIVE_BUFFER, fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)group, sizeof(*group)) != 0 ||
		setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof(request)) != 0 ||
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)) != 0)
		err(1, "joining the group");
	return fd;
}

static void
prepare_inputs(void)
{
	for (int i = 0; i < BURST; i++) {
		inputs[i] = (struct iovec){datagrams[i], DATAGRAM_MAX};
		received[i].msg_hdr = (struct msghdr){.msg_iov = &inputs[i], .msg_iovlen = 1};
	}
}

static void
prepare_copies(struct iovec *data, int count)
{
	for (int i = 0; i < count; i++)
		copies[i].msg_hdr = (struct msghdr){
			.msg_name = &receivers[i],
			.msg_namelen = sizeof(receivers[i]),
			.msg_iov = data,
			.msg_iovlen = 1,
		};
}

/* A copy that cannot be sent is lost, as in a network. */
static void
send_copies(int fd, int count)
{
	for (int sent = 0; sent < count;) {
		const int some = sendmmsg(fd, copies + sent, count - sent, 0);

		sent += some > 0 ? some : 1;
	}
}

static void
relay(int from, int to, int count)
{
	struct iovec data;

	prepare_inputs();
	prepare_copies(&data, count);
	for (;;) {
		const int burst = recvmmsg(from, received, BURST, MSG_WAITFORONE, NULL);

		if (burst < 0)
			err(1, "receiving");
		for (int i = 0; i < burst; i++) {
			data = (struct iovec){datagrams[i], received[i].msg_len};
			send_copies(to, count);
		}
	}
}

int
main(int argc, char **argv)
{
	struct sockaddr_in group;
	const int count = argc - 3, to = socket(AF_INET, SOCK_DGRAM, 0);

	if (count < 1 || count > RECEIVERS_MAX || to < 0)
		errx(2, "usage: %s GROUP PORT ADDRESS...", argv[0]);
	group = make_address(argv[1], argv[2]);
	for (int i = 0; i < count; i++)
		receivers[i] = make_address(argv[3 + i], argv[2]);
	relay(join_group(&group), to, count);
}
