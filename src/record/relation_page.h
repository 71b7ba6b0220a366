#pragma once
/* Relation page: the own fields of the relation rows that tie the records of a linked list to the
 * record that it hangs on (spec 3.6), read for the whole page in one statement. */

#include "access/task.h"
#include "query/list_spec.h"

typedef struct RelationPage {
    Map by_id; /* id of the linked record -> its fragment of JSON (Str) */
} RelationPage;

/* Nothing happens when the list shows none. */
Error *relation_page_read(Task *task, const ListSpec *spec, const Str *ids, size_t count,
                          RelationPage *out) must_check;
/* `"key":value,…` for the linked record `id`, without braces; none when nothing is shown. */
Str relation_page_find(const RelationPage *page, Str id);
