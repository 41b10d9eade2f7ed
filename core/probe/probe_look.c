/*
 * FILE_CHECK and BFD_CHECK: what is looked at beside the probes and told by its owner (struct probe_env). A run is a
 * look; the owner says by probe_looked_changed() when there is something new to be seen.
 *
 * A file's number times the weight is added to the server's weight; with weight 0 the server is down while the number
 * is not 0. A sum that no weight can reach takes the server down, as in keepalived.
 */
#include "config.h"

#include <string.h>

#include "core/probe/run.h"

/* Where the server is down rather than at weight 0. */
#define FILE_DOWN (-2147483647ll)

/* What is there to be seen? False: the run is over. */
static bool look(struct probe_run *run, const char *name, struct probe_look *out)
{
	const struct probe_env *env = run->env;

	memset(out, 0, sizeof(*out));
	if (env->look)
		env->look(env->user, run->conf->kind, name, out);
	if (!out->there)
		probe_done(run, PROBE_R_NOT_THERE, "there is no %.60s", name);
	else if (!out->known)
		probe_done(run, PROBE_R_NONE, "%s", out->text);
	return out->there && out->known;
}

/* ---- FILE_CHECK ---- */

static int64_t file_share(const struct probe_file *c, int64_t value)
{
	int64_t share;

	if (__builtin_mul_overflow(value, (int64_t)c->weight, &share))
		share = (value < 0) == (c->weight < 0) ? -FILE_DOWN : FILE_DOWN;
	if (c->reverse)
		share = share == INT64_MIN ? INT64_MAX : -share;
	if (share < FILE_DOWN)
		return FILE_DOWN;
	return share > -FILE_DOWN ? -FILE_DOWN : share;
}

static void file_start(struct probe_run *run)
{
	const struct probe_file *c = &run->conf->file;
	struct probe_look seen;
	int64_t share;

	if (!look(run, c->name, &seen))
		return;
	if (c->weight == 0) {
		if ((seen.value != 0) == c->reverse)
			probe_done(run, PROBE_R_OK, "the file says %lld", (long long)seen.value);
		else
			probe_done(run, PROBE_R_SAYS_DOWN, "the file says %lld", (long long)seen.value);
		return;
	}
	share = file_share(c, seen.value);
	if (share <= FILE_DOWN) {
		probe_done(run, PROBE_R_SAYS_DOWN, "the file says %lld: no weight can hold that", (long long)seen.value);
		return;
	}
	probe_give_weight(run, share ? PROBE_WEIGHT_ADD : PROBE_WEIGHT_NONE, (int32_t)share);
	probe_done(run, PROBE_R_OK, "the file says %lld: %+lld to the weight", (long long)seen.value, (long long)share);
}

/* ---- BFD_CHECK ---- */

static void bfd_start(struct probe_run *run)
{
	const char *name = run->conf->bfd.name;
	struct probe_look seen;

	if (!look(run, name, &seen))
		return;
	probe_done(run, seen.up ? PROBE_R_OK : PROBE_R_SAYS_DOWN, "BFD session %.40s is %s: %.60s", name,
	           seen.up ? "up" : "down", seen.text);
}

/* ---- both ---- */

static void look_cancel(struct probe_run *run)
{
	(void)run; /* a look is over before it could be */
}

const struct probe_ops *probe_file_ops(void)
{
	static const struct probe_ops ops = {
		.kind = PROBE_FILE,
		.log_kind = "FILE_CHECK",
		.log_up = { "File check of", "success." },
		.start = file_start,
		.cancel = look_cancel,
	};

	return &ops;
}

const struct probe_ops *probe_bfd_ops(void)
{
	static const struct probe_ops ops = {
		.kind = PROBE_BFD,
		.log_kind = "BFD_CHECK",
		.log_up = { "BFD check of", "success." },
		.start = bfd_start,
		.cancel = look_cancel,
	};

	return &ops;
}
