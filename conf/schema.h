/*
 * The keywords of the language as data: each is one row. From the rows come parsing, range errors, defaults, hints, and
 * the list of what is accepted without effect.
 *
 * A block of the language is a place; a place has its keywords in one or more tables, and values go to the members of a
 * struct that its builder (build.h) owns. An ordinary keyword needs its row and nothing else; only odd ones have a
 * setter.
 */
#ifndef REGENT_CONF_SCHEMA_H
#define REGENT_CONF_SCHEMA_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "conf/parse.h"
#include "core/base/mono.h"

struct build;

/* What a keyword's value looks like, and what its member is. */
enum kw_type {
	KW_FLAG,     /* bare: bool = set_to */
	KW_BITS,     /* bare: uint32_t |= set_to */
	KW_BOOL,     /* bool; bare means on */
	KW_TRISTATE, /* enum conf_tristate; bare means on */
	KW_NUMBER,   /* an integer of the member's size */
	KW_TIME,     /* usec_t, written in seconds */
	KW_MSEC,     /* usec_t, written in milliseconds */
	KW_ADDR,     /* struct addr */
	KW_WORD,     /* const char *, one word */
	KW_ENUM,     /* an integer of the member's size, from `values` */
	KW_WORDS,    /* a block of words: const char *const * and, at off2, size_t */
	KW_ARGS,     /* struct conf_words: min to max words, kept as they are; `values`, where there are any, are known */
	KW_SCRIPT,   /* struct conf_script: COMMAND [USER [GROUP]] */
	KW_WEIGHT,   /* int32_t and, at off2, bool: N [reverse] */
	KW_CUSTOM,   /* `set` */
	KW_BLOCK,    /* `set` opens the place `inside` */
	KW_ANY,      /* no effect: whatever follows, a whole block too */
};
const char *kw_type_name(enum kw_type t);

enum kw_state {
	KW_WORKS,
	/* Accepted without effect, which is said; a row with a member or a setter still checks and keeps the value. Why: */
	KW_NOT_YET,
	KW_OBSOLETE,    /* obsolete in keepalived too */
	KW_DEBUG,       /* for debugging only */
	KW_OTHER_BUILD, /* belongs to another build, or to processes that Regent does not have */
};
const char *kw_state_name(enum kw_state s);

struct kw_value {
	const char *name;
	int64_t value;
};

struct kw_place;

struct kw_row {
	const char *name;
	const char *alias[2];
	enum kw_type type;
	enum kw_state state;
	size_t off, size, off2; /* size 0: the value is looked at and not kept */
	int64_t min, max;  /* KW_NUMBER, KW_TIME (in microseconds), length of a KW_WORD (max), words of KW_ARGS */
	int64_t def;       /* number, time, bool */
	const char *def_text; /* KW_WORD, KW_ADDR */
	int64_t set_to;
	const char *unit;  /* "s", "packets", ...; NULL none */
	const struct kw_value *values; /* ends with name NULL */
	void (*set)(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target);
	const struct kw_place *(*inside)(void);
	const char *help;
	bool bare;           /* KW_CUSTOM that takes no value */
	bool user_apart;     /* KW_SCRIPT: who runs it is said by `user` */
	bool own;            /* keepalived does not have it */
	const char *differs; /* what is otherwise than in keepalived; NULL: nothing */
};

/* A table of rows whose members are at `base` of the place's struct. */
struct kw_part {
	const struct kw_row *rows;
	size_t n;
	size_t base;
};

#define KW_PARTS_MAX 6
#define KW_ALSO_MAX 2
#define KW_ROWS_MAX 256

struct kw_place {
	const char *name; /* "vrrp_instance"; "" for the outermost */
	const char *args; /* what follows the keyword: "NAME" */
	size_t size;      /* of the tree's struct: members below that are printed and compared by their rows */
	struct kw_part parts[KW_PARTS_MAX];
	bool is_line; /* its keywords are options on a line, not lines of a block */
	const struct kw_part *(*also[KW_ALSO_MAX])(void); /* tables of other files */
};

