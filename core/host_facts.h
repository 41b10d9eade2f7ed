/*
 * This host's interfaces and users, for the checks of regentd -t.
 */
#ifndef REGENT_HOST_FACTS_H
#define REGENT_HOST_FACTS_H

#include "conf/facts.h"

/* NULL where they cannot be told; freed by host_facts_free(). */
struct host_facts *host_facts_read(void);
void host_facts_free(struct host_facts *f);

#endif
