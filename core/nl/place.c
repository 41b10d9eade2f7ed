/*
 * The choice of place.h. Owns the affinity of the kernel thread; that of the loop's thread is the administrator's.
 */
#include "config.h"

#include "core/nl/place.h"

bool nl_place_beside(const cpu_set_t *allowed, int cpu, cpu_set_t *out)
{
	*out = *allowed;
	if (cpu < 0 || cpu >= CPU_SETSIZE || !CPU_ISSET(cpu, allowed) || CPU_COUNT(allowed) < 2)
		return false;
	CPU_CLR(cpu, out);
	return true;
}

void nl_place_look(struct nl_place *p, int cpu)
{
	cpu_set_t allowed, beside;

	if (cpu == p->avoided || sched_getaffinity(p->loop, sizeof(allowed), &allowed) != 0)
		return;
	p->avoided = cpu;
	nl_place_beside(&allowed, cpu, &beside);
	sched_setaffinity(0, sizeof(beside), &beside);
}
