/*
 * Which script of the configuration runs as whom, or why it does not: users and programs looked up when a file is read, so that
 * nothing waits for a name service or a file system when the script is to run.
 */
#ifndef REGENT_SCRIPT_BOOK_H
#define REGENT_SCRIPT_BOOK_H

#include "conf/conf.h"
#include "conf/diag.h"
#include "core/base/script.h"

#define SCRIPT_BOOK_FIFOS 3 /* notify_fifo, vrrp_notify_fifo, lvs_notify_fifo */

struct script_book;

/* Look up every command of the tree; each that will not be run is a warning with the mend. Waits for the host: before the loop
 * runs, on a worker, or in a program that has no loop. NULL: no memory. */
struct script_book *script_book_make(const struct conf *c, struct diag *d);
void script_book_free(struct script_book *b);
/* Are there scripts that run as root because nobody else is named and there is no user keepalived_script? */
bool script_book_defaults_to_root(const struct script_book *b);
/* What is to be run, in memory of the book's. False: it is not run, errno says why (it has been said when the file was read);
 * ESRCH: `b` is NULL or was not made from a tree with this command. */
bool script_book_spec(const struct script_book *b, const struct conf_script *s, usec_t timeout, struct script_spec *out);

/* Whose a FIFO is. False: the file has none, or names a user who is not there. */
bool script_book_fifo(const struct script_book *b, size_t i, uid_t *uid, gid_t *gid);
/* User, group and command as one text, to be freed; NULL: no command. */
char *script_book_key(const struct conf_script *s);

#endif
