/*
 * reload_time_file: a reload at a time that stands in a file, so that all directors change at the same moment.
 */
#ifndef REGENT_RELOAD_TIME_H
#define REGENT_RELOAD_TIME_H

#include <stdbool.h>

#include "core/helper/helper.h"
#include "core/loop/loop.h"

struct reload_time;

/* `due` is called at that time, on the loop. NULL: no memory. */
struct reload_time *reload_time_new(struct loop *l, struct helper *h, void (*due)(void *user), void *user);
/* The file that is looked at from now on, NULL none; `repeat`: a time of day stays in force when it has come. */
void reload_time_set(struct reload_time *t, const char *path, bool repeat);
void reload_time_free(struct reload_time *t);

#endif
