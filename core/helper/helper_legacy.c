/*
 * What a helper leaves to its successor beside the sockets: the FIFOs that it made, which the last of them removes, and the
 * namespace of IPVS's own. Passed as descriptors behind the sockets: a memory file with the names, and the namespaces where there
 * are any.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/helper/helper_priv.h"

/* Where they stand in the successor. */
enum { NOTE_FD = 5, OWN_FD = 6, IPVS_FD = 7 };

struct note {
	bool has_ipvs;
	struct fifos fifos;
};

int legacy_write(const struct fifos *f, const struct netns *n, int *out)
{
	static struct note note;
	int err = 0;

	memset(&note, 0, sizeof(note));
	note.has_ipvs = n->ipvs >= 0;
	note.fifos = *f;
	*out = memfd_create("regent-helper", MFD_CLOEXEC);
	if (*out < 0)
		return errno;
	if (write(*out, &note, sizeof(note)) != (ssize_t)sizeof(note))
		err = errno ? errno : EIO;
	if (err)
		close(*out);
	return err;
}

/* What is another program's descriptor, or nobody's, is not taken for one of ours: the sizes must agree. */
bool legacy_take(struct fifos *f, struct netns *n)
{
	static struct note note;
	char more;

	if (pread(NOTE_FD, &note, sizeof(note), 0) != (ssize_t)sizeof(note) || pread(NOTE_FD, &more, 1, sizeof(note)) != 0)
		return false;
	*f = note.fifos;
	n->fixed = true;
	n->own = n->ipvs = -1;
	if (!note.has_ipvs)
		return true;
	n->own = fcntl(OWN_FD, F_DUPFD_CLOEXEC, IPVS_FD + 1);
	n->ipvs = fcntl(IPVS_FD, F_DUPFD_CLOEXEC, IPVS_FD + 1);
	return n->own >= 0 && n->ipvs >= 0;
}
