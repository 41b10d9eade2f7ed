/*
 * Parts of blocks that have a form of their own: addresses, routes, rules, trackers, checkers.
 */
#ifndef REGENT_CONF_PRINT_PARTS_H
#define REGENT_CONF_PRINT_PARTS_H

#include <stdio.h>

#include "conf/conf.h"

/* A block of them, where there is any; says whether there was. */
bool print_addresses(FILE *out, int depth, const char *keyword, const struct conf_vip *vips, size_t n, bool excluded);
void print_routes(FILE *out, int depth, const char *keyword, const struct conf_routes *r);
void print_rules(FILE *out, int depth, const char *keyword, const struct conf_rules *r);
void print_tracks(FILE *out, const struct conf_tracks *t);
void print_deleted(FILE *out, const struct conf_notify *n);
void print_checker(FILE *out, const struct conf_checker *c);
void print_delay(FILE *out, const struct conf_delay *d);

#endif
