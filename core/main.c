/*
 * regentd: the core process from start to end.
 *
 * Reading this file top to bottom in main() is reading the start: options, log, the root helper, the configuration, folders and
 * locks, real-time class, privileges dropped, threads, rooms, the loop; then the same in reverse. Everything else is in a
 * convenience library that tests link.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/print.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/text.h"
#include "core/check_file.h"
#include "core/conf_read.h"
#include "core/daemonize.h"
#include "core/namespaces.h"
#include "core/plan.h"
#include "core/handover.h"
#include "core/privs.h"
#include "core/restart.h"
#include "core/report_file.h"
#include "core/runtime.h"
#include "core/sdnotify.h"

/* Wrong usage is 2, as regentctl and the agent have it. */
enum { EXIT_OK = 0, EXIT_FATAL = 1, EXIT_USAGE = 2, EXIT_CONFIG = 2, EXIT_NO_FILE = 3 };

#define WORKERS 2
#define LOG_FLUSH (500 * USEC_PER_MS)

struct daemon {
	struct options opt;
	struct privs_user user;
	struct helper *helper;
	const struct conf *conf;
	struct rundir dirs;
	struct loop *loop;
	struct runtime rt;
	int ready_fd; /* daemonize() */
	char **argv;
	char log_file[HELPER_PATH]; /* its whole name; "": none */
	bool taken_over;       /* a former life of this process has executed us: restart.h */
	struct handover from;
};

/* As root at the start, by the helper later: from the log's thread then. */
static int open_log_file(void *user)
{
	const struct daemon *d = user;

	errno = EAGAIN; /* not known yet */
	if (!d->helper && d->taken_over)
		return -1;
	return d->helper ? helper_log_wait(d->helper) : helper_log_here(d->log_file);
}

/* False: too long a name. */
static bool name_log_file(struct daemon *d)
{
	const char *name = d->opt.log_file ? d->opt.log_file : "";
	char here[PATH_MAX] = "";

	if (*name && *name != '/' && !getcwd(here, sizeof(here)))
		return false;
	return snprintf(d->log_file, sizeof(d->log_file), "%s%s%s", here, *here ? "/" : "", name) < (int)sizeof(d->log_file);
}

/* In the background too, what keeps it from starting is told where it was started: daemonize_ready() ends that. */
static void open_log(struct daemon *d)
{
	const struct options *o = &d->opt;
	struct log_target t = {
		.ident = "regentd",
		.to_stderr = true,
		.stderr_max = o->foreground || o->console ? LOG_LVL_DEBUG : LOG_LVL_ERR,
		.to_syslog = !o->foreground || o->facility >= 0,
		.file = o->log_file && name_log_file(d) ? d->log_file : NULL,
		.open = open_log_file,
		.open_user = d,
		.facility = o->facility >= 0 ? o->facility : 3,
		.max = o->detail ? LOG_LVL_DEBUG : LOG_LVL_INFO,
	};

	log_open(&t);
	if (o->log_file && !d->taken_over && log_file_error() != 0)
		log_err("main", "cannot write the log file %s: %s; going on without it", o->log_file, strerror(log_file_error()));
}

/* ---- before anything is read ---- */

/* The helper needs names that no working directory changes. */
static bool absolute(char out[HELPER_PATH], const char *path)
{
	char *full = realpath(path, NULL);
	bool fits = text_copy(out, HELPER_PATH, full ? full : path);

	free(full);
	return fits;
}

/* Where we were executed from; what is there later is what a restart executes. */
static bool own_path(char out[HELPER_PATH])
{
	ssize_t n = readlink("/proc/self/exe", out, HELPER_PATH - 1);

	if (n <= 0)
		return false;
	out[n] = '\0';
	return n < HELPER_PATH - 1;
}

