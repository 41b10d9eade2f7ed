/*
 * What malloc() does with memory that is free. A process that is locked into memory keeps it: it would give pages back only to have
 * them faulted in anew. One that now and then needs much (a table of rows that replaces another, an answer of megabytes) gives it back.
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

#define MEMORY_LENT (256 << 10) /* what is larger is mapped by itself, and gone when it is freed */

static inline void memory_give_back(void)
{
	mallopt(M_MMAP_THRESHOLD, MEMORY_LENT);
}

/* After something that took `bytes` in small pieces. */
static inline void memory_give_back_after(size_t bytes)
{
	if (bytes >= MEMORY_LENT)
		malloc_trim(0);
}

#endif
