/*
 * Letting clients use their ports again: net.ipv4.vs.conn_reuse_mode.
 *
 * With DR and TUN the kernel sees one direction only and remembers a closed connection for two minutes in FIN_WAIT. A client that
 * uses the same port again is sent to the server of old. Where directors are real servers and the roles have changed meanwhile, that
 * server is the other director, which sends it back, until its TTL is spent: "no route to host". Bit 2 of the mode lets a new
 * connection replace one in FIN_WAIT. The kernel's default (1) lacks it.
 */
#ifndef REGENT_IPVS_REUSE_H
#define REGENT_IPVS_REUSE_H

/* Where the mode is the kernel's default, set it to 3; another value is an operator's and stays. On the kernel thread (the
 * write may wait for the kernel). 0: it is 3 now by our hand; EALREADY: it was fine or an operator's; else an errno. */
int ipvs_reuse_allow(void);

#endif
