/*
 * The sysctl of igmp.h. Owns what it was before; relies on CAP_NET_ADMIN, and on the kernel thread for the writing.
 */
#include "config.h"

#include "core/igmp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"

#define REPORTS_FILE "/proc/sys/net/ipv4/igmp_link_local_mcast_reports"

struct igmp_job {
	struct nl_job job; /* first */
	bool quiet;
	int err;
};

/* On the loop: what was asked for last. On the kernel thread: what the file said before we wrote to it. */
static bool wanted_quiet;
static char before;

static int write_value(int fd, char value)
{
	return pwrite(fd, &value, 1, 0) == 1 ? 0 : errno;
}

static void igmp_run(struct nl_ctx *ctx, struct nl_job *job)
{
	struct igmp_job *j = (struct igmp_job *)job;
	int fd = open(REPORTS_FILE, O_RDWR | O_CLOEXEC);

	(void)ctx;
	if (fd < 0) {
		j->err = errno;
		return;
	}
	if (j->quiet && !before && pread(fd, &before, 1, 0) != 1)
		before = '1';
	j->err = write_value(fd, j->quiet ? '0' : before ? before : '1');
	close(fd);
}

static void igmp_done(struct nl_job *job)
{
	struct igmp_job *j = (struct igmp_job *)job;

	if (j->err)
		log_warn("vrrp", "kernel refused to change %s: %s; IGMP reports are as before", REPORTS_FILE, strerror(j->err));
	free(j);
}

/* The daemon ends: what it changed is put back all the same. */
static void igmp_drop(struct nl_job *job)
{
	if (!((struct igmp_job *)job)->quiet)
		igmp_run(NULL, job);
	free(job);
}

void vrrp_igmp_quiet(struct nl *nl, bool quiet)
{
	struct igmp_job *j;

	if (quiet == wanted_quiet)
		return;
	j = calloc(1, sizeof(*j));
	if (!j)
		return;
	wanted_quiet = quiet;
	j->quiet = quiet;
	j->job.run = igmp_run;
	j->job.done = igmp_done;
	j->job.drop = igmp_drop;
	j->job.cls = LOOP_QUEUED;
	nl_submit(nl, &j->job);
}
