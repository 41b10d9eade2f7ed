/*
 * cmocka with the headers that it needs before it.
 */
#ifndef REGENT_TESTS_UNIT_TEST_H
#define REGENT_TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

#endif
