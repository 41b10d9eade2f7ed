/*
 * The child of a run: from root with everything to a script's user with nothing but what he has.
 *
 * Owns nothing; the process belongs to helper_runs.c. All that may wait for a name service or a file system is done here, where
 * it holds up nobody else. Whoever is named by a request is looked up and compared with what the configuration's files name.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/helper/helper_priv.h"

#define WORDS_MAX (HELPER_ARGV / 2 + 1)
#define ENV_MAX 8
#define DEFAULT_USER "keepalived_script"

/* Becomes the report to the helper. */
static struct exec_report refuse(int err, enum helper_refusal why)
{
	return (struct exec_report){ .err = err, .refusal = why };
}

static bool is_core(const struct helper_policy *p, const struct helper_run *r)
{
	return r->uid != 0 && r->uid == p->core_uid && r->gid == p->core_gid;
}

/* ---- who ---- */

struct exec_report helper_check_user(const struct conf_bytes *b, uid_t uid, gid_t gid, const struct passwd *pw)
{
	const struct group *gr;

	if (!pw)
		return refuse(ENOENT, HELPER_NO_SUCH_USER);
	if (uid != 0 && strcmp(pw->pw_name, DEFAULT_USER) != 0 && !conf_bytes_name(b, pw->pw_name))
		return refuse(EPERM, HELPER_USER_NOT_IN_CONF);
	if (gid == pw->pw_gid)
		return refuse(0, HELPER_NOT_REFUSED);
	gr = getgrgid(gid);
	if (!gr)
		return refuse(ENOENT, HELPER_NO_SUCH_USER);
	return conf_bytes_name(b, gr->gr_name) ? refuse(0, HELPER_NOT_REFUSED) : refuse(EPERM, HELPER_USER_NOT_IN_CONF);
}

static int set_groups(const struct helper_run *r, const struct passwd *pw)
{
	if (r->flags & HELPER_RUN_GROUPS)
		return initgroups(pw->pw_name, r->gid) == 0 ? 0 : errno;
	return setgroups(0, NULL) == 0 ? 0 : errno;
}

static int become_user(const struct helper_policy *p, const struct helper_run *r, const struct passwd *pw)
{
	int err = set_groups(r, pw);

	if (err)
		return err;
	if (setresgid(r->gid, r->gid, r->gid) != 0 || setresuid(r->uid, r->uid, r->uid) != 0)
		return errno;
	if (r->uid != 0)
		err = helper_drop_capabilities();
	if (!err && is_core(p, r) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		err = errno;
	return err;
}

/* ---- what ---- */

bool helper_others_may_change(const struct stat *st)
{
	mode_t by_others = S_IWOTH | (st->st_gid != 0 ? S_IWGRP : 0);

	return st->st_uid != 0 || ((st->st_mode & by_others) && !(S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX)));
}

bool helper_core_may_change(const struct helper_policy *p, const struct stat *st)
{
	if (st->st_uid == p->core_uid || st->st_uid == p->uid)
		return true;
	if ((st->st_mode & S_IWGRP) && (st->st_gid == p->core_gid || st->st_gid == p->gid))
		return true;
	return (st->st_mode & S_IWOTH) && !(S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX));
}

struct judge {
	const struct helper_policy *policy;
	bool secure, insecure;
};

static bool is_bad(void *user, const struct stat *st)
{
	struct judge *j = user;

	if (helper_core_may_change(j->policy, st))
		return true;
	return j->insecure = j->secure && helper_others_may_change(st);
}

/* `path`, every folder above it, and wherever its links lead. */
static enum helper_refusal check_path(const struct helper_policy *p, const char *path, bool secure)
{
	struct judge j = { p, secure, false };
	char part[PATH_MAX];
	struct stat st;

	if (helper_walk_path(path, is_bad, &j, part, &st) == HELPER_WALK_GOOD)
		return HELPER_NOT_REFUSED;
	return j.insecure ? HELPER_INSECURE_PATH : HELPER_UNSAFE_PATH;
}

bool helper_core_may_turn(const struct helper_policy *p, const char *path)
{
	char whole[PATH_MAX * 2] = "", here[PATH_MAX];

	if (path[0] != '/' && getcwd(here, sizeof(here)))
		snprintf(whole, sizeof(whole), "%s/%s", here, path);
	return check_path(p, path[0] == '/' ? path : whole, false) != HELPER_NOT_REFUSED;
}

