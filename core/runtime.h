/*
 * Who exists: the running daemon's objects, found by their keys, each pointing to the immutable configuration that it runs by.
 *
 * Shared by the files of core/ only: apply.c and reconcile.c make and remove objects, react.c carries events from room to room, publish.c
 * turns reports into rows, weights.c serves operators' settings, reload.c brings new configurations. All on the loop.
 */
#ifndef REGENT_RUNTIME_H
#define REGENT_RUNTIME_H

#include <errno.h>
#include <uthash.h>

#include "conf/conf.h"
#include "conf/diff.h"
#include "core/base/log.h"
#include "core/agent_link.h"
#include "core/agent_proc.h"
#include "core/helper/helper.h"
#include "core/ipvs/services.h"
#include "core/options.h"
#include "core/overrides.h"
#include "core/plan.h"
#include "core/probe/bfd.h"
#include "core/probe/probe.h"
#include "core/reload_time.h"
#include "core/rundir.h"
#include "core/script_book.h"
#include "core/scripts.h"
#include "core/state.h"
#include "core/traffic.h"
#include "core/view.h"
#include "core/vrrp/router.h"
#include "core/vrrp/spread.h"

struct runtime;

struct rt_router {
	struct vr_key key; /* hashed */
	struct runtime *rt;
	struct vrrp_router *vr;
	const struct conf_vrrp *conf; /* NULL once it is gone from the file */
	const char *group;            /* sync group's name, "" none */
	struct rt_group *in_group;    /* groups.c; NULL: none */
	int slot;                     /* in the state page */
	struct view_time entered, left_init;
	struct track_looks *looks;    /* track.c; NULL: none */
	bool leaving;                 /* stop is under way */
	bool dirty;
	bool renewed;                 /* publish_vr.c: the file has changed it */
	bool noted;                   /* the state page may have addresses of it */
	struct {
		bool under_way;
		int ifindex;
		size_t put;
		struct view_vr_addr_key at;
	} shown;                      /* publish_vr.c: rows of its addresses */
	unsigned told_priority;       /* announce.c; 0: none yet */
	UT_hash_handle hh;
};

/* A subscription of one server to one probe: a probe's verdict comes back with this pointer. */
struct rt_use {
	struct rt_server *server;
	struct probe *probe;
	struct probe_key key;
	usec_t interval, down_interval;
	bool known, up, stale, log_all;
	bool alpha; /* the server waits for it */
	struct probe_weight weight;
	uint32_t reason;
	char text[128];
	struct rt_use *next;
};

struct rt_server {
	struct server_key key; /* hashed */
	struct rt_service *service;
	struct rt_use *uses;
	uint32_t put;                       /* its service's, when the file last had it */
	enum conf_tristate smtp_alert;      /* as the file has it */
	bool moved;                         /* its state changed and the event is still to be made (moved.c) */
	enum ipvs_server_state moved_from;
	uint32_t moved_turn;                /* among all that its service has noted */
	struct rt_server *moved_prev, *moved_next;
	UT_hash_handle hh;
};

struct rt_service {
	struct service_key key; /* hashed */
	struct runtime *rt;
	const struct conf_vs *conf;
	bool has_instance;
	struct vr_key instance;   /* whose state is our role */
	struct rt_server *servers;
	uint32_t put;             /* times that it was put: servers that bear another number are to go */
	bool dirty, dirty_again;  /* its rows are to be put; once more when that is done */
	size_t rows_at;           /* servers whose rows are put */
	bool suspended;           /* ha_suspend, and its address is not here: no checks */
	struct rt_server *moved;  /* with an event to be made, in the order of the changes */
	struct moved_quorum *quorums; /* events that come behind those (moved.c) */
	uint32_t moved_turns;
	bool telling;             /* is in the runtime's list of those that have more to tell */
	struct rt_service *tell_prev, *tell_next;
	UT_hash_handle hh;
};

struct set_undo; /* weights.c */
struct announce; /* announce.c */
struct rt_apply; /* apply.c */
struct rt_tree;  /* trees.c */

struct runtime {
	const struct options *opt;
	const struct rundir *dirs;
	struct loop *loop;
	struct helper *helper;
	struct helper_port *helper_port;
	struct scripts *script_runs;
	struct script_runner scripts; /* for every room that runs scripts */
	struct script_book *script_book, *script_book_before; /* of `conf`; of the one before, whose objects may still end */
	struct announce *announce;
	struct nl *nl;
	struct netmon *netmon;
	struct netmon_observer watch;
	struct state *state;
	struct overrides *overrides;
	struct ring *ring;
	struct ring_subscriber link_events;
	struct view *view;
	struct agent_link *link;
	struct traffic traffic;
	struct agent_proc *proc;
	struct loop_timer agent_start; /* see start_agent() */
	usec_t agent_start_by;
	struct ipvs *ipvs;
	struct tracks *tracks;
	struct track_files *track_files;         /* track_file.c */
	struct track_processes *track_processes; /* track_process.c */
	struct probe_pool *probes;
	struct bfd *bfd;
	struct vrrp_env vrrp_env;
	struct routemon *routemon;
	struct keeper *fixtures; /* fixtures.c */
	struct fence *fence;     /* fixtures.c */
	struct vrrp_paces *paces; /* doubt.c */
	struct vrrp_spread spread;
	struct loop_clocks *clocks;

