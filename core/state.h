/*
 * The state page: RUN_DIR/state, a mapped file in which the core notes what a successor needs after kill -9.
 *
 * Stores only: nothing here makes a system call once the page is open, so an advert costs one store. It is believed only within
 * the boot that wrote it. Kept: per virtual router its state, the CLOCK_BOOTTIME of its last advert and which checksum its peers
 * need; the addresses and the IPVS services that we made; what probes found, where that is not plainly "up"; a sysctl's former
 * value; for a restart in place the BFD sessions that are up.
 */
#ifndef REGENT_STATE_H
#define REGENT_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/key.h"
#include "core/base/mono.h"
#include "core/probe/bfd.h"
#include "core/probe/probe.h"

struct state;

/* An address by our hand. */
struct state_addr {
	char ifname[KEY_IFNAME];
	struct prefix prefix;
};

/* A tracker's verdict (core/track.h). */
struct state_track {
	uint32_t kind;
	char name[64];
	uint32_t verdict; /* 0: unknown, which is not kept */
	int32_t value;
};

/* What the page says of a virtual router's former life. */
struct state_vr {
	bool known;
	bool master;
	bool old_checksum;  /* a peer was heard that sums up so */
	usec_t last_advert; /* CLOCK_BOOTTIME */
};

/* Map (and make) PATH. It starts afresh where boot or layout differ, and where the file is not ours alone; an entry that is not
 * well-formed is dropped. Its room on the disk is taken at once, since a store has no way to fail. NULL: errno. */
struct state *state_open(const char *path);
/* The page in plain memory, for tests and for hosts where the file cannot be had. */
struct state *state_open_memory(void);
/* The page of a former life of this process, by its descriptor, which is the state's from here. */
struct state *state_adopt(int fd);
/* The page's descriptor; -1: it is plain memory. And what its form is: a successor of another form could not read it. */
int state_fd(const struct state *s);
uint32_t state_form(void);
void state_close(struct state *s);

struct state_vr state_vr_get(const struct state *s, const struct vr_key *k);
/* Returns a slot to stamp adverts with, or -1 where the page is full. */
int state_vr_slot(struct state *s, const struct vr_key *k);
void state_vr_set_master(struct state *s, int slot, bool master, usec_t boot_now);
void state_vr_advert(struct state *s, int slot, usec_t boot_now);
void state_vr_set_old_checksum(struct state *s, int slot, bool old);
void state_vr_forget(struct state *s, const struct vr_key *k);

/* Sets of keys: note or drop one; no duplicates; a full page is said once in the log and costs only adoption. */
void state_service(struct state *s, const struct service_key *k, bool made);
void state_address(struct state *s, const struct state_addr *a, bool made);
/* What a probe found. What every probe begins with, up or unknown and without a weight, is not kept, and is what one has that is not
 * in the page. */
void state_probe(struct state *s, const struct probe_key *k, const struct probe_past *found);
struct probe_past state_probe_get(const struct state *s, const struct probe_key *k);
/* Did a life of this boot keep addresses, routes or rules in the kernel, and not end in order? */
bool state_kept(const struct state *s);
void state_set_kept(struct state *s, bool kept);
/* What the host's own IGMP sysctl held before we wrote to it, '0' or '1'; 0: we did not. Any one thread. */
char state_igmp_before(const struct state *s);
void state_set_igmp_before(struct state *s, char value);
/* Note a verdict; one that is unknown is forgotten. Beyond the page's room none is kept. */
void state_track(struct state *s, const struct state_track *t);
/* The verdict of the tracker of this kind and name. False: none is known. */
bool state_track_get(const struct state *s, struct state_track *t);
/* Sessions that go on in the next life of this process. Beyond the page's room none is kept. */
void state_bfd_keep(struct state *s, const struct bfd_kept *k);
/* Take what is kept of the session of this name out of the page. False: nothing is. */
bool state_bfd_take(struct state *s, const char *name, struct bfd_kept *out);
/* Copies of a set: returns how many there are, filling at most `max`. */
size_t state_services(const struct state *s, struct service_key *out, size_t max);
size_t state_addresses(const struct state *s, struct state_addr *out, size_t max);

#endif
