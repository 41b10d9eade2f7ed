/*
 * Which members of a probe's configuration make its identity, kind by kind: the tables behind recipe.c.
 *
 * A row for each member that can change a verdict. A member is written into the recipe only where it is set, so that a
 * row added here leaves the identity of every probe in the field as it was. Append only, and never rename.
 */
#ifndef REGENT_PROBE_RECIPE_FIELDS_H
#define REGENT_PROBE_RECIPE_FIELDS_H

#include "core/probe/conf.h"

enum recipe_type {
	RECIPE_FLAG,   /* bool */
	RECIPE_NUMBER, /* uint32_t or int32_t */
	RECIPE_TIME,   /* usec_t */
	RECIPE_TEXT,   /* const char *: NULL is not set */
	RECIPE_BLOB,   /* struct probe_blob */
	RECIPE_TEXTS,  /* struct probe_texts */
};

struct recipe_field {
	const char *name;
	enum recipe_type type;
	size_t off; /* in struct probe_conf, or in struct probe_url */
};

struct recipe_fields {
	const struct recipe_field *field;
	size_t n;
	/* Beyond what all have: can it run? NULL: whatever it says. */
	bool (*valid)(const struct probe_conf *c);
	bool targeted; /* it asks an endpoint */
};

/* Of all kinds; of one kind (NULL: no such kind); of a URL. */
const struct recipe_fields *recipe_fields_common(void);
const struct recipe_fields *recipe_fields_of(enum probe_kind kind);
const struct recipe_fields *recipe_fields_url(void);

/* recipe_more.c */
const struct recipe_fields *recipe_fields_dns(void);
const struct recipe_fields *recipe_fields_udp(void);
const struct recipe_fields *recipe_fields_ping(void);
const struct recipe_fields *recipe_fields_misc(void);
const struct recipe_fields *recipe_fields_file(void);
const struct recipe_fields *recipe_fields_bfd(void);

#define RECIPE_TABLE(rows) .field = (rows), .n = sizeof(rows) / sizeof((rows)[0])

#endif
