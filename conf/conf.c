/*
 * The tree's end, and its beginning: a struct conf and the arena that it lies in. And names of services in it.
 */
#include "config.h"

#include "conf/load.h"
#include "conf/tree.h"

#include <stdlib.h>
#include <string.h>

struct conf_tree *tree_new(struct arena **arena)
{
	struct arena *a = arena_new();
	struct conf_tree *t = arena_alloc(a, sizeof(*t));

	t->arena = a;
	*arena = a;
	return t;
}

void conf_free(const struct conf *c)
{
	if (c)
		arena_free(tree_of(c)->arena);
}

bool conf_is_mixed(const struct conf *c)
{
	return arena_held(tree_of(c)->arena) > 0;
}

static bool is_address_and_port(const struct service_key *k, const char *text)
{
	char address[ADDR_STRLEN];
	const char *blank = strchr(text, ' ');
	struct addr a;

	if (!blank || k->fwmark || (size_t)(blank - text) >= sizeof(address))
		return false;
	memcpy(address, text, (size_t)(blank - text));
	address[blank - text] = '\0';
	return addr_parse(address, &a) && addr_cmp(&a, &k->addr) == 0 && strtol(blank, NULL, 10) == k->port;
}

bool conf_service_is(const struct conf_vs *s, const char *name)
{
	static const char mark[] = "fwmark ";
	char key[KEY_STRLEN];

	if ((s->name && strcmp(s->name, name) == 0) || (s->group && strcmp(s->group, name) == 0) ||
	    strcmp(service_key_format(&s->key, key), name) == 0)
		return true;
	if (strncmp(name, mark, sizeof(mark) - 1) == 0)
		return s->key.fwmark != 0 && strtoul(name + sizeof(mark) - 1, NULL, 0) == s->key.fwmark;
	return is_address_and_port(&s->key, name);
}
