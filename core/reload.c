/*
 * SIGHUP: a transaction. A worker reads and parses the file (by descriptors from the root helper) and checks it whole; only a
 * file without an error is applied, by keyed diff. Requests that come meanwhile make one more reload, not one each.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/conf_read.h"
#include "core/runtime.h"
#include "core/sdnotify.h"

/* A tool that sends a SIGHUP for each of its ten changes gets two reloads. */
#define SPACING USEC_PER_SEC

enum { RELOAD_ACCEPTED = 1, RELOAD_REFUSED = 2 };

struct reload {
	struct loop_work work; /* first */
	struct runtime *rt;
	const struct conf *conf;
	struct diag *diag;
};

struct old_conf {
	struct loop_work work; /* first */
	const struct conf *conf;
};

static void reload_run(struct loop_work *w)
{
	struct reload *r = (struct reload *)w;

	r->conf = conf_read(r->rt->opt, r->rt->helper, r->diag);
}

static void free_run(struct loop_work *w)
{
	struct old_conf *o = (struct old_conf *)w;

	conf_free(o->conf);
	o->conf = NULL;
}

static void free_done(struct loop_work *w)
{
	free(w);
}

static void free_drop(struct loop_work *w)
{
	free_run(w);
	free(w);
}

/* A large tree takes longer to free than an item may last. */
static void free_in_worker(struct runtime *rt, const struct conf *conf)
{
	struct old_conf *o = calloc(1, sizeof(*o));

	if (!o) {
		conf_free(conf);
		return;
	}
	o->work.run = free_run;
	o->work.done = free_done;
	o->work.drop = free_drop;
	o->conf = conf;
	loop_work_submit(rt->loop, &o->work);
}

static void log_finding(void *user, enum diag_severity s, const char *line)
{
	char *first = user;

	if (s == DIAG_ERROR && first[0] == '\0')
		text_copy(first, sizeof(((struct view_daemon *)0)->reload_text), line);
	log_write(s == DIAG_ERROR ? LOG_LVL_ERR : LOG_LVL_WARN, "conf", "%s", line);
}

static void record(struct runtime *rt, uint32_t result, const char *text)
{
	struct view_daemon *d = &rt->self;
	struct event e;

	d->reload_at = publish_time(rt, mono_now());
	d->reload_result = result;
	text_copy(d->reload_text, sizeof(d->reload_text), text);
	memset(&e, 0, sizeof(e));
	e.wall = wall_now();
	e.kind = EVENT_RELOAD;
	e.from = (int32_t)d->config_generation;
	e.to = (int32_t)result;
	text_copy(e.name, sizeof(e.name), "regentd");
	text_copy(e.text, sizeof(e.text), text);
	ring_publish(rt->ring, &e);
	publish_daemon(rt);
}

static void accept_conf(struct runtime *rt, const struct conf *conf)
{
	struct rt_diff d;
	char text[160];
	const struct conf *before = reconcile_apply(rt, conf, &d);

	rt->self.config_generation++;
	snprintf(text, sizeof(text), "virtual routers +%u -%u restarted %u, services +%u -%u, real servers +%u -%u", d.routers_added,
	         d.routers_removed, d.routers_restarted, d.services_added, d.services_removed, d.servers_added, d.servers_removed);
	log_notice("conf", "Reloaded %s: %s", options_conf_file(rt->opt), text);
	record(rt, RELOAD_ACCEPTED, text);
	free_in_worker(rt, before);
}

static void reload_done(struct loop_work *w)
{
	struct reload *r = (struct reload *)w;
	struct runtime *rt = r->rt;
	char first[sizeof(rt->self.reload_text)] = "";

	diag_each(r->diag, log_finding, first);
	if (r->conf && !rt->stop_wanted) {
		accept_conf(rt, r->conf);
	} else if (!r->conf) {
		log_err("conf", "%s is refused, nothing is changed: mend what is named above and send SIGHUP again", options_conf_file(rt->opt));
		record(rt, RELOAD_REFUSED, first);
	} else {
		conf_free(r->conf);
	}
	diag_free(r->diag);
	free(r);
	rt->reloading = false;
	sdnotify("READY=1");
	if (rt->reload_again && !rt->stop_wanted)
		reload_request(rt);
}

/* The loop has ended before it came. */
static void reload_drop(struct loop_work *w)
{
	struct reload *r = (struct reload *)w;

	conf_free(r->conf);
	diag_free(r->diag);
	free(r);
}

static void reload_start(void *user)
{
	struct runtime *rt = user;
	struct reload *r = calloc(1, sizeof(*r));
	char state[64];

	rt->reload_again = false;
	if (!r || !(r->diag = diag_new())) {
		free(r);
		log_err("conf", "no memory to read the file again");
		return;
	}
	log_notice("conf", "Reloading %s", options_conf_file(rt->opt));
	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)mono_now());
	sdnotify(state);
	rt->reloading = true;
	rt->reload_started = mono_now();
	r->rt = rt;
	r->work.run = reload_run;
	r->work.done = reload_done;
	r->work.drop = reload_drop;
	loop_work_submit(rt->loop, &r->work);
}

void reload_init(struct runtime *rt)
{
	loop_timer_init(&rt->reload_timer, LOOP_QUEUED, reload_start, rt);
}

void reload_request(struct runtime *rt)
{
	usec_t now = mono_now(), due = rt->reload_started == 0 ? now : usec_add(rt->reload_started, SPACING);

	if (rt->reloading || !rt->begun) {
		rt->reload_again = true;
		return;
	}
	if (!loop_timer_active(&rt->reload_timer))
		loop_timer_set(rt->loop, &rt->reload_timer, usec_max(now, due));
}
