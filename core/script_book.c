/*
 * Looking up the scripts' users and programs, as keepalived does: script_user, else the user keepalived_script where there is one,
 * else root; a script whose user or program is not there is disabled until the next reload.
 *
 * Owns the entries, one for each different command and user. At a reload this runs as the core's user, which may not see what
 * root sees: what it cannot look into is taken to be right, since the helper looks again when the script is run.
 */
#include "config.h"

#include "core/script_book.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uthash.h>

#include "core/base/text.h"
#include "core/helper/helper.h"

#define DEFAULT_USER "keepalived_script"
#define NAMES_MAX 16384 /* bytes of a passwd or group entry */

struct book_entry {
	char *key; /* hashed: user, group and command */
	char **argv;
	size_t n_argv;
	uid_t uid;
	gid_t gid;
	int err; /* 0: may be run */
	UT_hash_handle hh;
};

struct script_book {
	struct book_entry *entries;
	const struct conf_global *global; /* while it is made */
	struct diag *diag;
	bool default_is_root;
	struct {
		bool known;
		uid_t uid;
		gid_t gid;
	} fifos[SCRIPT_BOOK_FIFOS];
};

/* What is looked up now, for the messages. */
struct subject {
	struct script_book *book;
	const struct conf_script *script;
	const char *keyword;
};

char *script_book_key(const struct conf_script *s)
{
	if (!s->command)
		return NULL;
	const char *user = s->user ? s->user : "", *group = s->group ? s->group : "";
	size_t size = strlen(user) + strlen(group) + strlen(s->command) + 3, n = 0;
	char *key = malloc(size);

	if (key)
		text_append(key, size, &n, "%s\n%s\n%s", user, group, s->command);
	return key;
}

