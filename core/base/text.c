#include "config.h"

#include "core/base/text.h"
