#pragma once
/* Store: the instance on its data directory, opened and brought up to date - directory, database,
 * schema, tables, lane, first users. What `serve` and `load` share. */

#include "access/instance.h"
#include "server/config.h"

/* Opens (and makes) what is there. `*out_password` is the first administrator's, when this call
 * made that user. */
Error *store_open(Arena *arena, const Config *config, Instance *instance,
                  Str *out_password) must_check;
/* The model as this program makes it of what the database holds; nothing is changed. */
Error *store_read_model(Arena *arena, SqlDatabase *database, Schema **out) must_check;
/* Keeps a second process (server, load or copy) away from the directory, until the process ends.
 * UNAVAILABLE: there is one. */
Error *store_lock(Arena *arena, Str directory) must_check;
/* Every task must be over. */
void store_close(Instance *instance);
