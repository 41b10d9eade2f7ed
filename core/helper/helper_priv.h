/*
 * The inside of the helper, shared by the files of this room only.
 */
#ifndef REGENT_HELPER_HELPER_PRIV_H
#define REGENT_HELPER_HELPER_PRIV_H

#include "core/helper/helper.h"

/* The pair end and the control socket. */
#define HELPER_FDS_MAX 2
/* The sockets and what a predecessor leaves, the pipe's end through which exec's failure is told, and the program. */
#define HELPER_LEGACY_MAX 3
#define HELPER_PLACE_MAX (HELPER_FDS_MAX + HELPER_LEGACY_MAX + 2)

/* The child's main: serves until both of the core's ends are closed. Never returns. */
_Noreturn void helper_serve(const struct helper_policy *p, int loop_fd, int wait_fd);

/* Each returns 0 or a positive errno. */
int helper_do_open(const struct helper_policy *p, const char *path, int *out);
struct conf_bytes;
int helper_do_mark(struct conf_bytes *b, uint32_t op, const char *path);
/* ---- helper_netns.c ---- */
struct netns {
	bool fixed;    /* no more of it: one was entered, or the agent has started */
	int own, ipvs; /* -1: IPVS is where we are */
};
int netns_enter(struct netns *n, const int *fds, size_t n_fds);
int netns_ipvs_socket(const struct netns *n, int *out);

int helper_do_connect(const struct helper_policy *p, const char *address, int *out);
int helper_do_log(const char *path, int *out);
int helper_do_program(const struct helper_policy *p, int *out);
int helper_spawn_agent(const struct helper_policy *p, const int *fds, size_t n_fds, pid_t *out);

/* One message, with descriptors. helper_send: 0 or a positive errno. helper_recv: bytes, 0 at the end, -1 with errno;
 * `max` bytes and HELPER_FDS_MAX descriptors are room enough, else errno is EPROTO (and nothing is left open). */
int helper_send(int sock, const void *msg, size_t len, const int *fds, size_t n_fds, int flags);
ssize_t helper_recv(int sock, void *msg, size_t max, int fds[static HELPER_FDS_MAX], size_t *n_fds, int flags);
/* Make fds[i] descriptor 3 + i and close every other above standard error; up to HELPER_PLACE_MAX. */
int helper_place_fds(const int *fds, size_t n_fds);
/* The descriptors to their numbers, and behind them, until exec closes them, the pipe's end for bad news and the program. */
int helper_place_program(const int *fds, size_t n_fds, int *report, int *program);
/* Fork; the child becomes another program, or says on *report why it cannot, which is the result here; 0 when exec happened.
 * *out: the child, dead or alive. */
typedef int helper_become(const struct helper_policy *p, pid_t parent, const int *fds, size_t n_fds, int *report);
int helper_spawn(helper_become *become, const struct helper_policy *p, const int *fds, size_t n_fds, pid_t *out);
void helper_close_fds(const int *fds, size_t n_fds);

/* For a child before it becomes somebody else. helper_plain_scheduling: 0 or a positive errno. */
void helper_reset_signals(void);
int helper_plain_scheduling(void);
int helper_drop_capabilities(void);

/* ---- helper_conf.c: the bytes of the configuration's files, and whether a command stands in them ---- */
/* A missing store (no memory) only means that nothing is found in it. */
struct conf_bytes *conf_bytes_new(void);
void conf_bytes_free(struct conf_bytes *b);
/* Keep what this file holds now; what is too large is not kept. The descriptor's offset stays. */
void conf_bytes_add(struct conf_bytes *b, int fd, const char *path);
/* A file that is being read includes this one. */
bool conf_bytes_include(const struct conf_bytes *b, const char *path);
void conf_bytes_taken(struct conf_bytes *b);
void conf_bytes_refused(struct conf_bytes *b);
/* `words`: len bytes, each word with its NUL; the last n_added are not the file's. */
bool conf_bytes_allow(struct conf_bytes *b, const char *words, size_t len, size_t n_added);
/* One word, anywhere between separators. */
bool conf_bytes_name(const struct conf_bytes *b, const char *word);

/* ---- helper_exec.c: the child of a run ---- */
/* Could the core's or the agent's user change what this is? */
bool helper_core_may_change(const struct helper_policy *p, const struct stat *st);
/* ... or the way to it. */
bool helper_core_may_turn(const struct helper_policy *p, const char *path);

struct exec_report {
	int32_t err;
	uint32_t refusal;
};

/* Do the files name this user and group? `pw` is his entry. */
struct passwd;
struct exec_report helper_check_user(const struct conf_bytes *b, uid_t uid, gid_t gid, const struct passwd *pw);
/* Becomes the script, or says on `report` why it cannot. Never returns. */
_Noreturn void helper_exec_script(const struct helper_policy *p, const struct conf_bytes *b, const struct helper_run *r, int report);

/* ---- helper_runs.c: scripts that run ---- */
struct run {
	uint32_t id;     /* 0: free */
	pid_t pid;
	int timer_fd, report_fd;
	bool timed_out;
};

struct runs {
	const struct helper_policy *policy;
	struct conf_bytes *conf;
	struct run run[HELPER_RUNS];
	int answer_fd;
};

void runs_init(struct runs *s, const struct helper_policy *p, int answer_fd);
/* 0, and the answer comes when it ends; or a positive errno with *refusal. */
int runs_start(struct runs *s, const struct helper_run *r, uint32_t *refusal);
void runs_kill(struct runs *s, uint32_t id);
/* The timer of run[i] went off. */
void runs_time_out(struct runs *s, size_t i);
/* Was this process, which has ended and is not reaped yet, one of ours? It is reaped then and told. */
bool runs_take_end(struct runs *s, pid_t pid);
/* ---- helper_fifo.c: FIFOs that it made ---- */
#define FIFOS_MAX 16

struct fifos {
	char made[FIFOS_MAX][HELPER_PATH]; /* "": free */
};

/* 0 with a descriptor, or a positive errno. ENOSPC: so many were made, and are there and in the files still. */
int fifos_open(struct fifos *f, struct conf_bytes *b, const struct helper_fifo *r, int *out);
void fifos_remove(struct fifos *f);

/* ---- helper_renew.c, helper_legacy.c: one helper after the other ---- */
/* `fds`: the two ends of the sockets. */
int helper_spawn_successor(const struct helper_policy *p, const int *fds, size_t n_fds, const struct fifos *f, const struct netns *n);
/* 0 with a descriptor, or a positive errno. */
int legacy_write(const struct fifos *f, const struct netns *n, int *out);
/* In the successor, before it closes what it was not told of. */
bool legacy_take(struct fifos *f, struct netns *n);

size_t runs_count(const struct runs *s);
void runs_end_all(struct runs *s, int signo);

#endif
