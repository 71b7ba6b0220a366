/* What filters find, against an evaluator that reads the filter's own JSON: random trees over a
 * small random catalogue, by both ways of searching text. The same numbers every run. */

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unicode/ucol.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "json/json_reader.h"
#include "json/json_writer.h"
#include "query/row_statement.h"
#include "query/search_index.h"
#include "query/where.h"
#include "schema/migration.h"
#include "support/test_database.h"
#include "support/test_model.h"

#define ITEMS 150
#define MAKERS 8
#define TREES 2000

/* ---- chance ---- */

static uint64_t chance_state;

static unsigned chance(unsigned below)
{
    chance_state ^= chance_state << 13;
    chance_state ^= chance_state >> 7;
    chance_state ^= chance_state << 17;
    return (unsigned)(chance_state >> 33) % below;
}

#define PICK(list) ((list)[chance(sizeof(list) / sizeof *(list))])

/* Little variety, so that filters hit: letters with and without accents, wildcards, other scripts.
 */
static const char *const texts[] = {
    "",
    "oak",
    "Oak",
    "OAK tree",
    "oak-tree",
    "éclair",
    "Eclair",
    "e\xCC\x81\x63lair",
    "Straße",
    "STRASSE",
    "strass",
    "100%",
    "1000",
    "a_b",
    "aXb",
    "a\\b",
    "\xE4\xB8\xAD\xE6\x96\x87\xE5\xAD\x97",
    "x",
    "zebra crossing",
    "Zebra \"quoted\"",
    "it's",
};
static const char *const patterns[] = {
    "",    "o",   "oak",     "OAK%",         "%tree",   "%a%",        "_ak",  "____",
    "%",   "éc",  "ec",      "ss",           "ß",       "%%",         "100%", "100\\",
    "a_b", "\\",  "a\\b",    "\xE4\xB8\xAD", "zebra c", "\"quoted\"", "'",    "tree%o",
    "_",   "e%r", "strasse", "STRAß",
};
static const char *const days[] = { "2024-02-29", "2025-01-01", "2025-06-30", "2026-12-31" };
static const char *const moments[] = { "2024-02-29 00:00:00", "2025-01-01 12:00:00",
                                       "2025-01-01 12:00:01" };
static const char *const states[] = { "new", "old", "gone", "" };
static const char *const lists[] = { "[]", "[\"a\"]", "[\"a\",\"b\"]", "" };

/* ---- the catalogue ---- */

typedef struct Row {
    SqlValue *values; /* by column */
} Row;

typedef struct Desk {
    TestDatabase base;
    Schema *schema;
    const Entity *item;
    const Entity *maker;
    SqlConnection *writer;
    UCollator *collator;
    Row items[ITEMS];
    Row makers[MAKERS];
} Desk;

static SqlValue text_or_null(const char *text)
{
    return chance(5) == 0 ? sql_null() : sql_text(str_from(text));
}

static void set(const Entity *entity, SqlValue *values, const char *field, SqlValue value)
{
    values[entity_find_field(entity, str_from(field))->column->index] = value;
}

static void insert(Desk *desk, const Entity *entity, SqlValue *values)
{
    bool is_added = false;
    int64_t row_id = 0;
    assert_no_error(row_insert(desk->writer, entity, values, &is_added, &row_id));
    assert_true(is_added);
    assert_no_error(search_index_sync(desk->writer, &entity->side_indexes[0], &row_id, 1));
}

static void add_maker(Desk *desk, int number)
{
    const Entity *maker = desk->maker;
    SqlValue *values = ARENA_ARRAY(desk->base.arena, SqlValue, maker->column_count);
    set(maker, values, "id", sql_text(str_format(desk->base.arena, "m%d", number)));
    set(maker, values, "deleted", sql_int(number == 0));
    set(maker, values, "name", number == 1 ? sql_null() : sql_text(str_from(PICK(texts))));
    desk->makers[number].values = values;
    insert(desk, maker, values);
}

