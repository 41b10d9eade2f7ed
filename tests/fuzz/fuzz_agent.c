/*
 * Fuzz target of the agent's line. The first byte chooses the cut. Any cut gives the same line; what is told of it is
 * bounded and printable.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/probe/agent_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void run(struct agent_line *l, const uint8_t *data, size_t size, size_t cut)
{
	bool whole = false;

	memset(l, 0, sizeof(*l));
	for (size_t at = 0, n; at < size && !whole; at += n) {
		n = size - at < cut ? size - at : cut;
		whole = agent_line_feed(l, data + at, n);
	}
	check(l->len < AGENT_LINE_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct agent_line whole, cut;
	struct agent_answer a;
	const char *why = NULL;

	if (size < 1)
		return 0;
	run(&whole, data + 1, size - 1, size);
	run(&cut, data + 1, size - 1, data[0] % 16 + 1u);
	check(whole.len == cut.len && memcmp(whole.text, cut.text, whole.len) == 0);
	if (!agent_parse(&whole, &a, &why)) {
		check(why && *why);
		return 0;
	}
	check(a.percent >= -1 && a.percent <= AGENT_PERCENT_MAX && a.says <= AGENT_DOWN);
	for (const char *c = a.reason; *c; c++)
		check((unsigned char)*c >= 0x20 && (unsigned char)*c < 0x7f);
	check(strlen(a.word) < sizeof(a.word) && strlen(a.reason) < sizeof(a.reason));
	return 0;
}
