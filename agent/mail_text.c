/*
 * Subjects and bodies of mails (mail_text.h). Owns nothing.
 */
#include "config.h"

#include "agent/mail_text.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "core/base/text.h"

#define SUBJECT_MAX 400

bool mail_is_on(const struct wire_mail *m)
{
	return m->n_to > 0 && m->server[0] != '\0';
}

static const char *state_word(int32_t state)
{
	static const char *const words[] = { "", "INIT", "BACKUP", "MASTER", "FAULT" };

	return state > 0 && state < (int32_t)(sizeof(words) / sizeof(words[0])) ? words[state] : "unknown";
}

static void make_clean(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

/* The subjects that keepalived's users have filters for. */
static bool make_subject(char out[static SUBJECT_MAX], const struct wire_mail *m, const struct event *e)
{
	char service[KEY_STRLEN];
	size_t n = 0;

	text_append(out, SUBJECT_MAX, &n, "[%s] ", m->router_id);
	switch (e->kind) {
	case EVENT_VR_STATE:
		text_append(out, SUBJECT_MAX, &n, "VRRP Instance %s - Entering %s state", e->name, state_word(e->to));
		break;
	case EVENT_GROUP_STATE:
		text_append(out, SUBJECT_MAX, &n, "VRRP Group %s - Entering %s state", e->name, state_word(e->to));
		break;
	case EVENT_RS_STATE:
		text_append(out, SUBJECT_MAX, &n, "Realserver %s of virtual server %s - %s", e->name,
		            service_key_format(&e->key.rs.service, service), e->to == VIEW_RS_DOWN ? "DOWN" : "UP");
		break;
	case EVENT_VS_QUORUM:
		text_append(out, SUBJECT_MAX, &n, "Virtualserver %s - %s", e->name, e->to == VIEW_QUORUM_GAINED ? "UP" : "DOWN");
		break;
	default:
		return false;
	}
	make_clean(out);
	return true;
}

static void put_date(char *out, size_t *n, int64_t wall)
{
	time_t t = (time_t)(wall / USEC_PER_SEC);
	char date[64];
	struct tm tm;

	if (gmtime_r(&t, &tm) && strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000", &tm) > 0)
		text_append(out, MAIL_TEXT_MAX, n, "Date: %s\r\n", date);
}

size_t mail_compose(char out[static MAIL_TEXT_MAX], const struct wire_mail *m, const struct event *e)
{
	char subject[SUBJECT_MAX], text[sizeof(e->text)];
	size_t n = 0;

	if (!make_subject(subject, m, e))
		return 0;
	text_copy(text, sizeof(text), e->text);
	make_clean(text);
	put_date(out, &n, e->wall);
	text_append(out, MAIL_TEXT_MAX, &n, "From: %s\r\nTo: ", m->from);
	for (uint32_t i = 0; i < m->n_to; i++)
		text_append(out, MAIL_TEXT_MAX, &n, "%s%s", i ? ",\r\n\t" : "", m->to[i]);
	text_append(out, MAIL_TEXT_MAX, &n, "\r\nSubject: %s\r\nMessage-ID: <%" PRIx64 ".%" PRIu64 "@%s>\r\n", subject, e->boot, e->seq,
	            m->host);
	text_append(out, MAIL_TEXT_MAX, &n, "X-Mailer: Regent\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
	            "Content-Transfer-Encoding: 8bit\r\n\r\n%s\r\n", subject);
	if (text[0])
		text_append(out, MAIL_TEXT_MAX, &n, "because: %s\r\n", text);
	if (e->kind == EVENT_RS_STATE || e->kind == EVENT_VS_QUORUM)
		text_append(out, MAIL_TEXT_MAX, &n, "real servers up: %u of %u\r\n", e->up, e->total);
	return n;
}
