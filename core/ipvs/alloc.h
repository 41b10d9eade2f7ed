/*
 * Memory of this room: there, or the daemon ends with a line that says so.
 *
 * What is asked for here is bounded by the configuration and by the kernel's own table. A director that cannot get it must not
 * go on with half a table: its supervisor starts it again and the kernel keeps forwarding meanwhile.
 */
#ifndef REGENT_IPVS_ALLOC_H
#define REGENT_IPVS_ALLOC_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"

/* Not zeroed: its pages are first touched by who fills them. */
static inline void *ipvs_alloc(size_t n, size_t size)
{
	void *p = reallocarray(NULL, n ? n : 1, size);

	if (!p) {
		log_err("ipvs", "out of memory (%zu x %zu bytes)", n, size);
		abort();
	}
	return p;
}

static inline void *ipvs_zalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p) {
		log_err("ipvs", "out of memory (%zu x %zu bytes)", n, size);
		abort();
	}
	return p;
}

/* Grow an array so that it holds one element more than `n`; the new part is zeroed. */
static inline void *ipvs_grow(void *array, size_t n, size_t *cap, size_t size)
{
	size_t bigger = *cap ? *cap * 2 : 8;
	void *p;

	if (n < *cap)
		return array;
	p = ipvs_zalloc(bigger, size);
	if (n)
		memcpy(p, array, n * size);
	free(array);
	*cap = bigger;
	return p;
}

#endif
