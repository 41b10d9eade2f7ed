/*
 * Reading the file through the helper. One place, so that a reload never reads otherwise than the start did.
 */
#include "config.h"

#include "core/conf_read.h"

#include "core/check_fence.h"
#include "core/check_keeps.h"
#include "core/check_patterns.h"
#include "core/loop/loop.h"
#include "core/probe/digest.h"

static int open_by_helper(void *user, const char *path)
{
	return helper_open_wait(user, path);
}

static struct conf_options options_of(const struct options *o, struct helper *h)
{
	return (struct conf_options){ .open = open_by_helper, .user = h, .lenient = o->lenient, .config_id = o->config_id };
}

/* Checks have digests for names; routers sign with them. */
static bool needs_digests(const struct conf *c)
{
	for (size_t i = 0; i < c->n_vrrp; i++)
		if (c->vrrp[i].auth == CONF_AUTH_AH || c->vrrp[i].hmac)
			return true;
	for (size_t i = 0; i < c->n_expanded; i++)
		for (size_t k = 0; k < c->expanded[i].n_servers; k++)
			if (c->expanded[i].servers[k].n_checkers > 0)
				return true;
	return false;
}

const struct conf *conf_read(const struct options *o, struct helper *h, struct diag *diag, struct conf_trace *before,
                             const struct conf *old, struct conf_trace **trace)
{
	struct conf_options co = options_of(o, h);
	const struct conf *c;

	co.before = before;
	co.old = old;
	if (trace)
		co.trace = *trace = conf_trace_new(wall_now());
	c = conf_load(options_conf_file(o), &co, diag);
	if (!c)
		return NULL;
	if (needs_digests(c))
		digest_prepare();
	check_fence(c, diag);
	if (check_patterns(c, diag) & check_keeps(c, diag))
		return c;
	conf_free(c);
	return NULL;
}

enum conf_again conf_read_again(const struct options *o, struct helper *h, struct conf_trace *trace)
{
	const struct conf_options co = options_of(o, h);

	return conf_again(trace, &co, wall_now());
}

struct conf_trace *conf_read_unless_found(struct conf_trace *t, const struct diag *d)
{
	if (diag_errors(d) == 0 && diag_warnings(d) == 0)
		return t;
	conf_trace_free(t);
	return NULL;
}
