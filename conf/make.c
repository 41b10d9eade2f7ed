/*
 * The stages in their order: parse, build, check.
 */
#include "config.h"

#include "conf/make.h"

#include "conf/build.h"
#include "conf/check.h"
#include "conf/tree.h"

static void tell_include(void *user, const struct conf_place *at, const char *keyword, const char *why)
{
	const struct conf_options *o = user;

	o->told(o->told_user, CONF_TOLD_DIFFERS, at, keyword, why);
}

const struct conf *conf_make(const struct parse_input *in, const struct conf_options *o)
{
	size_t errors = diag_errors(in->diag);
	struct build b = {
		.diag = in->diag, .sources = in->src, .lenient = o->lenient, .told = o->told, .told_user = o->told_user,
		.facts = o->facts, .options = o,
	};
	struct prep_ids ids;
	struct parse_input mine = *in;
	const struct conf_stmt *list;

	b.tree = tree_new(&b.arena);
	b.conf = &b.tree->conf;
	b.blocks_end = &b.tree->blocks;
	mine.names = b.arena;
	mine.ids = o->config_id ? NULL : &ids;
	mine.told = o->told ? tell_include : NULL;
	mine.told_user = (void *)o;
	in->src->name = arena_text(b.arena, in->src->name); /* places in the tree outlive the sources */
	b.sources_first = in->src->name;
	list = parse_statements(&mine);
	b.sources = mine.src;
	b.list = list;
	b.ids = mine.ids && !ids.known ? ids.text : NULL;
	if (!list && diag_errors(in->diag) == errors) {
		const struct conf_place whole = { .file = in->src->name };

		diag_add(in->diag, DIAG_ERROR, &whole, NULL,
		         "an editor or a full disk may have emptied it; `global_defs { }` says that nothing is meant",
		         "there is nothing in it");
	}
	build_all(&b, list);
	check_all(&b);
	expand_groups(&b);
	if (b.n_kept)
		arena_hold(b.arena, tree_of(keep_conf(in->keep))->arena);
	if (diag_warnings(in->diag) > 0)
		b.tree->blocks = NULL; /* what was said is said again: by reading it again */
	if (diag_errors(in->diag) == errors)
		return b.conf;
	conf_free(b.conf);
	return NULL;
}
