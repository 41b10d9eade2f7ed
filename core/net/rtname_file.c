/*
 * Names of tables and their like from iproute2's files: `NUMBER NAME` a line, # begins a comment; FILE and FILE.d/NAME.conf of the first
 * folder that has them.
 */
#include "config.h"

#include "core/net/rtname.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool file_find(const char *path, const char *name, uint32_t *number)
{
	FILE *f = fopen(path, "re");
	char line[256], digits[32], word[64];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, " %31[0-9xa-fA-F] %63[^# \t\n]", digits, word) == 2 && strcmp(word, name) == 0 &&
		        rt_number(digits, UINT32_MAX, number);
	if (f)
		fclose(f);
	return found;
}

static bool folder_find(const char *path, const char *name, uint32_t *number)
{
	DIR *d = opendir(path);
	const struct dirent *e;
	bool found = false;
	char file[600];

	while (d && !found && (e = readdir(d))) {
		size_t len = strlen(e->d_name);

		if (len < 5 || strcmp(e->d_name + len - 5, ".conf") != 0)
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
		found = file_find(file, name, number);
	}
	if (d)
		closedir(d);
	return found;
}

int rt_name_resolve(enum rt_kind kind, const struct rt_dirs *dirs, struct rt_name *n)
{
	char path[300];

	if (!n->name[0])
		return 0;
	for (size_t i = 0; i < 2; i++) {
		if (!dirs->path[i][0])
			continue;
		snprintf(path, sizeof(path), "%s/%s", dirs->path[i], rt_kind_file(kind));
		bool found = file_find(path, n->name, &n->number);

		snprintf(path, sizeof(path), "%s/%s.d", dirs->path[i], rt_kind_file(kind));
		if (found || folder_find(path, n->name, &n->number)) {
			memset(n->name, 0, sizeof(n->name));
			return 0;
		}
	}
	return ENOENT;
}
