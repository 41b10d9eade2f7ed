/*
 * Files by which the outside and a reload speak to each other: reload_file, made before the configuration is read and removed
 * after, and reload_time_file, removed when its time has come. They lie in folders of root's, where the core can do neither.
 *
 * Only a file that the configuration names behind that very keyword is touched, and only a regular one with no other name: what a
 * core in strange hands can do is empty or remove the one file that is there to be emptied and removed.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/helper/helper_priv.h"

static bool is_named(struct conf_bytes *b, const char *keyword, const char *path)
{
	char words[HELPER_PATH + 32];
	size_t k = strlen(keyword) + 1, p = strlen(path) + 1;

	if (path[0] != '/' || k + p > sizeof(words))
		return false;
	memcpy(words, keyword, k);
	memcpy(words + k, path, p);
	return conf_bytes_allow(b, words, k + p, 0);
}

static int make(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644), err = 0;
	struct stat st;

	if (fd < 0)
		return errno;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1)
		err = EPERM;
	else if (ftruncate(fd, 0) != 0)
		err = errno;
	close(fd);
	return err;
}

static int drop(const char *path)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return errno == ENOENT ? 0 : errno;
	if (!S_ISREG(st.st_mode))
		return EPERM;
	return unlink(path) == 0 ? 0 : errno;
}

int helper_do_mark(struct conf_bytes *b, uint32_t op, const char *path)
{
	if (!is_named(b, op == HELPER_TIME_REMOVE ? "reload_time_file" : "reload_file", path))
		return EPERM;
	return op == HELPER_MARK_MAKE ? make(path) : drop(path);
}
