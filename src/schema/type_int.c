#include <math.h>

#include "schema/type_list.h"
#include "schema/value_private.h"

static bool read_int(Arena *arena, const Field *field, const JsonValue *value,
                     FieldProblems *problems, SqlValue *out)
{
    SqlValue read;
    bool is_number = value->kind != JSON_BOOL && value_operand_int(arena, value, &read);
    /* 3.0 is whole; 2^63 and beyond would not come back as it was sent */
    if (is_number && read.kind == SQL_REAL) {
        is_number = read.real == floor(read.real) && fabs(read.real) < 9007199254740992.0;
        read = sql_int(is_number ? (int64_t)read.real : 0);
    }
    if (!is_number) {
        field_problems_add(problems, arena, "notANumber", field->name,
                           "Field '%.*s' must be a whole number.", STR_ARGS(field->label));
        return false;
    }
    *out = read;
    return value_check_range(arena, field, (double)read.integer, problems);
}

const FieldType field_type_int = {
    .name = "int",
    .value_class = VALUE_NUMBER,
    .column_type = SQL_TYPE_INTEGER,
    .has_column = true,
    .is_sortable = true,
    .parts = { { "", KEY_VALUE } },
    .read = read_int,
    .write = value_write_int,
    .operand = value_operand_int,
    .empty = { .kind = SQL_INT, .integer = 0 },
};
