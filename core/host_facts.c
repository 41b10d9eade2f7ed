/*
 * Facts of this host. Relies on libc only; called before there is a loop, or by a program that has none.
 */
#include "config.h"

#include "core/host_facts.h"

#include <net/if.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

static bool user_exists(const char *name)
{
	return getpwnam(name) != NULL; /* no-block-ok: regentd -t has no loop */
}

struct host_facts *host_facts_read(void)
{
	struct if_nameindex *list = if_nameindex();
	struct host_facts *f = calloc(1, sizeof(*f));
	const char **names;
	size_t n = 0;

	while (list && list[n].if_index)
		n++;
	names = calloc(n ? n : 1, sizeof(*names));
	if (!list || !f || !names) {
		if (list)
			if_freenameindex(list);
		free(names);
		free(f);
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		names[i] = strdup(list[i].if_name);
		if (!names[i])
			abort();
	}
	if_freenameindex(list);
	*f = (struct host_facts){ .interfaces = names, .n_interfaces = n, .user_exists = user_exists };
	return f;
}

void host_facts_free(struct host_facts *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n_interfaces; i++)
		free((void *)f->interfaces[i]);
	free((void *)f->interfaces);
	free(f);
}
