/*
 * Patterns of checks, compiled once to see whether they can be: check_patterns.h.
 */
#include "config.h"

#include "core/check_patterns.h"

#include "core/bind.h"
#include "core/probe/regex.h"

static bool pattern_good(const struct probe_regex *re, const struct conf_place *at, const char *keyword, struct diag *d)
{
	char why[96];

	if (!re->pattern || regex_check(re, why, sizeof(why)))
		return true;
	diag_add(d, DIAG_ERROR, at, NULL, NULL, "the pattern of '%s' is wrong: %s", keyword, why);
	return false;
}

static bool checker_good(const struct conf *c, const struct conf_checker *k, struct diag *d)
{
	struct probe_conf p;
	bool good = true;

	if (k->kind != PROBE_TCP && k->kind != PROBE_HTTP && k->kind != PROBE_SSL)
		return true;
	if (!bind_probe(c, NULL, k, &p))
		return true;
	if (k->kind == PROBE_TCP)
		good = pattern_good(&p.tcp.expect, &k->place, "expect", d);
	for (size_t i = 0; k->kind != PROBE_TCP && i < k->n_urls; i++)
		good = pattern_good(&p.http.urls[i].regex, &k->urls[i].place, "regex", d) && good;
	bind_probe_free(&p);
	return good;
}

static bool service_good(const struct conf *c, const struct conf_vs *s, struct diag *d)
{
	bool good = true;

	for (size_t i = 0; i < s->n_servers; i++)
		for (size_t k = 0; k < s->servers[i].n_checkers; k++)
			good = checker_good(c, &s->servers[i].checkers[k], d) && good;
	return good;
}

bool check_patterns(const struct conf *c, struct diag *d)
{
	bool good = true;

	for (size_t i = 0; i < c->n_services; i++)
		good = service_good(c, &c->services[i], d) && good;
	for (size_t i = 0; i < c->n_grouped; i++)
		good = service_good(c, &c->grouped[i].service, d) && good;
	return good;
}
