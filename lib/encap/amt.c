/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "format.h"

uint8_t *
mcr_amt_put(uint8_t *at, const struct mcr_encap_path *path)
{
	(void)path;
	at[0] = MCR_AMT_DATA;
	at[1] = 0;
	return at + MCR_AMT_DATA_HEADER_LEN;
}
