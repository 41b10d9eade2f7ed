/*
 * The settings of sysctl.h. The list of who asked for what belongs to the kernel thread, so it needs no lock; it is bounded, and what
 * does not fit is logged.
 */
#include "config.h"

#include "core/net/sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/text.h"

enum { ASKED = 64 };

static const char promote[] = "promote_secondaries";

static struct asked {
	char ifname[IFNAMSIZ];
	unsigned users;
	bool changed; /* by us: it was 0 */
} asked[ASKED];

struct ask_job {
	struct nl_job job; /* first */
	char ifname[IFNAMSIZ];
	bool more;
};

static bool sysctl_path(char *path, size_t size, int family, const char *ifname, const char *name)
{
	return snprintf(path, size, "/proc/sys/net/ipv%d/conf/%s/%s", family == AF_INET6 ? 6 : 4, ifname, name) < (int)size;
}

int sysctl_read(int family, const char *ifname, const char *name)
{
	char path[128], text[16] = "";
	int fd = sysctl_path(path, sizeof(path), family, ifname, name) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	return n > 0 ? atoi(text) : -1;
}

void sysctl_write(int family, const char *ifname, const char *name, int value)
{
	char path[128], text[16];
	int fd = sysctl_path(path, sizeof(path), family, ifname, name) ? open(path, O_WRONLY | O_CLOEXEC) : -1;
	int len = snprintf(text, sizeof(text), "%d\n", value);

	if (fd < 0 && errno == ENOENT)
		return; /* a kernel without IPv6, or an interface that has just gone */
	if (fd < 0 || write(fd, text, (size_t)len) != len)
		log_warn("net", "cannot set %s to %d: %s", path, value, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static struct asked *find(const char *ifname)
{
	struct asked *spare = NULL;

	for (size_t i = 0; i < ASKED; i++) {
		if (asked[i].users > 0 && strcmp(asked[i].ifname, ifname) == 0)
			return &asked[i];
		if (asked[i].users == 0 && !spare)
			spare = &asked[i];
	}
	if (spare)
		text_copy(spare->ifname, sizeof(spare->ifname), ifname);
	return spare;
}

static void run(struct nl_ctx *ctx, struct nl_job *job)
{
	const struct ask_job *j = (const struct ask_job *)job;
	struct asked *a = find(j->ifname);

	(void)ctx;
	if (!a) {
		log_warn("net", "cannot set %s of %s: more than %d interfaces ask for it", promote, j->ifname, ASKED);
		return;
	}
	if (j->more && a->users++ == 0)
		a->changed = sysctl_read(AF_INET, a->ifname, promote) == 0;
	if (j->more && a->changed)
		sysctl_write(AF_INET, a->ifname, promote, 1); /* an interface that came back has the default again */
	if (!j->more && a->users > 0 && --a->users == 0 && a->changed && sysctl_read(AF_INET, a->ifname, promote) == 1)
		sysctl_write(AF_INET, a->ifname, promote, 0);
}

static void done(struct nl_job *job)
{
	free(job);
}

int sysctl_ask_promote(struct nl *nl, const char *ifname, bool more)
{
	struct ask_job *j = calloc(1, sizeof(*j));

	if (!j)
		return ENOMEM;
	j->job = (struct nl_job){ .run = run, .done = done, .drop = done, .cls = LOOP_URGENT };
	text_copy(j->ifname, sizeof(j->ifname), ifname);
	j->more = more;
	nl_submit(nl, &j->job);
	return 0;
}
