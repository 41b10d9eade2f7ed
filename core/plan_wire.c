/*
 * Sealed memory files and the messages that carry them. What comes from the other side is checked before a byte is read: its
 * size is bounded and cannot change, and reading it never waits for a disk or another process.
 */
#include "config.h"

#include "core/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static bool write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return true;
}

int plan_seal(const char *text, size_t len)
{
	int fd = memfd_create("regent-plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd >= 0 && (!write_all(fd, text, len) || fcntl(fd, F_ADD_SEALS, SEALS) != 0)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static bool read_whole(int fd, char *text, size_t len)
{
	size_t at = 0;

	while (at < len) {
		ssize_t n = pread(fd, text + at, len - at, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

char *plan_unseal(int fd, size_t *len)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;
	char *text;

	*len = 0;
	if (seals < 0 || (seals & SEALS) != SEALS || fstat(fd, &st) != 0 || st.st_size > PLAN_MAX) {
		errno = EPROTO;
		return NULL;
	}
	text = calloc(1, (size_t)st.st_size + 1);
	if (!text)
		return NULL;
	if (!read_whole(fd, text, (size_t)st.st_size)) {
		free(text);
		return NULL;
	}
	*len = (size_t)st.st_size;
	return text;
}

bool plan_send(int sock, int fd)
{
	struct plan_message m = { .version = PLAN_VERSION };
	struct iovec iov = { &m, sizeof(m) };
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .room = { 0 } };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	return sendmsg(sock, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)sizeof(m);
}

/* The one descriptor of a message: the kernel closes all others, as there is room for no more. */
static int take_fd(struct msghdr *msg)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	int fd = -1;

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(c), sizeof(int));
	return fd;
}

bool plan_receive(int sock, int *fd)
{
	struct plan_message m = { .version = 0 };
	struct iovec iov = { &m, sizeof(m) };
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.room,
	                      .msg_controllen = CMSG_LEN(sizeof(int)) }; /* CMSG_SPACE() has room for two */
	ssize_t n = recvmsg(sock, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	*fd = -1;
	if (n < 0)
		return false;
	*fd = take_fd(&msg);
	if (*fd >= 0 && n == (ssize_t)sizeof(m) && m.version == PLAN_VERSION && !(msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		return true;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = EPROTO;
	return false;
}
