/*
 * What a probe is asked to do: what all kinds have, and what each kind has for itself.
 *
 * Plain values; texts, blobs and lists point to memory of whoever made the configuration. recipe.h makes copies that
 * stand alone, and identities, by the tables of recipe_fields.h: a member that can change a verdict has a line there.
 * Zero is "not set" throughout, so that a new member leaves what is configured already as it was.
 */
#ifndef REGENT_PROBE_CONF_H
#define REGENT_PROBE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/key.h"
#include "core/base/mono.h"

struct probe_blob {
	const uint8_t *data;
	size_t len;
};

struct probe_texts {
	const char *const *text;
	size_t n;
};

/* A pattern of PCRE2. */
struct probe_regex {
	const char *pattern;    /* NULL: none */
	uint32_t options;       /* PCRE2_CASELESS and its like */
	uint32_t min_offset, max_offset; /* where a match may begin; 0: anywhere */
	uint32_t memory;        /* KiB that a match may use; 0: PCRE2's own bound */
	bool no_match;          /* it must not match */
};

/* TLS for the kinds that speak over a stream connection. */
struct probe_tls {
	bool on;
	bool sni;               /* say a name in the handshake */
	const char *sni_name;   /* NULL: the virtual host, where there is one */
	bool compliant;         /* an end without close_notify is a failure */
	bool verify;            /* the chain, the dates and the name of the certificate */
	const char *verify_ca;  /* file with trust anchors; NULL: the system's */
	const char *verify_name; /* NULL: what SNI says, else the address */
	uint32_t verify_days;   /* days that it must still be good for */
	/* our own side: files */
	const char *ca, *certificate, *key, *password;
};

struct probe_tcp {
	struct probe_blob send;
	struct probe_regex expect;
};

enum probe_http_version { PROBE_HTTP_10 = 0, PROBE_HTTP_11 = 1, PROBE_HTTP_10C = 2, PROBE_HTTP_10K = 3 };
enum probe_method { PROBE_GET = 0, PROBE_HEAD = 1, PROBE_POST = 2 };

#define PROBE_STATUS_MAX 32 /* codes and ranges of codes */

struct probe_url {
	char path[256];
	char virtualhost[128];  /* "" : the target's address */
	uint16_t status_lo[PROBE_STATUS_MAX], status_hi[PROBE_STATUS_MAX]; /* accepted ranges; n_status 0: 200-299 */
	uint8_t n_status;
	bool has_digest;
	uint8_t digest[16];     /* MD5 of the body */
	uint32_t method;        /* enum probe_method */
	struct probe_blob body; /* of a POST */
	struct probe_texts headers; /* "Name: value" */
	struct probe_regex regex;
};

struct probe_http {
	const struct probe_url *urls; /* checked one after the other in one run */
	size_t n_urls;
	uint32_t version;       /* enum probe_http_version */
	bool keep;              /* the connection, over URLs and runs, where the server does too */
};

struct probe_smtp {
	const char *helo;
	bool starttls;
};

struct probe_agent {
	struct probe_blob send; /* what is said first; mostly nothing */
};

struct probe_dns {
	const char *name;       /* of the question; NULL: "." */
	uint32_t type;          /* the record type's number */
	bool tcp;               /* over TCP from the first */
	uint32_t rcode;         /* expected */
	bool any_rcode;
	const char *address;    /* expected in a record; NULL: none */
	const char *text;       /* likewise */
};

struct probe_udp {
	struct probe_blob payload;
	bool require_reply;
	struct probe_blob reply, reply_mask; /* equally long */
	uint32_t min_reply, max_reply;
};

struct probe_misc {
	struct probe_texts argv;
	uint32_t uid, gid;
	uint32_t refused;       /* errno: why it is not run at all; 0: it is */
	usec_t timeout;         /* 0: the interval */
	bool dynamic;
};

struct probe_file {
	const char *name;       /* of the track_file */
	int32_t weight;         /* what its number is multiplied by; 0: another number than 0 is a failure */
	bool reverse;
};

struct probe_bfd {
	const char *name;
};

struct probe_conf {
	enum probe_kind kind;
	struct endpoint target; /* unset for the kinds that ask nobody */
	struct endpoint bind;   /* family 0: any */
	char bind_if[16];
	uint32_t fwmark;
	usec_t interval;        /* delay_loop */
	usec_t down_interval;   /* while it is down; 0: interval */
	usec_t timeout;         /* connect_timeout */
	usec_t answer_timeout;  /* for each answer; 0: timeout */
	usec_t warmup;          /* the first run comes within this; 0: at once */
	uint32_t retry;         /* failures in a row tolerated before "down" */
	usec_t retry_delay;     /* delay_before_retry */
	uint32_t rise;          /* successes in a row before "up"; 0: 1 */
	uint32_t fall;          /* failures in a row before "down"; 0: retry + 1 */
	bool log_all_failures;  /* a log line for each, not for the first of a series only */
	struct probe_tls tls;
	union {
		struct probe_tcp tcp;
		struct probe_http http; /* HTTP_GET and SSL_GET */
		struct probe_smtp smtp;
		struct probe_agent agent;
		struct probe_dns dns;
		struct probe_udp udp;
		struct probe_misc misc;
		struct probe_file file;
		struct probe_bfd bfd;
	};
	void *owned;            /* of a copy: what it points to */
};

#endif
