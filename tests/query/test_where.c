#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "json/brackets.h"
#include "query/where.h"
#include "query_desk.h"
#include "support/test_database.h"
#include "support/test_json.h"

static Str sql_of(const QueryDesk *desk, const Condition *condition, SearchMode mode)
{
    SqlText text = query_desk_text(desk);
    condition_put(&text, condition, 0, mode);
    return query_desk_show(desk->arena, &text);
}

static const Condition *parse(const QueryDesk *desk, const JsonValue *where)
{
    const Condition *condition = NULL;
    const Error *error = where_parse(desk->arena, desk->item, where, &condition);
    if (error != NULL)
        fail_msg("%.*s", STR_ARGS(error->reason));
    return condition;
}

/* ---- one item -> SQL ---- */

typedef struct ItemCase {
    const char *item;
    const char *sql; /* without the two pairs of brackets of the list and the item */
} ItemCase;

/* clang-format off */
static const ItemCase item_cases[] = {
    { "{'type':'equals','attribute':'name','value':'x'}", "t0.\"name\" = ? | 'x'" },
    { "{'type':'equals','field':'name','value':'x'}", "t0.\"name\" = ? | 'x'" },
    { "{'type':'equals','attribute':'name','value':5}", "t0.\"name\" = ? | '5'" },
    { "{'type':'equals','attribute':'name','value':''}", "t0.\"name\" = ? | ''" },
    { "{'type':'equals','attribute':'name','value':null}", "t0.\"name\" IS NULL" },
    { "{'type':'equals','attribute':'name'}", "t0.\"name\" IS NULL" },
    { "{'type':'equals','attribute':'name','value':['a','b']}", "t0.\"name\" IN (?, ?) | 'a', 'b'" },
    { "{'type':'equals','attribute':'name','value':[]}", "1 = 0" },
    { "{'type':'equals','attribute':'code','value':'x'}", "t0.\"code\" = ? AND t0.\"code\" <> '' | 'x'" },
    { "{'type':'equals','attribute':'code','value':''}", "t0.\"code\" = ? | ''" },
    { "{'type':'notEquals','attribute':'code','value':'x'}", "t0.\"code\" <> ? | 'x'" },
    { "{'type':'notEquals','attribute':'name','value':null}", "t0.\"name\" IS NOT NULL" },
    { "{'type':'notEquals','attribute':'name','value':['a']}", "t0.\"name\" NOT IN (?) | 'a'" },
    { "{'type':'equals','attribute':'id','value':'i1'}", "t0.\"id\" = ? | 'i1'" },
    { "{'type':'equals','attribute':'deleted','value':false}", "t0.\"deleted\" = ? | 0" },
    { "{'type':'equals','attribute':'count','value':'7'}", "t0.\"count\" = ? | 7" },
    { "{'type':'equals','attribute':'count','value':2.5}", "t0.\"count\" = ? | 2.5r" },
    { "{'type':'equals','attribute':'price','value':'2.50'}", "t0.\"price\" = ? | 2.5r" },
    { "{'type':'equals','attribute':'price','value':3}", "t0.\"price\" = ? | 3r" },
    { "{'type':'equals','attribute':'isOpen','value':'TRUE'}", "t0.\"is_open\" = ? | 1" },
    { "{'type':'equals','attribute':'isOpen','value':'0'}", "t0.\"is_open\" = ? | 0" },
    { "{'type':'equals','attribute':'day','value':'2025-02-28'}", "t0.\"day\" = ? | '2025-02-28'" },
    { "{'type':'equals','attribute':'seenAt','value':'2025-02-28T01:02:03Z'}", "t0.\"seen_at\" = ? | '2025-02-28 01:02:03'" },
    { "{'type':'equals','attribute':'state','value':'new'}", "t0.\"state\" = ? | 'new'" },
    { "{'type':'equals','attribute':'state','value':'no option'}", "t0.\"state\" = ? | 'no option'" },
    { "{'type':'equals','attribute':'makerId','value':'m1'}", "t0.\"maker_id\" = ? | 'm1'" },
    { "{'type':'equals','attribute':'colour','value':'#fff'}", "t0.\"colour\" = ? | '#fff'" },
    { "{'type':'greaterThan','attribute':'count','value':3}", "t0.\"count\" > ? | 3" },
    { "{'type':'lessThan','attribute':'price','value':3}", "t0.\"price\" < ? | 3r" },
    { "{'type':'greaterThanOrEquals','attribute':'day','value':'2025-01-01'}", "t0.\"day\" >= ? | '2025-01-01'" },
    { "{'type':'lessThanOrEquals','attribute':'seenAt','value':'2025-01-01'}", "t0.\"seen_at\" <= ? | '2025-01-01 00:00:00'" },
    { "{'type':'greaterThan','attribute':'name','value':'m'}", "substr(t0.\"name\", 1, 200) COLLATE root > ? | 'm'" },
    { "{'type':'greaterThan','attribute':'colour','value':'#8'}", "t0.\"colour\" > ? | '#8'" },
    { "{'type':'between','attribute':'count','value':[2,'5']}", "t0.\"count\" >= ? AND t0.\"count\" <= ? | 2, 5" },
    { "{'type':'in','attribute':'count','value':[1,2]}", "t0.\"count\" IN (?, ?) | 1, 2" },
    { "{'type':'in','attribute':'count','value':1}", "t0.\"count\" IN (?) | 1" },
    { "{'type':'in','attribute':'count','value':[]}", "1 = 0" },
    { "{'type':'in','attribute':'code','value':['a','b']}", "t0.\"code\" IN (?, ?) AND t0.\"code\" <> '' | 'a', 'b'" },
    { "{'type':'in','attribute':'code','value':['a','']}", "t0.\"code\" IN (?, ?) | 'a', ''" },
    { "{'type':'notIn','attribute':'count','value':[1]}", "t0.\"count\" NOT IN (?) | 1" },
    { "{'type':'notIn','attribute':'count','value':[]}", "1 = 1" },
    { "{'type':'isNull','attribute':'count'}", "t0.\"count\" IS NULL" },
    { "{'type':'isNotNull','attribute':'words'}", "t0.\"words\" IS NOT NULL" },
    { "{'type':'isEmpty','attribute':'name'}", "t0.\"name\" IS NULL OR t0.\"name\" = ''" },
    { "{'type':'isEmpty','attribute':'count'}", "t0.\"count\" IS NULL" },
    { "{'type':'isEmpty','attribute':'day'}", "t0.\"day\" IS NULL" },
    { "{'type':'isEmpty','attribute':'words'}", "t0.\"words\" IS NULL OR t0.\"words\" IN ('', '[]')" },
    { "{'type':'isNotEmpty','attribute':'state'}", "t0.\"state\" IS NOT NULL AND t0.\"state\" <> ''" },
    { "{'type':'isNotEmpty','attribute':'tags'}", "t0.\"tags\" IS NOT NULL AND t0.\"tags\" NOT IN ('', '[]')" },
    { "{'type':'isTrue','attribute':'isOpen'}", "t0.\"is_open\" = 1" },
    { "{'type':'isFalse','attribute':'isActive'}", "t0.\"is_active\" = 0" },
    { "{'type':'contains','attribute':'name','value':'Oak'}",
      "t0.row_id IN (SELECT rowid FROM \"item_search\" WHERE \"item_search\" MATCH ?) | '\"name\" : \"oak\"'" },
    { "{'type':'contains','attribute':'name','value':'Ok'}",
      "t0.row_id IN (SELECT rowid FROM \"item_search\" WHERE \"name\" LIKE ? ESCAPE '\\') | '%ok%'" },
    { "{'type':'contains','attribute':'page','value':'Oak'}",
      "t0.row_id IN (SELECT rowid FROM \"item_search\" WHERE \"page\" LIKE ? ESCAPE '\\') | '%oak%'" },
    { "{'type':'startsWith','attribute':'name','value':'Oak'}",
      "t0.row_id IN (SELECT rowid FROM \"item_search\" WHERE \"item_search\" MATCH ? AND \"name\" LIKE ? ESCAPE '\\')"
      " | '\"name\" : \"oak\"', 'oak%'" },
    { "{'type':'notContains','attribute':'name','value':'Oak'}",
      "t0.\"name\" IS NOT NULL AND NOT (t0.row_id IN (SELECT rowid FROM \"item_search\" WHERE \"item_search\" MATCH ?))"
      " | '\"name\" : \"oak\"'" },
    { "{'type':'equals','attribute':'makerName','value':'Acme'}",
      "t0.\"maker_id\" IN (SELECT t100.\"id\" FROM \"maker\" t100 WHERE t100.\"deleted\" = 0 AND (t100.\"name\" = ?)) | 'Acme'" },
    { "{'type':'isNull','attribute':'makerName'}",
      "t0.\"maker_id\" IN (SELECT t100.\"id\" FROM \"maker\" t100 WHERE t100.\"deleted\" = 0 AND (t100.\"name\" IS NOT NULL))"
      " IS NOT TRUE" },
    { "{'type':'and','value':[]}", "1 = 1" },
    { "{'type':'or','value':[]}", "1 = 0" },
    { "{'type':'not','value':[]}", "(1 = 1) IS NOT TRUE" },
    { "{'type':'or','value':[{'type':'isNull','attribute':'name'},{'type':'isTrue','attribute':'isOpen'}]}",
      "(t0.\"name\" IS NULL) OR (t0.\"is_open\" = 1)" },
    { "{'type':'not','value':[{'type':'isNull','attribute':'name'},{'type':'isTrue','attribute':'isOpen'}]}",
      "((t0.\"name\" IS NULL) AND (t0.\"is_open\" = 1)) IS NOT TRUE" },
    { "{'type':'and','value':[{'type':'or','value':[{'type':'in','attribute':'count','value':[1]}]}]}",
      "((t0.\"count\" IN (?))) | 1" },
};
/* clang-format on */