/* Where a name leads: as it is, or in PATH where it has no slash. */
static int find_named(const char *name, char named[static PATH_MAX])
{
	const char *at = HELPER_SCRIPT_PATH;
	struct stat st;

	if (name[0] == '/')
		return snprintf(named, PATH_MAX, "%s", name) < PATH_MAX ? 0 : ENAMETOOLONG;
	while (*at) {
		int n = (int)strcspn(at, ":");

		if (snprintf(named, PATH_MAX, "%.*s/%s", n, at, name) < PATH_MAX && stat(named, &st) == 0 && S_ISREG(st.st_mode))
			return 0;
		at += n + (at[n] == ':');
	}
	return ENOENT;
}

static struct exec_report find_program(const struct helper_policy *p, const struct helper_run *r, char program[static PATH_MAX])
{
	static char named[PATH_MAX], real[PATH_MAX];
	enum helper_refusal why = HELPER_NOT_REFUSED;
	bool secure = r->flags & HELPER_RUN_SECURE;
	int err = find_named(r->argv, named);

	if (err)
		return refuse(err, HELPER_NOT_REFUSED);
	if (!realpath(named, real)) {
		if (r->uid == 0)
			return refuse(errno, HELPER_NOT_REFUSED);
		memcpy(real, named, sizeof(real)); /* root may see less than its user, as on NFS */
	}
	if (r->uid == 0 && (why = check_path(p, named, secure)) == HELPER_NOT_REFUSED)
		why = check_path(p, real, secure);
	if (why != HELPER_NOT_REFUSED)
		return refuse(EPERM, why);
	memcpy(program, r->flags & HELPER_RUN_AS_NAMED ? named : real, PATH_MAX);
	return refuse(0, HELPER_NOT_REFUSED);
}

/* ---- with what around it ---- */

static int leave_all(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), err;

	if (null < 0)
		return errno;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(null, fd) < 0)
			return errno;
	if (setsid() < 0 || chdir("/") != 0)
		return errno;
	err = helper_plain_scheduling();
	umask(022);
	return err;
}

static void make_env(const struct passwd *pw, char room[static ENV_MAX][PATH_MAX], char *env[static ENV_MAX])
{
	const struct {
		const char *name, *value;
	} all[] = {
		{ "PATH", HELPER_SCRIPT_PATH },
		{ "HOME", pw->pw_dir },
		{ "USER", pw->pw_name },
		{ "LOGNAME", pw->pw_name },
		{ "SHELL", "/bin/sh" },
		{ "TZ", getenv("TZ") },
	};
	size_t n = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].value && snprintf(room[n], PATH_MAX, "%s=%s", all[i].name, all[i].value) < PATH_MAX) {
			env[n] = room[n];
			n++;
		}
	env[n] = NULL;
}

static void split_words(const struct helper_run *r, char *argv[static WORDS_MAX])
{
	const char *p = r->argv, *end = r->argv + r->len;
	size_t n = 0;

	for (; p < end && n + 1 < WORDS_MAX; p += strlen(p) + 1)
		argv[n++] = (char *)p;
	argv[n] = NULL;
}

static struct exec_report become_script(const struct helper_policy *p, const struct conf_bytes *b, const struct helper_run *r)
{
	static char program[PATH_MAX], room[ENV_MAX][PATH_MAX];
	static char *argv[WORDS_MAX], *env[ENV_MAX];
	const struct passwd *pw = getpwuid(r->uid); /* no-block-ok: a process of its own */
	struct exec_report said = is_core(p, r) && pw ? refuse(0, HELPER_NOT_REFUSED) : helper_check_user(b, r->uid, r->gid, pw);

	if (said.err == 0)
		said = find_program(p, r, program);
	if (said.err != 0)
		return said;
	make_env(pw, room, env);
	split_words(r, argv);
	int err = leave_all();

	if (!err)
		err = become_user(p, r, pw); /* pw is not ours any more after this */
	if (err)
		return refuse(err, HELPER_NOT_REFUSED);
	helper_reset_signals();
	execve(program, argv, env);
	return refuse(errno, HELPER_NOT_REFUSED);
}

void helper_exec_script(const struct helper_policy *p, const struct conf_bytes *b, const struct helper_run *r, int report)
{
	struct exec_report said;

	if (helper_place_fds(&report, 1) != 0)
		_exit(126);
	fcntl(3, F_SETFD, FD_CLOEXEC);
	said = become_script(p, b, r);
	if (write(3, &said, sizeof(said)) < 0)
		_exit(126);
	_exit(127);
}
