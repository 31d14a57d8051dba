/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_debug.h>

#include "infra/binding.h"
#include "infra/rights.h"

static bool
exists(const char *sysfs, const char *below)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", sysfs, below);
	return access(path, F_OK) == 0;
}

/* Without an IOMMU the folder is there, and empty. */
static bool
has_entries(const char *sysfs, const char *below)
{
	char path[PATH_MAX];
	struct dirent *entry;
	bool found = false;
	DIR *folder;

	snprintf(path, sizeof(path), "%s/%s", sysfs, below);
	folder = opendir(path);
	if (folder == NULL)
		return false;
	while (!found && (entry = readdir(folder)) != NULL)
		found = entry->d_name[0] != '.';
	closedir(folder);
	return found;
}

static void
find_driver(const char *sysfs, const char *pci, char *driver, size_t size)
{
	char link[PATH_MAX], target[PATH_MAX];
	const char *slash;
	ssize_t length;

	snprintf(link, sizeof(link), "%s/bus/pci/devices/%s/driver", sysfs, pci);
	length = readlink(link, target, sizeof(target) - 1);
	target[length < 0 ? 0 : length] = '\0';
	slash = strrchr(target, '/');
	snprintf(driver, size, "%.63s", slash == NULL ? target : slash + 1);
}

bool
mcr_binding_ask(const char *sysfs, const char *pci, struct mcr_binding *binding)
{
	char device[64];

	RTE_ASSERT(strchr(pci, '/') == NULL);
	snprintf(device, sizeof(device), "bus/pci/devices/%.32s", pci);
	if (!exists(sysfs, device))
		return false;
	*binding = (struct mcr_binding){
		.has_iommu = has_entries(sysfs, "kernel/iommu_groups"),
		.has_vfio = exists(sysfs, "bus/pci/drivers/vfio-pci"),
		.has_uio = exists(sysfs, "bus/pci/drivers/uio_pci_generic"),
		.may_open = mcr_rights_open_all(),
		.user_id = geteuid(),
	};
	find_driver(sysfs, pci, binding->driver, sizeof(binding->driver));
	return true;
}

static bool
is_for_dpdk(const char *driver)
{
	return strcmp(driver, "vfio-pci") == 0 || strcmp(driver, "igb_uio") == 0 ||
	       strcmp(driver, "uio_pci_generic") == 0;
}

static void
advise_to_bind(const char *pci, const struct mcr_binding *binding, char *text, size_t size)
{
	const char *wanted = binding->has_iommu ? "vfio-pci" : "uio_pci_generic";
	const bool is_there = binding->has_iommu ? binding->has_vfio : binding->has_uio;
	const bool is_bound = binding->driver[0] != '\0';

	snprintf(text, size, "bound to %s%s: %s%s%sdriverctl set-override %s %s%s",
		is_bound ? binding->driver : "no driver", is_bound ? " of the kernel" : "",
		is_there ? "" : "modprobe ", is_there ? "" : wanted, is_there ? "" : ", then ", pci,
		wanted, binding->has_iommu ? "" : ", and --iova-mode=pa, as there is no IOMMU");
}

void
mcr_binding_advise(const char *pci, const struct mcr_binding *binding, char *text, size_t size)
{
	const char *driver = binding->driver;

	if (!is_for_dpdk(driver))
		advise_to_bind(pci, binding, text, size);
	else if (strcmp(driver, "vfio-pci") == 0 && !binding->has_iommu)
		snprintf(text, size,
			"bound to vfio-pci, but there is no IOMMU: driverctl set-override %s "
			"uio_pci_generic, and --iova-mode=pa",
			pci);
	else if (!binding->may_open)
		snprintf(text, size, "bound to %s, which user %u may not open: root may", driver,
			binding->user_id);
	else
		snprintf(text, size,
			"bound to %s, but no driver of DPDK took it: another process uses it, or "
			"DPDK has no driver for it",
			driver);
}
