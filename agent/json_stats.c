/*
 * What has passed through services and servers, as JSON (json.h).
 */
#include "config.h"

#include "agent/json.h"

static void put_count(json_t *o, const char *key, uint64_t n)
{
	json_object_set_new(o, key, json_integer((json_int_t)n));
}

static void put_traffic(json_t *o, const struct view_traffic *t)
{
	put_count(o, "connections", t->conns);
	put_count(o, "in_packets", t->in_packets);
	put_count(o, "out_packets", t->out_packets);
	put_count(o, "in_bytes", t->in_bytes);
	put_count(o, "out_bytes", t->out_bytes);
	put_count(o, "connections_per_second", t->conn_rate);
	put_count(o, "in_packets_per_second", t->in_packet_rate);
	put_count(o, "out_packets_per_second", t->out_packet_rate);
	put_count(o, "in_bytes_per_second", t->in_byte_rate);
	put_count(o, "out_bytes_per_second", t->out_byte_rate);
}

static json_t *json_rs(const struct view_rs_stats *r)
{
	char name[KEY_STRLEN];
	json_t *o = json_object();

	json_object_set_new(o, "name", json_string(server_key_format(&r->key, name)));
	put_traffic(o, &r->traffic);
	put_count(o, "active", r->active_conns);
	put_count(o, "inactive", r->inactive_conns);
	put_count(o, "persistent", r->persistent_conns);
	json_object_set_new(o, "counted", json_time(&r->taken));
	return o;
}

json_t *json_stats(const struct snapshot *s)
{
	json_t *services = json_array();
	size_t at = 0;

	for (size_t i = 0; i < snapshot_count(s, VIEW_VS_STATS); i++) {
		const struct view_vs_stats *v = snapshot_row(s, VIEW_VS_STATS, i);
		json_t *o = json_object(), *servers = json_array();
		char key[KEY_STRLEN];

		json_object_set_new(o, "name", json_text(v->name, sizeof(v->name)));
		json_object_set_new(o, "key", json_string(service_key_format(&v->key, key)));
		put_traffic(o, &v->traffic);
		json_object_set_new(o, "counted", json_time(&v->taken));
		for (; at < snapshot_count(s, VIEW_RS_STATS); at++) { /* both are sorted by service */
			const struct view_rs_stats *r = snapshot_row(s, VIEW_RS_STATS, at);
			int c = service_key_cmp(&r->key.service, &v->key);

			if (c > 0)
				break;
			if (c == 0)
				json_array_append_new(servers, json_rs(r));
		}
		json_object_set_new(o, "servers", servers);
		json_array_append_new(services, o);
	}
	return services;
}
