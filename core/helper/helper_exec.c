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

static struct exec_report check_user(const struct conf_bytes *b, const struct helper_run *r, const struct passwd *pw)
{
	const struct group *gr;

	if (!pw)
		return refuse(ENOENT, HELPER_NO_SUCH_USER);
	if (r->uid != 0 && strcmp(pw->pw_name, DEFAULT_USER) != 0 && !conf_bytes_name(b, pw->pw_name))
		return refuse(EPERM, HELPER_USER_NOT_IN_CONF);
	if (r->gid == pw->pw_gid)
		return refuse(0, HELPER_NOT_REFUSED);
	gr = getgrgid(r->gid);
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

static bool may_be_changed(const struct helper_policy *p, const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0 || st.st_uid == p->core_uid || st.st_uid == p->uid)
		return true;
	if ((st.st_mode & S_IWGRP) && (st.st_gid == p->core_gid || st.st_gid == p->gid))
		return true;
	return (st.st_mode & S_IWOTH) && !(S_ISDIR(st.st_mode) && (st.st_mode & S_ISVTX));
}

/* `path` and every folder above it. */
static bool part_may_be_changed(const struct helper_policy *p, const char *path)
{
	char part[PATH_MAX];
	size_t n = strlen(path);

	if (n >= sizeof(part) || may_be_changed(p, "/"))
		return true;
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (may_be_changed(p, part))
			return true;
	}
	return false;
}

static struct exec_report find_program(const struct helper_policy *p, const struct helper_run *r, char real[static PATH_MAX])
{
	const char *named = r->argv;

	if (!realpath(named, real)) {
		if (r->uid == 0 || strlen(named) >= PATH_MAX)
			return refuse(errno, HELPER_NOT_REFUSED);
		memcpy(real, named, strlen(named) + 1); /* root may see less than its user, as on NFS */
	}
	if (r->uid == 0 && (part_may_be_changed(p, named) || part_may_be_changed(p, real)))
		return refuse(EPERM, HELPER_UNSAFE_PATH);
	if (r->flags & HELPER_RUN_AS_NAMED)
		memcpy(real, named, strlen(named) + 1);
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
		{ "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
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
	static char real[PATH_MAX], room[ENV_MAX][PATH_MAX];
	static char *argv[WORDS_MAX], *env[ENV_MAX];
	const struct passwd *pw = getpwuid(r->uid); /* no-block-ok: a process of its own */
	struct exec_report said = is_core(p, r) && pw ? refuse(0, HELPER_NOT_REFUSED) : check_user(b, r, pw);

	if (said.err == 0)
		said = find_program(p, r, real);
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
	execve(real, argv, env);
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
