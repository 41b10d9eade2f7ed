/*
 * Options of patterns by name, as keepalived writes them: regex.h. A table; it needs PCRE2's header only.
 */
#include "config.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

#include "core/probe/regex.h"

bool regex_option(const char *name, uint32_t *bit)
{
	static const struct {
		const char *name;
		uint32_t bit;
	} options[] = {
		{ "allow_empty_class", PCRE2_ALLOW_EMPTY_CLASS },
		{ "alt_bsux", PCRE2_ALT_BSUX },
		{ "auto_callout", PCRE2_AUTO_CALLOUT },
		{ "caseless", PCRE2_CASELESS },
		{ "dollar_endonly", PCRE2_DOLLAR_ENDONLY },
		{ "dotall", PCRE2_DOTALL },
		{ "dupnames", PCRE2_DUPNAMES },
		{ "extended", PCRE2_EXTENDED },
		{ "firstline", PCRE2_FIRSTLINE },
		{ "match_unset_backref", PCRE2_MATCH_UNSET_BACKREF },
		{ "multiline", PCRE2_MULTILINE },
		{ "never_ucp", PCRE2_NEVER_UCP },
		{ "never_utf", PCRE2_NEVER_UTF },
		{ "no_auto_capture", PCRE2_NO_AUTO_CAPTURE },
		{ "no_auto_possess", PCRE2_NO_AUTO_POSSESS },
		{ "no_dotstar_anchor", PCRE2_NO_DOTSTAR_ANCHOR },
		{ "no_start_optimize", PCRE2_NO_START_OPTIMIZE },
		{ "ucp", PCRE2_UCP },
		{ "ungreedy", PCRE2_UNGREEDY },
		{ "utf", PCRE2_UTF },
		{ "never_backslash_c", PCRE2_NEVER_BACKSLASH_C },
		{ "alt_circumflex", PCRE2_ALT_CIRCUMFLEX },
		{ "alt_verbnames", PCRE2_ALT_VERBNAMES },
		{ "use_offset_limit", PCRE2_USE_OFFSET_LIMIT },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strcmp(options[i].name, name) == 0) {
			*bit = options[i].bit;
			return true;
		}
	}
	return false;
}
