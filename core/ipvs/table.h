/*
 * An IPVS table as a value: services sorted by key, each with its servers sorted by endpoint.
 *
 * The same types hold what is wanted and what the kernel has, in one canonical form, so that comparing two of them field by field
 * tells whether there is anything to do. Pure data.
 */
#ifndef REGENT_IPVS_TABLE_H
#define REGENT_IPVS_TABLE_H

#include "core/ipvs/services.h"

#define IPVS_NAMELEN 16

/* One real server of one service. tun_*: of method TUN only, else zero. */
struct ipvs_dest {
	struct endpoint server;
	int32_t weight;
	uint32_t upper, lower;
	uint16_t tun_port, tun_flags;
	uint8_t tun_type;
	uint8_t method; /* enum ipvs_method, or what the kernel says */
	struct ipvs_conns conns; /* as the kernel counted them when it was listed; never compared */
};

struct ipvs_entry {
	struct service_key key;
	char scheduler[IPVS_NAMELEN];
	char pe[IPVS_NAMELEN];
	uint32_t flags;
	uint32_t persistence;
	uint32_t netmask;
	struct endpoint sorry; /* which server is the sorry server, for log lines; never compared; family 0: none */
	struct ipvs_dest *dests;
	size_t n, cap;
};

struct ipvs_table {
	struct ipvs_entry **entries;
	size_t n, cap;
};

/* The bytes of a key that are content, for hashing: what comes after them is padding, which an assignment need not copy. */
enum { IPVS_KEY_BYTES = offsetof(struct service_key, addr) + sizeof(struct addr) };

/* The key with every byte that is not content zeroed, fit for memcmp and hashing. */
struct service_key ipvs_key(const struct service_key *k);
struct endpoint ipvs_endpoint(const struct endpoint *e);

struct ipvs_entry *ipvs_entry_new(const struct service_key *key);
struct ipvs_entry *ipvs_entry_copy(const struct ipvs_entry *e);
void ipvs_entry_free(struct ipvs_entry *e);
/* Room for so many, of an entry without any. */
void ipvs_entry_reserve(struct ipvs_entry *e, size_t n);
/* Appends; the caller calls ipvs_entry_sort() when all are in. The pointer holds until the next append. */
struct ipvs_dest *ipvs_entry_add(struct ipvs_entry *e, const struct endpoint *server);
/* Sorts by endpoint; of several with the same endpoint the last one added stays. */
void ipvs_entry_sort(struct ipvs_entry *e);
const struct ipvs_dest *ipvs_entry_find(const struct ipvs_entry *e, const struct endpoint *server);
/* Rewrites what has several spellings in the kernel's interface: flags that the kernel sets itself, attributes without effect. */
void ipvs_entry_normalise(struct ipvs_entry *e);

/* The service's own attributes, without servers. */
bool ipvs_entry_same_head(const struct ipvs_entry *a, const struct ipvs_entry *b);
bool ipvs_dest_same(const struct ipvs_dest *a, const struct ipvs_dest *b);

void ipvs_table_add(struct ipvs_table *t, struct ipvs_entry *e); /* takes e */
void ipvs_table_sort(struct ipvs_table *t);
struct ipvs_entry *ipvs_table_find(const struct ipvs_table *t, const struct service_key *key);
void ipvs_table_clear(struct ipvs_table *t);

#endif
