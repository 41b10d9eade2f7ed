/*
 * The state page. A header, one array of virtual routers, and three open-addressed hash sets of keys, all in one mapped file.
 *
 * A process that dies in the middle of a store leaves at worst one entry torn: entries are marked used after their key is
 * complete, and what is adopted from them is checked against the configuration and the kernel anyway.
 */
#include "config.h"

#include "core/state.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/view.h"

#define MAGIC 0x52475354u
#define LAYOUT 4u
#define MAX_VR 1024
#define MAX_TRACK 1024
#define MAX_BFD 256
#define SET_SLOTS 32768u /* a power of two; at most three quarters are used */
#define SET_FULL (SET_SLOTS / 4 * 3)
#define BOOT_ID_FILE "/proc/sys/kernel/random/boot_id"

struct vr_slot {
	uint32_t used;
	uint32_t master;
	usec_t last_advert;
	struct vr_key key;
};

enum { SLOT_FREE = 0, SLOT_USED = 1, SLOT_GONE = 2 };

/* Set entries: a mark, then the key. */
struct service_slot {
	uint32_t mark;
	struct service_key key;
};
struct addr_slot {
	uint32_t mark;
	struct state_addr key;
};
struct probe_slot {
	uint32_t mark;
	struct probe_key key;
};

struct track_slot {
	uint32_t used;
	struct state_track track;
};

struct bfd_slot {
	uint32_t used;
	struct bfd_kept kept;
};

struct page_head {
	uint32_t magic, layout, size;
	char boot_id[40];
};

struct page {
	struct page_head head;
	uint32_t kept;
	uint32_t igmp_before; /* igmp.h; a character, 0: none */
	struct vr_slot vr[MAX_VR];
	struct track_slot tracks[MAX_TRACK];
	struct bfd_slot bfds[MAX_BFD];
	struct service_slot services[SET_SLOTS];
	struct addr_slot addrs[SET_SLOTS];
	struct probe_slot probes[SET_SLOTS];
};

/* One set as the generic code below sees it. */
struct set {
	uint8_t *slots;
	size_t slot_size, key_size, key_at;
	size_t used; /* counted when opened, kept since; marks in the page are the truth */
	const char *what;
	bool (*key_ok)(const void *key);
};

struct state {
	struct page *page;
	int fd; /* -1: plain memory */
	struct set services, addrs, probes;
	bool said_full;
};

static uint32_t hash_bytes(const void *p, size_t n)
{
	const uint8_t *b = p;
	uint32_t h = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * 16777619u;
	return h ^ (h >> 15);
}

static uint32_t *slot_mark(const struct set *s, size_t i)
{
	return (uint32_t *)(void *)(s->slots + i * s->slot_size);
}

static void *slot_key(const struct set *s, size_t i)
{
	return s->slots + i * s->slot_size + s->key_at;
}

/* The slot that holds `key`, or SET_SLOTS; *spare gets where it could go. */
static size_t set_find(const struct set *s, const void *key, size_t *spare)
{
	size_t at = hash_bytes(key, s->key_size) & (SET_SLOTS - 1);

	*spare = SET_SLOTS;
	for (size_t n = 0; n < SET_SLOTS; n++, at = (at + 1) & (SET_SLOTS - 1)) {
		uint32_t mark = *slot_mark(s, at);

		if (mark != SLOT_USED && *spare == SET_SLOTS)
			*spare = at;
		if (mark == SLOT_FREE)
			break;
		if (mark == SLOT_USED && memcmp(slot_key(s, at), key, s->key_size) == 0)
			return at;
	}
	return SET_SLOTS;
}

static void set_note(struct state *st, struct set *s, const void *key, bool in)
{
	size_t spare, at = set_find(s, key, &spare);

	if (in == (at != SET_SLOTS))
		return;
	if (!in) {
		*slot_mark(s, at) = SLOT_GONE;
		s->used--;
		return;
	}
	if (s->used >= SET_FULL || spare == SET_SLOTS) {
		if (!st->said_full)
			log_warn("state", "the state page holds no more %s than %u: the rest is not adopted after a crash", s->what, SET_FULL);
		st->said_full = true;
		return;
	}
	memcpy(slot_key(s, spare), key, s->key_size);
	atomic_signal_fence(memory_order_release);
	*slot_mark(s, spare) = SLOT_USED;
	s->used++;
}

