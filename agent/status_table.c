/*
 * Tables of virtual routers, services with their servers, and probes, by libsmartcols (status_table.h).
 */
#include "config.h"

#include "agent/status_table.h"

#include <libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAST_COLUMN_MIN 16

struct heading {
	const char *name;
	double width; /* smartcols' hint: a share of the line */
	int flags;
};

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s && *s ? s : "-";
}

static json_int_t number_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static bool true_of(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

/* "2026-11-22T12:55:10.123Z" -> "2026-11-22 12:55:10": UTC, as said above the tables. */
static const char *time_of(const json_t *o, const char *key, char out[static 20])
{
	const char *s = json_string_value(json_object_get(o, key));

	if (!s || strlen(s) < 19)
		return "-";
	memcpy(out, s, 19);
	out[10] = ' ';
	out[19] = '\0';
	return out;
}

static struct libscols_table *table_new(const struct heading *h, size_t n, bool colours)
{
	struct libscols_table *t = scols_new_table();

	if (!t)
		return NULL;
	scols_table_enable_colors(t, colours);
	for (size_t i = 0; i < n; i++)
		if (!scols_table_new_column(t, h[i].name, h[i].width, h[i].flags)) {
			scols_unref_table(t);
			return NULL;
		}
	return t;
}

/* Green where it serves, red where it should and cannot, yellow where somebody wanted it so. */
static const char *state_colour(const char *state)
{
	static const struct {
		const char *state, *colour;
	} colours[] = {
		{ "MASTER", "green" }, { "up", "green" },       { "gained", "green" },
		{ "FAULT", "red" },    { "down", "red" },       { "lost", "red" },
		{ "drained", "yellow" }, { "disabled", "yellow" }, { "INIT", "yellow" },
	};

	for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]); i++)
		if (strcmp(state, colours[i].state) == 0)
			return colours[i].colour;
	return NULL;
}

static void set_state(struct libscols_line *line, size_t column, const char *state)
{
	struct libscols_cell *cell = scols_line_get_cell(line, column);
	const char *colour = state_colour(state);

	scols_line_set_data(line, column, state);
	if (cell && colour)
		scols_cell_set_color(cell, colour);
}

static void set_number(struct libscols_line *line, size_t column, json_int_t n)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)n);
	scols_line_set_data(line, column, text);
}

/* Columns of the longest line of `text`, which is UTF-8. */
static size_t widest_line(const char *text)
{
	size_t widest = 0, n = 0;

	for (; *text; text++) {
		n = *text == '\n' ? 0 : n + (((unsigned char)*text & 0xc0) != 0x80);
		widest = n > widest ? n : widest;
	}
	return widest;
}

/* A terminal that is too narrow for all but the last column is taken for a wider one: it breaks whole lines, where smartcols
 * would break each cell. */
static void table_widen(struct libscols_table *t)
{
	struct libscols_column *last = scols_table_get_column(t, scols_table_get_ncols(t) - 1);
	bool colours = scols_table_colors_wanted(t);
	int flags = scols_column_get_flags(last);
	size_t need = 0;
	char *text = NULL;

	scols_table_enable_colors(t, false);
	scols_table_set_termforce(t, SCOLS_TERMFORCE_NEVER);
	scols_column_set_flags(last, flags | SCOLS_FL_HIDDEN);
	if (scols_print_table_to_string(t, &text) == 0)
		need = widest_line(text) + LAST_COLUMN_MIN;
	free(text);
	scols_column_set_flags(last, flags);
	scols_table_set_termforce(t, SCOLS_TERMFORCE_AUTO);
	scols_table_enable_colors(t, colours);
	if (need > scols_table_get_termwidth(t))
		scols_table_set_termwidth(t, need);
}

static bool table_finish(struct libscols_table *t, const char *title)
{
	bool ok = true;

	if (!scols_table_is_empty(t)) {
		printf("\n%s\n", title);
		table_widen(t);
		ok = scols_print_table(t) == 0;
	}
	scols_unref_table(t);
	return ok;
}

/* ---- virtual routers ---- */

