/*
 * The echo codec of ping_msg.h.
 */
#include "config.h"

#include "core/probe/ping_msg.h"

#include <string.h>
#include <sys/socket.h>

#include "core/base/buf.h"

enum { ECHO_REQUEST4 = 8, ECHO_REPLY4 = 0, ECHO_REQUEST6 = 128, ECHO_REPLY6 = 129 };

static uint16_t checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

void ping_write(const struct ping_echo *e, uint8_t out[static PING_MSG_LEN])
{
	struct wbuf w = wbuf_make(out, PING_MSG_LEN);

	wbuf_u8(&w, e->family == AF_INET ? ECHO_REQUEST4 : ECHO_REQUEST6);
	wbuf_u8(&w, 0);
	wbuf_u16(&w, 0);
	wbuf_u16(&w, e->id);
	wbuf_u16(&w, e->seq);
	wbuf_bytes(&w, e->nonce, sizeof(e->nonce));
	if (e->family == AF_INET)
		wbuf_patch_u16(&w, 2, checksum(out, PING_MSG_LEN));
}

bool ping_is_reply(const struct ping_echo *e, bool check_id, const void *data, size_t len)
{
	uint8_t nonce[PING_NONCE], type, code;
	struct rbuf r = rbuf_make(data, len);
	uint16_t id, seq;

	type = rbuf_u8(&r);
	code = rbuf_u8(&r);
	rbuf_skip(&r, 2); /* the checksum: the kernel has looked */
	id = rbuf_u16(&r);
	seq = rbuf_u16(&r);
	rbuf_bytes(&r, nonce, sizeof(nonce));
	return rbuf_ok(&r) && type == (e->family == AF_INET ? ECHO_REPLY4 : ECHO_REPLY6) && code == 0 && seq == e->seq &&
	       (!check_id || id == e->id) && memcmp(nonce, e->nonce, sizeof(nonce)) == 0;
}

bool ping_skip_ip4(const void *data, size_t len, size_t *header)
{
	const uint8_t *p = data;

	if (len < 20 || p[0] >> 4 != 4)
		return false;
	*header = (size_t)(p[0] & 0x0f) * 4;
	return *header >= 20 && *header <= len;
}