/* The i-th table of a place; NULL past the last. */
const struct kw_part *schema_part(const struct kw_place *place, size_t i);

/* All places by number, for those who go over the schema; NULL past the last. */
const struct kw_place *schema_place(size_t i);
/* The row of a keyword or an alias in a place; *part says in which table. NULL: unknown there. */
const struct kw_row *schema_find(const struct kw_place *place, const char *keyword, const struct kw_part **part);
/* Write every row's default. */
void schema_defaults(const struct kw_place *place, void *target);
/* Does the tree hold this row's value, as it was written? */
bool schema_in_tree(const struct kw_place *place, const struct kw_part *part, const struct kw_row *row);
/* What the rows can say of an object of the tree, in the language; and whether it says the same of both. */
void schema_print(const struct kw_place *place, const void *object, FILE *out, int depth);
bool schema_equal(const struct kw_place *place, const void *a, const void *b);
/* Each row that says otherwise of b than of a, and how: "100 -> 150", "" where that takes more than a word. How many. */
typedef void schema_note_fn(void *user, const char *keyword, const char *how);
size_t schema_differences(const struct kw_place *place, const void *a, const void *b, schema_note_fn *note, void *user);
/* Set one row's value: what the types can do by themselves (schema_value.c). */
void schema_set(struct build *b, const struct kw_row *row, const struct conf_stmt *st, char *target);
/* Number of a row's member. */
int64_t schema_number(const struct kw_row *row, const void *member);
/* Take each statement of a list to its row: set, warn, or complain; blocks after all else. */
void schema_apply(struct build *b, const struct kw_place *place, const struct conf_stmt *list, void *target);

/* The option at word i of a line: how many words it took, 0 where the place has no such option. */
size_t schema_apply_word(struct build *b, const struct kw_place *place, const struct conf_stmt *line, size_t i,
                         void *target);
/* A word that is no option of `what`: an error with the nearest one as hint, or `otherwise`. */
void schema_no_option(struct build *b, const struct kw_place *place, const struct conf_word *w, const char *what,
                      const char *otherwise);

/* Places and the files with their rows. */
const struct kw_place *place_root(void);            /* rows_root.c */
const struct kw_place *place_global(void);          /* rows_global.c, rows_global_rest.c */
const struct kw_part *part_global_rest(void);
const struct kw_part *part_global_notify(void);
const struct kw_place *place_vrrp(void);            /* rows_vrrp.c */
const struct kw_place *place_auth(void);
const struct kw_place *place_auth_hmac(void);
const struct kw_place *place_group(void);
const struct kw_place *place_script(void);          /* rows_track.c */
const struct kw_place *place_track_process(void);
const struct kw_place *place_track_file(void);
const struct kw_place *place_track_group(void);
const struct kw_place *place_garp_group(void);
const struct kw_place *place_bfd(void);
const struct kw_place *place_ssl(void);
const struct kw_place *place_service(void);         /* rows_service.c */
const struct kw_place *place_server(void);
const struct kw_place *place_tcp(void);             /* rows_probe.c */
const struct kw_place *place_agent(void);
const struct kw_place *place_http(void);
const struct kw_place *place_url(void);
const struct kw_place *place_smtp(void);
const struct kw_place *place_smtp_host(void);
const struct kw_place *place_dns(void);
const struct kw_place *place_misc(void);
const struct kw_place *place_udp(void);
const struct kw_place *place_ping(void);
const struct kw_place *place_file(void);
const struct kw_place *place_bfd_check(void);
const struct kw_place *place_address(void);         /* build_addr.c */
const struct kw_place *place_track(void);           /* build_track.c */
const struct kw_place *place_peer(void);            /* build_vrrp.c */
const struct kw_place *place_route(void);           /* rows_route.c */
const struct kw_place *place_rule(void);

