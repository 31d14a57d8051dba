/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <rte_debug.h>
#include <rte_ethdev.h>

#include "infra/interface.h"
#include "infra/missed.h"

/** A driver's socket, found among the process's descriptors; the driver closes it. */
struct kernel_socket {
	int fd;
	uint16_t port;
	int family;
};

struct mcr_missed {
	uint64_t *packet_drops; /**< by port: reading resets the kernel's count */
	uint64_t *baselines;
	uint64_t *frozen; /**< by port: the count during a reset */
	struct kernel_socket *sockets;
	uint32_t count;
};

static int
family_of_driver(const struct mcr_port *port)
{
	struct rte_eth_dev_info info;

	if (rte_eth_dev_info_get(port->id, &info) != 0)
		return AF_UNSPEC;
	if (strcmp(info.driver_name, "net_af_packet") == 0)
		return AF_PACKET;
	return strcmp(info.driver_name, "net_af_xdp") == 0 ? AF_XDP : AF_UNSPEC;
}

static bool
is_on_interface(int fd, uint32_t index)
{
	struct sockaddr_ll address = {0};
	socklen_t size = sizeof(address);

	return getsockname(fd, (struct sockaddr *)&address, &size) == 0 &&
	       (uint32_t)address.sll_ifindex == index;
}

/* An XDP socket does not show its port. Drivers open sockets when their port starts, so one that is
 * not kept yet belongs to the port that just started. */
static bool
is_kept(const struct mcr_missed *missed, int fd)
{
	for (uint32_t i = 0; i < missed->count; i++) {
		if (missed->sockets[i].fd == fd)
			return true;
	}
	return false;
}

static int
keep_socket(struct mcr_missed *missed, const struct kernel_socket *found)
{
	struct kernel_socket *more =
		reallocarray(missed->sockets, missed->count + 1, sizeof(*missed->sockets));

	if (more == NULL)
		return -ENOMEM;
	missed->sockets = more;
	more[missed->count++] = *found;
	return 0;
}

/* When a queueing discipline or a stalled device holds all frames of the TX ring, net_af_packet
 * waits for room in the socket, and its lcore with it. A socket with room for any ring prevents
 * this. */
static void
raise_send_buffer(int fd)
{
	const int size = INT_MAX / 2;

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) != 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static int
examine_socket(
	struct mcr_missed *missed, int fd, const struct kernel_socket *wanted, uint32_t index)
{
	const struct kernel_socket found = {fd, wanted->port, wanted->family};
	int family = AF_UNSPEC;
	socklen_t size = sizeof(family);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size) != 0 ||
		family != wanted->family || is_kept(missed, fd) ||
		(family == AF_PACKET && !is_on_interface(fd, index)))
		return 0;
	if (family == AF_PACKET)
		raise_send_buffer(fd);
	return keep_socket(missed, &found);
}

static struct mcr_missed *
get_missed(struct mcr_ports *ports)
{
	struct mcr_missed *missed = ports->missed;

	if (missed != NULL)
		return missed;
	missed = ports->missed = calloc(1, sizeof(*missed));
	if (missed == NULL)
		return NULL;
	missed->packet_drops = calloc(ports->count, sizeof(*missed->packet_drops));
	missed->baselines = calloc(ports->count, sizeof(*missed->baselines));
	missed->frozen = calloc(ports->count, sizeof(*missed->frozen));
	return missed->packet_drops == NULL || missed->baselines == NULL || missed->frozen == NULL
	               ? NULL
	               : missed;
}

int
mcr_missed_find(struct mcr_ports *ports, uint16_t port)
{
	struct mcr_missed *missed = get_missed(ports);
	const struct kernel_socket wanted = {
		.port = port,
		.family = family_of_driver(&ports->at[port]),
	};
	const uint32_t index = mcr_interface_of_port(&ports->at[port]);
	const struct dirent *entry;
	DIR *folder;
	int ret = 0;

	RTE_ASSERT(port < ports->count);
	if (missed == NULL)
		return -ENOMEM;
	if (wanted.family == AF_UNSPEC)
		return 0;
	/* Without /proc only the count is missing. */
	folder = opendir("/proc/self/fd");
	while (folder != NULL && ret == 0 && (entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] != '.')
			ret = examine_socket(missed, atoi(entry->d_name), &wanted, index);
	}
	if (folder != NULL)
		closedir(folder);
	return ret;
}

void
mcr_missed_free(struct mcr_ports *ports)
{
	if (ports->missed == NULL)
		return;
	free(ports->missed->packet_drops);
	free(ports->missed->baselines);
	free(ports->missed->frozen);
	free(ports->missed->sockets);
	free(ports->missed);
	ports->missed = NULL;
}

static void
add_packet_drops(const struct mcr_missed *missed, const struct kernel_socket *packet)
{
	struct tpacket_stats stats;
	socklen_t size = sizeof(stats);

	if (getsockopt(packet->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) == 0)
		missed->packet_drops[packet->port] += stats.tp_drops;
}

static uint64_t
count_ring_full(const struct kernel_socket *xdp)
{
	struct xdp_statistics stats = {0};
	socklen_t size = sizeof(stats);

	if (getsockopt(xdp->fd, SOL_XDP, XDP_STATISTICS, &stats, &size) != 0)
		return 0;
	return stats.rx_ring_full;
}

static uint64_t
count_all(const struct mcr_ports *ports, uint16_t port)
{
	const struct mcr_missed *missed = ports->missed;
	struct rte_eth_stats stats = {0};
	uint64_t sum = 0;

	for (uint32_t i = 0; i < missed->count; i++) {
		const struct kernel_socket *kernel_socket = &missed->sockets[i];

		if (kernel_socket->port != port)
			continue;
		if (kernel_socket->family == AF_PACKET)
			add_packet_drops(missed, kernel_socket);
		else
			sum += count_ring_full(kernel_socket);
	}
	rte_eth_stats_get(ports->at[port].id, &stats);
	return sum + missed->packet_drops[port] + stats.imissed;
}

void
mcr_missed_start(struct mcr_ports *ports)
{
	RTE_ASSERT(ports->missed != NULL);
	for (uint16_t i = 0; i < ports->count; i++)
		ports->missed->baselines[i] = count_all(ports, i);
}

uint64_t
mcr_missed_count(struct mcr_ports *ports, uint16_t port)
{
	RTE_ASSERT(ports->missed != NULL && port < ports->count);
	if (mcr_port_is_resetting(&ports->at[port]))
		return ports->missed->frozen[port];
	return count_all(ports, port) - ports->missed->baselines[port];
}

static void
forget_sockets(struct mcr_missed *missed, uint16_t port)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < missed->count; i++) {
		if (missed->sockets[i].port != port)
			missed->sockets[kept++] = missed->sockets[i];
	}
	missed->count = kept;
}

void
mcr_missed_pause(struct mcr_ports *ports, uint16_t port)
{
	RTE_ASSERT(!mcr_port_is_resetting(&ports->at[port]));
	ports->missed->frozen[port] = mcr_missed_count(ports, port);
	forget_sockets(ports->missed, port);
}

/* A reset may clear the device's counters or keep them. */
void
mcr_missed_resume(struct mcr_ports *ports, uint16_t port)
{
	RTE_ASSERT(mcr_port_is_resetting(&ports->at[port]) && ports->at[port].started);
	ports->missed->baselines[port] = count_all(ports, port) - ports->missed->frozen[port];
}