static Str in_brackets(Arena *arena, const char *sql)
{
    Str text = str_from(sql);
    const char *at = strstr(sql, " | ");
    size_t end = at == NULL ? text.len : (size_t)(at - sql);
    return str_format(arena, "((%.*s))%s", (int)end, sql, sql + end);
}

static void test_where_compiles_each_operator(void **state)
{
    const QueryDesk *desk = *state;
    for (size_t i = 0; i < sizeof item_cases / sizeof *item_cases; i++) {
        const ItemCase *it = &item_cases[i];
        const JsonValue *list = test_json(
            desk->arena, str_copy_c(desk->arena, str_format(desk->arena, "[%s]", it->item)));
        Str sql = sql_of(desk, parse(desk, list), SEARCH_SEEK);
        assert_shown(sql, str_copy_c(desk->arena, in_brackets(desk->arena, it->sql)), it->item);
        const JsonValue *alone = test_json(desk->arena, it->item);
        assert_true(str_equal(sql_of(desk, parse(desk, alone), SEARCH_SEEK), sql));
    }
}

static void test_where_walks_without_the_index(void **state)
{
    const QueryDesk *desk = *state;
    const JsonValue *where =
        test_json(desk->arena, "{'type':'contains','attribute':'name','value':'Oak'}");
    assert_shown(
        sql_of(desk, parse(desk, where), SEARCH_WALK),
        "((EXISTS (SELECT 1 FROM \"item_search\" WHERE rowid = t0.row_id AND +\"name\" LIKE "
        "? ESCAPE '\\'))) | '%oak%'",
        "contains");
}

