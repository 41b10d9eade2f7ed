/*
 * The core's side of running scripts: a request to the helper for each, and its end back to whoever started it.
 *
 * Owns what is known of each run; the process is the helper's. What the helper refuses is said here, once for each command, with
 * the mend: it is the administrator's file that has to change, whoever wanted the script run.
 */
#include "config.h"

#include "core/scripts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <uthash.h>

#include "core/base/log.h"
#include "core/base/text.h"

#define TOLD_MAX 64u /* commands whose refusal is remembered as said */

struct script_run {
	uint32_t id; /* hashed */
	void (*done)(void *user, const struct script_end *end);
	void *user;
	usec_t started;
	char program[128]; /* for the log */
	uid_t uid;
	UT_hash_handle hh;
};

struct scripts {
	struct loop *loop;
	struct helper_port *port;
	struct helper_client client;
	struct script_run *runs;
	struct loop_item bury; /* tells of runs whose helper died */
	struct scripts_stats stats;
	uint32_t flags;
	bool dead;
	char told[TOLD_MAX][128];
	size_t n_told;
};

/* ---- end ---- */

static struct script_end end_of(const struct helper_answer *a, usec_t took)
{
	struct script_end e = { .took = took };

	if (a->err != 0) {
		e.outcome = SCRIPT_NOT_RUN;
		e.code = a->err;
	} else if (a->timed_out) {
		e.outcome = SCRIPT_TIMED_OUT;
		e.code = WIFSIGNALED(a->status) ? WTERMSIG(a->status) : WEXITSTATUS(a->status);
	} else if (WIFSIGNALED(a->status)) {
		e.outcome = SCRIPT_KILLED;
		e.code = WTERMSIG(a->status);
	} else {
		e.outcome = SCRIPT_EXITED;
		e.code = WEXITSTATUS(a->status);
	}
	return e;
}

static bool is_told(struct scripts *s, const char *program)
{
	for (size_t i = 0; i < s->n_told; i++)
		if (strcmp(s->told[i], program) == 0)
			return true;
	if (s->n_told < TOLD_MAX)
		text_copy(s->told[s->n_told++], sizeof(s->told[0]), program);
	return false;
}

static void say_refused(struct scripts *s, const struct script_run *r, uint32_t refusal)
{
	if (refusal == HELPER_NOT_REFUSED || is_told(s, r->program))
		return;
	switch (refusal) {
	case HELPER_NOT_IN_CONF:
		log_err("script", "%s is not run as user %u: the root helper does not find this command in the configuration files; write it "
		        "there word for word ($VARIABLES may stand for words that a `$VARIABLE=` line has), in the main file or one that an "
		        "include line names, which neither Regent's own users nor everybody can write", r->program, (unsigned)r->uid);
		return;
	case HELPER_USER_NOT_IN_CONF:
		log_err("script", "%s is not run: the configuration files do not name user %u or its group; name it with script_user",
		        r->program, (unsigned)r->uid);
		return;
	case HELPER_UNSAFE_PATH:
		log_err("script", "%s is not run as root: its file, or a folder above it, can be written by Regent's own users or by everybody; "
		        "`chmod o-w` it and give it to root, or run the script as another user with script_user", r->program);
		return;
	case HELPER_INSECURE_PATH:
		log_err("script", "%s is not run as root (enable_script_security): others than root can write its file or a folder above it; "
		        "`regentd -t` as root says which", r->program);
		return;
	default:
		log_err("script", "%s is not run: there is no user %u", r->program, (unsigned)r->uid);
	}
}

static void count_end(struct scripts *s, const struct script_end *e)
{
	if (e->outcome == SCRIPT_NOT_RUN)
		s->stats.refused++;
	else if (e->outcome == SCRIPT_TIMED_OUT)
		s->stats.timed_out++;
	else if (e->outcome == SCRIPT_KILLED || e->code != 0)
		s->stats.failed++;
}

static void end_run(struct scripts *s, struct script_run *r, const struct script_end *e)
{
	count_end(s, e);
	r->done(r->user, e);
	free(r);
}

static void on_answer(void *user, const struct helper_answer *a, int fd)
{
	struct scripts *s = user;
	struct script_run *r;

	(void)fd;
	HASH_FIND(hh, s->runs, &a->id, sizeof(a->id), r);
	if (!r)
		return; /* cancelled */
	HASH_DEL(s->runs, r);
	say_refused(s, r, a->refusal);
	const struct script_end e = end_of(a, mono_now() - r->started);

	end_run(s, r, &e);
}

/* Nobody is told from within start(). */
static void bury_lost(void *user)
{
	struct scripts *s = user;
	const struct script_end e = { .outcome = SCRIPT_NOT_RUN, .code = EPIPE };
	struct script_run *r;

	while ((r = s->runs) != NULL) {
		HASH_DEL(s->runs, r);
		end_run(s, r, &e);
	}
}

