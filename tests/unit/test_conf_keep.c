/*
 * A reload by difference: whatever was edited, and however often, the tree that is made of what the old one has is the tree that a
 * fresh start makes: the same in print and by comparison, with the same findings at the same lines, and with the same differences
 * from the tree before.
 */
#include "config.h"

#include "tests/unit/test.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "conf/diff.h"
#include "conf/equal.h"
#include "conf/load.h"
#include "conf/print.h"

#define NOW ((int64_t)4102444800 * 1000000)
#define ROUNDS 1500
#define RELOADS 6
#define BLOCKS 12
#define ROOM 16384

/* ---- files in memory ---- */

static char main_text[ROOM];
static const char inc_text[] = "\tweight 5\n";
static unsigned included_weight; /* 0: as above; else the file says that */

static int open_memory(void *user, const char *path)
{
	char weight[32];
	const char *text = strcmp(path, "/c/main") == 0 ? main_text : inc_text;
	int fd = memfd_create("conf", MFD_CLOEXEC);

	(void)user;
	assert_true(fd >= 0);
	if (included_weight && text == inc_text) {
		snprintf(weight, sizeof(weight), "\tweight %u\n", included_weight);
		text = weight;
	}
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static const struct conf_options plain = { .open = open_memory, .config_id = "me", .seed = 1 };

/* ---- files that change ---- */

static uint64_t seed;

static size_t pick(size_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(seed >> 33) % n;
}

static const char *one_of(const char *const *list, size_t n)
{
	return list[pick(n)];
}
#define ONE_OF(...) one_of((const char *const[]){ __VA_ARGS__ }, sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

struct block {
	unsigned id, servers, shape;
	char text[700];
};

static struct block blocks[BLOCKS];
static size_t n_blocks;
static unsigned global;

__attribute__((format(printf, 3, 4)))
static void put(char *out, size_t size, const char *fmt, ...)
{
	size_t len = strlen(out);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out + len, size - len, fmt, ap);
	va_end(ap);
	assert_true(strlen(out) + 1 < size);
}

static void put_server(struct block *b, unsigned i)
{
	put(b->text, sizeof(b->text), "\treal_server 10.2.%u.%u %u {%s", b->id, i, pick(90) ? 80 : 81, ONE_OF("\n", " ", " ! x\n"));
	put(b->text, sizeof(b->text), "%s",
	    ONE_OF("", "", "weight 3\n", "weight 3\n", "\t\tTCP_CHECK {\n\t\t}\n", "notify_up \"/bin/true a b\"\n"));
	put(b->text, sizeof(b->text), "%s", ONE_OF("}\n", "\t}\n", "\n} ! end\n", "}}\n"));
}

/* A service: mostly as files are, at times as they may be. */
static void make_block(struct block *b)
{
	static const char *const odd[] = {
		"! a comment }\n", "name \"a } b\"\n", "delay_loop 7\n", "alpha\n", "include w.inc\n", "$W=3\n", "weight $W\n",
		"quorum 2 }\n}\n", "ha_instance VI\n", "sorry_server 10.9.9.9 80\n", "nonsense\n", "\n\n", "delay_loop 5 \\\n\n",
		"@me alpha\n", "~SEQ(I, 1, 1) ! $I\n",
	};
	const char *brace = ONE_OF(" {\n", " {\n", " {\n", " { ", "\n{\n", " \\\n {\n");

	b->text[0] = '\0';
	put(b->text, sizeof(b->text), "virtual_server 10.1.0.%u 80%s", b->id, brace);
	put(b->text, sizeof(b->text), "\tprotocol TCP\n\tlb_kind DR\n");
	for (unsigned i = 0; i < b->servers; i++) {
		size_t before = strlen(b->text);

		put_server(b, i);
		if (strstr(b->text + before, "}}"))
			return; /* it is closed */
	}
	if (b->shape % 8 == 0)
		put(b->text, sizeof(b->text), "%s", odd[(b->shape / 8) % N_ELEMENTS(odd)]);
	put(b->text, sizeof(b->text), "%s", ONE_OF("}\n", "}\n", "}\n", "} ! end\n", "weight 4}\n", "weight 4}\n", "}\n\n"));
}

static void new_block(struct block *b)
{
	b->id = (unsigned)pick(200);
	b->servers = (unsigned)pick(20) ? 1 + (unsigned)pick(3) : 0;
	b->shape = (unsigned)pick(200);
	make_block(b);
}

static void edit(void)
{
	size_t at = n_blocks ? pick(n_blocks) : 0, to = n_blocks ? pick(n_blocks) : 0;
	struct block b;

	switch (pick(8)) {
	case 0:
		if (n_blocks < BLOCKS)
			new_block(&blocks[n_blocks++]);
		break;
	case 1:
		if (n_blocks > 1)
			blocks[at] = blocks[--n_blocks];
		break;
	case 2:
		b = blocks[at];
		blocks[at] = blocks[to];
		blocks[to] = b;
		break;
	case 3:
		global = (unsigned)pick(3);
		break;
	case 4:
		included_weight = (unsigned)pick(3);
		break;
	default:
		blocks[at].servers = 1 + (unsigned)pick(3);
		make_block(&blocks[at]);
		break;
	}
}

