/*
 * FIFOs: made, given to their owner and opened for the core, which may not write where they usually lie.
 *
 * Owns the names of those that it made. What is at a name is looked at through a descriptor that stands for it before anything is
 * done to it, so that a name cannot become another thing in between.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/helper/helper_priv.h"

static bool is_well_formed(const struct helper_fifo *r)
{
	return r->path[0] == '/' && memchr(r->path, '\0', sizeof(r->path)) && r->uid != (uint32_t)-1 && r->gid != (uint32_t)-1;
}

static void note_made(struct fifos *f, const char *path)
{
	for (size_t i = 0; i < FIFOS_MAX; i++) {
		if (f->made[i][0] != '\0')
			continue;
		memcpy(f->made[i], path, strlen(path) + 1);
		return;
	}
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
	if (mkfifo(r->path, 0600) == 0)
		note_made(f, r->path);
	else if (errno != EEXIST)
		return errno;
	pin = open(r->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (pin < 0)
		return errno;
	err = open_pinned(pin, r, out);
	close(pin);
	return err;
}

void fifos_remove(struct fifos *f)
{
	struct stat st;

	for (size_t i = 0; i < FIFOS_MAX; i++)
		if (f->made[i][0] != '\0' && lstat(f->made[i], &st) == 0 && S_ISFIFO(st.st_mode))
			unlink(f->made[i]);
}
