/*
 * Lines: the file's own, and those that came out of variables and loops, which stand on a stack above it. A line of the
 * stack is looked at as if it stood in the file. A file, or the rest of one, in which nothing is to be done is given out
 * as it is.
 */
#include "config.h"

#include "conf/prep.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "conf/prep_impl.h"
#include "core/base/text.h"

/* Text whose lines are to be read, or a loop that reads its text once a round. */
struct frame {
	struct mapped text;
	size_t at;
	struct prep_loop loop; /* n_names 0: it is none */
	struct frame *below;
};

struct prep_file {
	struct prep *p;
	const struct conf_source *src;
	size_t at;
	uint32_t line;
	bool plain; /* nothing special is left in it */
	struct frame *top;
	unsigned depth;
	struct mapped out;
};

struct prep *prep_new(struct diag *d, const char *config_id, uint64_t seed, prep_env_fn *env)
{
	struct prep *p = calloc(1, sizeof(*p));

	if (!p)
		abort();
	p->diag = d;
	p->config_id = config_id;
	p->random = seed;
	p->env = env;
	p->generation = 1;
	return p;
}

void prep_free(struct prep *p)
{
	struct prep_var *v, *next;

	HASH_ITER(hh, p->vars, v, next) {
		HASH_DEL(p->vars, v);
		mapped_free(&v->value);
		free(v);
	}
	free(p);
}

void prep_set_sources(struct prep *p, struct conf_source *const *list)
{
	p->sources = list;
}

void prep_set_seed(struct prep *p, uint64_t seed)
{
	p->random = seed;
}

bool prep_is_dead(const struct prep *p)
{
	return p->dead;
}

void prep_say(struct prep *p, enum diag_severity s, const struct conf_place *at, const char *hint, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	source_report(p->diag, p->sources ? *p->sources : NULL, s, at, hint, fmt, ap);
	va_end(ap);
}

void prep_bomb(struct prep *p, const struct conf_place *at)
{
	if (!p->dead)
		prep_say(p, DIAG_ERROR, at, "is a variable or a ~SEQ repeated where once was meant?",
		         "more than %zu MiB of text come of this line", PREP_BYTES_MAX >> 20);
	p->dead = true;
}

struct prep_file *prep_open(struct prep *p, const struct conf_source *src)
{
	struct prep_file *f = calloc(1, sizeof(*f));

	if (!f)
		abort();
	f->p = p;
	f->src = src;
	f->line = 1;
	if (src->len >= 3 && memcmp(src->text, "\xef\xbb\xbf", 3) == 0) /* a byte order mark */
		f->at = 3;
	return f;
}

static void pop(struct prep_file *f)
{
	struct frame *top = f->top;

	f->top = top->below;
	f->depth--;
	if (top->loop.n_names)
		prep_loop_end(f->p, &top->loop);
	mapped_free(&top->text);
	free(top);
}

void prep_close(struct prep_file *f)
{
	while (f->top)
		pop(f);
	mapped_free(&f->out);
	free(f);
}

/* Takes the text over; false where the stack is full, which is said. */
static struct frame *push(struct prep_file *f, struct mapped *text)
{
	struct conf_place at = mapped_place(text, 0);
	struct frame *top;

	if (f->depth == PREP_DEPTH_MAX) {
		if (!f->p->dead)
			prep_say(f->p, DIAG_ERROR, &at, "does a variable name itself?",
			         "variables and loops stand in each other more than %d deep", PREP_DEPTH_MAX);
		f->p->dead = true;
		mapped_free(text);
		return NULL;
	}
	top = calloc(1, sizeof(*top));
	if (!top)
		abort();
	top->text = *text;
	*text = (struct mapped){ NULL, 0, 0, NULL, 0, 0 };
	top->below = f->top;
	f->top = top;
	f->depth++;
	return top;
}

/* ---- the source's own lines ---- */

/* Offset of the line end that ends the line at `at`: the "\n", or the end of the text. */
static size_t line_stop(const char *text, size_t len, size_t at)
{
	const char *end = memchr(text + at, '\n', len - at);

	return end ? (size_t)(end - text) : len;
}