	const struct conf *conf;
	struct conf_trace *trace; /* how it was read; a worker's while it reloads */
	struct plan_serve *plan; /* NULL: nobody can ask */
	struct rt_apply *apply; /* NULL: none under way */
	struct rt_tree *retired;
	unsigned tree_readers;
	struct rt_router *routers;
	struct rt_service *services;
	struct rt_group *groups;

	struct loop_item tell;   /* moved.c: events that were too many for one item */
	unsigned told;           /* since it last ran */
	struct rt_service *telling;
	struct loop_item publish;
	struct loop_timer publish_later;
	usec_t publish_by;       /* rows of services wait for the kernel's answers until then; 0: none waits */
	struct loop_item locals; /* the host's addresses have changed */
	struct loop_timer second, startup;
	bool starting;           /* startup_script runs, or has */
	bool begun;              /* the first configuration is applied */
	struct view_time moment; /* the last one at which the time of day was asked for many events */
	int64_t wall_offset;     /* wall clock - monotonic, stable between steps of the wall clock */
	struct view_daemon self; /* the daemon's own row */

	struct set_undo *undo;
	struct log_limit weights_said;
	struct loop_timer settings_timer; /* the next override is to be forgotten */
	bool reloading, reload_again;
	usec_t reload_started;
	struct loop_timer reload_timer;
	struct reload_time *reload_time;

	struct restart *restart;  /* restart.c; NULL: nobody can ask for one */
	char *const *argv;        /* as main() was called */

	void (*running)(void *user); /* once: everything is up */
	void (*stopped)(void *user); /* once, after runtime_stop() */
	void *user;
	unsigned stopping;           /* routers that have not yet ended */
	struct loop_timer stop_limit;
	bool stop_wanted, withdrawn;
	bool kernel_hangs;           /* runtime_free() could not free what its thread uses */
};

/* Make all rooms; the configuration is applied once the host's interfaces are known. Takes over `conf`. False after a log line. */
bool runtime_start(struct runtime *rt, struct loop *l, const struct conf *conf);
/* Orderly: adverts with priority 0, addresses, services; `stopped` is called in the end, at the latest after a few seconds. */
void runtime_stop(struct runtime *rt);
void runtime_free(struct runtime *rt);

/* ---- apply.c: a whole configuration takes effect, in slices ---- */
typedef void apply_done_fn(struct runtime *rt, const struct conf_diff *diff, unsigned restarted);
/* rt->conf, the first; `diff` is NULL for done(). */
void apply_first(struct runtime *rt, apply_done_fn *done);
/* Takes over both; `diff` is against rt->conf. Not while another is under way. */
void apply_conf(struct runtime *rt, const struct conf *conf, struct conf_diff *diff, apply_done_fn *done);
void apply_stop(struct runtime *rt);
/* A service that is put half is put whole: what is to reach the kernel now, and before what is queued next, is not held up by it. */
void apply_finish_service(struct runtime *rt);
void apply_free(struct runtime *rt);

/* ---- reconcile.c: one object of rt->conf at a time ---- */
struct service_part {
	struct rt_service *service; /* NULL: at a service's beginning */
	const struct conf_vs *before; /* as it was until now; NULL: it is new */
	bool put;                   /* core/ipvs has all of it */
	size_t at;                  /* in the file's servers: given to core/ipvs, then put here */
	bool dropping;              /* they are put: */
	struct rt_server *next;     /* ... of those that are there, the next to be looked at */
	usec_t now;                 /* when what is put began: asked once for many */
};
/* reconcile_service.c. A step of one service: true where it needs more of them. `same`: nothing about it changed, it is only pointed
 * to its place in the new tree. */
bool reconcile_service(struct runtime *rt, const struct conf_vs *c, bool same, struct service_part *p);
bool reconcile_service_gone(struct runtime *rt, const struct service_key *k);
void reconcile_service_free(struct rt_service *s);
/* True: it had to be stopped, and starts anew. */
bool reconcile_router(struct runtime *rt, const struct conf_vrrp *c);
void reconcile_router_gone(struct runtime *rt, const struct vr_key *k);
/* Addresses of a former life that no router claims any more. */
void reconcile_orphans(struct runtime *rt);
/* Its servers' checks as the file has them, or none while it is suspended. */
void reconcile_checks(struct rt_service *s);
/* suspend.c: is the address elsewhere, so that `ha_suspend` wants no checks? */
bool suspend_wanted(const struct rt_service *s);
/* Begin or end the checks of services whose address has come or gone. */
void suspend_check_all(struct runtime *rt);
void reconcile_free_all(struct runtime *rt);

/* ---- uses.c: the probes of a server ---- */
void uses_sync(struct rt_server *s, const struct conf_rs *c);
void uses_drop(struct rt_server *s);
/* Fold a server's probes into its verdict and its weight, and tell core/ipvs. */
void uses_fold(struct rt_server *s);
/* The probe that explains a server's state: the first that says down, else the first; NULL: none. */
const struct rt_use *uses_deciding(const struct rt_server *s);

