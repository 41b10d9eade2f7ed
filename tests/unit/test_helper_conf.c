/* Does a command stand in the configuration? What the helper answers to an honest core and to one that makes commands up. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/helper/helper_priv.h"
#include "tests/unit/test.h"

static const char text[] =
	"$DIR=/etc/keepalived/scripts\n"
	"$NOTIFY=\"/usr/local/bin/notify.sh --site a\"\n"
	"$DEEP=$DIR/deep\n"
	"$LOOP=$LOOP\n"
	"global_defs {\n"
	"    script_user nobody nogroup\n"
	"    notify_fifo /run/regent.fifo\n"
	"    notify_fifo_script \"/opt/reader\"\n"
	"}\n"
	"vrrp_script chk {\n"
	"    script \"/usr/bin/pgrep -x haproxy\"\n"
	"    interval 2\n"
	"    user root\n"
	"}\n"
	"vrrp_instance VI_1 {\n"
	"    notify_master \"$DIR/master.sh $INST on\"\n"
	"    notify_backup \"${DEEP}/b.sh\"\n"
	"    notify_fault \"$NOTIFY fault\"\n"
	"    notify_stop '/bin/sh -c \"echo a b > /tmp/x\"'\n"
	"    notify /opt/any.sh\n"
	"    notify_deleted \"$LOOP x\"\n"
	"    quorum_up \"/bin/echo one \\\n        two\"\n"
	"    misc_path \"/bin/say 'one two' three\"\n"
	"    track \"/bin/cat\n"
	"    /etc/shadow\"\n"
	"}\n";

static void add(struct conf_bytes *b, const char *bytes)
{
	int fd = memfd_create("conf", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, strlen(bytes)), (ssize_t)strlen(bytes));
	conf_bytes_add(b, fd, "/etc/regent/regent.conf");
	close(fd);
}

static struct conf_bytes *make(const char *bytes)
{
	struct conf_bytes *b = conf_bytes_new();

	assert_non_null(b);
	add(b, bytes);
	return b;
}

/* Words stand apart by '|'. */
static bool allowed(struct conf_bytes *b, const char *words, size_t n_added)
{
	char blob[HELPER_ARGV];
	size_t n = strlen(words) + 1;

	assert_true(n <= sizeof(blob));
	memcpy(blob, words, n);
	for (size_t i = 0; i < n; i++)
		if (blob[i] == '|')
			blob[i] = '\0';
	return conf_bytes_allow(b, blob, n, n_added);
}

static void test_commands(void **state)
{
	static const struct {
		const char *words;
		size_t n_added;
		bool yes;
	} cases[] = {
		{ "/usr/bin/pgrep|-x|haproxy", 0, true },
		{ "/usr/bin/pgrep|-x", 0, false },            /* not whole */
		{ "/usr/bin/pgrep", 0, false },
		{ "/usr/bin/pgrep|-x|haproxy|interval", 0, false }, /* over the end */
		{ "/usr/bin/pgrep|-x|haprox", 0, false },
		{ "usr/bin/pgrep|-x|haproxy", 0, false },
		{ "/bin/pgrep|-x|haproxy", 0, false },        /* the end of a path */
		{ "/usr/bin/pgrep-x|haproxy", 0, false },
		{ "/etc/keepalived/scripts/master.sh|VI_1|on", 0, true },
		{ "/etc/keepalived/scripts/master.sh|VI-1.a|on", 0, true }, /* nobody gives $INST a value */
		{ "/etc/keepalived/scripts/master.sh|-x|on", 0, false },
		{ "/etc/keepalived/scripts/master.sh|/tmp/x|on", 0, false },
		{ "/etc/keepalived/scripts/master.sh|a;b|on", 0, false },
		{ "/etc/keepalived/scripts/master.sh|VI_1", 0, false },
		{ "/tmp/master.sh|VI_1|on", 0, false },
		{ "/etc/keepalived/scripts/deep/b.sh", 0, true },
		{ "/usr/local/bin/notify.sh|--site|a|fault", 0, true },
		{ "/usr/local/bin/notify.sh|--site|b|fault", 0, false },
		{ "/bin/sh|-c|echo a b > /tmp/x", 0, true },
		{ "/bin/sh|-c|echo a b > /tmp/y", 0, false },
		{ "/bin/sh|-c|reboot", 0, false },
		{ "/bin/sh", 0, false },
		{ "/bin/echo|one|two", 0, true },
		{ "/bin/say|one two|three", 0, true },
		{ "/bin/cat", 0, true },                       /* a line's end ends a command */
		{ "/bin/cat|/etc/shadow", 0, false },
		{ "/opt/any.sh", 0, true },
		{ "/opt/any.sh|INSTANCE|VI_1|MASTER|100", 4, true },
		{ "/opt/any.sh|INSTANCE|x$(reboot)|MASTER|100", 4, false },
		{ "/opt/any.sh|INSTANCE|VI_1|ROOT|100", 4, false },
		{ "/opt/any.sh|INSTANCE|VI_1|MASTER|-100", 4, false },
		{ "/opt/any.sh|SHELL|VI_1|MASTER|100", 4, false },
		{ "/opt/any.sh|INSTANCE|VI_1|MASTER", 4, false },
		{ "/opt/any.sh|INSTANCE|VI_1|MASTER|100", 0, false },
		{ "/opt/reader|/run/regent.fifo", 1, true },
		{ "/opt/reader|/tmp/fifo", 1, false },
		{ "/opt/reader|run", 1, false },
		{ "/bin/sh|/run/regent.fifo", 1, false },
		{ "", 0, false },
		{ "", 1, false },
	};
	struct conf_bytes *b = make(text);

	(void)state;
	for (int twice = 0; twice < 2; twice++) /* the second time it may be known */
		for (size_t i = 0; i < N_ELEMENTS(cases); i++)
			if (allowed(b, cases[i].words, cases[i].n_added) != cases[i].yes)
				fail_msg("%s with %zu added: want %d", cases[i].words, cases[i].n_added, cases[i].yes);
	conf_bytes_free(b);
}

