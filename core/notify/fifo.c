/*
 * Writing to FIFOs (fifo.h). A full one means a reader that has stopped reading: that is his loss and nobody else's.
 */
#include "config.h"

#include "core/notify/fifo.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

void fifo_write(struct fifo *f, const char *line, size_t len, usec_t now)
{
	uint32_t suppressed;
	ssize_t n = -1;

	errno = ENOENT;
	if (f->fd >= 0)
		n = write(f->fd, line, len); /* non-blocking, at most PIPE_BUF: whole or not */
	if (n == (ssize_t)len)
		return;
	f->dropped++;
	if (log_limit_pass(&f->said, now, 1, 60 * USEC_PER_SEC, &suppressed))
		log_warn("notify", "%s: a line is lost (%s), %" PRIu64 " so far: %s", f->path, errno == EAGAIN ? "full" : strerror(errno),
		         f->dropped, errno == EAGAIN ? "its reader does not read" : "nobody is told by it");
}
