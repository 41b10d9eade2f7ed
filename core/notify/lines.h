/*
 * What FIFOs get: lines in the form that keepalived gives them, which readers in the field parse. Pure.
 */
#ifndef REGENT_NOTIFY_LINES_H
#define REGENT_NOTIFY_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/key.h"

#define LINE_MAX_LEN 512

/* INSTANCE "VI_1" MASTER 100, GROUP "G" FAULT 0; with the end of line. The name's quotes and control characters become `_`: a
 * name cannot make a second line. Returns the length. */
size_t line_vrrp(char out[static LINE_MAX_LEN], bool group, const char *name, const char *state, unsigned priority);
/* VS [192.0.2.1]:tcp:80 UP */
size_t line_service(char out[static LINE_MAX_LEN], const struct service_key *k, bool up);
/* RS [10.0.0.1]:tcp:80 [192.0.2.1]:tcp:80 DOWN */
size_t line_server(char out[static LINE_MAX_LEN], const struct server_key *k, bool up);

#endif
