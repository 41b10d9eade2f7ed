/*
 * MISC_CHECK: a program's exit status. 0 is success, 1 and all else failure; with misc_dynamic 2 to 255 are success
 * too, and the weight is the status less two, taken from this run alone.
 *
 * A program that does not end in its time is a failure of its own kind, so that one that hangs takes its server out as
 * one that says no does. One that could not be run at all says nothing about the server.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/probe/run.h"

/* What the runner gives between SIGTERM and SIGKILL, and a little for the way there and back. */
#define MISC_GRACE (4 * USEC_PER_SEC)

struct misc_run {
	struct probe_run *run;
	uint64_t id; /* 0: it runs no more */
};

static usec_t misc_timeout(const struct probe_conf *c)
{
	return c->misc.timeout > 0 ? c->misc.timeout : c->interval;
}

static void misc_exited(struct probe_run *run, int code)
{
	bool dynamic = run->conf->misc.dynamic;

	if (code == 0 || (dynamic && code >= 2)) {
		if (dynamic)
			probe_give_weight(run, code ? PROBE_WEIGHT_SET : PROBE_WEIGHT_NONE, code ? code - 2 : 0);
		if (code)
			probe_done(run, PROBE_R_OK, "exit status %d: weight %d", code, code - 2);
		else
			probe_done(run, PROBE_R_OK, "exit status 0");
		return;
	}
	probe_done(run, PROBE_R_SAYS_DOWN, "exit status %d", code);
}

static void misc_not_run(struct probe_run *run, int err)
{
	const char *words = strerrordesc_np(err);

	probe_done(run, PROBE_R_LOCAL, "this host cannot run the script: %s", words ? words : "unknown error");
}

static void misc_ended(void *user, const struct script_end *end)
{
	struct misc_run *m = user;
	struct probe_run *run = m->run;

	m->id = 0;
	switch (end->outcome) {
	case SCRIPT_EXITED:
		misc_exited(run, end->code);
		break;
	case SCRIPT_KILLED:
		probe_done(run, PROBE_R_SAYS_DOWN, "the script was killed by signal %d", end->code);
		break;
	case SCRIPT_TIMED_OUT:
		probe_done(run, PROBE_R_SCRIPT_TIMEOUT, "the script still ran after %.1f s", probe_seconds(misc_timeout(run->conf)));
		break;
	case SCRIPT_NOT_RUN:
		misc_not_run(run, end->code);
		break;
	}
}

static void misc_start(struct probe_run *run)
{
	const struct script_runner *runner = run->env->scripts;
	const struct probe_misc *c = &run->conf->misc;
	struct misc_run *m = runner ? calloc(1, sizeof(*m) + (c->argv.n + 1) * sizeof(const char *)) : NULL;
	struct script_spec spec = { .uid = c->uid, .gid = c->gid, .timeout = misc_timeout(run->conf) };
	const char **argv;

	if (!m || c->refused) {
		free(m);
		misc_not_run(run, c->refused ? (int)c->refused : runner ? ENOMEM : ENOSYS);
		return;
	}
	argv = (const char **)(m + 1);
	memcpy(argv, c->argv.text, c->argv.n * sizeof(*argv));
	spec.argv = argv;
	m->run = run;
	run->state = m;
	m->id = runner->start(runner->self, &spec, misc_ended, m);
	if (m->id == 0)
		misc_not_run(run, errno);
}

static void misc_cancel(struct probe_run *run)
{
	const struct script_runner *runner = run->env->scripts;
	struct misc_run *m = run->state;

	if (!m)
		return;
	run->state = NULL;
	if (m->id)
		runner->cancel(runner->self, m->id);
	free(m);
}

static usec_t misc_patience(const struct probe_conf *c)
{
	return usec_add(misc_timeout(c), MISC_GRACE);
}

const struct probe_ops *probe_misc_ops(void)
{
	static const struct probe_ops ops = {
		.kind = PROBE_MISC,
		.log_kind = "Misc check",
		.log_up = { "Misc check to", "success." },
		.start = misc_start,
		.cancel = misc_cancel,
		.patience = misc_patience,
	};

	return &ops;
}
