/*
 * OPEN and CONNECT: what an unprivileged core may ask root to open, and the proof that it is that.
 *
 * Owns nothing. What is checked is what is opened: paths are resolved first, then opened in a way (openat2(2)'s
 * RESOLVE_BENEATH, O_PATH and fstat) that a link made in between cannot lead elsewhere.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/helper/helper_priv.h"

#define CONNECT_WAIT_MS 1000
#define OPEN_FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

/* ---- OPEN ---- */

/* The part of `path` below `dir` (both resolved), or NULL where it is not below. */
static const char *below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (strcmp(dir, "/") == 0)
		return path + 1;
	return strncmp(path, dir, n) == 0 && path[n] == '/' ? path + n + 1 : NULL;
}

static int open_below(const char *dir, const char *rest)
{
	struct open_how how = { .flags = OPEN_FLAGS, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
	int at = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd, err;

	if (at < 0)
		return -1;
	fd = (int)syscall(SYS_openat2, at, rest, &how, sizeof(how));
	err = errno;
	close(at);
	errno = err;
	return fd;
}

static int open_allowed(const struct helper_policy *p, const char *path)
{
	char real[PATH_MAX], dir[PATH_MAX];

	if (strcmp(path, p->conf_file) == 0)
		return open(path, OPEN_FLAGS);
	if (!realpath(path, real))
		return -1;
	for (size_t i = 0; i < sizeof(p->conf_dirs) / sizeof(p->conf_dirs[0]); i++) {
		const char *rest = p->conf_dirs[i][0] && realpath(p->conf_dirs[i], dir) ? below(real, dir) : NULL;

		if (rest)
			return open_below(dir, rest);
	}
	errno = EXDEV; /* as RESOLVE_BENEATH has it */
	return -1;
}

int helper_do_open(const struct helper_policy *p, const char *path, int *out)
{
	struct stat st;
	int fd, err = 0;

	if (path[0] == '\0')
		return EINVAL;
	fd = open_allowed(p, path);
	if (fd < 0)
		return errno;
	if (fstat(fd, &st) != 0)
		err = errno;
	else if (!S_ISREG(st.st_mode))
		err = S_ISDIR(st.st_mode) ? EISDIR : EACCES;
	if (err)
		close(fd);
	else
		*out = fd;
	return err;
}

int helper_open_here(const struct helper_policy *p, const char *path)
{
	int fd = -1;

	errno = helper_do_open(p, path, &fd);
	return fd;
}

/* The folder of `file`, resolved, so that no working directory changes it. */
static bool folder_of(const char *file, char out[static HELPER_PATH])
{
	char dir[PATH_MAX], real[PATH_MAX];
	const char *slash = strrchr(file, '/');
	int n = slash == file ? 1 : (int)(slash ? slash - file : 0);

	if (snprintf(dir, sizeof(dir), "%.*s", n, file) >= (int)sizeof(dir))
		return false;
	return snprintf(out, HELPER_PATH, "%s", realpath(n > 0 ? dir : ".", real) ? real : dir) < HELPER_PATH;
}

/* Folders that hold more of the system's files than ours are none to open from. */
static void deny_system_folders(struct helper_policy *p)
{
	for (size_t i = 0; i < sizeof(p->conf_dirs) / sizeof(p->conf_dirs[0]); i++)
		if (strcmp(p->conf_dirs[i], "/") == 0 || strcmp(p->conf_dirs[i], "/etc") == 0)
			p->conf_dirs[i][0] = '\0';
}

bool helper_allow_conf(struct helper_policy *p, const char *conf_file)
{
	char real[PATH_MAX];

	if (snprintf(p->conf_file, sizeof(p->conf_file), "%s", conf_file) >= (int)sizeof(p->conf_file))
		return false;
	if (!folder_of(conf_file, p->conf_dirs[0]) ||
	    !folder_of(realpath(conf_file, real) ? real : conf_file, p->conf_dirs[1]))
		return false;
	deny_system_folders(p);
	return true;
}

/* ---- CONNECT ---- */

static const char *without_unix(const char *address)
{
	return strncmp(address, "unix:", 5) == 0 ? address + 5 : address;
}

static bool is_listed(const struct helper_policy *p, const char *address)
{
	for (size_t i = 0; i < sizeof(p->connect_paths) / sizeof(p->connect_paths[0]); i++)
		if (p->connect_paths[i][0] && strcmp(without_unix(p->connect_paths[i]), address) == 0)
			return true;
	return false;
}

static int finish_connect(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int err = 0;

	if (poll(&p, 1, CONNECT_WAIT_MS) != 1)
		return ETIMEDOUT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) != 0)
		return errno;
	return err;
}

