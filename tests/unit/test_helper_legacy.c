/* What one helper leaves to the next: as it was, and nothing from descriptors that are something else. */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/helper/helper_priv.h"
#include "tests/unit/test.h"

/* Where the successor finds them: descriptors of its own, so each case is a process. */
enum { NOTE_FD = 5, OWN_FD = 6, IPVS_FD = 7 };

static void put_at(int fd, int to)
{
	assert_true(fd >= 0);
	if (fd == to)
		return;
	assert_int_equal(dup2(fd, to), to);
	close(fd);
}

static int open_high(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), high = fcntl(fd, F_DUPFD_CLOEXEC, 20);

	assert_true(fd >= 0 && high >= 0);
	close(fd);
	return high;
}

static ino_t inode(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_ino;
}

/* Nothing in the test framework's own process stands at these numbers afterwards. */
static void in_a_child(int (*run)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(run());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

#define MUST(x) do { if (!(x)) return __LINE__ & 0xff; } while (0)

static int write_note(bool with_ipvs, struct fifos *f, struct netns *n)
{
	int out = -1, high;

	memset(f, 0, sizeof(*f));
	strncpy(f->made[0], "/run/first", sizeof(f->made[0]) - 1);
	memset(f->made[FIFOS_MAX - 1], 'x', HELPER_PATH - 1);
	*n = (struct netns){ .own = with_ipvs ? 30 : -1, .ipvs = with_ipvs ? 31 : -1 };
	if (legacy_write(f, n, &out) != 0)
		return -1;
	high = fcntl(out, F_DUPFD_CLOEXEC, 20);
	close(out);
	return high;
}

static int carry(bool with_ipvs)
{
	struct fifos before, after;
	struct netns n, taken;
	ino_t own, ipvs;

	put_at(write_note(with_ipvs, &before, &n), NOTE_FD);
	put_at(open_high("/proc/self/ns/net"), OWN_FD);
	put_at(open_high("/proc/self/ns/mnt"), IPVS_FD);
	own = inode(OWN_FD);
	ipvs = inode(IPVS_FD);
	memset(&after, 0xff, sizeof(after));
	MUST(legacy_take(&after, &taken));
	MUST(memcmp(&before, &after, sizeof(before)) == 0);
	MUST(taken.fixed); /* no successor enters another namespace */
	if (!with_ipvs)
		MUST(taken.own == -1 && taken.ipvs == -1);
	else
		MUST(taken.own > IPVS_FD && taken.ipvs > IPVS_FD && inode(taken.own) == own && inode(taken.ipvs) == ipvs &&
		     fcntl(taken.own, F_GETFD) == FD_CLOEXEC && fcntl(taken.ipvs, F_GETFD) == FD_CLOEXEC);
	return 0;
}

static int carry_names(void)
{
	return carry(false);
}

static int carry_namespaces(void)
{
	return carry(true);
}

/* Each of these stands where the note should. */
static int refuse_others(void)
{
	char bytes[2 * sizeof(struct fifos)] = "";
	struct fifos f;
	struct netns n;
	int fd;

	close(NOTE_FD);
	MUST(!legacy_take(&f, &n)); /* nothing */
	put_at(open_high("/dev/null"), NOTE_FD);
	MUST(!legacy_take(&f, &n));
	put_at(open_high("/"), NOTE_FD);
	MUST(!legacy_take(&f, &n));
	for (size_t len = sizeof(f) - 1; len < sizeof(f) + 16; len++) { /* around its size, whatever that is to the byte */
		fd = memfd_create("other", MFD_CLOEXEC);
		MUST(write(fd, bytes, len) == (ssize_t)len);
		put_at(fd, NOTE_FD);
		MUST(!legacy_take(&f, &n) || len == sizeof(f) + 1);
	}
	return 0;
}

/* A note of namespaces that are not there. */
static int refuse_half(void)
{
	struct fifos f;
	struct netns n;
	int fd = write_note(true, &f, &n);

	put_at(fd, NOTE_FD);
	close(OWN_FD);
	close(IPVS_FD);
	MUST(!legacy_take(&f, &n));
	return 0;
}

static void test_names(void **state)
{
	(void)state;
	in_a_child(carry_names);
}

static void test_namespaces(void **state)
{
	(void)state;
	in_a_child(carry_namespaces);
}

static void test_other_descriptors(void **state)
{
	(void)state;
	in_a_child(refuse_others);
	in_a_child(refuse_half);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_namespaces),
		cmocka_unit_test(test_other_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
