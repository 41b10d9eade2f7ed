/*
 * DNS messages as a probe needs them: RFC 1035 section 4, names as in RFC 4343 (letters in either case are equal).
 *
 * Pure, of fixed size, bounded in time whatever the peer sends: a compressed name may only point backwards and is at
 * most 255 octets, records are counted by what is there and not by what the header claims. One question is asked,
 * recursion desired; an answer counts only where its id, its question and its direction are those of the query, so
 * that what others send to our port is passed over and not judged.
 */
#ifndef REGENT_PROBE_DNS_MSG_H
#define REGENT_PROBE_DNS_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/addr.h"
#include "core/base/dns.h"

#define DNS_QUERY_MAX (12u + DNS_NAME_MAX + 4u)
#define DNS_UDP_MAX 4096u  /* without EDNS a server may send 512 */
#define DNS_TCP_MAX 16384u /* what is longer is not read */
#define DNS_TEXT_MAX 256u
#define DNS_RCODE_ANY (-1)

struct dns_question {
	uint16_t id, type;
	struct dns_name name;
};

/* What the answer must say. */
struct dns_want {
	int rcode;                   /* or DNS_RCODE_ANY */
	struct addr address;         /* among the A or AAAA records; family 0: any */
	char text[DNS_TEXT_MAX];     /* the text of a TXT, or the name in an NS, CNAME, MX, SOA, PTR, SRV; "" any */
};

enum dns_result {
	DNS_STRAY,     /* no answer to this question: not to be judged, wait on */
	DNS_BAD,       /* an answer to it that cannot be read; `why` says what */
	DNS_TRUNCATED, /* ask again over TCP */
	DNS_READ,      /* `rcode`, `records`, `matched` hold */
};

struct dns_answer {
	uint8_t rcode;
	uint32_t records;            /* of the type in question */
	bool matched;                /* one of them is the wanted one, or none is wanted */
	char seen[DNS_TEXT_MAX];     /* the first of them in words; "" where it has none */
	const char *why;
};

/* Length of the message, at most DNS_QUERY_MAX. */
size_t dns_query_write(const struct dns_question *q, uint8_t out[static DNS_QUERY_MAX]);
enum dns_result dns_answer_read(const struct dns_question *q, const struct dns_want *want, const void *data, size_t len,
                                struct dns_answer *out);

#endif
