/*
 * What the agent's code serves, for comparison with the text of REGENT-MIB (tests/agentx/run does it):
 *
 *   column OID TYPE ro|rw       each column, with the type that its getter gives
 *   trap OID OBJECT-OID...      each notification with its variables' OIDs, instances and all
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "agent/mibs.h"
#include "agent/notification.h"
#include "tests/unit/snap_make.h"

static const char *const type_names[] = {
	[VALUE_INTEGER] = "INTEGER",     [VALUE_UNSIGNED] = "Unsigned32", [VALUE_COUNTER32] = "Counter32",
	[VALUE_COUNTER64] = "Counter64", [VALUE_TICKS] = "TimeTicks",     [VALUE_OCTETS] = "OCTETS",
	[VALUE_IPADDRESS] = "IpAddress",
};

static void print_oid(const struct oid_name *o)
{
	for (size_t i = 0; i < o->len; i++)
		printf("%s%u", i ? "." : " ", o->sub[i]);
}

static void print_table(const struct table *t, const struct mib_env *env)
{
	static const union view_any row; /* zeros will do for a type */

	for (size_t i = 0; i < t->n_columns; i++) {
		const struct column *c = &t->columns[i];
		struct value v = { 0 };
		struct oid_name o;

		oid_clear(&o);
		oid_add_all(&o, t->prefix.sub, t->prefix.len);
		oid_add(&o, c->id);
		if (i && t->columns[i - 1].id >= c->id)
			printf("disorder %s\n", t->name);
		c->get(env, c, &row, 0, &v);
		printf("column");
		print_oid(&o);
		printf(" %s %s\n", type_names[v.type], c->writable ? "rw" : "ro");
	}
}

static void print_trap(enum event_kind kind, enum trapq_part part)
{
	static struct notification n;
	struct trapq_send s = { .part = part, .event = { .kind = kind } };

	if (!notification_make(&s, &n))
		return;
	printf("trap");
	print_oid(&n.trap);
	for (size_t i = 0; i < n.n; i++)
		print_oid(&n.vars[i].name);
	printf("\n");
}

int main(void)
{
	struct view *rows = view_new(NULL, NULL);
	struct snapshot *s = rows ? snap_make(rows, NULL, ~0u, 0) : NULL;
	struct mib_env env = { .snap = s };
	const struct mib *m = regent_mib();

	if (!s)
		return 1;
	for (size_t i = 0; i < m->n_tables; i++)
		print_table(m->tables[i], &env);
	for (int k = EVENT_VR_STATE; k < 32; k++) /* of what is no event there is none */
		print_trap((enum event_kind)k, TRAPQ_STATE);
	print_trap(EVENT_LOST, TRAPQ_LOST);
	snapshot_unref(s);
	view_free(rows);
	return 0;
}
