/*
 * Messages with descriptors over SOCK_SEQPACKET: both ends of the helper's sockets. Owns nothing that outlives a
 * call.
 */
#include "config.h"

#include "core/helper/helper_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union fd_room {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * HELPER_FDS_MAX)];
};

int helper_send(int sock, const void *msg, size_t len, const int *fds, size_t n_fds, int flags)
{
	struct iovec iov = { .iov_base = (void *)msg, .iov_len = len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	union fd_room room;
	ssize_t n;

	if (n_fds > HELPER_FDS_MAX)
		return EINVAL;
	if (n_fds > 0) {
		struct cmsghdr *c;

		memset(&room, 0, sizeof(room));
		m.msg_control = room.bytes;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * n_fds);
	}
	do {
		n = sendmsg(sock, &m, flags | MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? errno : 0;
}

void helper_close_fds(const int *fds, size_t n_fds)
{
	for (size_t i = 0; i < n_fds; i++)
		close(fds[i]);
}

static size_t take_fds(struct msghdr *m, int *fds)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	size_t n;

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return 0;
	n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(c), n * sizeof(int));
	return n;
}

ssize_t helper_recv(int sock, void *msg, size_t max, int fds[static HELPER_FDS_MAX], size_t *n_fds, int flags)
{
	struct iovec iov = { .iov_base = msg, .iov_len = max };
	union fd_room room;
	struct msghdr m = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = room.bytes,
		.msg_controllen = sizeof(room.bytes),
	};
	ssize_t n;

	*n_fds = 0;
	do {
		n = recvmsg(sock, &m, flags | MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n;
	*n_fds = take_fds(&m, fds);
	if (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
		helper_close_fds(fds, *n_fds);
		*n_fds = 0;
		errno = EPROTO;
		return -1;
	}
	return n;
}

/* First out of the way, since a source may stand where another is to go. */
int helper_place_fds(const int *fds, size_t n_fds)
{
	int high[HELPER_PLACE_MAX];

	if (n_fds > HELPER_PLACE_MAX)
		return EINVAL;
	for (size_t i = 0; i < n_fds; i++) {
		high[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 3 + HELPER_PLACE_MAX);
		if (high[i] < 0)
			return errno;
	}
	for (size_t i = 0; i < n_fds; i++)
		if (dup2(high[i], 3 + (int)i) < 0)
			return errno;
	return close_range(3 + (unsigned)n_fds, ~0u, 0) == 0 ? 0 : errno;
}
