/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_errno.h>

#include "control/admission.h"
#include "control/amt_gateway.h"
#include "control/amt_relay.h"
#include "control/background.h"
#include "control/checkup.h"
#include "control/conflict.h"
#include "control/controller.h"
#include "control/default_router.h"
#include "control/domain.h"
#include "control/effort.h"
#include "control/ending.h"
#include "control/membership.h"
#include "control/neighbour.h"
#include "control/path_mtu.h"
#include "control/permission.h"
#include "control/police.h"
#include "control/placement/arrivals.h"
#include "control/placement/drain.h"
#include "control/placement/placement.h"
#include "control/placement/serving.h"
#include "control/poll.h"
#include "control/rates.h"
#include "control/reload.h"
#include "control/service.h"
#include "control/state_file.h"
#include "control/survey.h"
#include "control/watchdog.h"
#include "infra/log_pace.h"

static int
create_features(struct mcr_controller *control)
{
	const uint32_t max_members = control->workers->max_members;
	int ret;

	control->admission = mcr_admit_create(max_members);
	control->checkup = mcr_checkup_create();
	control->conflicts = mcr_conflict_create(control->ports->count);
	control->amt_gateways = mcr_amt_gateway_create();
	control->arrivals = mcr_arrivals_create(max_members);
	control->drain = mcr_drain_create();
	control->effort = mcr_effort_create();
	control->default_routers = mcr_default_router_create(control->ports->count);
	control->ending = mcr_ending_create(control->workers->count);
	control->leaving = calloc(max_members, sizeof(*control->leaving));
	control->mailbox = mcr_mailbox_create();
	control->nat_changed_ms = calloc(max_members, sizeof(*control->nat_changed_ms));
	control->path_mtu = mcr_path_mtu_create(max_members);
	control->permissions = mcr_permission_create(max_members);
	control->rates = mcr_rates_create(mcr_group_ids(control->fib->groups), max_members);
	control->relay = mcr_relay_create();
	control->reload = mcr_reload_create();
	control->service = mcr_service_create();
	control->state_file = mcr_state_file_create();
	control->survey = mcr_survey_create(max_members);
	control->watchdog = mcr_watchdog_create(control->workers->count);
	if (control->admission == NULL || control->checkup == NULL || control->conflicts == NULL ||
		control->amt_gateways == NULL || control->arrivals == NULL ||
		control->default_routers == NULL || control->drain == NULL ||
		control->effort == NULL || control->ending == NULL || control->leaving == NULL ||
		control->mailbox == NULL || control->nat_changed_ms == NULL ||
		control->path_mtu == NULL || control->permissions == NULL ||
		control->rates == NULL || control->relay == NULL || control->reload == NULL ||
		control->service == NULL || control->state_file == NULL ||
		control->survey == NULL || control->watchdog == NULL)
		return -ENOMEM;
	ret = mcr_domain_create(control);
	if (ret == 0)
		ret = mcr_placements_create(control);
	if (ret == 0)
		ret = mcr_serving_create(control);
	if (ret == 0)
		ret = mcr_neighbour_create(control);
	if (ret == 0)
		ret = mcr_membership_create(control);
	return ret != 0 ? ret : mcr_background_create(control, mcr_control_do_background);
}

struct mcr_controller *
mcr_control_create(const struct mcr_controller *given)
{
	struct mcr_controller *control = calloc(1, sizeof(*control));
	int ret;

	if (control == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	*control = *given;
	control->lcore = &control->workers->lcores[0];
	control->generation = 1;
	control->doing = "starts";
	control->commit_until = UINT64_MAX;
	control->learned_version = 1;
	ret = create_features(control);
	if (ret != 0) {
		mcr_control_free(control);
		rte_errno = -ret;
		return NULL;
	}
	return control;
}

void
mcr_control_free(struct mcr_controller *control)
{
	if (control == NULL)
		return;
	mcr_background_free(control);
	/* Now, since the final state file needs the other features. */
	mcr_state_file_end(control);
	mcr_membership_free(control);
	mcr_permission_free(control);
	mcr_police_free_plan(control->police);
	mcr_default_router_free(control);
	mcr_neighbour_free(control);
	mcr_serving_free(control);
	mcr_placements_free(control);
	mcr_domain_free(control);
	mcr_mailbox_free(control->mailbox);
	free(control->fib->admit_rules);
	control->fib->admit_rules = NULL;
	free(control->fib->amt_gateway_rules);
	control->fib->amt_gateway_rules = NULL;
	free(control->admission);
	free(control->checkup);
	free(control->conflicts);
	free(control->amt_gateways);
	free(control->arrivals);
	free(control->drain);
	free(control->effort);
	free(control->ending);
	free(control->leaving);
	free(control->nat_changed_ms);
	free(control->path_mtu);
	mcr_rates_free(control->rates);
	mcr_relay_free(control->relay);
	mcr_reload_free(control->reload);
	free(control->service);
	free(control->survey);
	free(control->watchdog);
	mcr_log_pace_end(control->now_ms);
	free(control);
}
