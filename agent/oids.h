/*
 * Object identifiers as values, without net-snmp: what the tables, the index codec and the notifications are made of.
 *
 * REGENT_ROOT is the one place in the code that holds the number of REGENT-MIB; mibs/REGENT-MIB.txt says the same
 * number and tests/agentx/oids compares every object of both. It lies under netSnmpPlaypen until there is an enterprise
 * number.
 */
#ifndef REGENT_AGENT_OIDS_H
#define REGENT_AGENT_OIDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REGENT_ROOT 1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 112
#define VRRP_ROOT 1, 3, 6, 1, 2, 1, 68 /* RFC 2787 */
#define VRRPV3_ROOT 1, 3, 6, 1, 2, 1, 207 /* RFC 6527 */

/* RFC 2578: at most 128 sub-identifiers. */
#define OID_MAX 128

struct oid_name {
	uint32_t sub[OID_MAX];
	size_t len;
	bool bad; /* did not fit: sticky */
};

/* Lexicographic order; a prefix comes before what it begins. */
int oid_cmp(const uint32_t *a, size_t na, const uint32_t *b, size_t nb);
bool oid_begins_with(const uint32_t *o, size_t n, const uint32_t *prefix, size_t np);
/* "1.3.6.1" into out; false where it is not an OID. */
bool oid_parse(const char *text, struct oid_name *out);

void oid_clear(struct oid_name *o);
void oid_add(struct oid_name *o, uint32_t sub);
void oid_add_all(struct oid_name *o, const uint32_t *sub, size_t n);
/* Index parts, RFC 2578 section 7.7. */
void oid_add_fixed(struct oid_name *o, const uint8_t *bytes, size_t n);  /* fixed length: one sub-identifier a byte */
void oid_add_string(struct oid_name *o, const void *bytes, size_t n);    /* variable length: the length first */

#endif