static void add_item(Desk *desk, int number)
{
    const Entity *item = desk->item;
    Arena *arena = desk->base.arena;
    SqlValue *values = ARENA_ARRAY(arena, SqlValue, item->column_count);
    set(item, values, "id", sql_text(str_format(arena, "i%03d", number)));
    set(item, values, "deleted", sql_int(chance(10) == 0));
    set(item, values, "name", text_or_null(PICK(texts)));
    set(item, values, "note", text_or_null(PICK(texts)));
    set(item, values, "page", text_or_null(PICK(texts)));
    set(item, values, "colour", text_or_null(chance(2) == 0 ? "#ffF" : "000"));
    set(item, values, "code",
        chance(3) == 0 ? sql_text(STR("")) : sql_text(str_format(arena, "C%d", number)));
    set(item, values, "count", chance(5) == 0 ? sql_null() : sql_int((int)chance(7) - 2));
    set(item, values, "price", chance(5) == 0 ? sql_null() : sql_real(chance(7) * 0.5));
    set(item, values, "isOpen", chance(4) == 0 ? sql_null() : sql_int(chance(2)));
    set(item, values, "day", text_or_null(PICK(days)));
    set(item, values, "seenAt", text_or_null(PICK(moments)));
    set(item, values, "state", text_or_null(PICK(states)));
    set(item, values, "words", text_or_null(PICK(lists)));
    set(item, values, "maker", /* m8 and above don't exist */
        chance(5) == 0 ? sql_null() : sql_text(str_format(arena, "m%u", chance(MAKERS + 1))));
    desk->items[number].values = values;
    insert(desk, item, values);
}

static int open_desk(void **state)
{
    Desk *desk = calloc(1, sizeof *desk);
    UErrorCode status = U_ZERO_ERROR;
    Migration migration;
    test_database_open(&desk->base);
    assert_no_error(sql_writer_open(desk->base.arena, desk->base.database, &desk->writer));
    desk->schema = test_model_compile();
    desk->item = schema_find_entity(desk->schema, STR("Item"));
    desk->maker = schema_find_entity(desk->schema, STR("Maker"));
    desk->collator = ucol_open("", &status);
    chance_state = UINT64_C(0x9E3779B97F4A7C15);
    assert_no_error(sql_begin(desk->writer));
    assert_no_error(migration_run(desk->writer, desk->schema, SQL_WAITS, &migration));
    for (int i = 0; i < MAKERS; i++)
        add_maker(desk, i);
    for (int i = 0; i < ITEMS; i++)
        add_item(desk, i);
    assert_no_error(sql_commit(desk->writer));
    *state = desk;
    return 0;
}

static int close_desk(void **state)
{
    Desk *desk = *state;
    ucol_close(desk->collator);
    sql_connection_close(desk->writer);
    schema_unref(desk->schema);
    test_database_close(&desk->base);
    free(desk);
    return 0;
}

/* ---- random filters, as JSON text ---- */

typedef enum Kind { TEXTS, WORDS, NUMBERS, BOOLS, DAYS, MOMENTS, STATES, LISTS, IDS } Kind;

/* clang-format off */
static const struct { const char *name; Kind kind; } attributes[] = {
    { "name", TEXTS }, { "note", TEXTS }, { "page", TEXTS }, { "makerName", TEXTS }, { "colour", WORDS },
    { "code", TEXTS }, { "count", NUMBERS }, { "price", NUMBERS }, { "isOpen", BOOLS }, { "day", DAYS },
    { "seenAt", MOMENTS }, { "state", STATES }, { "words", LISTS }, { "makerId", IDS },
};
static const struct { const char *name; unsigned kinds; char operand; } operators[] = {
#define ALL 0x1FF
#define BUT_LISTS (ALL & ~(1u << LISTS))
#define ORDERED (1u << TEXTS | 1u << WORDS | 1u << NUMBERS | 1u << DAYS | 1u << MOMENTS)
#define SEARCHED (1u << TEXTS | 1u << WORDS)
    { "equals", BUT_LISTS, '1' }, { "notEquals", BUT_LISTS, '1' }, { "greaterThan", ORDERED, '1' },
    { "lessThan", ORDERED, '1' }, { "greaterThanOrEquals", ORDERED, '1' }, { "lessThanOrEquals", ORDERED, '1' },
    { "between", ORDERED, '2' }, { "in", BUT_LISTS, 'n' }, { "notIn", BUT_LISTS, 'n' }, { "isNull", ALL, '0' },
    { "isNotNull", ALL, '0' }, { "isEmpty", ALL, '0' }, { "isNotEmpty", ALL, '0' }, { "isTrue", 1u << BOOLS, '0' },
    { "isFalse", 1u << BOOLS, '0' }, { "like", SEARCHED, 'p' }, { "notLike", SEARCHED, 'p' },
    { "contains", SEARCHED, 'p' }, { "notContains", SEARCHED, 'p' }, { "startsWith", SEARCHED, 'p' },
    { "notStartsWith", SEARCHED, 'p' }, { "endsWith", SEARCHED, 'p' }, { "notEndsWith", SEARCHED, 'p' },
};
/* clang-format on */

