#pragma once
/* Select plan: from the keys wanted of an entity to result columns and the JSON that is written
 * from them. One walk over the plan writes one row, straight from the driver (design §5). Names of
 * linked records come by join; lists of linked records are named here and read in one batch by the
 * record layer. */

#include "schema/field_type.h"

typedef struct SelectItem {
    const Key *key;
    const Column *source; /* of the entity's own table, else NULL: the key's, or a variant's */
    int column;           /* of the result; -1: not from this statement (linked lists, computed) */
    void (*write)(JsonWriter *writer, const SqlRows *rows, int column);
} SelectItem;

typedef struct SelectPlan {
    const Entity *entity;
    SelectItem *items;
    size_t item_count;
    const Field **joined; /* link fields whose name is wanted; alias i + 1 */
    size_t joined_count;
    const Field **multiple; /* linkMultiple and linkParent fields wanted */
    size_t multiple_count;
    bool has_computed; /* some key is made from other rows (record/computed.h) */
    int column_count;
    LanguageChoice language;
    const Entity *bookmark; /* with it each record shows `bookmarkId`, of this user; or NULL */
    Str bookmark_user;
} SelectPlan;

typedef enum SelectScope { SELECT_LIST, SELECT_READ } SelectScope;

/* `keys` NULL: everything that the scope shows. In one language main keys have its values, and
 * variants are left out (spec 3.9). */
void select_plan_make(Arena *arena, const Entity *entity, const Key *const *keys, size_t count,
                      SelectScope scope, LanguageChoice language, SelectPlan *out);
/* Makes sure that the name of `field`'s linked record is joined; gives its alias. */
unsigned select_plan_join(Arena *arena, SelectPlan *plan, const Field *field);
/* `SELECT …`, the columns; the id is result column 0. */
void select_plan_put_columns(SqlText *text, const SelectPlan *plan);
/* `FROM … LEFT JOIN …`; the entity is alias 0. */
void select_plan_put_tables(SqlText *text, const SelectPlan *plan);
/* `"key":value,…` of the row under the cursor, without braces and without linked lists. */
void select_plan_write_row(const SelectPlan *plan, JsonWriter *writer, const SqlRows *rows);
/* The name of a linked record under `alias`: in the language when there is one, else the main name.
 */
void select_plan_put_name(SqlText *text, unsigned alias, const Entity *target,
                          const Language *language);
/* `t0.deleted = 0`: not in the trash. */
void select_plan_put_live(SqlText *text, unsigned alias, const Entity *entity);
