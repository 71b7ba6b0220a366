#include "schema/type_list.h"
#include "schema/value_private.h"

static bool read_bool(Arena *arena, const Field *field, const JsonValue *value,
                      FieldProblems *problems, SqlValue *out)
{
    if (value_operand_bool(arena, value, out))
        return true;
    field_problems_add(problems, arena, "notABool", field->name,
                       "Field '%.*s' must be true or false.", STR_ARGS(field->label));
    return false;
}

static void write_bool(JsonWriter *writer, const SqlRows *rows, int column)
{
    if (sql_column_is_null(rows, column))
        json_write_null(writer);
    else
        json_write_bool(writer, sql_column_int(rows, column) != 0);
}

const FieldType field_type_bool = {
    .name = "bool",
    .value_class = VALUE_BOOL,
    .column_type = SQL_TYPE_BOOL,
    .has_column = true,
    .is_sortable = true,
    .parts = { { "", KEY_VALUE } },
    .read = read_bool,
    .write = write_bool,
    .operand = value_operand_bool,
    .empty = { .kind = SQL_INT, .integer = 0 },
};