static void test_where_ands_its_items(void **state)
{
    const QueryDesk *desk = *state;
    const JsonValue *where =
        test_json(desk->arena, "[{'type':'isTrue','attribute':'isOpen'},"
                               "{'type':'equals','attribute':'count','value':1},"
                               "{'type':'in','attribute':'state','value':['new','old']}]");
    assert_shown(sql_of(desk, parse(desk, where), SEARCH_SEEK),
                 "((t0.\"is_open\" = 1) AND (t0.\"count\" = ?) AND (t0.\"state\" IN (?, ?))) | 1, "
                 "'new', 'old'",
                 "three items");
}

static void test_where_without_items_filters_nothing(void **state)
{
    const QueryDesk *desk = *state;
    static const char *const texts[] = { "null", "[]", "''", "'  '", "'[]'" };
    assert_null(parse(desk, NULL));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_null(parse(desk, test_json(desk->arena, texts[i])));
}

/* ---- three spellings, one filter ---- */

static const struct {
    const char *query;
    const char *json;
} spellings[] = {
    { "where[0][attribute]=name&where[0][type]=like&where[0][value]=%25oak%25",
      "[{'attribute':'name','type':'like','value':'%oak%'}]" },
    { "where[7][attribute]=count&where[7][type]=between&where[7][value][]=2&where[7][value][]=5",
      "[{'attribute':'count','type':'between','value':[2,5]}]" },
    { "where[0][type]=or&where[0][value][0][attribute]=makerId&where[0][value][0][type]=in&where[0]"
      "[value][0][value][]=d1&where[0][value][1][attribute]=makerId&where[0][value][1][type]="
      "isNull",
      "[{'type':'or','value':[{'attribute':'makerId','type':'in','value':['d1']},{'attribute':"
      "'makerId','type':'isNull'}]}]" },
    { "where=%5B%7B%22type%22%3A%22isTrue%22%2C%22attribute%22%3A%22isActive%22%7D%5D",
      "[{'type':'isTrue','attribute':'isActive'}]" },
    { "where[0][attribute]=makerId&where[0][type]=equals&where[0][value]=",
      "[{'attribute':'makerId','type':'equals','value':''}]" },
    { "where[0][attribute]=name&where[0][type]=contains&where[0][value]=te&where[0][isAttribute]="
      "false",
      "[{'attribute':'name','type':'contains','value':'te','isAttribute':false}]" },
    { "where[0][attribute]=price&where[0][type]=greaterThan&where[0][value]=1e2",
      "[{'attribute':'price','type':'greaterThan','value':100.0}]" },
    { "where[0][attribute]=isOpen&where[0][type]=equals&where[0][value]=true",
      "[{'attribute':'isOpen','type':'equals','value':true}]" },
};

