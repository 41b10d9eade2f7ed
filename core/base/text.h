/*
 * Small safe string helpers. strcpy, strcat and sprintf are not used anywhere in the project.
 */
#ifndef REGENT_BASE_TEXT_H
#define REGENT_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Copy with truncation; dst is always NUL-terminated and the rest of it zeroed (keys and rows rely on that).
 * Returns false where it had to cut. dstsize > 0. */
bool text_copy(char *dst, size_t dstsize, const char *src);
/* vsnprintf that appends at *len within size, advancing *len; never past size-1. */
void text_append(char *dst, size_t size, size_t *len, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The same of a text as it is. */
void text_add(char *dst, size_t size, size_t *len, const char *src);
/* Damerau-Levenshtein distance, for "did you mean"; both up to 64 bytes, longer is cut. */
unsigned text_distance(const char *a, const char *b);

#endif
