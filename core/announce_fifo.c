/*
 * notify_fifo, vrrp_notify_fifo, lvs_notify_fifo: made and opened by the root helper, kept over a reload that does not change
 * them, each with the reader that the file names for it, which is started again when it ends.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/announce_priv.h"
#include "core/base/log.h"
#include "core/base/text.h"

#define BACKOFF_MIN USEC_PER_SEC
#define BACKOFF_MAX (60 * USEC_PER_SEC)
#define STEADY (60 * USEC_PER_SEC) /* read this long: the next start is quick again */

static const struct conf_script *reader_of(const struct conf *c, size_t i)
{
	const struct conf_global_scripts *g = &c->global.scripts;
	const struct conf_script *all[SCRIPT_BOOK_FIFOS] = { &g->fifo_script, &g->vrrp_fifo_script, &g->lvs_fifo_script };

	return all[i];
}

static const struct conf_words *words_of(const struct conf *c, size_t i)
{
	const struct conf_global_scripts *g = &c->global.scripts;
	const struct conf_words *all[SCRIPT_BOOK_FIFOS] = { &g->fifo, &g->vrrp_fifo, &g->lvs_fifo };

	return all[i];
}

/* ---- lines ---- */

void announce_write(struct announce *a, enum announce_kind kind, const char *line, size_t len)
{
	const size_t both[2] = { 0, (size_t)kind };

	for (int i = 0; i < 2; i++) {
		struct announce_fifo *f = &a->fifos[both[i]];

		a->told += f->asked != 0 || f->path[0];
		if (f->asked != 0 && len <= sizeof(f->early) - f->n_early) {
			memcpy(f->early + f->n_early, line, len);
			f->n_early += len;
		} else if (f->path[0]) {
			fifo_write(&f->fifo, line, len, mono_now());
		}
	}
}

/* It is open now: what was told before. A line at a time, since more than PIPE_BUF may be written in part. */
static void write_early(struct announce_fifo *f)
{
	const char *at = f->early, *end = f->early + f->n_early, *eol;

	for (; at < end && (eol = memchr(at, '\n', (size_t)(end - at))) != NULL; at = eol + 1)
		fifo_write(&f->fifo, at, (size_t)(eol + 1 - at), mono_now());
	f->n_early = 0;
}

/* ---- readers ---- */

static void reader_ended(void *user, const struct script_end *end)
{
	struct announce_fifo *f = user;
	usec_t now = mono_now();

	f->run = 0;
	if (now - f->started > STEADY)
		f->backoff = BACKOFF_MIN;
	log_warn("notify", "the reader of %s %s %d; it is started again in %.0f s", f->path, script_outcome_name(end->outcome), end->code,
	         (double)f->backoff / 1e6);
	loop_timer_set(f->a->rt->loop, &f->again, usec_add(now, f->backoff));
	f->backoff = usec_min(f->backoff * 2, BACKOFF_MAX);
}

static void reader_start(void *user)
{
	struct announce_fifo *f = user;
	struct runtime *rt = f->a->rt;
	const struct conf *c = rt->conf;
	struct script_spec spec;
	const char **argv;
	size_t n = 0;

	if (f->run || !runtime_script(rt, reader_of(c, (size_t)(f - f->a->fifos)), USEC_NEVER, &spec))
		return;
	while (spec.argv[n])
		n++;
	argv = calloc(n + 2, sizeof(*argv));
	if (!argv)
		return;
	memcpy(argv, spec.argv, n * sizeof(*argv));
	argv[n] = f->path;
	spec.argv = argv;
	spec.n_added = 1;
	f->started = mono_now();
	f->run = rt->scripts.start(rt->scripts.self, &spec, reader_ended, f);
	if (!f->run)
		loop_timer_set(rt->loop, &f->again, usec_add(f->started, BACKOFF_MAX));
	free(argv);
}

static void reader_stop(struct announce_fifo *f)
{
	struct runtime *rt = f->a->rt;

	loop_timer_stop(rt->loop, &f->again);
	if (f->run)
		rt->scripts.cancel(rt->scripts.self, f->run);
	f->run = 0;
}

/* ---- opening ---- */

static void close_fifo(struct announce_fifo *f)
{
	reader_stop(f);
	if (f->fifo.fd >= 0)
		close(f->fifo.fd);
	f->fifo.fd = -1;
	f->asked = 0;
	f->n_early = 0;
	f->path[0] = '\0';
}

