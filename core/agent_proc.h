/*
 * The agent's life: started by the root helper, started again with back-off when it ends, given a fresh pair each time; and
 * the helper's other errand for it, a connection to snmpd.
 */
#ifndef REGENT_AGENT_PROC_H
#define REGENT_AGENT_PROC_H

#include "core/agent_link.h"
#include "core/helper_port.h"

struct agent_proc;

/* Paused until agent_proc_resume(). `control_fd` is the listening control socket. */
struct agent_proc *agent_proc_new(struct loop *l, struct helper_port *port, struct agent_link *link, int control_fd,
                                  const char *program);
void agent_proc_free(struct agent_proc *p);
/* Where snmpd listens for AgentX. */
void agent_proc_set_agentx(struct agent_proc *p, const char *address);
/* The agent asks for a connection to snmpd: the answer goes to it by the link. */
void agent_proc_ask_snmpd(struct agent_proc *p);
/* The link broke (the agent closed it or sent nonsense): make sure that the process is gone, start another. */
void agent_proc_link_down(struct agent_proc *p);
/* End the agent and start no other, until resumed. */
void agent_proc_pause(struct agent_proc *p);
bool agent_proc_is_gone(const struct agent_proc *p);
void agent_proc_resume(struct agent_proc *p);

#endif
