/*
 * Replays a corpus through a fuzz target, without a fuzzer: part of `make check`.
 *
 * Feeds every regular file of the folders given as arguments. Without arguments a program called replay_NAME takes
 * $srcdir/tests/fuzz/corpus/NAME. Finding no file at all is a failure: it would test nothing.
 */
#include "config.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *data;
	size_t n;

	if (!f || fstat(fileno(f), &st) < 0) {
		perror(path);
		exit(1);
	}
	if (!S_ISREG(st.st_mode)) {
		fclose(f);
		return 0;
	}
	/* Exactly as large as the file, so that a sanitizer sees a read past its end. */
	data = malloc(st.st_size > 0 ? (size_t)st.st_size : 1);
	if (!data)
		abort();
	n = fread(data, 1, (size_t)st.st_size, f);
	fclose(f);
	LLVMFuzzerTestOneInput(data, n);
	free(data);
	return 1;
}

static int replay_folder(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	char path[4096];
	int n = 0;

	if (!d) {
		perror(folder);
		exit(1);
	}
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		n += replay_file(path);
	}
	closedir(d);
	return n;
}

static int replay_own(const char *program)
{
	const char *srcdir = getenv("srcdir"), *name = strstr(program, "replay_");
	char folder[4096];

	if (!name) {
		fprintf(stderr, "usage: %s FOLDER...\n", program);
		exit(2);
	}
	snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s", srcdir ? srcdir : ".", name + strlen("replay_"));
	return replay_folder(folder);
}

int main(int argc, char **argv)
{
	int n = 0;

	for (int i = 1; i < argc; i++)
		n += replay_folder(argv[i]);
	if (argc == 1)
		n = replay_own(argv[0]);
	printf("%s: %d inputs\n", argv[0], n);
	return n > 0 ? 0 : 1;
}
