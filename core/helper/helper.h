/*
 * The root helper: a small process, libc only, forked before anything is read, that does for the core what two
 * capabilities cannot: open the configuration's files, start the agent as an unprivileged user, connect to a
 * root-only AgentX socket, run scripts as their users. It understands nothing of the configuration: requests are fixed
 * structs, each checked against what was allowed when it was forked, and scripts against the bytes of the files that it
 * opened itself.
 *
 * The core's side: requests are sent without blocking; answers, with their descriptors, come on one socket. The
 * answer to an OPEN may also be awaited by a worker thread (helper_open_wait), which has a socket of its own.
 */
#ifndef REGENT_HELPER_HELPER_H
#define REGENT_HELPER_HELPER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#define HELPER_PATH 256
#define HELPER_ARGV 4096    /* bytes of a command's words, each with its NUL */
/* Where a program without a slash in its name is looked for, and the PATH that scripts get. */
#define HELPER_SCRIPT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define HELPER_RUNS 128     /* scripts at once */
#define HELPER_RUN_MS (24 * 3600 * 1000u) /* the longest time limit */
#define HELPER_NO_LIMIT UINT32_MAX        /* for readers of FIFOs */

/* What a successor is started with, before the daemon's own arguments; its ends are descriptors 3 and 4. */
#define HELPER_ARGUMENT "--as-helper"

enum helper_op {
	HELPER_OPEN = 1,     /* path -> a read-only descriptor of a regular file below an allowed folder */
	HELPER_AGENT = 2,    /* start the agent; comes with its descriptors: pair end, control socket (may be left out) */
	HELPER_CONNECT = 3,  /* connect to the AgentX address -> a non-blocking, connected descriptor */
	HELPER_KILL_AGENT = 4, /* SIGTERM, SIGKILL after 1 s; answered at once, its end is told as ever; ESRCH: none */
	HELPER_RUN = 5,      /* struct helper_run; answered once, when the script has ended or could not be run */
	HELPER_KILL_RUN = 6, /* `id` is the run's: SIGTERM to its group, SIGKILL 2 s later; only the run itself is answered */
	HELPER_CONF_TAKEN = 7,   /* what was opened since the last of these two is the configuration now */
	HELPER_CONF_REFUSED = 8, /* ... has errors: what was before stays; neither is answered */
	HELPER_MARK_MAKE = 9,    /* make or empty the configuration's reload_file; from workers, as the next two */
	HELPER_MARK_REMOVE = 10, /* remove it */
	HELPER_TIME_REMOVE = 11, /* remove the configuration's reload_time_file */
	HELPER_FIFO = 12,     /* struct helper_fifo -> a non-blocking, read-write descriptor of that FIFO */
	HELPER_ENTER = 13,       /* go into a network namespace; its descriptor, and perhaps that of IPVS's; once, before the agent starts */
	HELPER_IPVS_SOCKET = 14, /* a generic netlink socket in the namespace of IPVS */
	HELPER_PROGRAM = 15,     /* -> a descriptor of the daemon's program as it is now, for execveat() */
	HELPER_RENEW = 16,       /* start a successor of this helper from that program; comes with its two ends */
	HELPER_LOG = 17,         /* -> a descriptor of the log file, for appending; from workers and the log's thread */
	HELPER_OP_LAST = HELPER_LOG,
};

struct helper_request {
	uint32_t op;
	uint32_t id;            /* not 0 */
	char path[HELPER_PATH]; /* OPEN: the file; CONNECT: a unix path (with or without "unix:") or "tcp:ADDR:PORT" */
};

enum helper_run_flag {
	HELPER_RUN_GROUPS = 1,   /* with the user's supplementary groups (set_supplementary_groups) */
	HELPER_RUN_AS_NAMED = 2, /* the program by the name given, not by where its links lead (use_symlink_paths) */
	HELPER_RUN_SECURE = 4,   /* root's program must be out of everybody else's reach too (enable_script_security) */
	HELPER_RUN_FLAGS = 7,
};

struct helper_run {
	uint32_t op;         /* HELPER_RUN */
	uint32_t id;         /* not 0, not that of one that runs */
	uint32_t uid, gid;
	uint32_t timeout_ms; /* then SIGTERM to its group, SIGKILL 2 s later; 1..HELPER_RUN_MS, or HELPER_NO_LIMIT */
	uint32_t flags;
	uint32_t n_added;    /* of the last words: not the file's (0, 1 or 4; see below) */
	uint32_t len;        /* used of argv; the message ends there */
	char argv[HELPER_ARGV];
};

