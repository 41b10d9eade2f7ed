/*
 * The ends of the log: stderr, a syslog datagram socket, a file.
 *
 * Owns the descriptors of the syslog socket and the file (stderr stays the process's). Runs on the log's thread, or
 * on the caller's before there is one; every wait is bounded. Syslog lines are RFC 3164's local form (no host
 * name), as syslog(3) sends them. stderr is never made non-blocking, since its file description is shared with
 * others: a poll() before each write of less than PIPE_BUF bytes does the same for pipes and terminals.
 */
#include "config.h"

#include "core/base/log_out.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/base/text.h"

#define LINE_MAX_BYTES (LOG_TEXT_MAX + 200)
#define GRACE_MS 500

_Static_assert(LINE_MAX_BYTES <= PIPE_BUF, "a line must fit a pipe whole");

enum out_kind { OUT_STDERR, OUT_SYSLOG, OUT_FILE, OUT_KINDS };

struct out {
	bool on;
	bool stalled;
	enum log_level max; /* lines above this level are not for it */
	int fd; /* -1: not open */
	uint64_t lost;
};

/* The log is one per process, as stderr is. */
static struct {
	struct out outs[OUT_KINDS];
	char ident[32];
	char file[PATH_MAX];
	int (*open)(void *user); /* NULL: as we can */
	void *open_user;
	int file_error;
	int64_t now, tried; /* of the line at hand; when the file could not be followed */
	char syslog_path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int facility;
	bool journal; /* stderr is the journal's stream */
} log_ends = { .outs = { { .fd = -1 }, { .fd = -1 }, { .fd = -1 } } };

/* systemd names the device and inode of the stream that it gave us; a redirected stderr has another. */
static bool stderr_is_journal(void)
{
	const char *env = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	if (!env || sscanf(env, "%llu:%llu", &dev, &ino) != 2 || fstat(STDERR_FILENO, &st) != 0)
		return false;
	return st.st_dev == (dev_t)dev && st.st_ino == (ino_t)ino;
}

/* ---- opening ---- */

#define FOLLOW_AGAIN USEC_PER_SEC /* a line a second at most waits for a name that cannot be looked at or opened */

