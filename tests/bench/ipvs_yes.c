/*
 * A kernel without IPVS that says it has it, for a program that is preloaded with this: keepalived then makes its checks at native
 * speed (checks_run). The socket interface is answered, an empty table; generic netlink goes on saying that there is no such family.
 */
#define _GNU_SOURCE
#include <linux/ip_vs.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int is_ipvs(int level, int name)
{
	return level == 0 && name >= IP_VS_BASE_CTL && name <= IP_VS_SO_SET_MAX + 64;
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	struct ip_vs_getinfo *info = value;

	if (!is_ipvs(level, name))
		return (int)syscall(SYS_getsockopt, fd, level, name, value, len);
	memset(value, 0, *len);
	if (name == IP_VS_SO_GET_INFO && *len >= sizeof(*info))
		info->version = 0x010201, info->size = 4096;
	return 0;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	return is_ipvs(level, name) ? 0 : (int)syscall(SYS_setsockopt, fd, level, name, value, len);
}