static bool add_router(struct libscols_table *t, const json_t *r)
{
	struct libscols_line *line = scols_table_new_line(t, NULL);
	const char *fault = text_of(r, "fault");
	char when[20], id[64];

	if (!line)
		return false;
	snprintf(id, sizeof(id), "%s/%lld v%lld %s", text_of(r, "interface"), (long long)number_of(r, "vrid"),
	         (long long)number_of(r, "version"), text_of(r, "family"));
	scols_line_set_data(line, 0, text_of(r, "name"));
	scols_line_set_data(line, 1, id);
	set_state(line, 2, text_of(r, "state"));
	set_number(line, 3, number_of(r, "priority"));
	scols_line_set_data(line, 4, text_of(r, "master"));
	scols_line_set_data(line, 5, time_of(r, "since", when));
	scols_line_set_data(line, 6, strcmp(fault, "-") != 0 ? fault : true_of(r, "damped") ? "damped: flaps too much" :
		text_of(r, "reason"));
	return true;
}

static bool print_routers(const json_t *list, bool colours)
{
	static const struct heading h[] = {
		{ "NAME", 0.1, 0 }, { "ROUTER", 0.1, 0 }, { "STATE", 0.05, 0 }, { "PRIO", 0.05, SCOLS_FL_RIGHT },
		{ "MASTER", 0.1, 0 }, { "SINCE", 19, 0 }, { "WHY", 0.3, SCOLS_FL_TRUNC },
	};
	struct libscols_table *t = table_new(h, sizeof(h) / sizeof(h[0]), colours);
	size_t i;
	json_t *r;

	if (!t)
		return false;
	json_array_foreach(list, i, r)
		if (!add_router(t, r))
			return scols_unref_table(t), false;
	return table_finish(t, "Virtual routers");
}

static bool add_group(struct libscols_table *t, const json_t *g)
{
	struct libscols_line *line = scols_table_new_line(t, NULL);
	bool crossed = true_of(g, "crossed_priorities");
	char when[20];

	if (!line)
		return false;
	scols_line_set_data(line, 0, text_of(g, "name"));
	set_state(line, 1, text_of(g, "state"));
	set_number(line, 2, number_of(g, "members"));
	scols_line_set_data(line, 3, time_of(g, "since", when));
	scols_line_set_data(line, 4, crossed ? "members' priorities are ordered otherwise than on the peer" : "");
	return true;
}

static bool print_groups(const json_t *list, bool colours)
{
	static const struct heading h[] = {
		{ "GROUP", 0.1, 0 }, { "STATE", 0.05, 0 }, { "MEMBERS", 0.05, SCOLS_FL_RIGHT }, { "SINCE", 19, 0 },
		{ "NOTE", 0.3, SCOLS_FL_TRUNC },
	};
	struct libscols_table *t = table_new(h, sizeof(h) / sizeof(h[0]), colours);
	size_t i;
	json_t *g;

	if (!t)
		return false;
	json_array_foreach(list, i, g)
		if (!add_group(t, g))
			return scols_unref_table(t), false;
	return table_finish(t, "Sync groups");
}

/* ---- services and servers ---- */

/* What an operator has set: the strongest of it. */
static void format_setting(char *text, size_t size, const json_t *s, long long now, long long file)
{
	const char *drain = text_of(s, "drain");

	if (true_of(s, "disabled"))
		snprintf(text, size, "%lld (file: %lld, disabled by %s)", now, file, text_of(s, "disable_by"));
	else if (strcmp(drain, "done") == 0)
		snprintf(text, size, "%lld (file: %lld, drained by %s)", now, file, text_of(s, "drain_by"));
	else if (strcmp(drain, "waiting") == 0)
		snprintf(text, size, "%lld (file: %lld, draining by %s: %lld active)", now, file, text_of(s, "drain_by"),
		         (long long)number_of(s, "active_connections"));
	else
		snprintf(text, size, "%lld (file: %lld, set by %s)", now, file, text_of(s, "set_by"));
}

/* The weight in force, and beside it what explains it where that is not the file. */
static void set_weight(struct libscols_line *line, size_t column, const json_t *s)
{
	long long now = number_of(s, "effective_weight"), file = number_of(s, "config_weight");
	const char *source = text_of(s, "weight_source");
	char text[128];

	if (strcmp(source, "config") == 0)
		snprintf(text, sizeof(text), "%lld", now);
	else if (strcmp(source, "override") == 0)
		format_setting(text, sizeof(text), s, now, file);
	else
		snprintf(text, sizeof(text), "%lld (file: %lld, %s)", now, file, source);
	scols_line_set_data(line, column, text);
}

