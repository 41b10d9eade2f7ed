/*
 * Folders, lock, pid file and control socket. Runs as root at start; the folders belong to the daemon's user, so what root does in
 * them takes no name there on trust, and the control socket is made by the daemon's user itself.
 */
#include "config.h"

#include "core/rundir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/plan.h"

/* The kernel's PID_MAX_LIMIT, which is no process's number. */
#define NO_PROCESS "4194304\n"

bool rundir_join(char *buf, size_t size, const char *dir, const char *name)
{
	int n = snprintf(buf, size, "%s/%s", dir, name);

	return n > 0 && (size_t)n < size;
}

/* Make the folder and every missing parent; only the last one changes hands. */
static bool make_folder(const char *path, const struct privs_user *owner)
{
	char part[RUNDIR_PATH];

	for (size_t i = 1; path[i] != '\0' && i < sizeof(part); i++) {
		if (path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, 0755) != 0 && errno != EEXIST)
			break;
	}
	if (mkdir(path, 0750) != 0 && errno != EEXIST) {
		log_err("main", "cannot make %s: %s", path, strerror(errno));
		return false;
	}
	int fd = open(path, O_DIRECTORY | O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	bool ok = fd >= 0 && fchown(fd, owner->uid, owner->gid) == 0 && fchmod(fd, 0750) == 0;

	if (!ok)
		log_err("main", "cannot take over %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool take_lock(struct rundir *d)
{
	char path[RUNDIR_PATH];

	if (!rundir_join(path, sizeof(path), d->run, "lock"))
		return false;
	d->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (d->lock_fd < 0) {
		log_err("main", "cannot open %s: %s", path, strerror(errno));
		return false;
	}
	if (flock(d->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		log_err("main", "another regentd runs on %s: stop it, or give this one another --run-dir", d->run);
		return false;
	}
	return true;
}

/* Whose folder it is may have put anything there since: what is there is never followed nor written to. */
static int open_pid(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0 && (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)))
		unlink(path);
	return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
}

static bool write_pid(struct rundir *d)
{
	d->pid_fd = open_pid(d->pid_file);
	if (d->pid_fd >= 0 && dprintf(d->pid_fd, "%d\n", (int)getpid()) > 0)
		return true;
	log_err("main", "cannot write %s: %s", d->pid_file, strerror(errno));
	return false;
}

static bool listen_at(int fd, const struct sockaddr_un *sa)
{
	unlink(sa->sun_path);
	return fd >= 0 && bind(fd, (const struct sockaddr *)sa, sizeof(*sa)) == 0 && chmod(sa->sun_path, 0660) == 0 &&
	       listen(fd, 16) == 0;
}

bool rundir_listen(struct rundir *d)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	if (!rundir_join(sa.sun_path, sizeof(sa.sun_path), d->run, "control.sock")) {
		log_err("main", "--run-dir %s is too long for a socket below it: at most %zu bytes", d->run,
		        sizeof(sa.sun_path) - sizeof("/control.sock"));
		return false;
	}
	d->control_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (!listen_at(d->control_fd, &sa)) {
		log_err("main", "cannot listen on %s: %s", sa.sun_path, strerror(errno));
		return false;
	}
	return true;
}

/* Root's alone: made with its mode, below the folder itself and not by its name, so that nothing is changed at a name where the folder's
 * owner may have put something else. */
static int listen_as_root(const char *folder, const char *name, const char *use)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int dir = open(folder, O_DIRECTORY | O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	mode_t mask = umask(0177);
	bool ok = dir >= 0 && fd >= 0;

	snprintf(sa.sun_path, sizeof(sa.sun_path), "/proc/self/fd/%d/%s", dir, name);
	if (ok) {
		unlinkat(dir, name, 0);
		ok = bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) == 0 && listen(fd, 4) == 0;
	}
	umask(mask);
	if (!ok)
		log_warn("main", "cannot listen on %s/%s: %s; `%s` will find nobody", folder, name, strerror(errno), use);
	if (dir >= 0)
		close(dir);
	if (!ok && fd >= 0)
		close(fd);
	return ok ? fd : -1;
}

static bool name_folder(char out[RUNDIR_PATH], const char *base, const char *instance)
{
	bool fits = instance ? rundir_join(out, RUNDIR_PATH, base, instance) : text_copy(out, RUNDIR_PATH, base);

	if (!fits)
		log_err("main", "%s: the name is too long", base);
	return fits;
}

static bool name_all(struct rundir *d, const char *run, const char *state, const char *instance, const char *pid_file)
{
	if (!name_folder(d->run, run, instance) || !name_folder(d->state, state, instance))
		return false;
	return pid_file ? text_copy(d->pid_file, sizeof(d->pid_file), pid_file)
	                : rundir_join(d->pid_file, sizeof(d->pid_file), d->run, "regentd.pid");
}

bool rundir_adopt(struct rundir *d, const char *run, const char *state, const char *instance, const char *pid_file,
                  const struct handover *from)
{
	*d = (struct rundir){ .lock_fd = from->lock_fd, .pid_fd = from->pid_fd, .control_fd = from->control_fd,
		.plan_fd = from->plan_fd, .restart_fd = from->restart_fd };
	return name_all(d, run, state, instance, pid_file);
}

bool rundir_open(struct rundir *d, const char *run, const char *state, const char *instance, const char *pid_file,
                 const struct privs_user *owner)
{
	*d = (struct rundir){ .lock_fd = -1, .control_fd = -1, .plan_fd = -1, .restart_fd = -1, .pid_fd = -1 };
	if (!name_all(d, run, state, instance, pid_file))
		return false;
	if (!make_folder(d->run, owner) || !make_folder(d->state, owner) || !take_lock(d))
		return false;
	if (!write_pid(d))
		return false;
	d->plan_fd = listen_as_root(d->run, PLAN_SOCKET, "regentd --plan");
	d->restart_fd = listen_as_root(d->run, RESTART_SOCKET, "regentctl restart");
	return true;
}

static void close_socket(const struct rundir *d, int fd, const char *name)
{
	char path[RUNDIR_PATH];

	if (fd < 0)
		return; /* one that is there is another daemon's */
	if (rundir_join(path, sizeof(path), d->run, name))
		unlink(path);
	close(fd);
}

void rundir_close(struct rundir *d)
{
	close_socket(d, d->control_fd, "control.sock");
	close_socket(d, d->plan_fd, PLAN_SOCKET);
	close_socket(d, d->restart_fd, RESTART_SOCKET);
	if (d->pid_fd >= 0) {
		/* In a folder that is root's it cannot be removed any more. keepalived takes an empty one for a daemon that runs. */
		if (unlink(d->pid_file) != 0 && ftruncate(d->pid_fd, 0) == 0)
			(void)!pwrite(d->pid_fd, NO_PROCESS, strlen(NO_PROCESS), 0);
		close(d->pid_fd);
	}
	if (d->lock_fd >= 0)
		close(d->lock_fd);
	d->control_fd = d->plan_fd = d->restart_fd = d->pid_fd = d->lock_fd = -1;
}