static size_t set_copy(const struct set *s, void *out, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < SET_SLOTS; i++) {
		if (*slot_mark(s, i) != SLOT_USED)
			continue;
		if (n < max)
			memcpy((uint8_t *)out + n * s->key_size, slot_key(s, i), s->key_size);
		n++;
	}
	return n;
}

static bool service_ok(const void *key)
{
	return view_key_valid(VIEW_VS, key);
}

static bool probe_ok(const void *key)
{
	return view_key_valid(VIEW_PROBE, key);
}

static bool addr_ok(const void *key)
{
	const struct state_addr *a = key;
	uint8_t family = a->prefix.addr.family;

	return a->ifname[0] && memchr(a->ifname, '\0', sizeof(a->ifname)) && (family == AF_INET || family == AF_INET6) &&
	       a->prefix.len <= addr_len(family) * 8;
}

/* A crash may have torn an entry; one that no room would take goes before any room sees it. */
static void drop_malformed(struct set *s)
{
	for (size_t i = 0; i < SET_SLOTS; i++)
		if (*slot_mark(s, i) == SLOT_USED && !s->key_ok(slot_key(s, i)))
			*slot_mark(s, i) = SLOT_GONE;
}

static void drop_malformed_routers(struct page *p)
{
	for (int i = 0; i < MAX_VR; i++)
		if (p->vr[i].used && (!view_key_valid(VIEW_VR, &p->vr[i].key) || p->vr[i].last_advert < 0))
			memset(&p->vr[i], 0, sizeof(p->vr[i]));
}

static void drop_malformed_tracks(struct page *p)
{
	for (int i = 0; i < MAX_TRACK; i++) {
		const struct state_track *t = &p->tracks[i].track;

		if (p->tracks[i].used && (!memchr(t->name, '\0', sizeof(t->name)) || t->verdict == 0 || t->verdict > VIEW_VERDICT_DOWN))
			memset(&p->tracks[i], 0, sizeof(p->tracks[i]));
	}
}

static void drop_malformed_bfds(struct page *p)
{
	for (int i = 0; i < MAX_BFD; i++) {
		const struct bfd_kept *k = &p->bfds[i].kept;

		if (p->bfds[i].used && (!memchr(k->name, '\0', sizeof(k->name)) ||
		                        !memchr(k->path.interface, '\0', sizeof(k->path.interface))))
			memset(&p->bfds[i], 0, sizeof(p->bfds[i]));
	}
}

static bool set_is_blank(const struct set *s)
{
	for (size_t i = 0; i < SET_SLOTS; i++)
		if (*slot_mark(s, i) != SLOT_FREE)
			return false;
	return true;
}

/* Deleted marks lengthen searches for ever; at open, when nobody else looks, the set is laid out anew. */
static bool set_rebuild(struct set *s)
{
	size_t n, keep;
	uint8_t *keys;

	if (set_is_blank(s))
		return true;
	drop_malformed(s);
	n = set_copy(s, NULL, 0);
	keep = n < SET_FULL ? n : SET_FULL;
	keys = calloc(keep ? keep : 1, s->key_size);
	if (!keys)
		return false;
	set_copy(s, keys, keep);
	memset(s->slots, 0, SET_SLOTS * s->slot_size);
	s->used = 0;
	for (size_t i = 0; i < keep; i++) {
		size_t spare;

		if (set_find(s, keys + i * s->key_size, &spare) != SET_SLOTS)
			continue;
		memcpy(slot_key(s, spare), keys + i * s->key_size, s->key_size);
		*slot_mark(s, spare) = SLOT_USED;
		s->used++;
	}
	free(keys);
	return true;
}

static void read_boot_id(char out[40])
{
	FILE *f = fopen(BOOT_ID_FILE, "re");

	memset(out, 0, 40);
	if (!f)
		return;
	if (!fgets(out, 39, f))
		out[0] = '\0';
	fclose(f);
}

static bool head_fits(const struct page_head *h, const char boot_id[40])
{
	return h->magic == MAGIC && h->layout == LAYOUT && h->size == sizeof(struct page) &&
	       memcmp(h->boot_id, boot_id, sizeof(h->boot_id)) == 0 && boot_id[0] != '\0';
}

