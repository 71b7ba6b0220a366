#pragma once
/* Items of one upsert, built record by record: `[{"entity": ..., "payload": {...}}, ...]`. The
 * setters fill the newest record. Keys must be literals; values must live as long as the arena. */

#include "json/json.h"

#define DEMO_MAX_MEMBERS 24 /* keys of one record */

typedef struct DemoItems {
    Arena *arena;
    Str entity;
    size_t max_count;
    JsonValue list;
    JsonValue *payload; /* of the newest record */
} DemoItems;

/* At most `max_count` records of `entity`. */
DemoItems demo_items_new(Arena *arena, Str entity, size_t max_count);
void demo_items_begin(DemoItems *items, Str id);
void demo_items_set_text(DemoItems *items, const char *key, Str value);
void demo_items_set_int(DemoItems *items, const char *key, int64_t value);
void demo_items_set_bool(DemoItems *items, const char *key, bool value);
/* 1999 is 19.99. */
void demo_items_set_cents(DemoItems *items, const char *key, int64_t cents);
void demo_items_set_texts(DemoItems *items, const char *key, const Str *values, size_t count);
