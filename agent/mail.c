/*
 * The mail thread: takes one mail after the other from a bounded queue and gives it to the mail server by libcurl.
 *
 * Owns the queue. One that the server does not take now is tried again with back-off, and then given up; the ones behind it wait as
 * long, since they would fare no better. The lock is never held while anything is waited for.
 */
#include "config.h"

#include "agent/mail.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/mail_text.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/loop/loop.h"

#define TRIES 5
#define RETRY_FIRST_SEC 2u /* then twice as long each time */

struct mail {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	struct wire_mail settings;
	struct event queue[MAIL_WAITING_MAX];
	size_t first, n; /* of the queue, in use; the first stays there while it is sent */
	struct mail_stats stats;
	uint64_t seen; /* of the events that are to be mailed, the last one that came or should have come */
	void (*done)(void *user);
	void *user;
	bool quit;
};

/* ---- giving it to the server ---- */

struct upload {
	const char *text;
	size_t len, at;
};

static size_t on_read(char *to, size_t size, size_t n, void *user)
{
	struct upload *u = user;
	size_t room = size * n, left = u->len - u->at, take = left < room ? left : room;

	memcpy(to, u->text + u->at, take);
	u->at += take;
	return take;
}

static bool is_quitting(struct mail *m)
{
	pthread_mutex_lock(&m->mutex);
	bool quit = m->quit;

	pthread_mutex_unlock(&m->mutex);
	return quit;
}

static int on_progress(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return is_quitting(user);
}

static void make_url(const struct wire_mail *s, char *url, size_t size)
{
	bool v6 = strchr(s->server, ':') != NULL;
	size_t n = 0;

	text_append(url, size, &n, "smtp://%s%s%s:%u/%s", v6 ? "[" : "", s->server, v6 ? "]" : "", (unsigned)s->port, s->helo);
}

static CURLcode send_one(struct mail *m, CURL *c, const struct wire_mail *s, struct upload *u, char why[static CURL_ERROR_SIZE])
{
	char url[sizeof(s->server) + sizeof(s->helo) + 32];
	struct curl_slist *to = NULL;
	CURLcode code;

	make_url(s, url, sizeof(url));
	for (uint32_t i = 0; i < s->n_to; i++)
		to = curl_slist_append(to, s->to[i]);
	curl_easy_reset(c);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_MAIL_FROM, s->from);
	curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to);
	curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(c, CURLOPT_READDATA, u);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)s->timeout_ms);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)s->timeout_ms * 2);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, m);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, why);
	why[0] = '\0';
	code = curl_easy_perform(c);
	curl_slist_free_all(to);
	if (code != CURLE_OK && !why[0])
		text_copy(why, CURL_ERROR_SIZE, curl_easy_strerror(code));
	return code;
}

/* ---- the queue ---- */

/* Wait for a first one. False: to end. */
static bool take_first(struct mail *m, struct event *e, struct wire_mail *s)
{
	pthread_mutex_lock(&m->mutex);
	while (!m->quit && m->n == 0)
		pthread_cond_wait(&m->wake, &m->mutex);
	if (m->n > 0)
		*e = m->queue[m->first];
	*s = m->settings;
	bool go_on = !m->quit;

	pthread_mutex_unlock(&m->mutex);
	return go_on;
}

static void drop_first(struct mail *m, uint64_t *counter)
{
	pthread_mutex_lock(&m->mutex);
	m->first = (m->first + 1) % MAIL_WAITING_MAX;
	m->n--;
	++*counter;
	pthread_mutex_unlock(&m->mutex);
	m->done(m->user);
}

/* False: to end. */
static bool wait_a_while(struct mail *m, unsigned seconds)
{
	usec_t by = mono_now() + seconds * USEC_PER_SEC;
	const struct timespec until = { .tv_sec = by / USEC_PER_SEC, .tv_nsec = by % USEC_PER_SEC * 1000 };
	int err = 0;

	pthread_mutex_lock(&m->mutex);
	while (!m->quit && err == 0)
		err = pthread_cond_timedwait(&m->wake, &m->mutex, &until);
	bool go_on = !m->quit;

	pthread_mutex_unlock(&m->mutex);
	return go_on;
}

static void deliver(struct mail *m, CURL *c, const struct event *e, const struct wire_mail *s)
{
	char text[MAIL_TEXT_MAX], why[CURL_ERROR_SIZE];
	struct upload u = { .text = text, .len = mail_is_on(s) ? mail_compose(text, s, e) : 0 };

	for (unsigned i = 0; u.len > 0 && i < TRIES; i++) {
		u.at = 0;
		if (send_one(m, c, s, &u, why) == CURLE_OK) {
			drop_first(m, &m->stats.sent);
			return;
		}
		if (i == 0)
			log_warn("agent", "mail server %s port %u does not take a mail: %s; trying again", s->server, (unsigned)s->port, why);
		if (i + 1 < TRIES && !wait_a_while(m, RETRY_FIRST_SEC << i))
			return;
	}
	if (u.len > 0)
		log_err("agent", "a mail about %s is given up after %d tries: %s", e->name, TRIES, why);
	drop_first(m, &m->stats.failed);
}