/* Short forms for the tables: n name, s struct, m member, h help; what follows is KW_WHY(...), or nothing. */
#define KW_WHY(why) .state = (why)
#define KW_ALIAS(...) .alias = { __VA_ARGS__ }
#define KW_FIELD(s, m) .off = offsetof(s, m), .size = sizeof(((s *)0)->m)
#define KW_S(n) ((int64_t)((n) * 1000000LL))
#define KW_MS(n) ((int64_t)((n) * 1000LL))
#define KW_IDLE(n, why, h, ...) { .name = (n), .type = KW_ANY, .state = (why), .help = (h), __VA_ARGS__ }
#define KW_ON(n, s, m, to, h, ...) \
	{ .name = (n), .type = KW_FLAG, KW_FIELD(s, m), .set_to = (to), .help = (h), __VA_ARGS__ }
#define KW_BIT(n, s, m, to, h) { .name = (n), .type = KW_BITS, KW_FIELD(s, m), .set_to = (to), .help = (h) }
#define KW_YES(n, s, m, h, ...) { .name = (n), .type = KW_BOOL, KW_FIELD(s, m), .help = (h), __VA_ARGS__ }
#define KW_TRI(n, s, m, h, ...) { .name = (n), .type = KW_TRISTATE, KW_FIELD(s, m), .help = (h), __VA_ARGS__ }
#define KW_STR(n, s, m, most, h, ...) \
	{ .name = (n), .type = KW_WORD, KW_FIELD(s, m), .max = (most), .help = (h), __VA_ARGS__ }
#define KW_ODD(n, setter, h, ...) { .name = (n), .type = KW_CUSTOM, .set = (setter), .help = (h), __VA_ARGS__ }
#define KW_OPEN(n, setter, place, h, ...) \
	{ .name = (n), .type = KW_BLOCK, .set = (setter), .inside = (place), .help = (h), __VA_ARGS__ }
#define KW_NUM(n, s, m, lo, hi, d, h, ...) \
	{ .name = (n), .type = KW_NUMBER, KW_FIELD(s, m), .min = (lo), .max = (hi), .def = (d), .help = (h), __VA_ARGS__ }
#define KW_SECS(n, s, m, lo, hi, d, h, ...) \
	{ .name = (n), .type = KW_TIME, KW_FIELD(s, m), .min = (lo), .max = (hi), .def = (d), .unit = "s", .help = (h), \
	  __VA_ARGS__ }
#define KW_MILLI(n, s, m, lo, hi, d, h, ...) \
	{ .name = (n), .type = KW_MSEC, KW_FIELD(s, m), .min = (lo), .max = (hi), .def = (d), .unit = "ms", .help = (h), \
	  __VA_ARGS__ }
#define KW_IP(n, s, m, d, h, ...) \
	{ .name = (n), .type = KW_ADDR, KW_FIELD(s, m), .def_text = (d), .help = (h), __VA_ARGS__ }
#define KW_PICK(n, s, m, list, d, h, ...) \
	{ .name = (n), .type = KW_ENUM, KW_FIELD(s, m), .values = (list), .def = (d), .help = (h), __VA_ARGS__ }
#define KW_LIST(n, s, m, lo, hi, h, ...) \
	{ .name = (n), .type = KW_ARGS, KW_FIELD(s, m), .min = (lo), .max = (hi), .help = (h), __VA_ARGS__ }
#define KW_RUN(n, s, m, h, ...) { .name = (n), .type = KW_SCRIPT, KW_FIELD(s, m), .help = (h), __VA_ARGS__ }
#define KW_HEFT(n, s, m, rev, lo, hi, d, h, ...) \
	{ .name = (n), .type = KW_WEIGHT, KW_FIELD(s, m), .off2 = offsetof(s, rev), .min = (lo), .max = (hi), .def = (d), \
	  .help = (h), __VA_ARGS__ }
/* Looked at and not kept. */
#define KW_GONE(n, t, why, lo, hi, h, ...) \
	{ .name = (n), .type = (t), .state = (why), .min = (lo), .max = (hi), .help = (h), __VA_ARGS__ }
#define KW_PART(rows_, base_) { .rows = (rows_), .n = sizeof(rows_) / sizeof((rows_)[0]), .base = (base_) }

#endif
