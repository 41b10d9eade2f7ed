/*
 * What can only be seen when the whole tree is there: names that lead nowhere, things given twice, sums.
 */
#ifndef REGENT_CONF_CHECK_H
#define REGENT_CONF_CHECK_H

#include "conf/build.h"

void check_all(struct build *b);

#endif
