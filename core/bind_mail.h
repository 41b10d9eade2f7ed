/*
 * What the file says of mail: settings for the agent, which sends it, and which events are mailed.
 */
#ifndef REGENT_BIND_MAIL_H
#define REGENT_BIND_MAIL_H

#include "conf/conf.h"
#include "core/view_wire.h"

/* `host`: this host's name, for what the file does not say. Addresses that could not stand in a header are left out. */
void bind_mail(const struct conf *c, const char *host, struct wire_mail *out);
/* smtp_alert and its like, of the object, its kind and everything, in this order. */
bool bind_mail_vrrp(const struct conf *c, enum conf_tristate own, bool fault);
bool bind_mail_service(const struct conf *c, enum conf_tristate server, enum conf_tristate service);

#endif
