/*
 * The root helper: a small process, libc only, forked before anything is read, that does for the core what two
 * capabilities cannot: open the configuration's files, start the agent as an unprivileged user, connect to a
 * root-only AgentX socket. It parses nothing: requests are fixed structs, each checked against what was allowed
 * when it was forked.
 *
 * The core's side: requests are sent without blocking; answers, with their descriptors, come on one socket. The
 * answer to an OPEN may also be awaited by a worker thread (helper_open_wait), which has a socket of its own.
 */
#ifndef REGENT_HELPER_HELPER_H
#define REGENT_HELPER_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define HELPER_PATH 256

enum helper_op {
	HELPER_OPEN = 1,     /* path -> a read-only descriptor of a regular file below an allowed folder */
	HELPER_AGENT = 2,    /* start the agent; comes with its descriptors: pair end, control socket (may be left out) */
	HELPER_CONNECT = 3,  /* connect to the AgentX address -> a non-blocking, connected descriptor */
	HELPER_KILL_AGENT = 4, /* SIGTERM, SIGKILL after 1 s; answered at once, its end is told as ever; ESRCH: none */
};

struct helper_request {
	uint32_t op;
	uint32_t id;            /* not 0 */
	char path[HELPER_PATH]; /* OPEN: the file; CONNECT: a unix path (with or without "unix:") or "tcp:ADDR:PORT" */
};

struct helper_answer {
	uint32_t op;  /* of the request; or HELPER_AGENT with id 0: the agent ended */
	uint32_t id;
	int32_t err;  /* 0 or a positive errno */
	int32_t pid;  /* AGENT: the process */
	int32_t status; /* the agent's wait status when it ended */
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
 */
struct helper_policy {
	char agent_path[HELPER_PATH];    /* the executable */
	uid_t uid;                       /* of the agent */
	gid_t gid;
	char conf_dirs[2][HELPER_PATH];  /* OPEN: the main file's folder, as it is named and as it really is; "": none */
	char conf_file[HELPER_PATH];     /* and the main file itself */
	char connect_paths[2][HELPER_PATH]; /* CONNECT: /var/agentx/master, and -A's; "" : none */
	bool detached;                   /* it and the agent have /dev/null as standard descriptors, not the core's */
};

/* Let OPEN have this configuration: the file, and what lies below its folder; where it is a symbolic link, includes are
 * written as seen from the link or from the file. False: too long a name. */
bool helper_allow_conf(struct helper_policy *p, const char *conf_file);
/* OPEN without a helper, in this process and with its rights: what regentd -t reads is what the daemon would be given.
 * Descriptor, or -1 with errno. */
int helper_open_here(const struct helper_policy *p, const char *path);

struct helper; /* the core's end */

/* Fork it. Call as root, single-threaded, before anything is read. NULL: errno. */
struct helper *helper_fork(const struct helper_policy *p);
/* The loop's end: a SOCK_SEQPACKET descriptor, non-blocking. */
int helper_fd(const struct helper *h);
pid_t helper_pid(const struct helper *h);
/* Non-blocking. False: full or gone (errno). Descriptors are duplicated by the send. */
bool helper_request(struct helper *h, const struct helper_request *r, const int *fds, size_t n_fds);
/* Non-blocking. False: nothing there (EAGAIN), the helper is gone (errno 0), or it broke the protocol (EPROTO).
 * *fd is -1 or a descriptor that is now ours. */
bool helper_answer(struct helper *h, struct helper_answer *a, int *fd);
/* From a worker thread only, or before the loop runs: open and wait. Descriptor, or -1 with errno. */
int helper_open_wait(struct helper *h, const char *path);
/* Whoever waits in helper_open_wait() is let go without an answer, and nobody waits there any more: a helper that hangs in a file
 * system does not keep the core from ending. From any thread. */
void helper_hang_up(struct helper *h);
/* Closes the core's ends; the helper stops the agent (SIGTERM, SIGKILL after 2 s) and exits. It is not waited for. */
void helper_close(struct helper *h);

#endif