static bool is_joined(const char *text, size_t start, size_t stop)
{
	if (stop > start && text[stop - 1] == '\r')
		stop--;
	return stop > start && text[stop - 1] == '\\';
}

static size_t skip_blanks(const char *text, size_t len, size_t at)
{
	while (at < len && text[at] != '\n' && isspace((unsigned char)text[at]))
		at++;
	return at;
}

/* "$NAME=" at this offset. */
static bool is_definition(const char *text, size_t len, size_t at)
{
	size_t n = at + 1;

	if (at >= len || text[at] != '$')
		return false;
	while (n < len && (isalnum((unsigned char)text[n]) || text[n] == '_'))
		n++;
	return n > at + 1 && n < len && text[n] == '=';
}

/* Behind "@ID" and "@^ID" at the start of a line. */
static size_t skip_conditions(const char *text, size_t len, size_t at)
{
	at = skip_blanks(text, len, at);
	while (at < len && text[at] == '@') {
		while (at < len && !isspace((unsigned char)text[at]))
			at++;
		at = skip_blanks(text, len, at);
	}
	return at;
}

/* The end of a line with the lines that it is joined to. Comments join none, but those inside of a definition. */
static size_t whole_line(const char *text, size_t len, size_t start)
{
	size_t first = skip_conditions(text, len, start), stop = line_stop(text, len, start);
	bool definition = is_definition(text, len, first), comment = first < len && (text[first] == '#' || text[first] == '!');

	while (stop < len && is_joined(text, start, stop) && (definition || !comment)) {
		start = stop + 1;
		stop = line_stop(text, len, start);
	}
	return stop;
}

static bool is_special(const char *text, size_t len, size_t start, size_t stop)
{
	size_t first = skip_blanks(text, len, start);

	if (first >= stop || text[first] == '#' || text[first] == '!')
		return false;
	return text[first] == '@' || text[first] == '~' || memchr(text + first, '$', stop - first) != NULL;
}

static uint32_t count_lines(const char *text, size_t from, size_t to)
{
	uint32_t n = 0;

	for (const char *p = text + from; (p = memchr(p, '\n', (size_t)(text + to - p))); p++)
		n++;
	return n;
}

/* The file up to its next special line, if there is any before that. */
static bool plain_part(struct prep_file *f, struct prep_chunk *c)
{
	const char *text = f->src->text;
	size_t start = f->at, len = f->src->len;

	if (!f->plain && !memchr(text + start, '$', len - start) && !memchr(text + start, '~', len - start) &&
	    !memchr(text + start, '@', len - start))
		f->plain = true;
	while (f->at < len && !f->plain) {
		size_t stop = whole_line(text, len, f->at);

		if (is_special(text, len, f->at, stop))
			break;
		f->at = stop < len ? stop + 1 : len;
	}
	if (f->plain)
		f->at = len;
	*c = (struct prep_chunk){ text + start, f->at - start, f->line, NULL };
	f->line += count_lines(text, start, f->at);
	return f->at > start;
}

/* The special line at the cursor, its physical lines each with their place. */
static void take_line(struct prep_file *f, struct mapped *line)
{
	const char *text = f->src->text;
	size_t len = f->src->len, stop = whole_line(text, len, f->at), start = f->at, bol = start;

	while (bol > 0 && text[bol - 1] != '\n') /* behind a byte order mark */
		bol--;
	while (start < stop) {
		size_t end = line_stop(text, stop, start);
		struct conf_place at = { .file = f->src->name, .line = f->line, .column = (uint32_t)(start - bol) + 1 };

		end = end < stop ? end + 1 : stop;
		mapped_add(line, text + start, end - start, &at, false);
		start = bol = end;
		f->line += text[end - 1] == '\n';
	}
	f->line += stop < len;
	f->at = stop < len ? stop + 1 : len;
	if (line->len && line->text[line->len - 1] == '\r')
		line->text[--line->len] = '\0';
}

