/*
 * Keywords of a real server's checkers.
 */
#include "config.h"

#include "conf/build.h"

typedef struct build_checker C;
typedef struct build_timing T;

#define TIME_MOST ((usec_t)4294967295) /* as keepalived has it: 71 minutes */

/* Where a checker connects to. */
static const struct kw_row connection[] = {
	KW_IP("connect_ip", C, connect_ip, NULL, "address to check; the server's where not given"),
	KW_NUM("connect_port", C, connect_port, 1, 65535, 0, "port to check; the server's where not given"),
	KW_IP("bindto", C, bind_ip, NULL, "address to check from"),
	KW_NUM("bind_port", C, bind_port, 1, 65535, 0, "port to check from"),
	KW_STR("bind_if", C, c.bind_if, IFNAMSIZ - 1, "interface to check through"),
	KW_NUM("fwmark", C, c.fwmark, 0, 0xffffffff, 0, "mark of the check's packets"),
};

/* Of all checkers. */
static const struct kw_row common[] = {
	KW_TRI("alpha", C, c.alpha, "down until this check says otherwise; the server's where not given"),
	KW_TRI("log_all_failures", C, c.log_all_failures, "log each failure; the server's where not given"),
};

/* Of checkers that can speak TLS. */
static const struct kw_row tls_rows[] = {
	KW_ON("enable_sni", C, c.enable_sni, 1, "say the host in the TLS handshake"),
	KW_STR("sni_name", C, c.sni_name, 255, "host said there; the virtualhost where not given"),
	KW_ON("tls_compliant", C, c.tls_compliant, 1, "want TLS to be closed in order"),
	KW_ON("verify", C, c.verify, 1, "want a certificate that is trusted, in date and for the right name", .own = true),
	KW_STR("verify_ca", C, c.verify_ca, 255, "file of trust anchors; the system's where not given", .own = true),
	KW_STR("verify_name", C, c.verify_name, 255, "name that it must be for; the one said in the handshake", .own = true),
	KW_NUM("verify_days", C, c.verify_days, 1, 3650, 0, "days that it must still be good for", .own = true),
};

static const struct kw_row checker_timing[] = {
	KW_SECS("delay_loop", T, interval, 1, TIME_MOST, TIME_UNSET, "between two checks"),
	KW_SECS("connect_timeout", T, timeout, 1, TIME_MOST, TIME_UNSET, "patience of the check"),
	{ .name = "retry", .alias = { "nb_get_retry" }, .type = KW_NUMBER, KW_FIELD(T, retry), .max = 0x7fffffff,
	  .def = NUMBER_UNSET, .help = "failures that do not count yet" },
	KW_SECS("delay_before_retry", T, retry_delay, 0, TIME_MOST, TIME_UNSET, "between them"),
	KW_SECS("warmup", T, warmup, 0, TIME_MOST, TIME_UNSET, "the first check comes within this"),
	KW_SECS("answer_timeout", T, answer_timeout, 1, TIME_MOST, TIME_UNSET,
	        "patience with the answer, once connected; connect_timeout", .own = true),
	KW_SECS("down_interval", T, down_interval, 1, TIME_MOST, TIME_UNSET,
	        "between two checks of what is down; delay_loop", .own = true),
	KW_NUM("rise", T, rise, 1, 1000, NUMBER_UNSET, "successes in a row that bring it up; 1", .own = true),
	KW_NUM("fall", T, fall, 1, 1000, NUMBER_UNSET, "failures in a row that take it down; retry + 1", .own = true),
};

static const struct kw_row tcp_rows[] = {
	KW_STR("send", C, c.send, 4095, "what is said once connected", .own = true),
	KW_STR("expect", C, c.expect, 4095, "pattern (PCRE2) that the answer must match", .own = true),
	KW_ON("tls", C, c.tls, 1, "shake hands by TLS first", .own = true),
};

const struct kw_place *place_tcp(void)
{
	static const struct kw_place place = {
		.name = "TCP_CHECK",
		.size = sizeof(struct conf_checker),
		.parts = { KW_PART(tcp_rows, 0), KW_PART(tls_rows, 0), KW_PART(connection, 0), KW_PART(common, 0),
		           KW_PART(checker_timing, offsetof(C, timing)) },
	};

	return &place;
}

static const struct kw_row agent_rows[] = {
	KW_STR("send", C, c.send, 255, "what is said to the agent first", .own = true),
};

const struct kw_place *place_agent(void)
{
	static const struct kw_place place = {
		.name = "AGENT_CHECK",
		.size = sizeof(struct conf_checker),
		.parts = { KW_PART(agent_rows, 0), KW_PART(connection, 0), KW_PART(common, 0),
		           KW_PART(checker_timing, offsetof(C, timing)) },
	};

	return &place;
}