static bool make_policy(struct daemon *d, struct helper_policy *out)
{
	struct privs_user agent;
	struct helper_policy p;

	privs_find_agent_user(&d->user, &agent);
	memset(&p, 0, sizeof(p));
	p.argv = d->argv;
	p.uid = agent.uid;
	p.gid = agent.gid;
	p.core_uid = d->user.uid;
	p.core_gid = d->user.gid;
	p.detached = !d->opt.foreground && !d->opt.console;
	if (!own_path(p.program) || !absolute(p.agent_path, d->opt.agent) || !helper_allow_conf(&p, options_conf_file(&d->opt))) {
		log_err("main", "the name of the configuration or of the agent is too long: at most %d bytes", HELPER_PATH - 1);
		return false;
	}
	text_copy(p.log_file, sizeof(p.log_file), d->log_file);
	text_copy(p.connect_paths[0], sizeof(p.connect_paths[0]), "/var/agentx/master");
	text_copy(p.connect_paths[1], sizeof(p.connect_paths[1]), d->opt.agentx ? d->opt.agentx : "");
	*out = p;
	return true;
}

static bool fork_helper(struct daemon *d)
{
	struct helper_policy p;

	if (!make_policy(d, &p))
		return false;
	d->helper = helper_fork(&p);
	if (!d->helper)
		log_err("main", "cannot start the root helper: %s", strerror(errno));
	return d->helper != NULL;
}

static bool adopt_helper(struct daemon *d)
{
	d->helper = helper_adopt(d->from.helper_fd, d->from.wait_fd, 0);
	return d->helper != NULL && privs_find_user(&d->user);
}

/* ---- the configuration ---- */

static void log_finding(void *user, enum diag_severity s, const char *line)
{
	(void)user;
	log_write(s == DIAG_ERROR ? LOG_LVL_ERR : LOG_LVL_WARN, "conf", "%s", line);
}

static int read_conf(struct daemon *d)
{
	const char *path = options_conf_file(&d->opt);
	struct diag *diag = diag_new();

	if (!d->taken_over && access(path, R_OK) != 0) {
		log_err("conf", "cannot read %s: %s; %s", path, strerror(errno), options_other_file(&d->opt));
		diag_free(diag);
		return EXIT_NO_FILE;
	}
	d->conf = diag ? conf_read(&d->opt, d->helper, diag, NULL, NULL, &d->rt.trace) : NULL;
	d->rt.script_book = d->conf ? script_book_make(d->conf, diag) : NULL;
	if (diag) {
		diag_each(diag, log_finding, NULL);
		d->rt.trace = conf_read_unless_found(d->rt.trace, diag);
	}
	diag_free(diag);
	if (!d->conf) {
		log_err("conf", "%s has errors, nothing is started: see them in context with `regentd -t -f %s`", path, path);
		return EXIT_CONFIG;
	}
	if (script_book_defaults_to_root(d->rt.script_book))
		log_notice("script", "scripts without a user of their own run as root: there is neither script_user nor a user keepalived_script");
	if (d->opt.dump)
		conf_print(d->conf, stdout);
	fflush(stdout); /* it becomes /dev/null when we run in the background */
	return EXIT_OK;
}

/* ---- state that outlives us ---- */

/* As root, whose file it stays: the core keeps the mapping, and nobody of its user can open it anew. */
static bool open_state(struct daemon *d)
{
	char path[RUNDIR_PATH + 16];

	rundir_join(path, sizeof(path), d->dirs.run, "state");
	d->rt.state = state_open(path);
	if (!d->rt.state) {
		log_warn("state", "cannot map %s: %s; a restart after a crash will adopt nothing", path, strerror(errno));
		d->rt.state = state_open_memory();
	}
	return d->rt.state != NULL;
}

static bool open_overrides(struct daemon *d)
{
	char path[RUNDIR_PATH + 16];

	rundir_join(path, sizeof(path), d->dirs.state, "overrides");
	d->rt.overrides = overrides_open(d->loop, path);
	return d->rt.overrides != NULL;
}

