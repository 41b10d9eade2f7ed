/*
 * FIFOs: made, given to their owner and opened for the core, which may not write where they usually lie.
 *
 * Owns the names of those that it made. What is at a name is looked at through a descriptor that stands for it before anything is
 * done to it, so that a name cannot become another thing in between.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/helper/helper_priv.h"

static bool is_well_formed(const struct helper_fifo *r)
{
	return r->path[0] == '/' && memchr(r->path, '\0', sizeof(r->path)) && r->uid != (uint32_t)-1 && r->gid != (uint32_t)-1;
}

static bool is_fifo(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISFIFO(st.st_mode);
}

/* Places of those that are gone; and those that no configuration has any more, which go now. */
static void give_back(struct fifos *f, struct conf_bytes *b)
{
	for (size_t i = 0; i < FIFOS_MAX; i++) {
		char *path = f->made[i];
		bool there = path[0] != '\0' && is_fifo(path);

		if (there && conf_bytes_allow(b, path, strlen(path) + 1, 0))
			continue;
		if (there)
			unlink(path);
		path[0] = '\0';
	}
}

/* The place of `path`, which was made before, or a free one; NULL: none. */
static char *find_place(struct fifos *f, const char *path)
{
	char *free_one = NULL;

	for (size_t i = 0; i < FIFOS_MAX; i++) {
		if (strcmp(f->made[i], path) == 0)
			return f->made[i];
		if (!free_one && f->made[i][0] == '\0')
			free_one = f->made[i];
	}
	return free_one;
}

/* 0 where it is there now, whoever made it. */
static int make(struct fifos *f, struct conf_bytes *b, const char *path)
{
	char *place = find_place(f, path);

	if (!place) {
		give_back(f, b);
		place = find_place(f, path);
	}
	if (!place)
		return is_fifo(path) ? 0 : ENOSPC;
	if (mkfifo(path, 0600) != 0)
		return errno == EEXIST ? 0 : errno;
	memcpy(place, path, strlen(path) + 1);
	return 0;
}

static int open_pinned(int pin, const struct helper_fifo *r, int *out)
{
	char name[32];
	struct stat st;

	if (fstat(pin, &st) != 0)
		return errno;
	if (!S_ISFIFO(st.st_mode))
		return EEXIST;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", pin);
	*out = open(name, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (*out < 0)
		return errno;
	if (fchown(*out, r->uid, r->gid) == 0 && fchmod(*out, 0600) == 0)
		return 0;
	int err = errno;

	close(*out);
	*out = -1;
	return err;
}

int fifos_open(struct fifos *f, struct conf_bytes *b, const struct helper_fifo *r, int *out)
{
	int pin, err;

	if (!is_well_formed(r))
		return EINVAL;
	if (!conf_bytes_allow(b, r->path, strlen(r->path) + 1, 0))
		return EPERM;
	err = helper_check_user(b, r->uid, r->gid, getpwuid(r->uid)).err; /* the core has looked him up itself: it is known by now */
	if (!err)
		err = make(f, b, r->path);
	if (err)
		return err;
	pin = open(r->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (pin < 0)
		return errno;
	err = open_pinned(pin, r, out);
	close(pin);
	return err;
}

void fifos_remove(struct fifos *f)
{
	for (size_t i = 0; i < FIFOS_MAX; i++)
		if (f->made[i][0] != '\0' && is_fifo(f->made[i]))
			unlink(f->made[i]);
}
