#pragma once
/* Bookmark: records that a user keeps at hand (spec 7.7). Bookmarks are personal records; an entity
 * with `bookmarkDisabled`, or whose records are no objects, has none. */

#include "json/json_writer.h"
#include "record/hook.h"

extern const RecordHook bookmark_hook;

/* `{"total", "list": [{"key": entity, "collection": [bookmark…], "rowList": [ids]}…]}`: the
 * caller's own, the newest entity first. */
Error *bookmark_list(Task *task, int64_t page_rows, JsonWriter *writer) must_check;
/* The bookmarked records of one entity, as nodes of a tree. INVALID: `noSuchEntity`. */
Error *bookmark_tree(Task *task, Str scope, int64_t page_rows, JsonWriter *writer) must_check;
