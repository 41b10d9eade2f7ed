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

/* Limbo: a connection that the library has given up although snmpd holds its end. It is shut for writing only, because
 * how it ends tells what became of the notifications in it: a stopped snmpd that goes on reads all of them, then the
 * end of file, and closes in peace; one that is killed leaves them unread, and the kernel says so (ECONNRESET).
 *
 * transport_linger(): to be called when the library tells of the end, before it closes. True: it will be in limbo. */
bool transport_linger(void);
int transport_limbo_fd(void); /* to select on; -1: none */
enum transport_end { TRANSPORT_OPEN, TRANSPORT_READ, TRANSPORT_UNREAD };
/* Look how it ended. At TRANSPORT_OPEN it has not; else it is closed now. */
enum transport_end transport_limbo_look(void);
/* Close it however it stands. */
void transport_limbo_drop(void);

#endif
