/*
 * What has passed through services and servers, for people: as ipvsadm --stats and --rate show it (status_table.h).
 */
#include "config.h"

#include "agent/status_table.h"

#include <libsmartcols.h>
#include <stdio.h>

static const struct {
	const char *name, *key; /* of the document */
} columns[] = {
	{ "CONNS", "connections" },
	{ "IN PKTS", "in_packets" },
	{ "OUT PKTS", "out_packets" },
	{ "IN BYTES", "in_bytes" },
	{ "OUT BYTES", "out_bytes" },
	{ "CONNS/S", "connections_per_second" },
	{ "IN PKTS/S", "in_packets_per_second" },
	{ "OUT PKTS/S", "out_packets_per_second" },
	{ "IN B/S", "in_bytes_per_second" },
	{ "OUT B/S", "out_bytes_per_second" },
	{ "ACTIVE", "active" }, /* of servers only, as what follows */
	{ "INACTIVE", "inactive" },
	{ "PERSISTENT", "persistent" },
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static bool add_line(struct libscols_table *t, const json_t *o, const char *indent)
{
	const char *name = json_string_value(json_object_get(o, "name"));
	struct libscols_line *line = scols_table_new_line(t, NULL);
	char text[128];

	if (!line)
		return false;
	snprintf(text, sizeof(text), "%s%s", indent, name ? name : "-");
	scols_line_set_data(line, 0, text);
	for (size_t i = 0; i < COLUMNS; i++) {
		const json_t *n = json_object_get(o, columns[i].key);

		snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(n));
		scols_line_set_data(line, i + 1, n ? text : "");
	}
	return true;
}

static bool add_service(struct libscols_table *t, const json_t *service)
{
	const json_t *servers = json_object_get(service, "servers");
	bool ok = add_line(t, service, "");

	for (size_t i = 0; i < json_array_size(servers) && ok; i++)
		ok = add_line(t, json_array_get(servers, i), "  ");
	return ok;
}

bool stats_table_print(const json_t *services)
{
	struct libscols_table *t = scols_new_table();
	bool ok = t && scols_table_new_column(t, "SERVICE, SERVER", 0, 0);

	for (size_t i = 0; i < COLUMNS && ok; i++)
		ok = scols_table_new_column(t, columns[i].name, 0, SCOLS_FL_RIGHT) != NULL;
	for (size_t i = 0; i < json_array_size(services) && ok; i++)
		ok = add_service(t, json_array_get(services, i));
	if (ok && json_array_size(services) == 0)
		puts("No virtual service is in the kernel's table; `regentctl status` says why.");
	else if (ok)
		ok = scols_print_table(t) == 0;
	scols_unref_table(t);
	return ok;
}
