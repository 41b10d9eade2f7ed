#include "config.h"

#include "core/base/key.h"
