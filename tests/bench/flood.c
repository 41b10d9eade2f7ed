/*
 * Floods a host with what it has to refuse: frames of one kind, as fast as the wire takes them or `rate` a second.
 *
 *   flood INTERFACE DEST-MAC DEST SECONDS RATE SEED KIND...
 *   sent=N pps=N
 *
 * KIND, several in turn: vrid (a virtual router that nobody here has), checksum, ttl, version (of VRID 52: wrong), bfd (a session that
 * nobody has), nonsense (adverts of either version over IPv4 and IPv6, perhaps with an authentication header, a trailer, IP options or
 * an extension header, then damaged, mostly with a right checksum; and BFD). DEST is where datagrams of BFD go. All random numbers
 * come from the seed.
 */
#include "config.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 32, FRAME_MAX = 512, MESSAGE_MAX = 200, OUR_VRID = 52, TRAILER = 28, BFD_LEN = 24 };
enum { IP4 = ETH_HLEN, MESSAGE4 = ETH_HLEN + 20 };

struct frame {
	uint8_t bytes[FRAME_MAX];
	size_t len;
};

struct flood {
	uint64_t random;
	uint8_t mac[ETH_ALEN];
	struct in_addr dest;
};

static uint64_t next_random(struct flood *f)
{
	uint64_t z = (f->random += 0x9e3779b97f4a7c15u);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static void put16(uint8_t *at, uint32_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static uint32_t sum(uint32_t s, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		s += (uint32_t)p[i] << 8 | p[i + 1];
	return n & 1 ? s + ((uint32_t)p[n - 1] << 8) : s;
}

static uint16_t folded(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)~s;
}

/* Ethernet and IPv4 before `len` octets of protocol `proto`. */
static void put_ip4(struct flood *f, struct frame *o, uint8_t proto, uint8_t ttl, size_t len)
{
	static const uint8_t group_mac[ETH_ALEN] = { 0x01, 0x00, 0x5e, 0, 0, 18 }, group[4] = { 224, 0, 0, 18 };
	const bool grouped = proto == 112 || proto == 51;
	uint8_t *ip = o->bytes + IP4;
	uint32_t r = (uint32_t)next_random(f);

	memcpy(o->bytes, grouped ? group_mac : f->mac, ETH_ALEN);
	memcpy(o->bytes + ETH_ALEN, (uint8_t[]){ 2, 0, 0, 0, 0, 9 }, ETH_ALEN);
	put16(o->bytes + 12, ETHERTYPE_IP);
	memset(ip, 0, 20);
	ip[0] = 0x45;
	put16(ip + 2, (uint32_t)(20 + len));
	ip[8] = ttl;
	ip[9] = proto;
	memcpy(ip + 12, (uint8_t[]){ 172, 25, (uint8_t)(r & 1 ? 0 : 1), (uint8_t)(100 + r % 100) }, 4);
	memcpy(ip + 16, grouped ? group : (const uint8_t *)&f->dest.s_addr, 4);
	put16(ip + 10, folded(sum(0, ip, 20)));
	o->len = MESSAGE4 + len;
}

/* An advert of one address; version 2 has a password. */
static void put_advert(struct flood *f, struct frame *o, uint8_t version, uint8_t vrid, uint8_t ttl)
{
	uint8_t *m = o->bytes + MESSAGE4;
	const size_t len = version == 2 ? 20 : 12;
	uint32_t s = 0;

	memcpy(m, (uint8_t[]){ (uint8_t)(version << 4 | 1), vrid, 250, 1, 0, 10, 0, 0, 172, 25, 0, 201 }, 12);
	if (version == 2) {
		put16(m + 4, 1 << 8 | 1); /* a password, 1 s */
		memcpy(m + 12, "wrongone", 8);
	}
	put_ip4(f, o, 112, ttl, len);
	if (version == 3)
		s = sum(112 + (uint32_t)len, o->bytes + IP4 + 12, 8);
	put16(m + 6, folded(sum(s, m, len)));
}

static void put_bfd(struct flood *f, struct frame *o)
{
	uint8_t *udp = o->bytes + MESSAGE4, *m = udp + 8;

	memset(m, 0, BFD_LEN);
	memcpy(m, (uint8_t[]){ 0x20, 0x40, 3, BFD_LEN, 0, 0, 0, 7 }, 8);
	put16(udp, 49152 + (uint32_t)(next_random(f) % 1000));
	put16(udp + 2, 3784);
	put16(udp + 4, 8 + BFD_LEN);
	put16(udp + 6, 0);
	put_ip4(f, o, 17, 255, 8 + BFD_LEN);
}

/* ---- nonsense ---- */

static size_t below(struct flood *f, size_t n)
{
	return (size_t)(next_random(f) % n);
}

static bool once_in(struct flood *f, size_t n)
{
	return below(f, n) == 0;
}

static void damage(struct flood *f, uint8_t *p, size_t len, size_t times)
{
	for (; len > 0 && times > 0; times--)
		p[below(f, len)] = (uint8_t)next_random(f);
}

/* An advert of up to three addresses, perhaps with a trailer as of auth_hmac; its length. */
static size_t make_message(struct flood *f, uint8_t *m, bool six)
{
	const uint8_t version = six || once_in(f, 2) ? 3 : 2;
	size_t n = below(f, 4), len = 8 + n * (six ? 16 : 4) + (version == 2 ? 8 : 0);

	for (size_t i = 0; i < MESSAGE_MAX; i++)
		m[i] = (uint8_t)next_random(f);
	memcpy(m, (uint8_t[]){ (uint8_t)(version << 4 | 1), (uint8_t)(OUR_VRID + below(f, 2)), 250, (uint8_t)n, 0, 10, 0, 0 }, 8);
	if (version == 2)
		put16(m + 4, (uint32_t)below(f, 4) << 8 | 1);
	if (once_in(f, 2))
		return len;
	memcpy(m + len, (uint8_t[]){ 1, 1, 0, 0 }, 4);
	len += TRAILER;
	uint32_t seconds = (uint32_t)time(NULL);
	put16(m + len - TRAILER + 4, seconds >> 16);
	put16(m + len - TRAILER + 6, seconds & 0xffff);
	return len;
}

/* 40 octets of IPv6 and its extension header before the message, if it has one; the length of both. */
static size_t put_ip6(struct flood *f, uint8_t *ip, const uint8_t *m, size_t len)
{
	static const uint8_t pad[8] = { 112, 0, 1, 4 }, group[16] = { 0xff, 2, [15] = 18 };
	size_t more = once_in(f, 3) ? sizeof(pad) : 0;

	memset(ip, 0, 40);
	ip[0] = 0x60;
	put16(ip + 4, (uint32_t)(more + len));
	ip[6] = more ? (once_in(f, 2) ? 0 : 60) : 112; /* hop by hop, destination options */
	ip[7] = 255;
	memcpy(ip + 8, (uint8_t[]){ 0xfe, 0x80 }, 2);
	ip[23] = (uint8_t)(100 + below(f, 50));
	memcpy(ip + 24, group, 16);
	memcpy(ip + 40, pad, more);
	memcpy(ip + 40 + more, m, len);
	return 40 + more;
}

/* IPv4, perhaps with options, and an authentication header. */
static size_t put_ip4_more(struct flood *f, uint8_t *ip, const uint8_t *m, size_t len)
{
	static const uint8_t ah[24] = { 112, 4 };
	size_t head = once_in(f, 6) ? 20 + 4 * (1 + below(f, 10)) : 20, more = once_in(f, 3) ? sizeof(ah) : 0;

	memset(ip, 1, head); /* options: nothing */
	memcpy(ip, (uint8_t[]){ (uint8_t)(0x40 | head / 4), 0xc0, 0, 0, 0, 0, 0, 0, 255, more ? 51 : 112, 0, 0, 172, 25, 0 }, 15);
	ip[15] = (uint8_t)(100 + below(f, 100));
	memcpy(ip + 16, (uint8_t[]){ 224, 0, 0, 18 }, 4);
	put16(ip + 2, (uint32_t)(head + more + len));
	put16(ip + 10, folded(sum(0, ip, head)));
	memcpy(ip + head, ah, more);
	memcpy(ip + head + more, m, len);
	damage(f, ip + head, more, below(f, 3));
	return head + more;
}

static void repair(uint8_t *m, size_t len, const uint8_t *addresses, size_t n_addresses)
{
	uint32_t s = m[0] >> 4 == 3 ? sum(112 + (uint32_t)len, addresses, n_addresses) : 0;

	put16(m + 6, 0);
	put16(m + 6, folded(sum(s, m, len)));
}

static void put_nonsense(struct flood *f, struct frame *o)
{
	const bool six = once_in(f, 3);
	uint8_t m[MESSAGE_MAX], *ip = o->bytes + ETH_HLEN;
	size_t len = make_message(f, m, six), head;

	if (once_in(f, 8)) {
		put_bfd(f, o);
		damage(f, o->bytes + MESSAGE4 + 8, BFD_LEN, below(f, 5));
		return;
	}
	damage(f, m, len, below(f, 4));
	if (once_in(f, 4))
		len = below(f, MESSAGE_MAX);
	head = six ? put_ip6(f, ip, m, len) : put_ip4_more(f, ip, m, len);
	if (len >= 8 && !once_in(f, 4))
		repair(ip + head, once_in(f, 2) || len < 8 + TRAILER ? len : len - TRAILER, ip + (six ? 8 : 12), six ? 32 : 8);
	memcpy(o->bytes, six ? (uint8_t[]){ 0x33, 0x33, 0, 0, 0, 18 } : (uint8_t[]){ 1, 0, 0x5e, 0, 0, 18 }, ETH_ALEN);
	memcpy(o->bytes + ETH_ALEN, (uint8_t[]){ 2, 0, 0, 0, 0, 9 }, ETH_ALEN);
	put16(o->bytes + 12, six ? ETHERTYPE_IPV6 : ETHERTYPE_IP);
	o->len = ETH_HLEN + head + len;
}

static bool put(struct flood *f, struct frame *o, const char *kind)
{
	if (strcmp(kind, "vrid") == 0)
		put_advert(f, o, 3, 99, 255);
	else if (strcmp(kind, "ttl") == 0)
		put_advert(f, o, 3, OUR_VRID, 254);
	else if (strcmp(kind, "version") == 0)
		put_advert(f, o, 2, OUR_VRID, 255);
	else if (strcmp(kind, "bfd") == 0)
		put_bfd(f, o);
	else if (strcmp(kind, "nonsense") == 0)
		put_nonsense(f, o);
	else if (strcmp(kind, "checksum") == 0)
		put_advert(f, o, 3, OUR_VRID, 255);
	else
		return false;
	if (strcmp(kind, "checksum") == 0)
		o->bytes[MESSAGE4 + 6] ^= 1;
	return true;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int open_wire(const char *interface)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	return fd >= 0 && at.sll_ifindex > 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 ? fd : -1;
}

static uint64_t send_all(struct flood *f, int fd, double seconds, double rate, char **kinds, unsigned n_kinds)
{
	static struct frame frames[BATCH];
	struct iovec iov[BATCH];
	struct mmsghdr m[BATCH] = { 0 };
	double begun = now();
	uint64_t sent = 0;

	for (double t = begun; t < begun + seconds; t = now()) {
		if (rate > 0 && (double)sent > rate * (t - begun)) {
			usleep(500);
			continue;
		}
		for (unsigned i = 0; i < BATCH; i++) {
			if (!put(f, &frames[i], kinds[(sent + i) % n_kinds]))
				return 0;
			iov[i] = (struct iovec){ frames[i].bytes, frames[i].len };
			m[i].msg_hdr = (struct msghdr){ .msg_iov = &iov[i], .msg_iovlen = 1 };
		}
		int n = sendmmsg(fd, m, BATCH, 0);
		sent += n > 0 ? (uint64_t)n : 0;
	}
	return sent;
}

int main(int argc, char **argv)
{
	struct flood f = { 0 };
	int fd = argc > 7 ? open_wire(argv[1]) : -1;

	if (fd < 0 || sscanf(argv[2], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &f.mac[0], &f.mac[1], &f.mac[2], &f.mac[3], &f.mac[4], &f.mac[5]) != 6 ||
	    inet_pton(AF_INET, argv[3], &f.dest) != 1) {
		fprintf(stderr, "usage: flood INTERFACE DEST-MAC DEST SECONDS RATE SEED KIND...\n");
		return 2;
	}
	double seconds = strtod(argv[4], NULL);
	f.random = strtoull(argv[6], NULL, 10);
	uint64_t sent = send_all(&f, fd, seconds, strtod(argv[5], NULL), argv + 7, (unsigned)argc - 7);
	printf("sent=%llu pps=%.0f\n", (unsigned long long)sent, (double)sent / seconds);
	return sent == 0;
}
