#pragma once
/* Row statements: one whole row of an entity's table - read, added, changed, removed. Values stand
 * in the order of the entity's columns. */

#include "schema/schema.h"
#include "sql/sql.h"

/* All columns of the record, preceded by its row number; also trashed ones with `with_deleted`.
 * `*out_values` is NULL when there is none. */
Error *row_find(SqlConnection *connection, const Entity *entity, Str id, bool with_deleted,
                int64_t *out_row_id, SqlValue **out_values) must_check;
typedef struct FoundRow {
    int64_t row_id;
    SqlValue *values;
} FoundRow;

/* The same for those of `count` ids (each once) that live records have, in any order; locked in the
 * order of their ids. `out` has room for all. */
Error *row_find_live(SqlConnection *connection, const Entity *entity, const SqlValue *ids,
                     size_t count, FoundRow *out, size_t *out_count) must_check;
/* False when a unique value stood in the way; then nothing was added. */
Error *row_insert(SqlConnection *connection, const Entity *entity, const SqlValue *values,
                  bool *out_added, int64_t *out_row_id) must_check;
/* Only the columns that `is_changed` names. INVALID `notUnique`. */
Error *row_update(SqlConnection *connection, const Entity *entity, int64_t row_id,
                  const SqlValue *values, const bool *is_changed) must_check;
Error *row_delete(SqlConnection *connection, const Entity *entity, int64_t row_id) must_check;
typedef struct RowRef {
    int64_t row_id;
    const SqlValue *values;
} RowRef;

/* Every row of `entity` whose `column` is `value`, trashed or not, goes for good; gives what they
 * were. */
Error *row_delete_by(SqlConnection *connection, const Entity *entity, const Column *column,
                     Str value, RowRef **out, size_t *out_count) must_check;
