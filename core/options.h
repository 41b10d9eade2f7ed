/*
 * The command line of regentd: keepalived's letters where they mean the same.
 */
#ifndef REGENT_OPTIONS_H
#define REGENT_OPTIONS_H

#include <stdbool.h>

enum options_colour { OPTIONS_COLOUR_AUTO, OPTIONS_COLOUR_ALWAYS, OPTIONS_COLOUR_NEVER };

struct options {
	const char *conf_file;   /* -f, else what options_conf_file() found at the start */
	const char *run_dir;     /* --run-dir */
	const char *state_dir;   /* --state-dir */
	const char *pid_file;    /* -p; NULL: RUN_DIR/regentd.pid */
	const char *agentx;      /* -A; NULL: the file's snmp_socket, else the usual one */
	const char *agent;       /* --agent: the agent's executable */
	const char *log_file;    /* -g */
	const char *config_id;   /* -i */
	int facility;            /* -S; -1: not given */
	bool foreground;         /* -n */
	bool console;            /* -l */
	bool detail;             /* -D */
	bool dump;               /* -d */
	bool test;               /* -t */
	bool lenient;            /* --lenient */
	bool strict;             /* --strict */
	bool print;              /* --print */
	bool plan;               /* --plan */
	bool json;               /* --diagnostics=json, --json */
	bool report, schema;     /* --report, --schema */
	const char *explain;     /* --explain */
	enum options_colour colour; /* --color */
};

enum options_verdict { OPTIONS_RUN, OPTIONS_DONE, OPTIONS_WRONG };

/* OPTIONS_DONE after --help or --version, OPTIONS_WRONG after a message about what is wrong. */
enum options_verdict options_parse(struct options *o, int argc, char **argv);
/* -f, else /etc/regent/regent.conf where it is there, else keepalived's. */
const char *options_conf_file(const struct options *o);
/* What to do where that cannot be read. */
const char *options_other_file(const struct options *o);

#endif
