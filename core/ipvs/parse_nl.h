/*
 * The kernel's IPVS messages read into values. Trusts no length and no missing attribute.
 *
 * Each returns 0, or EBADMSG where the message is not what linux/ip_vs.h promises. No sockets.
 */
#ifndef REGENT_IPVS_PARSE_NL_H
#define REGENT_IPVS_PARSE_NL_H

#include "core/ipvs/ipvs_nl.h"

/* *out stays NULL where the service is of a kind that Regent has no key for (it is then foreign by nature). */
int ipvs_nl_parse_service(struct nlmsghdr *h, struct ipvs_entry **out);
/* Appends to e, whose family says what an address is where the kernel does not. */
int ipvs_nl_parse_dest(struct nlmsghdr *h, struct ipvs_entry *e);
/* The same with counters (stats_nl.c), appended to `out`. `of` says of which service the server is; its list is used up. */
int ipvs_nl_parse_service_stat(struct nlmsghdr *h, struct ipvs_stats *out);
int ipvs_nl_parse_dest_stat(struct nlmsghdr *h, struct ipvs_entry *of, struct ipvs_stats *out);
int ipvs_nl_parse_daemon(struct nlmsghdr *h, struct ipvs_nl_daemon *out);

#endif