static void test_names(void **state)
{
	struct conf_bytes *b = make(text);

	(void)state;
	assert_true(conf_bytes_name(b, "nobody"));
	assert_true(conf_bytes_name(b, "nogroup"));
	assert_true(conf_bytes_name(b, "root"));
	assert_false(conf_bytes_name(b, "body"));
	assert_false(conf_bytes_name(b, "nobod"));
	assert_false(conf_bytes_name(b, "daemon"));
	assert_false(conf_bytes_name(b, ""));
	assert_false(conf_bytes_name(NULL, "nobody"));
	conf_bytes_free(b);
}

/* Which files count: being read, taken, and the ones before; not what was refused. */
static void test_generations(void **state)
{
	struct conf_bytes *b = make("script \"/one\"\n");

	(void)state;
	assert_true(allowed(b, "/one", 0));
	conf_bytes_taken(b);
	add(b, "script \"/two\"\n");
	assert_true(allowed(b, "/two", 0));
	conf_bytes_refused(b);
	assert_false(allowed(b, "/two", 0));
	assert_true(allowed(b, "/one", 0));
	add(b, "script \"/three\"\n");
	conf_bytes_taken(b);
	assert_true(allowed(b, "/one", 0)); /* its notify_deleted, perhaps */
	assert_true(allowed(b, "/three", 0));
	add(b, "script \"/three\"\n");
	conf_bytes_taken(b);
	assert_false(allowed(b, "/one", 0));
	assert_true(allowed(b, "/three", 0));
	conf_bytes_free(b);
}

/* What a hostile core asks must not take for ever, whatever the file is. */
static void test_bounded(void **state)
{
	static char big[1 << 20];
	size_t n = 0;

	(void)state;
	n += (size_t)snprintf(big + n, sizeof(big) - n, "$A=$B$B$B$B\n$B=$C$C$C$C\n$C=$A$A$A$A\n");
	while (n + 64 < sizeof(big))
		n += (size_t)snprintf(big + n, sizeof(big) - n, "script \"$A $X$Y$Z$X$Y$Z\"\n");
	struct conf_bytes *b = make(big);

	assert_false(allowed(b, "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa|aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", 0));
	conf_bytes_free(b);
}