static void *mail_thread(void *user)
{
	struct mail *m = user;
	CURL *c = curl_easy_init();
	struct wire_mail s;
	struct event e;

	while (c && take_first(m, &e, &s))
		deliver(m, c, &e, &s);
	if (c)
		curl_easy_cleanup(c);
	return NULL;
}

/* ---- the other threads' calls ---- */

void mail_put_settings(struct mail *m, const struct wire_mail *s)
{
	pthread_mutex_lock(&m->mutex);
	m->settings = *s;
	pthread_mutex_unlock(&m->mutex);
}

void mail_start_after(struct mail *m, uint64_t n)
{
	pthread_mutex_lock(&m->mutex);
	m->seen = n;
	pthread_mutex_unlock(&m->mutex);
}

/* Which of the mailed events this is, or how many there were before it; what is missing in between, no ring has any more. */
static uint64_t take_number(struct mail *m, const struct event *e)
{
	uint64_t missing = e->mails - (e->mail != 0) - m->seen;

	m->seen = e->mails;
	m->stats.dropped += missing;
	return missing;
}

/* True: there was no room. */
static bool enqueue(struct mail *m, const struct event *e)
{
	if (!e->mail || !mail_is_on(&m->settings))
		return false;
	if (m->n == MAIL_WAITING_MAX) {
		m->stats.dropped++;
		return true;
	}
	m->queue[(m->first + m->n++) % MAIL_WAITING_MAX] = *e;
	pthread_cond_signal(&m->wake);
	return false;
}

void mail_put_event(struct mail *m, const struct event *e)
{
	uint64_t missing = 0, dropped, waiting;
	bool full = false;

	pthread_mutex_lock(&m->mutex);
	if (e->mails > m->seen) {
		missing = take_number(m, e);
		full = enqueue(m, e);
	}
	dropped = m->stats.dropped;
	waiting = m->n;
	pthread_mutex_unlock(&m->mutex);
	if (e->mail && waiting == 0) /* not to be sent: done with */
		m->done(m->user);
	if (missing > 0)
		log_err("agent", "%llu mails are lost: there were more events than the daemon keeps while no agent ran",
		        (unsigned long long)missing);
	if (full && (dropped & (dropped - 1)) == 0)
		log_err("agent", "%llu mails were dropped so far: %d wait already for the mail server", (unsigned long long)dropped,
		        MAIL_WAITING_MAX);
}

uint64_t mail_done(struct mail *m)
{
	pthread_mutex_lock(&m->mutex);
	uint64_t done = m->n ? m->queue[m->first].mails - 1 : m->seen;

	pthread_mutex_unlock(&m->mutex);
	return done;
}

void mail_get_stats(struct mail *m, struct mail_stats *out)
{
	pthread_mutex_lock(&m->mutex);
	*out = m->stats;
	out->waiting = (unsigned)m->n;
	pthread_mutex_unlock(&m->mutex);
}

bool mail_settled(struct mail *m)
{
	struct mail_stats stats;

	mail_get_stats(m, &stats);
	return stats.waiting == 0;
}

/* ---- life ---- */

static int start_thread(struct mail *m)
{
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int err = pthread_create(&m->thread, NULL, mail_thread, m);

	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return err;
}

struct mail *mail_new(void (*done)(void *user), void *user)
{
	struct mail *m = calloc(1, sizeof(*m));
	pthread_condattr_t attr;

	if (!m)
		return NULL;
	m->done = done;
	m->user = user;
	pthread_mutex_init(&m->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&m->wake, &attr);
	pthread_condattr_destroy(&attr);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	int err = start_thread(m);

	if (err == 0)
		return m;
	pthread_cond_destroy(&m->wake);
	pthread_mutex_destroy(&m->mutex);
	free(m);
	errno = err;
	return NULL;
}

void mail_free(struct mail *m)
{
	if (!m)
		return;
	pthread_mutex_lock(&m->mutex);
	m->quit = true;
	pthread_cond_broadcast(&m->wake);
	pthread_mutex_unlock(&m->mutex);
	pthread_join(m->thread, NULL);
	pthread_cond_destroy(&m->wake);
	pthread_mutex_destroy(&m->mutex);
	curl_global_cleanup();
	free(m);
}