static void on_gone(void *user)
{
	struct scripts *s = user;

	s->dead = true;
	loop_item_post(s->loop, &s->bury);
}

/* ---- start ---- */

/* False: too long. */
static bool put_words(struct helper_run *q, const char *const *argv)
{
	for (; *argv; argv++) {
		size_t n = strlen(*argv) + 1;

		if (n > sizeof(q->argv) - q->len)
			return false;
		memcpy(q->argv + q->len, *argv, n);
		q->len += (uint32_t)n;
	}
	return true;
}

static int make_request(const struct scripts *s, const struct script_spec *spec, struct helper_run *q)
{
	usec_t ms = spec->timeout / USEC_PER_MS;

	memset(q, 0, sizeof(*q));
	if (!put_words(q, spec->argv))
		return E2BIG;
	q->op = HELPER_RUN;
	q->id = helper_port_id(s->port);
	q->uid = spec->uid;
	q->gid = spec->gid;
	q->timeout_ms = spec->timeout == USEC_NEVER ? HELPER_NO_LIMIT : (uint32_t)usec_max(1, usec_min(ms, HELPER_RUN_MS));
	q->flags = s->flags;
	q->n_added = spec->n_added;
	return q->len >= 2 ? 0 : EINVAL;
}

static int ask_for_run(struct scripts *s, const struct script_spec *spec, struct script_run *r)
{
	struct helper_run q;
	int err = make_request(s, spec, &q);

	if (err)
		return err;
	r->id = q.id;
	return helper_request_run(helper_port_helper(s->port), &q) ? 0 : errno;
}

static uint64_t start(void *self, const struct script_spec *spec, void (*done)(void *user, const struct script_end *end), void *user)
{
	struct scripts *s = self;
	struct script_run *r = NULL;
	int err = s->dead ? EPIPE : HASH_COUNT(s->runs) >= HELPER_RUNS ? EAGAIN : 0;

	if (!err && !(r = calloc(1, sizeof(*r))))
		err = ENOMEM;
	if (!err) {
		r->started = mono_now(); /* the helper may be faster than we are back from asking */
		err = ask_for_run(s, spec, r);
	}
	if (err) {
		free(r);
		errno = err;
		return 0;
	}
	r->done = done;
	r->user = user;
	r->uid = spec->uid;
	text_copy(r->program, sizeof(r->program), spec->argv[0]);
	HASH_ADD(hh, s->runs, id, sizeof(r->id), r);
	s->stats.started++;
	return r->id;
}

static void cancel(void *self, uint64_t id)
{
	struct helper_request q = { .op = HELPER_KILL_RUN, .id = (uint32_t)id };
	struct scripts *s = self;
	struct script_run *r;

	HASH_FIND(hh, s->runs, &q.id, sizeof(q.id), r);
	if (!r)
		return;
	HASH_DEL(s->runs, r);
	free(r);
	if (!s->dead && !helper_request(helper_port_helper(s->port), &q, NULL, 0))
		log_warn("script", "cannot ask the helper to end a script: %s; it runs until its time limit", strerror(errno));
}

/* ---- the object ---- */

struct scripts *scripts_new(struct loop *l, struct helper_port *port)
{
	struct scripts *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->loop = l;
	s->port = port;
	s->client = (struct helper_client){ .answer = on_answer, .gone = on_gone, .user = s };
	loop_item_init(&s->bury, bury_lost, s);
	helper_port_attach(port, HELPER_RUN, &s->client);
	return s;
}

void scripts_free(struct scripts *s)
{
	struct script_run *r, *tmp;

	if (!s)
		return;
	helper_port_attach(s->port, HELPER_RUN, NULL);
	loop_item_cancel(s->loop, &s->bury);
	HASH_ITER(hh, s->runs, r, tmp) {
		HASH_DEL(s->runs, r);
		free(r);
	}
	free(s);
}

void scripts_configure(struct scripts *s, bool all_groups, bool as_named, bool secure)
{
	s->flags = (all_groups ? HELPER_RUN_GROUPS : 0u) | (as_named ? HELPER_RUN_AS_NAMED : 0u) |
	           (secure ? HELPER_RUN_SECURE : 0u);
	s->n_told = 0;
}

void scripts_conf_read(struct scripts *s, bool taken)
{
	const struct helper_request q = { .op = taken ? HELPER_CONF_TAKEN : HELPER_CONF_REFUSED, .id = helper_port_id(s->port) };

	if (!s->dead && !helper_request(helper_port_helper(s->port), &q, NULL, 0))
		log_warn("script", "cannot tell the helper of the configuration: %s; new commands in it may be refused", strerror(errno));
}

struct script_runner scripts_runner(struct scripts *s)
{
	return (struct script_runner){ .start = start, .cancel = cancel, .self = s };
}

void scripts_get_stats(const struct scripts *s, struct scripts_stats *out)
{
	*out = s->stats;
	out->running = HASH_COUNT(s->runs);
}
