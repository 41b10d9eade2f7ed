/*
 * Names of routing tables, protocols, scopes, realms, services and interface groups, as iproute2 keeps them: the well-known
 * ones by heart, the others from files.
 */
#ifndef REGENT_NET_RTNAME_H
#define REGENT_NET_RTNAME_H

#include <stdbool.h>
#include <stdint.h>

enum rt_kind { RT_TABLE, RT_PROTOCOL, RT_SCOPE, RT_REALM, RT_DSFIELD, RT_GROUP };

/* A number, or a name whose number is still to be looked up. */
struct rt_name {
	uint32_t number;
	char name[32]; /* "": the number holds */
};

/* Where the files lie; the first folder has precedence. */
struct rt_dirs {
	char path[2][256];
};

/* A number in decimal, octal or hexadecimal, at most `max`. Pure. */
bool rt_number(const char *text, uint32_t max, uint32_t *out);
/* A number or a well-known name now, any other name later. False where it can be neither. Pure. */
bool rt_name_set(enum rt_kind kind, const char *text, struct rt_name *out);
/* Reads files, so for the kernel thread: find the number of a name. 0, or ENOENT where no file has it. */
int rt_name_resolve(enum rt_kind kind, const struct rt_dirs *dirs, struct rt_name *n);
/* What a file calls itself: "rt_tables". */
const char *rt_kind_file(enum rt_kind kind);

#endif
