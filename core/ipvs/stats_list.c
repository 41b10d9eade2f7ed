/*
 * Lists of counters (stats.h). Pure.
 */
#include "config.h"

#include "core/ipvs/stats.h"

#include <stdlib.h>
#include <string.h>

#include "core/ipvs/alloc.h"

struct ipvs_stat *ipvs_stats_add(struct ipvs_stats *s)
{
	struct ipvs_stat *one;

	s->list = ipvs_grow(s->list, s->n, &s->cap, sizeof(*s->list));
	one = &s->list[s->n++];
	memset(one, 0, sizeof(*one));
	return one;
}

void ipvs_stats_clear(struct ipvs_stats *s)
{
	free(s->list);
	memset(s, 0, sizeof(*s));
}
