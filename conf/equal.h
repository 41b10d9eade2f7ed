/*
 * Whether two objects say the same, and by which keywords they differ: for diff.c, and for whole trees (print.h).
 */
#ifndef REGENT_CONF_EQUAL_H
#define REGENT_CONF_EQUAL_H

#include "conf/conf.h"
#include "conf/schema.h"

/* Who listens to the differences: note() for each, how as schema_differences() has it. */
struct equal_notes {
	schema_note_fn *note;
	void *user;
	bool differ; /* set where there was one */
};

/* Of two objects of one type, each true where both say the same; notes may be NULL: nobody asks why. */
typedef bool equal_notes_fn(const void *a, const void *b, struct equal_notes *n);
typedef bool equal_list_fn(const void *a, const void *b);
equal_notes_fn equal_global;       /* struct conf_global */
equal_notes_fn equal_rest;         /* struct conf, outside of all blocks that have a name */
equal_notes_fn equal_address;
equal_notes_fn equal_group;
equal_notes_fn equal_server;
equal_notes_fn equal_service_group;
equal_notes_fn equal_script;
equal_notes_fn equal_process;
equal_notes_fn equal_file;
equal_notes_fn equal_bfd;
equal_notes_fn equal_garp_group;
/* All but the addresses, which are objects of their own; and these, in their order. */
equal_notes_fn equal_instance_apart;
equal_list_fn equal_addresses;
/* All but the real servers; and these, in their order. */
equal_notes_fn equal_service_apart;
equal_list_fn equal_servers;

#endif
