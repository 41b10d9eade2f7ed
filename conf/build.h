/*
 * Building the tree: what the setters and the builders of blocks share.
 *
 * A block's values go to a struct of its own here, which may hold more than the tree's (what was inherited is unset
 * first); when the block is read, its builder fills what is left and copies the result.
 */
#ifndef REGENT_CONF_BUILD_H
#define REGENT_CONF_BUILD_H

#include "conf/conf.h"
#include "conf/load.h"
#include "conf/schema.h"

#define TIME_UNSET ((usec_t)-1)
#define NUMBER_UNSET (-1)

/* Settings of garp_*; unset ones are taken from the global ones, or from each other. */
struct build_garp {
	usec_t master_delay, master_refresh, lower_prio_delay, interval;
	int64_t master_repeat, master_refresh_repeat, lower_prio_repeat;
};

struct build_global {
	struct conf_global g;
	struct build_garp garp;
	const char *default_interface;
};

#define BUILD_SAID_MAX 512 /* keywords that have no effect */

struct build {
	struct arena *arena;   /* of the tree */
	struct diag *diag;
	const struct conf_source *sources;
	const char *sources_first; /* the file that was named */
	const struct conf_stmt *list; /* the whole file, for the places of words */
	bool lenient;
	struct conf *conf;
	struct conf_tree *tree;  /* that it is a part of */
	struct conf_block **blocks_end;
	size_t n_kept;           /* services that the old tree has */
	struct conf_vrrp *vrrp; /* the tree's arrays, while they are filled */
	struct conf_group *groups;
	struct conf_vs *services;
	struct conf_grouped *grouped;
	struct conf_vsg *vs_groups;
	struct conf_vrrp_script *scripts;
	struct conf_process *processes;
	struct conf_file *files;
	struct conf_bfd *bfds;
	struct conf_group *track_groups;
	struct conf_garp_group *garp_groups;
	struct build_global global;
	/* what was said once is not said again */
	const struct kw_row *said[BUILD_SAID_MAX];
	size_t n_said;
	bool said_lenient;
	const char *ids;     /* of the file's @ID lines, where nobody said which of them count; NULL or "" otherwise */
	const char **left_out; /* names of instances, for that reason */
	size_t n_left_out;
	unsigned idle_depth; /* inside of a block without effect */
	const struct host_facts *facts; /* NULL: not known */
	const struct conf_options *options;
	conf_told_fn *told;  /* NULL: nobody asks */
	void *told_user;
};

struct build_vrrp {
	struct conf_vrrp v;
	struct build_garp garp;
	int64_t version, down_adverts;
	enum conf_tristate checksum_as_v2; /* unset: the global's */
	const char *auth_pass;
	struct addr mcast_src, unicast_src;
	struct conf_vip *vips; /* being filled, as are the peers */
	struct addr *peers;
	struct conf_peer *limits;
	bool no_vips;
	enum conf_tristate skip_check; /* unset: the global's */
};

struct build_group {
	struct conf_group g;
	const char **members; /* being filled */
};

/* What a checker takes from its server, and that from its service. */
struct build_timing {
	usec_t interval, timeout, retry_delay, warmup, answer_timeout, down_interval;
	int64_t retry, rise, fall;
	const char *virtualhost;
};

struct build_service {
	struct conf_vs s;
	struct build_timing timing;
	struct conf_rs *servers; /* being filled */
	const struct conf_stmt *stmt;
	const char *group; /* of a service that is a group's */
	int64_t family, method, sorry_method;
	int64_t weight; /* of servers that do not say */
	bool mask_is_v4;
};

struct build_server {
	struct conf_rs r;
	struct build_timing timing;
	struct conf_checker *checkers; /* being filled */
	const struct build_service *service;
	int64_t method, weight;
};

struct build_checker {
	struct conf_checker c;
	struct build_timing timing;
	struct addr connect_ip, bind_ip;
	uint16_t connect_port, bind_port;
	struct conf_url *urls; /* being filled */
	const struct build_server *server;
};

