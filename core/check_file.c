/*
 * The file test behind regentd -t, and --print. Relies on conf/ only; touches nothing of a running daemon.
 */
#include "config.h"

#include "core/check_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/print.h"
#include "core/diag_json.h"
#include "core/check_fence.h"
#include "core/check_keeps.h"
#include "core/check_patterns.h"
#include "core/host_facts.h"
#include "core/script_book.h"

enum { CHECK_VALID = 0, CHECK_WARNINGS = 1, CHECK_ERRORS = 2, CHECK_UNREADABLE = 3 };

static const char *status_name(int status)
{
	static const char *const names[] = { "valid", "warnings", "errors", "unreadable" };

	return names[status];
}

static bool wants_colour(const struct options *o)
{
	if (o->colour == OPTIONS_COLOUR_AUTO)
		return isatty(STDERR_FILENO) && !o->json;
	return o->colour == OPTIONS_COLOUR_ALWAYS;
}

static int open_as_daemon(void *user, const char *path)
{
	return helper_open_here(user, path);
}

bool check_can_read(const char *path, struct helper_policy *policy, struct conf_options *out)
{
	struct stat st;

	*policy = (struct helper_policy){ 0 };
	out->open = open_as_daemon;
	out->user = policy;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return false;
	}
	return access(path, R_OK) == 0 && helper_allow_conf(policy, path);
}

static void say_unreadable(const struct options *o, const char *path, struct diag *d)
{
	const struct conf_place whole = { .file = path };

	if (o->json)
		diag_add(d, DIAG_ERROR, &whole, NULL, NULL, "cannot be read: %s", strerror(errno));
	else
		fprintf(stderr, "regentd: cannot read %s: %s; %s\n", path, strerror(errno), options_other_file(o));
}

static int verdict(const struct options *o, const struct conf *c, const struct diag *d)
{
	if (!c)
		return CHECK_ERRORS;
	return o->strict && diag_warnings(d) ? CHECK_WARNINGS : CHECK_VALID;
}

/* Everything that is found goes to `d`; *out is NULL where there are errors. */
static int load(const struct options *o, struct diag *d, const struct conf **out)
{
	const char *path = options_conf_file(o);
	struct host_facts *facts = o->print ? NULL : host_facts_read();
	struct conf_options co = { .lenient = o->lenient, .config_id = o->config_id, .facts = facts };
	struct helper_policy policy;
	int status = CHECK_UNREADABLE;

	*out = NULL;
	if (check_can_read(path, &policy, &co)) {
		*out = conf_load(path, &co, d);
		if (*out && !(check_patterns(*out, d) & (o->print || check_keeps(*out, d)))) {
			conf_free(*out);
			*out = NULL;
		}
		if (*out && !o->print)
			check_fence(*out, d);
		if (*out && facts)
			script_book_free(script_book_make(*out, d));
		status = verdict(o, *out, d);
		if (!o->json)
			diag_print(d, stderr, wants_colour(o));
	} else {
		say_unreadable(o, path, d);
	}
	host_facts_free(facts);
	return status;
}

int check_load(const struct options *o, const struct conf **out)
{
	struct diag *d = diag_new();
	int status = load(o, d, out);

	if (o->json && diag_errors(d) + diag_warnings(d) > 0)
		diag_json_print(d, status_name(status), stderr);
	diag_free(d);
	return status;
}

int check_file(const struct options *o)
{
	struct diag *d = diag_new();
	const struct conf *c;
	int status = load(o, d, &c);

	if (c && (o->print || o->dump))
		conf_print(c, stdout);
	else if (status == CHECK_VALID && !o->json)
		puts("valid");
	if (o->json)
		diag_json_print(d, status_name(status), o->print ? stderr : stdout);
	conf_free(c);
	diag_free(d);
	return status;
}
