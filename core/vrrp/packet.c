/*
 * The process's packet socket (packet.h). Owns its descriptor and the number of its users.
 */
#include "config.h"

#include "core/vrrp/packet.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/vrrp/sock.h"

static struct {
	int fd;
	unsigned users;
} packet = { .fd = -1 };

struct close_job {
	struct nl_job job; /* first */
	int fd;
};

int vrrp_packet_get(void)
{
	if (packet.users == 0) {
		packet.fd = vrrp_sock_open_packet();
		if (packet.fd < 0)
			return errno;
	}
	packet.users++;
	return 0;
}

static void close_run(struct nl_ctx *ctx, struct nl_job *job)
{
	(void)ctx;
	close(((struct close_job *)job)->fd);
}

static void close_done(struct nl_job *job)
{
	free(job);
}

static void close_drop(struct nl_job *job)
{
	close_run(NULL, job);
	free(job);
}

void vrrp_packet_put(struct nl *nl)
{
	if (--packet.users > 0)
		return;
	struct close_job *j = calloc(1, sizeof(*j));
	if (j) {
		j->fd = packet.fd;
		j->job.run = close_run;
		j->job.done = close_done;
		j->job.drop = close_drop;
		j->job.cls = LOOP_QUEUED;
		nl_submit(nl, &j->job);
	} else {
		close(packet.fd);
	}
	packet.fd = -1;
}

int vrrp_packet_send(int ifindex, const uint8_t *frame, size_t len)
{
	return packet.fd < 0 ? EBADF : vrrp_sock_send_frame(packet.fd, ifindex, frame, len);
}
