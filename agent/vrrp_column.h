/*
 * Getters that the two MIBs of the RFCs share: what VRRP-MIB and VRRPV3-MIB say of a struct view_vr in the same words.
 */
#ifndef REGENT_AGENT_VRRP_COLUMN_H
#define REGENT_AGENT_VRRP_COLUMN_H

#include "agent/table.h"

column_fn vrrp_column_state;
column_fn vrrp_column_addr_count; /* 255 at most */

#endif
