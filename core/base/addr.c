#include "config.h"

#include "core/base/addr.h"
