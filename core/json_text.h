/*
 * Text of a configuration in JSON (RFC 8259), where it may be any bytes.
 */
#ifndef REGENT_JSON_TEXT_H
#define REGENT_JSON_TEXT_H

#include <jansson.h>

/* A string; bytes that are no UTF-8 become question marks. */
json_t *json_text(const char *s);

#endif
