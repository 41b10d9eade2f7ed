/*
 * From what the file says to what the rooms take: the one place that knows both the configuration's types and the rooms'.
 *
 * Pure. Results borrow from the configuration, which outlives them; arrays that a result needs are allocated and freed by
 * the matching _free().
 */
#ifndef REGENT_BIND_H
#define REGENT_BIND_H

#include "conf/conf.h"
#include "core/ipvs/services.h"
#include "core/nl/nl.h"
#include "core/probe/bfd.h"
#include "core/probe/probe.h"
#include "core/view_wire.h"
#include "core/vrrp/router.h"

bool bind_vrrp(const struct conf *all, const struct conf_vrrp *c, struct vrrp_conf *out);
void bind_vrrp_free(struct vrrp_conf *v);
/* bind_vrrp.c: the protocol's part of bind_vrrp(), and what an instance has from outside of its block. */
bool bind_vrrp_protocol(const struct conf_vrrp *c, struct vrrp_conf *out);
void bind_vrrp_protocol_free(struct vrrp_conf *v);
void bind_vrrp_around(const struct conf *c, const struct conf_vrrp *v, bool grouped, struct vrrp_conf *out);

/* The instance whose state decides a service's role: the one that holds its address, or `ha_instance`; NULL: none. */
const struct conf_vrrp *bind_service_instance(const struct conf *c, const struct conf_vs *vs);
/* All but its servers, which may be many: one at a time. */
void bind_service(const struct conf *c, const struct conf_vs *vs, struct ipvs_service_conf *out);
void bind_server(const struct conf_rs *c, struct ipvs_server_conf *out);

/* `conf`: for what checks take from outside of services (the SSL block);
 * `spec`: how a MISC_CHECK's command is run; NULL: it is not, errno says why. */
bool bind_probe(const struct conf *conf, const struct script_spec *spec, const struct conf_checker *c, struct probe_conf *out);
void bind_probe_free(struct probe_conf *p);

void bind_ipvs(const struct conf *c, struct ipvs_settings *out);
void bind_bfd(const struct conf_bfd *c, struct bfd_conf *out);

void bind_sync(const struct conf *c, struct ipvs_sync_conf *out);
/* The instance that the sync daemon follows; NULL: none named. */
const struct conf_vrrp *bind_sync_instance(const struct conf *c);
/* `agentx` from the command line may be NULL. */
void bind_settings(const struct conf *c, const char *agentx, bool detail, struct wire_settings *out);

/* Receive buffers of our netlink sockets; the last is the monitor's. */
void bind_process_buffer(const struct conf *c, struct nl_buffer *out);
void bind_buffers(const struct conf *c, struct nl_buffer *route, struct nl_buffer *ipvs, struct nl_buffer *monitor);

#endif
