#include <math.h>

#include "schema/type_list.h"
#include "schema/value_private.h"

/* Half away from zero at `digits` decimals (spec 3.8); numbers too large for that stay as they are.
 */
static double round_to(double number, int digits)
{
    if (digits < 0 || fabs(number) >= 1e15)
        return number;
    double scale = pow(10, digits);
    double scaled = number * scale;
    return isfinite(scaled) ? round(scaled) / scale : number;
}

static bool read_float(Arena *arena, const Field *field, const JsonValue *value,
                       FieldProblems *problems, SqlValue *out)
{
    double number;
    if (value->kind == JSON_BOOL || !value_number_from(arena, value, &number)) {
        field_problems_add(problems, arena, "notANumber", field->name,
                           "Field '%.*s' must be a number.", STR_ARGS(field->label));
        return false;
    }
    *out = sql_real(round_to(number, field->digits));
    return value_check_range(arena, field, out->real, problems);
}

static void write_float(JsonWriter *writer, const SqlRows *rows, int column)
{
    if (sql_column_is_null(rows, column))
        json_write_null(writer);
    else
        json_write_real(writer, sql_column_real(rows, column));
}

const FieldType field_type_float = {
    .name = "float",
    .value_class = VALUE_NUMBER,
    .column_type = SQL_TYPE_REAL,
    .has_column = true,
    .is_sortable = true,
    .parts = { { "", KEY_VALUE } },
    .read = read_float,
    .write = write_float,
    .operand = value_operand_real,
    .empty = { .kind = SQL_REAL, .real = 0 },
};