static bool add_server(struct libscols_table *t, struct libscols_line *service, const json_t *s)
{
	struct libscols_line *line = scols_table_new_line(t, service);
	char name[128], when[20];

	if (!line)
		return false;
	snprintf(name, sizeof(name), "%s%s%s", text_of(s, "name"), true_of(s, "sorry") ? " (sorry server)" : "",
	         true_of(s, "local") ? " (this host)" : "");
	scols_line_set_data(line, 0, name);
	scols_line_set_data(line, 1, text_of(s, "forwarding"));
	set_state(line, 2, text_of(s, "state"));
	set_weight(line, 3, s);
	scols_line_set_data(line, 4, true_of(s, "in_kernel") ? "yes" : "no");
	scols_line_set_data(line, 5, time_of(s, "since", when));
	scols_line_set_data(line, 6, text_of(s, "reason"));
	return true;
}

static bool add_service(struct libscols_table *t, const json_t *v)
{
	struct libscols_line *line = scols_table_new_line(t, NULL);
	char how[64], up[64], when[20];
	size_t i;
	json_t *s;

	if (!line)
		return false;
	snprintf(how, sizeof(how), "%s %s", text_of(v, "forwarding"), text_of(v, "scheduler"));
	snprintf(up, sizeof(up), "%lld of %lld up", (long long)number_of(v, "servers_up"),
	         (long long)number_of(v, "servers_total"));
	scols_line_set_data(line, 0, text_of(v, "name"));
	scols_line_set_data(line, 1, how);
	set_state(line, 2, text_of(v, "quorum_state"));
	scols_line_set_data(line, 3, up);
	scols_line_set_data(line, 4, true_of(v, "in_kernel") ? "yes" : "no");
	scols_line_set_data(line, 5, time_of(v, "since", when));
	scols_line_set_data(line, 6, true_of(v, "sorry_active") ? "the sorry server stands in" : "");
	json_array_foreach(json_object_get(v, "servers"), i, s)
		if (!add_server(t, line, s))
			return false;
	return true;
}

static bool print_services(const json_t *list, bool colours)
{
	static const struct heading h[] = {
		{ "SERVICE", 0.2, SCOLS_FL_TREE }, { "HOW", 0.05, 0 }, { "STATE", 0.05, 0 }, { "WEIGHT", 0.1, 0 },
		{ "KERNEL", 0.05, 0 }, { "SINCE", 19, 0 }, { "WHY", 0.3, SCOLS_FL_TRUNC },
	};
	struct libscols_table *t = table_new(h, sizeof(h) / sizeof(h[0]), colours);
	size_t i;
	json_t *v;

	if (!t)
		return false;
	json_array_foreach(list, i, v)
		if (!add_service(t, v))
			return scols_unref_table(t), false;
	return table_finish(t, "Virtual services");
}

/* ---- probes ---- */

static bool add_probe(struct libscols_table *t, const json_t *p)
{
	struct libscols_line *line = scols_table_new_line(t, NULL);
	char when[20], took[32], runs[64];

	if (!line)
		return false;
	snprintf(took, sizeof(took), "%.1f ms", (double)number_of(p, "latency_us") / 1000);
	snprintf(runs, sizeof(runs), "%lld of %lld", (long long)number_of(p, "failures"),
	         (long long)number_of(p, "runs"));
	scols_line_set_data(line, 0, text_of(p, "name"));
	set_state(line, 1, text_of(p, "state"));
	scols_line_set_data(line, 2, runs);
	scols_line_set_data(line, 3, took);
	scols_line_set_data(line, 4, time_of(p, "since", when));
	scols_line_set_data(line, 5, text_of(p, "text"));
	return true;
}

static bool print_probes(const json_t *list, bool colours)
{
	static const struct heading h[] = {
		{ "PROBE", 0.2, 0 }, { "STATE", 0.05, 0 }, { "FAILED", 0.1, SCOLS_FL_RIGHT }, { "TOOK", 0.1,
			SCOLS_FL_RIGHT },
		{ "SINCE", 19, 0 }, { "LAST RUN SAID", 0.3, SCOLS_FL_TRUNC },
	};
	struct libscols_table *t = table_new(h, sizeof(h) / sizeof(h[0]), colours);
	size_t i;
	json_t *p;

	if (!t)
		return false;
	json_array_foreach(list, i, p)
		if (!add_probe(t, p))
			return scols_unref_table(t), false;
	return table_finish(t, "Probes");
}

