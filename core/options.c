/*
 * The command line of regentd. Relies on getopt_long only; reads no file but to see whether a default one is there.
 */
#include "config.h"

#include "core/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define DEFAULT_RUN_DIR "/run/regent"
#define DEFAULT_STATE_DIR "/var/lib/regent"
#define OWN_CONF SYSCONFDIR "/regent/regent.conf"
#define ETC_CONF "/etc/regent/regent.conf"
#define KEEPALIVED_CONF "/etc/keepalived/keepalived.conf"

enum {
	OPT_RUN_DIR = 256, OPT_STATE_DIR, OPT_AGENT, OPT_LENIENT, OPT_STRICT, OPT_PRINT, OPT_EXPLAIN, OPT_REPORT, OPT_SCHEMA,
	OPT_COLOUR, OPT_DIAGNOSTICS, OPT_PLAN, OPT_JSON,
};

static const struct option long_options[] = {
	{ "use-file", required_argument, NULL, 'f' },
	{ "dont-fork", no_argument, NULL, 'n' },
	{ "log-console", no_argument, NULL, 'l' },
	{ "log-detail", no_argument, NULL, 'D' },
	{ "log-facility", required_argument, NULL, 'S' },
	{ "log-file", required_argument, NULL, 'g' },
	{ "config-test", optional_argument, NULL, 't' },
	{ "config-id", required_argument, NULL, 'i' },
	{ "dump-conf", no_argument, NULL, 'd' },
	{ "pid", required_argument, NULL, 'p' },
	{ "snmp", no_argument, NULL, 'x' },
	{ "snmp-agent-socket", required_argument, NULL, 'A' },
	{ "run-dir", required_argument, NULL, OPT_RUN_DIR },
	{ "state-dir", required_argument, NULL, OPT_STATE_DIR },
	{ "agent", required_argument, NULL, OPT_AGENT },
	{ "lenient", no_argument, NULL, OPT_LENIENT },
	{ "strict", no_argument, NULL, OPT_STRICT },
	{ "print", no_argument, NULL, OPT_PRINT },
	{ "plan", no_argument, NULL, OPT_PLAN },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "explain", required_argument, NULL, OPT_EXPLAIN },
	{ "report", no_argument, NULL, OPT_REPORT },
	{ "schema", no_argument, NULL, OPT_SCHEMA },
	{ "color", optional_argument, NULL, OPT_COLOUR },
	{ "colour", optional_argument, NULL, OPT_COLOUR },
	{ "diagnostics", required_argument, NULL, OPT_DIAGNOSTICS },
	{ "version", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void print_help(void)
{
	fputs("regentd: keeps service addresses alive (VRRP, IPVS, probes, SNMP)\n"
	      "\n"
	      "Usage: regentd [options]\n"
	      "  -f, --use-file FILE            configuration (" ETC_CONF ",\n"
	      "                                 else " KEEPALIVED_CONF ")\n"
	      "  -t, --config-test              say what is wrong with the file: status 0\n"
	      "                                 valid, 2 errors, 3 cannot be read\n"
	      "      --strict                   -t: status 1 where there are warnings\n"
	      "      --diagnostics=json         -t: say it in JSON\n"
	      "      --color[=WHEN]             -t: always, never or auto\n"
	      "      --print [FILE]             what the file says in effect, with defaults\n"
	      "      --plan [FILE]              what a reload with FILE would change; asks the\n"
	      "                                 running daemon and changes nothing\n"
	      "      --json                     --plan, -t: say it in JSON\n"
	      "      --report [FILE]            what is done otherwise than by keepalived\n"
	      "      --report --schema          how much of keepalived's language works\n"
	      "      --explain KEYWORD          what a keyword of the configuration means\n"
	      "  -n, --dont-fork                stay in the foreground, log to stderr\n"
	      "  -l, --log-console              log to stderr\n"
	      "  -D, --log-detail               log details too\n"
	      "  -S, --log-facility N           log to syslog: facility 0..7 (local) or a name\n"
	      "  -g, --log-file FILE            log to FILE too\n"
	      "  -d, --dump-conf                print the effective configuration at start\n"
	      "  -p, --pid FILE                 process id file (RUN_DIR/regentd.pid)\n"
	      "  -i, --config-id NAME           name for @NAME lines in the configuration\n"
	      "  -A, --snmp-agent-socket ADDR   AgentX address: a path or tcp:ADDR:PORT\n"
	      "  -x, --snmp                     accepted; SNMP is on but for `snmp off`\n"
	      "      --lenient                  unknown keywords are warnings, not errors\n"
	      "      --run-dir DIR              what lives as long as the boot (" DEFAULT_RUN_DIR ")\n"
	      "      --state-dir DIR            what outlives it (" DEFAULT_STATE_DIR ")\n"
	      "      --agent FILE               the agent's executable\n"
	      "  -v, --version    -h, --help\n"
	      "\n"
	      "Examples:\n"
	      "  regentd -t -f /etc/keepalived/keepalived.conf  will this file do?\n"
	      "  regentd --plan new.conf                        what would change with this?\n"
	      "  regentd -n -D                                  run here, show what happens\n"
	      "  kill -HUP $(cat /run/regent/regentd.pid)       read the file again\n"
	      "  regentctl status                               what is going on?\n",
	      stdout);
}

/* keepalived's -S takes 0..7 for local0..7; names are taken too. Returns -1 for none of them. */
static int parse_facility(const char *s)
{
	char *end;
	long n = strtol(strncasecmp(s, "local", 5) == 0 ? s + 5 : s, &end, 10);

	if (end != s && *end == '\0' && n >= 0 && n <= 7)
		return 16 + (int)n;
	if (strcasecmp(s, "daemon") == 0)
		return 3;
	if (strcasecmp(s, "user") == 0)
		return 1;
	return -1;
}

static bool take_facility(struct options *o, const char *arg)
{
	o->facility = parse_facility(arg);
	if (o->facility < 0)
		fprintf(stderr, "regentd: -S %s: not a facility; give 0..7, local0..local7, daemon or user\n", arg);
	return o->facility >= 0;
}

static bool take_colour(struct options *o, const char *when)
{
	static const char *const names[] = { "auto", "always", "never" };

	for (int i = 0; i < 3; i++) {
		if (strcmp(when ? when : "always", names[i]) == 0) {
			o->colour = (enum options_colour)i;
			return true;
		}
	}
	fprintf(stderr, "regentd: --color=%s: give always, never or auto\n", when);
	return false;
}

static bool take_diagnostics(struct options *o, const char *form)
{
	o->json = strcmp(form, "json") == 0;
	if (!o->json && strcmp(form, "text") != 0)
		fprintf(stderr, "regentd: --diagnostics=%s: give text or json\n", form);
	return o->json || strcmp(form, "text") == 0;
}

/* Options that look at a file or at the language; false where one is wrong, or where it is none of these. */
static bool take_look(struct options *o, int c)
{
	switch (c) {
	case OPT_STRICT: o->strict = true; break;
	case OPT_PRINT: o->print = true; break;
	case OPT_PLAN: o->plan = true; break;
	case OPT_JSON: o->json = true; break;
	case OPT_EXPLAIN: o->explain = optarg; break;
	case OPT_REPORT: o->report = true; break;
	case OPT_SCHEMA: o->schema = true; break;
	case OPT_COLOUR: return take_colour(o, optarg);
	case OPT_DIAGNOSTICS: return take_diagnostics(o, optarg);
	default: return false;
	}
	return true;
}

/* One option; false where its argument is wrong. */
static bool take_option(struct options *o, int c)
{
	switch (c) {
	case 'f': o->conf_file = optarg; break;
	case 'n': o->foreground = true; break;
	case 'l': o->console = true; break;
	case 'D': o->detail = true; break;
	case 'd': o->dump = true; break;
	case 'g': o->log_file = optarg; break;
	case 'i': o->config_id = optarg; break;
	case 'p': o->pid_file = optarg; break;
	case 'A': o->agentx = optarg; break;
	case 'x': break;
	case 't':
		o->test = true;
		if (optarg)
			o->conf_file = optarg;
		break;
	case 'S': return take_facility(o, optarg);
	case OPT_RUN_DIR: o->run_dir = optarg; break;
	case OPT_STATE_DIR: o->state_dir = optarg; break;
	case OPT_AGENT: o->agent = optarg; break;
	case OPT_LENIENT: o->lenient = true; break;
	default: return take_look(o, c);
	}
	return true;
}

enum options_verdict options_parse(struct options *o, int argc, char **argv)
{
	int c;

	*o = (struct options){
		.run_dir = DEFAULT_RUN_DIR,
		.state_dir = DEFAULT_STATE_DIR,
		.agent = LIBEXECDIR "/regent-agent",
		.facility = -1,
	};
	while ((c = getopt_long(argc, argv, "f:nlDS:g:t::i:dp:xA:vh", long_options, NULL)) != -1) {
		if (c == 'h') {
			print_help();
			return OPTIONS_DONE;
		}
		if (c == 'v') {
			printf("regentd %s\n", PACKAGE_VERSION);
			return OPTIONS_DONE;
		}
		if (!take_option(o, c)) {
			fputs("Try `regentd --help`.\n", stderr);
			return OPTIONS_WRONG;
		}
	}
	if (optind + 1 == argc && !o->conf_file && (o->test || o->print || o->plan || o->report))
		o->conf_file = argv[optind++];
	if (optind < argc) {
		fprintf(stderr, "regentd: %s: no argument is expected here; is an option letter missing? Try `regentd --help`.\n",
		        argv[optind]);
		return OPTIONS_WRONG;
	}
	/* Once: a file that appears later is not the one that the helper was told of, and nobody looks for it on the loop. */
	o->conf_file = options_conf_file(o);
	return OPTIONS_RUN;
}

const char *options_conf_file(const struct options *o)
{
	static const char *const usual[] = { OWN_CONF, ETC_CONF };

	if (o->conf_file)
		return o->conf_file;
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (access(usual[i], F_OK) == 0)
			return usual[i];
	return KEEPALIVED_CONF;
}

const char *options_other_file(const struct options *o)
{
	return strcmp(options_conf_file(o), KEEPALIVED_CONF) == 0 ? "nor is there " ETC_CONF "; name a file with -f" : "name another with -f";
}
