/*
 * Background start over a pipe: one byte means "running", end of file means that the child ended, whose status is passed on.
 */
#include "config.h"

#include "core/daemonize.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void wait_for_word(int fd, pid_t child)
{
	char word;
	int status = 0;

	if (read(fd, &word, 1) == 1)
		_exit(0);
	waitpid(child, &status, 0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

int daemonize(void)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) != 0)
		return -1;
	pid_t child = fork();

	if (child < 0)
		return -1;
	if (child > 0) {
		close(fds[1]);
		wait_for_word(fds[0], child);
	}
	close(fds[0]);
	setsid();
	return fds[1];
}

void daemonize_ready(int fd, bool console)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		if (!console)
			dup2(null, STDERR_FILENO);
		close(null);
	}
	(void)!write(fd, "r", 1);
	close(fd);
}