/* ---- react.c: observers of the rooms ---- */
void react_init(struct runtime *rt, struct ipvs_observer *io, struct probe_observer *po);
/* In the state page: is this address, or are all of a router's, by our hand? */
void react_note_vip(struct runtime *rt, const struct vrrp_conf *c, const struct vrrp_vip *v, bool ours);
void react_note_vips(struct rt_router *r, bool ours);
/* The role of a service, or of the sync daemon, from its router's state; nothing reaches the kernel before ipvs_commit(). */
void react_set_role(struct rt_service *s);
void react_set_sync_role(struct runtime *rt);
/* The daemon ends: services with `omega` are said to be down. */
void react_tell_end(struct runtime *rt);

/* ---- publish.c: rows ---- */
void publish_init(struct runtime *rt);
void publish_service(struct rt_service *s); /* soon */
void publish_probe(struct runtime *rt, const struct probe_report *r);
void publish_daemon(struct runtime *rt);    /* now */
void publish_drop_service(struct rt_service *s);
void publish_drop_server(struct rt_server *s);
void publish_uses(struct rt_server *s);
struct view_time publish_time(const struct runtime *rt, usec_t mono);
/* An item that puts rows ends after this. */
#define PUBLISH_SLICE ((usec_t)300)

/* ---- publish_vr.c: rows of virtual routers ---- */
void publish_router(struct rt_router *r);      /* in the next item */
void publish_router_soon(struct rt_router *r); /* within 10 ms */
void publish_router_anew(struct rt_router *r); /* in the next items: its addresses too */
bool publish_routers(struct runtime *rt);
void publish_stats(struct runtime *rt);        /* now: counters of routers */
void publish_drop_router(struct rt_router *r);

/* ---- weights.c: what operators set ---- */
void weights_init_owner(struct runtime *rt, struct agent_link_owner *o);
/* What the newest transaction that waits for the kernel says; NULL: none is about this. */
const struct override_part *weights_under_way(const struct runtime *rt, const struct server_key *k, enum override_kind kind);
void weights_free(struct runtime *rt);

/* ---- settings.c: what is kept of it ---- */
void settings_init(struct runtime *rt);
/* Hand what is wanted of a server to core/ipvs. */
void settings_tell(struct runtime *rt, const struct server_key *k);
void settings_log(const struct runtime *rt, const struct server_key *k, enum override_kind kind, const struct override_part *p,
                  const char *by);
void settings_event(struct runtime *rt, const struct server_key *k, enum override_kind kind, const struct override_part *before,
                    const struct override_part *after, const char *by);
/* core/ipvs says that a drain has come to its end. */
void settings_drained(struct runtime *rt, const struct server_key *k, const struct ipvs_conns *c);
/* Wait for the next that is to be forgotten. */
void settings_watch(struct runtime *rt);
/* The wall clock was set by so much: what operators set for a time goes on for that time. */
void settings_clock_set(struct runtime *rt, int64_t by);
/* rt->conf is new: override_memory. */
void settings_new_conf(struct runtime *rt, bool start);
void settings_say_shadowed(const struct rt_service *s, const struct conf_rs *now);

/* ---- trees.c ---- */
/* A worker is going to read the tree that runs: it stays until trees_read_end(). */
const struct conf *trees_read(struct runtime *rt);
void trees_read_end(struct runtime *rt);
/* What nothing on the loop points to any more. */
void trees_retire(struct runtime *rt, const struct conf *conf);
/* All, rt->conf too: after loop_free(), which waits for the workers. */
void trees_free(struct runtime *rt);

/* ---- reload.c ---- */
bool reload_init(struct runtime *rt);
void reload_free(struct runtime *rt);
/* Read the file again: at once, or where the last time is less than a second ago, then; many requests become one. */
void reload_request(struct runtime *rt);

/* How a command of the current tree is run; false with errno: it is not, which was said when the file was read. */
static inline bool runtime_script(const struct runtime *rt, const struct conf_script *s, usec_t timeout, struct script_spec *out)
{
	return script_book_spec(rt->script_book, s, timeout, out) ||
	       (errno == ESRCH && script_book_spec(rt->script_book_before, s, timeout, out));
}

static inline struct rt_router *runtime_router(const struct runtime *rt, const struct vr_key *k)
{
	struct rt_router *r;

	HASH_FIND(hh, rt->routers, k, sizeof(*k), r);
	return r;
}

static inline struct rt_service *runtime_service(const struct runtime *rt, const struct service_key *k)
{
	struct rt_service *s;

	HASH_FIND(hh, rt->services, k, sizeof(*k), s);
	return s;
}

static inline struct rt_server *runtime_server(const struct runtime *rt, const struct server_key *k)
{
	struct rt_service *s = runtime_service(rt, &k->service);
	struct rt_server *v = NULL;

	if (s)
		HASH_FIND(hh, s->servers, k, sizeof(*k), v);
	return v;
}

#endif