static void test_where_means_the_same_in_brackets_and_in_json(void **state)
{
    const QueryDesk *desk = *state;
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        const JsonValue *parameters = NULL;
        assert_no_error(brackets_read(desk->arena, str_from(spellings[i].query), &parameters));
        Str brackets = sql_of(desk, parse(desk, json_find(parameters, STR("where"))), SEARCH_SEEK);
        JsonValue text = { .kind = JSON_TEXT,
                           .text = test_json_text(desk->arena, spellings[i].json) };
        Str json =
            sql_of(desk, parse(desk, test_json(desk->arena, spellings[i].json)), SEARCH_SEEK);
        assert_shown(brackets, str_copy_c(desk->arena, json), spellings[i].query);
        assert_shown(sql_of(desk, parse(desk, &text), SEARCH_SEEK), str_copy_c(desk->arena, json),
                     spellings[i].json);
    }
}

/* ---- errors ---- */

typedef struct ErrorCase {
    const char *where;
    const char *code;
    const char *place; /* how the reason begins */
    const char *field; /* NULL: none is named */
} ErrorCase;

/* clang-format off */
static const ErrorCase error_cases[] = {
    { "5", "badFilter", "where:", NULL },
    { "{}", "badFilter", "where:", NULL },
    { "{'a':1}", "badFilter", "where:", NULL },
    { "'not json'", "badFilter", "where:", NULL },
    { "'5'", "badFilter", "where:", NULL },
    { "[5]", "badFilter", "where[0]:", NULL },
    { "[{}]", "badFilter", "where[0]:", NULL },
    { "[{'type':5}]", "badFilter", "where[0]:", NULL },
    { "[{'attribute':'name'}]", "badFilter", "where[0]:", NULL },
    { "[{'type':'isNull'}]", "badFilter", "where[0]:", NULL },
    { "[{'type':'isNull','attribute':5}]", "badFilter", "where[0]:", NULL },
    { "[{'type':'isNull','attribute':'name'},{'type':'nonsense','attribute':'name'}]", "unknownOperator", "where[1]:", NULL },
    { "[{'type':'innerSql','attribute':'name','value':'1'}]", "unknownOperator", "where[0]:", NULL },
    { "[{'type':'having','value':[]}]", "unknownOperator", "where[0]:", NULL },
    { "[{'type':'columnIn','attribute':'name','value':'1'}]", "unknownOperator", "where[0]:", NULL },
    { "[{'type':'Equals','attribute':'name','value':'1'}]", "unknownOperator", "where[0]:", NULL },
    { "[{'type':'','attribute':'name','value':'1'}]", "unknownOperator", "where[0]:", NULL },
    { "[{'type':'contains','attribute':'count','value':'1'}]", "unknownOperator", "where[0]:", NULL },
    { "[{'type':'isTrue','attribute':'name'}]", "unknownOperator", "where[0]:", NULL },
    { "[{'type':'greaterThan','attribute':'isOpen','value':1}]", "unknownOperator", "where[0]:", NULL },
    { "[{'type':'equals','attribute':'words','value':'a'}]", "unknownOperator", "where[0]:", NULL },
    { "[{'type':'isNull','attribute':'shopsIds'}]", "unknownOperator", "where[0]:", NULL },
    { "[{'type':'equals','attribute':'data','value':'a'}]", "unknownOperator", "where[0]:", NULL },
    { "[{'type':'isNull','attribute':'nothing'}]", "unknownField", "where[0]:", "nothing" },
    { "[{'type':'isNull','attribute':'Name'}]", "unknownField", "where[0]:", "Name" },
    { "[{'type':'isNull','attribute':'maker'}]", "unknownField", "where[0]:", "maker" },
    { "[{'type':'isNull','attribute':'memo'}]", "unknownField", "where[0]:", "memo" },
    { "[{'type':'isNull','attribute':'secret'}]", "unknownField", "where[0]:", "secret" },
    { "[{'type':'isNull','attribute':'shopsNames'}]", "unknownField", "where[0]:", "shopsNames" },
    { "[{'type':'isNull','attribute':'name','isAttribute':true}]", "unknownField", "where[0]:", "name" },
    { "[{'type':'isNull','attribute':'name','isAttribute':'yes'}]", "unknownField", "where[0]:", "name" },
    { "[{'type':'isNull','attribute':'name\\u0022 OR 1=1'}]", "unknownField", "where[0]:", "name\" OR 1=1" },
    { "[{'type':'equals','attribute':'count','value':'x'}]", "badFilterValue", "where[0][value]:", "count" },
    { "[{'type':'equals','attribute':'count','value':{}}]", "badFilterValue", "where[0][value]:", "count" },
    { "[{'type':'equals','attribute':'count','value':true}]", "badFilterValue", "where[0][value]:", "count" },
    { "[{'type':'equals','attribute':'count','value':''}]", "badFilterValue", "where[0][value]:", "count" },
    { "[{'type':'equals','attribute':'price','value':'1e999'}]", "badFilterValue", "where[0][value]:", "price" },
    { "[{'type':'equals','attribute':'price','value':'nan'}]", "badFilterValue", "where[0][value]:", "price" },
    { "[{'type':'equals','attribute':'price','value':'0x10'}]", "badFilterValue", "where[0][value]:", "price" },
    { "[{'type':'equals','attribute':'isOpen','value':'maybe'}]", "badFilterValue", "where[0][value]:", "isOpen" },
    { "[{'type':'equals','attribute':'day','value':'2025-02-30'}]", "badFilterValue", "where[0][value]:", "day" },
    { "[{'type':'equals','attribute':'day','value':20250228}]", "badFilterValue", "where[0][value]:", "day" },
    { "[{'type':'equals','attribute':'seenAt','value':'yesterday'}]", "badFilterValue", "where[0][value]:", "seenAt" },
    { "[{'type':'equals','attribute':'name','value':true}]", "badFilterValue", "where[0][value]:", "name" },
    { "[{'type':'greaterThan','attribute':'count','value':null}]", "badFilterValue", "where[0][value]:", "count" },
    { "[{'type':'greaterThan','attribute':'count','value':[1]}]", "badFilterValue", "where[0][value]:", "count" },
    { "[{'type':'between','attribute':'count','value':1}]", "badFilterValue", "where[0][value]:", NULL },
    { "[{'type':'between','attribute':'count','value':[1]}]", "badFilterValue", "where[0][value]:", NULL },
    { "[{'type':'between','attribute':'count','value':[1,2,3]}]", "badFilterValue", "where[0][value]:", NULL },
    { "[{'type':'between','attribute':'count','value':[1,'x']}]", "badFilterValue", "where[0][value][1]:", "count" },
    { "[{'type':'in','attribute':'count','value':[1,null]}]", "badFilterValue", "where[0][value][1]:", "count" },
    { "[{'type':'in','attribute':'count','value':[[1]]}]", "badFilterValue", "where[0][value][0]:", "count" },
    { "[{'type':'in','attribute':'count'}]", "badFilterValue", "where[0][value]:", "count" },
    { "[{'type':'contains','attribute':'name'}]", "badFilterValue", "where[0][value]:", "name" },
    { "[{'type':'contains','attribute':'name','value':['a']}]", "badFilterValue", "where[0][value]:", "name" },
    { "[{'type':'or'}]", "badFilter", "where[0][value]:", NULL },
    { "[{'type':'or','value':'x'}]", "badFilter", "where[0][value]:", NULL },
    { "[{'type':'or','value':{'type':'isNull','attribute':'name'}}]", "badFilter", "where[0][value]:", NULL },
    { "[{'type':'isNull','attribute':'name'},{'type':'and','value':[{'type':'isNull','attribute':'name'},"
      "{'type':'or','value':[{'type':'equals','attribute':'count','value':'x'}]}]}]",
      "badFilterValue", "where[1][value][1][value][0][value]:", "count" },
};
/* clang-format on */

