/*
 * The daemon's status as tables for people.
 */
#ifndef REGENT_AGENT_STATUS_TABLE_H
#define REGENT_AGENT_STATUS_TABLE_H

#include <jansson.h>
#include <stdbool.h>

/* Print the document that json_status() made. False: no memory, or not such a document. */
bool status_table_print(const json_t *status, bool colours);
/* The same for json_stats()'s (stats_table.c). */
bool stats_table_print(const json_t *services);

#endif
