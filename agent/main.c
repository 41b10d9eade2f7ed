/*
 * regent-agent: started by the daemon's helper with its descriptors; no capability, no configuration of its own. Two
 * threads: this one does I/O on a loop (pair to the core, control socket), the other one SNMP. Ends when the daemon
 * closes the pair or a SIGTERM comes; what the daemon said last is still told to snmpd, for a second at most.
 */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "agent/control.h"
#include "agent/link.h"
#include "agent/mail.h"
#include "agent/snmp.h"
#include "core/base/log.h"
#include "core/base/memory.h"

#define ENDING_MAX USEC_PER_SEC
#define JOIN_MAX (300 * USEC_PER_MS)
#define ENDING_STEP (10 * USEC_PER_MS)

struct agent {
	struct loop *loop;
	struct link *link;
	struct control *control;
	struct mail *mail;   /* NULL: there is none to be had */
	struct loop_timer ending;
	usec_t end_by; /* 0: not ending */
	bool closed;   /* the daemon says no more */
};

struct options {
	int fd, control_fd; /* -1: none */
};

static void on_ending(void *user)
{
	struct agent *a = user;
	usec_t now = mono_now();

	if (now >= a->end_by || (a->closed && bridge_settled(link_bridge(a->link)) && (!a->mail || mail_settled(a->mail))))
		loop_stop(a->loop);
	else
		loop_timer_set(a->loop, &a->ending, now + ENDING_STEP);
}

static void begin_ending(struct agent *a)
{
	if (a->end_by == 0)
		a->end_by = mono_now() + ENDING_MAX;
	loop_timer_set(a->loop, &a->ending, mono_now());
}

static void on_closed(void *user)
{
	struct agent *a = user;

	a->closed = true;
	begin_ending(a);
}

/* The daemon is ending; what it has said last may still lie in the pair. */
static void on_term(void *user)
{
	begin_ending(user);
}

static void on_stats(void *user)
{
	struct agent *a = user;

	if (a->control)
		control_stats(a->control);
}

static void on_result(void *user, uint64_t number, const struct wire_set_result *r)
{
	struct agent *a = user;

	if (a->control)
		control_result(a->control, number, r);
}

static void on_event(void *user, const struct event *e)
{
	const struct agent *a = user;

	if (a->mail)
		mail_put_event(a->mail, e);
}

static void on_mailed(void *user, uint64_t n)
{
	const struct agent *a = user;

	if (a->mail)
		mail_start_after(a->mail, n);
}

static void on_mail(void *user, const struct wire_mail *m)
{
	const struct agent *a = user;

	if (a->mail)
		mail_put_settings(a->mail, m);
}

static void usage(FILE *to)
{
	fputs("Usage: regent-agent --fd=N [--control-fd=N]\n\n"
	      "The part of Regent that serves SNMP and regentctl. The daemon starts it by itself;\n"
	      "there is nothing to do with it by hand. See regent-agent(8).\n", to);
}

static int parse_fd(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	return *text && !*end && n >= 0 && n < 1024 ? (int)n : -1;
}

static void parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "fd", required_argument, NULL, 'f' },
		{ "control-fd", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*o = (struct options){ .fd = -1, .control_fd = -1 };
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'f')
			o->fd = parse_fd(optarg);
		else if (c == 'c')
			o->control_fd = parse_fd(optarg);
		else if (c == 'V')
			exit(printf("regent-agent %s\n", PACKAGE_VERSION) < 0);
		else if (c == 'h')
			usage(stdout), exit(0);
		else
			usage(stderr), exit(2);
	}
	if (o->fd < 0 || optind != argc)
		usage(stderr), exit(2);
}

/* Where the daemon has a standard error that somebody reads, lines go there; else to syslog. */
static void open_log(void)
{
	struct stat st;
	bool null = fstat(2, &st) < 0 || (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
	struct log_target t = {
		.ident = "regent-agent", .to_stderr = !null, .to_syslog = null, .facility = 3, .max = LOG_LVL_INFO,
	};

	log_open(&t);
	log_thread_start();
}

/* Signals belong to the first thread; a closed socket is an error of the write, not a death. */
static int start_snmp(pthread_t *t, struct bridge *b)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(t, NULL, snmp_thread, b);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return err;
}

/* A thread that waits for snmpd inside the library is not waited for: there is nothing left to do but to go. */
static void end_snmp(pthread_t t, struct bridge *b)
{
	usec_t by = mono_now() + JOIN_MAX;
	struct timespec until = { .tv_sec = by / USEC_PER_SEC, .tv_nsec = by % USEC_PER_SEC * 1000 };

	bridge_quit(b);
	if (pthread_clockjoin_np(t, NULL, CLOCK_MONOTONIC, &until) == 0)
		return;
	log_close(JOIN_MAX);
	_exit(0);
}

static void prepare_process(void)
{
	signal(SIGPIPE, SIG_IGN);
	/* A terminal's signals go to the daemon, which ends us when it ends. */
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	/* Both empty, or net-snmp opens every MIB file of its folder. */
	setenv("MIBS", "", 1);
	setenv("MIBDIRS", "", 1);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	/* The helper starts us from a descriptor, whose number would be our name in ps. */
	prctl(PR_SET_NAME, "regent-agent");
}

static int run(struct agent *a, const struct options *o)
{
	struct link_user user = {
		.result = on_result, .stats = on_stats, .closed = on_closed, .mailed = on_mailed, .event = on_event, .mail = on_mail, .user = a,
	};
	pthread_t snmp;
	int err;

	a->link = link_new(a->loop, o->fd, &user);
	if (!a->link) {
		log_err("agent", "cannot use descriptor %d as the pair to the daemon: %s", o->fd, strerror(errno));
		return 1;
	}
	a->mail = mail_new(bridge_mailed, link_bridge(a->link));
	if (!a->mail)
		log_err("agent", "cannot start the mail thread: %s; no mail is sent", strerror(errno));
	if (o->control_fd >= 0)
		a->control = control_new(a->loop, o->control_fd, a->link, a->mail);
	bridge_set_mail(link_bridge(a->link), a->mail);
	err = start_snmp(&snmp, link_bridge(a->link));
	if (err) {
		log_err("agent", "cannot start a thread: %s", strerror(err));
		return 1;
	}
	loop_run(a->loop);
	end_snmp(snmp, link_bridge(a->link));
	return 0;
}

int main(int argc, char **argv)
{
	struct options o;
	struct agent a = { 0 };
	int status = 1;

	memory_give_back();
	parse_options(argc, argv, &o);
	prepare_process();
	open_log();
	a.loop = loop_new();
	loop_timer_init(&a.ending, LOOP_QUEUED, on_ending, &a);
	if (a.loop && loop_signal(a.loop, SIGTERM, on_term, &a) == 0)
		status = run(&a, &o);
	if (a.link)
		bridge_set_mail(link_bridge(a.link), NULL);
	mail_free(a.mail);
	control_free(a.control);
	link_free(a.link);
	if (a.loop)
		loop_free(a.loop);
	log_close(USEC_PER_SEC);
	return status;
}
