/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_debug.h>
#include <rte_ethdev.h>

#include <mcr_address.h>

#include "infra/interface.h"
#include "infra/log.h"

uint32_t
mcr_interface_of_port(const struct mcr_port *port)
{
	struct rte_eth_dev_info info;

	return rte_eth_dev_info_get(port->id, &info) == 0 ? info.if_index : 0;
}

/* An abstract socket belongs to the network namespace, as the interface does. The kernel removes
 * it however its process ends. */
static socklen_t
name_claim(uint32_t index, struct sockaddr_un *name)
{
	*name = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(name->sun_path + 1, sizeof(name->sun_path) - 1, "mcdpdk-interface-%u", index);
	return offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name->sun_path + 1);
}

/* 0: unknown, as in another PID namespace. */
static pid_t
find_claimant(const struct sockaddr_un *name, socklen_t length)
{
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct ucred other = {0};
	socklen_t size = sizeof(other);

	if (fd < 0)
		return 0;
	if (connect(fd, (const struct sockaddr *)name, length) != 0 ||
		getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &other, &size) != 0)
		other.pid = 0;
	close(fd);
	return other.pid;
}

static void
log_claimant(const struct mcr_port *port, uint32_t index, pid_t pid)
{
	char name[IF_NAMESIZE] = "?", who[32] = "another process";

	if_indextoname(index, name);
	if (pid != 0)
		snprintf(who, sizeof(who), "process %d", (int)pid);
	MCR_LOG(ERR,
		"port %s: the hub of %s serves interface %s already: two would answer each packet",
		port->name, who, name);
}

/* @return The socket that holds the lock, or -errno, logged. */
static int
claim(const struct mcr_port *port, uint32_t index)
{
	struct sockaddr_un name;
	const socklen_t length = name_claim(index, &name);
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int ret;

	RTE_ASSERT(index != 0);
	if (fd >= 0 && bind(fd, (const struct sockaddr *)&name, length) == 0 && listen(fd, 1) == 0)
		return fd;
	ret = errno;
	if (fd >= 0)
		close(fd);
	if (ret == EADDRINUSE) {
		log_claimant(port, index, find_claimant(&name, length));
		return -EBUSY;
	}
	MCR_LOG(ERR, "port %s: cannot take its interface: %s", port->name, strerror(ret));
	return -ret;
}

int
mcr_interface_claim_all(struct mcr_ports *ports)
{
	RTE_ASSERT(ports->claims == NULL && ports->count != 0);
	ports->claims = malloc(ports->count * sizeof(*ports->claims));
	if (ports->claims == NULL)
		return -ENOMEM;
	for (uint16_t i = 0; i < ports->count; i++)
		ports->claims[i] = -1;
	for (uint16_t i = 0; i < ports->count; i++) {
		const uint32_t index = mcr_interface_of_port(&ports->at[i]);

		if (index == 0)
			continue;
		ports->claims[i] = claim(&ports->at[i], index);
		if (ports->claims[i] < 0)
			return ports->claims[i];
	}
	return 0;
}

void
mcr_interface_release_all(struct mcr_ports *ports)
{
	for (uint16_t i = 0; ports->claims != NULL && i < ports->count; i++) {
		if (ports->claims[i] >= 0)
			close(ports->claims[i]);
	}
	free(ports->claims);
	ports->claims = NULL;
}

static bool
is_running(const char *name)
{
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const short wanted = IFF_UP | IFF_RUNNING;
	struct ifreq request = {0};
	bool is = true;

	if (fd < 0)
		return true;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (ioctl(fd, SIOCGIFFLAGS, &request) == 0)
		is = (request.ifr_flags & wanted) == wanted;
	close(fd);
	return is;
}

enum mcr_interface_state
mcr_interface_state(uint32_t index)
{
	char name[IF_NAMESIZE];

	RTE_ASSERT(index != 0);
	if (if_indextoname(index, name) == NULL)
		return errno == ENXIO ? MCR_INTERFACE_GONE : MCR_INTERFACE_UP;
	return is_running(name) ? MCR_INTERFACE_UP : MCR_INTERFACE_DOWN;
}

/* net_af_packet always reports "up". */
bool
mcr_interface_has_link(const struct mcr_port *port)
{
	const uint32_t index = mcr_interface_of_port(port);
	struct rte_eth_link link = {0};

	return rte_eth_link_get_nowait(port->id, &link) == 0 &&
	       link.link_status == RTE_ETH_LINK_UP &&
	       (index == 0 || mcr_interface_state(index) == MCR_INTERFACE_UP);
}

/* @return Its length. */
static socklen_t
write_sockaddr(uint32_t address, struct sockaddr_storage *own)
{
	struct sockaddr_in *ipv4 = (struct sockaddr_in *)own;
	struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)own;

	*own = (struct sockaddr_storage){.ss_family = AF_UNSPEC};
	if (mcr_address_is_ipv6(address)) {
		ipv6->sin6_family = AF_INET6;
		ipv6->sin6_addr = *mcr_address_ipv6(address);
		return sizeof(*ipv6);
	}
	ipv4->sin_family = AF_INET;
	ipv4->sin_addr.s_addr = rte_cpu_to_be_32(address);
	return sizeof(*ipv4);
}

/* Check by bind() first: a list of all addresses can take long. */
static bool
can_be_bound(uint32_t address)
{
	struct sockaddr_storage own;
	const socklen_t length = write_sockaddr(address, &own);
	const int fd = socket(own.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool can;

	if (fd < 0)
		return false;
	can = bind(fd, (const struct sockaddr *)&own, length) == 0;
	close(fd);
	return can;
}

static bool
has_address(const struct ifaddrs *entry, uint32_t address)
{
	struct sockaddr_in6 ipv6;
	struct sockaddr_in ip;

	if (entry->ifa_addr == NULL ||
		entry->ifa_addr->sa_family != (mcr_address_is_ipv6(address) ? AF_INET6 : AF_INET))
		return false;
	if (mcr_address_is_ipv6(address)) {
		memcpy(&ipv6, entry->ifa_addr, sizeof(ipv6));
		return memcmp(&ipv6.sin6_addr, mcr_address_ipv6(address), sizeof(ipv6.sin6_addr)) ==
		       0;
	}
	memcpy(&ip, entry->ifa_addr, sizeof(ip));
	return ip.sin_addr.s_addr == rte_cpu_to_be_32(address);
}

bool
mcr_interface_kernel_has(uint32_t address, char *name)
{
	struct ifaddrs *all, *entry;

	if (!can_be_bound(address) || getifaddrs(&all) != 0)
		return false;
	for (entry = all; entry != NULL && !has_address(entry, address); entry = entry->ifa_next)
		;
	if (entry != NULL)
		snprintf(name, IF_NAMESIZE, "%s", entry->ifa_name);
	freeifaddrs(all);
	return entry != NULL;
}