static const char *why_not(int err)
{
	if (err == EPERM)
		return "the helper does not find this path in the configuration files; write it there in one word";
	return err == EEXIST ? "there is something else of this name" : strerror(err);
}

static void on_answer(void *user, const struct helper_answer *answer, int fd)
{
	struct announce *a = user;

	for (size_t i = 0; i < SCRIPT_BOOK_FIFOS; i++) {
		struct announce_fifo *f = &a->fifos[i];

		if (f->asked == 0 || f->asked != answer->id)
			continue;
		f->asked = 0;
		if (answer->err != 0 || fd < 0) {
			log_err("notify", "%s %s: %s; nobody is told by it", f->keyword, f->path, why_not(answer->err));
			f->path[0] = '\0'; /* tried again at the next reload */
			f->n_early = 0;
			return;
		}
		f->fifo.fd = fd;
		write_early(f);
		f->backoff = BACKOFF_MIN;
		reader_start(f);
		return;
	}
	if (fd >= 0)
		close(fd);
}

static void open_fifo(struct announce_fifo *f, const char *path, uid_t uid, gid_t gid)
{
	struct helper_port *port = f->a->rt->helper_port;
	struct helper_fifo q;

	memset(&q, 0, sizeof(q));
	if (!text_copy(q.path, sizeof(q.path), path)) {
		log_err("notify", "%s: the path is too long", f->keyword);
		return;
	}
	text_copy(f->path, sizeof(f->path), path);
	f->uid = q.uid = uid;
	f->gid = q.gid = gid;
	q.op = HELPER_FIFO;
	q.id = f->asked = helper_port_id(port);
	if (!helper_request_fifo(helper_port_helper(port), &q))
		log_err("notify", "%s %s: cannot ask the helper for it: %s", f->keyword, path, strerror(errno));
}

static bool same_reader(const struct announce_fifo *f, const struct conf_script *s)
{
	char *key = script_book_key(s);
	bool same = key && f->reader ? strcmp(key, f->reader) == 0 : !key && !f->reader;

	free(key);
	return same;
}

static void renew(struct announce_fifo *f, const struct conf *c, size_t i)
{
	const struct conf_words *w = words_of(c, i);
	const struct conf_script *reader = reader_of(c, i);
	const char *path = w->given && w->n > 0 ? w->word[0] : "";
	uid_t uid = 0;
	gid_t gid = 0;
	bool same = *path && strcmp(path, f->path) == 0 && script_book_fifo(f->a->rt->script_book, i, &uid, &gid) && uid == f->uid &&
	            gid == f->gid && f->fifo.fd >= 0;

	if (same && same_reader(f, reader))
		return;
	if (same)
		reader_stop(f);
	else
		close_fifo(f);
	free(f->reader);
	f->reader = script_book_key(reader);
	if (same)
		reader_start(f);
	else if (*path && script_book_fifo(f->a->rt->script_book, i, &uid, &gid))
		open_fifo(f, path, uid, gid);
}

void announce_conf(struct announce *a)
{
	for (size_t i = 0; i < SCRIPT_BOOK_FIFOS; i++)
		renew(&a->fifos[i], a->rt->conf, i);
}

void announce_fifos_init(struct announce *a)
{
	static const char *const keywords[SCRIPT_BOOK_FIFOS] = { "notify_fifo", "vrrp_notify_fifo", "lvs_notify_fifo" };

	for (size_t i = 0; i < SCRIPT_BOOK_FIFOS; i++) {
		struct announce_fifo *f = &a->fifos[i];

		f->a = a;
		f->keyword = keywords[i];
		f->fifo.fd = -1;
		f->fifo.path = f->path;
		loop_timer_init(&f->again, LOOP_QUEUED, reader_start, f);
	}
	a->helper = (struct helper_client){ .answer = on_answer, .user = a };
	helper_port_attach(a->rt->helper_port, HELPER_FIFO, &a->helper);
}

void announce_fifos_free(struct announce *a)
{
	helper_port_attach(a->rt->helper_port, HELPER_FIFO, NULL);
	for (size_t i = 0; i < SCRIPT_BOOK_FIFOS; i++) {
		loop_timer_stop(a->rt->loop, &a->fifos[i].again);
		if (a->fifos[i].fifo.fd >= 0)
			close(a->fifos[i].fifo.fd);
		free(a->fifos[i].reader);
	}
}