/* Files by which the outside waits for a reload: only those, only regular ones, only with that keyword. */
static void test_marks(void **state)
{
	char dir[] = "/tmp/regent-mark-XXXXXX", conf[512], mark[64], clock[64], other[64], pipe[64], link_[64];
	struct conf_bytes *b;
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(mark, sizeof(mark), "%s/mark", dir);
	snprintf(clock, sizeof(clock), "%s/clock", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	snprintf(pipe, sizeof(pipe), "%s/pipe", dir);
	snprintf(link_, sizeof(link_), "%s/link", dir);
	snprintf(conf, sizeof(conf),
	         "global_defs {\n reload_file %s\n reload_file %s\n reload_file %s\n reload_time_file %s\n # %s\n script %s\n}\n", mark, pipe,
	         link_, clock, other, other);
	b = make(conf);
	assert_int_equal(helper_do_mark(b, HELPER_MARK_MAKE, mark), 0);
	assert_int_equal(stat(mark, &st), 0);
	assert_int_equal(truncate(mark, 100), 0);
	assert_int_equal(helper_do_mark(b, HELPER_MARK_MAKE, mark), 0);
	assert_int_equal(stat(mark, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(helper_do_mark(b, HELPER_TIME_REMOVE, mark), EPERM);
	assert_int_equal(helper_do_mark(b, HELPER_MARK_REMOVE, mark), 0);
	assert_int_equal(helper_do_mark(b, HELPER_MARK_REMOVE, mark), 0);
	assert_int_not_equal(stat(mark, &st), 0);
	assert_int_equal(helper_do_mark(b, HELPER_MARK_MAKE, other), EPERM);
	assert_int_equal(helper_do_mark(b, HELPER_MARK_MAKE, clock), EPERM);
	assert_int_equal(helper_do_mark(b, HELPER_MARK_MAKE, "mark"), EPERM);
	assert_int_equal(mkfifo(pipe, 0600), 0);
	assert_int_not_equal(helper_do_mark(b, HELPER_MARK_MAKE, pipe), 0);
	assert_int_equal(helper_do_mark(b, HELPER_MARK_REMOVE, pipe), EPERM);
	assert_int_equal(symlink(other, link_), 0);
	assert_int_equal(helper_do_mark(b, HELPER_MARK_MAKE, link_), ELOOP);
	assert_int_equal(helper_do_mark(b, HELPER_MARK_REMOVE, link_), EPERM);
	assert_int_equal(helper_do_mark(b, HELPER_TIME_REMOVE, clock), 0);
	unlink(pipe);
	unlink(link_);
	assert_int_equal(rmdir(dir), 0);
	conf_bytes_free(b);
}

/* ---- which files are configuration ---- */

static void add_at(struct conf_bytes *b, const char *bytes, const char *path)
{
	int fd = memfd_create("conf", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, strlen(bytes)), (ssize_t)strlen(bytes));
	conf_bytes_add(b, fd, path);
	close(fd);
}

static const struct {
	const char *line, *path;
	bool named;
} include_cases[] = {
	{ "include a.conf", "/etc/r/a.conf", true },
	{ "include a.conf", "/etc/r/b.conf", false },
	{ "include a.conf", "/etc/r/a.conf~", false },
	{ "include a.conf", "/etc/r/a.con", false },
	{ "include a.conf", "/etc/r/sub/a.conf", false },
	{ "include a.conf", "/elsewhere/a.conf", false },
	{ "include /etc/r/sub/a.conf", "/etc/r/sub/a.conf", true },
	{ "include ./a.conf", "/etc/r/./a.conf", true },
	{ "include \"a.conf\"", "/etc/r/a.conf", true },
	{ "include 'a b.conf'", "/etc/r/a b.conf", true },
	{ "include 'a b.conf'", "/etc/r/a", false },
	{ "include a.conf # why", "/etc/r/a.conf", true },
	{ "include a.conf b.conf", "/etc/r/b.conf", false }, /* one name a line */
	{ "global_defs {\n\tincluder a.conf\n}", "/etc/r/a.conf", true },
	{ "includem a.conf", "/etc/r/a.conf", true },
	{ "includew a.conf", "/etc/r/a.conf", true },
	{ "includeb a.conf", "/etc/r/a.conf", true },
	{ "includea a.conf", "/etc/r/a.conf", true },
	{ "includez a.conf", "/etc/r/a.conf", false },
	{ "include_check a.conf", "/etc/r/a.conf", false },
	{ "xinclude a.conf", "/etc/r/a.conf", false },
	{ "includea.conf", "/etc/r/a.conf", false },
	{ "include", "/etc/r/", false },
	{ "include\na.conf", "/etc/r/a.conf", false },
	{ "include \\\na.conf", "/etc/r/a.conf", true },
	{ "@node1 include a.conf", "/etc/r/a.conf", true },
	/* patterns */
	{ "include d/*.conf", "/etc/r/d/x.conf", true },
	{ "include d/*.conf", "/etc/r/d/.conf", false },
	{ "include d/*.conf", "/etc/r/d/.x.conf", false },
	{ "include d/*.conf", "/etc/r/d/s/x.conf", false },
	{ "include d/*.conf", "/etc/r/d/x.conf.bak", false },
	{ "include d/*", "/etc/r/d/", true }, /* nothing that can be opened */
	{ "include d/*", "/etc/r/d/x", true },
	{ "include */*.conf", "/etc/r/d/x.conf", true },
	{ "include d/x?.conf", "/etc/r/d/x1.conf", true },
	{ "include d/x?.conf", "/etc/r/d/x.conf", false },
	{ "include d?x.conf", "/etc/r/d/x.conf", false },
	{ "include ?x", "/etc/r/.x", false },
	{ "include x[0-9a].conf", "/etc/r/x7.conf", true },
	{ "include x[0-9a].conf", "/etc/r/xa.conf", true },
	{ "include x[0-9a].conf", "/etc/r/xb.conf", false },
	{ "include x[!0-9].conf", "/etc/r/x7.conf", false },
	{ "include x[!0-9].conf", "/etc/r/xb.conf", true },
	{ "include x[^b].conf", "/etc/r/x/.conf", false },
	{ "include x[]].conf", "/etc/r/x].conf", true },
	{ "include x[.conf", "/etc/r/x[.conf", true },
	{ "include {a,b}.conf", "/etc/r/b.conf", true },
	{ "include {a,b}.conf", "/etc/r/c.conf", false },
	{ "include {a,b}.conf", "/etc/r/a,b.conf", false },
	{ "include {a,{b,c}d}.conf", "/etc/r/cd.conf", true },
	{ "include {a,{b,c}d}.conf", "/etc/r/c.conf", false },
	{ "include d/{,x*}.conf", "/etc/r/d/xyz.conf", true },
	{ "include d/{,x*}.conf", "/etc/r/d/.conf", true },
	{ "include {a", "/etc/r/a", false },
	{ "include \"{a,b}.conf\"", "/etc/r/b.conf", true },
	/* variables */
	{ "$D=/etc/r/sub\ninclude $D/*.conf", "/etc/r/sub/x.conf", true },
	{ "$D=/etc/r/sub\ninclude $D/*.conf", "/etc/r/other/x.conf", false },
	{ "$N=*\ninclude ${N}.conf", "/etc/r/x.conf", true },
	{ "include $UNKNOWN/x.conf", "/etc/r/x.conf", false },
	{ "include *************************************************************.conf", "/etc/r/a-name-that-is-almost-right.con", false },
};

static void test_includes(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(include_cases); i++) {
		struct conf_bytes *b = conf_bytes_new();

		assert_false(conf_bytes_include(b, include_cases[i].path));
		add_at(b, include_cases[i].line, "/etc/r/main.conf");
		if (conf_bytes_include(b, include_cases[i].path) != include_cases[i].named)
			fail_msg("`%s`: %s", include_cases[i].line, include_cases[i].path);
		conf_bytes_taken(b);
		assert_false(conf_bytes_include(b, include_cases[i].path)); /* only of what is being read */
		conf_bytes_free(b);
	}
	assert_false(conf_bytes_include(NULL, "/etc/r/a.conf"));
}

/* Relative to the file that it stands in; the same bytes in two folders are two files. */
static void test_nested_includes(void **state)
{
	struct conf_bytes *b = conf_bytes_new();

	(void)state;
	add_at(b, "include d/a.conf\ninclude x.conf", "/etc/r/main.conf");
	assert_false(conf_bytes_include(b, "/etc/r/d/x.conf"));
	add_at(b, "include d/a.conf\ninclude x.conf", "/etc/r/d/a.conf");
	assert_true(conf_bytes_include(b, "/etc/r/d/x.conf"));
	assert_true(conf_bytes_include(b, "/etc/r/x.conf"));
	conf_bytes_free(b);
	b = conf_bytes_new();
	add_at(b, "include d/a.conf\n", "main.conf"); /* regentd -f main.conf */
	assert_true(conf_bytes_include(b, "d/a.conf"));
	conf_bytes_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_generations),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_includes),
		cmocka_unit_test(test_nested_includes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
