/*
 * Kernel settings (sysctl.h) that VMACs need. Used by the kernel thread alone, which is why the list of parents needs no lock.
 *
 * The parent must not answer for addresses of the VMAC (arp_ignore 1), nor ask with them as sender, which would tell everybody the
 * parent's MAC for them (arp_announce 2). What was there before is kept here and, for a later life, in the VMAC's alias.
 */
#include "config.h"

#include "core/net/vmac_job.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/net/sysctl.h"

enum { SETTINGS = 2, PARENTS = 64 };

static const struct {
	const char *name;
	int value;
} wanted[SETTINGS] = { { "arp_ignore", 1 }, { "arp_announce", 2 } };

static struct parent {
	char name[IFNAMSIZ];
	unsigned users;
	int before[SETTINGS]; /* -1: not changed */
} parents[PARENTS];

static struct parent *parent_find(const char *name)
{
	struct parent *spare = NULL;

	for (size_t i = 0; i < PARENTS; i++) {
		if (parents[i].users > 0 && strcmp(parents[i].name, name) == 0)
			return &parents[i];
		if (parents[i].users == 0 && !spare)
			spare = &parents[i];
	}
	if (spare)
		text_copy(spare->name, sizeof(spare->name), name);
	return spare;
}

static void parent_change(struct parent *p)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		int now = sysctl_read(AF_INET, p->name, wanted[i].name);

		p->before[i] = now >= 0 && now < wanted[i].value ? now : -1;
		if (p->before[i] >= 0)
			sysctl_write(AF_INET, p->name, wanted[i].name, wanted[i].value);
	}
}

/* regent:INSTANCE arp_ignore=0 arp_announce=0 */
static void alias_write(const struct parent *p, const char *owner, char alias[NET_ALIAS])
{
	size_t len = 0;

	alias[0] = '\0';
	text_append(alias, NET_ALIAS, &len, "%s%.40s", VMAC_ALIAS, owner);
	for (size_t i = 0; p && i < SETTINGS; i++)
		if (p->before[i] >= 0)
			text_append(alias, NET_ALIAS, &len, " %s=%d", wanted[i].name, p->before[i]);
}

static int alias_read(const char *alias, const char *name)
{
	char key[32];
	const char *at;
	int len = snprintf(key, sizeof(key), " %s=", name);

	at = strstr(alias, key);
	return at && at[len] >= '0' && at[len] <= '9' ? at[len] - '0' : -1;
}

void vmac_parent_get(const struct vmac_conf *c, bool held, char alias[NET_ALIAS])
{
	struct parent *p = parent_find(c->parent);

	if (p && !held && p->users++ == 0)
		parent_change(p);
	alias_write(p, c->owner, alias);
}

void vmac_parent_adopt(const struct vmac_conf *c, const char *alias)
{
	struct parent *p = parent_find(c->parent);

	if (!p || p->users++ > 0)
		return;
	parent_change(p);
	for (size_t i = 0; i < SETTINGS; i++)
		if (p->before[i] < 0)
			p->before[i] = alias_read(alias, wanted[i].name);
}

void vmac_parent_put(const struct vmac_conf *c)
{
	struct parent *p = parent_find(c->parent);

	if (!p || p->users == 0 || --p->users > 0)
		return;
	for (size_t i = 0; i < SETTINGS; i++)
		if (p->before[i] >= 0 && sysctl_read(AF_INET, p->name, wanted[i].name) == wanted[i].value)
			sysctl_write(AF_INET, p->name, wanted[i].name, p->before[i]);
}

void vmac_settings(const struct vmac_conf *c)
{
	bool strict = sysctl_read(AF_INET, "all", "rp_filter") > 0;

	sysctl_write(AF_INET, c->name, "arp_ignore", 1);
	sysctl_write(AF_INET, c->name, "accept_local", 1);
	/* Routes lead by the parent, so a strict filter would drop all; the larger of this and `all` counts. */
	sysctl_write(AF_INET, c->name, "rp_filter", strict ? 2 : 0);
	if (c->promote)
		sysctl_write(AF_INET, c->name, "promote_secondaries", 1);
	sysctl_write(AF_INET6, c->name, "accept_ra", 0);
	sysctl_write(AF_INET6, c->name, "autoconf", 0);
	sysctl_write(AF_INET6, c->name, "router_solicitations", 0);
	sysctl_write(AF_INET6, c->name, "addr_gen_mode", 1); /* none: no link-local address by itself */
	sysctl_write(AF_INET6, c->name, "disable_ipv6", c->family != AF_INET6 && !c->has_ipv6);
}
