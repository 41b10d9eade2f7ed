/*
 * The state page. A header, arrays of virtual routers and trackers, and three sets of keys, all in one mapped file.
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
#include "core/state_set.h"
#include "core/view.h"

#define MAGIC 0x52475354u
#define LAYOUT 6u
#define MAX_VR 1024
#define MAX_TRACK 1024
#define MAX_BFD 256
#define TAKEOVER_ADDRS 1024 /* what a takeover notes before its first announcement */
#define BOOT_ID_FILE "/proc/sys/kernel/random/boot_id"

struct vr_slot {
	uint32_t used;
	uint32_t master, old_checksum;
	usec_t last_advert;
	struct vr_key key;
};

/* Entries of sets (state_set.h): a mark, then the key, and what is said of it. */
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
	struct probe_found {
		struct probe_key key;
		uint32_t down, how; /* enum probe_weight_how */
		int32_t value;
	} found;
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
	struct service_slot services[STATE_SET_SLOTS];
	struct addr_slot addrs[STATE_SET_SLOTS];
	struct probe_slot probes[STATE_SET_SLOTS];
};

struct state {
	struct page *page;
	int fd; /* -1: plain memory */
	struct state_set services, addrs, probes;
	bool said_full;
};

static bool service_ok(const void *key)
{
	return view_key_valid(VIEW_VS, key);
}

static bool probe_ok(const void *entry)
{
	const struct probe_found *f = entry;

	return view_key_valid(VIEW_PROBE, &f->key) && f->down <= 1 && f->how <= PROBE_WEIGHT_ADD;
}

static bool addr_ok(const void *key)
{
	const struct state_addr *a = key;
	uint8_t family = a->prefix.addr.family;

	return a->ifname[0] && memchr(a->ifname, '\0', sizeof(a->ifname)) && (family == AF_INET || family == AF_INET6) &&
	       a->prefix.len <= addr_len(family) * 8;
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

static void take_page(struct page *page)
{
	if (page->igmp_before != '0' && page->igmp_before != '1')
		page->igmp_before = 0;
	drop_malformed_routers(page);
	drop_malformed_tracks(page);
	drop_malformed_bfds(page);
}

static void free_state(struct state *s)
{
	state_set_close(&s->services);
	state_set_close(&s->addrs);
	state_set_close(&s->probes);
	free(s);
}

/*
 * `page`: what head_fits() has found good, or zeroes. Of a blank one only that part is touched which is written at a takeover, before
 * the first announcement: it is megabytes, and each memory page takes time at the start.
 */
static struct state *state_over(struct page *page, const char boot_id[40])
{
	bool blank = !head_fits(&page->head, boot_id);
	struct state *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->page = page;
	s->fd = -1;
	s->services = (struct state_set){ .slots = (uint8_t *)page->services, .slot_size = sizeof(struct service_slot),
		.key_size = sizeof(struct service_key), .key_at = offsetof(struct service_slot, key), .what = "services", .key_ok = service_ok };
	s->addrs = (struct state_set){ .slots = (uint8_t *)page->addrs, .slot_size = sizeof(struct addr_slot),
		.key_size = sizeof(struct state_addr), .key_at = offsetof(struct addr_slot, key), .what = "addresses", .key_ok = addr_ok };
	s->probes = (struct state_set){ .slots = (uint8_t *)page->probes, .slot_size = sizeof(struct probe_slot),
		.key_size = sizeof(struct probe_key), .more = sizeof(struct probe_found) - sizeof(struct probe_key),
		.key_at = offsetof(struct probe_slot, found), .what = "probes", .key_ok = probe_ok };
	if (!blank)
		take_page(page);
	if (!state_set_open(&s->services, blank) || !state_set_open(&s->addrs, blank) || !state_set_open(&s->probes, blank)) {
		free_state(s);
		return NULL;
	}
	state_set_warm(&s->addrs, TAKEOVER_ADDRS);
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
	free_state(s);
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
	const struct vr_slot *at = &s->page->vr[i];

	return (struct state_vr){ true, at->master != 0, at->old_checksum != 0, at->last_advert };
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

void state_vr_set_old_checksum(struct state *s, int slot, bool old)
{
	if (slot >= 0)
		s->page->vr[slot].old_checksum = old;
}

void state_vr_forget(struct state *s, const struct vr_key *k)
{
	int i = vr_find(s, k);

	if (i >= 0)
		s->page->vr[i].used = 0;
}

static void note(struct state *st, struct state_set *s, const void *key, bool in)
{
	if (state_set_note(s, key, in))
		return;
	if (!st->said_full)
		log_warn("state", "the state page holds no more %s than %u: the rest is not adopted after a crash", s->what,
		         STATE_SET_FULL);
	st->said_full = true;
}

void state_service(struct state *s, const struct service_key *k, bool made)
{
	note(s, &s->services, k, made);
}

void state_address(struct state *s, const struct state_addr *a, bool made)
{
	note(s, &s->addrs, a, made);
}

void state_probe(struct state *s, const struct probe_key *k, const struct probe_past *found)
{
	struct probe_found f;

	memset(&f, 0, sizeof(f));
	f.key = *k;
	f.down = found->down;
	f.how = found->weight.how;
	f.value = found->weight.value;
	note(s, &s->probes, &f, found->down || found->weight.how != PROBE_WEIGHT_NONE);
}

struct probe_past state_probe_get(const struct state *s, const struct probe_key *k)
{
	const struct probe_found *f = state_set_get(&s->probes, k);

	if (!f)
		return (struct probe_past){ .down = false };
	return (struct probe_past){ f->down != 0, { f->how, f->value } };
}

size_t state_services(const struct state *s, struct service_key *out, size_t max)
{
	return state_set_copy(&s->services, out, max);
}

size_t state_addresses(const struct state *s, struct state_addr *out, size_t max)
{
	return state_set_copy(&s->addrs, out, max);
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
