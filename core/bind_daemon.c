/*
 * What the file says of the daemon itself: its sockets' buffers.
 */
#include "config.h"

#include "core/bind.h"

static struct nl_buffer buffer(uint32_t bytes, bool force)
{
	return (struct nl_buffer){ .bytes = (int)bytes, .force = force };
}

void bind_process_buffer(const struct conf *c, struct nl_buffer *out)
{
	*out = buffer(c->global.buffers.process, c->global.buffers.process_force);
}

void bind_buffers(const struct conf *c, struct nl_buffer *route, struct nl_buffer *ipvs, struct nl_buffer *monitor)
{
	const struct conf_global_buffers *b = &c->global.buffers;

	*route = buffer(b->vrrp_cmd, b->vrrp_cmd_force);
	*ipvs = buffer(b->lvs_cmd, b->lvs_cmd_force);
	/* There is one monitor, for both: the larger serves. */
	*monitor = buffer(b->vrrp_monitor > b->lvs_monitor ? b->vrrp_monitor : b->lvs_monitor,
	                  b->vrrp_monitor_force || b->lvs_monitor_force);
}