/* Nothing of a blank page is looked at: it is megabytes, and each of its memory pages that is touched takes time at the start. */
static bool take_page(struct state *s)
{
	struct page *page = s->page;

	if (page->igmp_before != '0' && page->igmp_before != '1')
		page->igmp_before = 0;
	drop_malformed_routers(page);
	drop_malformed_tracks(page);
	drop_malformed_bfds(page);
	return set_rebuild(&s->services) && set_rebuild(&s->addrs) && set_rebuild(&s->probes);
}

/* `page`: what head_fits() has found good, or zeroes. */
static struct state *state_over(struct page *page, const char boot_id[40])
{
	struct state *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->page = page;
	s->fd = -1;
	s->services = (struct set){ (uint8_t *)page->services, sizeof(struct service_slot), sizeof(struct service_key),
		                    offsetof(struct service_slot, key), 0, "services", service_ok };
	s->addrs = (struct set){ (uint8_t *)page->addrs, sizeof(struct addr_slot), sizeof(struct state_addr),
		                 offsetof(struct addr_slot, key), 0, "addresses", addr_ok };
	s->probes = (struct set){ (uint8_t *)page->probes, sizeof(struct probe_slot), sizeof(struct probe_key),
		                  offsetof(struct probe_slot, key), 0, "probes", probe_ok };
	if (head_fits(&page->head, boot_id)) {
		if (take_page(s))
			return s;
		free(s);
		return NULL;
	}
	memcpy(page->head.boot_id, boot_id, sizeof(page->head.boot_id));
	page->head.magic = MAGIC;
	page->head.layout = LAYOUT;
	page->head.size = sizeof(*page);
	return s;
}

/* The file as we left it; or, where somebody else has put or opened something there, a new one. */
static int open_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd >= 0) {
		if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && st.st_nlink == 1 &&
		    (st.st_mode & 077) == 0)
			return fd;
		log_warn("state", "%s is not as this daemon leaves it: nothing in it is believed", path);
		close(fd);
	} else if (errno != ENOENT && errno != ELOOP && errno != ENXIO) {
		return -1;
	}
	if (unlink(path) != 0 && errno != ENOENT)
		return -1;
	return open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static bool file_fits(int fd, const char boot_id[40])
{
	struct page_head head;
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_size == sizeof(struct page) &&
	       pread(fd, &head, sizeof(head), 0) == sizeof(head) && head_fits(&head, boot_id);
}

/* Of another boot or form: emptied. */
static struct page *map_file(int fd, const char boot_id[40])
{
	void *page = MAP_FAILED;
	int err = file_fits(fd, boot_id) || ftruncate(fd, 0) == 0 ? 0 : errno;

	if (err == 0)
		err = ftruncate(fd, sizeof(struct page)) == 0 ? posix_fallocate(fd, 0, sizeof(struct page)) : errno;
	if (err == 0) {
		page = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		err = errno;
	}
	errno = err;
	return page == MAP_FAILED ? NULL : page;
}

struct state *state_adopt(int fd)
{
	struct state *s = NULL;
	struct page *page;
	char boot_id[40];

	read_boot_id(boot_id);
	page = fd >= 0 ? map_file(fd, boot_id) : NULL;
	if (page)
		s = state_over(page, boot_id);
	if (s)
		s->fd = fd;
	else if (page)
		munmap(page, sizeof(*page));
	if (!s && fd >= 0)
		close(fd);
	return s;
}

struct state *state_open(const char *path)
{
	return state_adopt(open_file(path));
}

int state_fd(const struct state *s)
{
	return s->fd;
}

uint32_t state_form(void)
{
	return (uint32_t)(LAYOUT ^ sizeof(struct page));
}

static const char memory_id[40] = "memory";

struct state *state_open_memory(void)
{
	struct page *page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct state *s = page == MAP_FAILED ? NULL : state_over(page, memory_id);

	if (!s && page != MAP_FAILED)
		munmap(page, sizeof(*page));
	return s;
}

