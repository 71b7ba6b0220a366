#include "schema/field_type.h"

#include "schema/type_list.h"

static const FieldType *const types[] = {
    &field_type_id,
    &field_type_varchar,
    &field_type_text,
    &field_type_wysiwyg,
    &field_type_markdown,
    &field_type_email,
    &field_type_url,
    &field_type_color,
    &field_type_int,
    &field_type_float,
    &field_type_range_int,
    &field_type_range_float,
    &field_type_autoincrement,
    &field_type_bool,
    &field_type_date,
    &field_type_datetime,
    &field_type_enum,
    &field_type_multi_enum,
    &field_type_array,
    &field_type_language,
    &field_type_multi_language,
    &field_type_link,
    &field_type_link_multiple,
    &field_type_link_parent,
    &field_type_parent_id,
    &field_type_parent_type,
    &field_type_json_object,
    &field_type_json_array,
    &field_type_password,
    &field_type_enum_int,
    &field_type_enum_float,
    &field_type_array_int,
    &field_type_duration,
    &field_type_datetime_optional,
    &field_type_colorpicker,
    &field_type_base,
    &field_type_map,
    &field_type_foreign,
};

const FieldType *field_type_find(Str name)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_equal(name, str_from(types[i]->name)))
            return types[i];
    return NULL;
}

const FieldType *const *field_type_all(size_t *out_count)
{
    *out_count = sizeof types / sizeof *types;
    return types;
}

const char *field_type_class_name(ValueClass value_class)
{
    static const char *const names[] = { "text",   "number", "bool",  "date",
                                         "choice", "list",   "links", "other" };
    return names[value_class];
}

bool field_read(Arena *arena, const Field *field, const JsonValue *value, FieldProblems *problems,
                SqlValue *out)
{
    if (json_is_null(value)) {
        *out = field->is_not_null ? field->type->empty : sql_null();
        return true;
    }
    if (!field->type->read(arena, field, value, problems, out))
        return false;
    if (out->kind != SQL_TEXT || out->text.len <= FIELD_MAX_VALUE_BYTES)
        return true;
    field_problems_add(problems, arena, "maxLengthExceeded", field->name,
                       "Field '%.*s' may have at most %zu bytes.", STR_ARGS(field->label),
                       FIELD_MAX_VALUE_BYTES);
    return false;
}
