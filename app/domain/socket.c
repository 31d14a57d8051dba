/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "domain/log.h"
#include "domain/socket.h"

#define SECOND UINT64_C(1000000)
#define CONNECT_INTERVAL (SECOND / 5)
#define GREETING_WITHIN (5 * SECOND)
/* The control lcore answers far sooner, but for a reload of a large configuration. */
#define ANSWER_WITHIN (60 * SECOND)
/* DPDK's telemetry sends at most 16 kB. */
#define ANSWER_MAX 65536

struct mcr_socket {
	const char *path;
	struct mcr_domain *domain;
	int fd; /* -1: none */
	bool is_greeted;
	uint64_t connect_at;
	uint64_t answer_by; /* 0: none is awaited */
	int told;           /* the error that a line told of */
	char answer[ANSWER_MAX];
};

bool
mcr_socket_takes(const char *path)
{
	return strlen(path) < sizeof(((struct sockaddr_un *)NULL)->sun_path);
}

struct mcr_socket *
mcr_socket_create(const char *path, struct mcr_domain *domain)
{
	struct mcr_socket *client = calloc(1, sizeof(*client));

	if (client == NULL)
		return NULL;
	client->path = path;
	client->domain = domain;
	client->fd = -1;
	return client;
}

void
mcr_socket_free(struct mcr_socket *client)
{
	if (client == NULL)
		return;
	if (client->fd >= 0)
		close(client->fd);
	free(client);
}

static void
tell(struct mcr_socket *client, int error)
{
	if (error == client->told)
		return;
	client->told = error;
	mcr_agent_log(MCR_DOMAIN_WARNING, "no hub answers at %s: %s; waiting for it", client->path,
		strerror(error));
}

/* Before it has greeted, it was not there yet. */
static void
lose(struct mcr_socket *client, uint64_t now, int error)
{
	close(client->fd);
	client->fd = -1;
	client->connect_at = now + CONNECT_INTERVAL;
	if (client->is_greeted)
		mcr_domain_hub_lost(client->domain, now, strerror(error));
	else
		tell(client, error);
	client->is_greeted = false;
	client->answer_by = 0;
}

static void
connect_hub(struct mcr_socket *client, uint64_t now)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	client->connect_at = now + CONNECT_INTERVAL;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", client->path);
	client->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (client->fd < 0) {
		tell(client, errno);
		return;
	}
	if (connect(client->fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
		client->answer_by = now + GREETING_WITHIN;
		return;
	}
	tell(client, errno);
	close(client->fd);
	client->fd = -1;
}

void
mcr_socket_ask(struct mcr_socket *client, uint64_t now, const char *text)
{
	const size_t len = strlen(text);

	if (client->fd < 0)
		return;
	client->answer_by = now + ANSWER_WITHIN;
	if (send(client->fd, text, len, MSG_NOSIGNAL) != (ssize_t)len)
		lose(client, now, errno);
}

static void
take(struct mcr_socket *client, uint64_t now, size_t len)
{
	client->answer_by = 0;
	if (client->is_greeted) {
		mcr_domain_hub_answered(client->domain, now, client->answer, len);
		return;
	}
	client->is_greeted = true;
	if (client->told != 0)
		mcr_agent_log(MCR_DOMAIN_NOTICE, "the hub answers");
	client->told = 0;
	mcr_domain_hub_connected(client->domain, now);
}

static void
receive(struct mcr_socket *client, uint64_t now)
{
	const ssize_t len = recv(client->fd, client->answer, sizeof(client->answer), 0);

	if (len > 0)
		take(client, now, len);
	else if (len == 0)
		lose(client, now, ECONNRESET);
	else if (errno != EAGAIN && errno != EINTR)
		lose(client, now, errno);
}

void
mcr_socket_poll(struct mcr_socket *client, uint64_t now)
{
	if (client->fd < 0 && now >= client->connect_at)
		connect_hub(client, now);
	if (client->fd >= 0)
		receive(client, now);
	if (client->fd >= 0 && client->answer_by != 0 && now >= client->answer_by)
		lose(client, now, ETIMEDOUT);
}

int
mcr_socket_fd(const struct mcr_socket *client)
{
	return client->fd;
}

uint64_t
mcr_socket_wake(const struct mcr_socket *client)
{
	if (client->fd < 0)
		return client->connect_at;
	return client->answer_by == 0 ? UINT64_MAX : client->answer_by;
}
