/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#ifndef MCR_IGMP_WIRE_H
#define MCR_IGMP_WIRE_H

#include <netinet/in.h>

#include <mcr_encap.h>

#include "mcr_igmp.h"

#define WIRE_QUERY 0x11
#define WIRE_V1_REPORT 0x12
#define WIRE_V2_REPORT 0x16
#define WIRE_V2_LEAVE 0x17
#define WIRE_V3_REPORT 0x22
#define WIRE_ADVERTISEMENT 0x30

#define WIRE_QUERY_SUPPRESS 0x08
#define WIRE_QUERY_QRV 0x07

#define WIRE_OPTION_END 0
#define WIRE_OPTION_NOP 1
#define WIRE_OPTION_ROUTER_ALERT 148

#define WIRE_ALL_SYSTEMS MCR_IPV4(224, 0, 0, 1)
#define WIRE_ALL_ROUTERS MCR_IPV4(224, 0, 0, 2)
#define WIRE_V3_ROUTERS MCR_IPV4(224, 0, 0, 22)
#define WIRE_ALL_SNOOPERS MCR_IPV4(224, 0, 0, 106)

#endif
