/*
 * The control socket (control.h). Everything is bounded: 32 clients, four of whose places are root's, 64 KiB a request, ten
 * seconds for a request to come and between two reads of its answer, a minute for all of it.
 */
#include "config.h"

#include "agent/control.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/json.h"
#include "core/base/log.h"
#include "core/base/memory.h"

#define CLIENTS_MAX 32u
#define ROOTS_OWN 4u
#define REQUEST_MAX 65536u
#define PATIENCE (10 * USEC_PER_SEC)      /* for a request to come, and for an answer to be read */
#define EXCHANGE (60 * USEC_PER_SEC)      /* for a request and its answer, however slowly it is read */
#define SET_DEADLINE (USEC_PER_SEC)
#define STATS_DEADLINE (5 * USEC_PER_SEC)
#define WEIGHT_MAX 65535
#define SECONDS_MOST (365 * 86400)

struct client {
	struct control *control; /* NULL: this place is free */
	int fd;
	uid_t uid;
	struct loop_io io;
	struct loop_timer patience;
	usec_t until;            /* of this exchange */
	char *in;
	size_t in_len;
	char *out;               /* the answer that is being sent */
	size_t out_len, out_at;
	bool wants_stats;        /* it waits for a count */
	uint64_t number;         /* of the transaction it waits for; 0: none */
	uint32_t n_changed;
};

struct control {
	struct loop *loop;
	struct link *link;
	struct mail *mail; /* NULL: none */
	struct loop_io io;
	int fd;
	struct client clients[CLIENTS_MAX];
};

static void client_close(struct client *c)
{
	struct control *x = c->control;

	loop_timer_stop(x->loop, &c->patience);
	loop_io_stop(x->loop, &c->io);
	close(c->fd);
	free(c->in);
	free(c->out);
	c->in = c->out = NULL;
	c->in_len = c->out_len = 0;
	c->number = 0;
	c->wants_stats = false;
	c->control = NULL;
}

/* ---- answers ---- */

static void client_watch(struct client *c)
{
	unsigned want = c->out ? LOOP_WRITE : LOOP_READ;

	loop_io_set(c->control->loop, &c->io, c->fd, want);
	loop_timer_set(c->control->loop, &c->patience, usec_min(mono_now() + PATIENCE, c->until));
}

static void client_send(struct client *c)
{
	ssize_t n = send(c->fd, c->out + c->out_at, c->out_len - c->out_at, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		client_close(c);
		return;
	}
	c->out_at += (size_t)n;
	if (c->out_at == c->out_len) {
		free(c->out);
		c->out = NULL;
		c->until = mono_now() + EXCHANGE;
	}
	client_watch(c);
}

/* Takes over the reference. */
static void client_answer(struct client *c, json_t *answer)
{
	size_t len = answer ? json_dumpb(answer, NULL, 0, JSON_COMPACT) : 0;

	c->out = len ? malloc(len + 1) : NULL;
	if (!c->out) {
		json_decref(answer);
		client_close(c);
		return;
	}
	json_dumpb(answer, c->out, len, JSON_COMPACT);
	json_decref(answer);
	memory_give_back_after(len); /* ten thousand servers are sixty megabytes of JSON values */
	c->out[len] = '\n';
	c->out_len = len + 1;
	c->out_at = 0;
	client_watch(c);
	client_send(c);
}

static void client_refuse(struct client *c, const char *why)
{
	client_answer(c, json_pack("{s:b, s:s}", "ok", 0, "error", why));
}

/* ---- commands ---- */

static json_t *mail_counters(struct mail *m)
{
	struct mail_stats stats;

	mail_get_stats(m, &stats);
	return json_pack("{s:I, s:I, s:I, s:i}", "sent", (json_int_t)stats.sent, "failed", (json_int_t)stats.failed, "dropped",
	                 (json_int_t)stats.dropped, "waiting", (int)stats.waiting);
}

