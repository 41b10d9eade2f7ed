/*
 * The rows as one JSON document: what `regentctl status --json` prints. Pure.
 */
#ifndef REGENT_AGENT_JSON_H
#define REGENT_AGENT_JSON_H

#include <jansson.h>

#include "agent/snapshot.h"

/* A new reference; NULL: no memory. */
json_t *json_status(const struct snapshot *s);
/* Any bytes as a JSON string: what is not UTF-8 becomes '?'. */
json_t *json_text(const char *s, size_t size);

#endif