static const struct kw_value http_versions[] = { { "1.0", 0 }, { "1.0C", 2 }, { "1.0K", 3 }, { "1.1", 1 }, { NULL, 0 } };

static const struct kw_row http_rows[] = {
	KW_OPEN("url", build_set_url, place_url, "something to ask for"),
	KW_PICK("http_protocol", C, c.http_version, http_versions, 0, "version of HTTP"),
	KW_STR("virtualhost", C, timing.virtualhost, 127, "host that is asked for"),
	KW_YES("keep_alive", C, c.keep_alive, "ask over one connection, check after check, for up to five minutes (HTTP/1.1 unless "
	       "http_protocol says 1.0K): cheaper, but a connection that lives says little of new ones", .own = true),
	KW_YES("fast_recovery", C, c.fast_recovery, "ask for all URLs at once after a failure",
	       .differs = "every check asks for all URLs, with it and without"),
};

const struct kw_place *place_http(void)
{
	static const struct kw_place place = {
		.name = "HTTP_GET",
		.size = sizeof(struct conf_checker),
		.parts = { KW_PART(http_rows, 0), KW_PART(tls_rows, 0), KW_PART(connection, 0), KW_PART(common, 0),
		           KW_PART(checker_timing, offsetof(C, timing)) },
	};

	return &place;
}

static const struct kw_value regex_options[] = {
	{ "allow_empty_class", 0 }, { "alt_bsux", 0 }, { "auto_callout", 0 }, { "caseless", 0 }, { "dollar_endonly", 0 },
	{ "dotall", 0 }, { "dupnames", 0 }, { "extended", 0 }, { "firstline", 0 }, { "match_unset_backref", 0 },
	{ "multiline", 0 }, { "never_ucp", 0 }, { "never_utf", 0 }, { "no_auto_capture", 0 }, { "no_auto_possess", 0 },
	{ "no_dotstar_anchor", 0 }, { "no_start_optimize", 0 }, { "ucp", 0 }, { "ungreedy", 0 }, { "utf", 0 },
	{ "never_backslash_c", 0 }, { "alt_circumflex", 0 }, { "alt_verbnames", 0 }, { "use_offset_limit", 0 },
	{ NULL, 0 },
};

static const struct kw_value http_methods[] = { { "GET", 0 }, { "HEAD", 1 }, { "POST", 2 }, { NULL, 0 } };

static const struct kw_row url_rows[] = {
	KW_ODD("path", build_set_path, "what is asked for; / where not given"),
	KW_ODD("digest", build_set_digest, "MD5 of the answer's body"),
	KW_ODD("status_code", build_set_status, "codes and ranges of codes that are good; 200-299"),
	KW_STR("virtualhost", struct conf_url, virtualhost, 127, "host that is asked for"),
	KW_PICK("method", struct conf_url, method, http_methods, 0, "how it is asked for", .own = true),
	KW_STR("body", struct conf_url, body, 4095, "what a POST sends", .own = true),
	KW_ODD("header", build_set_header, "NAME: VALUE, a line of the request; may be repeated", .own = true),
	KW_STR("regex", struct conf_url, regex, 4095, "must match the body",
	       .differs = "the first 256 KiB of the body are looked at"),
	KW_ON("regex_no_match", struct conf_url, regex_no_match, 1, "must not match"),
	KW_LIST("regex_options", struct conf_url, regex_options, 1, 32, "how it matches", .values = regex_options),
	KW_NUM("regex_min_offset", struct conf_url, regex_min, 0, 0x7fffffff, 0, "where a match may begin"),
	KW_NUM("regex_max_offset", struct conf_url, regex_max, 1, 0x7fffffff, 0, "where it must have begun"),
	KW_LIST("regex_stack", struct conf_url, regex_stack, 2, 2, "START MAX: memory that it may use",
	        .differs = "MAX bounds the memory of a match; there is no stack"),
};

const struct kw_place *place_url(void)
{
	static const struct kw_place place = {
		.name = "url", .size = sizeof(struct conf_url), .parts = { KW_PART(url_rows, 0) },
	};

	return &place;
}

static const struct kw_row smtp_rows[] = {
	KW_STR("helo_name", C, c.helo_name, 255, "name said to the server; the host's where not given"),
	KW_ON("starttls", C, c.starttls, 1, "want STARTTLS, and go on within TLS", .own = true),
	KW_ON("tls", C, c.tls, 1, "TLS from the start", .own = true),
	KW_OPEN("host", build_set_host, place_smtp_host, "where to connect to"),
};

const struct kw_place *place_smtp(void)
{
	static const struct kw_place place = {
		.name = "SMTP_CHECK",
		.size = sizeof(struct conf_checker),
		.parts = { KW_PART(smtp_rows, 0), KW_PART(tls_rows, 0), KW_PART(connection, 0), KW_PART(common, 0),
		           KW_PART(checker_timing, offsetof(C, timing)) },
	};

	return &place;
}