static void test_where_says_what_is_wrong_and_where(void **state)
{
    const QueryDesk *desk = *state;
    for (size_t i = 0; i < sizeof error_cases / sizeof *error_cases; i++) {
        const ErrorCase *it = &error_cases[i];
        const Condition *condition = NULL;
        const Error *error =
            where_parse(desk->arena, desk->item, test_json(desk->arena, it->where), &condition);
        if (error == NULL)
            fail_msg("%s is taken", it->where);
        if (error->kind != ERROR_INVALID || error->code == NULL ||
            !str_equal(str_from(error->code), str_from(it->code)) ||
            !str_starts_with(error->reason, str_from(it->place)))
            fail_msg("%s gives %s, %.*s", it->where, error->code, STR_ARGS(error->reason));
        assert_true(str_equal(error->field, str_from(it->field)));
        assert_null(condition);
    }
}

/* ---- limits ---- */

static Str repeated(Arena *arena, const char *open, const char *part, size_t count,
                    const char *close)
{
    Buf buf;
    buf_init(&buf, arena, (size_t)32 << 20);
    buf_append(&buf, str_from(open));
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_append(&buf, STR(","));
        buf_append(&buf, str_from(part));
    }
    buf_append(&buf, str_from(close));
    return buf_str(&buf);
}

