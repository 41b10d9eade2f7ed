/*
 * Request sockets: slices of a batch out in one sendmsg(), answers in, matched by sequence number (RFC 3549).
 *
 * Only the last request of a slice asks for an acknowledgement; the kernel answers the others where it refuses them. It works a
 * datagram off in its order inside sendmsg() and queues every answer before that returns; so a request of which nothing was
 * heard when the last is answered was done, unless answers were dropped for want of room (ENOBUFS): then nothing is known of
 * it. The limit on waiting is only a guard. Whoever is not
 * the kernel (sender port other than 0) is not listened to.
 */
#include "config.h"

#include "core/nl/sock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/nl/batch.h"
#include "core/nl/walk.h"

enum {
	SLICE_REQUESTS = 100,    /* a hundred acknowledgements fit the smallest receive buffer in use */
	SLICE_BYTES = 64 * 1024, /* well under the default send buffer */
	RECV_BYTES = 256 * 1024, /* the kernel makes no dump message larger than this */
	RCVBUF_BYTES = 4 * 1024 * 1024,
	SNDBUF_BYTES = 4 * 1024 * 1024,
	WAIT_SECONDS = 2,
};

/* Not an errno: the request has no answer yet. */
#define UNANSWERED (-1)

void nl_apply_buffer(int fd, const struct nl_buffer *b, int usual)
{
	int bytes = b->bytes ? b->bytes : usual;

	if (b->bytes && !b->force)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	else if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

static void sock_set_options(const struct nl_sock *s)
{
	const struct timeval wait = { .tv_sec = WAIT_SECONDS };
	const int on = 1, fd = s->fd;

	/* Each of these only makes things better; a kernel that refuses one still serves. */
	nl_apply_buffer(fd, &s->buffer, RCVBUF_BYTES);
	if (s->protocol == NETLINK_NETFILTER) {
		const int bytes = SNDBUF_BYTES; /* a transaction is one datagram */

		setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes));
	}
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
}

static int sock_reopen(struct nl_sock *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = s->opener.open ? s->opener.open(s->opener.user) : socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, s->protocol);
	if (s->fd < 0)
		return errno;
	sock_set_options(s);
	return 0;
}

int nl_sock_open(struct nl_sock *s, int protocol, const struct nl_opener *opener)
{
	int err;

	*s = (struct nl_sock){ .fd = -1, .protocol = protocol, .seq = 1 };
	if (opener)
		s->opener = *opener;
	s->buf = malloc(RECV_BYTES);
	if (!s->buf)
		return ENOMEM;
	err = sock_reopen(s);
	if (err)
		nl_sock_close(s);
	return err;
}

void nl_sock_set_buffer(struct nl_sock *s, const struct nl_buffer *b)
{
	s->buffer = *b;
	if (s->fd >= 0)
		nl_apply_buffer(s->fd, b, RCVBUF_BYTES);
}

void nl_sock_close(struct nl_sock *s)
{
	if (s->fd >= 0)
		close(s->fd);
	free(s->buf);
	s->fd = -1;
	s->buf = NULL;
}

static int sock_send_parts(struct nl_sock *s, struct iovec *parts, size_t n)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	const struct msghdr msg = { .msg_name = &kernel, .msg_namelen = sizeof(kernel), .msg_iov = parts, .msg_iovlen = n };
	int err = s->fd < 0 ? sock_reopen(s) : 0;

	if (err)
		return err;
	while (sendmsg(s->fd, &msg, 0) < 0) {
		if (errno != EINTR)
			return errno == EAGAIN ? ETIMEDOUT : errno;
	}
	return 0;
}

static int sock_send(struct nl_sock *s, void *bytes, size_t len)
{
	struct iovec whole = { .iov_base = bytes, .iov_len = len };

	return sock_send_parts(s, &whole, 1);
}

/* One datagram into s->buf: its length (0 where it was not the kernel's), or a negative errno: -EMSGSIZE for one
 * that did not fit, -ENOBUFS where the kernel dropped some, -EAGAIN where none came in time. */
static ssize_t sock_recv(struct nl_sock *s, int flags)
{
	struct sockaddr_nl from = { 0 };
	struct iovec iov = { .iov_base = s->buf, .iov_len = RECV_BYTES };
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1,
	};
	ssize_t n;

	do
		n = recvmsg(s->fd, &msg, flags);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (msg.msg_namelen < sizeof(from) || from.nl_pid != 0)
		return 0;
	return msg.msg_flags & MSG_TRUNC ? -EMSGSIZE : n;
}

