/*
 * A transport for net-snmp whose connections come from outside (the core has them connected by the root helper), and
 * which never waits: neither in a connect nor in a send.
 */
#ifndef REGENT_AGENT_TRANSPORT_H
#define REGENT_AGENT_TRANSPORT_H

#include "agent/bridge.h"

/* What to give net-snmp as the master agent's address. */
#define TRANSPORT_ADDRESS "regent:core"

/* Once, before init_agent(). */
void transport_register(struct bridge *b);
/* End the present connection: the library sees an end of file and starts over. */
void transport_break(void);

#endif
