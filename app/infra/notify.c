/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <systemd/sd-daemon.h>

#include "infra/notify.h"

#define MESSAGE_MAX 512

bool
mcr_notify_is_wanted(void)
{
	return getenv("NOTIFY_SOCKET") != NULL;
}

uint64_t
mcr_notify_watchdog_ms(void)
{
	uint64_t us;

	return sd_watchdog_enabled(0, &us) > 0 ? us / 1000 : 0;
}

void
mcr_notify_send(const char *format, ...)
{
	char message[MESSAGE_MAX];
	va_list args;

	va_start(args, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): what va_start() began */
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	/* There is nowhere to report a failure. */
	(void)sd_notify(0, message);
}
