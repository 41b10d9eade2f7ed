/*
 * Fuzz target of the helper's search for commands in the configuration's files (core/helper/helper_conf.c).
 *
 * The first line is what the core asks to run: words that NULs part. The rest are the files, which NULs part. Beyond memory safety: a
 * command that the helper allows has a first word whose characters all stand in the files or could be a variable's value;
 * asked again it says the same; what it allows without files is nothing; and only an include line includes a file.
 */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/helper/helper_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void add_file(struct conf_bytes *b, const char *bytes, size_t len)
{
	int fd = memfd_create("conf", MFD_CLOEXEC);

	check(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
	conf_bytes_add(b, fd, "/etc/regent/regent.conf");
	close(fd);
}

/* Files as the helper has them: some being read, some taken, some of the configuration before. */
static struct conf_bytes *read_files(const char *at, const char *end, uint8_t how)
{
	struct conf_bytes *b = conf_bytes_new();

	check(b != NULL);
	for (unsigned n = 0; at < end; n++) {
		const char *stop = memchr(at, '\0', (size_t)(end - at));

		stop = stop ? stop : end;
		add_file(b, at, (size_t)(stop - at));
		if ((how >> (n % 8)) & 1)
			conf_bytes_taken(b);
		at = stop + 1;
	}
	return b;
}

/* No character of a command comes from nowhere. */
static bool stands_by_letters(const char *word, const char *files, size_t len)
{
	if (len && memchr(files, '$', len))
		return true;
	for (; *word; word++)
		if (!len || !memchr(files, *word, len))
			return false;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *end = text + size, *eol;
	char words[HELPER_ARGV];
	size_t n;

	if (size < 2 || !(eol = memchr(text, '\n', size)) || (n = (size_t)(eol - text) - 1) + 1 > sizeof(words) || eol == text)
		return 0;
	memcpy(words, text + 1, n);
	words[n++] = '\0'; /* as the helper checks before it asks */
	const char *files = eol + 1;
	struct conf_bytes *b = read_files(files, end, data[0]);
	unsigned n_added = data[0] % 3 == 0 ? 0 : data[0] % 3 == 1 ? 1 : 4;
	bool allowed = conf_bytes_allow(b, words, n, n_added);

	check(!allowed || stands_by_letters(words, files, (size_t)(end - files)));
	check(conf_bytes_allow(b, words, n, n_added) == allowed);
	check(!conf_bytes_include(b, words) || memmem(files, (size_t)(end - files), "include", 7));
	check(!conf_bytes_name(b, words) || memmem(files, (size_t)(end - files), words, strlen(words)));
	conf_bytes_refused(b);
	conf_bytes_taken(b);
	conf_bytes_taken(b);
	check(!conf_bytes_allow(b, words, n, n_added) || allowed);
	conf_bytes_free(b);
	b = conf_bytes_new();
	check(b && !conf_bytes_allow(b, words, n, n_added) && !conf_bytes_include(b, words));
	conf_bytes_free(b);
	return 0;
}