struct helper_fifo {
	uint32_t op; /* HELPER_FIFO */
	uint32_t id; /* not 0 */
	uint32_t uid, gid;
	char path[HELPER_PATH]; /* NUL-terminated */
};

enum helper_refusal {
	HELPER_NOT_REFUSED = 0,
	HELPER_NOT_IN_CONF = 1,  /* EPERM: no configuration file has this command */
	HELPER_USER_NOT_IN_CONF = 2, /* EPERM: no configuration file names this user or group */
	HELPER_UNSAFE_PATH = 3,  /* EPERM: root's program could be changed by the core, the agent or everybody */
	HELPER_NO_SUCH_USER = 4, /* ENOENT */
	HELPER_INSECURE_PATH = 5, /* EPERM: HELPER_RUN_SECURE, and somebody but root could change root's program */
};

struct helper_answer {
	uint32_t op;  /* of the request; or HELPER_AGENT with id 0: the agent ended */
	uint32_t id;
	int32_t err;  /* 0 or a positive errno */
	int32_t pid;  /* AGENT: the process */
	int32_t status; /* the wait status of the agent, or of the script, when it ended */
	uint32_t refusal;   /* RUN: why `err` */
	uint32_t timed_out; /* RUN: it was ended by its time limit, or by KILL_RUN */
};

/*
 * What the helper will do, fixed before fork.
 *
 * OPEN: conf_file as it is named here (it may be a symbolic link to anywhere), and what lies below conf_dirs once
 * every link is followed (EXDEV for what does not); regular files only.
 *
 * CONNECT: the addresses in connect_paths. A configuration's snmp_socket is not known yet, so beside them:
 * numeric loopback addresses over tcp, and unix sockets that belong to root and whose path, once every link is
 * followed, is named as AgentX sockets are: the last part is "master", or "agentx" or "snmp" is somewhere in it.
 * (Root's other sockets, such as those of container engines, are as good as root.)
 *
 * AGENT: that executable under that user, never root; one at a time.
 *
 * RUN: as the core's own user, anything: that gives it nothing that it had not. As anybody else, root too:
 *  - The command must stand in a configuration file that the helper opened for the core, word for word and whole: from
 *    quote to quote, or from word to end of line. A $VARIABLE in it stands for what a line `$VARIABLE=...` of these files
 *    says, and where none does (a ~SEQ, ~LST or built-in name) for at most 64 letters, digits and `_.:,@%+-`, with no `-`
 *    in front. What stands in a comment counts: who can write the file is root anyway. A file counts
 *    that is the main one, or that an include line of a counting file names (a pattern with *, ?, [...] and {..., ...}, seen from its
 *    folder), if neither the core's or the agent's user nor everybody can write it or change the way to it: what else lies in the
 *    folder, as other programs' files and keys, can be opened, and gives no command. The files of the last
 *    configuration taken, the one before (whose objects have scripts that tell of their end) and of one being read count.
 *  - The user must be root, keepalived_script, or be named in these files; the group his own, or named.
 *  - Words may be added where the daemon adds some: four (INSTANCE or GROUP, a name of the file or of plain characters, a state, a
 *    number), or one (the path of a FIFO, which must stand in the files).
 *  - Root's program must be out of the core's reach: no part of its path, as it is named and as its links lead, may
 *    belong to the core's or the agent's user or be writable for their groups or (without the sticky bit) everybody.
 *    What other users could do is enable_script_security's matter: that is HELPER_RUN_SECURE.
 * So the worst that a core in strange hands can do here is run what the file says at the wrong time.
 * A script has a session of its own, /dev/null as its standard descriptors and no other, default signals and scheduling,
 * PATH, HOME, USER, LOGNAME and SHELL, and no capability unless it is root's.
 *
 * PROGRAM, RENEW: the daemon's own executable and arguments, as they were when the first helper was forked.
 *
 * LOG: log_file alone. Where it or a folder above it could be changed by others than root, links are not followed and a file of two
 * names is none: nobody's link makes the daemon write into another's file.
 *
 * FIFO: a path that stands in these files, as a command would. It is made where there is nothing; what is there already must be
 * a FIFO. It belongs to uid and gid with mode 0600, whom the files must name as for RUN. Those that it made, the helper removes when it
 * ends; it keeps 16 in mind, and of more it removes those that no configuration has any more.
 */