static void do_status(struct client *c)
{
	json_t *status = json_status(link_snapshot(c->control->link));

	if (status && c->control->mail)
		json_object_set_new(status, "mail", mail_counters(c->control->mail));
	client_answer(c, json_pack("{s:b, s:o}", "ok", 1, "status", status));
}

static void answer_stats(struct client *c)
{
	c->wants_stats = false;
	client_answer(c, json_pack("{s:b, s:o}", "ok", 1, "services", json_stats(link_snapshot(c->control->link))));
}

static void do_stats(struct client *c)
{
	if (!link_ask_stats(c->control->link)) {
		client_refuse(c, "the daemon is busy; try again");
		return;
	}
	c->wants_stats = true;
	loop_io_stop(c->control->loop, &c->io); /* until the answer */
	loop_timer_set(c->control->loop, &c->patience, mono_now() + STATS_DEADLINE);
}

void control_stats(struct control *x)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (x->clients[i].control && x->clients[i].wants_stats)
			answer_stats(&x->clients[i]);
}

/* By its name, by its key, or by the group that it comes from. */
static bool names_service(const char *text, const struct snapshot *s, const struct view_rs *r)
{
	const struct view_vs *vs = snapshot_get(s, VIEW_VS, &r->key.service);
	char key[KEY_STRLEN];

	return strcmp(text, "all") == 0 || strcmp(text, service_key_format(&r->key.service, key)) == 0 ||
	       (vs && (strcmp(text, vs->name) == 0 || (vs->group[0] && strcmp(text, vs->group) == 0)));
}

/* As shown, or ADDR:PORT, or the address alone. */
static bool names_server(const char *text, const struct view_rs *r)
{
	char a[KEY_STRLEN], plain[KEY_STRLEN + 8];

	if (strcmp(text, server_key_format(&r->key, a)) == 0 ||
	    strcmp(text, endpoint_format(&r->key.server, a)) == 0 ||
	    strcmp(text, addr_format(&r->key.server.addr, a)) == 0)
		return true;
	snprintf(plain, sizeof(plain), "%s:%u", addr_format(&r->key.server.addr, a), r->key.server.port);
	return strcmp(text, plain) == 0;
}

/* What a request wants of each server that it names; at most two things. */
struct wish {
	struct wire_setting each[2];
	size_t n;
};

/* That wish for all servers that the two names mean (a group has several services of one name). SIZE_MAX: too many. */
static size_t find_servers(const struct snapshot *s, const char *service, const char *server, const struct wish *wish,
                           struct wire_setting *out)
{
	size_t n = 0;

	for (size_t i = 0; i < snapshot_count(s, VIEW_RS); i++) {
		const struct view_rs *r = snapshot_row(s, VIEW_RS, i);

		if (r->sorry || !names_server(server, r) || !names_service(service, s, r))
			continue;
		for (size_t k = 0; k < wish->n; k++) {
			if (n == WIRE_SET_MAX)
				return SIZE_MAX;
			out[n] = wish->each[k];
			out[n++].key = r->key;
		}
	}
	return n;
}

static void send_wish(struct client *c, const char *service, const char *server, const struct wish *wish)
{
	struct control *x = c->control;
	struct wire_setting settings[WIRE_SET_MAX] = { 0 };
	size_t n = find_servers(link_snapshot(x->link), service, server, wish, settings);

	if (n == 0 || n == SIZE_MAX) {
		client_refuse(c, n ? "too many servers at once (256 at most): name one of the group's addresses at a time"
		                   : "no such service, or no such server in it; `regentctl status` lists them");
		return;
	}
	c->number = link_set(x->link, settings, (uint32_t)n, c->uid, mono_now() + SET_DEADLINE);
	c->n_changed = (uint32_t)(n / wish->n);
	if (!c->number) {
		client_refuse(c, "the daemon is busy; try again");
		return;
	}
	loop_io_stop(x->loop, &c->io); /* until the answer */
	loop_timer_set(x->loop, &c->patience, mono_now() + 2 * SET_DEADLINE);
}

