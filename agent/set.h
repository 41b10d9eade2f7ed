/*
 * SET: the phases of one PDU, as the AgentX library calls them (RFC 2741 section 7.2.4).
 */
#ifndef REGENT_AGENT_SET_H
#define REGENT_AGENT_SET_H

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>

#include "agent/bridge.h"
#include "agent/table.h"

/* All requests of the PDU that lie in this MIB, in the phase info->mode. */
void set_serve(struct bridge *b, const struct mib_view *v, netsnmp_agent_request_info *info,
               netsnmp_request_info *requests);

#endif