/* Say what is wrong at a word or at a place. */
void build_error(struct build *b, const struct conf_place *at, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void build_warn(struct build *b, const struct conf_place *at, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Word i of a statement, or the last one's place with text NULL. */
struct conf_word build_word(const struct conf_stmt *st, size_t i);
/* The name of a block: its one word. */
const char *build_name(struct build *b, const struct conf_stmt *st);
/* "ADDRESS [PORT]" from word i on; without a port the given one. */
bool build_endpoint(struct build *b, const struct conf_stmt *st, size_t i, uint16_t port, struct endpoint *out);
/* Where a keyword of a block stands, or the block itself. */
const struct conf_place *build_place_of(const struct conf_stmt *block, const char *keyword);
/* Typed values of one word; they complain and return false. */
bool build_number(struct build *b, const struct conf_word *w, const char *what, int64_t min, int64_t max, int64_t *out);
bool build_time(struct build *b, const struct conf_word *w, const char *what, usec_t min, usec_t max, usec_t *out);
bool build_addr(struct build *b, const struct conf_word *w, const char *what, struct addr *out);
bool build_enum(struct build *b, const struct conf_word *w, const char *what, const struct kw_value *values,
                int64_t *out);
/* "one of MASTER BACKUP", for a hint. */
const char *build_names(struct build *b, const struct kw_value *values);
/* The command of a statement and who runs it. */
bool build_script(struct build *b, const struct conf_stmt *st, bool user_apart, struct conf_script *out);
/* What a service by address is for where its file does not say; that is a finding at `at`. */
void build_protocol(struct build *b, struct service_key *k, const struct conf_place *at);
/* For those who ask what is otherwise than in keepalived. */
void build_tell(struct build *b, enum conf_told kind, const struct conf_word *keyword, const char *why);
/* A list with room for `more` more after its n objects. */
void *build_extend(struct build *b, const void *list, size_t n, size_t more, size_t size);
/* Complain where words are left from i on. */
void build_no_more(struct build *b, const struct conf_stmt *st, size_t i);

/* The setters of blocks and of odd keywords. */
typedef void build_set_fn(struct build *b, const struct kw_row *row, const struct conf_stmt *st, void *target);
build_set_fn build_set_global, build_set_instance_name;                       /* build_global.c */
build_set_fn build_set_smtp_server, build_set_sync_daemon, build_set_lvs_timeouts, build_set_snmp_on, build_set_script_user;
build_set_fn build_set_vrrp, build_set_auth, build_set_peers;                 /* build_vrrp.c */
build_set_fn build_set_vips, build_set_excluded, build_set_addresses;         /* build_addr.c */
build_set_fn build_set_group, build_set_track_group, build_set_members;       /* build_track.c */
build_set_fn build_set_tracks, build_set_deleted, build_set_hmac, build_set_hmac_key, build_set_user, build_set_delays;
build_set_fn build_set_script, build_set_process, build_set_process_delay, build_set_file, build_set_bfd;
build_set_fn build_set_garp_group, build_set_ssl;
build_set_fn build_set_routes, build_set_rules;                               /* build_route.c */
build_set_fn build_set_service, build_set_server;                             /* build_service.c */
build_set_fn build_set_scheduler, build_set_method, build_set_persistence, build_set_granularity, build_set_sorry;
build_set_fn build_set_vs_group;                                              /* build_vsg.c */
build_set_fn build_set_checker, build_set_host, build_set_header;   /* build_probe.c */
build_set_fn build_set_url, build_set_path, build_set_digest, build_set_status, build_set_dns_type,
	build_set_check_weight;

/* Lines of addresses: as many as there can be in the block are at most stmt_count_words() of it. */
size_t build_addresses(struct build *b, const struct kw_row *row, const struct conf_stmt *st, struct conf_vip *vips,
                       size_t n, bool excluded);
/* All global_defs; before anything that takes values over from them. */
void build_globals(struct build *b, const struct conf_stmt *list);
/* What is unset in a service, a server or a checker comes from what is around it. */
void build_timing_inherit(struct build_timing *own, const struct build_timing *from);
/* What is unset comes from `from`, or NULL. */
struct conf_garp build_garp_resolve(const struct build_garp *own, const struct build_garp *from);

/* The whole: statements to tree. */
void build_all(struct build *b, const struct conf_stmt *list);

/* build_protocol.c: what follows from the keywords of the protocol, the global ones and strict_mode. */
struct conf_stmt;
void build_finish_protocol(struct build *b, struct build_vrrp *bv, const struct conf_stmt *st);
/* build_hmac.c */
void build_finish_hmac(struct build *b, struct build_vrrp *bv, const struct conf_stmt *st);

#endif
