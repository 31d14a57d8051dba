/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <rte_common.h>

#include "infra/binding.h"

#define PCI "0000:00:06.0"

static const struct {
	struct mcr_binding binding;
	const char *advice;
} cases[] = {
	{{"ena", .has_iommu = true, .has_vfio = true},
		"bound to ena of the kernel: driverctl set-override " PCI " vfio-pci"},
	{{"ena", .has_iommu = true, .has_uio = true},
		"bound to ena of the kernel: modprobe vfio-pci, then driverctl set-override " PCI
		" vfio-pci"},
	{{"virtio-pci", .has_vfio = true},
		"bound to virtio-pci of the kernel: modprobe uio_pci_generic, then driverctl "
		"set-override " PCI " uio_pci_generic, and --iova-mode=pa, as there is no IOMMU"},
	{{"", .has_uio = true}, "bound to no driver: driverctl set-override " PCI
				" uio_pci_generic, and --iova-mode=pa, as there is no IOMMU"},
	{{"vfio-pci", .has_vfio = true, .may_open = true},
		"bound to vfio-pci, but there is no IOMMU: driverctl set-override " PCI
		" uio_pci_generic, and --iova-mode=pa"},
	{{"vfio-pci", .has_iommu = true, .has_vfio = true, .user_id = 7},
		"bound to vfio-pci, which user 7 may not open: root may"},
	{{"uio_pci_generic", .has_uio = true, .may_open = true},
		"bound to uio_pci_generic, but no driver of DPDK took it: another process uses it, "
		"or DPDK has no driver for it"},
};

static void
each_binding_has_its_advice(void **state)
{
	char text[256];

	RTE_SET_USED(state);
	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		mcr_binding_advise(PCI, &cases[i].binding, text, sizeof(text));
		assert_string_equal(text, cases[i].advice);
	}
}

static void
make(const char *folder, const char *below)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, below);
	assert_int_equal(mkdir(path, 0700), 0);
}

/* A copy of sysfs with one device. */
static void
the_kernel_is_asked(void **state)
{
	static const char *const folders[] = {"bus", "bus/pci", "bus/pci/devices",
		("bus/pci/devices/" PCI), "bus/pci/drivers", "bus/pci/drivers/vfio-pci", "kernel",
		"kernel/iommu_groups"};
	char folder[] = "/tmp/mcr-binding-XXXXXX", link[128], command[64];
	struct mcr_binding binding;

	RTE_SET_USED(state);
	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < RTE_DIM(folders); i++)
		make(folder, folders[i]);
	assert_false(mcr_binding_ask(folder, "0000:00:07.0", &binding));
	assert_true(mcr_binding_ask(folder, PCI, &binding));
	assert_string_equal(binding.driver, "");
	assert_true(binding.has_vfio && !binding.has_uio && !binding.has_iommu);

	make(folder, "kernel/iommu_groups/0");
	snprintf(link, sizeof(link), "%s/bus/pci/devices/" PCI "/driver", folder);
	assert_int_equal(symlink("../../drivers/vfio-pci", link), 0);
	assert_true(mcr_binding_ask(folder, PCI, &binding));
	assert_string_equal(binding.driver, "vfio-pci");
	assert_true(binding.has_iommu);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_binding_has_its_advice),
		cmocka_unit_test(the_kernel_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
