/*
 * Routes and rules, bound once to see whether they can be: check_keeps.h.
 */
#include "config.h"

#include "core/check_keeps.h"

#include <string.h>

#include "core/bind_keep.h"

struct check {
	struct rt_dirs dirs;
	struct diag *d;
};

static void look_up(const struct check *k, const struct conf_place *at, enum rt_kind kind, const struct rt_name *name)
{
	struct rt_name n = *name;

	if (rt_name_resolve(kind, &k->dirs, &n) != 0)
		diag_add(k->d, DIAG_WARNING, at, NULL, NULL, "'%s' is no name that %s/%s, %s/%s or the like know", name->name, k->dirs.path[0],
		         rt_kind_file(kind), k->dirs.path[1], rt_kind_file(kind));
}

static bool routes_good(const struct check *k, const struct conf_routes *routes)
{
	bool good = true;

	for (size_t i = 0; i < routes->n; i++) {
		const struct conf_place *at = &routes->list[i].place;
		struct keep_item item;

		memset(&item, 0, sizeof(item));
		if (!bind_route(&routes->list[i], &item, k->d)) {
			good = false;
			continue;
		}
		look_up(k, at, RT_TABLE, &item.route.table);
		look_up(k, at, RT_PROTOCOL, &item.route.protocol);
		look_up(k, at, RT_SCOPE, &item.route.scope);
		look_up(k, at, RT_DSFIELD, &item.route.tos);
		look_up(k, at, RT_REALM, &item.route.realm_from);
		look_up(k, at, RT_REALM, &item.route.realm_to);
	}
	return good;
}

static bool rules_good(const struct check *k, const struct conf_rules *rules)
{
	bool good = true;

	for (size_t i = 0; i < rules->n; i++) {
		const struct conf_place *at = &rules->list[i].place;
		struct keep_item item;

		memset(&item, 0, sizeof(item));
		if (!bind_rule(&rules->list[i], &item, k->d)) {
			good = false;
			continue;
		}
		look_up(k, at, RT_TABLE, &item.rule.table);
		look_up(k, at, RT_PROTOCOL, &item.rule.protocol);
		look_up(k, at, RT_DSFIELD, &item.rule.tos);
		look_up(k, at, RT_GROUP, &item.rule.suppress_group);
		look_up(k, at, RT_REALM, &item.rule.realm_from);
		look_up(k, at, RT_REALM, &item.rule.realm_to);
	}
	return good;
}

bool check_keeps(const struct conf *c, struct diag *d)
{
	struct check k = { .d = d };
	bool good;

	bind_rt_dirs(c, &k.dirs);
	good = routes_good(&k, &c->routes);
	good = rules_good(&k, &c->rules) && good;
	for (size_t i = 0; i < c->n_vrrp; i++) {
		good = routes_good(&k, &c->vrrp[i].routes) && good;
		good = rules_good(&k, &c->vrrp[i].rules) && good;
	}
	return good;
}