static void put_text(Buf *buf, const char *text)
{
    JsonValue value = { .kind = JSON_TEXT, .text = str_from(text) };
    buf_append(buf, json_to_text(buf->arena, &value));
}

static void put_operand(Buf *buf, Kind kind)
{
    switch (kind) {
    case TEXTS:
        put_text(buf, PICK(texts));
        return;
    case WORDS:
        put_text(buf, chance(2) == 0 ? "#ffF" : "000");
        return;
    case NUMBERS:
        buf_format(buf, chance(4) == 0 ? "\"%d.5\"" : "%d", (int)chance(7) - 2);
        return;
    case BOOLS:
        buf_append(buf, chance(2) == 0 ? STR("true") : STR("0"));
        return;
    case DAYS:
        put_text(buf, PICK(days));
        return;
    case MOMENTS:
        put_text(buf, PICK(moments));
        return;
    case STATES:
        put_text(buf, PICK(states));
        return;
    case LISTS:
        put_text(buf, "a");
        return;
    case IDS:
        buf_format(buf, "\"m%u\"", chance(MAKERS + 2));
        return;
    }
}

static void put_operands(Buf *buf, Kind kind, unsigned count)
{
    buf_append(buf, STR("["));
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            buf_append(buf, STR(","));
        put_operand(buf, kind);
    }
    buf_append(buf, STR("]"));
}

static void put_leaf(Buf *buf)
{
    unsigned attribute = chance(sizeof attributes / sizeof *attributes);
    Kind kind = attributes[attribute].kind;
    unsigned at = chance(sizeof operators / sizeof *operators);
    while ((operators[at].kinds & (1u << kind)) == 0)
        at = chance(sizeof operators / sizeof *operators);
    buf_format(buf, "{\"type\":\"%s\",\"attribute\":\"%s\"", operators[at].name,
               attributes[attribute].name);
    if (operators[at].operand != '0')
        buf_append(buf, STR(",\"value\":"));
    if (operators[at].operand == '1')
        put_operand(buf, kind);
    if (operators[at].operand == '2')
        put_operands(buf, kind, 2);
    if (operators[at].operand == 'n')
        put_operands(buf, kind, chance(4));
    if (operators[at].operand == 'p')
        put_text(buf, PICK(patterns));
    buf_append(buf, STR("}"));
}

static void put_items(Buf *buf, unsigned depth);

static void put_item(Buf *buf, unsigned depth)
{
    static const char *const groups[] = { "and", "or", "not" };
    if (depth == 0 || chance(3) == 0) {
        put_leaf(buf);
        return;
    }
    buf_format(buf, "{\"type\":\"%s\",\"value\":", PICK(groups));
    put_items(buf, depth - 1);
    buf_append(buf, STR("}"));
}

static void put_items(Buf *buf, unsigned depth)
{
    unsigned count = chance(4);
    buf_append(buf, STR("["));
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            buf_append(buf, STR(","));
        put_item(buf, depth);
    }
    buf_append(buf, STR("]"));
}

/* ---- the evaluator ---- */

typedef struct Evaluator {
    const Desk *desk;
    Arena *arena;
    const Row *row;
} Evaluator;

static size_t char_len(Str text)
{
    size_t len = 1;
    while (len < text.len && ((unsigned char)text.data[len] & 0xC0) == 0x80)
        len++;
    return len;
}

/* `%` any run, `_` one character; both only when `has_wildcards`. */
static bool matches(Str text, Str pattern, bool has_wildcards)
{
    if (pattern.len == 0)
        return text.len == 0;
    if (has_wildcards && pattern.data[0] == '%') {
        Str rest = str_slice(pattern, 1, pattern.len);
        for (size_t i = 0; i <= text.len; i++)
            if (matches(str_slice(text, i, text.len), rest, true))
                return true;
        return false;
    }
    if (text.len == 0)
        return false;
    if (has_wildcards && pattern.data[0] == '_')
        return matches(str_slice(text, char_len(text), text.len),
                       str_slice(pattern, 1, pattern.len), true);
    return text.data[0] == pattern.data[0] &&
           matches(str_slice(text, 1, text.len), str_slice(pattern, 1, pattern.len), has_wildcards);
}

