/*
 * Mail, from the configuration to the agent's terms (bind_mail.h). As in keepalived, real servers are mailed about unless something
 * says no, and virtual routers only where something says yes.
 */
#include "config.h"

#include "core/bind_mail.h"

#include <stdio.h>
#include <string.h>

#include "core/base/text.h"

#define PORT 25

/* An address of RFC 5321 has none of these unless it is quoted, and nobody quotes his. */
static bool is_address(const char *text)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f || strchr("<>\"(),;\\", *p))
			return false;
	return *text != '\0';
}

/* "Name <address>" is the address. */
static bool take_address(const char *text, char *out, size_t size)
{
	const char *open = text ? strrchr(text, '<') : NULL, *close = open ? strchr(open, '>') : NULL;
	size_t n = 0;

	if (!text)
		return false;
	text_append(out, size, &n, "%.*s", close ? (int)(close - open - 1) : (int)strlen(text), close ? open + 1 : text);
	if (is_address(out) && n < size - 1)
		return true;
	memset(out, 0, size);
	return false;
}

void bind_mail(const struct conf *c, const char *host, struct wire_mail *out)
{
	const struct conf_global *g = &c->global;
	size_t n = 0;

	memset(out, 0, sizeof(*out));
	text_copy(out->host, sizeof(out->host), is_address(host) ? host : "localhost");
	text_copy(out->router_id, sizeof(out->router_id), g->router_id ? g->router_id : out->host);
	if (g->smtp_server && is_address(g->smtp_server))
		text_copy(out->server, sizeof(out->server), g->smtp_server);
	text_copy(out->helo, sizeof(out->helo), g->mail.helo && is_address(g->mail.helo) ? g->mail.helo : out->host);
	if (!take_address(g->email_from, out->from, sizeof(out->from)))
		text_append(out->from, sizeof(out->from), &n, "root@%s", out->host);
	out->port = g->smtp_port ? g->smtp_port : PORT;
	out->timeout_ms = (uint32_t)usec_max(1, usec_min(g->smtp_timeout / USEC_PER_MS, 600000));
	for (size_t i = 0; i < g->n_emails && out->n_to < WIRE_MAIL_TO; i++)
		out->n_to += take_address(g->emails[i], out->to[out->n_to], sizeof(out->to[0]));
}

static bool first_said(enum conf_tristate a, enum conf_tristate b, enum conf_tristate c, bool otherwise)
{
	const enum conf_tristate all[] = { a, b, c };

	for (int i = 0; i < 3; i++)
		if (all[i] != CONF_UNSET)
			return all[i] == CONF_YES;
	return otherwise;
}

bool bind_mail_vrrp(const struct conf *c, enum conf_tristate own, bool fault)
{
	const struct conf_global_mail *m = &c->global.mail;

	return first_said(own, m->alert_vrrp, m->alert, false) && !(fault && m->no_faults);
}

bool bind_mail_service(const struct conf *c, enum conf_tristate server, enum conf_tristate service)
{
	const struct conf_global_mail *m = &c->global.mail;

	if (server != CONF_UNSET || service != CONF_UNSET)
		return (server != CONF_UNSET ? server : service) == CONF_YES;
	return first_said(m->alert_checker, m->alert, CONF_UNSET, !m->no_checkers);
}
