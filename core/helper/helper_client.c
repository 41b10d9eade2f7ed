/*
 * The core's end of the helper: forking it, sending requests, taking answers.
 *
 * Owns the two sockets. The loop's is non-blocking; the workers' waits for its answers under a mutex, one request
 * at a time, so an answer there is always the answer to the one question asked.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/helper/helper_priv.h"

struct helper {
	int fd;      /* the loop's */
	int wait_fd; /* the workers' */
	pid_t pid;
	pthread_mutex_t wait_mutex;
	uint32_t wait_id;
};

static int fork_with_sockets(struct helper *h, const struct helper_policy *p)
{
	int loop_pair[2], wait_pair[2], err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, loop_pair) != 0)
		return errno;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, wait_pair) != 0) {
		err = errno;
		helper_close_fds(loop_pair, 2);
		return err;
	}
	h->pid = fork();
	if (h->pid == 0)
		helper_serve(p, loop_pair[1], wait_pair[1]);
	err = h->pid < 0 ? errno : 0;
	close(loop_pair[1]);
	close(wait_pair[1]);
	if (!err && fcntl(loop_pair[0], F_SETFL, O_NONBLOCK) != 0)
		err = errno;
	if (err) {
		close(loop_pair[0]);
		close(wait_pair[0]);
		return err;
	}
	h->fd = loop_pair[0];
	h->wait_fd = wait_pair[0];
	return 0;
}

struct helper *helper_fork(const struct helper_policy *p)
{
	struct helper *h;
	int err;

	if (p->uid == 0 || p->gid == 0) {
		errno = EINVAL;
		return NULL;
	}
	h = calloc(1, sizeof(*h));
	if (!h)
		return NULL;
	pthread_mutex_init(&h->wait_mutex, NULL);
	err = fork_with_sockets(h, p);
	if (err) {
		free(h);
		errno = err;
		return NULL;
	}
	return h;
}

/* One answer with at most one descriptor. 0; EAGAIN; ECONNRESET: gone; EPROTO. */
static int take_answer(int sock, struct helper_answer *a, int *fd, int flags)
{
	int fds[HELPER_FDS_MAX];
	size_t n_fds;
	ssize_t n = helper_recv(sock, a, sizeof(*a), fds, &n_fds, flags);

	*fd = -1;
	if (n == 0)
		return ECONNRESET;
	if (n < 0)
		return errno == EPIPE ? ECONNRESET : errno;
	if (n != (ssize_t)sizeof(*a) || n_fds > 1) {
		helper_close_fds(fds, n_fds);
		return EPROTO;
	}
	if (n_fds == 1)
		*fd = fds[0];
	return 0;
}

struct helper *helper_adopt(int fd, int wait_fd, pid_t pid)
{
	struct helper *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	pthread_mutex_init(&h->wait_mutex, NULL);
	h->fd = fd;
	h->wait_fd = wait_fd;
	h->pid = pid;
	return h;
}

int helper_lend(struct helper *h)
{
	pthread_mutex_lock(&h->wait_mutex);
	return h->wait_fd;
}

/* A borrower that was ended in the middle of a question leaves its answer behind. */
void helper_take_back(struct helper *h)
{
	struct helper_answer a;
	int fd;

	while (take_answer(h->wait_fd, &a, &fd, MSG_DONTWAIT) == 0)
		if (fd >= 0)
			close(fd);
	pthread_mutex_unlock(&h->wait_mutex);
}

int helper_wait_fd(const struct helper *h)
{
	return h->wait_fd;
}

int helper_fd(const struct helper *h)
{
	return h->fd;
}

pid_t helper_pid(const struct helper *h)
{
	return h->pid;
}

bool helper_request(struct helper *h, const struct helper_request *r, const int *fds, size_t n_fds)
{
	int err = helper_send(h->fd, r, sizeof(*r), fds, n_fds, MSG_DONTWAIT);

	errno = err;
	return err == 0;
}

bool helper_request_run(struct helper *h, const struct helper_run *r)
{
	int err = r->len <= sizeof(r->argv) ? helper_send(h->fd, r, offsetof(struct helper_run, argv) + r->len, NULL, 0, MSG_DONTWAIT) : E2BIG;

	errno = err;
	return err == 0;
}

bool helper_request_fifo(struct helper *h, const struct helper_fifo *r)
{
	int err = helper_send(h->fd, r, sizeof(*r), NULL, 0, MSG_DONTWAIT);

	errno = err;
	return err == 0;
}

