/*
 * The file test behind regentd -t. Relies on conf/ only; touches nothing of a running daemon.
 */
#include "config.h"

#include "core/check_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conf/load.h"
#include "conf/print.h"
#include "core/helper/helper.h"

static int open_as_daemon(void *user, const char *path)
{
	return helper_open_here(user, path);
}

int check_file(const struct options *o)
{
	const char *path = options_conf_file(o);
	struct helper_policy policy = { 0 };
	struct conf_options co = { .open = open_as_daemon, .user = &policy, .lenient = o->lenient, .config_id = o->config_id };
	struct diag *d = diag_new();

	if (access(path, R_OK) != 0 || !helper_allow_conf(&policy, path)) {
		fprintf(stderr, "regentd: cannot read %s: %s; name another with -f\n", path, strerror(errno));
		diag_free(d);
		return 3;
	}
	const struct conf *c = d ? conf_load(path, &co, d) : NULL;

	if (d)
		diag_print(d, stderr, isatty(STDERR_FILENO));
	if (c && o->dump)
		conf_print(c, stdout);
	if (c)
		puts("valid");
	conf_free(c);
	diag_free(d);
	return c ? 0 : 2;
}