/* ---- the loop's owner ---- */

static void on_hup(void *user)
{
	struct daemon *d = user;

	reload_request(&d->rt);
}

static void on_term(void *user)
{
	struct daemon *d = user;

	if (d->rt.stop_wanted)
		return;
	log_notice("main", "Stopping");
	runtime_stop(&d->rt);
}

static void on_running(void *user)
{
	struct daemon *d = user;

	sdnotify("READY=1");
	if (d->ready_fd >= 0)
		daemonize_ready(d->ready_fd, d->opt.console);
	d->ready_fd = -1;
}

static void on_stopped(void *user)
{
	struct daemon *d = user;

	loop_stop(d->loop);
}

/* Somebody may have our number before we listen: a SIGHUP waits until then, where it would have ended us. */
static void hold_hup(void)
{
	sigset_t hup;

	sigemptyset(&hup);
	sigaddset(&hup, SIGHUP);
	sigprocmask(SIG_BLOCK, &hup, NULL);
}

/* A former life has held more of them. */
static void release_signals(void)
{
	sigset_t held;

	sigemptyset(&held);
	sigaddset(&held, SIGHUP);
	sigaddset(&held, SIGTERM);
	sigaddset(&held, SIGINT);
	sigprocmask(SIG_UNBLOCK, &held, NULL);
}

static bool watch_signals(struct daemon *d)
{
	signal(SIGPIPE, SIG_IGN);
	bool all = loop_signal(d->loop, SIGHUP, on_hup, d) == 0 && loop_signal(d->loop, SIGTERM, on_term, d) == 0 &&
	           loop_signal(d->loop, SIGINT, on_term, d) == 0;

	release_signals();
	return all;
}

static bool run(struct daemon *d)
{
	d->rt.opt = &d->opt;
	d->rt.dirs = &d->dirs;
	d->rt.helper = d->helper;
	d->rt.argv = d->argv;
	d->rt.running = on_running;
	d->rt.stopped = on_stopped;
	d->rt.user = d;
	bool started = runtime_start(&d->rt, d->loop, d->conf);

	if (started)
		loop_run(d->loop);
	runtime_free(&d->rt);
	return started;
}

/* What a former life of the process did as root is done. */
static bool keep_rights(struct daemon *d)
{
	const struct conf_global *g = &d->conf->global;

	if (!rundir_adopt(&d->dirs, d->opt.run_dir, d->opt.state_dir, g->instance, d->opt.pid_file, &d->from))
		return false;
	d->rt.state = state_adopt(d->from.state_fd);
	if (!d->rt.state)
		d->rt.state = state_open_memory();
	privs_keep(g->no_swap != CONF_NO);
	return d->rt.state != NULL;
}

/* Everything that needs root, then no longer root. */
static bool give_up_rights(struct daemon *d)
{
	const struct conf_global *g = &d->conf->global;

	if (!rundir_open(&d->dirs, d->opt.run_dir, d->opt.state_dir, g->instance, d->opt.pid_file, &d->user) ||
	    !open_state(d))
		return false;
	const struct privs_process p = { .nice = g->process.nice, .rttime = g->process.rttime, .cpus = g->process.cpus.word,
		                             .n_cpus = g->process.cpus.n };

	privs_take_realtime(g->rt_priority, g->no_swap != CONF_NO, &p);
	return privs_drop(&d->user) && rundir_listen(&d->dirs);
}

static int become_core(struct daemon *d)
{
	if (!(d->taken_over ? keep_rights(d) : give_up_rights(d)))
		return EXIT_FATAL;
	int err = log_thread_start();

	d->loop = err == 0 ? loop_new() : NULL;
	if (!d->loop || loop_workers_start(d->loop, WORKERS) != 0 || !watch_signals(d) || !open_overrides(d)) {
		log_err("main", "cannot start: %s", strerror(err ? err : errno));
		return EXIT_FATAL;
	}
	return EXIT_OK;
}

