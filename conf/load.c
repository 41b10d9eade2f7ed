/*
 * Files to bytes: the only part of conf/ that touches them. Reads each once, whole, within bounds; finds what `include`
 * names.
 */
#include "config.h"

#include "conf/load.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/equal.h"
#include "conf/make.h"
#include "conf/trace.h"

#define FILE_MAX ((size_t)64 << 20)
#define READ_LEAST ((size_t)16 << 10) /* of a file that does not say how long it is */
#define MATCHES_MAX 4096

static int open_plainly(void *user, const char *path)
{
	(void)user;
	return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

/* Reads to the end or to the bound, beginning with room for what is expected; 0 or an errno. */
static int read_all(int fd, size_t expected, char **text, size_t *len)
{
	size_t cap = 0;

	for (;;) {
		ssize_t n;

		if (*len + 1 >= cap) {
			char *p = realloc(*text, cap = cap ? cap * 2 : expected + 2);

			if (!p)
				return ENOMEM;
			*text = p;
		}
		(*text)[*len] = '\0';
		n = read(fd, *text + *len, cap - *len - 1);
		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return errno;
		*len += n > 0 ? (size_t)n : 0;
		if (*len > FILE_MAX)
			return EFBIG;
	}
}

static int read_open(int fd, struct stat *st, char **text, size_t *len)
{
	if (fstat(fd, st) < 0)
		return errno;
	if (S_ISDIR(st->st_mode))
		return EISDIR;
	return read_all(fd, st->st_size > 0 && st->st_size <= (off_t)FILE_MAX ? (size_t)st->st_size : READ_LEAST, text, len);
}

int load_file(const struct conf_options *o, const char *path, struct stat *st, char **text, size_t *len)
{
	int fd, err;

	*text = NULL;
	*len = 0;
	if (trace_fresh(o->before, path, st, text, len))
		return 0;
	fd = o->open(o->user, path);
	if (fd < 0)
		return errno;
	err = read_open(fd, st, text, len);
	close(fd);
	if (err) {
		free(*text);
		*text = NULL;
	}
	return err;
}

static int slurp(const struct conf_options *o, const char *path, char *buf, size_t size)
{
	struct stat st;
	char *text;
	size_t len;
	int err = load_file(o, path, &st, &text, &len);

	if (!err && len > size)
		err = EFBIG;
	if (!err && len > 0)
		memcpy(buf, text, len);
	trace_file(o->trace, path, err, &st, text, len, true);
	errno = err;
	return err ? -1 : (int)len;
}

/* EXDEV is the opener's word for what lies elsewhere. */
static const char *error_text(int err)
{
	const char *text = err == EXDEV ? "it does not lie below the folder of the main file" : strerrordesc_np(err);

	return text ? text : "unknown error";
}

/* The folder that a file lies in, from the root; NULL where that cannot be told. */
static const char *folder_of(struct arena *a, const char *name)
{
	char here[PATH_MAX], full[PATH_MAX * 2];
	const char *slash = strrchr(name, '/');
	int dir = slash ? (int)(slash - name) : 0;

	if (*name == '/')
		return arena_copy(a, name, dir ? (size_t)dir : 1);
	if (!getcwd(here, sizeof(here)))
		return NULL;
	snprintf(full, sizeof(full), "%s%s%.*s", here, dir ? "/" : "", dir, name);
	return arena_text(a, full);
}

/* `text`, with a NUL behind it, must live as long as what is made of it. */
static struct conf_source *source_new(struct arena *a, const char *name, const char *text, size_t len)
{
	struct conf_source *src = arena_alloc(a, sizeof(*src));

	src->name = arena_text(a, name);
	src->text = text;
	src->len = len;
	src->dir = folder_of(a, name);
	return src;
}

static struct conf_source *reader_read(void *user, struct arena *a, const char *path, const char **why, bool *never)
{
	const struct conf_options *o = user;
	struct conf_source *src = NULL;
	struct stat st;
	char *text;
	size_t len;
	int err = load_file(o, path, &st, &text, &len);

	*never = err == EXDEV;
	if (err == 0)
		src = source_new(a, path, arena_copy(a, text, len), len);
	else
		*why = error_text(err);
	trace_file(o->trace, path, err, &st, text, len, false);
	return src;
}

/* A relative pattern starts from the folder of the file that it stands in. */
static bool full_pattern(const char *from, const char *pattern, char out[static PATH_MAX])
{
	const char *slash = strrchr(from, '/');
	int dir = *pattern == '/' || !slash ? 0 : (int)(slash - from) + 1;

	return dir < PATH_MAX && snprintf(out, PATH_MAX, "%.*s%s", dir, from, pattern) < PATH_MAX;
}

static const char *const *reader_expand(void *user, struct arena *a, const char *from, const char *pattern, size_t *n,
                                        const char **why)
{
	char full[PATH_MAX];
	const struct conf_options *o = user;
	const char **paths = NULL;
	glob_t g;
	int found, err;

	*n = 0;
	if (!full_pattern(from, pattern, full))
		return NULL;
	found = trace_glob(o->trace, full, &g, &err);
	if (err)
		*why = error_text(err);
	if (found == 0) {
		*n = g.gl_pathc < MATCHES_MAX ? g.gl_pathc : MATCHES_MAX;
		paths = arena_array(a, *n, sizeof(*paths));
		for (size_t i = 0; i < *n; i++)
			paths[i] = arena_text(a, g.gl_pathv[i]);
	}
	globfree(&g);
	if (*n == 0 && !*why && !strpbrk(full, "*?[{")) { /* not there, or only the opener may see it: let reading say so */
		paths = arena_array(a, 1, sizeof(*paths));
		paths[(*n)++] = arena_text(a, full);
	}
	return paths;
}

/* The host's name up to its first dot, where the caller gave no other identity for @ID lines. */
static const char *config_id(const struct conf_options *o, char buf[static HOST_NAME_MAX + 1])
{
	if (o->config_id)
		return o->config_id;
	if (gethostname(buf, HOST_NAME_MAX + 1) < 0)
		return NULL;
	buf[HOST_NAME_MAX] = '\0';
	buf[strcspn(buf, ".")] = '\0';
	return buf;
}

static const char *environment(const char *name)
{
	return getenv(name);
}

static uint64_t random_seed(const struct conf_options *o)
{
	uint64_t seed = o->seed;

	if (!seed && getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (uint64_t)getpid();
	return seed;
}

static const struct conf *parse_text(const char *name, const char *text, size_t len, const struct conf_options *o, struct keep *keep,
                                     struct diag *diag)
{
	struct conf_options options = *o;
	const struct conf_reader reader = { reader_expand, reader_read, &options };
	char host[HOST_NAME_MAX + 1];
	struct arena *scratch = arena_new();
	struct parse_input in = {
		.src = source_new(scratch, name, text, len),
		.reader = options.open ? &reader : NULL,
		.config_id = config_id(&options, host),
		.seed = random_seed(&options),
		.env = environment,
		.arena = scratch,
		.keep = keep,
		.diag = diag,
	};

	trace_id(options.trace, in.config_id);
	options.slurp = options.open ? slurp : NULL;
	const struct conf *c = conf_make(&in, &options);

	arena_free(scratch);
	return c;
}

static const char *text_before(void *user, const char *file, size_t *len)
{
	return trace_text(user, file, len);
}

/* By what the old tree has. NULL where that would be another tree than the whole makes, or where anything is to be said of it. */
static const struct conf *parse_difference(const char *name, const char *text, size_t len, const struct conf_options *o)
{
	struct keep *k = o->old && o->before && !o->told ? keep_new(o->old, text_before, o->before) : NULL;
	const struct conf *c;
	struct diag *d;

	if (!k)
		return NULL;
	d = diag_new();
	c = parse_text(name, text, len, o, k, d);
	if (c && (diag_warnings(d) > 0 || !equal_global(&c->global, &o->old->global, NULL))) {
		conf_free(c);
		c = NULL;
	}
	if (!c)
		trace_forget(o->trace);
	diag_free(d);
	keep_free(k);
	return c;
}

const struct conf *conf_load(const char *path, const struct conf_options *o, struct diag *diag)
{
	struct conf_options options = o ? *o : (struct conf_options){ 0 };
	const struct conf_place whole = { .file = path };
	const struct conf *c = NULL;
	struct stat st;
	char *text;
	size_t len;
	int err;

	if (!options.open)
		options.open = open_plainly;
	err = load_file(&options, path, &st, &text, &len);
	if (err)
		diag_add(diag, DIAG_ERROR, &whole, NULL, NULL, "cannot be read: %s", error_text(err));
	else if (!(c = parse_difference(path, text, len, &options)))
		c = parse_text(path, text, len, &options, NULL, diag);
	trace_file(options.trace, path, err, &st, text, len, false);
	return c;
}

enum conf_again conf_again(struct conf_trace *t, const struct conf_options *o, int64_t wall)
{
	struct conf_options options = *o;
	char host[HOST_NAME_MAX + 1];

	options.before = NULL;
	if (!options.open)
		options.open = open_plainly;
	return trace_again(t, &options, config_id(&options, host), wall);
}

const struct conf *conf_parse(const char *name, const char *text, size_t len, const struct conf_options *o,
                              struct diag *diag)
{
	const struct conf_options options = o ? *o : (struct conf_options){ 0 };
	struct arena *a = arena_new();
	const struct conf *c = parse_text(name, arena_copy(a, text, len), len, &options, NULL, diag);

	arena_free(a);
	return c;
}
