/*
 * Words in the bytes of the configuration's files: commands, and the names that include lines give. Pure.
 */
#ifndef REGENT_HELPER_HELPER_MATCH_H
#define REGENT_HELPER_HELPER_MATCH_H

#include "core/helper/helper.h"

struct conf_file {
	char *bytes;
	size_t len;
	unsigned age; /* 0: being read; 1: taken; 2: the one before */
	bool has_include;
	char folder[HELPER_PATH]; /* as it was named, with the slash behind it; "": the working directory */
	struct conf_file *next;
};

/* `words`: len bytes, each word with its NUL; they stand in one of the files, whole. */
bool match_command(const struct conf_file *files, const char *words, size_t len);
/* An `include` line (or includer, includem, ...) of a file that is being read names this path, by a pattern perhaps. What the language
 * makes of the line (an @ID in front, a comment, a block) is not looked at. */
bool match_include(const struct conf_file *files, const char *path);
bool match_has_include(const char *bytes, size_t len);
/* Of no word, and of a word without anything that a shell or a path would take for more. */
bool match_is_gap(char c);
bool match_is_plain(char c);

#endif
