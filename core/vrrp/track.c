/*
 * Trackers' arithmetic (track.h). Owns nothing.
 */
#include "config.h"

#include "core/vrrp/track.h"

#include <ctype.h>
#include <string.h>

#include "core/vrrp/prio.h"

/* As keepalived has it: a file that takes so much off says that this router must not run. */
#define FILE_FAULT (-254)
#define COMM_LEN 15

const char *track_kind_name(enum track_kind k)
{
	static const char *const names[TRACK_KINDS] = {
		[TRACK_INTERFACE] = "track_interface", [TRACK_SCRIPT] = "track_script", [TRACK_PROCESS] = "track_process",
		[TRACK_FILE] = "track_file",           [TRACK_BFD] = "track_bfd",       [TRACK_SERVICE] = "track_service",
		[TRACK_HEALTH] = "health",
	};

	return (unsigned)k < TRACK_KINDS && names[k] ? names[k] : "?";
}

const char *track_verdict_name(enum track_verdict v)
{
	switch (v) {
	case TRACK_UNKNOWN: return "unknown";
	case TRACK_UP: return "up";
	case TRACK_DOWN: return "down";
	}
	return "?";
}

/* ---- shares ---- */

static struct track_share file_share(const struct track_use *u, const struct track_said *s)
{
	int64_t add = (int64_t)u->weight * s->value * (u->reverse ? -1 : 1);

	if (s->verdict == TRACK_UNKNOWN)
		return (struct track_share){ .wait = u->weight == 0 };
	if (u->weight == 0)
		return (struct track_share){ .fault = (s->value != 0) != u->reverse };
	if (add <= FILE_FAULT)
		return (struct track_share){ .add = FILE_FAULT, .fault = true };
	return (struct track_share){ .add = add > -FILE_FAULT ? -FILE_FAULT : (int)add };
}

struct track_share track_share_of(const struct track_use *u, const struct track_said *s)
{
	struct vrrp_weight w = { .weight = u->weight, .up = s->verdict != TRACK_DOWN, .reverse = u->reverse };
	struct track_share out = { .add = 0 };

	if (u->ignored)
		return out;
	if (u->kind == TRACK_FILE)
		return file_share(u, s);
	out.wait = u->weight == 0 && s->verdict == TRACK_UNKNOWN;
	if (!out.wait)
		out.add = vrrp_prio_sum(&w, 1, &out.fault);
	return out;
}

struct track_share track_share_sum(struct track_share a, struct track_share b)
{
	return (struct track_share){ .add = a.add + b.add, .fault = a.fault || b.fault, .wait = a.wait || b.wait };
}

/* ---- results in a row ---- */

bool track_count_result(struct track_count *c, uint32_t rise, uint32_t fall, bool good)
{
	enum track_verdict says = good ? TRACK_UP : TRACK_DOWN;
	uint32_t needed = good ? rise : fall;

	if (says == c->verdict) {
		c->in_row = 0;
		return false;
	}
	c->in_row++;
	if (c->verdict != TRACK_UNKNOWN && c->in_row < needed)
		return false;
	c->verdict = says;
	c->in_row = 0;
	return true;
}

/* ---- settling ---- */

void track_settle_init(struct track_settle *s)
{
	*s = (struct track_settle){ .due = USEC_NEVER };
}

static bool settle(struct track_settle *s)
{
	bool changed = s->settled != s->raw;

	s->settled = s->raw;
	s->due = USEC_NEVER;
	return changed;
}

bool track_settle_see(struct track_settle *s, bool up, usec_t delay_up, usec_t delay_down, usec_t now)
{
	enum track_verdict says = up ? TRACK_UP : TRACK_DOWN;
	usec_t delay = up ? delay_up : delay_down;

	if (says == s->raw)
		return false;
	s->raw = says;
	if (s->settled == TRACK_UNKNOWN || s->settled == says || delay == 0)
		return settle(s);
	s->due = usec_add(now, delay);
	return false;
}

bool track_settle_due(struct track_settle *s, usec_t now)
{
	return now >= s->due && settle(s);
}

/* ---- files ---- */

static size_t skip_blanks(const char *text, size_t len, size_t at)
{
	while (at < len && isspace((unsigned char)text[at]))
		at++;
	return at;
}

bool track_file_number(const char *text, size_t len, int32_t *out)
{
	size_t at = skip_blanks(text, len, 0), digits;
	bool minus = at < len && text[at] == '-';
	int64_t n = 0;

	*out = 0;
	if (at == len)
		return true;
	if (minus || text[at] == '+')
		at++;
	digits = at;
	for (; at < len && isdigit((unsigned char)text[at]); at++)
		if (n <= INT32_MAX)
			n = n * 10 + (text[at] - '0');
	if (at == digits || skip_blanks(text, len, at) != len)
		return false;
	if (n > INT32_MAX)
		n = INT32_MAX;
	*out = (int32_t)(minus ? -n : n);
	return true;
}

/* ---- processes ---- */

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The next argument, which ends within the buffer; NULL: none. */
static const char *next_arg(const char *cmdline, size_t len, size_t *at)
{
	const char *arg = cmdline + *at, *end = *at < len ? memchr(arg, '\0', len - *at) : NULL;

	if (!end)
		return NULL;
	*at = (size_t)(end - cmdline) + 1;
	return arg;
}

static bool command_is(const struct track_process *p, const char *arg0)
{
	if (p->full_command || strchr(p->argv[0], '/'))
		return strcmp(arg0, p->argv[0]) == 0;
	return strcmp(last_part(arg0), p->argv[0]) == 0;
}

static bool parameters_are(const struct track_process *p, const char *cmdline, size_t len, size_t at)
{
	for (size_t i = 1; i < p->n_argv; i++) {
		const char *arg = next_arg(cmdline, len, &at);
		bool part = p->match == TRACK_MATCH_PARTIAL && i + 1 == p->n_argv;

		if (!arg || (part ? strncmp(arg, p->argv[i], strlen(p->argv[i])) : strcmp(arg, p->argv[i])) != 0)
			return false;
	}
	return p->match != TRACK_MATCH_EXACT || !next_arg(cmdline, len, &at);
}

bool track_process_is(const struct track_process *p, const char *comm, const char *cmdline, size_t len)
{
	bool by_comm = p->n_argv == 1 && !p->full_command && !strchr(p->argv[0], '/');
	size_t at = 0;
	const char *arg0;

	if (by_comm)
		return strncmp(comm, p->argv[0], COMM_LEN) == 0;
	arg0 = next_arg(cmdline, len, &at);
	if (!arg0 || !command_is(p, arg0))
		return false;
	return p->n_argv == 1 || parameters_are(p, cmdline, len, at);
}
