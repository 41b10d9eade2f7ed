/*
 * Names of the DNS: record types, response codes, and domain names as text and on the wire (RFC 1035 sections 3.1 and
 * 5.1).
 *
 * Pure; shared by the configuration, which checks what is written, and by the probe, which asks it.
 */
#ifndef REGENT_BASE_DNS_H
#define REGENT_BASE_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_NAME_MAX 255u /* on the wire */
#define DNS_RCODE_MAX 15

enum dns_type {
	DNS_A = 1, DNS_NS = 2, DNS_CNAME = 5, DNS_SOA = 6, DNS_PTR = 12, DNS_MX = 15, DNS_TXT = 16, DNS_AAAA = 28, DNS_SRV = 33,
};

struct dns_name {
	uint8_t wire[DNS_NAME_MAX];
	uint8_t len; /* with the root's zero */
};

/* "A", "AAAA", ..., "TYPE65". False: no such type. */
bool dns_type_parse(const char *text, uint16_t *out);
/* "NOERROR", "NXDOMAIN", ..., "RCODE12"; static, or made in buf. */
const char *dns_rcode_name(unsigned rcode, char buf[static 16]);
/* By name or number. -1: no such code. */
int dns_rcode_parse(const char *text);
/* "example.org" or "example.org." or "."; \. and \DDD as in a zone file. */
bool dns_name_parse(const char *text, struct dns_name *out);

#endif
