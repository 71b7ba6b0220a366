#include "query/parameter.h"

Error *parameter_error(Arena *arena, Str name, const char *needs)
{
    Error *error = error_new_code(arena, ERROR_INVALID, "badParameter", "The parameter '%.*s' %s",
                                  STR_ARGS(name), needs);
    error->field = name;
    return error;
}

Error *parameter_find(Arena *arena, const JsonValue *parameters, Str name, Str *out)
{
    const JsonValue *value = json_find(parameters, name);
    *out = STR_NONE;
    if (json_is_null(value))
        return NULL;
    if (value->kind == JSON_INT)
        *out = str_format(arena, "%lld", (long long)value->integer);
    else if (value->kind == JSON_BOOL)
        *out = value->boolean ? STR("true") : STR("false");
    else if (value->kind == JSON_TEXT)
        *out = value->text.len > 0 ? value->text : STR_NONE;
    else
        return parameter_error(arena, name, "must be one value");
    return NULL;
}

Error *parameter_read_number(Arena *arena, const JsonValue *parameters, Str name, int64_t max,
                             int64_t *out)
{
    Str text;
    int64_t number;
    TRY(parameter_find(arena, parameters, name, &text));
    if (str_is_none(text))
        return NULL;
    if (!str_parse_int(text, &number) || number < 0 || number > max)
        return parameter_error(arena, name, "must be a whole number from 0 on");
    *out = number;
    return NULL;
}

Error *parameter_read_bool(Arena *arena, const JsonValue *parameters, Str name, bool *out)
{
    Str text;
    TRY(parameter_find(arena, parameters, name, &text));
    if (str_is_none(text))
        return NULL;
    bool is_true = str_equal_ignoring_case(text, STR("true")) || str_equal(text, STR("1"));
    bool is_false = str_equal_ignoring_case(text, STR("false")) || str_equal(text, STR("0"));
    if (!is_true && !is_false)
        return parameter_error(arena, name, "must be true, false, 1 or 0");
    *out = is_true;
    return NULL;
}
