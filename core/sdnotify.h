/*
 * Telling systemd how we are (sd_notify(3)), by one datagram, without its library.
 */
#ifndef REGENT_SDNOTIFY_H
#define REGENT_SDNOTIFY_H

/* "READY=1", "RELOADING=1", "STOPPING=1", ... Nothing happens outside systemd. Never blocks. */
void sdnotify(const char *state);

#endif
