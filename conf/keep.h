/*
 * Services that stand in a file as they stood before: their blocks are not parsed again, and the new tree has them from the old one,
 * whose memory it holds. Pure.
 *
 * A block is known by its bytes. It must stand for itself: in it nothing is included, and the preprocessor has nothing to do. What
 * its keywords take over from global_defs is compared by the caller (load.c), who also parses the whole where anything is found:
 * places inside of a kept service are those of the old file.
 */
#ifndef REGENT_CONF_KEEP_H
#define REGENT_CONF_KEEP_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/arena.h"
#include "conf/conf.h"

/* Where the block of a service stands in its file, from its keyword to its brace; a tree has one for each such service. */
struct conf_block {
	const char *file;
	size_t off, head, len; /* head: up to and with its opening brace */
	size_t words;          /* inside of it */
	size_t service;        /* in conf.services */
	struct conf_block *next;
};

/* The text of a file that the old tree was made of; NULL: not known. */
typedef const char *keep_text_fn(void *user, const char *file, size_t *len);

struct keep;

/* NULL where nothing can be kept, or the old tree holds so much of older ones that a fresh one is due. */
struct keep *keep_new(const struct conf *old, keep_text_fn *text, void *user);
void keep_free(struct keep *k);
/* The block that is what stands at `text`, `head` bytes of it read, `left` there, and its service; NULL: none is. */
const struct conf_block *keep_find(struct keep *k, const char *text, size_t head, size_t left, const struct conf_vs **service);
const struct conf *keep_conf(const struct keep *k);

#endif
