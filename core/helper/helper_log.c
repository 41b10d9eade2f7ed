/*
 * LOG: the log file, which log rotation moves away from under the daemon, in a folder where the core may make nothing.
 *
 * Owns nothing. Where root alone can change the way to the file, it is opened as it is named. Elsewhere somebody could put a link there
 * that leads to a file of root's: then no link is followed, by any part of the name, and what has another name too is not written.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/helper/helper_priv.h"

#define LOG_FLAGS (O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
#define LOG_MODE 0640

static bool is_bad(void *unused, const struct stat *st)
{
	(void)unused;
	return helper_others_may_change(st);
}

/* In a sticky folder, what is there stays its owner's; but others can make what is not. */
static bool others_may_make(const char *folder)
{
	struct stat st;

	return stat(folder, &st) != 0 || (st.st_mode & (S_IWGRP | S_IWOTH));
}

/* The folder and, where it is there, the file; and wherever their links lead. */
static bool is_roots_own(const char *path)
{
	char folder[PATH_MAX], part[PATH_MAX];
	size_t n = (size_t)(strrchr(path, '/') - path);
	struct stat st;

	snprintf(folder, sizeof(folder), "%.*s", (int)(n ? n : 1), path);
	if (helper_walk_path(folder, is_bad, NULL, part, &st) != HELPER_WALK_GOOD || others_may_make(folder))
		return false;
	if (lstat(path, &st) != 0 || !S_ISLNK(st.st_mode))
		return true;
	return helper_walk_path(path, is_bad, NULL, part, &st) == HELPER_WALK_GOOD;
}

static int open_without_links(const char *path)
{
	struct open_how how = { .flags = LOG_FLAGS, .mode = LOG_MODE, .resolve = RESOLVE_NO_SYMLINKS };

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

int helper_do_log(const char *path, int *out)
{
	struct stat st;
	bool own;
	int fd, err = 0;

	if (path[0] != '/')
		return path[0] ? EINVAL : ENOENT;
	own = is_roots_own(path);
	fd = own ? open(path, LOG_FLAGS, LOG_MODE) : open_without_links(path);
	if (fd < 0)
		return errno;
	if (fstat(fd, &st) != 0)
		err = errno;
	else if (own ? !S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode) : !S_ISREG(st.st_mode) || st.st_nlink != 1)
		err = EPERM;
	if (err)
		close(fd);
	else
		*out = fd;
	return err;
}

int helper_log_here(const char *path)
{
	int fd = -1;

	errno = helper_do_log(path, &fd);
	return fd;
}
