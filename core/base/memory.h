/*
 * What malloc() does with memory that is free: it keeps it. A process that is locked into memory, or that replaces megabytes again
 * and again (a configuration at each reload, the rows at each change), would give pages back only to have them faulted in anew.
 */
#ifndef REGENT_BASE_MEMORY_H
#define REGENT_BASE_MEMORY_H

#include <malloc.h>

#define MEMORY_KEPT (64 << 20) /* most, of each arena */
#define MEMORY_APART (16 << 20) /* what is larger is mapped by itself */

/* Before there are threads. */
static inline void memory_keep(void)
{
	mallopt(M_TRIM_THRESHOLD, MEMORY_KEPT);
	mallopt(M_MMAP_THRESHOLD, MEMORY_APART);
}

#endif