__attribute__((format(printf, 4, 5)))
static int disable(const struct subject *j, int err, const char *hint, const char *fmt, ...)
{
	char why[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	diag_add(j->book->diag, DIAG_WARNING, &j->script->place, NULL, hint, "%s \"%s\" is not %s: %s", j->keyword, j->script->command,
	         j->script->argv ? "run" : "made", why);
	return err;
}

/* ---- who ---- */

static bool find_user(const char *name, uid_t *uid, gid_t *gid)
{
	struct passwd pw, *found = NULL;
	char room[NAMES_MAX];

	if (getpwnam_r(name, &pw, room, sizeof(room), &found) != 0 || !found)
		return false;
	*uid = pw.pw_uid;
	*gid = pw.pw_gid;
	return true;
}

static bool find_group(const char *name, gid_t *gid)
{
	struct group gr, *found = NULL;
	char room[NAMES_MAX];

	if (getgrnam_r(name, &gr, room, sizeof(room), &found) != 0 || !found)
		return false;
	*gid = gr.gr_gid;
	return true;
}

static int look_up_user(const struct subject *j, struct book_entry *e)
{
	const struct conf_global *g = j->book->global;
	const char *user = j->script->user ? j->script->user : g->script_user;
	const char *group = j->script->user ? j->script->group : g->script_group;

	if (!user) {
		if (!find_user(DEFAULT_USER, &e->uid, &e->gid))
			j->book->default_is_root = true; /* uid and gid are 0 */
		return 0;
	}
	if (!find_user(user, &e->uid, &e->gid))
		return disable(j, EINVAL, j->script->user ? "if it is meant as an argument, put it in quotes with the command"
		                                  : "make the user, or name another with script_user", "there is no user `%s`", user);
	if (group && !find_group(group, &e->gid))
		return disable(j, EINVAL, NULL, "there is no group `%s`", group);
	return 0;
}

/* ---- what ---- */

static bool is_runnable(const struct stat *st, const struct book_entry *e, bool all_groups)
{
	if (e->uid == 0 || all_groups)
		return (st->st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
	if (st->st_uid == e->uid)
		return (st->st_mode & S_IXUSR) != 0;
	return (st->st_mode & (st->st_gid == e->gid ? S_IXGRP : S_IXOTH)) != 0;
}

/* The file that `name` means, in `path`; names without a slash are looked for as the helper looks. 0, or an errno. */
static int find_program(const char *name, char path[static PATH_MAX], struct stat *st)
{
	const char *at = HELPER_SCRIPT_PATH;

	if (strchr(name, '/')) {
		snprintf(path, PATH_MAX, "%s", name);
		return stat(path, st) == 0 ? 0 : errno;
	}
	while (*at) {
		int n = (int)strcspn(at, ":");

		if (snprintf(path, PATH_MAX, "%.*s/%s", n, at, name) < PATH_MAX && stat(path, st) == 0 && S_ISREG(st->st_mode))
			return 0;
		at += n + (at[n] == ':');
	}
	return ENOENT;
}

static bool is_unsafe(void *unused, const struct stat *st)
{
	(void)unused;
	return helper_others_may_change(st);
}

static int check_security(const struct subject *j, const char *path)
{
	char part[PATH_MAX], hint[2 * PATH_MAX + 160];
	struct stat st;

	if (helper_walk_path(path, is_unsafe, NULL, part, &st) != HELPER_WALK_BAD)
		return 0; /* what cannot be seen from here, the helper will see */
	snprintf(hint, sizeof(hint), "`chown -h root:root %s; chmod go-w %s`, or run it as another user than root (script_user)", part,
	         part);
	return disable(j, EPERM, hint, "enable_script_security: it would run as root, and %s (owner %u, group %u, mode %04o) can be "
	               "written by others than root", part, (unsigned)st.st_uid, (unsigned)st.st_gid, (unsigned)st.st_mode & 07777);
}

static int look_up_program(const struct subject *j, const struct book_entry *e)
{
	const struct conf_global_scripts *g = &j->book->global->scripts;
	const char *name = j->script->n_argv ? j->script->argv[0] : "";
	char path[PATH_MAX];
	struct stat st;
	int err;

	if (name[0] != '/' && strchr(name, '/'))
		return disable(j, EINVAL, "write its whole path", "%s is a relative path, and the daemon is in no folder of yours", name);
	err = *name ? find_program(name, path, &st) : EINVAL;
	if (err == EACCES)
		return 0; /* the helper will see */
	if (err)
		return disable(j, err, NULL, "%s: %s", name, strerror(err));
	if (!S_ISREG(st.st_mode))
		return disable(j, EACCES, NULL, "%s is no file", path);
	if (!is_runnable(&st, e, g->all_groups))
		return disable(j, EACCES, "`chmod +x` it", "%s is not executable for user %u", path, (unsigned)e->uid);
	return g->security && e->uid == 0 ? check_security(j, path) : 0;
}

/* ---- every command ---- */

static bool copy_words(struct book_entry *e, const struct conf_script *s)
{
	e->argv = calloc(s->n_argv + 1, sizeof(*e->argv));
	for (; e->argv && e->n_argv < s->n_argv; e->n_argv++)
		if (!(e->argv[e->n_argv] = strdup(s->argv[e->n_argv])))
			return false;
	return e->argv != NULL;
}

static void free_entry(struct book_entry *e)
{
	for (size_t i = 0; i < e->n_argv; i++)
		free(e->argv[i]);
	free(e->argv);
	free(e->key);
	free(e);
}

static void look_up(struct script_book *b, const struct conf_script *s, const char *keyword)
{
	const struct subject j = { b, s, keyword };
	struct book_entry *e, *known = NULL;

	if (!s->command)
		return;
	e = calloc(1, sizeof(*e));
	if (!e || !(e->key = script_book_key(s)) || !copy_words(e, s)) {
		if (e)
			free_entry(e);
		return; /* not found later: not run */
	}
	HASH_FIND_STR(b->entries, e->key, known);
	if (known) {
		free_entry(e);
		return;
	}
	e->err = look_up_user(&j, e);
	if (!e->err)
		e->err = look_up_program(&j, e);
	HASH_ADD_KEYPTR(hh, b->entries, e->key, strlen(e->key), e);
}

static void look_up_notify(struct script_book *b, const struct conf_notify *n)
{
	look_up(b, &n->any, "notify");
	look_up(b, &n->master, "notify_master");
	look_up(b, &n->backup, "notify_backup");
	look_up(b, &n->fault, "notify_fault");
	look_up(b, &n->stop, "notify_stop");
	look_up(b, &n->deleted, "notify_deleted");
	look_up(b, &n->rx_lower_pri, "notify_master_rx_lower_pri");
}

static void look_up_service(struct script_book *b, const struct conf_vs *v)
{
	look_up(b, &v->quorum_up, "quorum_up");
	look_up(b, &v->quorum_down, "quorum_down");
	for (size_t i = 0; i < v->n_servers; i++) {
		const struct conf_rs *r = &v->servers[i];

		look_up(b, &r->notify_up, "notify_up");
		look_up(b, &r->notify_down, "notify_down");
		for (size_t k = 0; k < r->n_checkers; k++)
			look_up(b, &r->checkers[k].command, "misc_path");
	}
}

static void look_up_global(struct script_book *b, const struct conf_global_scripts *g)
{
	look_up(b, &g->startup, "startup_script");
	look_up(b, &g->shutdown, "shutdown_script");
	look_up(b, &g->fifo_script, "notify_fifo_script");
	look_up(b, &g->vrrp_fifo_script, "vrrp_notify_fifo_script");
	look_up(b, &g->lvs_fifo_script, "lvs_notify_fifo_script");
}

static void look_up_fifo(struct script_book *b, size_t i, const struct conf_words *w, const char *keyword)
{
	const struct conf_script as = {
		.command = w->n > 0 ? w->word[0] : "",
		.user = w->n > 1 ? w->word[1] : NULL,
		.group = w->n > 2 ? w->word[2] : NULL,
		.place = w->place,
	};
	const struct subject j = { b, &as, keyword };
	struct book_entry owner = { .uid = 0 };
	bool before = b->default_is_root;

	if (!w->given)
		return;
	b->fifos[i].known = look_up_user(&j, &owner) == 0;
	b->fifos[i].uid = owner.uid;
	b->fifos[i].gid = owner.gid;
	b->default_is_root = before;
}

struct script_book *script_book_make(const struct conf *c, struct diag *d)
{
	struct script_book *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->global = &c->global;
	b->diag = d;
	look_up_global(b, &c->global.scripts);
	look_up_fifo(b, 0, &c->global.scripts.fifo, "notify_fifo");
	look_up_fifo(b, 1, &c->global.scripts.vrrp_fifo, "vrrp_notify_fifo");
	look_up_fifo(b, 2, &c->global.scripts.lvs_fifo, "lvs_notify_fifo");
	for (size_t i = 0; i < c->n_scripts; i++)
		look_up(b, &c->scripts[i].script, "script");
	for (size_t i = 0; i < c->n_vrrp; i++)
		look_up_notify(b, &c->vrrp[i].notify);
	for (size_t i = 0; i < c->n_groups; i++)
		look_up_notify(b, &c->groups[i].notify);
	for (size_t i = 0; i < c->n_services; i++)
		look_up_service(b, &c->services[i]);
	for (size_t i = 0; i < c->n_grouped; i++)
		look_up_service(b, &c->grouped[i].service);
	b->global = NULL;
	b->diag = NULL;
	return b;
}

bool script_book_defaults_to_root(const struct script_book *b)
{
	return b && b->default_is_root;
}

bool script_book_fifo(const struct script_book *b, size_t i, uid_t *uid, gid_t *gid)
{
	if (!b || !b->fifos[i].known)
		return false;
	*uid = b->fifos[i].uid;
	*gid = b->fifos[i].gid;
	return true;
}

void script_book_free(struct script_book *b)
{
	struct book_entry *e, *tmp;

	if (!b)
		return;
	HASH_ITER(hh, b->entries, e, tmp) {
		HASH_DEL(b->entries, e);
		free_entry(e);
	}
	free(b);
}

bool script_book_spec(const struct script_book *b, const struct conf_script *s, usec_t timeout, struct script_spec *out)
{
	char *key = b ? script_book_key(s) : NULL;
	struct book_entry *e = NULL;

	if (key)
		HASH_FIND_STR(b->entries, key, e);
	free(key);
	errno = e ? e->err : ESRCH;
	if (errno != 0)
		return false;
	*out = (struct script_spec){ .argv = (const char *const *)e->argv, .uid = e->uid, .gid = e->gid, .timeout = timeout };
	return true;
}