/* Seconds, where they are there at all. False: no time. */
static bool take_seconds(const json_t *request, const char *name, usec_t *out)
{
	const json_t *v = json_object_get(request, name);

	*out = 0;
	if (!v)
		return true;
	if (!json_is_integer(v) || json_integer_value(v) < 1 || json_integer_value(v) > SECONDS_MOST)
		return false;
	*out = json_integer_value(v) * USEC_PER_SEC;
	return true;
}

static bool take_weight(const json_t *request, int32_t *out)
{
	const json_t *weight = json_object_get(request, "weight");

	*out = -1;
	if (json_is_null(weight))
		return true;
	if (!json_is_integer(weight) || json_integer_value(weight) < 0 || json_integer_value(weight) > WEIGHT_MAX)
		return false;
	*out = (int32_t)json_integer_value(weight);
	return true;
}

/* What the command wants; NULL, or why it cannot be done. */
static const char *make_wish(const char *cmd, const json_t *request, struct wish *w)
{
	struct wire_setting *s = &w->each[0];
	usec_t span, deadline;

	*w = (struct wish){ .n = 1 };
	if (!take_seconds(request, "for", &span) || !take_seconds(request, "deadline", &deadline))
		return "a time is 1 to 31536000 seconds";
	s->span = span;
	if (strcmp(cmd, "weight") == 0) {
		s->what = WIRE_WHAT_WEIGHT;
		return take_weight(request, &s->value) ? NULL : "a weight is 0 to 65535, or null for the file's";
	}
	s->value = 1;
	if (strcmp(cmd, "drain") == 0) {
		s->what = WIRE_WHAT_DRAIN;
		s->deadline = deadline;
	} else if (strcmp(cmd, "disable") == 0) {
		s->what = WIRE_WHAT_DISABLE;
	} else if (strcmp(cmd, "enable") == 0) {
		w->n = 2;
		w->each[0] = (struct wire_setting){ .what = WIRE_WHAT_DRAIN };
		w->each[1] = (struct wire_setting){ .what = WIRE_WHAT_DISABLE };
	} else {
		*s = (struct wire_setting){ .what = WIRE_WHAT_ALL, .value = -1 };
	}
	return NULL;
}

static void do_set(struct client *c, const char *cmd, const json_t *request)
{
	const char *service = json_string_value(json_object_get(request, "service"));
	const char *server = json_string_value(json_object_get(request, "server"));
	struct wish wish;
	const char *why;

	if (c->uid != 0) {
		client_refuse(c, "only root may change what servers do");
		return;
	}
	why = service && server ? make_wish(cmd, request, &wish) : "a service and a server are to be named";
	if (why)
		client_refuse(c, why);
	else
		send_wish(c, service, server, &wish);
}

static bool is_setting(const char *cmd)
{
	static const char *const known[] = { "weight", "drain", "disable", "enable", "clear" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(cmd, known[i]) == 0)
			return true;
	return false;
}

static void client_request(struct client *c, size_t len)
{
	json_error_t err;
	json_t *request = json_loadb(c->in, len, JSON_REJECT_DUPLICATES, &err);
	const char *cmd = json_string_value(json_object_get(request, "cmd"));

	if (!request)
		client_refuse(c, "not a JSON object on one line");
	else if (cmd && strcmp(cmd, "status") == 0)
		do_status(c);
	else if (cmd && strcmp(cmd, "stats") == 0)
		do_stats(c);
	else if (cmd && is_setting(cmd))
		do_set(c, cmd, request);
	else
		client_refuse(c, "unknown command; there are status, stats, weight, drain, disable, enable and clear");
	json_decref(request);
}

static const char *set_error_text(uint32_t error)
{
	switch ((enum wire_set_error)error) {
	case WIRE_SET_OK:
		return "";
	case WIRE_SET_NO_ROW:
		return "no such server now";
	case WIRE_SET_RANGE:
		return "a weight is 0 to 65535";
	case WIRE_SET_REFUSED:
		return "refused: not allowed, or a sorry server";
	case WIRE_SET_LATE:
		return "the daemon did not answer in time; nothing was changed";
	case WIRE_SET_KERNEL:
		return "the kernel refused; the daemon's log says why";
	}
	return "unknown error";
}

