/*
 * Lines for FIFOs (lines.h). Owns nothing.
 */
#include "config.h"

#include "core/notify/lines.h"

#include "core/base/text.h"

static const char *up_or_down(bool up)
{
	return up ? "UP" : "DOWN";
}

size_t line_vrrp(char out[static LINE_MAX_LEN], bool group, const char *name, const char *state, unsigned priority)
{
	char clean[128];
	size_t n = 0;

	text_copy(clean, sizeof(clean), name);
	for (char *p = clean; *p; p++)
		if ((unsigned char)*p < ' ' || *p == '"' || *p == 0x7f)
			*p = '_';
	text_append(out, LINE_MAX_LEN, &n, "%s \"%s\" %s %u\n", group ? "GROUP" : "INSTANCE", clean, state, priority);
	return n;
}

size_t line_service(char out[static LINE_MAX_LEN], const struct service_key *k, bool up)
{
	char name[KEY_STRLEN];
	size_t n = 0;

	text_append(out, LINE_MAX_LEN, &n, "VS %s %s\n", service_key_format(k, name), up_or_down(up));
	return n;
}

size_t line_server(char out[static LINE_MAX_LEN], const struct server_key *k, bool up)
{
	char server[KEY_STRLEN], service[KEY_STRLEN];
	size_t n = 0;

	text_append(out, LINE_MAX_LEN, &n, "RS %s %s %s\n", server_key_format(k, server), service_key_format(&k->service, service),
	            up_or_down(up));
	return n;
}
