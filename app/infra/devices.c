/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_bus.h>
#include <rte_debug.h>
#include <rte_dev.h>
#include <rte_devargs.h>
#include <rte_ethdev.h>

#include "infra/binding.h"
#include "infra/devices.h"
#include "infra/log.h"

#define REASON_MAX 256

void
mcr_devices_list(char *text, size_t size)
{
	size_t len = 0;
	uint16_t port;

	snprintf(text, size, "none");
	RTE_ETH_FOREACH_DEV (port) {
		char name[RTE_ETH_NAME_MAX_LEN];

		if (len < size && rte_eth_dev_get_name_by_port(port, name) == 0)
			len += snprintf(text + len, size - len, "%s%s", len == 0 ? "" : ", ", name);
	}
}

/* Drivers that open an existing kernel interface; others create one. */
static bool
opens_interface(const char *name)
{
	static const char *const drivers[] = {
		"net_af_packet", "eth_af_packet", "net_af_xdp", "net_pcap"};

	for (size_t i = 0; i < RTE_DIM(drivers); i++)
		if (strncmp(name, drivers[i], strlen(drivers[i])) == 0)
			return true;
	return false;
}

bool
mcr_devices_find_argument(const char *args, const char *key, char *value, size_t size)
{
	RTE_ASSERT(strchr(key, '=') != NULL);
	for (const char *at = args; at != NULL && *at != '\0'; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, key, strlen(key)) != 0)
			continue;
		at += strlen(key);
		snprintf(value, size, "%.*s", (int)strcspn(at, ","), at);
		return true;
	}
	return false;
}

static bool
may_open_sockets(void)
{
	const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || errno != EPERM;
}

static void
find_vdev_reason(const struct rte_devargs *device, char *text, size_t size)
{
	char interface[IF_NAMESIZE];

	if (!opens_interface(device->name))
		return;
	if (!mcr_devices_find_argument(device->args, "iface=", interface, sizeof(interface)))
		snprintf(text, size, "it needs iface=");
	else if (if_nametoindex(interface) == 0)
		snprintf(text, size, "there is no interface \"%s\"", interface);
	else if (!may_open_sockets())
		snprintf(text, size, "user %u may not open \"%s\": root may",
			(unsigned int)geteuid(), interface);
}

static void
find_pci_reason(const struct rte_devargs *device, char *text, size_t size)
{
	const bool has_domain = strchr(device->name, ':') != strrchr(device->name, ':');
	char pci[48], advice[REASON_MAX - 8];
	struct mcr_binding binding;

	snprintf(pci, sizeof(pci), "%s%.32s", has_domain ? "" : "0000:", device->name);
	if (!mcr_binding_ask("/sys", pci, &binding)) {
		snprintf(text, size, "there is no such PCI device");
		return;
	}
	mcr_binding_advise(pci, &binding, advice, sizeof(advice));
	snprintf(text, size, "it is %s", advice);
}

static void
find_reason(const struct rte_devargs *device, char *text, size_t size)
{
	const char *bus = rte_bus_name(device->bus);

	text[0] = '\0';
	if (strcmp(bus, "vdev") == 0)
		find_vdev_reason(device, text, size);
	else if (strcmp(bus, "pci") == 0)
		find_pci_reason(device, text, size);
	if (text[0] == '\0')
		snprintf(text, size, "its driver says why above");
}

static bool
is_there(const struct rte_devargs *device)
{
	struct rte_eth_dev_info info;
	uint16_t port;

	RTE_ETH_FOREACH_DEV (port) {
		if (rte_eth_dev_info_get(port, &info) == 0 &&
			rte_dev_devargs(info.device) == device)
			return true;
	}
	return false;
}

unsigned int
mcr_devices_explain_missing(void)
{
	struct rte_devargs *device;
	unsigned int missing = 0;
	char reason[REASON_MAX];

	RTE_EAL_DEVARGS_FOREACH(NULL, device)
	{
		if (device->policy == RTE_DEV_BLOCKED || is_there(device))
			continue;
		find_reason(device, reason, sizeof(reason));
		MCR_LOG(ERR, "%s %s is no Ethernet device: %s",
			device->type == RTE_DEVTYPE_VIRTUAL ? "--vdev" : "-a", device->name,
			reason);
		missing++;
	}
	return missing;
}

bool
mcr_devices_interrupts_once(const char *name)
{
	struct mcr_binding binding;

	return mcr_binding_ask("/sys", name, &binding) &&
	       strcmp(binding.driver, "uio_pci_generic") == 0;
}
