/*
 * A probe's connection, plain or TLS: what the kinds that ask over a stream see of the network.
 *
 * Events are those of a conn (core/loop/conn.h); CONN_CONNECTED comes when the kind may talk: after the handshake where
 * the configuration wants TLS from the start. Whatever goes wrong below the kind's own protocol (TLS, certificates,
 * this host) ends the run here, by probe_done(), with its reason. To be let go of in the kind's cancel().
 */
#ifndef REGENT_PROBE_LINK_H
#define REGENT_PROBE_LINK_H

#include "core/probe/run.h"

#define LINK_AGE_MAX (300 * USEC_PER_SEC)

struct probe_link;
typedef void link_fn(void *user, enum conn_event ev, const void *data, size_t len, int err);

/* `host`: what the peer is called in this run, for SNI and verification; NULL: only what the configuration says. NULL:
 * the run has been ended. `later_tls`: plain at first, link_start_tls() later. */
struct probe_link *link_open(struct probe_run *run, const char *host, bool later_tls, link_fn *fn, void *user);
/* STARTTLS; CONN_CONNECTED comes again. */
void link_start_tls(struct probe_link *k);
/* False: the run has been ended. */
bool link_send(struct probe_link *k, const void *data, size_t len);
/* fn is called when what was sent before is on its way; at once, where it is already. */
void link_when_sent(struct probe_link *k, void (*fn)(void *user));
/* From now on, for the next answer. */
void link_set_deadline(struct probe_link *k, usec_t timeout);
/* End the run for CONN_ERROR, or for CONN_TIMEOUT while connecting. */
void link_failed(struct probe_link *k, enum conn_event ev, int err);
bool link_is_connecting(const struct probe_link *k);
void link_close(struct probe_link *k);

/* ---- one connection over several runs ---- */

/* Instead of link_close(), where both ends may say more: the probe's next run may have it. Whatever comes over it until then
 * ends it, and so does LINK_AGE_MAX: certificates are looked at again, and whether the peer takes new connections. */
void link_keep(struct probe_link *k);
/* The connection that a former run has kept; CONN_CONNECTED comes, as from link_open(). NULL: there is none for this host. */
struct probe_link *link_resume(struct probe_run *run, const char *host, link_fn *fn, void *user);
/* Is it one, of which nothing was heard in this run? Its end says nothing of the peer but that it wanted no more of it. */
bool link_is_stale(const struct probe_link *k);
/* Close what is kept. */
void link_forget(struct probe_run *run);

#endif