static int connect_socket(const struct sockaddr *sa, socklen_t len, int *out)
{
	int fd = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int err = 0;

	if (fd < 0)
		return errno;
	if (connect(fd, sa, len) != 0)
		err = errno == EINPROGRESS ? finish_connect(fd) : errno;
	if (err)
		close(fd);
	else
		*out = fd;
	return err;
}

static bool named_as_agentx(const char *path)
{
	return strcmp(strrchr(path, '/'), "/master") == 0 || strstr(path, "agentx") || strstr(path, "snmp");
}

/* A descriptor that stands for the socket's name, checked. */
static int pin_unix(const char *path, bool listed, int *out)
{
	char real[PATH_MAX];
	struct stat st;
	int err = 0;

	if (path[0] != '/')
		return EINVAL;
	if (!realpath(path, real))
		return errno;
	*out = open(real, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	if (*out < 0)
		return errno;
	if (fstat(*out, &st) != 0)
		err = errno;
	else if (!S_ISSOCK(st.st_mode))
		err = ENOTSOCK;
	else if (!listed && (st.st_uid != 0 || !named_as_agentx(real)))
		err = EACCES;
	if (err)
		close(*out);
	return err;
}

static int connect_unix(const char *path, bool listed, int *out)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int pin, err = pin_unix(path, listed, &pin);

	if (err)
		return err;
	snprintf(sun.sun_path, sizeof(sun.sun_path), "/proc/self/fd/%d", pin);
	err = connect_socket((const struct sockaddr *)&sun, sizeof(sun), out);
	close(pin);
	return err;
}

static bool is_loopback(const struct sockaddr_storage *ss)
{
	if (ss->ss_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)ss)->sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)ss)->sin6_addr);
}

/* "ADDR:PORT", "[ADDR]:PORT"; numbers only. */
static bool parse_tcp(const char *text, struct sockaddr_storage *ss, socklen_t *len)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;
	const char *colon = strrchr(text, ':');
	char host[HELPER_PATH], *end;
	unsigned long port;

	memset(ss, 0, sizeof(*ss));
	if (!colon || colon[1] < '0' || colon[1] > '9')
		return false;
	port = strtoul(colon + 1, &end, 10);
	if (*end || port == 0 || port > 65535)
		return false;
	if (text[0] == '[' && colon > text + 1 && colon[-1] == ']')
		snprintf(host, sizeof(host), "%.*s", (int)(colon - text - 2), text + 1);
	else
		snprintf(host, sizeof(host), "%.*s", (int)(colon - text), text);
	if (inet_pton(AF_INET, host, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)port);
		*len = sizeof(*in);
		return true;
	}
	memset(ss, 0, sizeof(*ss));
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons((uint16_t)port);
	*len = sizeof(*in6);
	return inet_pton(AF_INET6, host, &in6->sin6_addr) == 1;
}

static int connect_tcp(const char *text, bool listed, int *out)
{
	struct sockaddr_storage ss;
	socklen_t len;

	if (!parse_tcp(text, &ss, &len))
		return EINVAL;
	if (!listed && !is_loopback(&ss))
		return EACCES;
	return connect_socket((const struct sockaddr *)&ss, len, out);
}

int helper_do_connect(const struct helper_policy *p, const char *address, int *out)
{
	const char *bare = without_unix(address);
	bool listed = is_listed(p, bare);

	if (strncmp(address, "tcp:", 4) == 0)
		return connect_tcp(address + 4, listed, out);
	return connect_unix(bare, listed, out);
}
