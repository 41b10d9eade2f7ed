/*
 * Bytes written in hexadecimal, and patterns of them in which an x stands for any digit: what UDP_CHECK sends and
 * expects.
 *
 * Pure. The notation is keepalived's: digits in pairs, blanks between them as one likes; a digit that stands alone
 * before a blank or the end is a byte of its own ("Ab12f 3" is AB 12 0F 03).
 */
#ifndef REGENT_BASE_HEX_H
#define REGENT_BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Write the bytes to `value`, at most `cap`; with `mask`, x is allowed and the bits that count are set there. False: a
 * character that is no digit, too many bytes, or none at all. */
bool hex_parse(const char *text, uint8_t *value, uint8_t *mask, size_t cap, size_t *len);

#endif
