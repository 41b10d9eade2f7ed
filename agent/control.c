/*
 * The control socket (control.h). Everything is bounded: 32 clients, 64 KiB a request, ten seconds for a client to read
 * its answer.
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

#define CLIENTS_MAX 32
#define REQUEST_MAX 65536u
#define PATIENCE (10 * USEC_PER_SEC)      /* for a request to come, and for an answer to be read */
#define SET_DEADLINE (USEC_PER_SEC)
#define WEIGHT_MAX 65535

struct client {
	struct control *control; /* NULL: this place is free */
	int fd;
	uid_t uid;
	struct loop_io io;
	struct loop_timer patience;
	char *in;
	size_t in_len;
	char *out;               /* the answer that is being sent */
	size_t out_len, out_at;
	uint64_t number;         /* of the transaction it waits for; 0: none */
	uint32_t n_weights;
};

struct control {
	struct loop *loop;
	struct link *link;
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
	c->control = NULL;
}

/* ---- answers ---- */

static void client_watch(struct client *c)
{
	unsigned want = c->out ? LOOP_WRITE : LOOP_READ;

	loop_io_set(c->control->loop, &c->io, c->fd, want);
	loop_timer_set(c->control->loop, &c->patience, mono_now() + PATIENCE);
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

static void do_status(struct client *c)
{
	client_answer(c, json_pack("{s:b, s:o}", "ok", 1, "status", json_status(link_snapshot(c->control->link))));
}

static bool names_service(const char *text, const struct view_rs *r)
{
	char key[KEY_STRLEN];

	return strcmp(text, r->service) == 0 || strcmp(text, service_key_format(&r->key.service, key)) == 0;
}

/* As shown, or ADDR:PORT, or the address alone. */
static bool names_server(const char *text, const struct view_rs *r)
{
	char a[KEY_STRLEN], plain[KEY_STRLEN + 8];

	if (strcmp(text, r->name) == 0 || strcmp(text, server_key_format(&r->key, a)) == 0 ||
	    strcmp(text, endpoint_format(&r->key.server, a)) == 0 ||
	    strcmp(text, addr_format(&r->key.server.addr, a)) == 0)
		return true;
	snprintf(plain, sizeof(plain), "%s:%u", addr_format(&r->key.server.addr, a), r->key.server.port);
	return strcmp(text, plain) == 0;
}

/* All servers that the two names mean (a group has several services of one name). SIZE_MAX: too many. */
static size_t find_servers(const struct snapshot *s, const char *service, const char *server, int32_t weight,
                           struct wire_weight *out)
{
	size_t n = 0;

	for (size_t i = 0; i < snapshot_count(s, VIEW_RS); i++) {
		const struct view_rs *r = snapshot_row(s, VIEW_RS, i);

		if (r->sorry || !names_service(service, r) || !names_server(server, r))
			continue;
		if (n == WIRE_SET_MAX)
			return SIZE_MAX;
		out[n].key = r->key;
		out[n++].weight = weight;
	}
	return n;
}

static void set_weights(struct client *c, const char *service, const char *server, int32_t weight)
{
	struct control *x = c->control;
	struct wire_weight weights[WIRE_SET_MAX] = { 0 };
	size_t n = find_servers(link_snapshot(x->link), service, server, weight, weights);

	if (n == 0 || n == SIZE_MAX) {
		client_refuse(c, n ? "too many servers at once (64 at most)"
		                   : "no such server in that service; `regentctl status` lists them");
		return;
	}
	c->number = link_set(x->link, weights, (uint32_t)n, c->uid, mono_now() + SET_DEADLINE);
	c->n_weights = (uint32_t)n;
	if (!c->number) {
		client_refuse(c, "the daemon is busy; try again");
		return;
	}
	loop_io_stop(x->loop, &c->io); /* until the answer */
	loop_timer_set(x->loop, &c->patience, mono_now() + 2 * SET_DEADLINE);
}

static void do_weight(struct client *c, const json_t *request)
{
	const char *service = json_string_value(json_object_get(request, "service"));
	const char *server = json_string_value(json_object_get(request, "server"));
	const json_t *weight = json_object_get(request, "weight");

	if (c->uid != 0) {
		client_refuse(c, "only root may change weights");
		return;
	}
	if (!service || !server || (!json_is_null(weight) && !json_is_integer(weight))) {
		client_refuse(c, "\"weight\" needs service, server and weight (a number, or null for the file's)");
		return;
	}
	if (json_is_integer(weight) && (json_integer_value(weight) < 0 || json_integer_value(weight) > WEIGHT_MAX)) {
		client_refuse(c, "a weight is 0 to 65535");
		return;
	}
	set_weights(c, service, server, json_is_null(weight) ? -1 : (int32_t)json_integer_value(weight));
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
	else if (cmd && strcmp(cmd, "weight") == 0)
		do_weight(c, request);
	else
		client_refuse(c, "unknown command; there are status and weight");
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
			client_answer(c, json_pack("{s:b, s:i}", "ok", 1, "changed", (int)c->n_weights));
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

	if (!c->number) {
		client_close(c);
		return;
	}
	c->number = 0;
	client_refuse(c, set_error_text(WIRE_SET_LATE));
}

static struct client *free_client(struct control *x)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (!x->clients[i].control)
			return &x->clients[i];
	return NULL;
}

static void accept_client(struct control *x, int fd)
{
	struct client *c = free_client(x);
	struct ucred who;
	socklen_t len = sizeof(who);

	if (!c || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) < 0) {
		close(fd);
		return;
	}
	c->in = malloc(REQUEST_MAX);
	if (!c->in) {
		close(fd);
		return;
	}
	c->control = x;
	c->fd = fd;
	c->uid = who.uid;
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

struct control *control_new(struct loop *l, int fd, struct link *k)
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
