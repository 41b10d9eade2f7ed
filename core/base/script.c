/* Names of a script's outcomes; see script.h. */
#include "config.h"
#include "core/base/script.h"

const char *script_outcome_name(enum script_outcome o)
{
	switch (o) {
	case SCRIPT_EXITED:
		return "exited";
	case SCRIPT_KILLED:
		return "killed";
	case SCRIPT_TIMED_OUT:
		return "timed out";
	case SCRIPT_NOT_RUN:
		return "not run";
	}
	return "unknown";
}