static void write_main(void)
{
	static const char *const globals[] = {
		"", "global_defs {\n\tvrrp_version 3\n}\n", "global_defs {\n\tchecker_log_all_failures\n}\n",
	};

	main_text[0] = '\0';
	put(main_text, ROOM, "%s", pick(9) ? "" : "\xef\xbb\xbf");
	put(main_text, ROOM, "%s! %zu\n", pick(9) ? "" : "\n", pick(2));
	put(main_text, ROOM, "vrrp_instance VI {\n\tinterface lo\n\tvirtual_router_id 1\n\tvirtual_ipaddress {\n\t\t10.1.0.%zu\n\t}\n}\n",
	    pick(9) ? 1 : pick(4));
	for (size_t i = 0; i < n_blocks; i++)
		put(main_text, ROOM, "%s%s", pick(30) ? "" : "! between\n", blocks[i].text);
	put(main_text, ROOM, "%s", globals[global]);
	if (pick(9) == 0) /* the last block may be the last of all */
		main_text[strlen(main_text) - 1] = '\0';
}

/* A slip of the hand, anywhere; often behind a brace. */
static void slip(void)
{
	size_t len = strlen(main_text), at = pick(len);
	const char *brace = pick(2) ? strchr(main_text + at, '}') : NULL;

	if (brace && brace[1])
		at = (size_t)(brace - main_text) + 1;
	if (pick(3) == 0)
		memmove(main_text + at, main_text + at + 1, len - at);
	else
		main_text[at] = "{}! \n\"x\\$@3"[pick(11)];
}

/* ---- what is loaded ---- */

struct loaded {
	const struct conf *conf; /* NULL: refused */
	struct diag *diag;
	struct conf_trace *trace;
};

static struct loaded load(const struct loaded *old)
{
	struct conf_options o = plain;
	struct loaded l = { .diag = diag_new(), .trace = conf_trace_new(NOW) };

	o.trace = l.trace;
	if (old) {
		o.before = old->trace;
		o.old = old->conf;
	}
	l.conf = conf_load("/c/main", &o, l.diag);
	return l;
}

static void unload(struct loaded *l)
{
	conf_free(l->conf);
	diag_free(l->diag);
	conf_trace_free(l->trace);
	*l = (struct loaded){ NULL, NULL, NULL };
}

static void put_finding(void *user, enum diag_severity s, const char *line)
{
	fprintf(user, "%d %s\n", s, line);
}

static void put_diff(FILE *f, const struct conf *before, const struct conf *now)
{
	struct conf_diff *d = conf_diff_make(before, now);

	for (size_t i = 0; i < d->n; i++) {
		const struct conf_change *c = &d->changes[i];

		fprintf(f, "%d %d %s %s %s\n", c->kind, c->object, c->in, c->name, c->what);
	}
	for (size_t i = 0; i < now->n_expanded; i++)
		fprintf(f, "%d%d", d->expanded[i].old != NULL, d->expanded[i].same);
	fprintf(f, " %zu\n", d->n_expanded_gone);
	conf_diff_free(d);
}

/* All of it that can be seen from outside. */
static char *print(const struct loaded *l, const struct conf *before)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	diag_each(l->diag, put_finding, f);
	if (l->conf)
		conf_print(l->conf, f);
	for (size_t i = 0; l->conf && i < l->conf->n_expanded; i++) {
		const struct conf_vs *s = &l->conf->expanded[i];

		fprintf(f, "%s %zu line %u\n", s->name, s->n_servers, s->place.line);
	}
	if (l->conf && before)
		put_diff(f, before, l->conf);
	fclose(f);
	return text;
}

static size_t count_kept(const struct conf *old, const struct conf *new)
{
	size_t n = 0;

	for (size_t i = 0; i < new->n_services; i++)
		for (size_t k = 0; k < old->n_services; k++)
			n += new->services[i].name == old->services[k].name;
	return n;
}

struct counts {
	size_t kept, same, words, refused, whole, mixed;
};