bool helper_answer(struct helper *h, struct helper_answer *a, int *fd)
{
	int err = take_answer(h->fd, a, fd, MSG_DONTWAIT);

	errno = err == ECONNRESET ? 0 : err;
	return err == 0;
}

static bool gives_descriptor(enum helper_op op)
{
	return op == HELPER_OPEN || op == HELPER_IPVS_SOCKET || op == HELPER_LOG;
}

static int ask_and_wait(struct helper *h, enum helper_op op, const char *path, const int *fds, size_t n_fds, int *fd)
{
	struct helper_request r = { .op = op };
	struct helper_answer a;
	int err;

	if ((size_t)snprintf(r.path, sizeof(r.path), "%s", path) >= sizeof(r.path))
		return ENAMETOOLONG;
	h->wait_id = h->wait_id == UINT32_MAX ? 1 : h->wait_id + 1;
	r.id = h->wait_id;
	err = helper_send(h->wait_fd, &r, sizeof(r), fds, n_fds, 0);
	if (!err)
		err = take_answer(h->wait_fd, &a, fd, 0);
	if (err)
		return err;
	if (a.op != r.op || a.id != r.id || (gives_descriptor(op) && a.err == 0) != (*fd >= 0))
		return EPROTO;
	return a.err;
}

/* With the mutex, which it lets go: a question whose answer is a descriptor. */
static int ask_for_descriptor(struct helper *h, enum helper_op op, const char *path)
{
	int fd = -1, err = ask_and_wait(h, op, path, NULL, 0, &fd);

	pthread_mutex_unlock(&h->wait_mutex);
	if (err && fd >= 0)
		close(fd);
	errno = err;
	return err ? -1 : fd;
}

int helper_open_wait(struct helper *h, const char *path)
{
	pthread_mutex_lock(&h->wait_mutex);
	return ask_for_descriptor(h, HELPER_OPEN, path);
}

int helper_log_wait(struct helper *h)
{
	if (pthread_mutex_trylock(&h->wait_mutex) != 0) {
		errno = EAGAIN;
		return -1;
	}
	return ask_for_descriptor(h, HELPER_LOG, "");
}

/* A question that has no descriptor for an answer. */
static bool do_and_wait(struct helper *h, enum helper_op op, const char *path, const int *fds, size_t n_fds)
{
	int fd = -1, err;

	pthread_mutex_lock(&h->wait_mutex);
	err = ask_and_wait(h, op, path, fds, n_fds, &fd);
	pthread_mutex_unlock(&h->wait_mutex);
	if (fd >= 0)
		close(fd);
	errno = err;
	return err == 0;
}

bool helper_mark_wait(struct helper *h, enum helper_op op, const char *path)
{
	return do_and_wait(h, op, path, NULL, 0);
}

bool helper_enter_wait(struct helper *h, int net, int ipvs)
{
	const int fds[] = { net, ipvs };

	return do_and_wait(h, HELPER_ENTER, "", fds, ipvs >= 0 ? 2 : 1);
}

int helper_ipvs_socket_wait(struct helper *h)
{
	pthread_mutex_lock(&h->wait_mutex);
	return ask_for_descriptor(h, HELPER_IPVS_SOCKET, "");
}

void helper_hang_up(struct helper *h)
{
	if (h)
		shutdown(h->wait_fd, SHUT_RDWR);
}

/* Its end of the pair is closed by its exit alone. What it still says of scripts is of no use to anybody now. */
static bool has_ended(const struct helper *h)
{
	struct pollfd p = { .fd = h->fd, .events = POLLIN };
	char answer[sizeof(struct helper_answer)];
	bool heard;

	do {
		if (poll(&p, 1, HELPER_END_MS) != 1)
			return false;
		heard = recv(h->fd, answer, sizeof(answer), MSG_DONTWAIT) > 0;
	} while (heard);
	return true;
}

void helper_end(struct helper *h)
{
	if (!h)
		return;
	shutdown(h->wait_fd, SHUT_RDWR);
	shutdown(h->fd, SHUT_WR);
	if (has_ended(h) && h->pid > 0)
		waitpid(h->pid, NULL, 0); /* the last of its exit */
}

void helper_close(struct helper *h)
{
	if (!h)
		return;
	close(h->fd);
	close(h->wait_fd);
	pthread_mutex_destroy(&h->wait_mutex);
	free(h);
}
