/*
 * What a running job may use: the request sockets and what is known of IPVS. That of nf_tables is opened when first wanted.
 */
#ifndef REGENT_NL_CTX_H
#define REGENT_NL_CTX_H

#include "core/nl/sock.h"

struct nl_ctx {
	struct nl_sock route;
	struct nl_sock genl;
	struct nl_sock filter;
	uint16_t ipvs;       /* generic netlink family id; 0: none */
	bool ipvs_doubt;     /* the kernel said that this family is not there: it may have been unloaded */
	usec_t ipvs_ask_at;  /* not before */
	unsigned ipvs_asked; /* times */
};

/* 0 or a positive errno. */
int nl_ctx_init(struct nl_ctx *ctx, const struct nl_opener *ipvs);
void nl_ctx_fini(struct nl_ctx *ctx);

#endif
