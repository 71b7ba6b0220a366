#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "schema/sanitizer.h"

static int open_arena(void **state)
{
    *state = arena_new((size_t)64 << 10, (size_t)256 << 20);
    return 0;
}

static int close_arena(void **state)
{
    arena_free(*state);
    return 0;
}

typedef struct Case {
    const char *html;
    const char *cleaned; /* NULL: the same */
} Case;

/* clang-format off */
static const Case harmless[] = {
    { "", NULL }, { "plain text & more", NULL }, { "<p>A <b>bold</b> move</p>", NULL },
    { "<p>one</p><p>two</p>", NULL }, { "before <b>x</b> after", NULL }, { "<p>a<br>b</p>", NULL },
    { "<a href=\"https://a.b/c?d=e&amp;f=g\" target=\"_blank\" rel=\"noopener\">x</a>", NULL },
    { "<a href=\"mailto:a@b.c\">x</a><a href=\"/x:y\">x</a><a href=\"#top\">x</a>", NULL },
    { "<img src=\"data:image/png;base64,AAAA\" alt=\"a &quot;b&quot;\">", NULL },
    { "<table class=\"t\"><tbody><tr><td colspan=\"2\" style=\"color: red; width: 50%\">x</td></tr></tbody></table>", NULL },
    { "<ul><li>a</li><li>b</li></ul>", NULL }, { "<p>a&nbsp;b &lt; c &amp; d</p>", NULL }, { "<p>\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80</p>", NULL },
    { "<a href=\" HTTPS://a.b \">x</a>", NULL }, { "<p data-id=\"7\" aria-label=\"x\">a</p>", NULL }, { "<section><article>a</article></section>", NULL },
    { "<h1>a</h1>\n<pre>  b\n  c</pre>\n", NULL },
    { "<BR/><IMG SRC='x.png'>", "<br><img src=\"x.png\">" }, { "<p>a &eacute; &#233;</p>", "<p>a \xC3\xA9 \xC3\xA9</p>" },
    { "<p>open", "<p>open</p>" }, { "a < b", "a &lt; b" }, { "1 <2", "1 &lt;2" }, { "</p>x", "x" }, { "<b><i>x</b></i>", "<b><i>x</i></b>" },
    { "<o:p>word</o:p>", "word" }, { "<html><body><p>x</p></body></html>", "<p>x</p>" }, { "<p>a<!-- b -->c</p>", "<p>ac</p>" },
};

/* None may leave one of the words below. */
static const Case hostile[] = {
    { "<script>alert(1)</script>x", "x" }, { "<SCRIPT SRC=//evil>alert(1)</SCRIPT>", "" }, { "<script>alert(1)", "" },
    { "<scr<script>ipt>alert(1)</script>", NULL }, { "<img src=x onerror=alert(1)>", "<img src=\"x\">" },
    { "<img/src=x/onerror=alert(1)>", NULL }, { "<p OnClick='alert(1)' title=a>x</p>", "<p title=\"a\">x</p>" },
    { "<a href='javascript:alert(1)'>x</a>", "<a>x</a>" }, { "<a href='JaVaScRiPt:alert(1)'>x</a>", "<a>x</a>" },
    { "<a href=' javascript:alert(1)'>x</a>", "<a>x</a>" }, { "<a href='java\tscript:alert(1)'>x</a>", "<a>x</a>" },
    { "<a href='java&#10;script:alert(1)'>x</a>", "<a>x</a>" }, { "<a href='&#x6A;avascript&#58;alert(1)'>x</a>", "<a>x</a>" },
    { "<a href='javascript&colon;alert(1)'>x</a>", NULL }, { "<a href='\x01javascript:alert(1)'>x</a>", NULL },
    { "<a href='vbscript:x'>x</a>", "<a>x</a>" }, { "<a href='data:text/html,<script>alert(1)</script>'>x</a>", "<a>x</a>" },
    { "<img src='data:image/svg+xml;base64,AAAA'>", "<img>" }, { "<img src='javascript:alert(1)'>", "<img>" },
    { "<iframe src='javascript:alert(1)'></iframe>x", "x" }, { "<iframe srcdoc='&lt;script&gt;alert(1)&lt;/script&gt;'></iframe>", "" },
    { "<svg onload=alert(1)>", "" }, { "<svg><script>alert(1)</script></svg>x", "x" }, { "<math><mi//xlink:href='javascript:alert(1)'>", "" },
    { "<object data='javascript:alert(1)'></object>", "" }, { "<embed src='javascript:alert(1)'>", "" }, { "<base href='javascript:/'>", "" },
    { "<form action='javascript:alert(1)'><button formaction='javascript:alert(1)'>x</button></form>", "x" },
    { "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>", "" }, { "<link rel=stylesheet href='javascript:alert(1)'>", "" },
    { "<style>@import 'javascript:alert(1)';</style>x", "x" }, { "<p style=\"background:url(javascript:alert(1))\">x</p>", "<p>x</p>" },
    { "<p style='width:expression(alert(1))'>x</p>", "<p>x</p>" }, { "<p style='width:exp/**/ression(alert(1))'>x</p>", "<p>x</p>" },
    { "<p style='wi\\64th:x'>x</p>", "<p>x</p>" }, { "<p style='position: fixed'>x</p>", "<p>x</p>" },
    { "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>", NULL },
    { "<textarea><img title='</textarea><img src=x onerror=alert(1)>'></textarea>", NULL },
    { "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>", NULL }, { "<template><script>alert(1)</script></template>", "" },
    { "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>", NULL },
    { "<!--><img src=x onerror=alert(1)>-->", NULL }, { "<![CDATA[<script>alert(1)</script>]]>", NULL }, { "<?php alert(1) ?>x", NULL },
    { "<p title='\"><script>alert(1)</script>'>x</p>", "<p title=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\">x</p>" },
    { "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>" },
    { "<p \"><script>alert(1)</script>", NULL }, { "<p onclick=alert(1)//", NULL }, { "<a href=javascript:alert(1)>x", "<a>x</a>" },
    { "<xmp><script>alert(1)</script></xmp>", "" }, { "<meta charset=utf-7>+ADw-script+AD4-", "+ADw-script+AD4-" }, { "<input onfocus=alert(1) autofocus>", "" },
    { "<details ontoggle=alert(1) open>x</details>", "<details open=\"\">x</details>" }, { "<a xlink:href='javascript:alert(1)'>x</a>", "<a>x</a>" },
    { "<p id=x onclick\n=\nalert(1)>x</p>", NULL }, { "<p\x0Conclick=alert(1)>x</p>", NULL },
};
/* clang-format on */