static bool contains(Str text, Str part)
{
    for (size_t i = 0; i + part.len <= text.len; i++)
        if (str_equal(str_slice(text, i, i + part.len), part))
            return true;
    return false;
}

static bool is_like(const Evaluator *it, Str op, Str text, Str pattern)
{
    Str folded = utf8_fold(it->arena, text);
    Str wanted = utf8_fold(it->arena, pattern);
    if (str_ends_with(op, STR("ike")))
        return matches(folded, wanted, true);
    if (str_ends_with(op, STR("ontains")))
        return contains(folded, wanted);
    if (str_ends_with(op, STR("tartsWith")))
        return str_starts_with(folded, wanted);
    return str_ends_with(folded, wanted);
}

static double number_of(const JsonValue *value)
{
    switch (value->kind) {
    case JSON_INT:
        return (double)value->integer;
    case JSON_REAL:
        return value->real;
    case JSON_BOOL:
        return value->boolean;
    default:
        return strtod(value->text.data, NULL); /* a JSON text of ours ends with a quote */
    }
}

static int order(const Evaluator *it, const SqlValue *value, const JsonValue *operand,
                 bool by_collation)
{
    if (value->kind != SQL_TEXT) {
        double left = value->kind == SQL_INT ? (double)value->integer : value->real;
        double right = number_of(operand);
        return (left > right) - (left < right);
    }
    if (!by_collation)
        return str_compare(value->text, operand->text);
    UErrorCode status = U_ZERO_ERROR;
    UCollationResult result =
        ucol_strcollUTF8(it->desk->collator, value->text.data, (int32_t)value->text.len,
                         operand->text.data, (int32_t)operand->text.len, &status);
    return result == UCOL_LESS ? -1 : result == UCOL_GREATER;
}

static bool is_among(const Evaluator *it, const SqlValue *value, const JsonValue *list)
{
    for (size_t i = 0; i < list->list.count; i++)
        if (order(it, value, &list->list.items[i], false) == 0)
            return true;
    return false;
}

static SqlValue maker_name(const Evaluator *it, SqlValue id)
{
    const Entity *maker = it->desk->maker;
    for (size_t i = 0; i < MAKERS; i++) {
        const SqlValue *values = it->desk->makers[i].values;
        bool is_live = values[maker->deleted->column->index].integer == 0;
        if (is_live && sql_value_equal(&values[maker->id->column->index], &id))
            return values[maker->name_field->column->index];
    }
    return sql_null();
}

static SqlValue value_of(const Evaluator *it, Str attribute, bool *out_by_collation)
{
    bool is_name = str_equal(attribute, STR("makerName"));
    const Key *key = entity_find_key(it->desk->item, is_name ? STR("makerId") : attribute);
    SqlValue value = it->row->values[key->column->index];
    *out_by_collation = is_name || key->column->type == SQL_TYPE_TEXT;
    return is_name ? maker_name(it, value) : value;
}

static bool is_empty(const SqlValue *value)
{
    return value->kind == SQL_NULL || (value->kind == SQL_TEXT && value->text.len == 0) ||
           (value->kind == SQL_TEXT && str_equal(value->text, STR("[]")));
}

static bool is(Str op, const char *name)
{
    return str_equal(op, str_from(name));
}

static bool holds_for_value(const Evaluator *it, Str op, const SqlValue *value,
                            const JsonValue *operand, bool by_collation)
{
    if (is(op, "equals"))
        return order(it, value, operand, false) == 0;
    if (is(op, "notEquals"))
        return order(it, value, operand, false) != 0;
    if (is(op, "in"))
        return is_among(it, value, operand);
    if (is(op, "notIn"))
        return !is_among(it, value, operand);
    if (is(op, "between"))
        return order(it, value, &operand->list.items[0], by_collation) >= 0 &&
               order(it, value, &operand->list.items[1], by_collation) <= 0;
    if (is(op, "greaterThan"))
        return order(it, value, operand, by_collation) > 0;
    if (is(op, "lessThan"))
        return order(it, value, operand, by_collation) < 0;
    if (is(op, "greaterThanOrEquals"))
        return order(it, value, operand, by_collation) >= 0;
    if (is(op, "lessThanOrEquals"))
        return order(it, value, operand, by_collation) <= 0;
    if (is(op, "isTrue"))
        return value->integer == 1;
    if (is(op, "isFalse"))
        return value->integer == 0;
    return is_like(it, op, value->text, operand->text) != str_starts_with(op, STR("not"));
}

