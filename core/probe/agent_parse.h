/*
 * What an agent says of its server: one line of words, as HAProxy's agent-check has them. Pure.
 *
 * "75%" weight; "up", "ready"; "drain"; "maint", "down", "stopped", "failed", each with "#reason" behind it if it likes;
 * "maxconn:N" is passed over. Words are parted by blanks, tabs and commas. The line ends with LF, CR or the connection,
 * and is at most AGENT_LINE_MAX long. Each line is the whole truth: nothing of an earlier one stands.
 */
#ifndef REGENT_PROBE_AGENT_PARSE_H
#define REGENT_PROBE_AGENT_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AGENT_LINE_MAX 256u
#define AGENT_PERCENT_MAX 1000

struct agent_line {
	char text[AGENT_LINE_MAX];
	size_t len;
};

/* Take bytes. True: the line is whole, or as long as a line may be. */
bool agent_line_feed(struct agent_line *l, const void *data, size_t len);

enum agent_says { AGENT_UP, AGENT_DRAIN, AGENT_DOWN };

struct agent_answer {
	enum agent_says says;
	int percent;     /* -1: not said */
	char word[16];   /* that decided: "down", "maint" */
	char reason[64]; /* behind '#', printable */
};

/* False: not an agent's line; `why` says what of it. */
bool agent_parse(const struct agent_line *l, struct agent_answer *out, const char **why);

#endif