static Str clean(Arena *arena, Str html)
{
    Str out;
    assert_true(sanitizer_clean(arena, html, &out));
    return out;
}

static void assert_cleaned(Arena *arena, const Case *it, Str cleaned)
{
    const char *wanted = it->cleaned == NULL ? it->html : it->cleaned;
    if (!str_equal(cleaned, str_from(wanted)))
        fail_msg("%s becomes %.*s, not %s", it->html, STR_ARGS(cleaned), wanted);
    if (!str_equal(clean(arena, cleaned), cleaned))
        fail_msg("%s is cleaned twice", it->html);
}

static void test_what_is_harmless_stays(void **state)
{
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        assert_cleaned(*state, &harmless[i], clean(*state, str_from(harmless[i].html)));
}

/* Whether a tag of the cleaned text says what nothing harmless says. */
static bool has_hostile_tag(Str html)
{
    static const char *const words[] = { "<script", "<svg",  "<style",        "<iframe",    "<!",
                                         "<?",      "<math", "\"javascript:", "=\"vbscript" };
    for (size_t i = 0; i < html.len; i++)
        for (size_t j = 0; j < sizeof words / sizeof *words; j++)
            if (str_starts_with(str_slice(html, i, html.len), str_from(words[j])))
                return true;
    bool is_in_tag = false;
    bool is_quoted = false;
    for (size_t i = 0; i + 3 < html.len; i++) {
        char c = html.data[i];
        is_quoted = is_in_tag && (c == '"') != is_quoted;
        is_in_tag = c == '<' || (is_in_tag && (is_quoted || c != '>'));
        if (is_in_tag && !is_quoted && memcmp(html.data + i, " on", 3) == 0)
            return true;
    }
    return false;
}

static void test_what_would_run_is_gone(void **state)
{
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        Str cleaned = clean(*state, str_from(hostile[i].html));
        if (has_hostile_tag(cleaned))
            fail_msg("%s becomes %.*s", hostile[i].html, STR_ARGS(cleaned));
        if (hostile[i].cleaned != NULL)
            assert_cleaned(*state, &hostile[i], cleaned);
        else if (!str_equal(clean(*state, cleaned), cleaned))
            fail_msg("%s is cleaned twice", hostile[i].html);
    }
}

static void test_the_watchdog_of_these_tests_barks(void **state)
{
    (void)state;
    assert_true(has_hostile_tag(STR("<p onclick=\"x\">")));
    assert_true(has_hostile_tag(STR("<p title=\"a\" onclick=\"x\">")));
    assert_true(has_hostile_tag(STR("a<script>")));
    assert_false(has_hostile_tag(STR("<p title=\" onclick=\">turn on</p>")));
}

static void test_nesting_has_an_end(void **state)
{
    Buf buf;
    Str out;
    buf_init(&buf, *state, (size_t)4 << 20);
    for (int i = 0; i < 300000; i++)
        buf_append(&buf, STR("<b>"));
    int64_t before_us = clock_thread_us();
    assert_false(sanitizer_clean(*state, buf_str(&buf), &out));
    assert_true(clock_thread_us() - before_us < 1000000);
}

static void test_much_of_it_takes_no_longer_than_it_is_long(void **state)
{
    static const char *const parts[] = { "</i>",        "<b></i></b>", "<a href='x",  "<!--",
                                         "&amp;&",      "<p>",         "<td><table>", "<",
                                         "<p title=\"", "</",          "<li>x",       "&#" };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        Buf buf;
        Str out;
        buf_init(&buf, *state, (size_t)4 << 20);
        buf_append(&buf, STR("<p>"));
        while (buf.len < (size_t)1000000)
            buf_append(&buf, str_from(parts[i]));
        int64_t before_us = clock_thread_us();
        bool is_cleaned = sanitizer_clean(*state, buf_str(&buf), &out);
        int64_t spent_us = clock_thread_us() - before_us;
        if (is_cleaned && spent_us > 5000000)
            fail_msg("'%s' takes %d ms", parts[i], (int)(spent_us / 1000));
        arena_reset(*state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_harmless_stays),
        cmocka_unit_test(test_what_would_run_is_gone),
        cmocka_unit_test(test_the_watchdog_of_these_tests_barks),
        cmocka_unit_test(test_nesting_has_an_end),
        cmocka_unit_test(test_much_of_it_takes_no_longer_than_it_is_long),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