/* ---- what a line says ---- */

void prep_collect_ids(struct prep *p, struct prep_ids *ids)
{
	*ids = (struct prep_ids){ .known = false };
	p->ids = ids;
}

static bool names_id(const char *list, const char *id, size_t n)
{
	for (size_t len; *list; list += len + strspn(list + len, ", ")) {
		len = strcspn(list, ",");
		if (len == n && memcmp(list, id, n) == 0)
			return true;
	}
	return false;
}

static void note_id(struct prep_ids *ids, const char *id, size_t n, bool ours)
{
	size_t len = strlen(ids->text);

	ids->known |= ours;
	if (!n || names_id(ids->text, id, n))
		return;
	if (len + n + sizeof(", , ...") <= sizeof(ids->text))
		text_append(ids->text, sizeof(ids->text), &len, "%s%.*s", len ? ", " : "", (int)n, id);
	else if (!names_id(ids->text, "...", 3))
		text_append(ids->text, sizeof(ids->text), &len, ", ...");
}

/* "@ID" or "@^ID" at `at`: *at goes behind it; false where the line is not for us. */
static bool condition_holds(const struct prep *p, const struct mapped *line, size_t *at)
{
	bool negated = line->text[*at + 1] == '^', same;
	size_t start = *at + 1 + negated, n = strcspn(line->text + start, " \t\r\n\v\f");

	same = p->config_id && strlen(p->config_id) == n && memcmp(p->config_id, line->text + start, n) == 0;
	if (p->ids)
		note_id(p->ids, line->text + start, n, same);
	*at = skip_blanks(line->text, line->len, start + n);
	return same != negated;
}

static size_t trim(const char *text, size_t from, size_t to)
{
	while (to > from && isspace((unsigned char)text[to - 1]))
		to--;
	return to;
}

/* The physical lines of a definition's value without their backslashes; false where there is one line only. */
static bool value_lines(const struct mapped *line, size_t from, struct mapped *value)
{
	bool many = false, any = false;

	while (from < line->len) {
		size_t stop = line_stop(line->text, line->len, from), end = stop;
		bool joined = is_joined(line->text, from, stop);
		struct conf_place at;

		if (joined)
			end = trim(line->text, from, stop) - 1;
		end = trim(line->text, from, end);
		if (end > from || many || !joined) { /* nothing stands behind the = of several lines */
			if (any) {
				at = mapped_place(line, from);
				mapped_add(value, "\n", 1, &at, false);
			}
			mapped_slice(value, line, from, end, NULL);
			any = true;
		}
		many |= joined;
		from = stop + 1;
	}
	return many;
}

static void define(struct prep *p, const struct mapped *line, size_t at)
{
	struct mapped value = { NULL, 0, 0, NULL, 0, 0 };
	struct conf_place place = mapped_place(line, at);
	char name[PREP_NAME_MAX + 1];
	size_t len = prep_name(line, at, name), from;
	bool many;

	if (len == 0) {
		prep_say(p, DIAG_ERROR, &place, "letters, digits and _, at most 63, no digit first",
		         "this cannot be the name of a variable");
		return;
	}
	if (name[0] == '_')
		prep_say(p, DIAG_WARNING, &place, NULL, "names of variables that begin with _ are the language's own");
	from = skip_blanks(line->text, line->len, at + len + 1);
	many = value_lines(line, from, &value);
	if (!many && value.len) {
		size_t end = prep_comment(&value, 0);

		value.len = trim(value.text, 0, end);
		value.text[value.len] = '\0';
	}
	if (!value.text)
		mapped_add(&value, "", 0, &place, false);
	prep_define(p, name, &value, many);
}

