/*
 * The rows as one JSON document: what `regentctl status --json` prints. Pure.
 */
#ifndef REGENT_AGENT_JSON_H
#define REGENT_AGENT_JSON_H

#include <jansson.h>

#include "agent/snapshot.h"

/* A new reference; NULL: no memory. */
json_t *json_status(const struct snapshot *s);
/* What has passed through services and their servers. */
json_t *json_stats(const struct snapshot *s);
/* Null for "never". */
json_t *json_time(const struct view_time *t);
/* Any bytes as a JSON string: what is not UTF-8 becomes '?'. */
json_t *json_text(const char *s, size_t size);

#endif
