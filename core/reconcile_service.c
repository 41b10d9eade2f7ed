/*
 * One service of the configuration into what runs, and out of it: some servers at a time, since a service may have ten thousand.
 *
 * First core/ipvs gets it, in steps of its own, then its servers here follow. A service between its first step and its last is not
 * committed to the kernel (ipvs_hold()): what operators set of its servers, and what is known of their probes, is told to core/ipvs
 * server by server.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/bind.h"
#include "core/moved.h"
#include "core/runtime.h"

/* Servers in one step: tens of microseconds. */
#define STEP 16

static void server_free(struct rt_server *s)
{
	uses_drop(s);
	publish_drop_server(s);
	moved_forget(s);
	HASH_DEL(s->service->servers, s);
	free(s);
}

static struct rt_server *server_find(const struct rt_service *s, const struct endpoint *at, struct server_key *k)
{
	struct rt_server *v;

	memset(k, 0, sizeof(*k));
	k->service = s->key;
	k->server = *at;
	HASH_FIND(hh, s->servers, k, sizeof(*k), v);
	return v;
}

static struct rt_server *server_make(struct rt_service *service, const struct server_key *k)
{
	struct rt_server *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->key = *k;
	s->service = service;
	HASH_ADD(hh, service->servers, key, sizeof(s->key), s);
	return s;
}

void reconcile_checks(struct rt_service *s)
{
	struct server_key k;

	for (size_t i = 0; i < s->conf->n_servers; i++) {
		struct rt_server *v = server_find(s, &s->conf->servers[i].server, &k);

		if (v)
			uses_sync(v, &s->conf->servers[i]);
	}
}

/* The sorry server is no rt_server, whose end would take the row along. */
static void drop_old_sorry(const struct rt_service *s, const struct conf_vs *before)
{
	struct ipvs_server_report rep;
	struct server_key k;

	if (!before->has_sorry || (s->conf->has_sorry && endpoint_cmp(&before->sorry, &s->conf->sorry) == 0))
		return;
	memset(&k, 0, sizeof(k));
	k.service = s->key;
	k.server = before->sorry;
	if (!ipvs_server_report(s->rt->ipvs, &k, &rep))
		view_del(s->rt->view, VIEW_RS, &k);
}

/* ---- the steps ---- */

static struct rt_service *service_make(struct runtime *rt, const struct service_key *k)
{
	struct rt_service *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->key = *k;
	s->rt = rt;
	HASH_ADD(hh, rt->services, key, sizeof(s->key), s);
	return s;
}

static void set_conf(struct rt_service *s, const struct conf_vs *c)
{
	const struct conf_vrrp *instance = bind_service_instance(s->rt->conf, c);

	s->conf = c;
	s->has_instance = instance != NULL;
	if (instance)
		s->instance = instance->key;
	s->suspended = suspend_wanted(s);
}

/* All but its servers. False: out of memory; it stays as it is. */
static bool begin_put(struct runtime *rt, const struct conf_vs *c, struct service_part *p)
{
	struct rt_service *s = runtime_service(rt, &c->key);
	const struct conf_vs *before = s ? s->conf : NULL;
	struct ipvs_service_conf sc;

	if (!s)
		s = service_make(rt, &c->key);
	if (!s)
		return false;
	bind_service(rt->conf, c, &sc);
	ipvs_hold(rt->ipvs, true);
	set_conf(s, c);
	ipvs_put_begin(rt->ipvs, &sc, p->now);
	s->put++;
	*p = (struct service_part){ .service = s, .before = before, .now = p->now };
	return true;
}

/* To core/ipvs, which has it as it was until it has it whole. True: there is more to do. */
static bool give_servers(struct service_part *p)
{
	struct rt_service *s = p->service;

	for (int n = 0; n < STEP && p->at < s->conf->n_servers; n++) {
		const struct conf_rs *c = &s->conf->servers[p->at++];
		struct ipvs_server_conf sc;

		if (p->before)
			settings_say_shadowed(s, c);
		bind_server(c, &sc);
		ipvs_put_server(s->rt->ipvs, &sc);
	}
	if (p->at < s->conf->n_servers || ipvs_put_step(s->rt->ipvs))
		return true;
	react_set_role(s);
	if (p->before)
		drop_old_sorry(s, p->before);
	p->put = true;
	p->at = 0;
	return false;
}

/* Some of the servers that the file has. True: there are more. */
static bool put_servers(struct service_part *p)
{
	struct rt_service *s = p->service;

	for (int n = 0; n < STEP && p->at < s->conf->n_servers; n++) {
		const struct conf_rs *c = &s->conf->servers[p->at++];
		struct server_key k;
		struct rt_server *v = server_find(s, &c->server, &k);

		if (!v && !(v = server_make(s, &k)))
			continue;
		v->put = s->put;
		v->smtp_alert = c->smtp_alert;
		uses_sync(v, c);
		settings_tell(s->rt, &v->key);
	}
	if (p->at < s->conf->n_servers)
		return true;
	p->dropping = true;
	p->next = s->servers;
	return false;
}

/* Some of the servers that are there: those that this put did not touch go. True: there are more. */
static bool drop_servers(struct service_part *p)
{
	for (int n = 0; n < STEP && p->next; n++) {
		struct rt_server *v = p->next;

		p->next = v->hh.next;
		if (v->put != p->service->put)
			server_free(v);
	}
	return p->next != NULL;
}

static void end_put(struct service_part *p)
{
	struct rt_service *s = p->service;

	p->service = NULL;
	publish_service(s);
	if (s->rt->begun)
		ipvs_hold(s->rt->ipvs, false);
}

bool reconcile_service(struct runtime *rt, const struct conf_vs *c, bool same, struct service_part *p)
{
	struct rt_service *s = same ? runtime_service(rt, &c->key) : NULL;

	if (s) {
		s->conf = c;
		return false;
	}
	if (!p->service && !begin_put(rt, c, p))
		return false;
	if (!p->put && give_servers(p))
		return true;
	if ((!p->dropping && put_servers(p)) || drop_servers(p))
		return true;
	end_put(p);
	return false;
}

void reconcile_service_free(struct rt_service *s)
{
	struct rt_server *v, *tmp;

	HASH_ITER(hh, s->servers, v, tmp)
		server_free(v);
	moved_drop(s);
	publish_drop_service(s);
	HASH_DEL(s->rt->services, s);
	free(s);
}

bool reconcile_service_gone(struct runtime *rt, const struct service_key *k)
{
	struct rt_service *s = runtime_service(rt, k);

	if (!s)
		return false;
	ipvs_service_remove(rt->ipvs, &s->key); /* once: there is none the next time */
	for (int n = 0; n < STEP && s->servers; n++)
		server_free(s->servers);
	if (s->servers)
		return true;
	reconcile_service_free(s);
	return false;
}