void state_close(struct state *s)
{
	if (!s)
		return;
	munmap(s->page, sizeof(*s->page));
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

static int vr_find(const struct state *s, const struct vr_key *k)
{
	for (int i = 0; i < MAX_VR; i++)
		if (s->page->vr[i].used && vr_key_cmp(&s->page->vr[i].key, k) == 0)
			return i;
	return -1;
}

struct state_vr state_vr_get(const struct state *s, const struct vr_key *k)
{
	int i = vr_find(s, k);

	if (i < 0)
		return (struct state_vr){ .known = false };
	return (struct state_vr){ true, s->page->vr[i].master != 0, s->page->vr[i].last_advert };
}

int state_vr_slot(struct state *s, const struct vr_key *k)
{
	int i = vr_find(s, k);

	if (i >= 0)
		return i;
	for (i = 0; i < MAX_VR; i++) {
		if (s->page->vr[i].used)
			continue;
		s->page->vr[i] = (struct vr_slot){ .key = *k };
		s->page->vr[i].used = 1;
		return i;
	}
	return -1;
}

void state_vr_set_master(struct state *s, int slot, bool master, usec_t boot_now)
{
	if (slot < 0)
		return;
	s->page->vr[slot].last_advert = boot_now;
	s->page->vr[slot].master = master;
}

void state_vr_advert(struct state *s, int slot, usec_t boot_now)
{
	if (slot >= 0)
		s->page->vr[slot].last_advert = boot_now;
}

void state_vr_forget(struct state *s, const struct vr_key *k)
{
	int i = vr_find(s, k);

	if (i >= 0)
		s->page->vr[i].used = 0;
}

void state_service(struct state *s, const struct service_key *k, bool made)
{
	set_note(s, &s->services, k, made);
}

void state_address(struct state *s, const struct state_addr *a, bool made)
{
	set_note(s, &s->addrs, a, made);
}

void state_probe_down(struct state *s, const struct probe_key *k, bool down)
{
	set_note(s, &s->probes, k, down);
}

bool state_probe_is_down(const struct state *s, const struct probe_key *k)
{
	size_t spare;

	return set_find(&s->probes, k, &spare) != SET_SLOTS;
}

size_t state_services(const struct state *s, struct service_key *out, size_t max)
{
	return s->services.used ? set_copy(&s->services, out, max) : 0;
}

size_t state_addresses(const struct state *s, struct state_addr *out, size_t max)
{
	return s->addrs.used ? set_copy(&s->addrs, out, max) : 0;
}

bool state_kept(const struct state *s)
{
	return s->page->kept != 0;
}

void state_set_kept(struct state *s, bool kept)
{
	s->page->kept = kept;
}

char state_igmp_before(const struct state *s)
{
	return (char)s->page->igmp_before;
}

void state_set_igmp_before(struct state *s, char value)
{
	s->page->igmp_before = (uint32_t)value;
}

/* ---- trackers ---- */

static struct track_slot *find_track(const struct state *s, uint32_t kind, const char *name)
{
	for (int i = 0; i < MAX_TRACK; i++) {
		struct track_slot *at = &s->page->tracks[i];

		if (at->used && at->track.kind == kind && strcmp(at->track.name, name) == 0)
			return at;
	}
	return NULL;
}

static struct track_slot *spare_track(const struct state *s)
{
	for (int i = 0; i < MAX_TRACK; i++)
		if (!s->page->tracks[i].used)
			return &s->page->tracks[i];
	return NULL;
}

void state_track(struct state *s, const struct state_track *t)
{
	struct track_slot *at = find_track(s, t->kind, t->name);

	if (!at && t->verdict != 0)
		at = spare_track(s);
	if (!at)
		return;
	at->used = 0;
	if (t->verdict == 0)
		return;
	atomic_signal_fence(memory_order_release);
	at->track = *t;
	atomic_signal_fence(memory_order_release);
	at->used = 1;
}

bool state_track_get(const struct state *s, struct state_track *t)
{
	const struct track_slot *at = find_track(s, t->kind, t->name);

	if (at)
		*t = at->track;
	return at != NULL;
}

void state_bfd_keep(struct state *s, const struct bfd_kept *k)
{
	struct bfd_kept old;

	state_bfd_take(s, k->name, &old);
	for (int i = 0; i < MAX_BFD; i++) {
		struct bfd_slot *at = &s->page->bfds[i];

		if (at->used)
			continue;
		at->kept = *k;
		at->used = 1;
		return;
	}
}

bool state_bfd_take(struct state *s, const char *name, struct bfd_kept *out)
{
	for (int i = 0; i < MAX_BFD; i++) {
		struct bfd_slot *at = &s->page->bfds[i];

		if (!at->used || strcmp(at->kept.name, name) != 0)
			continue;
		*out = at->kept;
		at->used = 0;
		return true;
	}
	return false;
}
