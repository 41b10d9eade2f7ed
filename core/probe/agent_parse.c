/*
 * The line of an agent: agent_parse.h.
 */
#include "config.h"

#include "core/probe/agent_parse.h"

#include <string.h>
#include <strings.h>

#include "core/base/text.h"

bool agent_line_feed(struct agent_line *l, const void *data, size_t len)
{
	const char *p = data;

	for (size_t i = 0; i < len; i++) {
		if (p[i] == '\n' || p[i] == '\r' || l->len == sizeof(l->text) - 1)
			return true;
		l->text[l->len++] = p[i];
	}
	return false;
}

static bool agent_percent(const char *word, size_t len, int *percent)
{
	int n = 0;

	if (len < 2 || len > 5 || word[len - 1] != '%')
		return false;
	for (size_t i = 0; i + 1 < len; i++) {
		if (word[i] < '0' || word[i] > '9')
			return false;
		n = n * 10 + (word[i] - '0');
	}
	*percent = n;
	return n <= AGENT_PERCENT_MAX;
}

static bool agent_word_is(const char *word, size_t len, const char *known)
{
	return strlen(known) == len && strncasecmp(word, known, len) == 0;
}

/* The gravest word decides: down before drain before up. */
static bool agent_state(const char *word, size_t len, struct agent_answer *out)
{
	static const struct {
		const char *word;
		enum agent_says says;
	} words[] = {
		{ "up", AGENT_UP }, { "ready", AGENT_UP }, { "drain", AGENT_DRAIN }, { "maint", AGENT_DOWN },
		{ "down", AGENT_DOWN }, { "stopped", AGENT_DOWN }, { "failed", AGENT_DOWN }, { "fail", AGENT_DOWN },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!agent_word_is(word, len, words[i].word))
			continue;
		if (words[i].says >= out->says) {
			out->says = words[i].says;
			text_copy(out->word, sizeof(out->word), words[i].word);
		}
		return true;
	}
	return false;
}

static void agent_take_reason(const char *from, size_t len, struct agent_answer *out)
{
	size_t n = 0;

	for (; n < len && n + 1 < sizeof(out->reason); n++)
		out->reason[n] = from[n] >= 0x20 && from[n] < 0x7f ? from[n] : '?';
	out->reason[n] = '\0';
}

static bool agent_separates(char c)
{
	return c == ' ' || c == '\t' || c == ',';
}

bool agent_parse(const struct agent_line *l, struct agent_answer *out, const char **why)
{
	size_t at = 0, words = 0;

	*out = (struct agent_answer){ .percent = -1 };
	*why = "an empty line";
	while (at < l->len) {
		const char *word = l->text + at;
		size_t len = 0;

		if (agent_separates(*word)) {
			at++;
			continue;
		}
		if (*word == '#') {
			agent_take_reason(word + 1, l->len - at - 1, out);
			break;
		}
		while (at + len < l->len && !agent_separates(word[len]) && word[len] != '#')
			len++;
		*why = "a word that no agent says";
		if (!agent_percent(word, len, &out->percent) && !agent_state(word, len, out) &&
		    !(len > 8 && strncasecmp(word, "maxconn:", 8) == 0))
			return false;
		words++;
		at += len;
	}
	return words > 0;
}
