/*
 * The way to a program: the file, every folder above it, and likewise the ways of the links that it meets, since whoever can turn a
 * link decides what is run.
 *
 * Owns nothing; what is a bad part, the caller says.
 */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/helper/helper.h"

#define LINKS_MAX 40 /* of one way, as in the kernel */

struct walk {
	bool (*is_bad)(void *user, const struct stat *st);
	void *user;
	char *part; /* PATH_MAX */
	struct stat *st;
	unsigned links;
};

static enum helper_walk walk(struct walk *w, const char *path);

/* Where the link w->part leads, which is in the folder that the first `folder` bytes of its name are. */
static enum helper_walk walk_link(struct walk *w, size_t folder)
{
	char to[PATH_MAX];
	ssize_t n;

	memcpy(to, w->part, folder);
	if (++w->links > LINKS_MAX)
		return HELPER_WALK_UNSEEN;
	n = readlink(w->part, to + folder, sizeof(to) - folder - 1);
	if (n <= 0 || (size_t)n == sizeof(to) - folder - 1)
		return HELPER_WALK_UNSEEN;
	to[folder + (size_t)n] = '\0';
	return walk(w, to[folder] == '/' ? to + folder : to);
}

static enum helper_walk walk(struct walk *w, const char *path)
{
	size_t n = strlen(path), folder = 0;

	if (n >= PATH_MAX)
		return HELPER_WALK_UNSEEN;
	for (size_t i = 0; i <= n; i++) {
		size_t len = i ? i : 1;
		bool is_link;

		if (i > 0 && path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(w->part, path, len);
		w->part[len] = '\0';
		if (lstat(w->part, w->st) != 0)
			return HELPER_WALK_UNSEEN;
		is_link = S_ISLNK(w->st->st_mode);
		if (is_link)
			w->st->st_mode &= ~(mode_t)(S_IWGRP | S_IWOTH); /* a link's own mode says nothing */
		if (w->is_bad(w->user, w->st))
			return HELPER_WALK_BAD;
		if (is_link) {
			enum helper_walk there = walk_link(w, folder);

			if (there != HELPER_WALK_GOOD)
				return there;
		}
		folder = i + 1;
	}
	return HELPER_WALK_GOOD;
}

enum helper_walk helper_walk_path(const char *path, bool (*is_bad)(void *user, const struct stat *st), void *user,
                                  char part[static PATH_MAX], struct stat *st)
{
	struct walk w = { .is_bad = is_bad, .user = user, .part = part, .st = st };

	return path[0] == '/' ? walk(&w, path) : HELPER_WALK_UNSEEN;
}