static bool holds_for_leaf(const Evaluator *it, Str op, const JsonValue *item)
{
    bool by_collation;
    SqlValue value = value_of(it, json_find_text(item, STR("attribute")), &by_collation);
    const JsonValue *operand = json_find(item, STR("value"));
    if (is(op, "isNull"))
        return value.kind == SQL_NULL;
    if (is(op, "isNotNull"))
        return value.kind != SQL_NULL;
    if (is(op, "isEmpty"))
        return is_empty(&value);
    if (is(op, "isNotEmpty"))
        return !is_empty(&value);
    if (is(op, "notIn") && operand->list.count == 0)
        return true;
    return value.kind != SQL_NULL && holds_for_value(it, op, &value, operand, by_collation);
}

static bool holds(const Evaluator *it, const JsonValue *item)
{
    Str op = json_find_text(item, STR("type"));
    const JsonValue *parts = json_find(item, STR("value"));
    bool is_or = is(op, "or");
    if (!is_or && !is(op, "and") && !is(op, "not"))
        return holds_for_leaf(it, op, item);
    bool result = !is_or;
    for (size_t i = 0; i < parts->list.count; i++)
        result = is_or ? result || holds(it, &parts->list.items[i])
                       : result && holds(it, &parts->list.items[i]);
    return is(op, "not") ? !result : result;
}

static bool is_wanted(const Evaluator *it, const JsonValue *where)
{
    if (it->row->values[it->desk->item->deleted->column->index].integer != 0)
        return false;
    for (size_t i = 0; i < where->list.count; i++)
        if (!holds(it, &where->list.items[i]))
            return false;
    return true;
}

/* ---- the comparison ---- */

static void find_in_database(const Desk *desk, const Condition *condition, SearchMode mode,
                             bool *found)
{
    AUTO_CLOSE SqlRows rows = { 0 };
    bool has_row = false;
    SqlText text = sql_text_new(desk->writer);
    sql_put(&text, "SELECT t0.id FROM item t0 WHERE t0.deleted = 0 AND ");
    condition_put(&text, condition, 0, mode);
    assert_no_error(sql_query(desk->writer, &text, &rows));
    for (;;) {
        int64_t number = -1;
        assert_no_error(sql_next(&rows, &has_row));
        if (!has_row)
            return;
        Str id = sql_column_text(&rows, 0);
        assert_true(str_parse_int(str_slice(id, 1, id.len), &number));
        assert_false(found[number]);
        found[number] = true;
    }
}

static size_t compare(const Desk *desk, Arena *arena, Str text, SearchMode mode)
{
    bool found[ITEMS] = { false };
    size_t count = 0;
    const JsonValue *where = NULL;
    const Condition *condition = NULL;
    assert_no_error(json_read(arena, text, &where));
    const Error *error = where_parse(arena, desk->item, where, &condition);
    if (error != NULL)
        fail_msg("%.*s: %.*s", STR_ARGS(text), STR_ARGS(error->reason));
    if (condition == NULL)
        return 0;
    find_in_database(desk, condition, mode, found);
    for (int i = 0; i < ITEMS; i++) {
        Evaluator it = { .desk = desk, .arena = arena, .row = &desk->items[i] };
        bool wanted = is_wanted(&it, where);
        if (wanted != found[i])
            fail_msg("%.*s %s item %d (%s)", STR_ARGS(text), wanted ? "misses" : "finds", i,
                     mode == SEARCH_SEEK ? "seek" : "walk");
        count += found[i];
    }
    return count;
}

static void test_where_finds_what_it_says(void **state)
{
    Desk *desk = *state;
    size_t hits = 0;
    Arena *arena = arena_new((size_t)64 << 10, (size_t)64 << 20);
    sql_use_arena(desk->writer, arena);
    for (int i = 0; i < TREES; i++) {
        Buf buf;
        buf_init(&buf, arena, (size_t)1 << 20);
        put_items(&buf, (unsigned)i * 4 / TREES); /* the simple ones first */
        hits += compare(desk, arena, buf_str(&buf), SEARCH_SEEK);
        hits += compare(desk, arena, buf_str(&buf), SEARCH_WALK);
        arena_reset(arena);
    }
    sql_use_arena(desk->writer, desk->base.arena);
    arena_free(arena);
    /* the trees must be neither all empty nor all full */
    assert_in_range(hits, (size_t)TREES * ITEMS / 10, (size_t)TREES * ITEMS * 17 / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_where_finds_what_it_says, open_desk, close_desk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
