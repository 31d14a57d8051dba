/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#ifndef MCR_IGMP_MLD_H
#define MCR_IGMP_MLD_H

#include <netinet/in.h>
#include <string.h>

#include <mcr_encap.h>

#include "mcr_igmp.h"

#define MLD_QUERY 130
#define MLD_V1_REPORT 131
#define MLD_V1_DONE 132
#define MLD_V2_REPORT 143
#define MLD_ADVERTISEMENT 151

#define MLD_QUERY_SUPPRESS 0x08
#define MLD_QUERY_QRV 0x07

#define MLD_V1_LEN 24
#define MLD_V2_QUERY_LEN 28

/* RFC 8200 4.2, 4.3; RFC 2711 2.1. */
#define MLD_OPTION_PAD1 0
#define MLD_OPTION_PADN 1
#define MLD_OPTION_ROUTER_ALERT 5
#define MLD_OPTION_ROUTER_ALERT_LEN 2

/* ff02::n. */
#define MLD_ALL_NODES 0x01
#define MLD_ALL_ROUTERS 0x02
#define MLD_V2_ROUTERS 0x16
#define MLD_ALL_SNOOPERS 0x6a

#endif