/* ---- trackers ---- */

static void tracker_effect(const json_t *r, char *buf, size_t size)
{
	if (true_of(r, "fault"))
		snprintf(buf, size, "FAULT");
	else if (true_of(r, "waits"))
		snprintf(buf, size, "waits");
	else if (true_of(r, "ignored"))
		snprintf(buf, size, "ignored in a sync group");
	else if (number_of(r, "weight") == 0)
		snprintf(buf, size, "-");
	else
		snprintf(buf, size, "%+lld", (long long)number_of(r, "adds"));
}

static bool add_tracker(struct libscols_table *t, const json_t *r)
{
	struct libscols_line *line = scols_table_new_line(t, NULL);
	char what[160], weight[32], effect[40], when[20];

	if (!line)
		return false;
	snprintf(what, sizeof(what), "%s %s%s", text_of(r, "kind"), text_of(r, "name"), true_of(r, "of_group") ? " (of the group)" : "");
	snprintf(weight, sizeof(weight), "%lld%s", (long long)number_of(r, "weight"), true_of(r, "reverse") ? " reverse" : "");
	tracker_effect(r, effect, sizeof(effect));
	scols_line_set_data(line, 0, text_of(r, "instance"));
	scols_line_set_data(line, 1, what);
	set_state(line, 2, text_of(r, "state"));
	scols_line_set_data(line, 3, weight);
	scols_line_set_data(line, 4, effect);
	scols_line_set_data(line, 5, time_of(r, "since", when));
	scols_line_set_data(line, 6, text_of(r, "text"));
	return true;
}

static bool print_trackers(const json_t *list, bool colours)
{
	static const struct heading h[] = {
		{ "INSTANCE", 0.1, 0 }, { "LOOKS AT", 0.2, 0 }, { "STATE", 0.05, 0 }, { "WEIGHT", 0.05, SCOLS_FL_RIGHT },
		{ "ADDS", 0.05, SCOLS_FL_RIGHT }, { "SINCE", 19, 0 }, { "WHY", 0.3, SCOLS_FL_TRUNC },
	};
	struct libscols_table *t;
	size_t i;
	json_t *r;

	if (json_array_size(list) == 0)
		return true;
	t = table_new(h, sizeof(h) / sizeof(h[0]), colours);
	if (!t)
		return false;
	json_array_foreach(list, i, r)
		if (!add_tracker(t, r))
			return scols_unref_table(t), false;
	return table_finish(t, "Trackers");
}

/* ---- BFD sessions ---- */

static bool add_bfd(struct libscols_table *t, const json_t *b)
{
	struct libscols_line *line = scols_table_new_line(t, NULL);
	char when[20];

	if (!line)
		return false;
	scols_line_set_data(line, 0, text_of(b, "name"));
	scols_line_set_data(line, 1, text_of(b, "neighbor"));
	set_state(line, 2, text_of(b, "state"));
	scols_line_set_data(line, 3, text_of(b, "remote_state"));
	set_number(line, 4, number_of(b, "tx_interval_us") / 1000);
	set_number(line, 5, number_of(b, "detect_time_us") / 1000);
	scols_line_set_data(line, 6, time_of(b, "since", when));
	scols_line_set_data(line, 7, text_of(b, "text"));
	return true;
}

static bool print_bfds(const json_t *list, bool colours)
{
	static const struct heading h[] = {
		{ "BFD SESSION", 0.1, 0 }, { "NEIGHBOR", 0.1, 0 }, { "STATE", 0.05, 0 }, { "REMOTE", 0.05, 0 },
		{ "TX MS", 0.05, SCOLS_FL_RIGHT }, { "DETECT MS", 0.05, SCOLS_FL_RIGHT }, { "SINCE", 19, 0 },
		{ "WHY", 0.3, SCOLS_FL_TRUNC },
	};
	struct libscols_table *t = table_new(h, sizeof(h) / sizeof(h[0]), colours);
	size_t i;
	json_t *b;

	if (!t)
		return false;
	json_array_foreach(list, i, b)
		if (!add_bfd(t, b))
			return scols_unref_table(t), false;
	return table_finish(t, "BFD sessions");
}