/* The errno in an NLMSG_ERROR or NLMSG_DONE message; `none` where it carries none. */
static int msg_errno(const struct nlmsghdr *h, int none)
{
	const int *code = NLMSG_DATA(h);

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*code)))
		return none;
	return *code > 0 ? EIO : -*code;
}

/* What one slice waits for. */
struct sock_slice {
	uint32_t seq; /* of the first request */
	uint32_t begin; /* of what opens a transaction: refused, it speaks for all; where there is none, that of no request */
	size_t n;
	int *errs;
};

static void slice_take(struct sock_slice *w, uint8_t *bytes, size_t len)
{
	struct nl_walk walk = { bytes, len };
	struct nlmsghdr *h;

	while ((h = nl_walk_next(&walk))) {
		uint32_t i = h->nlmsg_seq - w->seq;

		if (h->nlmsg_type == NLMSG_ERROR && h->nlmsg_seq == w->begin && msg_errno(h, EIO) != 0) {
			for (size_t all = 0; all < w->n; all++)
				w->errs[all] = msg_errno(h, EIO);
			return;
		}
		if (h->nlmsg_type != NLMSG_ERROR || i >= w->n || w->errs[i] != UNANSWERED)
			continue;
		w->errs[i] = msg_errno(h, EIO);
	}
}

/* The rest of what was heard once answers were lost is read too: it says more than nothing. */
static int slice_gather(struct nl_sock *s, struct sock_slice *w)
{
	const usec_t deadline = mono_now() + WAIT_SECONDS * USEC_PER_SEC;
	bool lost = false;

	for (;;) {
		ssize_t n = sock_recv(s, lost ? MSG_DONTWAIT : 0);

		if (n > 0)
			slice_take(w, s->buf, (size_t)n);
		else if (n == -ENOBUFS)
			lost = true;
		else if (n == -EAGAIN)
			return lost ? EIO : ETIMEDOUT;
		else if (n < 0 && n != -EMSGSIZE)
			return (int)-n;
		if (!lost && w->errs[w->n - 1] != UNANSWERED)
			return 0;
		if (mono_now() > deadline)
			return lost ? EIO : ETIMEDOUT;
	}
}

/* How many requests from `from` on go into one datagram; at least one. */
static size_t slice_size(const struct nl_batch *b, size_t from)
{
	size_t n = 1;

	while (n < SLICE_REQUESTS && from + n < b->n && nl_batch_end(b, from + n) - b->at[from] <= SLICE_BYTES)
		n++;
	return n;
}

static int slice_transact(struct nl_sock *s, struct nl_batch *b, size_t from, size_t n, int *errs)
{
	struct sock_slice w = { .seq = s->seq, .begin = s->seq - 1, .n = n, .errs = errs + from };
	int err;

	for (size_t i = 0; i < n; i++) {
		struct nlmsghdr *h = nl_batch_request(b, from + i);

		h->nlmsg_seq = s->seq++;
		h->nlmsg_flags &= (uint16_t)~NLM_F_ACK;
		w.errs[i] = UNANSWERED;
	}
	nl_batch_request(b, from + n - 1)->nlmsg_flags |= NLM_F_ACK;
	err = sock_send(s, b->bytes + b->at[from], nl_batch_end(b, from + n - 1) - b->at[from]);
	if (!err)
		err = slice_gather(s, &w);
	for (size_t i = 0; i < n; i++)
		if (w.errs[i] == UNANSWERED)
			w.errs[i] = err;
	if (err)
		sock_reopen(s);
	return err;
}

int nl_sock_transact(struct nl_sock *s, struct nl_batch *b, int *errs)
{
	int failed = 0;

	for (size_t from = 0, n; from < b->n; from += n) {
		int err;

		n = slice_size(b, from);
		err = slice_transact(s, b, from, n, errs);
		if (!failed)
			failed = err;
		if (!err || err == EIO)
			continue; /* lost answers: the requests were carried out, and so can the next be */
		for (size_t i = from + n; i < b->n; i++)
			errs[i] = err;
		break;
	}
	return failed;
}

/* ---- transactions of nf_tables ---- */

static struct nlmsghdr *put_mark(uint8_t mark[static NLMSG_SPACE(sizeof(struct nfgenmsg))], uint16_t type, uint32_t seq)
{
	struct nlmsghdr *h = (struct nlmsghdr *)(void *)mark;
	struct nfgenmsg *g = NLMSG_DATA(h);

