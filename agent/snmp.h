/*
 * The SNMP thread: the only one that touches net-snmp. It connects to snmpd over descriptors that the core hands in,
 * registers the MIBs, answers requests from the snapshot, and sends notifications.
 */
#ifndef REGENT_AGENT_SNMP_H
#define REGENT_AGENT_SNMP_H

#include "agent/bridge.h"

/* The body of the thread; returns after bridge_quit(). arg is the struct bridge. */
void *snmp_thread(void *arg);

#endif
