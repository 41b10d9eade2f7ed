/*
 * Network namespaces: the helper goes along into the one that the core works in, so that scripts and the agent are there too, and
 * opens IPVS's netlink sockets in another where the configuration wants that, which takes CAP_SYS_ADMIN.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "core/helper/helper_priv.h"

int netns_enter(struct netns *n, const int *fds, size_t n_fds)
{
	if (n->fixed)
		return EPERM;
	n->fixed = true;
	if (setns(fds[0], CLONE_NEWNET) != 0)
		return errno;
	if (n_fds < 2)
		return 0;
	n->own = fcntl(fds[0], F_DUPFD_CLOEXEC, 5);
	n->ipvs = fcntl(fds[1], F_DUPFD_CLOEXEC, 5);
	return n->own >= 0 && n->ipvs >= 0 ? 0 : errno;
}

int netns_ipvs_socket(const struct netns *n, int *out)
{
	int err = 0;

	if (n->ipvs < 0)
		return EPERM;
	if (setns(n->ipvs, CLONE_NEWNET) != 0)
		return errno;
	*out = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (*out < 0)
		err = errno;
	if (setns(n->own, CLONE_NEWNET) != 0)
		_exit(1); /* scripts would run in the wrong one */
	return err;
}
