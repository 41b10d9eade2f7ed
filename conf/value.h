/*
 * Values as text: numbers, times, names of things. Pure; each says why a text is none.
 */
#ifndef REGENT_CONF_VALUE_H
#define REGENT_CONF_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/mono.h"

enum value_fault { VALUE_OK = 0, VALUE_NOT = 1, VALUE_LOW = 2, VALUE_HIGH = 3 };

/* Decimal, 0x hexadecimal or 0 octal; blanks before it (in quotes) do not matter. */
enum value_fault value_number(const char *text, int64_t min, int64_t max, int64_t *out);
/* Seconds with at most six places (more are cut), to microseconds. */
enum value_fault value_time(const char *text, usec_t min, usec_t max, usec_t *out);
/* on off true false yes no */
bool value_bool(const char *text, bool *out);

/* "1.5": seconds as they are written, without superfluous zeros. */
#define VALUE_TIME_LEN 32
const char *value_time_format(usec_t t, char buf[static VALUE_TIME_LEN]);

#endif