void control_result(struct control *x, uint64_t number, const struct wire_set_result *r)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *c = &x->clients[i];

		if (!c->control || c->number != number)
			continue;
		c->number = 0;
		if (r->error == WIRE_SET_OK)
			client_answer(c, json_pack("{s:b, s:i}", "ok", 1, "changed", (int)c->n_changed));
		else
			client_refuse(c, set_error_text(r->error));
		return;
	}
}

/* ---- clients ---- */

static void client_receive(struct client *c)
{
	ssize_t n = recv(c->fd, c->in + c->in_len, REQUEST_MAX - c->in_len, MSG_DONTWAIT);
	char *end;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_close(c);
		return;
	}
	c->in_len += (size_t)n;
	end = memchr(c->in, '\n', c->in_len);
	if (!end && c->in_len == REQUEST_MAX) {
		client_close(c);
		return;
	}
	if (!end)
		return;
	/* What follows the line is dropped: a client waits for its answer before it asks again. */
	c->in_len = 0;
	client_request(c, (size_t)(end - c->in));
}

static void on_client(void *user, unsigned events)
{
	struct client *c = user;

	if (c->out && (events & LOOP_WRITE))
		client_send(c);
	else if (!c->out && (events & LOOP_READ))
		client_receive(c);
}

static void on_patience(void *user)
{
	struct client *c = user;

	if (c->wants_stats) {
		c->wants_stats = false;
		client_refuse(c, "the kernel's counters did not come in time");
		return;
	}
	if (!c->number) {
		client_close(c);
		return;
	}
	c->number = 0;
	client_refuse(c, set_error_text(WIRE_SET_LATE));
}

/* The last places are root's: others who ask slowly, or not at all, do not shut the administrator out. */
static struct client *free_client(struct control *x, uid_t uid)
{
	for (size_t i = uid == 0 ? 0 : ROOTS_OWN; i < CLIENTS_MAX; i++)
		if (!x->clients[i].control)
			return &x->clients[i];
	return NULL;
}

static void accept_client(struct control *x, int fd)
{
	struct ucred who = { .uid = (uid_t)-1 };
	socklen_t len = sizeof(who);
	bool known = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0;
	struct client *c = known ? free_client(x, who.uid) : NULL;

	if (c)
		c->in = malloc(REQUEST_MAX);
	if (!c || !c->in) {
		close(fd);
		return;
	}
	c->control = x;
	c->fd = fd;
	c->uid = who.uid;
	c->until = mono_now() + EXCHANGE;
	loop_io_init(&c->io, LOOP_QUEUED, on_client, c);
	loop_timer_init(&c->patience, LOOP_QUEUED, on_patience, c);
	client_watch(c);
}

static void on_listen(void *user, unsigned events)
{
	struct control *x = user;
	int fd = accept4(x->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd >= 0)
		accept_client(x, fd);
}

struct control *control_new(struct loop *l, int fd, struct link *k, struct mail *m)
{
	int listening = 0, flags = fcntl(fd, F_GETFL);
	socklen_t len = sizeof(listening);
	struct control *x;

	if (flags < 0 || getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) < 0 || !listening) {
		log_err("agent", "descriptor %d is no listening socket: regentctl will not work", fd);
		return NULL;
	}
	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	x = calloc(1, sizeof(*x));
	if (!x)
		return NULL;
	x->loop = l;
	x->link = k;
	x->mail = m;
	x->fd = fd;
	loop_io_init(&x->io, LOOP_QUEUED, on_listen, x);
	loop_io_set(l, &x->io, fd, LOOP_READ);
	return x;
}

void control_free(struct control *x)
{
	if (!x)
		return;
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (x->clients[i].control)
			client_close(&x->clients[i]);
	loop_io_stop(x->loop, &x->io);
	close(x->fd);
	free(x);
}
