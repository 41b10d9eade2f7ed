/*
 * Network addresses as values: IPv4 and IPv6 hosts, prefixes, and endpoints (address and port).
 *
 * Plain data, no padding that matters, comparable and hashable; host byte order for ports, network order for
 * address bytes. `family` is AF_INET, AF_INET6, or 0 for "none".
 */
#ifndef REGENT_BASE_ADDR_H
#define REGENT_BASE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct addr {
	uint8_t family;
	uint8_t bytes[16]; /* IPv4 uses the first four; the rest are zero */
};

struct prefix {
	struct addr addr;
	uint8_t len; /* 0..32 or 0..128 */
};

struct endpoint {
	struct addr addr;
	uint16_t port; /* host order */
};

/* Long enough for any result of the format functions below, with its NUL. */
#define ADDR_STRLEN 64

/* Parse the numeric text of a host address. False (and *out cleared) where the text is not exactly one. */
bool addr_parse(const char *text, struct addr *out);
/* Parse "ADDR" or "ADDR/LEN"; without a length the whole address (32 or 128). */
bool prefix_parse(const char *text, struct prefix *out);

/* Formats return `buf`, always NUL-terminated; family 0 gives "-". */
const char *addr_format(const struct addr *a, char buf[static ADDR_STRLEN]);
const char *prefix_format(const struct prefix *p, char buf[static ADDR_STRLEN]);
/* "[ADDR]:PORT", as keepalived writes endpoints. */
const char *endpoint_format(const struct endpoint *e, char buf[static ADDR_STRLEN]);

struct addr addr_v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d);
struct addr addr_from_v4_be(uint32_t be);
uint32_t addr_v4_be(const struct addr *a);
/* Length in bytes of an address of this family: 4, 16, or 0. */
size_t addr_len(uint8_t family);

/* Total orders: family first, then bytes as unsigned numbers, then length or port. */
int addr_cmp(const struct addr *a, const struct addr *b);
int prefix_cmp(const struct prefix *a, const struct prefix *b);
int endpoint_cmp(const struct endpoint *a, const struct endpoint *b);

static inline bool addr_is_set(const struct addr *a)
{
	return a->family != 0;
}
bool addr_is_loopback(const struct addr *a);
bool addr_is_multicast(const struct addr *a);
bool addr_is_linklocal(const struct addr *a);
bool prefix_contains(const struct prefix *p, const struct addr *a);

/* To and from socket addresses; `addr_to_sockaddr` returns the length, 0 for family 0. */
socklen_t addr_to_sockaddr(const struct endpoint *e, struct sockaddr_storage *out);
bool addr_from_sockaddr(const struct sockaddr *sa, struct endpoint *out);

#endif
