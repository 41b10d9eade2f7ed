/*
 * ICMP echo (RFC 792) and ICMPv6 echo (RFC 4443 section 4) as a probe needs them. Pure.
 *
 * The data is a nonce: a reply counts only where type, sequence and nonce are those of the request, so that neither
 * somebody else's ping nor a reply to an earlier run is taken for an answer.
 */
#ifndef REGENT_PROBE_PING_MSG_H
#define REGENT_PROBE_PING_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PING_NONCE 16u
#define PING_MSG_LEN (8u + PING_NONCE)

struct ping_echo {
	uint8_t family;
	uint16_t id, seq; /* id: the kernel writes its own over it where the socket is a ping socket */
	uint8_t nonce[PING_NONCE];
};

/* IPv4's checksum is filled in; IPv6's is the kernel's. */
void ping_write(const struct ping_echo *e, uint8_t out[static PING_MSG_LEN]);
/* The ICMP message of a reply, without IP header. With `check_id` the id must be the request's too. */
bool ping_is_reply(const struct ping_echo *e, bool check_id, const void *data, size_t len);
/* A raw IPv4 socket gives the IP header too: how long it is. False: no whole one. */
bool ping_skip_ip4(const void *data, size_t len, size_t *header);

#endif
