/*
 * One sysctl of the kernel's IPVS, per network namespace. A process with CAP_NET_ADMIN may write it.
 */
#include "config.h"

#include "core/ipvs/reuse.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define MODE_FILE "/proc/sys/net/ipv4/vs/conn_reuse_mode"
#define KERNEL_DEFAULT '1'

int ipvs_reuse_allow(void)
{
	char mode = '\0';
	int fd = open(MODE_FILE, O_RDWR | O_CLOEXEC), err = 0;

	if (fd < 0)
		return errno;
	if (pread(fd, &mode, 1, 0) != 1)
		err = EIO;
	else if (mode != KERNEL_DEFAULT)
		err = EALREADY;
	else if (pwrite(fd, "3\n", 2, 0) != 2)
		err = errno;
	close(fd);
	return err;
}
