/*
 * What a probe configuration means: whether it can be run, which probe it is, and a copy that outlives its owner.
 *
 * The recipe is a text of one "name value" line for each thing that can change a verdict, in a fixed order: what the
 * first kinds had with defaults written out, all else (recipe_fields.h) where it is set; its SHA-256, cut to 64 bits,
 * is the probe's identity (probe.h). How often it runs is no part of it: that is the subscribers' affair. A change of
 * this text changes the row of every probe in the field.
 */
#ifndef REGENT_PROBE_RECIPE_H
#define REGENT_PROBE_RECIPE_H

#include "core/probe/probe.h"

/* A line of a request's header, with its NUL. */
#define RECIPE_HEADER_MAX 512

/* False for values that no probe can run with. */
bool recipe_valid(const struct probe_conf *c);
/* False where the digest could not be made (no memory); the recipe's bytes are then zero. */
bool recipe_key(const struct probe_conf *c, struct probe_key *out);
/* False: no memory. Undone by recipe_clear(). */
bool recipe_copy(const struct probe_conf *from, struct probe_conf *to);
void recipe_clear(struct probe_conf *c);

/* The accepted status codes in words: "200-299", "200, 301-302". */
#define RECIPE_STATUS_STRLEN 448
void recipe_status_words(const struct probe_url *u, char out[static RECIPE_STATUS_STRLEN]);
bool recipe_status_accepted(const struct probe_url *u, unsigned status);

#endif
