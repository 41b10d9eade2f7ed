/*
 * Blocks of the old tree by their bytes: keep.h. Files keep their order: the block behind the one that was found last is looked at
 * first; others are found by their first line, sorted.
 */
#include "config.h"

#include "conf/keep.h"

#include <stdlib.h>
#include <string.h>

#include "conf/tree.h"

struct known {
	const struct conf_block *block;
	const char *text;
	bool ends; /* nothing stands behind it */
};

struct keep {
	const struct conf *conf;
	struct known *list, **sorted;
	size_t n, next;
};

static void *must(void *p)
{
	if (!p)
		abort(); /* as the arena does */
	return p;
}

static bool add(struct keep *k, const struct conf_block *b, const char *text, size_t len)
{
	if (!text || b->off > len || b->len > len - b->off || b->service >= k->conf->n_services)
		return false;
	k->list[k->n++] = (struct known){
		.block = b, .text = text + b->off, .ends = b->off + b->len == len,
	};
	return true;
}

struct keep *keep_new(const struct conf *old, keep_text_fn *text, void *user)
{
	const struct conf_tree *tree = tree_of(old);
	const char *file = NULL, *at = NULL;
	struct keep *k;
	size_t len = 0;

	if (!tree->blocks || arena_held(tree->arena) > arena_oldest(tree->arena))
		return NULL;
	k = must(calloc(1, sizeof(*k)));
	k->conf = old;
	k->list = must(calloc(tree->n_blocks, sizeof(*k->list)));
	for (const struct conf_block *b = tree->blocks; b; b = b->next) {
		if (b->file != file)
			at = text(user, file = b->file, &len);
		if (!add(k, b, at, len))
			break;
	}
	return k;
}

void keep_free(struct keep *k)
{
	if (!k)
		return;
	free(k->sorted);
	free(k->list);
	free(k);
}

const struct conf *keep_conf(const struct keep *k)
{
	return k->conf;
}

/* Its first line, which is its key, with the brace. */
static int head_cmp(const char *a, size_t na, const char *b, size_t nb)
{
	int c = memcmp(a, b, na < nb ? na : nb);

	return c ? c : (na > nb) - (na < nb);
}

static int known_cmp(const void *a, const void *b)
{
	const struct known *x = *(const struct known *const *)a, *y = *(const struct known *const *)b;

	return head_cmp(x->text, x->block->head, y->text, y->block->head);
}

static void sort(struct keep *k)
{
	k->sorted = must(calloc(k->n ? k->n : 1, sizeof(*k->sorted)));
	for (size_t i = 0; i < k->n; i++)
		k->sorted[i] = &k->list[i];
	qsort(k->sorted, k->n, sizeof(*k->sorted), known_cmp);
}

static int known_head_cmp(const struct known *b, const char *text, size_t head)
{
	return head_cmp(b->text, b->block->head, text, head);
}

static const struct known *find_head(struct keep *k, const char *text, size_t head)
{
	size_t low = 0, high = k->n;

	if (k->next < k->n && known_head_cmp(&k->list[k->next], text, head) == 0)
		return &k->list[k->next];
	if (!k->sorted)
		sort(k);
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = known_head_cmp(k->sorted[mid], text, head);

		if (c == 0)
			return k->sorted[mid];
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* The byte behind the brace is a part of it: it says where the word ends that the brace may end. */
static bool same_block(const struct known *b, const char *text, size_t left)
{
	size_t len = b->block->len;

	if (len > left || b->ends != (len == left))
		return false;
	return memcmp(b->text, text, len + !b->ends) == 0;
}

const struct conf_block *keep_find(struct keep *k, const char *text, size_t head, size_t left, const struct conf_vs **service)
{
	const struct known *b = find_head(k, text, head);

	if (!b)
		return NULL;
	k->next = (size_t)(b - k->list) + 1;
	if (!same_block(b, text, left))
		return NULL;
	*service = &k->conf->services[b->block->service];
	return b->block;
}