static const Error *error_of(const QueryDesk *desk, Str where)
{
    const Condition *condition = NULL;
    const JsonValue *value = test_json(desk->arena, str_copy_c(desk->arena, where));
    return where_parse(desk->arena, desk->item, value, &condition);
}

static void assert_code(const Error *error, const char *code)
{
    assert_non_null(error);
    assert_int_equal(error->kind, ERROR_INVALID);
    assert_string_equal(error->code, code);
}

static void test_where_takes_as_many_conditions_as_the_limit(void **state)
{
    const QueryDesk *desk = *state;
    const char *part = "{'type':'isNull','attribute':'name'}";
    assert_null(error_of(desk, repeated(desk->arena, "[", part, WHERE_MAX_CONDITIONS, "]")));
    assert_code(error_of(desk, repeated(desk->arena, "[", part, WHERE_MAX_CONDITIONS + 1, "]")),
                "badFilter");
    Str one_group = repeated(desk->arena, "[{'type':'or','value':[", part, WHERE_MAX_CONDITIONS,
                             "]}]"); /* the group counts as well */
    assert_code(error_of(desk, one_group), "badFilter");
}

static Str nested(Arena *arena, size_t groups)
{
    Buf buf;
    buf_init(&buf, arena, (size_t)1 << 20);
    buf_append(&buf, STR("["));
    for (size_t i = 0; i < groups; i++)
        buf_append(&buf, STR("{'type':'not','value':["));
    buf_append(&buf, STR("{'type':'isNull','attribute':'name'}"));
    for (size_t i = 0; i < groups; i++)
        buf_append(&buf, STR("]}"));
    buf_append(&buf, STR("]"));
    return buf_str(&buf);
}

static void test_where_takes_as_many_levels_as_the_limit(void **state)
{
    const QueryDesk *desk = *state;
    assert_null(error_of(desk, nested(desk->arena, WHERE_MAX_DEPTH - 1)));
    assert_code(error_of(desk, nested(desk->arena, WHERE_MAX_DEPTH)), "badFilter");
    assert_code(error_of(desk, nested(desk->arena, 25)), "badFilter");
}

static void test_where_takes_as_many_values_as_the_limit(void **state)
{
    const QueryDesk *desk = *state;
    const char *open = "[{'type':'in','attribute':'count','value':[";
    assert_null(error_of(desk, repeated(desk->arena, open, "1", WHERE_MAX_VALUES, "]}]")));
    assert_code(error_of(desk, repeated(desk->arena, open, "1", WHERE_MAX_VALUES + 1, "]}]")),
                "badFilter");
}

