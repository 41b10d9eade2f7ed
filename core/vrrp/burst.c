/*
 * The turns of burst.h. Pure.
 */
#include "config.h"

#include "core/vrrp/burst.h"

#include <stdlib.h>
#include <string.h>

bool vrrp_burst_init(struct vrrp_burst *b, size_t n)
{
	*b = (struct vrrp_burst){ .slots = calloc(n + 1, sizeof(*b->slots)), .n = n };
	return b->slots != NULL;
}

void vrrp_burst_free(struct vrrp_burst *b)
{
	free(b->slots);
	*b = (struct vrrp_burst){ 0 };
}

static void set_left(struct vrrp_burst *b, struct vrrp_burst_slot *s, uint32_t left)
{
	b->n_left += (left > 0) - (s->left > 0);
	s->left = left;
}

static void set_fresh(struct vrrp_burst *b, struct vrrp_burst_slot *s, bool fresh)
{
	b->n_fresh += fresh;
	b->n_fresh -= s->fresh;
	s->fresh = fresh;
}

void vrrp_burst_want(struct vrrp_burst *b, size_t i, uint32_t repeat)
{
	if (b->slots[i].left < repeat)
		set_left(b, &b->slots[i], repeat);
}

void vrrp_burst_want_first(struct vrrp_burst *b, size_t i, uint32_t repeat)
{
	set_fresh(b, &b->slots[i], repeat > 0);
	vrrp_burst_want(b, i, repeat);
}

void vrrp_burst_take_over(struct vrrp_burst *b, size_t i, const struct vrrp_burst *from, size_t j)
{
	set_left(b, &b->slots[i], from->slots[j].left);
	set_fresh(b, &b->slots[i], from->slots[j].fresh);
}

/* They come in their order, so that the search nearly always hits at once. */
size_t vrrp_burst_next(const struct vrrp_burst *b, bool only_fresh)
{
	const bool fresh = b->n_fresh > 0;
	const size_t from = fresh ? b->fresh_at : b->at;

	if (b->n_left == 0 || (only_fresh && !fresh))
		return b->n;
	for (size_t tried = 0; tried < b->n; tried++) {
		size_t i = (from + tried) % b->n;
		if (fresh ? b->slots[i].fresh : b->slots[i].left > 0)
			return i;
	}
	return b->n;
}

void vrrp_burst_sent(struct vrrp_burst *b, size_t i)
{
	struct vrrp_burst_slot *s = &b->slots[i];

	*(s->fresh ? &b->fresh_at : &b->at) = (i + 1) % b->n;
	set_fresh(b, s, false);
	if (s->left > 0)
		set_left(b, s, s->left - 1);
}

void vrrp_burst_clear(struct vrrp_burst *b)
{
	memset(b->slots, 0, b->n * sizeof(*b->slots));
	b->n_fresh = b->n_left = 0;
}

size_t vrrp_burst_batch(size_t before)
{
	if (before == 0)
		return VRRP_BATCH_FIRST;
	return before < VRRP_BATCH_MOST / 2 ? 2 * before : VRRP_BATCH_MOST;
}