	*h = (struct nlmsghdr){ .nlmsg_len = NLMSG_LENGTH(sizeof(*g)), .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST, .nlmsg_seq = seq };
	*g = (struct nfgenmsg){ .nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0, .res_id = htons(NFNL_SUBSYS_NFTABLES) };
	return h;
}

static int commit_send(struct nl_sock *s, struct nl_batch *b)
{
	uint8_t begin[NLMSG_SPACE(sizeof(struct nfgenmsg))] __attribute__((aligned(NLMSG_ALIGNTO)));
	uint8_t end[NLMSG_SPACE(sizeof(struct nfgenmsg))] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct iovec parts[3] = { { begin, sizeof(begin) }, { b->bytes, b->len }, { end, sizeof(end) } };

	put_mark(begin, NFNL_MSG_BATCH_BEGIN, s->seq++);
	for (size_t i = 0; i < b->n; i++) {
		struct nlmsghdr *h = nl_batch_request(b, i);

		h->nlmsg_seq = s->seq++;
		h->nlmsg_flags |= NLM_F_ACK; /* one that fails says nothing of those before it */
	}
	put_mark(end, NFNL_MSG_BATCH_END, s->seq++);
	return sock_send_parts(s, parts, 3);
}

int nl_sock_commit(struct nl_sock *s, struct nl_batch *b, int *errs)
{
	struct sock_slice w = { .begin = s->seq, .seq = s->seq + 1, .n = b->n, .errs = errs };
	int err;

	for (size_t i = 0; i < b->n; i++)
		errs[i] = UNANSWERED;
	err = commit_send(s, b);
	if (!err)
		err = slice_gather(s, &w);
	if (err)
		sock_reopen(s);
	for (size_t i = 0; i < b->n; i++) {
		if (errs[i] == UNANSWERED)
			errs[i] = err ? err : EIO;
		if (!err)
			err = errs[i];
	}
	return err;
}

uint32_t nl_sock_port(const struct nl_sock *s)
{
	struct sockaddr_nl own = { 0 };
	socklen_t len = sizeof(own);

	return s->fd >= 0 && getsockname(s->fd, (struct sockaddr *)&own, &len) == 0 ? own.nl_pid : 0;
}

/* One question and what has been heard of its answer. */
struct sock_question {
	uint32_t seq;
	nl_each_fn *each;
	void *arg;
	bool finished;
	bool interrupted;
	int err;     /* the kernel's */
	int stopped; /* what `each` returned; the rest is still read, or the next dump would find this one running */
};

static void question_take(struct sock_question *q, struct nlmsghdr *h)
{
	if (h->nlmsg_seq != q->seq || q->finished)
		return;
	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		q->interrupted = true;
	switch (h->nlmsg_type) {
	case NLMSG_NOOP:
		break;
	case NLMSG_ERROR:
		q->err = msg_errno(h, EIO);
		q->finished = true;
		break;
	case NLMSG_DONE:
		q->err = msg_errno(h, 0);
		q->finished = true;
		break;
	case NLMSG_OVERRUN:
		q->err = EIO;
		q->finished = true;
		break;
	default:
		if (!q->stopped)
			q->stopped = q->each(h, q->arg);
	}
}

static int question_gather(struct nl_sock *s, struct sock_question *q)
{
	usec_t deadline = mono_now() + WAIT_SECONDS * USEC_PER_SEC;

	while (!q->finished) {
		ssize_t n = sock_recv(s, 0);
		struct nl_walk walk = { s->buf, n > 0 ? (size_t)n : 0 };
		struct nlmsghdr *h;

		if (n == -EAGAIN || (n == 0 && mono_now() > deadline))
			return ETIMEDOUT;
		if (n < 0)
			return n == -ENOBUFS || n == -EMSGSIZE ? EIO : (int)-n;
		while ((h = nl_walk_next(&walk)))
			question_take(q, h);
	}
	return 0;
}

int nl_sock_ask(struct nl_sock *s, struct nlmsghdr *request, uint16_t flags, nl_each_fn *each, void *arg,
                bool *interrupted)
{
	struct sock_question q = { .seq = s->seq++, .each = each, .arg = arg };
	int err;

	request->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	request->nlmsg_seq = q.seq;
	request->nlmsg_pid = 0;
	err = sock_send(s, request, request->nlmsg_len);
	if (!err)
		err = question_gather(s, &q);
	*interrupted = q.interrupted;
	if (err) {
		sock_reopen(s);
		return err;
	}
	return q.stopped ? q.stopped : q.err;
}