static void free_core(struct daemon *d)
{
	loop_free(d->loop);
	if (!d->rt.conf)
		d->rt.conf = d->conf; /* it did not come to run() */
	trees_free(&d->rt);
	overrides_close(d->rt.overrides);
	state_close(d->rt.state);
}

static int start(struct daemon *d)
{
	hold_hup();
	memory_keep();
	if (d->taken_over && !adopt_helper(d))
		return EXIT_FATAL;
	log_notice("main", "%s Regent v%s", d->taken_over ? "Going on in place as" : "Starting", PACKAGE_VERSION);
	if (!d->taken_over && !(privs_are_root() && privs_find_user(&d->user) && fork_helper(d)))
		return EXIT_FATAL;
	int status = read_conf(d);

	if (status == EXIT_OK && !d->taken_over && !namespaces_enter(&d->conf->global, d->helper))
		status = EXIT_FATAL;
	if (status == EXIT_OK)
		status = become_core(d);
	if (status == EXIT_OK && !run(d))
		status = EXIT_FATAL;
	helper_hang_up(d->helper); /* loop_free() waits for the workers */
	if (!d->rt.kernel_hangs)
		free_core(d);
	rundir_close(&d->dirs);
	helper_end(d->helper);
	log_notice("main", "Stopped Regent v%s", PACKAGE_VERSION);
	log_close(LOG_FLUSH);
	helper_close(d->helper); /* which opens the log file */
	if (d->rt.kernel_hangs)
		_exit(status); /* threads still use what exit() would tear down */
	return status;
}

/* Programs that a running daemon starts (restart.h, helper.h): their own argument comes first, then those of the daemon. */
static int play_part(struct daemon *d, int argc, char **argv)
{
	bool check = argc > 2 && strcmp(argv[1], RESTART_CHECK_ARGUMENT) == 0;
	int skip = check ? 2 : 1;
	const char *form = argv[skip];
	struct helper_policy p;

	argv[skip] = argv[0];
	d->argv = argv + skip;
	if (options_parse(&d->opt, argc - skip, argv + skip) != OPTIONS_RUN)
		return EXIT_FATAL;
	if (check)
		return restart_check(&d->opt, form);
	open_log(d);
	if (!privs_are_root() || !privs_find_user(&d->user) || !make_policy(d, &p))
		return EXIT_FATAL;
	helper_succeed(&p);
}

static bool has_part(int argc, char **argv)
{
	return argc > 1 && (strcmp(argv[1], HELPER_ARGUMENT) == 0 || strcmp(argv[1], RESTART_CHECK_ARGUMENT) == 0);
}

int main(int argc, char **argv)
{
	static struct daemon d = { .ready_fd = -1, .dirs = { .lock_fd = -1, .pid_fd = -1, .control_fd = -1, .plan_fd = -1, .restart_fd = -1 } };

	if (has_part(argc, argv))
		return play_part(&d, argc, argv);
	d.argv = argv;
	d.taken_over = handover_take(&d.from);
	enum options_verdict v = options_parse(&d.opt, argc, argv);

	if (v != OPTIONS_RUN)
		return v == OPTIONS_DONE ? EXIT_OK : EXIT_USAGE;
	if (d.opt.explain)
		return explain_keyword(d.opt.explain);
	if (d.opt.report)
		return d.opt.schema ? report_schema() : report_file(&d.opt);
	if (d.opt.plan)
		return plan_file(&d.opt);
	if (d.opt.test || d.opt.print)
		return check_file(&d.opt);
	open_log(&d);
	if (!d.opt.foreground && !d.taken_over) {
		d.ready_fd = daemonize();
		if (d.ready_fd < 0) {
			log_err("main", "cannot fork: %s", strerror(errno));
			return EXIT_FATAL;
		}
	}
	return start(&d);
}