/* ---- mail ---- */

/* Where there was none, there is nothing to say. */
static void print_mail(const json_t *m)
{
	long long sent = number_of(m, "sent"), waiting = number_of(m, "waiting");
	long long failed = number_of(m, "failed") + number_of(m, "dropped");

	if (sent || failed || waiting)
		printf("mails: %lld sent, %lld lost, %lld waiting\n", sent, failed, waiting);
}

/* ---- scripts ---- */

/* Where all went well, there is nothing to say. */
static void print_scripts(const json_t *d)
{
	long long failed = number_of(d, "scripts_failed"), slow = number_of(d, "scripts_timed_out");
	long long refused = number_of(d, "scripts_refused"), left = number_of(d, "notify_left_out"), lost = number_of(d, "fifo_lines_lost");

	if (failed || slow || refused)
		printf("scripts: %lld started, %lld failed, %lld took too long, %lld not run\n", (long long)number_of(d, "scripts_started"), failed,
		       slow, refused);
	if (left || lost)
		printf("not told: %lld transitions by scripts, %lld lines by FIFOs\n", left, lost);
}

/* ---- checks ---- */

/* The upper end of the bucket below which so many of a hundred are, in microseconds; 0: beyond the last one's. */
static long long percentile(const json_t *histogram, unsigned percent)
{
	json_int_t all = 0, seen = 0;
	size_t i;
	json_t *n;

	json_array_foreach(histogram, i, n)
		all += json_integer_value(n);
	json_array_foreach(histogram, i, n) {
		seen += json_integer_value(n);
		if (seen * 100 >= all * percent)
			return i + 1 < json_array_size(histogram) ? 32ll << i : 0;
	}
	return 0;
}

static void print_lateness(const json_t *d)
{
	const json_t *h = json_object_get(d, "check_lateness_histogram");
	long long most = percentile(h, 99);

	if (number_of(d, "check_lateness_max_us") == 0)
		return;
	if (most)
		printf("checks: 99 %% began less than %.1f ms late", (double)most / 1000);
	else
		printf("checks: more than 1 %% began over half a second late");
	printf(", the latest %.1f ms\n", (double)number_of(d, "check_lateness_max_us") / 1000);
}

/* ---- the daemon ---- */

static void print_daemon(const json_t *d, bool has_services)
{
	char when[20];

	printf("regentd %s on %s, pid %lld, since %s UTC\n", text_of(d, "version"), text_of(d, "router_id"),
	       (long long)number_of(d, "pid"), time_of(d, "started", when));
	if (strcmp(text_of(d, "reload_result"), "refused") == 0)
		printf("The last reload, %s UTC, was REFUSED: %s\n", time_of(d, "reload_at", when),
		       text_of(d, "reload_text"));
	if (has_services && strcmp(text_of(d, "ipvs"), "absent") == 0)
		printf("The kernel has no IPVS: services are not served by this host.\n");
	if (number_of(d, "overrides_error"))
		printf("Weights set by an operator could not be stored: %s\n",
		       strerror((int)number_of(d, "overrides_error")));
	if (number_of(d, "fence_rebuilt"))
		printf("Somebody took away from the table that drops packets for no_accept, %lld times; it was made again.\n",
		       (long long)number_of(d, "fence_rebuilt"));
}

bool status_table_print(const json_t *status, bool colours)
{
	const json_t *d = json_object_get(status, "daemon");

	if (!json_is_object(status))
		return false;
	if (!json_is_object(d)) {
		puts("The daemon is starting; ask again in a moment.");
		return true;
	}
	print_daemon(d, json_array_size(json_object_get(status, "services")) > 0);
	print_lateness(d);
	print_scripts(d);
	print_mail(json_object_get(status, "mail"));
	return print_routers(json_object_get(status, "virtual_routers"), colours) &&
	       print_groups(json_object_get(status, "sync_groups"), colours) &&
	       print_trackers(json_object_get(status, "trackers"), colours) &&
	       print_services(json_object_get(status, "services"), colours) &&
	       print_probes(json_object_get(status, "probes"), colours) &&
	       print_bfds(json_object_get(status, "bfd_sessions"), colours);
}
