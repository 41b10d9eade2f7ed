/*
 * The network namespaces of the configuration (net_namespace, net_namespace_ipvs), entered at the start.
 */
#ifndef REGENT_NAMESPACES_H
#define REGENT_NAMESPACES_H

#include "conf/conf.h"
#include "core/helper/helper.h"

/* As root, before any socket is opened; the helper goes along. False after a log line. */
bool namespaces_enter(const struct conf_global *g, struct helper *h);

#endif
