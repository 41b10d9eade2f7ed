/*
 * disable_local_igmp: whether the kernel reports its membership of link-local groups, 224.0.0.0/24, by IGMP. RFC 4541 has
 * switches forward these to every port, so a report is of no use, and some switches dislike it.
 */
#ifndef REGENT_IGMP_H
#define REGENT_IGMP_H

#include <stdbool.h>

#include "core/nl/nl.h"
#include "core/state.h"

/* The sysctl is the network namespace's: what it was before is kept in the page, so over restarts, and put back by `quiet` false.
 * On the kernel thread; the page must outlive `nl`. */
void vrrp_igmp_quiet(struct nl *nl, struct state *state, bool quiet);

#endif
