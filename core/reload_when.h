/*
 * The first line of a reload_time_file: HH:MM:SS, YY-MM-DD HH:MM:SS or YYYY-MM-DD HH:MM:SS, in local time or, with a Z behind
 * it, in UTC. Pure but for the time zone's file, which libc reads: for workers.
 */
#ifndef REGENT_RELOAD_WHEN_H
#define REGENT_RELOAD_WHEN_H

#include <stdbool.h>
#include <stdint.h>

enum reload_when { RELOAD_WHEN_NONE, RELOAD_WHEN_PAST, RELOAD_WHEN_ONCE, RELOAD_WHEN_DAILY };

/* What a line means at `now` (seconds since 1970): NONE it is no time, PAST its date is over, ONCE it has a date, DAILY a time
 * of day, which is today or tomorrow. *at is set for the last two. */
enum reload_when reload_when_parse(const char *line, int64_t now, int64_t *at);

#endif