/* What is taken must fit into one statement: 32,766 values and 1 MB of text. */
static void test_where_refuses_more_values_than_a_statement_holds(void **state)
{
    const QueryDesk *desk = *state;
    Str list = repeated(desk->arena, "{'type':'in','attribute':'count','value':[", "1", 9000, "]}");
    Str many = repeated(desk->arena, "[", str_copy_c(desk->arena, list), 40, "]");
    const Condition *condition = NULL;
    const JsonValue *value = test_json(desk->arena, str_copy_c(desk->arena, many));
    const Error *error = where_parse(desk->arena, desk->item, value, &condition);
    if (error == NULL) {
        SqlText text = query_desk_text(desk);
        condition_put(&text, condition, 0, SEARCH_SEEK);
        assert_false(text.buf.is_over);
        assert_in_range(text.count, 0, 32766);
    } else {
        assert_code(error, "badFilter");
    }
}

static void test_where_takes_patterns_up_to_the_limit(void **state)
{
    const QueryDesk *desk = *state;
    for (size_t over = 0; over < 2; over++) {
        Buf buf;
        buf_init(&buf, desk->arena, (size_t)1 << 20);
        buf_append(&buf, STR("[{'type':'contains','attribute':'note','value':'"));
        for (size_t i = 0; i < WHERE_MAX_PATTERN_CHARS + over; i++)
            buf_append(&buf, STR("é"));
        buf_append(&buf, STR("'}]"));
        const Error *error = error_of(desk, buf_str(&buf));
        if (over == 0)
            assert_null(error);
        else
            assert_code(error, "badFilterValue");
    }
}

static void test_where_shows_no_more_than_a_piece_of_a_long_name(void **state)
{
    const QueryDesk *desk = *state;
    Buf buf;
    buf_init(&buf, desk->arena, (size_t)1 << 20);
    buf_append(&buf, STR("[{'type':'isNull','attribute':'"));
    for (size_t i = 0; i < 5000; i++)
        buf_append(&buf, STR("ü"));
    buf_append(&buf, STR("'}]"));
    const Error *error = error_of(desk, buf_str(&buf));
    assert_code(error, "unknownField");
    assert_in_range(error->reason.len, 1, 300);
}

/* ---- what else a condition knows ---- */

static void test_condition_knows_whether_it_searches_text(void **state)
{
    const QueryDesk *desk = *state;
    static const struct {
        const char *where;
        bool searches;
    } cases[] = {
        { "[{'type':'isNull','attribute':'name'}]", false },
        { "[{'type':'equals','attribute':'name','value':'x'}]", false },
        { "[{'type':'contains','attribute':'name','value':'x'}]", true },
        { "[{'type':'not','value':[{'type':'or','value':[{'type':'notLike','attribute':'name',"
          "'value':'x'}]}]}]",
          true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(
            condition_searches_text(parse(desk, test_json(desk->arena, cases[i].where))),
            cases[i].searches);
}

static void count_maker(void *context, const Entity *target)
{
    if (str_equal(target->name, STR("Maker")))
        ++*(size_t *)context;
}

static void test_condition_names_the_entities_that_decide(void **state)
{
    const QueryDesk *desk = *state;
    size_t visits = 0;
    condition_visit_targets(
        parse(desk, test_json(desk->arena, "[{'type':'isNull','attribute':'makerId'}]")),
        count_maker, &visits);
    assert_int_equal(visits, 0);
    condition_visit_targets(
        parse(desk, test_json(desk->arena, "[{'type':'or','value':[{'type':'isNull','attribute':"
                                           "'makerName'}]}]")),
        count_maker, &visits);
    assert_int_equal(visits, 1);
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, query_desk_open, query_desk_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_where_compiles_each_operator),
        DESK_TEST(test_where_walks_without_the_index),
        DESK_TEST(test_where_ands_its_items),
        DESK_TEST(test_where_without_items_filters_nothing),
        DESK_TEST(test_where_means_the_same_in_brackets_and_in_json),
        DESK_TEST(test_where_says_what_is_wrong_and_where),
        DESK_TEST(test_where_takes_as_many_conditions_as_the_limit),
        DESK_TEST(test_where_takes_as_many_levels_as_the_limit),
        DESK_TEST(test_where_takes_as_many_values_as_the_limit),
        DESK_TEST(test_where_refuses_more_values_than_a_statement_holds),
        DESK_TEST(test_where_takes_patterns_up_to_the_limit),
        DESK_TEST(test_where_shows_no_more_than_a_piece_of_a_long_name),
        DESK_TEST(test_condition_knows_whether_it_searches_text),
        DESK_TEST(test_condition_names_the_entities_that_decide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
