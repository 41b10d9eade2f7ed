#include "config.h"

#include "core/base/log.h"
