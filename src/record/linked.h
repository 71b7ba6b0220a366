#pragma once
/* Linked records of linkMultiple fields: read for many records in one batch, and set as a whole
 * list. The names behind linkParent fields are read the same way. */

#include "json/json_writer.h"
#include "record/draft.h"

/* Where the links of a batch of records lead, for one field. */
typedef struct LinkedBatch {
    const Field *field;
    Map by_id;    /* id of the record -> its first entry */
    SqlRows rows; /* asked for and not taken yet */
} LinkedBatch;

/* Names are in `language` where they are known in it (NULL = the main one). In two steps, so that
 * several questions can be asked at once: `linked_close` belongs to every batch that was asked for.
 */
Error *linked_ask(Task *task, const Field *field, const Str *ids, size_t count,
                  const Language *language, LinkedBatch *out) must_check;
Error *linked_take(Task *task, LinkedBatch *batch) must_check;
void linked_close(LinkedBatch *batches, size_t count);
/* Both, with main names. */
Error *linked_read(Task *task, const Field *field, const Str *ids, size_t count,
                   LinkedBatch *out) must_check;
/* `"categoriesIds":[…]`, `"categoriesNames":{…}` or `"parentName":…` of the record `id`. */
void linked_write_key(const LinkedBatch *batch, const Key *key, Str id, JsonWriter *writer);

/* Of one record: which live ones it is linked to. */
Error *linked_ids(Task *task, const Field *field, Str id, Str **out, size_t *out_count) must_check;
size_t linked_count(const LinkedBatch *batch, Str id);
/* Both lead to the same records. */
bool linked_is_same(Task *task, const LinkedBatch *batch, Str a, Str b);
/* Where `from` leads to and `id` does not. */
void linked_list_missing(Task *task, const LinkedBatch *batch, Str id, Str from, Str **out,
                         size_t *out_count);

/* At most `max` of the records that the link leads to, into `out_ids`. */
Error *linked_find_ids(Task *task, const Link *link, Str id, size_t max, Str *out_ids,
                       size_t *out_count) must_check;

/* Makes the links of the draft's record exactly those: what is missing is linked, what is too much
 * unlinked, unless the draft only adds. */
Error *linked_set(Task *task, const RecordDraft *draft, const DraftLinks *links,
                  bool *out_changed) must_check;
/* Whether linked_set would change something. */
Error *linked_differs(Task *task, const RecordDraft *draft, const DraftLinks *links,
                      bool *out_differs) must_check;
/* One more, one less; true when something changed. The rights and the target are the caller's
 * business. */
Error *linked_add(Task *task, const Link *link, Str id, Str linked_id,
                  bool *out_changed) must_check;
Error *linked_remove(Task *task, const Link *link, Str id, Str linked_id,
                     bool *out_changed) must_check;
