/*
 * Two ends of a veth pair with a virtual router each, on one loop: what the tests of the router stand on.
 */
#ifndef REGENT_TESTS_UNIT_VRRP_ENDS_H
#define REGENT_TESTS_UNIT_VRRP_ENDS_H

#include "tests/unit/test.h"

#include "core/vrrp/router.h"
#include "core/vrrp/sock.h"

#define MS USEC_PER_MS

struct end {
	struct vrrp_router *router;
	const char *ifname;
	unsigned transitions;
	struct vrrp_change last;
	usec_t at;               /* of the last transition */
	usec_t advert_at, worst_gap;
	bool stopped;
};

struct ends {
	struct loop *loop;
	struct nl *nl;
	struct netmon *netmon;
	struct loop_timer poll;
	usec_t poll_due;
	usec_t stalled; /* sum of what turns of the loop came late by: the machine's share in any time that was measured */
	unsigned turns; /* that are left to the condition */
	bool (*until)(void *arg);
	void *arg;
	bool reached;
	struct end a, b;
	usec_t start_not_before; /* of what is opened from now on */
	struct vrrp_vip vips[1000];
};

/* Run the loop until it is true; false: it is not, after so long that it never will be. */
bool await(bool (*until)(void *arg), void *arg);
/* The same; false: it was not within `limit`, of which a stall of the machine uses up no more than a millisecond. */
bool within(bool (*until)(void *arg), void *arg, usec_t limit);
/* Run the loop for that long, and as many turns as that has milliseconds. */
void pass(usec_t time);
/* va 10.77.0.1/24 and vb 10.77.0.2/24, up, in one namespace. */
void make_veth(void);
int ifindex_of(const char *ifname);
/* Does netmon see it there? */
bool netmon_has(const char *ifname, const char *prefix);

/* Version 2 at 1 s with PASS, version 3 at 100 ms; the first `n_vips` of vips. */
struct vrrp_conf conf_for(const char *ifname, uint8_t version, uint8_t priority, size_t n_vips);
void open_end(struct end *e, const struct vrrp_conf *c);
/* Open and start with one address. */
void begin(struct end *e, uint8_t version, uint8_t priority, bool adopt);
/* Stop and free, if that has not been done. */
void end(struct end *e);
struct vrrp_report report(const struct end *e);
bool holds_vip(const struct end *e);

/* One advert of version 3 from 10.77.0.2, behind vb, that names the first `n_vips` of the two addresses. */
void advert_from_b(uint8_t priority, size_t n_vips);
/* It speaks until that has come, every `pause`: who is MASTER at once listens a little later. */
void advert_from_b_until(uint8_t priority, size_t n_vips, bool (*until)(void *arg), struct end *e, usec_t pause);

/* Conditions for await(); the argument is a struct end. */
bool is_master(void *arg);
bool is_backup(void *arg);
bool is_fault(void *arg);

/* A packet socket for ARP, and how many announcements of 10.77.0.`last` have arrived there. */
int open_tap(const char *ifname);
unsigned count_garps(int fd, uint8_t last);

/* *state becomes the struct ends. */
int set_up(void **state);
int tear_down(void **state);

#endif
