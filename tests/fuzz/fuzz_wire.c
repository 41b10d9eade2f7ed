/*
 * Fuzz target: wire_check() on any bytes. What it accepts is then read to the end, as the receivers do.
 */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/view_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static union {
	struct wire_head head;
	uint8_t bytes[WIRE_MAX];
} packet;

static void read_rows(const struct wire_head *h)
{
	struct view *v = view_new(NULL, NULL);
	size_t size = view_row_size((enum view_kind)h->kind);
	const uint8_t *row = wire_body(h);

	for (uint32_t i = 0; v && i < h->count; i++)
		view_put(v, (enum view_kind)h->kind, row + i * size);
	for (uint32_t i = 0; v && i < h->count; i++)
		view_del(v, (enum view_kind)h->kind, row + i * size);
	if (v && view_count(v, (enum view_kind)h->kind))
		__builtin_trap();
	view_free(v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct wire_head *h;
	const char *why = NULL;

	if (size > sizeof(packet))
		return 0;
	memcpy(&packet, data, size);
	h = wire_check(&packet, size, &why);
	if (!h && !why)
		__builtin_trap();
	if (h && h->type == WIRE_ROW_PUT)
		read_rows(h);
	return 0;
}