/* One reload as the daemon does it: `running` takes the new tree's place, or stays. */
static void reload(struct loaded *running, struct counts *n)
{
	struct conf_options o = plain;
	/* the daemon says again what it said, and asks nothing of a file of which there was something to say */
	enum conf_again again = diag_warnings(running->diag) ? CONF_OTHER : conf_again(running->trace, &o, NOW);
	struct loaded fresh = load(NULL), new;
	char *want, *got;

	if (again != CONF_OTHER) {
		assert_non_null(fresh.conf);
		assert_true(conf_equal(running->conf, fresh.conf));
		assert_int_equal(diag_warnings(fresh.diag), 0);
		n->same += again == CONF_SAME;
		n->words += again == CONF_SAME_WORDS;
		unload(&fresh);
		return;
	}
	new = load(running);
	want = print(&fresh, running->conf);
	got = print(&new, running->conf);
	if (strcmp(want, got) != 0)
		fail_msg("seed %llu:\n%s\n--- fresh:\n%s\n--- by difference:\n%s", (unsigned long long)seed, main_text, want, got);
	free(want);
	free(got);
	if (!new.conf) {
		n->refused++;
		unload(&new);
	} else {
		assert_true(conf_equal(new.conf, fresh.conf));
		n->kept += count_kept(running->conf, new.conf);
		n->mixed += conf_is_mixed(new.conf);
		n->whole += !conf_is_mixed(new.conf);
		unload(running);
		*running = new;
	}
	unload(&fresh);
}

static void test_reloads(void **state)
{
	struct counts n = { 0 };

	(void)state;
	for (unsigned round = 1; round <= ROUNDS; round++) {
		struct loaded running;

		seed = round;
		included_weight = 0;
		global = (unsigned)pick(3);
		for (n_blocks = 0; n_blocks < 1 + round % BLOCKS; n_blocks++)
			new_block(&blocks[n_blocks]);
		write_main();
		running = load(NULL);
		for (int i = 0; i < RELOADS && running.conf; i++) {
			for (size_t e = pick(3); e > 0; e--)
				edit();
			write_main();
			if (pick(6) == 0)
				slip();
			reload(&running, &n);
		}
		unload(&running);
	}
	print_message("kept %zu services; trees mixed %zu, whole %zu, the same %zu, in words %zu, refused %zu\n", n.kept, n.mixed,
	              n.whole, n.same, n.words, n.refused);
	assert_true(n.kept > 500 && n.mixed > 100 && n.whole > 100 && n.same > 10 && n.words > 10 && n.refused > 100);
}

static void put_plain(size_t n, int weight)
{
	for (n_blocks = 0; n_blocks < n; n_blocks++)
		snprintf(blocks[n_blocks].text, sizeof(blocks->text),
		         "virtual_server 10.1.0.%zu 80 {\nprotocol TCP\nreal_server 10.2.0.1 80 {\nweight %d\n}\n}\n", n_blocks,
		         n_blocks ? 1 : weight);
	seed = 7;
	included_weight = 0;
	global = 0;
	write_main();
}

/* All services but the one that changed are kept, also where comments moved them before that. */
static void test_kept(void **state)
{
	struct loaded running, next;
	static const char comment[] = "! a comment\n\n";

	(void)state;
	put_plain(BLOCKS, 1);
	running = load(NULL);
	assert_non_null(running.conf);
	assert_true(strlen(main_text) + sizeof(comment) < ROOM);
	memmove(main_text + strlen(comment), main_text, strlen(main_text) + 1);
	memcpy(main_text, comment, strlen(comment));
	assert_int_equal(conf_again(running.trace, &plain, NOW), CONF_SAME_WORDS);
	put_plain(BLOCKS, 2);
	next = load(&running);
	assert_non_null(next.conf);
	assert_int_equal(count_kept(running.conf, next.conf), BLOCKS - 1);
	assert_int_equal(next.conf->services[0].servers[0].weight, 2);
	unload(&running);
	assert_int_equal(next.conf->services[BLOCKS - 1].servers[0].weight, 1); /* held */
	unload(&next);
}

/* A brace at the end of a word ends a block by what stands behind it. */
static void test_brace_in_word(void **state)
{
	static const char block[] = "virtual_server 10.1.0.1 80 {\nprotocol TCP\nreal_server 10.2.0.1 80 {\n}\nweight 4}",
	                  more[] = "garp_group {\ninterface lo\n}\n";
	static const char *const between[] = { "\n", "" };

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(between); i++) {
		struct loaded running, next;

		snprintf(main_text, ROOM, "%s%s%s", block, between[i], i == 0 ? more : "");
		running = load(NULL);
		assert_non_null(running.conf);
		assert_int_equal(diag_warnings(running.diag), 0);
		snprintf(main_text, ROOM, "%s%s", block, more);
		next = load(&running);
		assert_null(next.conf);
		unload(&running);
		unload(&next);
	}
}

/* Old trees do not pile up: where they come to be as much as the first, all is read. */
static void test_bounded(void **state)
{
	struct loaded running, next;
	unsigned whole = 0;

	(void)state;
	put_plain(BLOCKS, 0);
	running = load(NULL);
	assert_non_null(running.conf);
	for (int i = 0; i < 50; i++) {
		put_plain(BLOCKS, i);
		next = load(&running);
		assert_non_null(next.conf);
		whole += !conf_is_mixed(next.conf);
		unload(&running);
		running = next;
	}
	unload(&running);
	assert_in_range(whole, 5, 45);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reloads),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_brace_in_word),
		cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
