/*
 * The inside of the helper, shared by the files of this room only.
 */
#ifndef REGENT_HELPER_HELPER_PRIV_H
#define REGENT_HELPER_HELPER_PRIV_H

#include "core/helper/helper.h"

/* The pair end and the control socket. */
#define HELPER_FDS_MAX 2
/* Those, the pipe's end through which exec's failure is told, and the program. */
#define HELPER_PLACE_MAX (HELPER_FDS_MAX + 2)

/* The child's main: serves until both of the core's ends are closed. Never returns. */
_Noreturn void helper_serve(const struct helper_policy *p, int loop_fd, int wait_fd);

/* Each returns 0 or a positive errno. */
int helper_do_open(const struct helper_policy *p, const char *path, int *out);
int helper_do_connect(const struct helper_policy *p, const char *address, int *out);
int helper_spawn_agent(const struct helper_policy *p, const int *fds, size_t n_fds, pid_t *out);

/* One message, with descriptors. helper_send: 0 or a positive errno. helper_recv: bytes, 0 at the end, -1 with errno;
 * `max` bytes and HELPER_FDS_MAX descriptors are room enough, else errno is EPROTO (and nothing is left open). */
int helper_send(int sock, const void *msg, size_t len, const int *fds, size_t n_fds, int flags);
ssize_t helper_recv(int sock, void *msg, size_t max, int fds[static HELPER_FDS_MAX], size_t *n_fds, int flags);
/* Make fds[i] descriptor 3 + i and close every other above standard error; up to HELPER_PLACE_MAX. */
int helper_place_fds(const int *fds, size_t n_fds);
void helper_close_fds(const int *fds, size_t n_fds);

#endif
