#include "config.h"

#include "core/base/buf.h"
