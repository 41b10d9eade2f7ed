/* Who runs a script, and why one is not run. Needs root (files of other owners). */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/load.h"
#include "core/base/text.h"
#include "core/script_book.h"
#include "tests/unit/test.h"

#define NOBODY 65534

static char dir[64] = "/tmp/regent-book-XXXXXX";

static void put_script(const char *name, mode_t mode)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void in_dir(char path[static 128], const char *name)
{
	size_t n = 0;

	text_append(path, 128, &n, "%s/%s", dir, name);
}

static void put_owned(const char *name, mode_t mode, uid_t uid, gid_t gid)
{
	char path[128];

	put_script(name, mode);
	in_dir(path, name);
	assert_int_equal(chown(path, uid, gid), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void put_link(const char *name, const char *to)
{
	char path[128];

	in_dir(path, name);
	assert_int_equal(symlink(to, path), 0);
}

static int make_dir(void **state)
{
	char path[128];

	(void)state;
	umask(022);
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chmod(dir, 0755), 0);
	put_script("good", 0755);
	put_script("plain", 0644);
	put_script("mine", 0700);
	snprintf(path, sizeof(path), "%s/open", dir);
	assert_int_equal(mkdir(path, 0777), 0);
	assert_int_equal(chmod(path, 0777), 0);
	put_script("open/good", 0755);
	put_script("loose", 0757);
	put_script("sticky", 01757);
	put_owned("others", 0755, NOBODY, 0);
	put_owned("group", 0775, 0, NOBODY);
	put_owned("root_group", 0775, 0, 0);
	put_link("into", "open/good");
	put_link("open/out", "../good");
	put_link("beside", "good");
	put_link("through", "open/out");
	put_link("round", "round");
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

static int remove_dir(void **state)
{
	(void)state;
	return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void collect(void *user, enum diag_severity s, const char *line)
{
	char *all = user;
	size_t n = strlen(all);

	if (s == DIAG_WARNING && strstr(line, "is not run"))
		text_append(all, 8192, &n, "%s\n", line);
}

static void collect_all(void *user, enum diag_severity s, const char *line)
{
	char *all = user;
	size_t n = strlen(all);

	if (s == DIAG_WARNING)
		text_append(all, 8192, &n, "%s\n", line);
}

/* A file with this script; `@` stands for the folder. Its errno; *spec points into *book. */
static int look_up(const char *global, const char *script, struct script_book **book, struct script_spec *spec, char said[static 8192])
{
	char text[2048], with_dir[4096];
	size_t n = 0;

	snprintf(text, sizeof(text), "global_defs {\n%s\n}\nvrrp_script chk {\n script %s\n}\n", global, script);
	for (const char *p = text; *p; p++)
		text_append(with_dir, sizeof(with_dir), &n, *p == '@' ? "%s" : "%.1s", *p == '@' ? dir : p);
	struct conf_options o = { .config_id = "test" };
	struct diag *d = diag_new();
	const struct conf *c = conf_parse("test.conf", with_dir, n, &o, d);

	if (!c)
		diag_print(d, stderr, false);
	assert_non_null(c);
	*book = script_book_make(c, d);
	assert_non_null(*book);
	said[0] = '\0';
	diag_each(d, collect, said);
	int err = script_book_spec(*book, &c->scripts[0].script, USEC_PER_SEC, spec) ? 0 : errno;

	diag_free(d);
	conf_free(c);
	return err;
}

static void test_cases(void **state)
{
	static const struct {
		const char *global, *script;
		int err;
		uid_t uid;
		const char *said; /* NULL: nothing */
	} cases[] = {
		{ "script_user nobody", "\"@/good\"", 0, NOBODY, NULL },
		{ "script_user nobody", "\"@/good a 'b c'\"\n user root", 0, 0, NULL },
		{ "script_user root", "\"@/good\"\n user nobody", 0, NOBODY, NULL },
		{ "script_user nobody", "\"true\"", 0, NOBODY, NULL },
		{ "script_user nobody", "\"no-such-program-here\"", ENOENT, 0, "no-such-program-here: No such file" },
		{ "script_user nobody", "\"./good\"", EINVAL, 0, "is a relative path" },
		{ "script_user nobody", "\"@/none\"", ENOENT, 0, "/none: No such file" },
		{ "script_user nobody", "\"@/plain\"", EACCES, 0, "/plain is not executable" },
		{ "script_user nobody", "\"@/mine\"", EACCES, 0, "/mine is not executable for user 65534" },
		{ "script_user root", "\"@/mine\"", 0, 0, NULL },
		{ "script_user root", "\"@/plain\"", EACCES, 0, "chmod +x" },
		{ "script_user root", "\"@\"", EACCES, 0, "is no file" },
		{ "script_user no_such_user", "\"@/good\"", EINVAL, 0, "there is no user `no_such_user`" },
		{ "script_user root no_such_group", "\"@/good\"", EINVAL, 0, "there is no group `no_such_group`" },
		{ "script_user root", "\"@/open/good\"", 0, 0, NULL },
		{ "script_user root\n enable_script_security", "\"@/open/good\"", EPERM, 0, "/open (owner 0, group 0, mode 0777)" },
		{ "script_user root\n enable_script_security", "\"@/open/good\"", EPERM, 0, "chmod go-w /tmp/" },
		{ "script_user root\n enable_script_security", "\"@/good\"", 0, 0, NULL },
		{ "script_user root\n enable_script_security", "\"@/loose\"", EPERM, 0, "mode 0757" },
		{ "script_user root\n enable_script_security", "\"@/sticky\"", EPERM, 0, "mode 1757" }, /* that is for folders */
		{ "script_user root\n enable_script_security", "\"@/others\"", EPERM, 0, "/others (owner 65534" },
		{ "script_user root\n enable_script_security", "\"@/group\"", EPERM, 0, "group 65534, mode 0775" },
		{ "script_user root\n enable_script_security", "\"@/root_group\"", 0, 0, NULL },
		{ "script_user root\n enable_script_security", "\"@/into\"", EPERM, 0, "/open (owner 0" },
		{ "script_user root\n enable_script_security", "\"@/open/out\"", EPERM, 0, "/open (owner 0" },
		{ "script_user root\n enable_script_security", "\"@/beside\"", 0, 0, NULL },
		{ "script_user root\n enable_script_security", "\"@/through\"", EPERM, 0, "/open (owner 0" }, /* its end is good */
		{ "script_user root\n enable_script_security", "\"@/round\"", ELOOP, 0, "/round: " },
		{ "script_user nobody\n enable_script_security", "\"@/open/good\"", 0, NOBODY, NULL },
	};
	static char said[8192];

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct script_book *book;
		struct script_spec spec = { .uid = 0 };
		int err = look_up(cases[i].global, cases[i].script, &book, &spec, said);

		if (err != cases[i].err || (err == 0 && spec.uid != cases[i].uid))
			fail_msg("%s, %s: %s, user %u", cases[i].global, cases[i].script, strerror(err), (unsigned)spec.uid);
		if (cases[i].said ? !strstr(said, cases[i].said) : said[0] != '\0')
			fail_msg("%s, %s: said `%s`", cases[i].global, cases[i].script, said);
		script_book_free(book);
	}
}

static void test_words(void **state)
{
	struct script_book *book;
	struct script_spec spec;
	char said[8192], path[128];

	(void)state;
	assert_int_equal(look_up("script_user nobody", "\"@/good a 'b c'\"", &book, &spec, said), 0);
	snprintf(path, sizeof(path), "%s/good", dir);
	assert_string_equal(spec.argv[0], path);
	assert_string_equal(spec.argv[1], "a");
	assert_string_equal(spec.argv[2], "b c");
	assert_null(spec.argv[3]);
	assert_int_equal(spec.gid, NOBODY);
	assert_int_equal(spec.timeout, USEC_PER_SEC);
	script_book_free(book);
	assert_false(script_book_spec(NULL, &(struct conf_script){ .command = "/x" }, 1, &spec));
	assert_int_equal(errno, ESRCH);
}

/* Each warning has the line of its own keyword. */
static void test_places(void **state)
{
	static const char text[] =
		"global_defs {\n"
		" startup_script /no/startup\n"
		" notify_fifo /run/x no-such-user\n"
		" vrrp_notify_fifo_script /no/reader\n"
		"}\n"
		"vrrp_instance V {\n"
		" interface lo\n"
		" virtual_router_id 7\n"
		" notify_master /no/master\n"
		"}\n"
		"virtual_server 192.0.2.1 80 {\n"
		" quorum_up /no/up\n"
		" real_server 192.0.2.2 80 {\n"
		"  notify_down /no/down\n"
		"  MISC_CHECK {\n"
		"   misc_path /no/check\n"
		"  }\n"
		" }\n"
		"}\n";
	static const char *const want[] = {
		"test.conf:2:2: startup_script", "test.conf:3:2: notify_fifo", "test.conf:4:2: vrrp_notify_fifo_script",
		"test.conf:9:2: notify_master", "test.conf:12:2: quorum_up", "test.conf:14:3: notify_down", "test.conf:16:4: misc_path",
	};
	struct conf_options o = { .config_id = "test" };
	struct diag *d = diag_new();
	char said[8192] = "", clean[8192];
	size_t n = 0;

	(void)state;
	const struct conf *c = conf_parse("test.conf", text, strlen(text), &o, d);

	assert_non_null(c);
	struct script_book *b = script_book_make(c, d);

	diag_each(d, collect_all, said);
	for (const char *p = said, *at; *p; p = at) { /* without the grade */
		at = strstr(p, "warning: ");
		at = at ? at : p + strlen(p);
		text_append(clean, sizeof(clean), &n, "%.*s", (int)(at - p), p);
		at += *at ? strlen("warning: ") : 0;
	}
	for (size_t i = 0; i < N_ELEMENTS(want); i++)
		if (!strstr(clean, want[i]))
			fail_msg("no `%s` in:\n%s", want[i], clean);
	script_book_free(b);
	conf_free(c);
	diag_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_places),
	};

	if (geteuid() != 0) {
		print_message("needs root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
