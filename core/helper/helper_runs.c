/*
 * Scripts that run: at most HELPER_RUNS, each with a timer and a pipe's end.
 *
 * Owns them from fork to the answer that tells their end. The child says through the pipe why it did not become the script;
 * that is looked at when it has ended, so that nobody waits for it. A group is signalled only while its leader is not reaped: its
 * number can be nobody else's then.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/helper/helper_priv.h"

#define KILL_AFTER_MS 2000u

void runs_init(struct runs *s, const struct helper_policy *p, int answer_fd)
{
	memset(s, 0, sizeof(*s));
	s->policy = p;
	s->conf = conf_bytes_new();
	s->answer_fd = answer_fd;
	for (size_t i = 0; i < HELPER_RUNS; i++)
		s->run[i].timer_fd = s->run[i].report_fd = -1;
}

static struct run *find_run(struct runs *s, uint32_t id)
{
	for (size_t i = 0; i < HELPER_RUNS; i++)
		if (s->run[i].id == id)
			return &s->run[i];
	return NULL;
}

static int set_timer(const struct run *r, uint32_t ms)
{
	const struct itimerspec in = { .it_value = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 } };

	return timerfd_settime(r->timer_fd, 0, &in, NULL) == 0 ? 0 : errno;
}

/* ---- checks ---- */

/* A path from the root, or a name to be looked for in PATH. */
static bool names_a_program(const char *word)
{
	return word[0] == '/' || (word[0] != '\0' && !strchr(word, '/'));
}

static bool is_well_formed(const struct helper_run *r)
{
	bool words = r->len >= 2 && r->len <= sizeof(r->argv) && r->argv[r->len - 1] == '\0' && names_a_program(r->argv);
	bool limit = r->timeout_ms > 0 && (r->timeout_ms <= HELPER_RUN_MS || r->timeout_ms == HELPER_NO_LIMIT);
	bool who = r->uid != (uint32_t)-1 && r->gid != (uint32_t)-1;

	return words && limit && who && (r->flags & ~(uint32_t)HELPER_RUN_FLAGS) == 0 && (r->n_added <= 1 || r->n_added == 4);
}

static bool is_allowed(struct runs *s, const struct helper_run *r)
{
	const struct helper_policy *p = s->policy;

	if (r->uid != 0 && r->uid == p->core_uid && r->gid == p->core_gid)
		return true;
	return conf_bytes_allow(s->conf, r->argv, r->len, r->n_added);
}

/* ---- start ---- */

static int fork_script(struct runs *s, struct run *slot, const struct helper_run *r)
{
	int ends[2], err = 0;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return errno;
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	slot->pid = fork();
	if (slot->pid == 0)
		helper_exec_script(s->policy, s->conf, r, ends[1]);
	if (slot->pid < 0)
		err = errno;
	close(ends[1]);
	if (err)
		close(ends[0]);
	else
		slot->report_fd = ends[0];
	return err;
}

int runs_start(struct runs *s, const struct helper_run *r, uint32_t *refusal)
{
	struct run *slot = find_run(s, 0);
	int err;

	*refusal = HELPER_NOT_REFUSED;
	if (!is_well_formed(r) || find_run(s, r->id))
		return EINVAL;
	if (!slot)
		return EAGAIN;
	if (!is_allowed(s, r)) {
		*refusal = HELPER_NOT_IN_CONF;
		return EPERM;
	}
	slot->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (slot->timer_fd < 0)
		return errno;
	err = r->timeout_ms == HELPER_NO_LIMIT ? 0 : set_timer(slot, r->timeout_ms);
	if (!err)
		err = fork_script(s, slot, r);
	if (err) {
		close(slot->timer_fd);
		slot->timer_fd = -1;
		return err;
	}
	slot->id = r->id;
	slot->timed_out = false;
	return 0;
}

/* ---- end ---- */

/* The group where there is one already, else the child that has not made it yet. */
static void signal_group(const struct run *r, int signo)
{
	if (kill(-r->pid, signo) != 0)
		kill(r->pid, signo);
}

void runs_time_out(struct runs *s, size_t i)
{
	struct run *r = &s->run[i];
	uint64_t times;

	if (r->id == 0 || read(r->timer_fd, &times, sizeof(times)) != (ssize_t)sizeof(times))
		return;
	signal_group(r, r->timed_out ? SIGKILL : SIGTERM);
	set_timer(r, KILL_AFTER_MS);
	r->timed_out = true;
}

void runs_kill(struct runs *s, uint32_t id)
{
	struct run *r = find_run(s, id);

	if (!r || r->timed_out)
		return;
	signal_group(r, SIGTERM);
	set_timer(r, KILL_AFTER_MS);
	r->timed_out = true;
}

static void tell(struct runs *s, struct run *r, int status)
{
	struct helper_answer a = { .op = HELPER_RUN, .id = r->id, .pid = r->pid, .status = status, .timed_out = r->timed_out };
	struct exec_report said;

	if (read(r->report_fd, &said, sizeof(said)) == (ssize_t)sizeof(said)) {
		a.err = said.err;
		a.refusal = said.refusal;
	}
	close(r->report_fd);
	close(r->timer_fd);
	*r = (struct run){ .timer_fd = -1, .report_fd = -1 };
	helper_send(s->answer_fd, &a, sizeof(a), NULL, 0, 0);
}

bool runs_take_end(struct runs *s, pid_t pid)
{
	int status;

	for (size_t i = 0; i < HELPER_RUNS; i++) {
		struct run *r = &s->run[i];

		if (r->id == 0 || r->pid != pid)
			continue;
		if (r->timed_out)
			kill(-pid, SIGKILL); /* what it left behind */
		if (waitpid(pid, &status, 0) == pid)
			tell(s, r, status);
		return true;
	}
	return false;
}

size_t runs_count(const struct runs *s)
{
	size_t n = 0;

	for (size_t i = 0; i < HELPER_RUNS; i++)
		n += s->run[i].id != 0;
	return n;
}

void runs_end_all(struct runs *s, int signo)
{
	for (size_t i = 0; i < HELPER_RUNS; i++) {
		if (s->run[i].id == 0)
			continue;
		s->run[i].timed_out = true; /* so that what it leaves behind ends with it */
		signal_group(&s->run[i], signo);
	}
}