static int file_open(void)
{
	if (log_ends.open)
		return log_ends.open(log_ends.open_user);
	return open(log_ends.file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

/* Follow a rotation: where the path names another file now, write to that; where it cannot be opened, keep the old. */
static void file_follow(struct out *o)
{
	struct stat there, ours;
	bool have = o->fd >= 0 && fstat(o->fd, &ours) == 0;
	int fd;

	if (have && stat(log_ends.file, &there) == 0 && is_same(&there, &ours))
		return;
	if (log_ends.now >= log_ends.tried && log_ends.now - log_ends.tried < FOLLOW_AGAIN)
		return;
	fd = file_open();
	if (fd < 0 || (have && fstat(fd, &there) == 0 && is_same(&there, &ours))) {
		if (fd >= 0 || errno != EAGAIN)
			log_ends.tried = log_ends.now; /* the same: it is in a folder that we may not look into */
		if (fd >= 0)
			close(fd);
		return;
	}
	if (o->fd >= 0)
		close(o->fd);
	o->fd = fd;
}

static void syslog_open(struct out *o)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	text_copy(to.sun_path, sizeof(to.sun_path), log_ends.syslog_path);
	o->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (o->fd >= 0 && connect(o->fd, (const struct sockaddr *)&to, sizeof(to)) != 0) {
		close(o->fd);
		o->fd = -1;
	}
}

void log_out_open(const struct log_target *t)
{
	log_out_close();
	text_copy(log_ends.ident, sizeof(log_ends.ident), t->ident ? t->ident : "regent");
	text_copy(log_ends.file, sizeof(log_ends.file), t->file ? t->file : "");
	log_ends.open = t->open;
	log_ends.open_user = t->open_user;
	log_ends.tried = INT64_MIN / 2;
	text_copy(log_ends.syslog_path, sizeof(log_ends.syslog_path), t->syslog_path ? t->syslog_path : "/dev/log");
	log_ends.facility = t->facility;
	log_ends.journal = stderr_is_journal();
	log_ends.outs[OUT_STDERR] = (struct out){ .on = t->to_stderr, .max = t->stderr_max ? t->stderr_max : LOG_LVL_DEBUG,
		                                      .fd = STDERR_FILENO };
	log_ends.outs[OUT_SYSLOG] = (struct out){ .on = t->to_syslog, .max = LOG_LVL_DEBUG, .fd = -1 };
	log_ends.outs[OUT_FILE] = (struct out){ .on = t->file != NULL, .max = LOG_LVL_DEBUG, .fd = -1 };
	if (t->to_syslog)
		syslog_open(&log_ends.outs[OUT_SYSLOG]);
	if (t->file)
		log_ends.outs[OUT_FILE].fd = file_open();
	log_ends.file_error = t->file && log_ends.outs[OUT_FILE].fd < 0 ? errno : 0;
	tzset();
}

int log_out_file_error(void)
{
	return log_ends.file_error;
}

void log_out_close(void)
{
	for (int i = 0; i < OUT_KINDS; i++) {
		struct out *o = &log_ends.outs[i];

		if (i != OUT_STDERR && o->fd >= 0)
			close(o->fd);
		*o = (struct out){ .fd = -1 };
	}
}

/* ---- one line in the form of one target ---- */

static size_t format_plain(const struct log_line *line, char *buf)
{
	time_t sec = (time_t)(line->wall / USEC_PER_SEC);
	struct tm tm = { 0 };
	size_t n;

	localtime_r(&sec, &tm);
	n = strftime(buf, LINE_MAX_BYTES, "%Y-%m-%dT%H:%M:%S", &tm);
	text_append(buf, LINE_MAX_BYTES, &n, ".%03d %s[%d]: %s\n", (int)(line->wall % USEC_PER_SEC / USEC_PER_MS),
	            log_ends.ident, (int)getpid(), line->text);
	return n;
}

static size_t format_syslog(const struct log_line *line, char *buf)
{
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
		                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t sec = (time_t)(line->wall / USEC_PER_SEC);
	struct tm tm = { 0 };
	size_t n = 0;

	localtime_r(&sec, &tm);
	text_append(buf, LINE_MAX_BYTES, &n, "<%d>%s %2d %02d:%02d:%02d %s[%d]: %s",
	            log_ends.facility * 8 + (int)line->level, months[tm.tm_mon], tm.tm_mday, tm.tm_hour, tm.tm_min,
	            tm.tm_sec, log_ends.ident, (int)getpid(), line->text);
	return n;
}

static size_t format_for(enum out_kind kind, const struct log_line *line, char *buf)
{
	size_t n = 0;

	if (kind == OUT_SYSLOG)
		return format_syslog(line, buf);
	if (kind == OUT_FILE || !log_ends.journal)
		return format_plain(line, buf);
	text_append(buf, LINE_MAX_BYTES, &n, "<%d>%s\n", (int)line->level, line->text);
	return n;
}

/* ---- sending without waiting for long ---- */

static bool out_ready(const struct out *o, int wait_ms)
{
	struct pollfd p = { .fd = o->fd, .events = POLLOUT };

	return poll(&p, 1, wait_ms) == 1 && (p.revents & (POLLOUT | POLLERR | POLLHUP)) == POLLOUT;
}

static bool syslog_send(struct out *o, const char *buf, size_t n, int wait_ms)
{
	if (o->fd < 0)
		syslog_open(o);
	if (o->fd < 0)
		return false;
	if (send(o->fd, buf, n, MSG_NOSIGNAL) == (ssize_t)n)
		return true;
	if (errno == EAGAIN || errno == ENOBUFS)
		return wait_ms > 0 && out_ready(o, wait_ms) && send(o->fd, buf, n, MSG_NOSIGNAL) == (ssize_t)n;
	/* The logger was restarted: its socket is a new one under the same name. */
	close(o->fd);
	syslog_open(o);
	return o->fd >= 0 && send(o->fd, buf, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static bool out_send(enum out_kind kind, const char *buf, size_t n, int wait_ms)
{
	struct out *o = &log_ends.outs[kind];

	if (kind == OUT_SYSLOG)
		return syslog_send(o, buf, n, wait_ms);
	if (kind == OUT_FILE)
		file_follow(o);
	return o->fd >= 0 && out_ready(o, wait_ms) && write(o->fd, buf, n) == (ssize_t)n;
}

static void out_report_lost(enum out_kind kind)
{
	struct out *o = &log_ends.outs[kind];
	struct log_line note = { .level = LOG_LVL_WARN };
	char buf[LINE_MAX_BYTES];
	struct timespec now;
	size_t len = 0, n;

	if (!o->on || o->lost == 0)
		return;
	timespec_get(&now, TIME_UTC);
	note.wall = now.tv_sec * USEC_PER_SEC + now.tv_nsec / 1000;
	log_ends.now = note.wall;
	text_append(note.text, sizeof(note.text), &len, "log lines lost here, not taken in time: %" PRIu64,
	            o->lost);
	n = format_for(kind, &note, buf);
	if (out_send(kind, buf, n, 0))
		o->lost = 0;
}

uint64_t log_out_write(const struct log_line *line, bool grace)
{
	char buf[LINE_MAX_BYTES];
	uint64_t lost = 0;

	log_ends.now = line->wall;
	for (enum out_kind kind = 0; kind < OUT_KINDS; kind++) {
		struct out *o = &log_ends.outs[kind];
		size_t n;

		if (!o->on || line->level > o->max)
			continue;
		out_report_lost(kind);
		n = format_for(kind, line, buf);
		o->stalled = !out_send(kind, buf, n, grace && !o->stalled ? GRACE_MS : 0);
		o->lost += o->stalled;
		lost += o->stalled;
	}
	return lost;
}

void log_out_note_lost(uint64_t lines)
{
	for (int i = 0; i < OUT_KINDS; i++)
		if (log_ends.outs[i].on)
			log_ends.outs[i].lost += lines;
}

void log_out_report_lost(void)
{
	for (enum out_kind kind = 0; kind < OUT_KINDS; kind++)
		out_report_lost(kind);
}