struct helper_policy {
	char program[HELPER_PATH];       /* the daemon's executable, for PROGRAM and RENEW */
	char *const *argv;               /* and its arguments */
	char agent_path[HELPER_PATH];    /* the executable */
	uid_t uid;                       /* of the agent */
	gid_t gid;
	uid_t core_uid;
	gid_t core_gid;
	char conf_dirs[2][HELPER_PATH];  /* OPEN: the main file's folder, as it is named and as it really is; "": none */
	char conf_file[HELPER_PATH];     /* and the main file itself */
	char log_file[HELPER_PATH];      /* LOG: the whole name; "": there is none */
	char connect_paths[2][HELPER_PATH]; /* CONNECT: /var/agentx/master, and -A's; "" : none */
	bool detached;                   /* it and the agent have /dev/null as standard descriptors, not the core's */
};

/* Let OPEN have this configuration: the file, and what lies below its folder; where it is a symbolic link, includes are
 * written as seen from the link or from the file. False: too long a name. */
bool helper_allow_conf(struct helper_policy *p, const char *conf_file);
/* OPEN without a helper, in this process and with its rights: what regentd -t reads is what the daemon would be given.
 * Descriptor, or -1 with errno. */
int helper_open_here(const struct helper_policy *p, const char *path);

/* The log file, for appending, in this process and with its rights, by the rules of LOG. Descriptor, or -1 with errno. */
int helper_log_here(const char *path);

/* Could somebody but root change what this is? Folders with the sticky bit are no door: what is in them stays its owner's. */
bool helper_others_may_change(const struct stat *st);

enum helper_walk {
	HELPER_WALK_GOOD,
	HELPER_WALK_BAD,    /* `part` and `st` are it */
	HELPER_WALK_UNSEEN, /* `part` is not there, or may not be looked into */
};
/* A whole path, its folders, and those of every link on the way: the first part that is bad. */
enum helper_walk helper_walk_path(const char *path, bool (*is_bad)(void *user, const struct stat *st), void *user,
                                  char part[static PATH_MAX], struct stat *st);

struct helper; /* the core's end */

/* Fork it. Call as root, single-threaded, before anything is read. NULL: errno. */
struct helper *helper_fork(const struct helper_policy *p);
/* The loop's end: a SOCK_SEQPACKET descriptor, non-blocking. */
/* The process of a successor; call as root in a program that was started so. */
_Noreturn void helper_succeed(const struct helper_policy *p);
/* The core's end over sockets that a former life of the process made. NULL: no memory. */
struct helper *helper_adopt(int fd, int wait_fd, pid_t pid);
/* Let another process ask in this one's place: the workers' socket, until it is given back. Worker threads only. */
int helper_lend(struct helper *h);
void helper_take_back(struct helper *h);
int helper_fd(const struct helper *h);
int helper_wait_fd(const struct helper *h);
pid_t helper_pid(const struct helper *h);
/* Non-blocking. False: full or gone (errno). Descriptors are duplicated by the send. */
bool helper_request(struct helper *h, const struct helper_request *r, const int *fds, size_t n_fds);
bool helper_request_run(struct helper *h, const struct helper_run *r);
bool helper_request_fifo(struct helper *h, const struct helper_fifo *r);
/* Non-blocking. False: nothing there (EAGAIN), the helper is gone (errno 0), or it broke the protocol (EPROTO).
 * *fd is -1 or a descriptor that is now ours. */
bool helper_answer(struct helper *h, struct helper_answer *a, int *fd);
/* From a worker thread only, or before the loop runs: open and wait. Descriptor, or -1 with errno. */
int helper_open_wait(struct helper *h, const char *path);
/* MARK_MAKE, MARK_REMOVE, TIME_REMOVE likewise. False with errno: EPERM where the configuration does not name the file so. */
bool helper_mark_wait(struct helper *h, enum helper_op op, const char *path);
/* Network namespaces, by their descriptors; ipvs -1: the same. Before the agent is started. False with errno. */
bool helper_enter_wait(struct helper *h, int net, int ipvs);
/* From a worker or the kernel thread. A netlink socket in the namespace of IPVS, or -1 with errno. */
int helper_ipvs_socket_wait(struct helper *h);
/* The log file. Where another waits for the helper, EAGAIN at once. Descriptor, or -1 with errno. */
int helper_log_wait(struct helper *h);
/* Whoever waits in helper_open_wait() is let go without an answer, and nobody waits there any more: a helper that hangs in a file
 * system does not keep the core from ending. From any thread. */
void helper_hang_up(struct helper *h);
/* Lets the helper end and waits until it has, for HELPER_END_MS at most: it stops scripts and the agent (SIGTERM, SIGKILL after 2 s) and
 * removes FIFOs. A service manager kills what is left when the core has gone, so the core goes last. */
enum { HELPER_END_MS = 3000 };
void helper_end(struct helper *h);
/* Closes the core's ends; the helper stops the agent (SIGTERM, SIGKILL after 2 s) and exits. It is not waited for. */
void helper_close(struct helper *h);

#endif
