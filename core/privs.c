/*
 * Privileges and scheduling of the core. Relies on libcap-ng; called by main before threads exist.
 */
#include "config.h"

#include "core/privs.h"

#include <cap-ng.h>
#include <errno.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/log.h"

/* A core that computes this long without waiting once must not starve the host: it loses its class, and where that fails its life. */
#define RTTIME_SOFT_US 2000000
#define RTTIME_HARD_US 4000000
#define DESCRIPTORS 16384

bool privs_are_root(void)
{
	if (geteuid() == 0)
		return true;
	log_err("main", "start regentd as root: the core gives up what it does not need; `regentd -t` needs no root");
	return false;
}

bool privs_find_user(struct privs_user *u)
{
	const struct passwd *pw = getpwnam(REGENT_USER);

	if (!pw) {
		log_err("main", "there is no user `%s`, as which Regent runs: make it with `useradd --system --no-create-home "
		        "--shell /usr/sbin/nologin %s`, or build with --with-user=", REGENT_USER, REGENT_USER);
		return false;
	}
	u->uid = pw->pw_uid;
	u->gid = pw->pw_gid;
	return true;
}

void privs_find_agent_user(const struct privs_user *core, struct privs_user *agent)
{
	const struct passwd *pw = getpwnam(REGENT_AGENT_USER);

	*agent = *core;
	if (!pw) {
		log_warn("main", "there is no user `%s`: the agent runs as the core's user, so one who takes it over may stop the core; make "
		         "it with `useradd --system --no-create-home --shell /usr/sbin/nologin %s`", REGENT_AGENT_USER, REGENT_AGENT_USER);
		return;
	}
	agent->uid = pw->pw_uid;
	agent->gid = pw->pw_gid;
}

static volatile sig_atomic_t overran;

/* On the loop's thread: all others block signals. */
static void on_overrun(int signo)
{
	const struct sched_param none = { .sched_priority = 0 };
	int saved_errno = errno;

	(void)signo;
	overran = 1;
	sched_setscheduler(0, SCHED_OTHER | SCHED_RESET_ON_FORK, &none);
	errno = saved_errno;
}

static void catch_overrun(void)
{
	struct sigaction a = { .sa_handler = on_overrun, .sa_flags = SA_RESTART };

	sigemptyset(&a.sa_mask);
	if (sigaction(SIGXCPU, &a, NULL) != 0)
		log_warn("main", "catching SIGXCPU: %s", strerror(errno));
}

bool privs_overran(void)
{
	bool so = overran;

	overran = 0;
	return so;
}

static void take_fifo(int priority, uint32_t rttime)
{
	struct sched_param sp = { .sched_priority = priority > 0 ? priority : sched_get_priority_min(SCHED_FIFO) };
	struct rlimit rt = { RTTIME_SOFT_US, RTTIME_HARD_US };

	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &sp) != 0) {
		log_warn("main", "the kernel refuses real-time scheduling (%s): adverts may be late on a busy host", strerror(errno));
		return;
	}
	if (rttime)
		rt = (struct rlimit){ rttime, (rlim_t)rttime + RTTIME_HARD_US - RTTIME_SOFT_US };
	if (setrlimit(RLIMIT_RTTIME, &rt) != 0)
		log_warn("main", "setting RLIMIT_RTTIME: %s", strerror(errno));
}

static void lock_all(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	int flags = MCL_CURRENT | MCL_ONFAULT;

	/* What is mapped later is mapped by a plain user: locking that too would make it fail at that user's limit. */
	if (setrlimit(RLIMIT_MEMLOCK, &all) == 0)
		flags |= MCL_FUTURE;
	if (mlockall(flags) != 0)
		log_warn("main", "the kernel refuses to lock memory (%s): adverts may be late when the host swaps", strerror(errno));
}

/* Probes in flight are bounded by half of this. */
static void raise_descriptors(void)
{
	struct rlimit n;

	if (getrlimit(RLIMIT_NOFILE, &n) != 0)
		return;
	if (n.rlim_max < DESCRIPTORS)
		n.rlim_max = DESCRIPTORS;
	n.rlim_cur = n.rlim_max < DESCRIPTORS ? n.rlim_max : DESCRIPTORS;
	if (setrlimit(RLIMIT_NOFILE, &n) != 0)
		log_warn("main", "the kernel refuses %d descriptors: %s", DESCRIPTORS, strerror(errno));
}

static void take_cpus(const struct privs_process *p)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (size_t i = 0; i < p->n_cpus; i++) {
		char *end;
		unsigned long n = strtoul(p->cpus[i], &end, 10);

		if (*end || end == p->cpus[i] || n >= CPU_SETSIZE)
			log_warn("main", "vrrp_cpu_affinity: '%s' is no processor's number", p->cpus[i]);
		else
			CPU_SET(n, &set);
	}
	if (p->n_cpus && sched_setaffinity(0, sizeof(set), &set) != 0)
		log_warn("main", "vrrp_cpu_affinity: the kernel refuses these processors (%s): all serve", strerror(errno));
}

void privs_take_realtime(int priority, bool lock_memory, const struct privs_process *p)
{
	raise_descriptors();
	catch_overrun();
	take_cpus(p);
	if (p->nice && setpriority(PRIO_PROCESS, 0, p->nice) != 0)
		log_warn("main", "vrrp_priority: %s", strerror(errno));
	take_fifo(priority, p->rttime);
	if (lock_memory)
		lock_all();
}

bool privs_drop(const struct privs_user *u)
{
	capng_clear(CAPNG_SELECT_BOTH);
	capng_updatev(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET, CAP_NET_ADMIN, CAP_NET_RAW, -1);
	/* The bounding set keeps the two: a program that takes over in place gets them by way of the ambient set (handover.h). */
	if (capng_apply(CAPNG_SELECT_BOUNDS) != 0 || capng_change_id((int)u->uid, (int)u->gid, CAPNG_DROP_SUPP_GRP) != 0) {
		log_err("main", "cannot become user %s with CAP_NET_ADMIN and CAP_NET_RAW: start regentd as root", REGENT_USER);
		return false;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		log_warn("main", "prctl: %s", strerror(errno));
	return true;
}

/* Locked memory does not outlive exec, nor does the ban on looking into the process. */
void privs_keep(bool lock_memory)
{
	catch_overrun();
	if (lock_memory)
		lock_all();
	capng_get_caps_process();
	capng_updatev(CAPNG_DROP, CAPNG_INHERITABLE, CAP_NET_ADMIN, CAP_NET_RAW, -1);
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 || capng_apply(CAPNG_SELECT_CAPS) != 0)
		log_warn("main", "cannot take capabilities out of what is inherited: %s", strerror(errno));
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		log_warn("main", "prctl: %s", strerror(errno));
}
