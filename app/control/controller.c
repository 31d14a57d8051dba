/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_errno.h>

#include "control/admission.h"
#include "control/amt_gateway.h"
#include "control/amt_relay.h"
#include "control/checkup.h"
#include "control/controller.h"
#include "control/membership.h"
#include "control/nat.h"
#include "control/neighbour.h"
#include "control/path_mtu.h"
#include "control/permission.h"
#include "control/punt_limit.h"
#include "control/reload.h"
#include "control/send.h"
#include "control/state_file.h"
#include "control/watchdog.h"

struct mcr_controller *
mcr_control_create(const struct mcr_controller *given, const char *config_file, bool *wants_reload)
{
	struct mcr_controller *control = calloc(1, sizeof(*control));
	int ret = -ENOMEM;

	if (control == NULL)
		goto err;
	*control = *given;
	control->lcore = &control->workers->lcores[0];
	control->learned_version = 1;
	ret = mcr_send_create(control);
	if (ret == 0)
		ret = mcr_neighbour_create(control);
	if (ret != 0)
		goto err;
	control->mailbox = mcr_mailbox_create();
	ret = control->mailbox == NULL ? -ENOMEM : mcr_punt_limit_create(control);
	if (ret == 0)
		ret = mcr_reload_create(control, config_file, wants_reload);
	if (ret == 0)
		ret = mcr_watchdog_create(control);
	if (ret == 0)
		ret = mcr_checkup_create(control);
	if (ret == 0)
		ret = mcr_nat_create(control);
	if (ret == 0)
		ret = mcr_admit_create(control);
	if (ret == 0)
		ret = mcr_path_mtu_create(control);
	if (ret == 0)
		ret = mcr_permission_create(control);
	if (ret == 0)
		ret = mcr_membership_create(control);
	if (ret == 0)
		ret = mcr_state_file_create(control);
	if (ret == 0)
		ret = mcr_relay_create(control);
	if (ret == 0)
		ret = mcr_gateway_create(control);
	if (ret != 0)
		goto err;
	return control;

err:
	mcr_control_free(control);
	rte_errno = -ret;
	return NULL;
}

void
mcr_control_free(struct mcr_controller *control)
{
	if (control == NULL)
		return;
	mcr_state_file_end(control);
	mcr_admit_free(control);
	mcr_gateway_free(control);
	mcr_relay_free(control);
	mcr_membership_free(control);
	mcr_permission_free(control);
	mcr_path_mtu_free(control);
	mcr_checkup_free(control);
	mcr_watchdog_free(control);
	mcr_nat_free(control);
	mcr_neighbour_free(control);
	mcr_reload_free(control);
	mcr_mailbox_free(control->mailbox);
	mcr_punt_limit_free(control);
	mcr_send_free(control);
	free(control);
}
