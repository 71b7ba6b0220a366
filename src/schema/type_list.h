#pragma once
/* Every field type by name; field_type.c lists them. */

#include "schema/field_type.h"

extern const FieldType field_type_id;
extern const FieldType field_type_varchar;
extern const FieldType field_type_text;
extern const FieldType field_type_wysiwyg;
extern const FieldType field_type_markdown;
extern const FieldType field_type_email;
extern const FieldType field_type_url;
extern const FieldType field_type_color;
extern const FieldType field_type_int;
extern const FieldType field_type_float;
extern const FieldType field_type_range_int;
extern const FieldType field_type_range_float;
extern const FieldType field_type_autoincrement;
extern const FieldType field_type_bool;
extern const FieldType field_type_date;
extern const FieldType field_type_datetime;
extern const FieldType field_type_enum;
extern const FieldType field_type_multi_enum;
extern const FieldType field_type_array;
extern const FieldType field_type_language;
extern const FieldType field_type_multi_language;
extern const FieldType field_type_link;
extern const FieldType field_type_link_multiple;
extern const FieldType field_type_link_parent;
extern const FieldType field_type_parent_id;
extern const FieldType field_type_parent_type;
extern const FieldType field_type_json_object;
extern const FieldType field_type_json_array;
extern const FieldType field_type_password;
extern const FieldType field_type_enum_int;
extern const FieldType field_type_enum_float;
extern const FieldType field_type_array_int;
extern const FieldType field_type_duration;
extern const FieldType field_type_datetime_optional;
extern const FieldType field_type_colorpicker;
extern const FieldType field_type_base;
extern const FieldType field_type_map;
extern const FieldType field_type_foreign;
