/*
 * What the host is like, as far as checks of a file want to know it. Whoever has a host fills it; the checks stay pure.
 */
#ifndef REGENT_CONF_FACTS_H
#define REGENT_CONF_FACTS_H

#include <stdbool.h>
#include <stddef.h>

struct host_facts {
	const char *const *interfaces;
	size_t n_interfaces;
	bool (*user_exists)(const char *name); /* NULL: not known */
};

#endif
