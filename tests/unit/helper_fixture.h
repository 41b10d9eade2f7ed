/*
 * A helper for each test, with a folder of files that it may and may not open, and an agent that tells what it finds
 * itself to be.
 */
#ifndef REGENT_TESTS_UNIT_HELPER_FIXTURE_H
#define REGENT_TESTS_UNIT_HELPER_FIXTURE_H

#include <stdbool.h>

#include "core/helper/helper_priv.h"
#include "tests/unit/test.h"

#define NOBODY 65534
#define CORE 12345
#define PATIENCE_MS 20000

struct fixture {
	char dir[64];
	struct helper_policy policy;
	struct helper *h;
	uint32_t id;
};

int helper_setup(void **state);
int helper_teardown(void **state);

void path_in(const struct fixture *f, const char *name, char out[static HELPER_PATH]);
void make_file(const struct fixture *f, const char *name, const char *content, mode_t mode);
void make_link(const struct fixture *f, const char *target, const char *name);
void wait_for_exit(pid_t pid, int want);
bool readable(int fd, int ms);
/* The next answer, whatever it answers. */
struct helper_answer await(struct fixture *f, int *fd);
/* Ask and wait for the answer to that. */
struct helper_answer ask(struct fixture *f, uint32_t op, const char *path, const int *fds, size_t n_fds, int *fd);

/* Run the tests as root; where the program was started as the agent, be it. Returns main's value. */
int helper_test_main(int argc, char **argv, int (*run)(void));

#endif
