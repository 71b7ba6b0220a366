#pragma once
/* Plan: the SQL statements and answer keys of the floor program, read once at start from a text
 * file that bench/run writes after looking at the product's own tables and answers. So product and
 * floor run the same SQL and answer with the same keys in the same order, also after entities got
 * more fields. Immutable after loading; lives as long as the process.
 *
 *   shape full|slim|page|seek        then, of that shape:
 *   sql SELECT ...
 *   key NAME text|int|real|bool|raw  a column of the statement and its JSON key
 *   many IDS_KEY NAMES_KEY SQL       a linked list: SQL gives (id, name) of what ?1 is linked to
 *
 *   count|counter|insert|update|search|counted|added|changed SQL
 *   bind id|name|sku|now|null        a column of the INSERT, in order, or
 *   bind int|real|text VALUE
 *   searched NUMBER                  the INSERT's column that the next column of the side index
 * repeats */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_MAX_KEYS 96
#define PLAN_MAX_MANY 8
#define PLAN_MAX_BINDS 96
#define PLAN_MAX_SEARCHED 16

typedef enum PlanKind { PLAN_TEXT, PLAN_INT, PLAN_REAL, PLAN_BOOL, PLAN_RAW } PlanKind;

typedef struct PlanKey {
    char *quoted; /* "name": */
    size_t len;
    PlanKind kind;
} PlanKey;

typedef struct PlanMany {
    PlanKey ids;
    PlanKey names;
    char *sql;
} PlanMany;

typedef struct PlanShape {
    char *sql;
    PlanKey keys[PLAN_MAX_KEYS];
    int key_count;
    PlanMany many[PLAN_MAX_MANY];
    int many_count;
} PlanShape;

typedef enum PlanSource {
    PLAN_FROM_ID,
    PLAN_FROM_NAME,
    PLAN_FROM_SKU,
    PLAN_FROM_NOW,
    PLAN_FROM_NULL,
    PLAN_FROM_INT,
    PLAN_FROM_REAL,
    PLAN_FROM_TEXT,
    PLAN_SOURCES,
} PlanSource;

typedef struct PlanBind {
    PlanSource source;
    char *text;
    size_t len;
    int64_t integer;
    double real;
} PlanBind;

typedef enum PlanShapeId { PLAN_FULL, PLAN_SLIM, PLAN_PAGE, PLAN_SEEK, PLAN_SHAPES } PlanShapeId;

typedef enum PlanSqlId {
    PLAN_COUNT,
    PLAN_COUNTER,
    PLAN_INSERT,
    PLAN_UPDATE,
    PLAN_SEARCH,
    PLAN_COUNTED,
    PLAN_ADDED,   /* the change log's row of an INSERT, ?1 is the id ... */
    PLAN_CHANGED, /* ... and of an UPDATE */
    PLAN_SQLS,
} PlanSqlId;

typedef struct Plan {
    PlanShape shapes[PLAN_SHAPES];
    char *sql[PLAN_SQLS];
    PlanBind binds[PLAN_MAX_BINDS];
    int bind_count;
    int searched[PLAN_MAX_SEARCHED];
    int searched_count;
} Plan;

/* Ends the program with a message when the file is missing or wrong. */
const Plan *plan_load(const char *path);
