/*
 * Entering network namespaces by their names, as `ip netns` knows them.
 */
#include "config.h"

#include "core/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"

static int open_namespace(const char *keyword, const char *name)
{
	char path[300];
	int fd;

	if (!name)
		return open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = strchr(name, '/') ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		log_err("main", "%s %s: there is no such network namespace; `ip netns add %s` makes it", keyword, name, name);
	return fd;
}

static bool enter(const struct conf_global *g, struct helper *h, int net, int ipvs)
{
	if (g->net_namespace && setns(net, CLONE_NEWNET) != 0) {
		log_err("main", "net_namespace %s: cannot enter it: %s; under systemd add CAP_SYS_ADMIN to CapabilityBoundingSet", g->net_namespace,
		        strerror(errno));
		return false;
	}
	if (!helper_enter_wait(h, net, ipvs)) {
		log_err("main", "the root helper cannot enter the network namespace: %s; under systemd add CAP_SYS_ADMIN to "
		        "CapabilityBoundingSet", strerror(errno));
		return false;
	}
	return true;
}

bool namespaces_enter(const struct conf_global *g, struct helper *h)
{
	int net, ipvs;
	bool ok;

	if (!g->net_namespace && !g->net_namespace_ipvs)
		return true;
	net = open_namespace("net_namespace", g->net_namespace);
	ipvs = g->net_namespace_ipvs ? open_namespace("net_namespace_ipvs", g->net_namespace_ipvs) : -1;
	ok = net >= 0 && (ipvs >= 0 || !g->net_namespace_ipvs) && enter(g, h, net, ipvs);
	if (net >= 0)
		close(net);
	if (ipvs >= 0)
		close(ipvs);
	return ok;
}
