#pragma once
/* Operators of `where` (spec 4.3): one row each in operator.c, with operand, types, SQL and help
 * text. A new operator is a row there and nothing elsewhere. */

#include "query/condition.h"

typedef enum OperandShape {
    OPERAND_NONE,
    OPERAND_ONE,   /* a scalar; a list or nothing where the row says `on_list`, `on_null` */
    OPERAND_TWO,   /* a list of two */
    OPERAND_LIST,  /* a list; a scalar counts as a list of one */
    OPERAND_TEXT,  /* a text, matched folded */
    OPERAND_ITEMS, /* conditions */
} OperandShape;

#define CLASS_BIT(value_class) (1u << (value_class))

struct Operator {
    const char *name;
    OperandShape operand;
    const char *sql;
    unsigned classes; /* CLASS_BIT of the value classes it may be used on; 0 for groups */
    void (*put)(SqlText *text, const Condition *condition, unsigned alias, SearchMode mode);
    /* Text patterns: what the operand is wrapped in, and whether its own % and _ are wildcards. */
    bool is_open_left;
    bool is_open_right;
    bool has_wildcards;
    bool is_exact;        /* equality: an index of unique values may serve */
    const char *presence; /* of a test for absence: the operator that tests the contrary */
    const char *on_list;  /* the operator that is meant when the operand is a list (equals -> in) */
    const char *on_null;  /* ... when it is absent or null */
    const char *help;
};

/* NULL when unknown. */
const Operator *operator_find(Str name);
const Operator *operator_all(size_t *out_count);
