/*
 * Scripts, run by the root helper: what every room's `struct script_runner` is in the daemon.
 */
#ifndef REGENT_SCRIPTS_H
#define REGENT_SCRIPTS_H

#include "core/base/script.h"
#include "core/helper_port.h"

struct scripts;

struct scripts_stats {
	unsigned running;
	uint64_t started, failed, timed_out, refused; /* failed: ended with a status that is not 0, or by a signal */
};

/* NULL: no memory. */
struct scripts *scripts_new(struct loop *l, struct helper_port *port);
/* done() of what runs is not called; the helper ends it when it ends. */
void scripts_free(struct scripts *s);
/* set_supplementary_groups, use_symlink_paths, enable_script_security. */
void scripts_configure(struct scripts *s, bool all_groups, bool as_named, bool secure);
/* The files read last are the configuration now, or have errors: what the helper lets run goes by that. */
void scripts_conf_read(struct scripts *s, bool taken);
struct script_runner scripts_runner(struct scripts *s);
void scripts_get_stats(const struct scripts *s, struct scripts_stats *out);

#endif
