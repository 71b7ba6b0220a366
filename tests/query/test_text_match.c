#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "query/operator.h"
#include "query/text_match.h"
#include "query_desk.h"

static void test_text_match_pattern_is_folded_and_escaped(void **state)
{
    const QueryDesk *desk = *state;
    static const struct {
        const char *operator_name;
        const char *text;
        const char *pattern;
    } cases[] = {
        { "like", "Oak%", "oak%" },
        { "like", "_É\\", "_e\\\\" },
        { "like", "", "" },
        { "notLike", "%A%", "%a%" },
        { "contains", "Oak", "%oak%" },
        { "contains", "100%", "%100\\%%" },
        { "contains", "a_b\\c", "%a\\_b\\\\c%" },
        { "contains", "", "%%" },
        { "notContains", "STRAßE", "%strasse%" },
        { "startsWith", "Zü", "zu%" },
        { "startsWith", "%", "\\%%" },
        { "notStartsWith", "x", "x%" },
        { "endsWith", "Oak", "%oak" },
        { "notEndsWith", "_", "%\\_" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        SqlValue value = text_match_pattern(
            desk->arena, operator_find(str_from(cases[i].operator_name)), str_from(cases[i].text));
        assert_int_equal(value.kind, SQL_TEXT);
        assert_shown(value.text, cases[i].pattern, cases[i].operator_name);
    }
}

/* `M AND L | values` in full. */
static Str spelled_out(Arena *arena, const char *sql)
{
    Buf buf;
    const char *values = strstr(sql, " | ");
    buf_init(&buf, arena, 4096);
    buf_append(&buf, STR("t0.row_id IN (SELECT rowid FROM \"item_search\" WHERE "));
    for (const char *at = sql; at < values; at++) {
        bool is_word = (at == sql || at[-1] == ' ') && (at[1] == ' ' || at[1] == '\0');
        if (is_word && *at == 'M')
            buf_append(&buf, STR("\"item_search\" MATCH ?"));
        else if (is_word && *at == 'L')
            buf_append(&buf, STR("\"name\" LIKE ? ESCAPE '\\'"));
        else
            buf_append_byte(&buf, *at);
    }
    buf_append(&buf, STR(")"));
    buf_append(&buf, str_from(values));
    return buf_str(&buf);
}

/* Which piece of a pattern the trigram index is asked for, and whether LIKE must look again. */
static void test_text_match_asks_the_index_for_the_longest_piece(void **state)
{
    const QueryDesk *desk = *state;
    static const struct {
        const char *pattern; /* in LIKE form */
        const char *sql;
    } cases[] = {
        { "%oak%", "M | '\"name\" : \"oak\"'" },
        { "%oak", "M AND L | '\"name\" : \"oak\"', '%oak'" },
        { "oak%", "M AND L | '\"name\" : \"oak\"', 'oak%'" },
        { "oak", "M AND L | '\"name\" : \"oak\"', 'oak'" },
        { "%ab%cde%", "M AND L | '\"name\" : \"cde\"', '%ab%cde%'" },
        { "%abc%defg%", "M AND L | '\"name\" : \"defg\"', '%abc%defg%'" },
        { "%oak_%", "M AND L | '\"name\" : \"oak\"', '%oak_%'" },
        { "%ok%", "L | '%ok%'" },
        { "%%", "L | '%%'" },
        { "", "L | ''" },
        { "__", "L | '__'" },
        { "%\\%\\_%", "L | '%\\%\\_%'" },
        { "%a\\%b%", "M | '\"name\" : \"a%b\"'" },
        { "%a\"b%", "M | '\"name\" : \"a\"\"b\"'" },
        { "%\xE4\xB8\xAD\xE6\x96\x87\xE5\xAD\x97%",
          "M | '\"name\" : \"\xE4\xB8\xAD\xE6\x96\x87\xE5\xAD\x97\"'" },
        { "%\xE4\xB8\xAD\xE6\x96\x87%", "L | '%\xE4\xB8\xAD\xE6\x96\x87%'" },
    };
    const Key *name = entity_find_key(desk->item, STR("name"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        SqlValue value = sql_text(str_from(cases[i].pattern));
        Condition condition = { .key = name, .values = &value, .value_count = 1 };
        SqlText text = query_desk_text(desk);
        text_match_put(&text, &condition, 0, SEARCH_SEEK);
        assert_shown(query_desk_show(desk->arena, &text),
                     str_copy_c(desk->arena, spelled_out(desk->arena, cases[i].sql)),
                     cases[i].pattern);
    }
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, query_desk_open, query_desk_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_text_match_pattern_is_folded_and_escaped),
        DESK_TEST(test_text_match_asks_the_index_for_the_longest_piece),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