static void begin_loop(struct prep_file *f, const struct mapped *line, size_t at)
{
	struct mapped rest = { NULL, 0, 0, NULL, 0, 0 };
	struct prep_loop loop;
	struct frame *top;
	size_t from;

	if (!prep_loop_read(f->p, f->src, line, at, false, &loop, &from))
		return;
	if (prep_loop_rounds(&loop) > PREP_ROUNDS_MAX) {
		prep_bomb(f->p, &loop.at);
	} else if (from < line->len) {
		mapped_slice(&rest, line, from, line->len, NULL);
		top = push(f, &rest);
		if (top) {
			prep_loop_begin(f->p, &loop);
			top->loop = loop;
			top->at = top->text.len; /* no round has begun */
			return;
		}
	}
	prep_loop_end(f->p, &loop);
}

static void end_line(struct mapped *out)
{
	struct conf_place at = mapped_place(out, out->len ? out->len - 1 : 0);

	mapped_add(out, "\n", 1, &at, false);
}

/* Puts the variables in; a line that several came of goes on the stack. True where f->out is to be given out. */
static bool give_line(struct prep_file *f, const struct mapped *line, size_t at)
{
	struct mapped out = { NULL, 0, 0, NULL, 0, 0 };
	bool many;
	size_t first;

	prep_expand(f->p, f->src, line, at, &out, &many);
	if (!out.text || f->p->dead) {
		mapped_free(&out);
		return false;
	}
	first = skip_blanks(out.text, out.len, 0);
	if (many || (line->text[at] == '$' && (prep_at_loop(&out, first) || out.text[first] == '@'))) {
		push(f, &out);
		return false;
	}
	mapped_free(&f->out);
	f->out = out;
	end_line(&f->out);
	return true;
}

static bool take_up(struct prep_file *f, const struct mapped *line)
{
	size_t at = skip_blanks(line->text, line->len, 0);

	while (at < line->len && line->text[at] == '@') {
		if (!condition_holds(f->p, line, &at))
			return false;
	}
	if (at >= line->len || f->p->dead)
		return false;
	if (is_definition(line->text, line->len, at))
		define(f->p, line, at);
	else if (prep_at_loop(line, at))
		begin_loop(f, line, at);
	else
		return give_line(f, line, at);
	return false;
}

/* A line of the file itself: how much will come of it is known before it is begun. */
static bool take_own_line(struct prep_file *f)
{
	struct mapped line = { NULL, 0, 0, NULL, 0, 0 };
	size_t left = f->p->bytes < PREP_BYTES_MAX ? PREP_BYTES_MAX - f->p->bytes : 0;
	bool out = false;

	take_line(f, &line);
	if (line.len) {
		size_t at = skip_conditions(line.text, line.len, 0);
		struct conf_place place = mapped_place(&line, at);

		if (!is_definition(line.text, line.len, at) &&
		    prep_measure(f->p, f->src, &line, at, 0) > left)
			prep_bomb(f->p, &place);
		out = take_up(f, &line);
	}
	mapped_free(&line);
	return out;
}

/* The next line of the text on top of the stack. */
static bool take_stacked_line(struct prep_file *f)
{
	struct frame *top = f->top;
	struct mapped line = { NULL, 0, 0, NULL, 0, 0 };
	size_t stop;
	bool out;

	if (top->at >= top->text.len) {
		if (!top->loop.n_names || !prep_loop_next(f->p, &top->loop)) {
			pop(f);
			return false;
		}
		top->at = 0;
		f->p->bytes += 8; /* rounds cost, too */
	}
	stop = whole_line(top->text.text, top->text.len, top->at);
	mapped_slice(&line, &top->text, top->at, stop, NULL);
	top->at = stop < top->text.len ? stop + 1 : stop;
	out = line.len && take_up(f, &line);
	mapped_free(&line);
	return out;
}

bool prep_next(struct prep_file *f, struct prep_chunk *c)
{
	while (!f->p->dead) {
		bool out = false;

		if (f->top)
			out = take_stacked_line(f);
		else if (plain_part(f, c))
			return true;
		else if (f->at < f->src->len)
			out = take_own_line(f);
		else
			return false;
		if (out) {
			*c = (struct prep_chunk){ f->out.text, f->out.len, 0, &f->out };
			return true;
		}
	}
	return false;
}
