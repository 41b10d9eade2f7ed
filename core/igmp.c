/*
 * The sysctl of igmp.h. Relies on CAP_NET_ADMIN, on the kernel thread for the writing, and on the state page for what the sysctl
 * was before: the next life would take our 0 for the host's own.
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
	struct state *state;
	bool quiet;
	int err;
};

/* What was asked for last: by a former life, which the page knows, or by this one. */
static enum { QUIET_UNKNOWN, QUIET_NO, QUIET_YES } wanted;

static int write_value(int fd, char value)
{
	return pwrite(fd, &value, 1, 0) == 1 ? 0 : errno;
}

/* The old value is in the page before ours is in the file, whatever ends us in between. */
static int make_quiet(struct state *s, int fd)
{
	char before = state_igmp_before(s);

	if (!before)
		state_set_igmp_before(s, pread(fd, &before, 1, 0) == 1 && before == '0' ? '0' : '1');
	return write_value(fd, '0');
}

static int put_back(struct state *s, int fd)
{
	char before = state_igmp_before(s);
	int err = before ? write_value(fd, before) : 0;

	if (err == 0)
		state_set_igmp_before(s, 0);
	return err;
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
	j->err = j->quiet ? make_quiet(j->state, fd) : put_back(j->state, fd);
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

void vrrp_igmp_quiet(struct nl *nl, struct state *state, bool quiet)
{
	struct igmp_job *j;

	if (wanted == QUIET_UNKNOWN)
		wanted = state_igmp_before(state) ? QUIET_YES : QUIET_NO;
	if (quiet == (wanted == QUIET_YES))
		return;
	j = calloc(1, sizeof(*j));
	if (!j)
		return;
	wanted = quiet ? QUIET_YES : QUIET_NO;
	j->state = state;
	j->quiet = quiet;
	j->job.run = igmp_run;
	j->job.done = igmp_done;
	j->job.drop = igmp_drop;
	j->job.cls = LOOP_QUEUED;
	nl_submit(nl, &j->job);
}
