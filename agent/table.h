/*
 * The generic table: every object that the agent serves, scalars too, is a column of a table over one kind of row.
 *
 * A MIB file holds column maps only. This file does GET and GETNEXT over a snapshot: for each table an index (the
 * encoded instance parts of all rows, sorted as SNMP sorts) is made when the kind's rows changed, and searched by
 * bisection. Pure: no net-snmp, no clock. Scalars are a table whose one row has the instance 0.
 */
#ifndef REGENT_AGENT_TABLE_H
#define REGENT_AGENT_TABLE_H

#include "agent/mail.h"
#include "agent/oids.h"
#include "agent/snapshot.h"

enum value_type {
	VALUE_INTEGER,
	VALUE_UNSIGNED, /* Unsigned32, Gauge32 */
	VALUE_COUNTER32,
	VALUE_COUNTER64,
	VALUE_TICKS,    /* TimeTicks, TimeStamp */
	VALUE_OCTETS,
	VALUE_IPADDRESS,
};

struct value {
	enum value_type type;
	int64_t number;
	uint64_t counter;
	uint8_t bytes[256];
	size_t len;
};

/* What a getter may need beside its row. */
struct mib_env {
	const struct snapshot *snap;
	usec_t up_since;           /* CLOCK_MONOTONIC when sysUpTime was 0 */
	usec_t now;                /* CLOCK_MONOTONIC */
	uint32_t traps_sent, traps_dropped;
	struct mail_stats mail;
};

struct column;
/* False: this row has no such instance. `sub` is 0 but in tables that show one row as several. */
typedef bool column_fn(const struct mib_env *env, const struct column *c, const void *row, unsigned sub,
                       struct value *out);

struct column {
	uint32_t id;
	column_fn *get;
	size_t at;      /* offset in the row, for the getters of column.h */
	uint32_t most;  /* the highest value that the MIB names; for text the field's size */
	bool writable;
};

struct table {
	const char *name;  /* as in the MIB: of the entry, or of the group of scalars */
	enum view_kind kind;
	struct {
		uint32_t sub[16];
		size_t len;
	} prefix;          /* the OID of the entry; columns follow */
	const struct column *columns; /* by id, increasing */
	size_t n_columns;
	unsigned expand;   /* rows shown for each row; 0 as 1 */
	bool by_key;       /* the instance depends on the row's key alone */
	/* The instance part. False: this row is not in this table. */
	bool (*index)(const void *row, unsigned sub, struct oid_name *out);
};

/* The index of scalars: instance 0. */
bool table_index_scalar(const void *row, unsigned sub, struct oid_name *out);

/* One registration: tables in OID order, disjoint. */
struct mib {
	const char *name;
	uint32_t root[16];
	size_t root_len;
	const struct table *const *tables;
	size_t n_tables;
};

/* A mib over the latest snapshot given to it. */
struct mib_view;
struct mib_view *mib_view_new(const struct mib *m); /* NULL: no memory */
void mib_view_free(struct mib_view *v);
/* Use these rows from now on; takes its own references. False: no memory (the old rows stay). */
bool mib_view_update(struct mib_view *v, const struct snapshot *s);

/* What an OID names. `row` points into the rows that the view uses. */
struct mib_cell {
	const struct table *table;
	const struct column *column;
	const void *row;
	unsigned sub;
};

enum mib_found { MIB_FOUND, MIB_NO_OBJECT, MIB_NO_INSTANCE };

enum mib_found mib_find(const struct mib_view *v, const uint32_t *o, size_t n, struct mib_cell *out);
enum mib_found mib_get(const struct mib_view *v, const struct mib_env *env, const uint32_t *o, size_t n,
                       struct value *out);
/* The first instance after `o` (inclusive: or o itself). False: past the end. */
bool mib_next(const struct mib_view *v, const struct mib_env *env, const uint32_t *o, size_t n, bool inclusive,
              struct oid_name *name, struct value *out);

#endif