const struct kw_place *place_smtp_host(void)
{
	static const struct kw_place place = {
		.name = "host",
		.size = sizeof(struct conf_checker),
		.parts = { KW_PART(connection, 0), KW_PART(common, 0), KW_PART(checker_timing, offsetof(C, timing)) },
	};

	return &place;
}

static const struct kw_value dns_transports[] = { { "udp", 0 }, { "tcp", 1 }, { NULL, 0 } };

static const struct kw_row dns_rows[] = {
	KW_ODD("type", build_set_dns_type, "A NS SOA MX TXT AAAA RRSIG DNSKEY ... or TYPE<n>: type of the question; SOA"),
	KW_STR("name", C, c.dns_name, 255, "name in the question", .def_text = "."),
	KW_PICK("transport", C, c.dns_tcp, dns_transports, 0, "over UDP (and TCP where the answer is cut short), or TCP", .own = true),
	KW_STR("expect_rcode", C, c.dns_rcode, 15, "NOERROR NXDOMAIN REFUSED ..., a number, or any: code of a good answer; NOERROR",
	       .own = true),
	KW_IP("expect_address", C, c.dns_address, NULL, "must be in a record of the answer; for types A and AAAA", .own = true),
	KW_STR("expect_text", C, c.dns_text, 255, "must be the text of a TXT, or the name in an NS, CNAME, SOA, PTR, MX or SRV",
	       .own = true),
};

const struct kw_place *place_dns(void)
{
	static const struct kw_place place = {
		.name = "DNS_CHECK",
		.size = sizeof(struct conf_checker),
		.parts = { KW_PART(dns_rows, 0), KW_PART(connection, 0), KW_PART(common, 0), KW_PART(checker_timing, offsetof(C, timing)) },
	};

	return &place;
}

static const struct kw_row misc_rows[] = {
	KW_RUN("misc_path", C, c.command, "command to run", .user_apart = true),
	KW_SECS("misc_timeout", C, c.misc_timeout, 1, TIME_MOST, 0, "patience with it; delay_loop"),
	KW_ON("misc_dynamic", C, c.dynamic, 1, "a result of 2 to 255 is good, and the weight is two less; 0: the configured weight"),
	KW_ODD("user", build_set_user, "USER [GROUP] that it runs as", KW_FIELD(C, c.command)),
};

const struct kw_place *place_misc(void)
{
	static const struct kw_place place = {
		.name = "MISC_CHECK",
		.size = sizeof(struct conf_checker),
		.parts = { KW_PART(misc_rows, 0), KW_PART(common, 0), KW_PART(checker_timing, offsetof(C, timing)) },
	};

	return &place;
}

static const struct kw_row udp_rows[] = {
	KW_STR("payload", C, c.payload, 4095, "what is sent, in hexadecimal; something random"),
	KW_LIST("require_reply", C, c.require_reply, 0, 1, "[HEX]: something must come back, and begin so; an x stands for any digit"),
	KW_NUM("min_reply_length", C, c.min_reply, 0, 65535, 0, "how much at least"),
	KW_NUM("max_reply_length", C, c.max_reply, 0, 65535, 255, "how much at most"),
};

const struct kw_place *place_udp(void)
{
	static const struct kw_place place = {
		.name = "UDP_CHECK",
		.size = sizeof(struct conf_checker),
		.parts = { KW_PART(udp_rows, 0), KW_PART(connection, 0), KW_PART(common, 0), KW_PART(checker_timing, offsetof(C, timing)) },
	};

	return &place;
}

const struct kw_place *place_ping(void)
{
	static const struct kw_place place = {
		.name = "PING_CHECK",
		.size = sizeof(struct conf_checker),
		.parts = { KW_PART(connection, 0), KW_PART(common, 0), KW_PART(checker_timing, offsetof(C, timing)) },
	};

	return &place;
}

static const struct kw_row file_check_rows[] = {
	KW_STR("track_file", C, c.object, 63, "name of the track_file"),
	KW_ODD("weight", build_set_check_weight, "N [reverse|noreverse]: its number times this is added to the weight; the track_file's"),
	KW_ON("dynamic", C, c.dynamic, 1, "its number is added to the weight also where the weight is 0"),
};

const struct kw_place *place_file(void)
{
	static const struct kw_place place = { .name = "FILE_CHECK", .size = sizeof(struct conf_checker),
		.parts = { KW_PART(file_check_rows, 0), KW_PART(common, 0) } };

	return &place;
}

static const struct kw_row bfd_check_rows[] = {
	KW_STR("name", C, c.object, 63, "name of the bfd_instance"),
};

const struct kw_place *place_bfd_check(void)
{
	static const struct kw_place place = { .name = "BFD_CHECK", .size = sizeof(struct conf_checker),
		.parts = { KW_PART(bfd_check_rows, 0), KW_PART(common, 0) } };

	return &place;
}
