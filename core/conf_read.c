/*
 * Reading the file through the helper. One place, so that a reload never reads otherwise than the start did.
 */
#include "config.h"

#include "core/conf_read.h"

#include "core/check_keeps.h"
#include "core/check_patterns.h"

static int open_by_helper(void *user, const char *path)
{
	return helper_open_wait(user, path);
}

const struct conf *conf_read(const struct options *o, struct helper *h, struct diag *diag)
{
	struct conf_options co = { .open = open_by_helper, .user = h, .lenient = o->lenient, .config_id = o->config_id };

	const struct conf *c = conf_load(options_conf_file(o), &co, diag);

	if (!c || (check_patterns(c, diag) & check_keeps(c, diag)))
		return c;
	conf_free(c);
	return NULL;
}
